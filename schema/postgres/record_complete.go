package postgres

import (
	"context"
	"slices"

	"proactive/schema/table"
)

// complete makes of what was given what is written: references as ids, what follows from other fields, and the form in which values are kept.
func (r *recording) complete(ctx context.Context, old table.Row) error {
	values := table.Values{}
	for name, value := range r.c.Values {
		f := r.c.Table.Field(name)
		if err := f.Fits(old[name], value); err != nil {
			return err
		}
		switch {
		case f.Type == table.Reference && value != "":
			id, err := r.find(ctx, f, value)
			if err != nil {
				return err
			}
			value = id
		case f.Journal:
			noted, err := r.noted(ctx, f, old[name], value)
			if err != nil {
				return err
			}
			value = noted
		}
		if err := r.keepsKey(f, old, value); err != nil {
			return err
		}
		values[name] = value
	}
	if err := r.mine(old, values); err != nil {
		return err
	}
	for name, value := range r.c.Table.Follow(old, values) {
		values[name] = value
	}
	r.c.Values = values
	return r.keep(old)
}

// noted is a journal with what is said now.
func (r *recording) noted(ctx context.Context, f *table.Field, old, said string) (string, error) {
	var at string
	if err := r.t.get(ctx, &at, `SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`); err != nil {
		return "", err
	}
	journal := table.Noted(old, said, r.c.By, at)
	return journal, f.Holds(old, journal)
}

// keepsKey refuses another value of what tells the row from others.
func (r *recording) keepsKey(f *table.Field, old table.Row, value string) error {
	is := old[f.Name]
	if f.Type == table.Reference {
		is = old[f.Name+"."+table.SysID]
	}
	switch {
	case old == nil || value == is:
		return nil
	case f.Tie && old["origin_table"] != "":
		return table.Mistake(f.Name + " stays what it is: the issue that made the record, and the service desk's own system, know it by that.")
	case !f.Key:
		return nil
	}
	return table.Mistake(f.Name + " stays what it is: reports and files name the record by it. Make a new record with the other value, and set active of this one to false or delete it.")
}

// mine refuses a row that would belong to a provider of others, before the database can tell anything about it.
func (r *recording) mine(old table.Row, values table.Values) error {
	if len(r.c.Providers) == 0 {
		return nil
	}
	field := map[table.Binding]string{table.IsProvider: "provider_code", table.OfDesk: "correlation_display"}[r.c.Table.Binding]
	value, given := values[field]
	if field == "" || old != nil && !given || slices.Contains(r.c.Providers, value) {
		return nil
	}
	return table.NotYours
}

// keep brings values into the form in which they are kept.
func (r *recording) keep(old table.Row) error {
	if r.c.Rules == nil {
		return nil
	}
	whole := table.Row{}
	for name, value := range old {
		whole[name] = value
	}
	for name, value := range r.c.Values {
		whole[name] = value
	}
	if _, err := r.c.Rules.Named(whole); err != nil {
		return err // what can be said of the values alone is said of the field, before a constraint says it of the row
	}
	kept, err := r.c.Rules.Stored(whole)
	if err != nil {
		return err
	}
	for name, value := range kept {
		if value != whole[name] || old == nil {
			r.c.Values[name] = value
		}
	}
	return nil
}

// find gives the id of the row that a reference means: by its sys_id, or by what people call it.
func (r *recording) find(ctx context.Context, f *table.Field, value string) (string, error) {
	args, own := []any{value}, f.Target().Binding != table.Unbound && len(r.c.Providers) > 0
	if own {
		args = append(args, textArray(r.c.Providers))
	}
	for _, text := range findReferred(f.Target(), own) {
		var ids []string
		if err := r.t.selectAll(ctx, &ids, text, args...); err != nil {
			return "", err
		}
		switch len(ids) {
		case 0:
			continue
		case 1:
			return ids[0], nil
		}
		return "", table.Mistake(f.Name + ": more than one row of " + f.Refers + " is called so. Send the sys_id of the one that is meant.")
	}
	if f.Stored == table.AsDifferent {
		return value, nil // as reported, so it may be anything
	}
	if own {
		return "", table.NotYours // whether there is one or not
	}
	return "", table.Mistake(f.Name + ": there is no such row of " + f.Refers + ". Send its sys_id, or what it is called.")
}
