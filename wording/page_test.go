package wording

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"proactive/schema"
)

// awkward is text that would be markup, a script or an attribute if it were not taken for text.
const awkward = `"><script>alert(1)</script><b style='x'>{{.}}</b>&amp; javascript:alert(1)`

var conversationStates = []schema.ConversationState{
	schema.ConversationWaiting, schema.ConversationTelling, schema.ConversationAsked, schema.ConversationPutOff, schema.ConversationConsent,
	schema.ConversationReady, schema.ConversationRunning, schema.ConversationConfirm, schema.ConversationFeedback, schema.ConversationEnded, "",
}

// everyView calls do with a view in every state that there is, however unlikely, of every kind of registry row.
func everyView(t *testing.T, do func(t *testing.T, v schema.View)) {
	for _, language := range []string{"en", "de"} {
		for _, mode := range []schema.Engagement{schema.Engage, schema.NotifyOnly} {
			for _, r := range []schema.ResolutionType{schema.ResolveByAction, schema.ResolveBySelfHelp, schema.ResolveByURL, schema.ResolveByIncident} {
				for _, sensitive := range []bool{false, true} {
					v := asked(language)
					v.Conversation.Mode, v.Conversation.Resolution = mode, r
					v.Conversation.Consent, v.Conversation.Sensitive = sensitive, sensitive
					v.Conversation.CodeHash = schema.HashCode(v.Conversation.SysID, "123456")
					t.Run(fmt.Sprintf("%s %s %s %t", language, mode, r, sensitive), func(t *testing.T) { everyStateOf(v, func(v schema.View) { do(t, v) }) })
				}
			}
		}
	}
}

func everyStateOf(v schema.View, do func(schema.View)) {
	for _, state := range conversationStates {
		v := in(v, state)
		do(v)
		v.State = schema.Open
		do(v)
		v.State = schema.ActionWait
		do(v)
		v.State = schema.InProgress
		v.Conversation.PutOffs, v.Conversation.CodeTries = schema.MaxPutOffs, schema.MaxCodeTries-1
		do(v)
		v.Conversation.Until = noon
		do(v)
	}
	for reason := range english.Ended {
		do(over(in(v, schema.ConversationEnded), reason))
		do(over(v, reason))
	}
}

func TestEveryPageIsSound(t *testing.T) {
	everyView(t, func(t *testing.T, v schema.View) {
		v.Organisation, v.Contact, v.Device, v.Found, v.Prompt, v.ConsentText = awkward, awkward, awkward, awkward, awkward, awkward
		v.Instructions, v.URL, v.Incident, v.Interaction = []string{awkward}, "javascript:alert(1)", awkward, awkward
		for _, refusal := range []schema.ReplyRefusal{"", schema.ReplyTooLate, schema.ReplyWrongCode} {
			page := parse(t, written(t, v, Form{Action: "/help/token", CSRF: "proof", Refusal: refusal}))
			assertSound(t, page, v)
		}
	})
}

func assertSound(t *testing.T, page *html.Node, v schema.View) {
	t.Helper()
	require.Equal(t, speak(v.Language).Tag, attribute(one(t, page, atom.Html), "lang"))
	require.NotEmpty(t, textOf(one(t, page, atom.H1)))
	require.NotEmpty(t, textOf(one(t, page, atom.Title)))
	one(t, page, atom.Main)
	for _, script := range find(page, atom.Script) {
		require.Regexp(t, `^/help/assets/script-[0-9a-f]+\.js$`, attribute(script, "src"))
		require.Nil(t, script.FirstChild, "no script stands in the page")
	}
	for n := range page.Descendants() {
		require.NotEqual(t, atom.B, n.DataAtom, "what others wrote is text")
		for _, a := range n.Attr {
			require.NotEqual(t, "style", a.Key)
			require.False(t, strings.HasPrefix(a.Key, "on"), a.Key)
			require.False(t, strings.HasPrefix(a.Val, "javascript:"), a.Val)
		}
	}
	for _, form := range find(page, atom.Form) {
		assertForm(t, page, form)
	}
}

