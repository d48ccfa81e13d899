package endurance

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"time"
)

// facts are what is there at the end, read by the auditor's own statements.
type facts struct {
	issues    map[string]*issue // by sys_id
	inbox     []string          // sentences about messages that were not delivered
	openRuns  []string          // ids of workflows
	incidents int               // all of them, whosever, but for those of clerks

	deliveries []delivery
	records    map[string][]record // by experience_id

	versions map[string]*version // by sys_id
	unlike   []string            // sentences about rows that are not as their current version
	pins     map[stepKey]pins
	trail    []entry
	tickets  map[string]ticket // by sys_id of the incident
}

// issue is an experience issue with all that hangs on it.
type issue struct {
	ID, Person, Code, State, Reason string // Code is that of the step now
	Fallback                        string // that its registry row asks for
	Step, Events                    int
	Errand                          int  // that its first report names
	Linked                          bool // it names an incident that exists and is about it
	Incidents, Interactions         int
	steps                           []step
	timeline                        []event
	jobs                            []job
	conversations                   []conversation
	mails                           []mail
}

type step struct {
	Number                int
	Code                  string
	Begun, Planned, Ended bool
}

type event struct {
	Number, Step int
	At           time.Time
	Name, Detail string
}

type job struct {
	Step, Attempt int
	State         string
	Begun         bool
	Ended         time.Time // zero: it has not
}

type conversation struct {
	Step  int
	State string
}

// mail is a notification by mail.
type mail struct {
	State    string
	Hash     [sha256.Size]byte // of the secret in its link; zero: it never left
	Occasion string
}

// readFacts reads all of it.
func readFacts(ctx context.Context, w *world) (f facts, err error) {
	f.issues = map[string]*issue{}
	if err := f.readIssues(ctx, w.database); err != nil {
		return f, fmt.Errorf("read the issues: %w", err)
	}
	for _, read := range []func(context.Context, *sql.DB) error{
		f.readSteps, f.readTimelines, f.readJobs, f.readConversations, f.readMails, f.readInbox,
		f.readDeliveries, f.readRecords, f.readVersions, f.readUnlike, f.readPins, f.readTrail, f.readTickets} {
		if err := read(ctx, w.database); err != nil {
			return f, err
		}
	}
	f.openRuns, err = openRuns(ctx, w)
	return f, err
}

func (f *facts) readIssues(ctx context.Context, db *sql.DB) error {
	err := each(ctx, db, `
		SELECT i.sys_id, i.experience_id, u.user_name, r.issue_code, i.state, i.end_reason, r.fallback, i.step, i.events,
		       coalesce((SELECT investigative_details ->> 'errand' FROM sn_pren_experience_issue_step s
		                  WHERE s.issue = i.sys_id AND s.step = 1)::integer, 0),
		       (SELECT count(*) FROM incident c WHERE c.correlation_id = i.experience_id),
		       (SELECT count(*) FROM interaction c WHERE c.correlation_id = i.experience_id AND c.sys_id = i.interaction),
		       EXISTS (SELECT FROM incident c WHERE c.sys_id = i.incident AND c.correlation_id = i.experience_id)
		  FROM sn_pren_experience_issue i
		  JOIN sys_user u               ON u.sys_id = i."user"
		  JOIN sn_pren_issue_registry r ON r.sys_id = i.registry`, func(scan func(...any) error) error {
		var key string
		i := &issue{}
		err := scan(&key, &i.ID, &i.Person, &i.Code, &i.State, &i.Reason, &i.Fallback, &i.Step, &i.Events, &i.Errand, &i.Incidents, &i.Interactions, &i.Linked)
		f.issues[key] = i
		return err
	})
	if err != nil {
		return err
	}
	return db.QueryRowContext(ctx, `SELECT count(*) FROM incident WHERE sys_id NOT LIKE $1`, ownIncidents).Scan(&f.incidents)
}

