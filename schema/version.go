package schema

import (
	"fmt"
	"strings"
)

// Version is one version of a row of the catalogue: every change of a template, a registry row, a resolution, a notification content or a
// remedial action makes one.
type Version struct {
	SysID  string `db:"sys_id"` // "" without one
	Name   string `db:"name"`   // what people call the row: sn/100, or its name
	Number int    `db:"number"` // from 1
}

// StepVersions are the versions that govern a step from when it begins, whatever becomes of the rows. They are empty where there is no such
// row, and in steps from before there were versions, which go by the rows as they are.
type StepVersions struct {
	Registry   Version `db:"registry"`
	Resolution Version `db:"resolution"`
	Action     Version `db:"action"`
}

// Sentence names the versions; "" when there are none.
func (v StepVersions) Sentence() string {
	var named []string
	for _, of := range []struct {
		what string
		Version
	}{{"issue", v.Registry}, {"resolution", v.Resolution}, {"remedial action", v.Action}} {
		if of.SysID != "" {
			named = append(named, fmt.Sprintf("version %d of %s %s", of.Number, of.what, of.Name))
		}
	}
	if len(named) == 0 {
		return ""
	}
	return "It goes by " + strings.Join(named, ", ") + "."
}