func assertForm(t *testing.T, page, form *html.Node) {
	t.Helper()
	require.Equal(t, "post", attribute(form, "method"))
	require.Equal(t, "/help/token", attribute(form, "action"))
	proofs := 0
	for _, field := range append(append(find(form, atom.Input), find(form, atom.Select)...), find(form, atom.Textarea)...) {
		if attribute(field, "type") == "hidden" {
			require.Equal(t, "csrf", attribute(field, "name"))
			require.Equal(t, "proof", attribute(field, "value"))
			proofs++
			continue
		}
		require.True(t, labelled(page, field), "%s has a label", attribute(field, "name"))
	}
	require.Equal(t, 1, proofs, "every form says where it comes from")
	require.NotEmpty(t, find(form, atom.Button))
}

func labelled(page, field *html.Node) bool {
	if field.Parent.DataAtom == atom.Label {
		return textOf(field.Parent) != ""
	}
	id := attribute(field, "id")
	return id != "" && slices.ContainsFunc(find(page, atom.Label), func(l *html.Node) bool { return attribute(l, "for") == id && textOf(l) != "" })
}

// The page offers exactly what counts: nobody clicks in vain, and nobody is kept from saying what they could.
func TestAPageHasAButtonForEveryReplyThatWouldActAndForNoOther(t *testing.T) {
	replies := []schema.Reply{
		{Kind: schema.ReplyAccept}, {Kind: schema.ReplyNotNow, Later: schema.InAnHour}, {Kind: schema.ReplyDecline}, {Kind: schema.ReplyNotMine},
		{Kind: schema.ReplyConsent, Code: "123 456"}, {Kind: schema.ReplyRefuse}, {Kind: schema.ReplyHelped}, {Kind: schema.ReplyNotHelped},
		{Kind: schema.ReplyFeedback, Rating: 5},
	}
	seen := map[string]bool{}
	everyView(t, func(t *testing.T, v schema.View) {
		var want []string
		for _, r := range replies {
			if _, _, err := v.Conversation.Answer(r, noon); err == nil && v.State == schema.InProgress {
				want = append(want, string(r.Kind))
				seen[string(r.Kind)] = true
			}
		}
		var got []string
		for _, b := range find(parse(t, written(t, v, Form{})), atom.Button) {
			require.Equal(t, "reply", attribute(b, "name"))
			got = append(got, attribute(b, "value"))
		}
		slices.Sort(got)
		slices.Sort(want)
		require.Equal(t, want, slices.Compact(got), "%s, %s", v.State, v.Conversation.State)
	})
	require.Len(t, seen, len(replies), "each was offered somewhere")
}

func TestAPageThatWaitsIsFetchedAgainWithoutAScript(t *testing.T) {
	require.Contains(t, written(t, in(asked("en"), schema.ConversationRunning), Form{}), `<noscript><meta http-equiv="refresh" content="10"></noscript>`)
	require.NotContains(t, written(t, in(asked("en"), schema.ConversationFeedback), Form{}), "http-equiv", "somebody may be writing")
	ended := written(t, over(asked("en"), schema.Declined), Form{})
	require.NotContains(t, ended, "http-equiv")
	require.NotContains(t, ended, "<script", "nothing changes any more")
}

