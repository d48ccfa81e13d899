package postgres

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/devstack/stacktest"
	"proactive/schema"
)

// everyCall is each move and each look, of an issue that need not exist.
func everyCall(db *DB) map[string]func(ctx context.Context) error {
	return map[string]func(ctx context.Context) error{
		"Submit":     func(ctx context.Context) error { _, err := db.Submit(ctx, report("100")); return err },
		"ClaimInbox": func(ctx context.Context) error { _, err := db.ClaimInbox(ctx, "here", 1, time.Second); return err },
		"Delivered":  func(ctx context.Context) error { return db.Delivered(ctx, "here", nil) },
		"Begin":      func(ctx context.Context) error { _, err := db.Begin(ctx, "x", 1, runIt); return err },
		"Conclude":   func(ctx context.Context) error { _, err := db.Conclude(ctx, "x", success(1)); return err },
		"ExpireWait": func(ctx context.Context) error { _, err := db.ExpireWait(ctx, "x", 1); return err },
		"Cancel":     func(ctx context.Context) error { _, err := db.Cancel(ctx, "x", "test"); return err },
		"Overdue":    func(ctx context.Context) error { _, err := db.Overdue(ctx, "here", 1); return err },
		"Issue":      func(ctx context.Context) error { _, err := db.Issue(ctx, "x", 0); return err },
		"Ready":      db.Ready,
	}
}

func TestWhilePostgresIsAwayEveryCallSaysSoAndAfterwardsAllGoesOn(t *testing.T) {
	server := stacktest.OwnPostgres(t)
	require.NoError(t, server.CreateDatabase(t.Context(), "issues", ""))
	require.NoError(t, withIssueCatalogue(server.URL("issues")))
	db, err := Open(server.URL("issues"))
	require.NoError(t, err)
	defer db.Close()
	require.NoError(t, db.Listen())
	w := &issueWorld{t: t, url: server.URL("issues"), db: db}
	kept := w.submit("400", withID("kept"))

	for _, stop := range []func(){func() { require.NoError(t, server.Stop()) }, server.Kill} {
		busy := make(chan error, 8) // calls that are on their way when it goes
		ctx, cancel := context.WithCancel(t.Context())
		for i := range cap(busy) {
			go func() { busy <- untilAFault(ctx, db, i) }()
		}
		stop()
		cancel()
		for range cap(busy) {
			if err := <-busy; err != nil {
				require.ErrorIs(t, err, schema.ErrUnavailable)
			}
		}
		for what, call := range everyCall(db) {
			require.ErrorIs(t, call(t.Context()), schema.ErrUnavailable, what)
		}
		require.NoError(t, server.Start(t.Context()))
		require.Equal(t, kept, w.issue(kept).ExperienceID, "what was committed is there, for the same handle at once")
		w.sound()
	}
}

// untilAFault submits and cancels until something other than a refusal happens.
func untilAFault(ctx context.Context, db *DB, who int) error {
	for n := 0; ctx.Err() == nil; n++ {
		id, err := db.Submit(context.Background(), report("100", withID(fmt.Sprintf("busy-%d-%d-%p", who, n, ctx))))
		if err == nil {
			_, err = db.Cancel(context.Background(), id, "test")
		}
		var refused *schema.Refused
		if err != nil && !errors.As(err, &refused) {
			return err
		}
	}
	return nil
}

func TestAPausedPostgresIsOutOfReachAndHoldsNobodyUp(t *testing.T) {
	server := stacktest.OwnPostgres(t)
	require.NoError(t, server.CreateDatabase(t.Context(), "issues", ""))
	require.NoError(t, withIssueCatalogue(server.URL("issues")))
	db, err := open(server.URL("issues"), time.Second, nil)
	require.NoError(t, err)
	defer db.Close()
	_, err = db.Submit(t.Context(), report("400"))
	require.NoError(t, err)
	server.Pause()
	errs := timesAtOnce(2*maxConnections, func(int) error {
		_, err := db.Submit(t.Context(), report("100"))
		return err
	})
	for _, err := range errs {
		require.ErrorIs(t, err, schema.ErrUnavailable)
	}
	server.Resume()
	require.Eventually(t, func() bool {
		_, err := db.Submit(t.Context(), report("200"))
		return err == nil || errors.Is(err, schema.BeingResolved) // where the answer came too late, it was taken all the same
	}, time.Minute, 10*time.Millisecond)
}
