package wording

import (
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

func names(t *testing.T, v schema.View) (all []string) {
	t.Helper()
	previews, err := Previews(v, noon)
	require.NoError(t, err)
	for _, p := range previews {
		require.NotEmpty(t, p.Text, p.Name)
		require.Equal(t, p.Kind == PreviewMail || p.Kind == PreviewPage, p.HTML != "", p.Name)
		require.NotContains(t, all, p.Name)
		all = append(all, p.Name)
	}
	return all
}

func TestPreviewsShowWhatARegistryRowCanLeadToAndNothingElse(t *testing.T) {
	sensitive := asked("de")
	sensitive.Conversation.Consent, sensitive.Conversation.Sensitive = true, true
	require.Subset(t, names(t, sensitive), []string{"mail-ask", "mail-again", "mail-reminder-accept", "mail-reminder-consent", "mail-reminder-confirm", "mail-desk",
		"desktop-ask", "desktop-code", "webhook-ask", "page-asked", "page-put-off", "page-consent", "page-consent-wrong-code", "page-running",
		"page-confirm", "page-feedback", "page-ended-resolved-by-user", "page-ended-declined", "page-ended-no-device", "page-ended-with-incident"})

	incident := asked("en")
	incident.Conversation.Resolution = schema.ResolveByIncident
	shown := names(t, incident)
	require.Subset(t, shown, []string{"page-asked", "page-ready", "page-ended-incident-requested"})
	for _, name := range []string{"page-running", "page-confirm", "page-consent", "desktop-code", "mail-reminder-confirm", "page-ended-action-failed"} {
		require.NotContains(t, shown, name)
	}

	tip := asked("en")
	tip.Conversation.Mode, tip.Conversation.Resolution = schema.NotifyOnly, schema.ResolveBySelfHelp
	require.Equal(t, []string{"mail-tell", "desktop-tell", "webhook-tell", "page-telling", "page-told", "page-cancelled"}, names(t, tip))

	silent := asked("en")
	silent.Conversation.Mode = schema.Silent
	require.Empty(t, names(t, silent))
}

func TestAPageCanBeReadAsText(t *testing.T) {
	v := asked("en")
	v.Conversation.Consent, v.Conversation.Sensitive = true, true
	previews, err := Previews(v, noon)
	require.NoError(t, err)
	var all string
	for _, p := range previews {
		if p.Kind == PreviewPage {
			all += "──── " + p.Name + "\n" + p.Text + "\n"
		}
	}
	golden(t, "pages.en.txt", all)
}
