package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/devstack/stacktest"
	"proactive/schema"
)

// jobWorld is a database with one computer and one remedial action; every issue in it is of another person.
type jobWorld struct {
	t  *testing.T
	db *DB
	ci string
	n  int
}

var endsProcesses = schema.AgentInfo{Version: "test", OS: "linux", Actions: []string{"end_process"}}

func newJobWorld(t *testing.T) *jobWorld {
	t.Helper()
	url := stacktest.Database(t, "jobs", migrated)
	db, err := openForTest(url)
	require.NoError(t, err)
	t.Cleanup(func() { db.Close() })
	w := &jobWorld{t: t, db: db, ci: schema.NewSysID()}
	w.exec(`INSERT INTO cmdb_ci_computer (sys_id, name) VALUES ($1, 'abel-laptop')`, w.ci)
	w.exec(`INSERT INTO sn_pren_provider (sys_id, provider_code) VALUES (repeat('1', 32), 'sn')`)
	w.exec(`INSERT INTO sn_pren_resolution (sys_id, name, type) VALUES (repeat('2', 32), 'end it', 'create_incident')`)
	w.exec(`INSERT INTO sn_pren_issue_registry_template (sys_id, provider, issue_code, resolution)
	        VALUES (repeat('3', 32), repeat('1', 32), '100', repeat('2', 32))`)
	w.exec(`INSERT INTO sn_pren_issue_registry (sys_id, provider, issue_code, resolution, template)
	        VALUES (repeat('4', 32), repeat('1', 32), '100', repeat('2', 32), repeat('3', 32))`)
	return w
}

func migrated(url string) error {
	db, err := openForTest(url)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.Migrate(context.Background())
	return err
}

func (w *jobWorld) exec(query string, args ...any) {
	w.t.Helper()
	_, err := w.db.db.Exec(query, args...)
	require.NoError(w.t, err)
}

// issue makes an issue in progress at step 1, with the event and the inbox message of its creation.
func (w *jobWorld) issue() (sysID string) {
	w.t.Helper()
	w.n++
	sysID, user := schema.NewSysID(), schema.NewSysID()
	w.exec(`INSERT INTO sys_user (sys_id, user_name) VALUES ($1, $2)`, user, fmt.Sprintf("person %d", w.n))
	w.exec(`INSERT INTO sn_pren_experience_issue (sys_id, experience_id, provider, registry, "user", ci, state, due_at)
	        VALUES ($1, $1, repeat('1', 32), repeat('4', 32), $2, $3, 'in_progress', now() + interval '1 day')`, sysID, user, w.ci)
	w.exec(`INSERT INTO sn_pren_experience_issue_step (sys_id, issue, step, registry, resolution, ci)
	        VALUES ($1, $2, 1, repeat('4', 32), repeat('2', 32), $3)`, schema.NewSysID(), sysID, w.ci)
	w.exec(`INSERT INTO sn_pren_experience_issue_event (issue, number, step, event) VALUES ($1, 1, 1, 'created')`, sysID)
	w.exec(`INSERT INTO sn_pren_experience_issue_inbox (issue, seq, kind, step) VALUES ($1, 1, 'created', 1)`, sysID)
	return sysID
}

// offer offers an idempotent job with three attempts for the issue, unless change says otherwise.
func (w *jobWorld) offer(issue string, change ...func(*jobOffer)) {
	w.t.Helper()
	o := jobOffer{Issue: issue, Step: 1, CI: w.ci, Action: "end_process", Parameters: json.RawMessage(`{"process_id":  "10644"}`),
		Idempotent: true, Attempts: 3, Timeout: 5 * time.Minute, OfferFor: 8 * time.Hour}
	for _, c := range change {
		c(&o)
	}
	require.NoError(w.t, w.db.inTx(w.t.Context(), func(t tx) error {
		offered, err := offerJob(w.t.Context(), t, o)
		if err == nil && !offered {
			err = errors.New("not offered")
		}
		return err
	}))
}

func once(o *jobOffer) { o.Idempotent = false }

func (w *jobWorld) next() *schema.Job {
	w.t.Helper()
	job, _, err := w.db.NextJob(w.t.Context(), w.ci, endsProcesses)
	require.NoError(w.t, err)
	return job
}

// begun gives a job that the agent has begun.
func (w *jobWorld) begun(change ...func(*jobOffer)) *schema.Job {
	w.t.Helper()
	w.offer(w.issue(), change...)
	job := w.next()
	require.NotNil(w.t, job)
	w.heartbeat(job)
	return job
}

func (w *jobWorld) heartbeat(job *schema.Job) time.Time {
	w.t.Helper()
	until, err := w.db.Heartbeat(w.t.Context(), w.ci, job.ID)
	require.NoError(w.t, err)
	return until
}

func (w *jobWorld) finish(job *schema.Job, status schema.ActionStatus) error {
	return w.db.FinishJob(w.t.Context(), w.ci, job.ID, schema.ActionResult{Status: status, Message: "So it was."})
}

func (w *jobWorld) sweep() int {
	w.t.Helper()
	n, err := w.db.SweepJobs(w.t.Context())
	require.NoError(w.t, err)
	return n
}

func (w *jobWorld) cancel(ctx context.Context, issue string) error {
	_, err := w.db.Cancel(ctx, issue, "beth.anglin")
	return err
}

func (w *jobWorld) stateOf(job string) (state schema.JobState) {
	w.t.Helper()
	require.NoError(w.t, w.db.db.Get(&state, `SELECT state FROM ci_job WHERE sys_id = $1`, job))
	return state
}

// events are the names on an issue's timeline in order; that their numbers have no gaps is checked here, for every test.
func (w *jobWorld) events(issue string) (names []string) {
	w.t.Helper()
	var gapless bool
	require.NoError(w.t, w.db.db.Select(&names, `SELECT event FROM sn_pren_experience_issue_event WHERE issue = $1 ORDER BY number`, issue))
	require.NoError(w.t, w.db.db.Get(&gapless, `
		SELECT (SELECT array_agg(number ORDER BY number) FROM sn_pren_experience_issue_event WHERE issue = i.sys_id)
		     = (SELECT array_agg(n) FROM generate_series(1, i.events) n)
		   AND (SELECT array_agg(seq ORDER BY seq) FROM sn_pren_experience_issue_inbox WHERE issue = i.sys_id)
		     = (SELECT array_agg(n) FROM generate_series(1, i.messages) n)
		  FROM sn_pren_experience_issue i WHERE i.sys_id = $1`, issue))
	require.True(w.t, gapless, "the timeline and the inbox are numbered without gaps")
	return names
}

// inbox are the kinds of an issue's messages in order.
func (w *jobWorld) inbox(issue string) (kinds []string) {
	w.t.Helper()
	require.NoError(w.t, w.db.db.Select(&kinds, `SELECT kind FROM sn_pren_experience_issue_inbox WHERE issue = $1 ORDER BY seq`, issue))
	return kinds
}
