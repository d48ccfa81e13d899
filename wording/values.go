package wording

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"proactive/schema"
)

// Values is what a webhook can be told, by name: texts only, "" for what is not known. A channel's template picks from them. link is
// the address of the person's page; the service desk never gets it.
func Values(v schema.View, why schema.Occasion, link string) map[string]json.RawMessage {
	v = addressed(v, why)
	o := speakAbout(v, time.Time{})
	l := o.letter(why, link)
	texts := map[string]string{
		"occasion": string(why),
		"title":    l.Subject,
		"text":     strings.Join(l.Words, "\n\n"),
		"link":     l.Link,

		"organisation": v.Organisation,
		"contact":      v.Contact,
		"language":     o.Tag,
		"person":       v.Person,
		"device":       v.Device,

		"experience_id": v.ExperienceID,
		"step":          strconv.Itoa(v.Step),
		"provider":      v.Provider,
		"issue_code":    v.IssueCode,
		"found":         v.Found,
		"prompt":        v.Prompt,
		"consent_text":  v.ConsentText,
		"instructions":  strings.Join(v.Instructions, "\n"),
		"url":           v.URL,
		"until":         rfc3339(v.Conversation.Until),
		"incident":      v.Incident,
		"interaction":   v.Interaction,
	}
	values := make(map[string]json.RawMessage, len(texts))
	for name, text := range texts {
		values[name] = quote(text)
	}
	return values
}

// rfc3339 is a time in RFC 3339; "" for none.
func rfc3339(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func quote(text string) json.RawMessage {
	quoted, err := json.Marshal(text)
	if err != nil {
		panic(err) // a text is always JSON
	}
	return quoted
}
