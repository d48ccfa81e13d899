package postgres

import (
	"context"
	"errors"

	"proactive/schema"
)

// catalogueLock is the key of the advisory lock that one transaction with the catalogue holds: "catalogu" in ASCII.
const catalogueLock int64 = 0x636174616c6f6775

// ApplyCatalogue writes a catalogue in one transaction, all or nothing; of several at once each waits for the one before. decide
// sees what is known of given, and returns what is to be written, with a sys_id in every row. Rows that are as they should be
// stay untouched, sys_mod_count included. An error of decide is returned as it is.
func (d *DB) ApplyCatalogue(ctx context.Context, by string, given schema.Catalogue,
	decide func(known schema.Catalogue) (schema.Catalogue, error),
) ([]schema.Change, error) {
	return d.ChangeCatalogue(ctx, schema.CatalogueChange{By: by, Given: given, Decide: decide})
}

// ChangeCatalogue is ApplyCatalogue for those who look at what was done before it counts.
func (d *DB) ChangeCatalogue(ctx context.Context, c schema.CatalogueChange) ([]schema.Change, error) {
	return d.changeCatalogue(ctx, c, func(tx) error { return nil })
}

// changeCatalogue does last within the transaction, which errRolledBack ends without leaving anything.
func (d *DB) changeCatalogue(ctx context.Context, c schema.CatalogueChange, last func(tx) error) ([]schema.Change, error) {
	var changes []schema.Change
	var refusal error
	err := d.inTx(ctx, func(t tx) error {
		if err := lockCatalogue(ctx, t, c.By); err != nil {
			return err
		}
		known, err := knownCatalogue(ctx, t, c.Given, c.Everybody)
		if err != nil {
			return err
		}
		decided, err := c.Decide(known)
		if err != nil {
			refusal = err
			return err
		}
		w := catalogueWriter{ctx: ctx, t: t, by: c.By}
		if err := w.write(decided); err != nil {
			return err
		}
		if err := w.prune(decided.Pruned); err != nil {
			return err
		}
		changes = w.changes
		if c.Review != nil {
			if refusal = c.Review(changes); refusal != nil {
				return refusal
			}
		}
		return last(t)
	})
	if refusal != nil {
		return nil, refusal
	}
	if err != nil && !errors.Is(err, errRolledBack) {
		return nil, fault("apply the catalogue", err)
	}
	return changes, nil
}

// Catalogue reads the catalogue as it is at one moment: of people, accounts and computers those of the sections only, of everything else all.
func (d *DB) Catalogue(ctx context.Context, only []schema.Section) (c schema.Catalogue, err error) {
	err = d.inReadOnlyTx(ctx, func(t tx) (err error) {
		c, err = readCatalogue(ctx, t, only)
		return err
	})
	return c, fault("read the catalogue", err)
}

// KnownCatalogue reads what a decision about given needs, as it is at one moment: it waits for nobody, and nobody waits for it.
func (d *DB) KnownCatalogue(ctx context.Context, given schema.Catalogue, everybody bool) (known schema.Catalogue, err error) {
	err = d.inReadOnlyTx(ctx, func(t tx) (err error) {
		known, err = knownCatalogue(ctx, t, given, everybody)
		return err
	})
	return known, fault("read the catalogue", err)
}

// The wait for another transaction with the catalogue may be as long as that takes, which includes hashing passwords.
const patientWithCatalogue = `
	SELECT set_config('lock_timeout', '60s', true) || set_config('statement_timeout', '60s', true)
	    || set_config('idle_in_transaction_session_timeout', '60s', true) || set_config('proactive.user', $1, true)`

const holdCatalogueLock = `SELECT pg_advisory_xact_lock($1)`

// lockCatalogue lets nobody else change the catalogue until t ends; what t changes is audited as done by by.
func lockCatalogue(ctx context.Context, t tx, by string) error {
	if _, err := t.exec(ctx, patientWithCatalogue, by); err != nil {
		return err
	}
	_, err := t.exec(ctx, holdCatalogueLock, catalogueLock)
	return err
}
