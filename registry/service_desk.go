package registry

import (
	"encoding/json"
	"errors"
	"regexp"
	"strings"

	"proactive/schema"
)

func (r *reader) serviceDesk(o *object) {
	desk := schema.ServiceDesk{
		Name:        o.required("name"),
		Type:        schema.ServiceDeskType(o.oneOf("type", "", string(schema.DeskServiceNow), string(schema.DeskWebhook))),
		GiveUpAfter: o.duration("give_up_after", 0),
		Active:      o.flag("active", true),
	}
	if desk.Type == "" && !r.reportedAt(o.at("type")) {
		o.report("type", "is missing: use servicenow or webhook")
	}
	checkTypes(o, "service desk", desk.Type, serviceDeskFields)
	switch desk.Type {
	case schema.DeskServiceNow:
		desk.Config = configOf(o.serviceNow())
	case schema.DeskWebhook:
		desk.Config = configOf(o.signedHook())
	}
	r.c.ServiceDesks = append(r.c.ServiceDesks, desk)
}

// serviceDeskFields are the fields that belong to one type only.
var serviceDeskFields = []typedField[schema.ServiceDeskType]{
	{"instance", schema.DeskServiceNow},
	{"username", schema.DeskServiceNow},
	{"password", schema.DeskServiceNow},
	{"token", schema.DeskServiceNow},
	{"api_key", schema.DeskServiceNow},
	{"caller", schema.DeskServiceNow},
	{"fields", schema.DeskServiceNow},
	{"url", schema.DeskWebhook},
	{"secret", schema.DeskWebhook},
}

func (o *object) serviceNow() schema.ServiceNowConfig {
	config := schema.ServiceNowConfig{
		Instance: strings.TrimRight(o.required("instance"), "/"),
		Username: o.text("username"),
		Password: o.secretMark("password"),
		Token:    o.secretMark("token"),
		APIKey:   o.secretMark("api_key"),
		Caller:   o.oneOf("caller", "", schema.CallerByUserName, schema.CallerByEmail),
		Fields:   o.fieldTexts("fields"),
	}
	if !o.r.reportedAt(o.at("instance")) {
		if err := CheckInstance(config.Instance); err != nil {
			o.report("instance", "%s", err)
		}
	}
	ways := 0
	for _, way := range []string{"password", "token", "api_key"} {
		if o.has(way) {
			ways++
		}
	}
	switch {
	case ways != 1:
		o.report("instance", "needs one way to sign in: username and password, or token, or api_key")
	case !o.r.reportedAt(o.at("username")) && (config.Username != "") != o.has("password"):
		o.report("username", "goes with password, and with nothing else: give both or none")
	case strings.ContainsRune(config.Username, ':'):
		o.report("username", "must not hold a colon, with which Basic authentication parts name and password")
	}
	return config
}

// CheckInstance says in a sentence why an address is none of an instance.
func CheckInstance(address string) error {
	if err := CheckHook(address); err != nil {
		return err
	}
	if strings.ContainsAny(address, "?#") {
		return errors.New("must be the address of an instance alone, like https://example.service-now.com")
	}
	return nil
}

var fieldName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,79}$`)

// fieldTexts are texts by the names of fields of a table.
func (o *object) fieldTexts(name string) (texts map[string]string) {
	text := o.json(name)
	if text == nil {
		return nil
	}
	if json.Unmarshal(text, &texts) != nil {
		o.report(name, "must be names with texts, like {category: software}: write numbers in quotes")
		return nil
	}
	for field, text := range texts {
		switch {
		case !fieldName.MatchString(field):
			o.report(name, "%q is no name of a field: use a-z, 0-9 and _", shown(field))
		case field == "correlation_id":
			o.report(name, "correlation_id is how an incident is found again: remove it")
		case field == "correlation_display" && text == "":
			o.report(name, "correlation_display tells our incident from those of others with the same correlation_id: give it a text, or remove it")
		}
	}
	return texts
}

// oneDesk reports a second service desk that is active, as an incident has one foreign number.
func (k *checker) oneDesk(known []schema.ServiceDesk) {
	given := map[string]bool{}
	active := ""
	for _, s := range k.c.ServiceDesks {
		given[s.Name] = true
	}
	for _, s := range known {
		if s.Active && !given[s.Name] && !k.isPruned(schema.SectionServiceDesks, s.Name) {
			active = s.Name
		}
	}
	for i, s := range k.c.ServiceDesks {
		switch {
		case s.Active && active != "" && active != s.Name:
			k.fail(schema.SectionServiceDesks, i, "active", "%s is active already, and incidents go to one service desk: switch one of them off", active)
		case s.Active:
			active = s.Name
		}
	}
}
