package postgres

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"proactive/schema"
)

// storm makes an issue in progress, with its message, of each person of the crowd.
const storm = `
	INSERT INTO sn_pren_experience_issue (sys_id, experience_id, provider, registry, "user", state, due_at, temporal_namespace, events, messages)
	SELECT md5('storm ' || u.sys_id), 'storm-' || u.user_name, r.provider, r.sys_id, u.sys_id, 'in_progress', now() + interval '1 hour', 'here', 1, 1
	  FROM sys_user u, (SELECT * FROM sn_pren_issue_registry WHERE issue_code = '100' ORDER BY provider LIMIT 1) r
	 WHERE u.user_name LIKE 'crowd.%'
	    ON CONFLICT DO NOTHING;
	INSERT INTO sn_pren_experience_issue_step (sys_id, issue, step, registry, resolution, plan, begun_on)
	SELECT md5('step ' || sys_id), sys_id, 1, registry, md5('r flow'), '{"step": 1}', now()
	  FROM sn_pren_experience_issue WHERE experience_id LIKE 'storm-%'
	    ON CONFLICT DO NOTHING;
	INSERT INTO sn_pren_experience_issue_event (issue, number, step, event)
	SELECT sys_id, 1, 1, 'created' FROM sn_pren_experience_issue WHERE experience_id LIKE 'storm-%'
	    ON CONFLICT DO NOTHING;
	INSERT INTO sn_pren_experience_issue_inbox (issue, seq, kind, step)
	SELECT sys_id, 1, 'created', 1 FROM sn_pren_experience_issue WHERE experience_id LIKE 'storm-%'
	    ON CONFLICT DO NOTHING;`

// A service that starts on an empty database keeps the plans that it made then, and has to get through its first storm with them:
// whatever a statement is for, it finds by the key.
func TestPlansFromSmallTablesGetThroughAStorm(t *testing.T) {
	for name, small := range map[string]string{
		"from empty tables":             "",
		"from tables with a few issues": fmt.Sprintf(crowd, 60, 100) + storm + `; DELETE FROM sn_pren_experience_issue_inbox; ANALYZE`,
	} {
		t.Run(name, func(t *testing.T) {
			w := newIssueWorld(t)
			w.exec(small)
			db := w.open(w.url)
			db.db.SetMaxOpenConns(1)
			life := issueLife{issueWorld: w, db: db}
			life.lead() // makes the plans
			w.exec(fmt.Sprintf(crowd, 3_000, 6_000) + storm)
			for what, read := range life.lead() {
				assert.Less(t, read, 300, "rows and index entries read to %s", what)
			}
		})
	}
}

// issueLife leads issues from a report to their end on one connection, and counts what Postgres reads for that.
type issueLife struct {
	*issueWorld
	db *DB
}

func (l issueLife) lead() (read map[string]int) {
	l.t.Helper()
	ctx := l.t.Context()
	read = map[string]int{}
	count := func(what string, do func() error) {
		l.t.Helper()
		before := l.readSoFar()
		require.NoError(l.t, do(), what)
		read[what] = l.readSoFar() - before
	}
	inLaptop := by(schema.Endpoint{UserName: "fred.luddy", CI: md5("fred-laptop")})
	var id string
	var claimed []schema.Delivery
	count("take a report", func() (err error) { id, err = l.db.Submit(ctx, report("200", inLaptop)); return err })
	count("claim", func() (err error) { claimed, err = l.db.ClaimInbox(ctx, "here", 10, time.Minute); return err })
	count("deliver", func() error { return l.db.Delivered(ctx, "here", claimed) })
	count("begin", func() error { _, err := l.db.Begin(ctx, id, 1, runIt); return err })
	count("read the action", func() error { _, err := l.db.RunningAction(ctx, id, 1); return err })
	count("note an attempt", func() error { return l.db.NoteAttempt(ctx, id, 1, "An attempt.", []byte(`{}`)) })
	count("wait", func() error { _, err := l.db.Conclude(ctx, id, success(1)); return err })
	count("chain", func() error { _, err := l.db.Submit(ctx, report("300", inLaptop, withID(id))); return err })
	count("begin with a job", func() error { _, err := l.db.Begin(ctx, id, 2, runIt); return err })
	count("refuse", func() error {
		_, err := l.db.Submit(ctx, report("300", inLaptop))
		require.ErrorIs(l.t, err, schema.BeingResolved)
		return nil
	})
	count("close with an incident", func() error {
		_, err := l.db.Conclude(ctx, id, schema.Outcome{Step: 2, Reason: schema.OutcomeUnknown})
		return err
	})
	count("read an issue", func() error { _, err := l.db.Issue(ctx, id, 0); return err })
	return read
}

// readSoFar is what Postgres has read of the large tables, when the connections have told: that of the world, too, so that what it has read
// before is not counted later.
func (l issueLife) readSoFar() (read int) {
	l.t.Helper()
	for _, db := range []*DB{l.db, l.issueWorld.db} {
		_, err := db.db.Exec(`SELECT pg_stat_force_next_flush()`)
		require.NoError(l.t, err)
	}
	return value[int](l.issueWorld, `
		SELECT (SELECT sum(seq_tup_read) FROM pg_stat_user_tables WHERE relname IN (`+tables+`))
		     + (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE relname IN (`+tables+`))`)
}

var tables = "'" + strings.Join(large, "', '") + "'"
