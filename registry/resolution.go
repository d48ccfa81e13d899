package registry

import (
	"encoding/json"
	"net/url"

	"proactive/schema"
)

func (r *reader) resolution(o *object) {
	s := schema.Resolution{
		Name:           o.required("name"),
		Type:           schema.ResolutionType(o.oneOf("type", "", string(schema.ResolveByAction), string(schema.ResolveBySelfHelp), string(schema.ResolveByURL), string(schema.ResolveByIncident))),
		RemedialAction: o.text("remedial_action"),
		Parameters:     o.json("parameters"),
		OnSuccess:      schema.OnSuccess(o.oneOf("on_success", string(schema.OnSuccessClose), string(schema.OnSuccessWait))),
		Instructions:   o.texts("instructions"),
		URL:            o.text("url"),
		Active:         o.flag("active", true),
	}
	if s.Parameters == nil {
		s.Parameters = json.RawMessage(`{}`)
	}
	if s.Type == "" && !r.reportedAt(o.at("type")) {
		o.report("type", "is missing: use remedial_action, self_help, url or create_incident")
	}
	s.Translations = translations(o, func(inner *object) schema.ResolutionTranslation { return inner.instructionsOf(s) })
	o.checkResolution(s)
	r.c.Resolutions = append(r.c.Resolutions, s)
}

// resolutionFields are the fields that belong to some types only.
var resolutionFields = []typedField[schema.ResolutionType]{
	{"remedial_action", schema.ResolveByAction},
	{"parameters", schema.ResolveByAction},
	{"instructions", schema.ResolveBySelfHelp},
	{"translations", schema.ResolveBySelfHelp},
	{"url", schema.ResolveByURL},
}

// instructionsOf are the steps of s in another language.
func (o *object) instructionsOf(s schema.Resolution) schema.ResolutionTranslation {
	const field = "instructions"
	problems := len(o.r.problems)
	t := schema.ResolutionTranslation{Instructions: o.texts(field)}
	o.done()
	said, meant := len(t.Instructions), len(s.Instructions)
	switch {
	case s.Type != schema.ResolveBySelfHelp || len(o.r.problems) > problems:
	case said > 0 && meant == 0:
		o.report(field, "translate what the resolution itself does not say: give that instructions too")
	case said == 0 && meant > 0:
		o.warn(field, "are missing: people of this language read them untranslated")
	case said != meant:
		o.warn(field, "are %d, and those that they translate %d: whoever reads one language may miss a step of the other", said, meant)
	}
	return t
}

func (o *object) checkResolution(s schema.Resolution) {
	checkTypes(o, "resolution", s.Type, resolutionFields)
	if s.Type == schema.ResolveByIncident && s.OnSuccess != schema.OnSuccessClose {
		o.report("on_success", "a resolution of type create_incident ends the issue: remove it")
	}
	if s.OnSuccess == schema.OnSuccessWait && (s.Type == schema.ResolveBySelfHelp || s.Type == schema.ResolveByURL) {
		o.report("on_success", "a resolution of type %s is done by the person, and no tool reports what follows: remove it", s.Type)
	}
	if s.URL != "" {
		if u, err := url.Parse(s.URL); err != nil || u.Hostname() == "" || (u.Scheme != "http" && u.Scheme != "https") {
			o.report("url", "must be an absolute address that begins with http:// or https://")
		}
	}
	switch {
	case s.Type == schema.ResolveByAction && s.RemedialAction == "":
		o.warn("remedial_action", "is missing: reports are refused with \"does not have a proper resolution\" until it is there")
	case s.Type == schema.ResolveBySelfHelp && len(s.Instructions) == 0:
		o.warn("instructions", "are missing: reports are refused with \"does not have a proper resolution\" until they are there")
	case s.Type == schema.ResolveByURL && s.URL == "":
		o.warn("url", "is missing: reports are refused with \"does not have a proper resolution\" until it is there")
	}
	checkMarks(o, s.Parameters)
}