func TestAPageTellsWhatAPersonWantsToKnow(t *testing.T) {
	withEvents := func(v schema.View, events ...schema.EventName) schema.View {
		for i, e := range events {
			v.Progress = append(v.Progress, schema.Event{Number: i + 1, At: noon, Event: e, Detail: "not for people"})
		}
		return v
	}
	numbered := over(asked("en"), schema.UnresolvedByUser)
	numbered.Incident, numbered.Interaction, numbered.Rating = "INC0010001", "IMS0010002", 4
	tooMany := over(asked("en"), schema.Declined)
	tooMany.Conversation.CodeTries = schema.MaxCodeTries
	sensitive := in(asked("en"), schema.ConversationConsent)
	sensitive.Conversation.Sensitive, sensitive.Conversation.CodeTries = true, 2
	late := asked("en")
	late.Conversation.Until = noon
	steps := in(asked("en"), schema.ConversationConfirm)
	steps.Conversation.Resolution = schema.ResolveBySelfHelp
	address := steps
	address.Conversation.Resolution = schema.ResolveByURL
	for name, c := range map[string]struct {
		view    schema.View
		refusal schema.ReplyRefusal
		says    []string
		saysNot []string
	}{
		"asked": {view: asked("en"), says: []string{"Example Service Desk", "+49 30 1234567", "abel-laptop", "High CPU usage",
			"Your computer is busy with one program.", "We would end that program.", "today, 8:00 pm (CET)", "in four hours"}},
		"asked in German":     {view: asked("de"), says: []string{"Ja, bitte helfen Sie", "heute, 20:00 Uhr (MEZ)", "morgen um 9 Uhr"}},
		"put off":             {view: in(asked("en"), schema.ConversationPutOff), says: []string{"We ask again", "today, 8:00 pm (CET)", "Yes, please help now"}},
		"consent with a code": {view: sensitive, refusal: schema.ReplyWrongCode, says: []string{"Tries left: 3", "Please look again"}},
		"consent without one": {view: in(asked("en"), schema.ConversationConsent),
			says: []string{"We would end that program."}, saysNot: []string{"Tries left", "Code on"}},
		"the last wrong code": {view: tooMany, refusal: schema.ReplyWrongCode,
			says: []string{"A wrong code was typed in too often"}, saysNot: []string{"Please look again"}},
		"running": {view: withEvents(in(asked("en"), schema.ConversationRunning),
			schema.EventAccepted, schema.EventNotificationSent, schema.EventJobBegun),
			says: []string{"You accepted our help 12:00 pm", "Your computer is working on it"}, saysNot: []string{"not for people"}},
		"self-help":            {view: steps, says: []string{"Empty the trash.", "Start your computer again."}, saysNot: []string{"help.example.com", "We would end"}},
		"a page that helps":    {view: address, says: []string{"https://help.example.com/disk?full=1&more"}, saysNot: []string{"Empty the trash."}},
		"ended with numbers":   {view: numbered, says: []string{"INC0010001", "IMS0010002", "4 of 5 stars"}},
		"ended without":        {view: over(asked("en"), schema.NoResponse), says: []string{"You reach us here: +49 30 1234567"}},
		"answered too late":    {view: over(asked("en"), schema.NoResponse), refusal: schema.ReplyTooLate, says: []string{"Your answer came after the time was over"}},
		"answered twice":       {view: in(asked("en"), schema.ConversationReady), refusal: schema.ReplyNotAsked, says: []string{"answered before"}},
		"the time has run out": {view: late, says: []string{"The time to answer is over"}},
	} {
		text := textOf(one(t, parse(t, written(t, c.view, Form{Refusal: c.refusal})), atom.Body))
		for _, part := range c.says {
			assert.Contains(t, text, part, name)
		}
		for _, part := range c.saysNot {
			assert.NotContains(t, text, part, name)
		}
	}
}

func TestPagesAreAsTheyWere(t *testing.T) {
	golden(t, "asked.en.html", written(t, asked("en"), Form{Action: "/help/token", CSRF: "proof"}))
	v := in(asked("de"), schema.ConversationConsent)
	v.Conversation.Consent, v.Conversation.Sensitive, v.Conversation.CodeTries = true, true, 1
	golden(t, "consent.de.html", written(t, v, Form{Action: "/help/token", CSRF: "proof", Refusal: schema.ReplyWrongCode}))
	golden(t, "feedback.de.html", written(t, in(asked("de"), schema.ConversationFeedback), Form{Action: "/help/token", CSRF: "proof"}))
}

func TestPagesWithoutAnIssueSpeakEveryLanguage(t *testing.T) {
	var missing, broken strings.Builder
	require.NoError(t, NotFoundPage(&missing))
	require.NoError(t, FaultPage(&broken))
	for _, page := range []string{missing.String(), broken.String()} {
		root := parse(t, page)
		one(t, root, atom.H1)
		require.Equal(t, "en", attribute(one(t, root, atom.Html), "lang"))
		require.Contains(t, page, `<div class="card" lang="de">`)
		require.NotContains(t, page, "<script")
	}
	require.Contains(t, missing.String(), german.NotFound.Title)
	require.Contains(t, broken.String(), german.Fault.Title)
}
