package registry

import (
	"context"
	"errors"
	"slices"

	"proactive/schema"
)

// Reviewer is a store that shows what it has done before that counts.
type Reviewer interface {
	ChangeCatalogue(ctx context.Context, c schema.CatalogueChange) ([]schema.Change, error)
}

// Plan is what applying a catalogue changes, row by row, and what is doubtful about it.
type Plan struct {
	Rows     []PlannedRow
	Warnings []Problem
}

// PlannedRow is a row that changes.
type PlannedRow struct {
	Section schema.Section
	Key     string              // the natural key
	What    []schema.ChangeKind // such as created and deployed
	Fields  []FieldChange
}

// FieldChange is what becomes of one field. The texts are fit for a terminal. Those of a credential are empty.
type FieldChange struct {
	Name          string
	Before, After string
	Hidden        bool
}

// Changes are the rows alone.
func (p Plan) Changes() []schema.Change {
	var changes []schema.Change
	for _, row := range p.Rows {
		for _, what := range row.What {
			changes = append(changes, schema.Change{Section: row.Section, Key: row.Key, What: what})
		}
	}
	return changes
}

// ErrOtherPlan is the error of ApplyPlan when it would no longer do what was shown.
var ErrOtherPlan = errors.New("the catalogue in the database was changed in the meantime, so this would do something else than what was shown: nothing was applied; look at it again")

// errPlanned ends the transaction of a plan.
var errPlanned = errors.New("this was only a plan")

// MakePlan says what applying c would change: it is applied, compared, and taken back. Errors are those of Apply.
func MakePlan(ctx context.Context, store Reviewer, c *Catalogue, o Options) (Plan, error) {
	plan, err := c.change(ctx, store, o, func(Plan) error { return errPlanned })
	if errors.Is(err, errPlanned) {
		return plan, nil
	}
	return Plan{}, err
}

// ApplyPlan applies c as shown says, or not at all: then the error is ErrOtherPlan.
func ApplyPlan(ctx context.Context, store Reviewer, c *Catalogue, o Options, shown Plan) (Plan, error) {
	return c.change(ctx, store, o, func(now Plan) error {
		if !slices.EqualFunc(now.Rows, shown.Rows, PlannedRow.equal) {
			return ErrOtherPlan
		}
		return nil
	})
}

// ApplyAll applies c, whatever that changes.
func ApplyAll(ctx context.Context, store Reviewer, c *Catalogue, o Options) (Plan, error) {
	return c.change(ctx, store, o, func(Plan) error { return nil })
}

func (c *Catalogue) change(ctx context.Context, store Reviewer, o Options, agreed func(Plan) error) (Plan, error) {
	var plan Plan
	var warnings Problems
	_, err := store.ChangeCatalogue(ctx, schema.CatalogueChange{By: o.By, Given: c.Catalogue, Everybody: o.PrunePeople, Decide: c.decide(o, &warnings),
		Review: func(before, after schema.Catalogue, changes []schema.Change) error {
			plan = Plan{Rows: compare(before, after, changes), Warnings: warnings}
			return agreed(plan)
		}})
	return plan, err
}

func (r PlannedRow) equal(other PlannedRow) bool {
	return r.Section == other.Section && r.Key == other.Key && slices.Equal(r.What, other.What) && slices.Equal(r.Fields, other.Fields)
}

// compare says what changes have made of the rows.
func compare(before, after schema.Catalogue, changes []schema.Change) []PlannedRow {
	var rows []PlannedRow
	for _, section := range Sections() {
		old, now := rowsOf(before, section), rowsOf(after, section)
		for _, change := range changes {
			if change.Section != section {
				continue
			}
			if last := len(rows) - 1; last >= 0 && rows[last].Section == section && rows[last].Key == change.Key {
				rows[last].What = append(rows[last].What, change.What)
				continue
			}
			rows = append(rows, PlannedRow{section, change.Key, []schema.ChangeKind{change.What}, fieldsOf(old, now, change)})
		}
	}
	for i := range rows {
		if rows[i].Section == schema.SectionIssues && slices.Contains(rows[i].What, schema.RowDeployed) {
			rows[i].Fields = append(rows[i].Fields, deployedFields(before, after, rows[i])...)
		}
	}
	return rows
}

// fieldsOf compares the row that a change is about, which may have got another key.
func fieldsOf(before, after []row, change schema.Change) []FieldChange {
	now := named(after, change.Key)
	if now == nil {
		return nil // removed
	}
	old := identified(before, now.sysID)
	if old == nil {
		old = &row{}
	}
	return compareFields(old.fields, now.fields)
}

// sysIDField is left out: a row that is there keeps it, and that of a new one may be a random one.
const sysIDField = "sys_id"

func compareFields(before, after fields) []FieldChange {
	var changes []FieldChange
	for _, now := range after {
		old, there := before.named(now.name)
		if now.name == sysIDField || !there && now.implied || there && sameNode(old.value, now.value) {
			continue
		}
		change := FieldChange{Name: now.name, Hidden: now.hidden}
		if !now.hidden {
			change.After = shownNode(now.value)
			if there {
				change.Before = shownNode(old.value)
			}
		}
		changes = append(changes, change)
	}
	for _, old := range before {
		if _, stays := after.named(old.name); !stays && !old.implied { // of a channel that becomes one of another type
			changes = append(changes, FieldChange{Name: old.name, Before: shownNode(old.value)})
		}
	}
	return changes
}

func (fs fields) named(name string) (field, bool) {
	i := slices.IndexFunc(fs, func(f field) bool { return f.name == name })
	if i < 0 {
		return field{}, false
	}
	return fs[i], true
}

// deployedFields are what changes in a registry row beside what changes in its template: it was deployed from an earlier form of that.
func deployedFields(before, after schema.Catalogue, planned PlannedRow) []FieldChange {
	old, now := named(each(before.Deployed, issueRow), planned.Key), named(each(after.Deployed, issueRow), planned.Key)
	if old == nil || now == nil {
		return nil // not deployed before: all of it is new
	}
	changes := compareFields(old.fields, now.fields)
	return slices.DeleteFunc(changes, func(c FieldChange) bool { return slices.Contains(planned.Fields, c) })
}
