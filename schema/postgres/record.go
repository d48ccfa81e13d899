package postgres

import (
	"context"
	"strconv"

	"proactive/schema"
	"proactive/schema/table"
)

// recording is one change of one row, in one transaction.
type recording struct {
	t      tx
	c      table.Change
	before []schema.Channel // of the catalogue
}

// record runs work on a row. Whatever is wrong afterwards with the row, or with what refers to it, takes all of it back.
func (d *DB) record(ctx context.Context, trying string, c table.Change, work func(context.Context, *recording) error) error {
	r := &recording{c: c}
	within := d.inRecordTx
	if r.catalogue() {
		within = d.inCatalogueTx
	}
	err := within(ctx, c.By, func(t tx) error {
		r.t = t
		if err := r.begin(ctx); err != nil {
			return err
		}
		return work(ctx, r)
	})
	return recordFault(trying, c.Table, err)
}

// inRecordTx is inTx for a change that by makes of a row beside the catalogue.
func (d *DB) inRecordTx(ctx context.Context, by string, work func(tx) error) error {
	return d.recordTurns.take(ctx, func() error {
		return d.inTx(ctx, func(t tx) error {
			if _, err := t.exec(ctx, signed, by); err != nil {
				return err
			}
			return work(t)
		})
	})
}

const signed = `SELECT set_config('proactive.user', $1, true)`

func (r *recording) begin(ctx context.Context) error {
	if !r.catalogue() {
		return nil
	}
	var stands schema.Catalogue
	err := knownChannels(ctx, r.t, &stands)
	r.before = stands.Channels
	return err
}

func (r *recording) catalogue() bool { return r.c.Rules != nil && r.c.Rules.OfCatalogue() }

// CreateRecord makes a row and gives its sys_id. It refuses with a table.Mistake, a table.Conflict, a table.Denied, schema.ErrBusy, or an
// error of the rules.
func (d *DB) CreateRecord(ctx context.Context, c table.Change) (sysID string, err error) {
	err = d.record(ctx, "create a row of", c, func(ctx context.Context, r *recording) error {
		if err := r.complete(ctx, nil); err != nil {
			return err
		}
		text, args := insertRecord(r.c)
		if err := r.t.Tx.GetContext(ctx, &sysID, text, args...); err != nil {
			return err
		}
		return r.check(ctx, sysID)
	})
	return sysID, err
}

// UpdateRecord changes some fields of a row; one that says the same already stays untouched. It refuses as CreateRecord does, with a
// table.Changed when the row is not the one that is meant, and with schema.ErrNoRecord when there is none.
func (d *DB) UpdateRecord(ctx context.Context, c table.Change) error {
	return d.record(ctx, "change a row of", c, func(ctx context.Context, r *recording) error {
		old, err := r.locked(ctx)
		if err != nil {
			return err
		}
		if err := r.complete(ctx, old); err != nil {
			return err
		}
		if name := r.c.Table.Calls()[0]; r.c.Values[name] != "" && r.c.Values[name] != old[name] {
			if err := r.unnamed(ctx, old, "It keeps its name"); err != nil {
				return err
			}
		}
		if text, args := updateRecord(r.c); text != "" {
			if _, err := r.t.Tx.ExecContext(ctx, text, args...); err != nil {
				return err
			}
		}
		return r.check(ctx, c.SysID)
	})
}

// DeleteRecord removes a row that nothing refers to. It refuses as UpdateRecord does.
func (d *DB) DeleteRecord(ctx context.Context, c table.Change) error {
	return d.record(ctx, "delete a row of", c, func(ctx context.Context, r *recording) error {
		old, err := r.locked(ctx)
		if err != nil {
			return err
		}
		if err := r.unnamed(ctx, old, "It is not deleted"); err != nil {
			return err
		}
		if err := r.missed(ctx, old); err != nil {
			return err
		}
		_, err = r.t.Tx.ExecContext(ctx, deleteRecord(c.Table), c.SysID)
		return err
	})
}

// locked reads the row, which nobody else can change until the end.
func (r *recording) locked(ctx context.Context) (table.Row, error) {
	var one int
	if err := r.t.Tx.GetContext(ctx, &one, lockRecord(r.c.Table), r.c.SysID); err != nil {
		return nil, err
	}
	old, err := r.read(ctx, r.c.SysID)
	if err != nil || r.c.ModCount == nil {
		return old, err
	}
	if count, err := strconv.Atoi(old["sys_mod_count"]); err != nil || count != *r.c.ModCount {
		return nil, table.Changed{ModCount: count, Known: *r.c.ModCount}
	}
	return old, nil
}

// read reads the row as table.Row says; schema.ErrNoRecord when it belongs to a provider of others.
func (r *recording) read(ctx context.Context, sysID string) (table.Row, error) {
	of := table.Selection{Table: r.c.Table, Limit: 1, Providers: r.c.Providers}
	of.Query.Always = []table.Condition{{Path: table.Path{Field: r.c.Table.Field(table.SysID)}, Operator: table.Equal, Values: []string{sysID}}}
	for _, p := range r.c.Table.Readable() {
		of.Fields = append(of.Fields, p)
		for _, name := range p.Field.Calls() {
			of.Fields = append(of.Fields, table.Path{Through: p.Field, Field: p.Field.Target().Field(name)})
		}
	}
	var found table.Row
	_, err := eachRow(ctx, r.t.Tx, of, func(values []table.Value) error {
		found = table.Row{}
		for i, p := range of.Fields {
			name := p.String()
			if p.Field.Type == table.Reference {
				found[name+"."+table.SysID] = values[i].Value
			}
			if p.Through != nil && p.Field.Name == p.Through.Calls()[0] {
				name = p.Through.Name
			}
			found[name] = values[i].Value
		}
		return nil
	})
	if err == nil && found == nil {
		err = schema.ErrNoRecord
	}
	return found, err
}

// check looks at the row as it is now.
func (r *recording) check(ctx context.Context, sysID string) error {
	now, err := r.read(ctx, sysID)
	if err == schema.ErrNoRecord {
		return table.NotYours
	}
	if err != nil || r.c.Rules == nil {
		return err
	}
	for name, value := range r.c.Values {
		if r.c.Table.Field(name).Secret {
			now[name] = value
		}
	}
	return r.checkRow(ctx, now)
}

func (r *recording) checkRow(ctx context.Context, now table.Row) error {
	named, err := r.c.Rules.Named(now)
	if err != nil {
		return err
	}
	var known schema.Catalogue
	if r.catalogue() {
		if known, err = knownCatalogue(ctx, r.t, named, false); err != nil {
			return err
		}
		known.Channels = r.before
	}
	return r.c.Rules.Check(now, known)
}
