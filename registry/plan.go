package registry

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"slices"

	"proactive/schema"
)

// Reviewer is a store that lets somebody look before anything counts.
type Reviewer interface {
	// KnownCatalogue reads, as it is at one moment and without keeping anybody from changing it, what a decision about given needs: of people
	// and computers those that given names or identifies, or everybody; of everything else all.
	KnownCatalogue(ctx context.Context, given schema.Catalogue, everybody bool) (schema.Catalogue, error)
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

	stands [sha256.Size]byte // a mark of what stands in the database
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

// MakePlan says what applying c would change. It only reads. Errors are those of Apply.
func MakePlan(ctx context.Context, store Reviewer, c *Catalogue, o Options) (Plan, error) {
	known, err := store.KnownCatalogue(ctx, c.Catalogue, o.PrunePeople)
	if err != nil {
		return Plan{}, err
	}
	_, plan, err := c.decide(known, o)
	return plan, err
}

// ApplyPlan applies c as shown says, or not at all: then the error is an *OtherPlan.
func ApplyPlan(ctx context.Context, store Reviewer, c *Catalogue, o Options, shown Plan) (Plan, error) {
	return c.change(ctx, store, o, shown.agreesWith)
}

// ApplyAll applies c, whatever that changes.
func ApplyAll(ctx context.Context, store Reviewer, c *Catalogue, o Options) (Plan, error) {
	return c.change(ctx, store, o, func(Plan) error { return nil })
}

func (c *Catalogue) change(ctx context.Context, store Reviewer, o Options, agreed func(Plan) error) (Plan, error) {
	var plan Plan
	_, err := store.ChangeCatalogue(ctx, schema.CatalogueChange{By: o.By, Given: c.Catalogue, Everybody: o.PrunePeople,
		Decide: func(known schema.Catalogue) (written schema.Catalogue, err error) {
			if written, plan, err = c.decide(known, o); err != nil {
				return written, err
			}
			return written, agreed(plan)
		},
		Review: func(done []schema.Change) error { return plan.isDone(done) },
	})
	if err != nil {
		return Plan{}, err
	}
	return plan, nil
}

// isDone checks that what was written is what was planned, before it counts.
func (p Plan) isDone(done []schema.Change) error {
	planned, done := p.Changes(), slices.Clone(done)
	slices.SortFunc(planned, compareChanges)
	slices.SortFunc(done, compareChanges)
	if slices.Equal(planned, done) {
		return nil
	}
	return fmt.Errorf("nothing was applied: the database would have changed %s, and the plan was to change %s; try again", listedChanges(done, planned), listedChanges(planned, done))
}

func compareChanges(a, b schema.Change) int {
	return cmp.Or(cmp.Compare(a.Section, b.Section), cmp.Compare(a.Key, b.Key), cmp.Compare(a.What, b.What))
}

// listedChanges are those of some that are not among others.
func listedChanges(some, others []schema.Change) string {
	var said []string
	for _, c := range some {
		if !slices.Contains(others, c) {
			said = append(said, fmt.Sprintf("%s %s (%s)", c.Section, printable(c.Key), c.What))
		}
	}
	if len(said) == 0 {
		return "nothing else"
	}
	return firstOf(said)
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
			change.After = now.shown()
			if there {
				change.Before = old.shown()
			}
		}
		changes = append(changes, change)
	}
	for _, old := range before {
		if _, stays := after.named(old.name); !stays && !old.implied { // of a channel that becomes one of another type
			changes = append(changes, FieldChange{Name: old.name, Before: old.shown()})
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
