package postgres

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

func TestARegistryRowSaysWhatAPersonWouldBeTold(t *testing.T) {
	w := newIssueWorld(t)
	w.exec(`
		INSERT INTO sn_pren_notification_content (sys_id, name, prompt, consent_text, translations)
		VALUES (md5('content'), 'content', 'Busy.', 'We end it.', '{"de": {"prompt": "Belastet.", "consent_text": ""}, "de-AT": {"prompt": "Ausgelastet."}, "FR": {"prompt": "Chargé."}}')`)
	w.exec(`UPDATE sn_reacf_remedial_action SET sensitive = true WHERE name = 'end'`)
	w.exec(`
		UPDATE sn_pren_issue_registry SET engagement = 'engage', consent = true, notification_content = md5('content'), accept_seconds = 60
		 WHERE issue_code = '300'`)
	w.exec(`UPDATE sn_pren_resolution SET instructions = '{Look.}', translations = '{"de": {"instructions": ["Sehen Sie nach."]}}' WHERE sys_id = (SELECT resolution FROM sn_pren_issue_registry WHERE issue_code = '300')`)
	w.exec(`INSERT INTO sys_properties (name, value) VALUES ('sn_pren.organisation_name', 'Example'), ('sn_pren.consent_timeout_seconds', '90')`)

	v, err := w.db.RegistryView(t.Context(), "sn", "300", "")
	require.NoError(t, err)
	require.Equal(t, schema.View{
		Organisation: "Example", Language: "en", TimeZone: "UTC", Provider: "sn", IssueCode: "300", Found: "Trouble 300",
		Prompt: "Busy.", ConsentText: "We end it.", Instructions: []string{"Look."},
		Conversation: schema.Conversation{
			Mode: schema.Engage, Resolution: schema.ResolveByAction, Consent: true, Sensitive: true,
			Times: schema.ConversationTimes{Accept: time.Minute, Consent: 90 * time.Second, Confirm: 2 * time.Hour, Feedback: 10 * time.Minute},
		},
	}, v)

	for language, want := range map[string]string{"de": "Belastet.", "de-DE": "Belastet.", "de-AT": "Ausgelastet.", "fr": "Chargé.", "it": "Busy."} {
		v, err := w.db.RegistryView(t.Context(), "sn", "300", language)
		require.NoError(t, err)
		require.Equal(t, want, v.Prompt, language)
		require.Equal(t, "We end it.", v.ConsentText, "an empty translation is none")
		require.Equal(t, language, v.Language)
		require.Equal(t, strings.HasPrefix(language, "de"), v.Instructions[0] == "Sehen Sie nach.", language)
	}
}

func TestARegistryRowWithoutAResolutionOrAContentSaysLess(t *testing.T) {
	w := newIssueWorld(t)
	v, err := w.db.RegistryView(t.Context(), "sn", "no resolution", "en")
	require.NoError(t, err)
	require.Empty(t, v.Conversation.Resolution)
	require.Empty(t, v.Prompt)
	for _, missing := range [][2]string{{"sn", "undeployed"}, {"sn", "none"}, {"none", "100"}} {
		_, err := w.db.RegistryView(t.Context(), missing[0], missing[1], "en")
		require.ErrorIs(t, err, schema.ErrNoRecord, missing)
	}
}
