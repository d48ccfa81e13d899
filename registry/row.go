package registry

import (
	"iter"

	"proactive/schema"
)

// row is a row of the catalogue as a file says it.
type row struct {
	key    string // the natural key, as people write it
	sysID  string // of a property its name
	fields fields
}

// rowsOf are the rows of one section, each made when it is asked for: as a file says it, a row takes many times its memory.
func rowsOf(c schema.Catalogue, section schema.Section) iter.Seq[row] {
	return sectionOf(section).rows(c)
}

func each[R any](rows []R, one func(R) row) iter.Seq[row] {
	return func(yield func(row) bool) {
		for _, r := range rows {
			if !yield(one(r)) {
				return
			}
		}
	}
}

// Sections are the names of all sections, in the order in which they are applied.
func Sections() []schema.Section {
	names := make([]schema.Section, 0, len(sections)+1)
	for _, s := range sections {
		names = append(names, s.name)
	}
	return append(names, schema.SectionProperties)
}
