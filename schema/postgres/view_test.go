package postgres

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

func TestAViewSpeaksThePersonsLanguageAsFarAsThereIsOne(t *testing.T) {
	for _, c := range []struct{ person, organisation, language, prompt, consent, steps string }{
		{"", "", "en", "May we help?", "We would end it.", "Look."},
		{"de", "", "de", "Dürfen wir helfen?", "We would end it.", "Sehen Sie nach."},
		{"de-AT", "", "de-AT", "Dürfen wir helfen?", "We would end it.", "Sehen Sie nach."},
		{"de-CH", "", "de-CH", "Dürfen wir helfen?", "We would end it.", "Sehen Sie nach."},
		{"", "de", "de", "Dürfen wir helfen?", "We would end it.", "Sehen Sie nach."},
		{"fr-CA", "", "fr-CA", "Peut-on aider?", "We would end it.", "Regardez. Oui."},
		{"fr", "", "fr", "May we help?", "We would end it.", "Look."},
	} {
		t.Run(c.person+" at "+c.organisation, func(t *testing.T) {
			w := newTalkWorld(t)
			w.exec(`UPDATE sys_user SET preferred_language = $1 WHERE user_name = 'fred.luddy'`, c.person)
			if c.organisation != "" {
				w.exec(`INSERT INTO sys_properties VALUES ('sn_pren.default_language', $1)`, c.organisation)
			}
			_, token := w.asked()
			v, err := w.db.Conversation(t.Context(), token)
			require.NoError(t, err)
			require.Equal(t, []string{c.language, c.prompt, c.consent, c.steps}, []string{v.Language, v.Prompt, v.ConsentText, strings.Join(v.Instructions, " ")})
		})
	}
}

// What somebody was asked, and has agreed to, stays what it was: the action was decided when the step began, too.
func TestAViewKeepsTheWordsWithWhichItsStepBegan(t *testing.T) {
	w := newTalkWorld(t)
	w.exec(`UPDATE sys_user SET preferred_language = 'de' WHERE user_name = 'fred.luddy'`)
	_, token := w.asked()
	before, err := w.db.Conversation(t.Context(), token)
	require.NoError(t, err)
	w.exec(`UPDATE sn_pren_notification_content SET prompt = 'x', consent_text = 'x', translations = NULL`)
	w.exec(`UPDATE sn_pren_resolution SET instructions = '{x}', translations = NULL, url = 'x'`)
	w.exec(`UPDATE sn_pren_issue_registry SET short_description = 'x', notification_content = NULL`)
	after, err := w.db.Conversation(t.Context(), token)
	require.NoError(t, err)
	require.Equal(t, before.Prompt+before.ConsentText+before.Found+before.URL, after.Prompt+after.ConsentText+after.Found+after.URL)
	require.Equal(t, []string{"Sehen Sie nach."}, after.Instructions)
}

func TestAViewTellsWhatThereIsToKnow(t *testing.T) {
	w := newTalkWorld(t)
	w.exec(`INSERT INTO sys_properties VALUES ('sn_pren.organisation_name', 'Help of Example'), ('sn_pren.organisation_contact', '+49 30 1')`)
	w.exec(`UPDATE sn_pren_resolution SET instructions = '{Empty the trash.,Restart.}', url = 'https://example.com/help'`)
	id, token := w.asked()
	v := w.click(token, schema.ReplyDecline)
	require.Equal(t, []any{"Help of Example", "+49 30 1", "Fred Luddy", "Fred Luddy (fred.luddy)", "fred-laptop", id, "sn", "300", "Trouble 300", []string{"Empty the trash.", "Restart."}, "https://example.com/help"},
		[]any{v.Organisation, v.Contact, v.Person, v.FullName, v.Device, v.ExperienceID, v.Provider, v.IssueCode, v.Found, v.Instructions, v.URL})
	require.Equal(t, v.Events, v.Progress[len(v.Progress)-1].Number, "what to wait after")
	w.conclude(id, schema.Outcome{Step: 1, Reason: w.turn(id).Reason})
	v, err := w.db.Conversation(t.Context(), token)
	require.NoError(t, err)
	require.Equal(t, []any{schema.ClosedIncomplete, schema.Declined, "INC0010001"}, []any{v.State, v.EndReason, v.Incident})
}
