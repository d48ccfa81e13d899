package library

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

func TestEachCaseSaysWhatItIsAbout(t *testing.T) {
	var names []string
	for _, c := range Cases() {
		names = append(names, c.Name)
		require.Regexp(t, `^[A-Z].*: [a-z]`, c.About)
	}
	require.Equal(t, []string{"application-crash", "application-freeze", "high-cpu", "low-disk-space", "poor-battery", "poor-wifi", "reboot-due", "vpn-off"}, names)
}

// A case brings all that it refers to, under names of its own.
func TestEachCaseStandsAlone(t *testing.T) {
	for _, c := range Cases() {
		t.Run(c.Name, func(t *testing.T) {
			catalogue, err := Read(Provider, false, c.Name)
			require.NoError(t, err)
			require.Len(t, catalogue.Issues, 1)
			issue, own := catalogue.Issues[0], "library-"+c.Name
			require.Equal(t, []string{Provider, c.Name, own, own}, []string{issue.Provider, issue.IssueCode, issue.Resolution, issue.NotificationContent})
			require.Nil(t, issue.Deployed, "a template only")
			require.NotEmpty(t, issue.ShortDescription)
			require.Equal(t, own, catalogue.Resolutions[0].Name)
			require.Equal(t, own, catalogue.NotificationContents[0].Name)
			for _, a := range catalogue.RemedialActions {
				require.Equal(t, own, a.Name)
				require.Equal(t, []any{schema.CIAction, "end_process"}, []any{a.Kind, a.Target}, "the agent can do it")
			}
		})
	}
}

// English and German have the words of every case, and consent names what can be lost.
func TestEachCaseIsSaidInBothLanguages(t *testing.T) {
	for _, c := range Cases() {
		catalogue, err := Read(Provider, false, c.Name)
		require.NoError(t, err)
		content := catalogue.NotificationContents[0]
		var translations map[string]schema.Translation
		require.NoError(t, json.Unmarshal(content.Translations, &translations))
		require.NotEmpty(t, translations["de"].Prompt, c.Name)
		require.Equal(t, content.ConsentText == "", translations["de"].ConsentText == "", c.Name)
		if help := catalogue.Resolutions[0]; help.Type == schema.ResolveBySelfHelp {
			var steps map[string]schema.ResolutionTranslation
			require.NoError(t, json.Unmarshal(help.Translations, &steps), c.Name)
			require.Len(t, steps["de"].Instructions, len(help.Instructions), c.Name)
		}
		if catalogue.Issues[0].Consent {
			require.Contains(t, content.ConsentText, "lost")
			require.Contains(t, translations["de"].ConsentText, "verloren")
		}
	}
}

func TestTheCasesBecomeThoseOfAnyProvider(t *testing.T) {
	all, err := Read("sn", true)
	require.NoError(t, err)
	require.Empty(t, all.Providers, "it is there already, with a name of its own")
	require.Len(t, all.Issues, len(Cases()))
	for _, issue := range all.Issues {
		require.Equal(t, "sn", issue.Provider)
		require.True(t, *issue.Deployed)
	}
	twice, err := Read(Provider, false, "vpn-off", "vpn-off")
	require.NoError(t, err)
	require.Len(t, twice.Issues, 1)
	_, err = Read(Provider, false, "vpn")
	require.ErrorContains(t, err, `the base library has no case "vpn": use application-crash, `)
	require.True(t, strings.HasSuffix(err.Error(), "vpn-off"))
}
