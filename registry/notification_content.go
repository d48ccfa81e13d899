package registry

import (
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
	n.Translations = translations(o, func(inner *object) schema.Translation { return inner.translation(n) })
	r.c.NotificationContents = append(r.c.NotificationContents, n)
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
