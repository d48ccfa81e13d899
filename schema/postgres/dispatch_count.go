package postgres

import (
	"context"

	"proactive/schema"
)

// receiversOf are the receivers of the deliveries in a state, read one by one from the index: however many deliveries they have.
func receiversOf(state string) string {
	return `
		  SELECT min(receiver) AS sys_id FROM sn_pren_delivery WHERE state = '` + state + `'
		   UNION ALL
		  SELECT (SELECT min(receiver) FROM sn_pren_delivery WHERE state = '` + state + `' AND receiver > before.sys_id)`
}

// DispatchesWaiting says how much other systems are still to be told, of each kind, and how much of that was given up. It reads no more
// than schema.MostCounted rows of each receiver.
func (d *DB) DispatchesWaiting(ctx context.Context) ([]schema.DispatchWaiting, error) {
	var waiting []schema.DispatchWaiting
	err := d.selectAll(ctx, &waiting, dispatchesWaiting, schema.MostCounted)
	return waiting, fault("count deliveries", err)
}

var dispatchesWaiting = `
	WITH RECURSIVE waiting AS (` + receiversOf("pending") + `
		    FROM waiting AS before WHERE before.sys_id IS NOT NULL),
	given_up AS (` + receiversOf("given_up") + `
		    FROM given_up AS before WHERE before.sys_id IS NOT NULL),
	counted AS (
	  SELECT (SELECT outcome IS NOT NULL FROM sn_pren_delivery WHERE receiver = w.sys_id AND state = 'pending' LIMIT 1) AS outcome,
	         (SELECT count(*) FROM (SELECT FROM sn_pren_delivery WHERE receiver = w.sys_id AND state = 'pending' LIMIT $1) AS bounded) AS waiting,
	         (SELECT min(since) FROM sn_pren_delivery WHERE receiver = w.sys_id AND state = 'pending') AS since, 0 AS given_up
	    FROM waiting w
	   WHERE w.sys_id IS NOT NULL
	   UNION ALL
	  SELECT (SELECT outcome IS NOT NULL FROM sn_pren_delivery WHERE receiver = g.sys_id AND state = 'given_up' LIMIT 1), 0, NULL,
	         (SELECT count(*) FROM (SELECT FROM sn_pren_delivery WHERE receiver = g.sys_id AND state = 'given_up' LIMIT $1) AS bounded)
	    FROM given_up g
	   WHERE g.sys_id IS NOT NULL)
	SELECT kind, coalesce(sum(waiting), 0)::bigint AS count, coalesce(extract(epoch FROM now() - min(since)), 0)::float8 AS oldest,
	       coalesce(sum(given_up), 0)::bigint AS given_up
	  FROM (VALUES ('incident'), ('outcome')) AS kinds (kind)
	  LEFT JOIN counted ON counted.outcome = (kind = 'outcome')
	 GROUP BY kind
	 ORDER BY kind`
