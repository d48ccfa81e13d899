package postgres

import (
	"context"
	"time"

	"github.com/lib/pq"

	"proactive/schema"
)

// againAtOnce bounds one statement that lets things be told again.
const againAtOnce = 1000

// Redeliver lets outcomes be told again that were delivered or given up, and tells how many they are, also when it fails on the way; what
// is still to be told stays as it is, and so is what nobody has a webhook for.
func (d *DB) Redeliver(ctx context.Context, what schema.Redelivery) (int64, error) {
	statement, which := redeliverGivenUp, what.Provider
	switch {
	case what.ID != "":
		statement, which = redeliverOne, what.ID
	case what.ExperienceID != "":
		statement, which = redeliverIssue, what.ExperienceID
	}
	n, err := d.inBatches(ctx, againAtOnce, func(began time.Time) (int64, error) {
		return d.exec(ctx, statement, which, pq.Array(append([]string{}, what.Providers...)), began, againAtOnce)
	})
	return n, fault("let outcomes be told again", err)
}

// inBatches runs a statement as often as it touches as much as it may. It is given the moment at which that began, so that it can leave
// alone what happens to the first of them meanwhile.
func (d *DB) inBatches(ctx context.Context, full int64, statement func(began time.Time) (int64, error)) (n int64, err error) {
	var began time.Time
	if err := d.get(ctx, &began, `SELECT now()`); err != nil {
		return 0, err
	}
	for last := full; last >= full; n += last {
		if last, err = statement(began); err != nil {
			return n, err
		}
	}
	return n, nil
}

// redeliver takes $1 which, $2 the provider codes for which whoever asks may ask, $3 when that began, $4 how many at once.
func redeliver(from string) string {
	return `
	WITH again AS MATERIALIZED (
	  SELECT d.sys_id, r.sys_id AS receiver
	    FROM ` + from + ` AND d.state <> 'pending' AND d.ended_on <= $3
	     AND r.config IS NOT NULL AND (cardinality($2::text[]) = 0 OR p.provider_code = ANY ($2))
	   LIMIT $4
	     FOR UPDATE OF d SKIP LOCKED)
	UPDATE sn_pren_delivery d
	   SET state = 'pending', ended_on = NULL, since = now(), not_before = now(), receiver = again.receiver
	  FROM again
	 WHERE d.sys_id = again.sys_id`
}

var (
	redeliverOne = redeliver(`sn_pren_outcome o
	    JOIN sn_pren_provider p         ON p.sys_id = o.provider
	    JOIN sn_pren_outcome_receiver r ON r.provider = o.provider
	    JOIN sn_pren_delivery d         ON d.outcome = o.sys_id
	   WHERE o.sys_id = $1`)
	redeliverIssue = redeliver(`sn_pren_experience_issue i
	    JOIN sn_pren_provider p         ON p.sys_id = i.provider
	    JOIN sn_pren_outcome_receiver r ON r.provider = i.provider
	    JOIN sn_pren_delivery d         ON d.issue = i.sys_id AND d.outcome IS NOT NULL
	   WHERE i.experience_id = $1`)
	redeliverGivenUp = redeliver(`sn_pren_provider p
	    JOIN sn_pren_outcome_receiver r ON r.provider = p.sys_id
	    JOIN sn_pren_delivery d         ON d.receiver = r.sys_id AND d.state = 'given_up' AND d.outcome IS NOT NULL
	   WHERE p.provider_code = $1`)
)
