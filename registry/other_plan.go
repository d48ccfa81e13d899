package registry

import (
	"fmt"
	"slices"
	"strings"

	"proactive/schema"
)

// OtherPlan is the error of ApplyPlan when the catalogue in the database was changed, so that something else would come of it than what was
// shown. Nothing was applied.
type OtherPlan struct {
	Changed []string // each a row, or a warning, and what is other about it
}

func (o *OtherPlan) Error() string {
	return "nothing was applied: since the plan was shown, the catalogue in the database was changed, and something else would come of it: " +
		firstOf(o.Changed) + ". Plan again, and look at that"
}

// firstOf lists a few, and says how many there are besides.
func firstOf(all []string) string {
	const few = 5
	if len(all) <= few {
		return strings.Join(all, "; ")
	}
	return fmt.Sprintf("%s; and %d more", strings.Join(all[:few], "; "), len(all)-few)
}

// agreesWith is nil when a plan that was just made says what p says, of rows that are as they were then; else an *OtherPlan.
func (p Plan) agreesWith(now Plan) error {
	var changed []string
	shown, planned := p.byRow(), now.byRow()
	for _, row := range now.Rows {
		before, was := shown[row.name()]
		switch {
		case !was:
			changed = append(changed, row.name()+" was as the files have it, and is not now")
		case !before.equal(row):
			changed = append(changed, row.name()+before.differences(row))
		}
	}
	for _, row := range p.Rows {
		if _, stays := planned[row.name()]; !stays {
			changed = append(changed, row.name()+" is as the files have it by now, or gone")
		}
	}
	for _, w := range now.Warnings {
		if !slices.Contains(p.Warnings, w) {
			changed = append(changed, "a new warning: "+w.String())
		}
	}
	if len(changed) == 0 {
		return nil
	}
	return &OtherPlan{changed}
}

func (p Plan) byRow() map[string]PlannedRow {
	rows := map[string]PlannedRow{}
	for _, row := range p.Rows {
		rows[row.name()] = row
	}
	return rows
}

func (r PlannedRow) name() string { return fmt.Sprintf("%s %s", r.Section, printable(r.Key)) }

func (r PlannedRow) equal(other PlannedRow) bool {
	return r.stands == other.stands && slices.Equal(r.What, other.What) && slices.Equal(r.Fields, other.Fields)
}

// differences are what somebody has changed in a row, as far as it may be shown.
func (r PlannedRow) differences(now PlannedRow) string {
	switch {
	case slices.Contains(r.What, schema.RowCreated) && !slices.Contains(now.What, schema.RowCreated):
		return " was created"
	case !slices.Contains(r.What, schema.RowCreated) && slices.Contains(now.What, schema.RowCreated):
		return " was removed"
	}
	var said []string
	for _, f := range now.Fields {
		at := slices.IndexFunc(r.Fields, func(was FieldChange) bool { return was.Name == f.Name })
		if at < 0 || r.Fields[at].Before != f.Before {
			said = append(said, fmt.Sprintf("%s is %s by now", f.Name, f.Before))
		}
	}
	for _, f := range r.Fields {
		if !slices.ContainsFunc(now.Fields, func(is FieldChange) bool { return is.Name == f.Name }) {
			said = append(said, fmt.Sprintf("%s is no longer %s", f.Name, f.Before))
		}
	}
	if len(said) == 0 {
		return " was changed"
	}
	return " was changed: " + strings.Join(said, ", ")
}
