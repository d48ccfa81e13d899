package wording

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html/atom"

	"proactive/schema"
)

const link = "https://help.example.com/help/TOKEN"

func TestMailsAreAsTheyWere(t *testing.T) {
	tip := asked("en")
	tip.Conversation.Mode, tip.Conversation.Resolution, tip.Prompt = schema.NotifyOnly, schema.ResolveBySelfHelp, ""
	page := asked("de")
	page.Conversation.Mode, page.Conversation.Resolution = schema.NotifyOnly, schema.ResolveByURL
	desk := over(asked("en"), schema.UnresolvedByUser)
	desk.Person, desk.FullName, desk.Interaction = "Abel", "Abel Tuter (abel.tuter)", "IMS0010001"
	for name, c := range map[string]struct {
		view schema.View
		why  schema.Occasion
	}{
		"ask.en":              {asked("en"), schema.OccasionAsk},
		"ask.de":              {asked("de"), schema.OccasionAsk},
		"again.en":            {asked("en"), schema.OccasionAgain},
		"reminder-accept.de":  {asked("de"), schema.OccasionReminder},
		"reminder-consent.en": {in(asked("en"), schema.ConversationConsent), schema.OccasionReminder},
		"reminder-confirm.de": {in(asked("de"), schema.ConversationConfirm), schema.OccasionReminder},
		"tip-steps.en":        {tip, schema.OccasionAsk},
		"tip-page.de":         {page, schema.OccasionAsk},
		"desk.en":             {desk, schema.OccasionDesk},
	} {
		subject, text, html := Mail(c.view, c.why, link)
		golden(t, "mail-"+name+".txt", "Subject: "+subject+"\n\n"+text)
		if strings.HasPrefix(name, "ask") {
			golden(t, "mail-"+name+".html", html)
		}
	}
}

func TestAMailHasItsLinkInTheClearAndAsAButton(t *testing.T) {
	_, text, html := Mail(asked("en"), schema.OccasionAsk, link)
	require.Contains(t, text, "\n"+link+"\n")
	root := parse(t, html)
	require.Equal(t, link, attribute(one(t, root, atom.A), "href"))
	require.Contains(t, textOf(one(t, root, atom.Body)), link)
	require.Empty(t, find(root, atom.Img))
	require.Empty(t, find(root, atom.Table))
}

func TestTheServiceDeskNeverGetsALink(t *testing.T) {
	v := over(asked("de"), schema.NoResponse)
	v.Interaction = "IMS0010001"
	subject, text, html := Mail(v, schema.OccasionDesk, link)
	values, err := json.Marshal(Values(v, schema.OccasionDesk, link))
	require.NoError(t, err)
	all := subject + text + html + string(values)
	require.NotContains(t, all, "TOKEN")
	for _, fact := range []string{"Abel Tuter", "abel-laptop", "High CPU usage", v.ExperienceID, "IMS0010001"} {
		require.Contains(t, text, fact)
		require.Contains(t, html, fact)
	}
}

func TestWhatOthersWroteCannotBecomeAHeaderOrMarkup(t *testing.T) {
	v := asked("en")
	v.Person, v.Found, v.Prompt, v.ConsentText, v.Organisation, v.Contact = awkward, awkward, awkward, awkward, awkward, awkward
	v.Device = "abel\r\nBcc: all@example.com\u2028\x00\xff" + strings.Repeat("x", 300)
	subject, _, _ := Mail(v, schema.OccasionAsk, link)
	require.Contains(t, subject, "(abel Bcc: all@example.com xxx", "it is told for what it is")
	for _, why := range []schema.Occasion{schema.OccasionAsk, schema.OccasionAgain, schema.OccasionReminder, schema.OccasionDesk} {
		for _, state := range conversationStates {
			subject, text, html := Mail(in(v, state), why, link)
			assert.NotRegexp(t, `[\x00-\x1f\x7f\x{2028}]`, subject)
			assert.LessOrEqual(t, len([]rune(subject)), maxSubject)
			assert.NotContains(t, html, "<script")
			assert.NotContains(t, html, "<b ")
			assert.NotContains(t, text, "<no value>")
		}
	}
}

func TestDesktopMessagesAreShortAndCarryNoLink(t *testing.T) {
	v := asked("en")
	require.Equal(t, schema.DesktopMessage{Title: "May we help?", Text: v.Prompt}, Desktop(v, schema.OccasionAsk))
	require.Equal(t, "Your code: 123 456", Code(v, "123 456").Title)
	require.Equal(t, "Erinnerung: Hat es geholfen?", Desktop(in(asked("de"), schema.ConversationConfirm), schema.OccasionReminder).Title)
	v.Prompt = strings.Repeat("long ", 200)
	long := Desktop(v, schema.OccasionAsk)
	require.Empty(t, long.Link)
	require.Len(t, []rune(long.Text), maxDesktopText)
	require.True(t, strings.HasSuffix(long.Text, "…"))
}

func TestWebhooksAreToldFlatTexts(t *testing.T) {
	values := Values(asked("en"), schema.OccasionAsk, link)
	for name, want := range map[string]string{
		"title": "May we help with your computer? (abel-laptop)", "text": "Your computer is busy with one program. May we help?", "link": link,
		"person": "Abel Tuter", "device": "abel-laptop", "issue_code": "100", "provider": "ServiceNow", "found": "High CPU usage",
		"experience_id": "7d1c3f0e5b8a4c2d9e6f1a2b3c4d5e6f", "occasion": "ask", "organisation": "Example Service Desk", "contact": "+49 30 1234567",
		"until": "2026-03-02T19:00:00Z", "incident": "",
	} {
		var text string
		require.NoError(t, json.Unmarshal(values[name], &text), name)
		require.Equal(t, want, text, name)
	}
}

// A channel's template is checked against the list when it is applied: a name that no message has would be sent as null.
func TestATemplateMayNameWhatWebhooksAreTold(t *testing.T) {
	require.ElementsMatch(t, schema.WebhookValues(), slices.Collect(maps.Keys(Values(asked("en"), schema.OccasionAsk, link))))
}

// By the first name alone nobody finds the person.
func TestTheServiceDeskIsToldWhoItIs(t *testing.T) {
	v := over(asked("en"), schema.UnresolvedByUser)
	v.Person, v.FullName = "Abel", "Abel Tuter (abel.tuter)"
	subject, text, _ := Mail(v, schema.OccasionDesk, "")
	require.Equal(t, "Please contact Abel Tuter (abel.tuter)", subject)
	require.Contains(t, text, "Person: Abel Tuter (abel.tuter)\n")
	require.JSONEq(t, `"Abel Tuter (abel.tuter)"`, string(Values(v, schema.OccasionDesk, "")["person"]))
	require.JSONEq(t, `"Abel"`, string(Values(v, schema.OccasionAsk, link)["person"]))
}
