package postgres

import (
	"context"
	"time"

	"github.com/lib/pq"

	"proactive/schema"
)

// One batch of RemoveIssues: it holds few issues, and those for a short time, whatever they have gone through.
const (
	removeAtMost = 50
	removeEvents = 2000 // lines of timelines; an issue with more goes alone
)

// RemoveIssues removes one batch of the issues that were closed longer ago than keep, with all that belongs to them, and tells how much
// that was; nothing when there are no more. A tombstone keeps each experience_id taken. Incidents and interactions stay: they are the
// service desk's records, and tell the story themselves.
//
// An issue stays for now while something of it is on its way: a message to its workflow, to the service desk, or to its provider. Any number of workers
// may call it at once: one passes over what another has at the moment.
func (d *DB) RemoveIssues(ctx context.Context, keep time.Duration) (schema.Removed, error) {
	var removed schema.Removed
	err := d.inTx(ctx, func(t tx) error {
		ids, err := lockOld(ctx, t, keep)
		if err != nil || len(ids) == 0 {
			return err
		}
		removed, err = removeIssues(ctx, t, ids)
		return err
	})
	return removed, fault("remove old issues", err)
}

func lockOld(ctx context.Context, t tx, keep time.Duration) (ids []string, err error) {
	var old []struct {
		SysID  string `db:"sys_id"`
		Events int    `db:"events"`
	}
	if err := t.selectAll(ctx, &old, oldIssues, keep.Seconds(), removeAtMost); err != nil {
		return nil, err
	}
	events := 0
	for _, issue := range old {
		if events += issue.Events; events > removeEvents && len(ids) > 0 {
			break
		}
		ids = append(ids, issue.SysID)
	}
	return ids, nil
}

// oldIssues locks the issues that were closed longer ago than $1 seconds, and than any user limit of the registry looks back.
const oldIssues = `
	SELECT i.sys_id, i.events
	  FROM sn_pren_experience_issue i
	 WHERE i.closed_on < now() - make_interval(secs => greatest($1::float8, (SELECT max(user_limit_window_seconds) FROM sn_pren_issue_registry)))
	   AND ` + nothingOnItsWay + `
	 ORDER BY i.closed_on
	 LIMIT $2
	   FOR UPDATE OF i SKIP LOCKED`

// nothingOnItsWay is an issue i of which neither its workflow nor the service desk nor its provider is still to hear.
const nothingOnItsWay = heardHere + `
	   AND NOT EXISTS (SELECT FROM sn_pren_delivery d WHERE d.issue = i.sys_id AND ` + stillToHear + `)`

// heardHere is an issue i of which neither its workflow nor the service desk is still to hear.
const heardHere = `
	       NOT EXISTS (SELECT FROM sn_pren_experience_issue_inbox m WHERE m.issue = i.sys_id)
	   AND NOT EXISTS (SELECT FROM sn_pren_notification n WHERE n.issue = i.sys_id AND n.occasion = 'desk' AND n.state IN ('pending', 'sending'))`

// stillToHear is a delivery d of an outcome to a provider that is there to hear it. What waits for one that is switched off, or gone, keeps nothing.
const stillToHear = `d.state = 'pending' AND d.outcome IS NOT NULL
	                      AND EXISTS (SELECT FROM sn_pren_outcome_receiver r WHERE r.sys_id = d.receiver AND r.active AND r.config IS NOT NULL)`

// removeIssues removes issues that this transaction has locked in an earlier statement: whatever was added to them before that is seen
// here, and nothing can be added any more.
func removeIssues(ctx context.Context, t tx, ids []string) (removed schema.Removed, err error) {
	err = t.get(ctx, &removed, deleteIssues, pq.Array(ids))
	return removed, err
}

const deleteIssues = `
	WITH jobs AS (
	  DELETE FROM ci_job                         WHERE issue = ANY ($1) RETURNING 1),
	notifications AS (
	  DELETE FROM sn_pren_notification           WHERE issue = ANY ($1) RETURNING 1),
	conversations AS (
	  DELETE FROM sn_pren_conversation           WHERE issue = ANY ($1) RETURNING 1),
	messages AS (
	  DELETE FROM sn_pren_experience_issue_inbox WHERE issue = ANY ($1) RETURNING 1),
	outcomes AS (
	  DELETE FROM sn_pren_outcome                WHERE issue = ANY ($1) RETURNING 1),
	events AS (
	  DELETE FROM sn_pren_experience_issue_event WHERE issue = ANY ($1) RETURNING 1),
	steps AS (
	  DELETE FROM sn_pren_experience_issue_step  WHERE issue = ANY ($1) RETURNING 1),
	issues AS (
	  DELETE FROM sn_pren_experience_issue       WHERE sys_id = ANY ($1) RETURNING experience_id),
	tombstones AS (
	  INSERT INTO sn_pren_removed_issue (experience_id_hash)
	  SELECT sha256(convert_to(experience_id, 'UTF8')) FROM issues
	      ON CONFLICT DO NOTHING)
	SELECT (SELECT count(*) FROM issues) AS issues,
	       (SELECT count(*) FROM jobs)  + (SELECT count(*) FROM notifications) + (SELECT count(*) FROM conversations)
	     + (SELECT count(*) FROM messages) + (SELECT count(*) FROM outcomes) + (SELECT count(*) FROM events) + (SELECT count(*) FROM steps)
	     + (SELECT count(*) FROM issues) AS rows`

// RemoveTokens removes agents' tokens that were revoked longer ago than keep, up to a batch, and tells how many they were.
func (d *DB) RemoveTokens(ctx context.Context, keep time.Duration) (int64, error) {
	n, err := d.exec(ctx, `
		DELETE FROM sn_agent_token
		 WHERE token_hash IN (
		  SELECT token_hash FROM sn_agent_token
		   WHERE revoked_on < now() - make_interval(secs => $1)
		   LIMIT $2)`, keep.Seconds(), removeAtMost)
	return n, fault("remove revoked tokens", err)
}
