package postgres

import (
	"context"
	"time"

	"github.com/lib/pq"

	"proactive/schema"
)

// feedLock is the key of the advisory lock of whoever gives places in the feed: "outcomes" in ASCII.
const feedLock int64 = 0x6f7574636f6d6573

// Outcomes reads up to limit outcomes of some providers (none: of all) from the feed, those after a place. It never passes over one whose
// transaction is slow: what is committed gets the next place when somebody reads, and who sees a place sees all before it.
//
// A place that no outcome can have had yet is schema.FeedAhead: of another database, or of this one before a backup was restored.
func (d *DB) Outcomes(ctx context.Context, providers []string, after int64, limit int) (schema.Feed, error) {
	unplaced := true
	for n := 0; unplaced && n < mostPlacings; n++ {
		var err error
		if unplaced, err = d.unplaced(ctx, after); err == nil && unplaced {
			err = d.placeOutcomes(ctx)
		}
		if err != nil {
			return schema.Feed{}, err
		}
	}
	feed, err := d.placed(ctx, providers, after, limit)
	feed.More = feed.More || unplaced // theirs may be among what has no place yet
	return feed, err
}

// Places are given in batches: placeAtOnce in each, and as many batches as a reader waits for.
const (
	placeAtOnce  = 1000
	mostPlacings = 5
)

func (d *DB) unplaced(ctx context.Context, after int64) (bool, error) {
	var now struct {
		Unplaced bool  `db:"unplaced"`
		Last     int64 `db:"last"`
	}
	err := d.get(ctx, &now, `
		SELECT EXISTS (SELECT FROM sn_pren_outcome WHERE position IS NULL) AS unplaced,
		       CASE WHEN is_called THEN last_value ELSE 0 END AS last
		  FROM sn_pren_outcome_position`)
	if err == nil && after > now.Last {
		return false, schema.FeedAhead
	}
	return now.Unplaced, fault("look for new outcomes", err)
}

// placeOutcomes gives the next places to outcomes that have none. The lock comes first, in a statement of its own: the second sees all that
// whoever had the lock before has placed.
func (d *DB) placeOutcomes(ctx context.Context) error {
	err := d.inTx(ctx, func(t tx) error {
		if _, err := t.exec(ctx, `SELECT pg_advisory_xact_lock($1)`, feedLock); err != nil {
			return err
		}
		_, err := t.exec(ctx, placeOutcomes, placeAtOnce)
		return err
	})
	return fault("place outcomes in the feed", err)
}

// placeOutcomes: of one issue the earlier outcome is written, committed and placed first.
const placeOutcomes = `
	WITH next AS MATERIALIZED (
	  SELECT sys_id FROM sn_pren_outcome WHERE position IS NULL ORDER BY number LIMIT $1),
	numbered AS MATERIALIZED (
	  SELECT sys_id, nextval('sn_pren_outcome_position') AS position FROM next)
	UPDATE sn_pren_outcome o
	   SET position = numbered.position
	  FROM numbered
	 WHERE o.sys_id = numbered.sys_id`

const outcomeColumns = `o.sys_id, o.experience_id, p.provider_code, o.issue_code, o.step, o.state, o.end_reason, o.sequence, o.sys_created_on`

func (d *DB) placed(ctx context.Context, providers []string, after int64, limit int) (schema.Feed, error) {
	var rows []struct {
		schema.OutcomeEvent
		Position int64 `db:"position"`
	}
	err := d.selectAll(ctx, &rows, `
		SELECT `+outcomeColumns+`, o.position
		  FROM sn_pren_provider p, LATERAL (
		         SELECT *
		           FROM sn_pren_outcome
		          WHERE provider = p.sys_id AND position > $2
		          ORDER BY position
		          LIMIT $3) o
		 WHERE cardinality($1::text[]) = 0 OR p.provider_code = ANY ($1)
		 ORDER BY o.position
		 LIMIT $3`, pq.Array(append([]string{}, providers...)), after, limit+1)
	feed := schema.Feed{Next: after, More: len(rows) > limit}
	for _, r := range rows[:min(limit, len(rows))] {
		feed.Outcomes, feed.Next = append(feed.Outcomes, r.OutcomeEvent), r.Position
	}
	return feed, fault("read outcomes", err)
}

// OutcomeRings tells that there may be outcomes that were not read.
func (d *DB) OutcomeRings() (woken <-chan struct{}, stop func()) {
	return d.bell.wait(topicIssue, anyKey)
}

// RemoveOutcomes removes outcomes older than keep, up to a batch, with their deliveries, and tells how many they were. Those of an
// issue that is not closed stay, as they are counted, and those that are still to be delivered to somebody who is there.
func (d *DB) RemoveOutcomes(ctx context.Context, keep time.Duration) (int64, error) {
	n, err := d.exec(ctx, `
		DELETE FROM sn_pren_outcome
		 WHERE sys_id IN (
		  SELECT o.sys_id
		    FROM sn_pren_outcome o
		    JOIN sn_pren_experience_issue i ON i.sys_id = o.issue
		   WHERE o.sys_created_on < now() - make_interval(secs => $1) AND i.closed_on IS NOT NULL
		     AND NOT EXISTS (SELECT FROM sn_pren_delivery d WHERE d.outcome = o.sys_id AND `+stillToHear+`)
		   LIMIT $2)`, keep.Seconds(), removeOutcomes)
	return n, fault("remove old outcomes", err)
}

const removeOutcomes = 500
