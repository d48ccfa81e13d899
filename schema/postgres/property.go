package postgres

import (
	"context"
	"encoding/json"
	"fmt"

	"proactive/schema"
)

const upsertProperty = `
	INSERT INTO sys_properties AS p (name, value)
	SELECT name, value FROM json_populate_recordset(NULL::sys_properties, $1)
	    ON CONFLICT (name) DO UPDATE
	   SET value = excluded.value, sys_updated_on = now()
	 WHERE p.value <> excluded.value
	RETURNING name AS id, xmax = 0 AS created`

func propertyRow(p schema.PropertyValue) catalogueRow {
	return catalogueRow{p.Name, p.Name, byColumn{"name": p.Name, "value": p.Value}}
}

const allPropertyValues = `SELECT name, value FROM sys_properties ORDER BY name`

// propertyValue is a row of sys_properties.
type propertyValue struct {
	Name  string `db:"name"`
	Value string `db:"value"`
}

// Properties are all known properties: what is set, else the default. A value that somebody wrote past the catalogue and that
// the property does not accept is an error, as guessing what was meant could end issues.
func (d *DB) Properties(ctx context.Context) (schema.Properties, error) {
	var rows []propertyValue
	if err := d.selectAll(ctx, &rows, allPropertyValues); err != nil {
		return nil, fault("read the properties", err)
	}
	return readProperties(rows)
}

// properties are the same as this transaction sees them.
func properties(ctx context.Context, t tx) (schema.Properties, error) {
	var rows []propertyValue
	if err := t.selectAll(ctx, &rows, allPropertyValues); err != nil {
		return nil, err
	}
	return readProperties(rows)
}

// propertiesInRow are the properties as one column of a row; readPropertiesInRow reads it.
const propertiesInRow = `(SELECT json_agg(json_build_object('name', name, 'value', value)) FROM sys_properties) AS properties`

func readPropertiesInRow(column []byte) (schema.Properties, error) {
	var rows []propertyValue
	if column != nil { // nil when none is set
		if err := json.Unmarshal(column, &rows); err != nil {
			return nil, err
		}
	}
	return readProperties(rows)
}

func readProperties(rows []propertyValue) (schema.Properties, error) {
	values := schema.DefaultProperties()
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