func (f *facts) readSteps(ctx context.Context, db *sql.DB) error {
	return each(ctx, db, `
		SELECT s.issue, s.step, r.issue_code, s.begun_on IS NOT NULL, s.plan IS NOT NULL, s.ended_on IS NOT NULL AND s.verdict IS NOT NULL
		  FROM sn_pren_experience_issue_step s
		  JOIN sn_pren_issue_registry r ON r.sys_id = s.registry
		 ORDER BY s.issue, s.step`, func(scan func(...any) error) error {
		var key string
		var s step
		err := scan(&key, &s.Number, &s.Code, &s.Begun, &s.Planned, &s.Ended)
		f.of(key).steps = append(f.of(key).steps, s)
		return err
	})
}

func (f *facts) readTimelines(ctx context.Context, db *sql.DB) error {
	return each(ctx, db, `
		SELECT issue, number, step, sys_created_on, event, detail
		  FROM sn_pren_experience_issue_event
		 ORDER BY issue, number`, func(scan func(...any) error) error {
		var key string
		var e event
		err := scan(&key, &e.Number, &e.Step, &e.At, &e.Name, &e.Detail)
		f.of(key).timeline = append(f.of(key).timeline, e)
		return err
	})
}

func (f *facts) readJobs(ctx context.Context, db *sql.DB) error {
	return each(ctx, db, `
		SELECT issue, step, attempt, state, begun_on IS NOT NULL, ended_on
		  FROM ci_job
		 ORDER BY issue, step, attempt`, func(scan func(...any) error) error {
		var key string
		var j job
		var ended sql.NullTime
		err := scan(&key, &j.Step, &j.Attempt, &j.State, &j.Begun, &ended)
		j.Ended = ended.Time
		f.of(key).jobs = append(f.of(key).jobs, j)
		return err
	})
}

func (f *facts) readConversations(ctx context.Context, db *sql.DB) error {
	return each(ctx, db, `SELECT issue, step, state FROM sn_pren_conversation`, func(scan func(...any) error) error {
		var key string
		var c conversation
		err := scan(&key, &c.Step, &c.State)
		f.of(key).conversations = append(f.of(key).conversations, c)
		return err
	})
}

func (f *facts) readMails(ctx context.Context, db *sql.DB) error {
	return each(ctx, db, `
		SELECT n.issue, n.state, n.token_hash, n.occasion
		  FROM sn_pren_notification n
		  JOIN sn_pren_notification_channel c ON c.sys_id = n.channel AND c.type = 'email'`, func(scan func(...any) error) error {
		var key string
		var m mail
		var hash []byte
		err := scan(&key, &m.State, &hash, &m.Occasion)
		copy(m.Hash[:], hash)
		f.of(key).mails = append(f.of(key).mails, m)
		return err
	})
}

func (f *facts) readInbox(ctx context.Context, db *sql.DB) error {
	return each(ctx, db, `
		SELECT i.experience_id, m.seq, m.kind, m.attempt
		  FROM sn_pren_experience_issue_inbox m
		  JOIN sn_pren_experience_issue i ON i.sys_id = m.issue
		 ORDER BY 1, 2`, func(scan func(...any) error) error {
		var id, kind string
		var seq, attempt int
		err := scan(&id, &seq, &kind, &attempt)
		f.inbox = append(f.inbox, fmt.Sprintf("%s: message %d, %s, was tried %d times", id, seq, kind, attempt))
		return err
	})
}

// of is the issue with a sys_id. The rows that name it are kept from naming another by foreign keys.
func (f *facts) of(key string) *issue { return f.issues[key] }

// each runs a query and gives every row to read.
func each(ctx context.Context, db *sql.DB, query string, read func(scan func(...any) error) error, args ...any) error {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("%w: %s", err, query)
	}
	defer rows.Close()
	for rows.Next() {
		if err := read(rows.Scan); err != nil {
			return fmt.Errorf("%w: %s", err, query)
		}
	}
	return rows.Err()
}
