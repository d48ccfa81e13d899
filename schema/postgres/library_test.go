package postgres

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/registry"
	"proactive/registry/decide"
	"proactive/registry/library"
	"proactive/schema"
)

const libraryPeople = `
users: [{user_name: fred, email: fred@example.com}]
computers: [{sys_id: d049b28e936aa1106f98f6db5cba10d5, name: laptop, assigned_to: fred}]
notification_channels: [{name: mail, type: email, host: localhost, from: a@b.c}]`

func TestTheLibraryComesAsTemplates(t *testing.T) {
	w := newCatalogueWorld(t)
	w.applied(libraryPeople)
	all, err := library.Read(library.Provider, false)
	require.NoError(t, err)
	plan, err := registry.ApplyAll(t.Context(), w.db, all, registry.Options{By: "tester"})
	require.NoError(t, err)
	require.Empty(t, plan.Warnings)
	require.Equal(t, "8", w.value(`SELECT count(*) FROM sn_pren_issue_registry_template`))
	require.Equal(t, "0", w.value(`SELECT count(*) FROM sn_pren_issue_registry`))

	one, err := library.Read(library.Provider, true, "low-disk-space")
	require.NoError(t, err)
	plan, err = registry.ApplyAll(t.Context(), w.db, one, registry.Options{By: "tester"})
	require.NoError(t, err)
	require.Equal(t, []string{"issues proactive/low-disk-space deployed: deployed false→true"}, planLines(plan))
	w.goesRound()

	foreign, err := library.Read("nobody", true, "vpn-off")
	require.NoError(t, err)
	_, err = registry.ApplyAll(t.Context(), w.db, foreign, registry.Options{By: "tester"})
	require.ErrorContains(t, err, `library/vpn-off.yaml:28: issues[0].provider: there is no "nobody" in providers`)
}

// Each case alone is enough: it is applied without a doubt, reported, decided, and the person is asked or told.
func TestEachCaseOfTheLibraryCanBeReported(t *testing.T) {
	for _, c := range library.Cases() {
		t.Run(c.Name, func(t *testing.T) {
			w := newCatalogueWorld(t)
			w.applied(libraryPeople)
			w.value(`INSERT INTO sn_agent_token (token_hash, ci) VALUES ('\x00', 'd049b28e936aa1106f98f6db5cba10d5') RETURNING ci`)
			one, err := library.Read(library.Provider, true, c.Name)
			require.NoError(t, err)
			plan, err := registry.ApplyAll(t.Context(), w.db, one, registry.Options{By: "tester"})
			require.NoError(t, err)
			require.Empty(t, plan.Warnings)
			require.Equal(t, "1", w.value(`SELECT count(*) FROM sn_pren_proper_resolution`))

			id, err := w.db.Submit(t.Context(), schema.Report{Provider: library.Provider, IssueCode: c.Name, ReportedBy: "test",
				Endpoint:        schema.Endpoint{UserName: "fred", CI: "d049b28e936aa1106f98f6db5cba10d5"},
				InputParameters: json.RawMessage(`{"process_id": "10644", "executable": "/usr/bin/busy"}`)})
			require.NoError(t, err)
			decided, err := w.db.Begin(t.Context(), id, 1, decide.Step)
			require.NoError(t, err)
			require.Empty(t, decided.Conclude)
			require.True(t, decided.Conversation)
			require.Equal(t, len(one.RemedialActions) > 0, decided.Action != nil)

			want := "asked"
			if c.Name == "reboot-due" {
				want = "telling"
			}
			require.Equal(t, want, w.value(`SELECT state FROM sn_pren_conversation`))
			require.Equal(t, one.NotificationContents[0].Prompt, w.value(`SELECT prompt FROM sn_pren_conversation`))
		})
	}
}
