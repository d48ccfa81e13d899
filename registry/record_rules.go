package registry

import (
	"encoding/hex"
	"fmt"
	"slices"

	"proactive/schema"
	"proactive/schema/table"
)

// RulesOf are what a row of a table must fulfil: the same as a row of a file. Nil for tables whose rows no file has.
func RulesOf(t *table.Table) table.Rules {
	_, ofFile := recordTables[t.Name]
	if !ofFile && t.Name != properties && t.Name != roles && t.Name != bindings {
		return nil
	}
	return rules{t}
}

const (
	properties = "sys_properties"
	roles      = "sys_user_has_role"
	bindings   = "sn_pren_account_provider"
	users      = "sys_user"
	channels   = "sn_pren_notification_channel"
	account    = "web_service_access_only"
)

type rules struct{ of *table.Table }

// Wrong is what is wrong with a record: a sentence for each field.
type Wrong struct{ Problems }

// Refusal marks an error that is said to whoever sent the record.
func (w Wrong) Refusal() {}

func (w Wrong) Error() string {
	var text string
	for i, p := range w.Problems {
		if i > 0 {
			text += " "
		}
		text += p.Field + ": " + p.Text + "."
	}
	return text
}

func wrong(field, text string) error {
	return Wrong{Problems{{Position{Field: field}, text}}}
}

// asWrong says an error of reading as one of a record.
func asWrong(err error) error {
	if ps, are := err.(Problems); are {
		return Wrong{ps}
	}
	return err
}

func (r rules) OfCatalogue() bool { _, is := recordTables[r.of.Name]; return is }

func (r rules) Stored(row table.Row) (table.Values, error) {
	switch r.of.Name {
	case channels:
		c, err := Record{channels, row}.read()
		if err != nil || len(c.Channels) == 0 {
			return nil, asWrong(err)
		}
		return table.Values{"config": string(c.Channels[0].Config)}, nil
	case properties:
		p, known := schema.FindProperty(row["name"])
		if !known {
			return nil, wrong("name", "there is no such property: use one of "+listed(propertyNames()))
		}
		value, err := p.Parse(row["value"])
		if err != nil {
			return nil, wrong("value", err.Error())
		}
		return table.Values{"value": value}, nil
	}
	return nil, nil
}

func (r rules) Named(row table.Row) (schema.Catalogue, error) {
	if !r.OfCatalogue() {
		return schema.Catalogue{}, nil
	}
	c, err := Record{r.of.Name, row}.read()
	if err != nil {
		return schema.Catalogue{}, asWrong(err)
	}
	return c.Catalogue, nil
}

func (r rules) Check(row table.Row, known schema.Catalogue) error {
	switch {
	case r.of.Name == roles:
		if row["user."+account] == "true" && !schema.Role(row["role"]).Known() {
			return wrong("role", "there is no role \""+row["role"]+"\" for an account: use one of "+listed(schema.AllRoles()))
		}
		return nil
	case r.of.Name == bindings && row["user."+account] != "true":
		return wrong("user", "only a service account is bound to providers, and this is a person")
	case r.of.Name == users && row[account] != "true" && row["user_password"]+row["api_key"] != "":
		return wrong("user_password", "only a service account signs in: make one with "+account+"=true, or send neither user_password nor api_key")
	case !r.OfCatalogue():
		return nil
	}
	record := Record{r.of.Name, row}
	c, err := record.read()
	if err != nil {
		return asWrong(err)
	}
	known.Channels = slices.Clone(known.Channels)
	for i := range known.Channels {
		if r.of.Name == channels && known.Channels[i].SysID == row[table.SysID] {
			known.Channels[i].Name = row["name"] // as it was, under the name that it has now
		}
	}
	return asWrong(record.named(c.check(&known).errors))
}

// HashSecrets puts hashes for the password and the API key that somebody gave a record of sys_user.
func HashSecrets(values table.Values) error {
	if password := values["user_password"]; password != "" {
		hash, err := hashPassword(password, "")
		if err != nil {
			return err
		}
		values["user_password"] = hash
	}
	if key := values["api_key"]; key != "" {
		if len(key) < minAPIKey {
			return wrong("api_key", fmt.Sprintf("an API key has at least %d characters: make one with `openssl rand -hex 32`", minAPIKey))
		}
		values["api_key"] = hex.EncodeToString(HashAPIKey(key))
	}
	return nil
}
