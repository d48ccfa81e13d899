package registry

import (
	"encoding/json"
	"strings"

	"proactive/schema"
)

func (r *reader) notificationContent(o *object) {
	n := schema.NotificationContent{
		Name:        o.required("name"),
		Prompt:      o.text("prompt"),
		ConsentText: o.text("consent_text"),
		Active:      o.flag("active", true),
	}
	n.Translations = o.translations(n)
	r.c.NotificationContents = append(r.c.NotificationContents, n)
}

// translations is what n says in other languages, by their tags; nil without.
func (o *object) translations(n schema.NotificationContent) json.RawMessage {
	const field = "translations"
	node := o.value(field)
	if node == nil {
		return nil
	}
	languages := o.r.object(node, o.at(field))
	if languages == nil {
		return nil
	}
	all := map[string]schema.Translation{}
	for _, language := range languages.names {
		if err := schema.CheckLanguage(language); err != nil {
			languages.report(language, "the name of a translation %s", err)
			continue
		}
		if inner := o.r.object(languages.values[language], languages.at(language)); inner != nil {
			all[language] = inner.translation(n)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return configOf(all)
}

func (o *object) translation(n schema.NotificationContent) schema.Translation {
	t := schema.Translation{Prompt: o.text("prompt"), ConsentText: o.text("consent_text")}
	o.done()
	for _, part := range []struct{ name, said, meant string }{{"prompt", t.Prompt, n.Prompt}, {"consent_text", t.ConsentText, n.ConsentText}} {
		switch {
		case o.r.reportedAt(o.at(part.name)):
		case blank(part.said) && !blank(part.meant):
			o.warn(part.name, "is missing: people of this language read it untranslated")
		case !blank(part.said) && blank(part.meant):
			o.report(part.name, "translates what the notification content itself does not say: give that a %s too", part.name)
		}
	}
	return t
}

func blank(text string) bool { return strings.TrimSpace(text) == "" }
