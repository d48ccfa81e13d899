package postgres

import (
	"context"
	"fmt"
	"strconv"

	"proactive/schema"
)

const upsertProperty = `
	INSERT INTO sys_properties AS p (name, value)
	VALUES ($1, $2)
	    ON CONFLICT (name) DO UPDATE
	   SET value = excluded.value, sys_updated_on = now()
	 WHERE p.value <> excluded.value
	RETURNING xmax = 0`

func (w *catalogueWriter) property(p schema.PropertyValue) (string, schema.ChangeKind, error) {
	what, err := w.upsert(upsertProperty, p.Name, strconv.Itoa(p.Value))
	return p.Name, what, err
}

const allPropertyValues = `SELECT name, value FROM sys_properties`

// Properties are all known properties: what is set, else the default. A value that somebody wrote past the catalogue and that
// the property does not accept is an error, as guessing what was meant could end issues.
func (d *DB) Properties(ctx context.Context) (map[string]int, error) {
	values := map[string]int{}
	for _, p := range schema.AllProperties() {
		values[p.Name] = p.Default
	}
	var rows []struct {
		Name  string `db:"name"`
		Value string `db:"value"`
	}
	if err := d.selectAll(ctx, &rows, allPropertyValues); err != nil {
		return nil, fault("read the properties", err)
	}
	for _, row := range rows {
		p, known := schema.FindProperty(row.Name)
		if !known {
			continue
		}
		value, err := p.Parse(row.Value)
		if err != nil {
			return nil, fmt.Errorf("read the properties: %w", err)
		}
		values[p.Name] = value
	}
	return values, nil
}

// Property is one property: what is set, else the default. A name that is none of schema's is an error.
func (d *DB) Property(ctx context.Context, name string) (int, error) {
	if _, known := schema.FindProperty(name); !known {
		return 0, fmt.Errorf("there is no property %q", name)
	}
	values, err := d.Properties(ctx)
	if err != nil {
		return 0, err
	}
	return values[name], nil
}
