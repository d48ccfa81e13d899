package wording

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/net/html"

	"proactive/schema"
)

// FuzzNames: whatever people, devices and issues are called, in messages and pages it is text: no markup is added, no address, no line
// of a header.
func FuzzNames(f *testing.F) {
	for _, name := range []string{"Abel Tuter", `"><script>alert(1)</script>`, "</title><img src=x onerror=alert(1)>", "javascript:alert(1)", "' onclick='x", "{{.}}", "one\r\nBcc: two",
		"\u202egnp.exe", "\x00\x1b[31m", "\xff", "<!--", "]]>", "&lt;script&gt;", "https://elsewhere.example.com/"} {
		f.Add(name, "abel-laptop", "High CPU usage", "May we help?")
		f.Add("Abel", name, name, name)
	}
	f.Fuzz(func(t *testing.T, person, device, found, prompt string) {
		for _, language := range []string{"en", "de"} {
			hostile, harmless := asked(language), asked(language)
			for _, v := range []*schema.View{&hostile, &harmless} {
				v.Conversation.State = schema.ConversationConsent
				v.FullName, v.Organisation, v.Contact = v.Person, v.Person, v.Person
			}
			hostile.Person, hostile.FullName, hostile.Organisation, hostile.Contact = person, person, person, person
			hostile.Device, hostile.Found, hostile.Prompt, hostile.ConsentText, hostile.Instructions = device, found, prompt, prompt, []string{prompt, found}
			checkMarkup(t, hostile, harmless)
			checkTexts(t, hostile)
		}
	})
}

func checkMarkup(t *testing.T, hostile, harmless schema.View) {
	for _, why := range []schema.Occasion{schema.OccasionAsk, schema.OccasionDesk} {
		_, _, before := Mail(harmless, why, "https://help.example.com/help/token")
		subject, _, after := Mail(hostile, why, "https://help.example.com/help/token")
		if strings.ContainsFunc(subject, unicode.IsControl) {
			t.Fatalf("no subject: %q", subject)
		}
		compareMarkup(t, before, after)
	}
	compareMarkup(t, written(t, harmless, Form{}), written(t, hostile, Form{}))
}

// compareMarkup tells of markup that the names have made.
func compareMarkup(t *testing.T, before, after string) {
	usual := markup(before)
	for tag := range markup(after) {
		if !usual[tag] {
			t.Fatalf("%s\nhas %s", after, tag)
		}
	}
}

// markup is every tag with its attributes, and the values of those that lead somewhere or run.
func markup(page string) map[string]bool {
	all := map[string]bool{}
	tokens := html.NewTokenizer(strings.NewReader(page))
	for kind := tokens.Next(); kind != html.ErrorToken; kind = tokens.Next() {
		token := tokens.Token()
		switch kind {
		case html.StartTagToken, html.SelfClosingTagToken:
			said := token.Data
			for _, a := range token.Attr {
				said += " " + a.Key
				if a.Key == "href" || a.Key == "src" || a.Key == "action" || a.Key == "style" {
					said += "=" + a.Val
				}
			}
			all[said] = true
		case html.CommentToken, html.DoctypeToken:
			all[token.Data] = true
		}
	}
	return all
}

func checkTexts(t *testing.T, v schema.View) {
	for name, value := range Values(v, schema.OccasionAsk, "https://help.example.com/help/token") {
		var text string
		if json.Unmarshal(value, &text) != nil {
			t.Fatalf("%s is %s", name, value)
		}
	}
	if message := Desktop(v, schema.OccasionAsk); len([]rune(message.Text)) > maxDesktopText {
		t.Fatalf("too long: %q", message.Text)
	}
}
