package postgres

import (
	"context"
	"time"

	"github.com/lib/pq"

	"proactive/schema"
)

// LastEvent is when the last thing happened that this database knows of; 1970 when nothing ever did.
func (d *DB) LastEvent(ctx context.Context) (at time.Time, err error) {
	err = d.get(ctx, &at, `SELECT coalesce(max(sys_created_on), 'epoch'::timestamptz) FROM sn_pren_experience_issue_event`)
	return at, fault("look for the last event", err)
}

// EveryUnfinished gives up to limit unfinished issues of a Temporal namespace, or of none yet, with sys_ids greater than after.
func (d *DB) EveryUnfinished(ctx context.Context, namespaceID, after string, limit int) ([]schema.Candidate, error) {
	var candidates []schema.Candidate
	err := d.selectAll(ctx, &candidates, `
		SELECT sys_id, experience_id, step, state, due_at
		  FROM sn_pren_experience_issue
		 WHERE state IN ('open', 'in_progress', 'action_wait') AND temporal_namespace IN ('', $1) AND sys_id > $2
		 ORDER BY sys_id
		 LIMIT $3`, namespaceID, after, limit)
	return candidates, fault("list unfinished issues", err)
}

// SysIDs are those of the issues among experienceIDs that there are, by experience_id.
func (d *DB) SysIDs(ctx context.Context, experienceIDs []string) (map[string]string, error) {
	var known []struct {
		ExperienceID string `db:"experience_id"`
		SysID        string `db:"sys_id"`
	}
	err := d.selectAll(ctx, &known, `SELECT experience_id, sys_id FROM sn_pren_experience_issue WHERE experience_id = ANY ($1)`, pq.Array(experienceIDs))
	ids := map[string]string{}
	for _, issue := range known {
		ids[issue.ExperienceID] = issue.SysID
	}
	return ids, fault("look for issues", err)
}

// SkipNumbers leaves out so many numbers of incidents, interactions and places in the feed: people and tools may have been told of some that a restored database does not know.
func (d *DB) SkipNumbers(ctx context.Context, n int) error {
	_, err := d.exec(ctx, `
		SELECT setval('incident_number', nextval('incident_number') + $1), setval('interaction_number', nextval('interaction_number') + $1),
		       setval('sn_pren_outcome_position', nextval('sn_pren_outcome_position') + $1)`, n)
	return fault("skip numbers of incidents", err)
}
