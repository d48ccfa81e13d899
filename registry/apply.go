package registry

import (
	"context"

	"proactive/schema"
)

// Store keeps the catalogue.
type Store interface {
	// ApplyCatalogue writes a catalogue in one transaction, all or nothing, one at a time. It shows decide what is known
	// already: of people and computers those that given names or identifies, of everything else all. What decide returns, with
	// a sys_id in every row, is written where it differs; its error ends the transaction and is returned as it is.
	ApplyCatalogue(ctx context.Context, by string, given schema.Catalogue,
		decide func(known schema.Catalogue) (schema.Catalogue, error)) ([]schema.Change, error)
}

// Changes are what applying a catalogue changed, in the order of the sections, and what is doubtful about it.
type Changes struct {
	Rows     []schema.Change
	Warnings []Problem
}

// Apply writes what c says to store: rows that are not there are created, rows that differ are updated, the others and those
// that c does not name are left alone. by is who did it, for sys_created_by and sys_updated_by. An error of type Problems says
// what is wrong with the catalogue, and then, as with every error, nothing was written.
func Apply(ctx context.Context, store Store, c *Catalogue, by string) (Changes, error) {
	var plan Plan
	rows, err := store.ApplyCatalogue(ctx, by, c.Catalogue, func(known schema.Catalogue) (written schema.Catalogue, err error) {
		written, plan, err = c.decide(known, Options{By: by})
		return written, err
	})
	if err != nil {
		return Changes{}, err
	}
	return Changes{Rows: rows, Warnings: plan.Warnings}, nil
}

// Options say how a catalogue is applied.
type Options struct {
	By          string // who does it, for sys_created_by and sys_updated_by
	Prune       bool   // take away what the files do not name, in the sections that they contain
	PrunePeople bool   // people and service accounts too, which Prune alone leaves as they are
}

// decide makes of what is known what is to be written, which is what differs, and says what that changes. Its error is Problems.
func (c *Catalogue) decide(known schema.Catalogue, o Options) (schema.Catalogue, Plan, error) {
	pruned := c.pruned(known, o)
	k := c.checkWithout(&known, pruned)
	decided := k.identify(known)
	decided.Pruned = pruned
	k.unset(decided, known)
	k.stillReferred(known)
	if len(k.errors) > 0 {
		return schema.Catalogue{}, Plan{}, k.errors.sortBy(c.files)
	}
	if err := c.hash(&decided, known); err != nil {
		return schema.Catalogue{}, Plan{}, err
	}
	e := effectOf(known, decided)
	return e.decided, Plan{Rows: e.rows(), Warnings: k.warnings.sortBy(c.files)}, nil
}

// identify gives each row the sys_id of the row that it stands for, or a new one, and keeps JSON as it is stored.
func (k *checker) identify(known schema.Catalogue) schema.Catalogue {
	decided := k.c.Catalogue
	for _, in := range allRows {
		in.clone(&decided)
		in.identify(&decided, known)
	}
	k.identifyPeople(decided, known)
	k.identifyComputers(decided, known)
	for _, in := range allRows {
		in.keepJSON(&decided, known)
	}
	return decided
}
