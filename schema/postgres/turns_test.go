package postgres

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/registry"
	"proactive/schema"
	"proactive/schema/table"
)

// However many wait for whoever holds the catalogue's lock, they hold few connections: reports and the other tables' rows go on.
func TestReportsGoOnWhileManyWaitForTheCatalogue(t *testing.T) {
	w := newIssueWorld(t)
	w.db.catalogueTurns.patience = time.Minute // for a busy machine
	incident := w.incident("fred.luddy")
	renaming := func(of, sysID, field string) func(int) error {
		return func(int) error {
			return w.db.UpdateRecord(t.Context(), table.Change{Table: table.Find(of), SysID: sysID, By: "beth.anglin", Rules: registry.RulesOf(table.Find(of)),
				Values: table.Values{field: "renamed"}})
		}
	}
	holder := w.open(w.url)
	waited := make(chan []error, 1)
	require.NoError(t, holder.inTx(t.Context(), func(x tx) error {
		require.NoError(t, lockCatalogue(t.Context(), x, "test"))
		go func() {
			waited <- timesAtOnce(2*maxConnections, func(i int) error {
				if i%2 == 0 {
					_, err := w.db.ChangeDeployment(t.Context(), "sn/100", schema.DeployRetire, "test", func(schema.Catalogue, schema.Deployment) error { return nil })
					return err
				}
				return renaming("sn_pren_provider", md5("other"), "name")(i)
			})
		}()
		require.Eventually(t, func() bool {
			return value[bool](w, `SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)`)
		}, time.Minute, time.Millisecond)
		require.NoError(t, renaming("incident", incident, "short_description")(0), "what is no part of the catalogue does not wait for it")
		w.submit("200")
		require.LessOrEqual(t, w.db.Pool().InUse, 1, "connections that wait")
		return nil
	}))
	for text := range tally(<-waited) {
		require.Contains(t, []string{"", schema.ErrBusy.Error()}, text)
	}
	require.Equal(t, "renamed", value[string](w, `SELECT name FROM sn_pren_provider WHERE sys_id = md5('other')`))
}

func TestWhoCannotHaveTheCatalogueSoonIsToldSo(t *testing.T) {
	w := newIssueWorld(t)
	w.db.catalogueTurns.patience = 50 * time.Millisecond
	holder := w.open(w.url)
	require.NoError(t, holder.inTx(t.Context(), func(x tx) error {
		require.NoError(t, lockCatalogue(t.Context(), x, "test"))
		errs := timesAtOnce(8, func(int) error {
			return w.db.DeleteRecord(t.Context(), table.Change{Table: table.Find("sys_user"), SysID: md5("blank"), By: "beth.anglin", Rules: registry.RulesOf(table.Find("sys_user"))})
		})
		for _, err := range errs {
			require.ErrorIs(t, err, schema.ErrBusy)
		}
		return nil
	}))
	require.Zero(t, w.db.Pool().InUse)
	left, leave := context.WithCancel(t.Context())
	leave()
	w.db.recordTurns.taken = make(chan struct{})
	require.ErrorIs(t, w.db.recordTurns.take(left, func() error { return nil }), context.Canceled, "who has left waits no longer")
}

// incident is one that the service desk has written.
func (w *issueWorld) incident(caller string) (sysID string) {
	w.t.Helper()
	sysID, err := w.db.CreateRecord(w.t.Context(), table.Change{Table: table.Find("incident"), SysID: schema.NewSysID(), By: "beth.anglin",
		Values: table.Values{"caller_id": caller, "short_description": "Help"}})
	require.NoError(w.t, err)
	return sysID
}
