package postgres

import (
	"context"
	"time"

	"github.com/lib/pq"

	"proactive/schema"
)

// HandOverIncidents lets the active service desk's system be told of incidents: of one that somebody names, also when it was told before,
// or of all that are open, not known there and not too old. It tells how many they are, also when it fails on the way;
// schema.NoServiceDesk when nobody is there to be told.
func (d *DB) HandOverIncidents(ctx context.Context, what schema.HandingOver) (int64, error) {
	var desk bool
	if err := d.get(ctx, &desk, `SELECT EXISTS (SELECT FROM sn_pren_service_desk WHERE active)`); err != nil {
		return 0, fault("look for a service desk", err)
	}
	if !desk {
		return 0, schema.NoServiceDesk
	}
	providers := pq.Array(append([]string{}, what.Providers...))
	n, err := d.inBatches(ctx, againAtOnce, func(began time.Time) (int64, error) {
		switch {
		case what.Number != "":
			return d.exec(ctx, handOverNumber, what.Number, providers, began, againAtOnce)
		case what.ExperienceID != "":
			return d.exec(ctx, handOverIssue, what.ExperienceID, providers, began, againAtOnce)
		}
		return d.exec(ctx, handOverOpen, what.Within.Seconds(), providers, began, againAtOnce)
	})
	return n, fault("let incidents be handed over", err)
}

// handOver takes $1 which, $2 the provider codes for which whoever asks may ask, $3 when that began, $4 how many at once.
func handOver(which string) string {
	return `
	INSERT INTO sn_pren_delivery AS d (receiver, incident, issue, give_up_after_seconds)
	SELECT desk.sys_id, n.sys_id, n.origin_id, desk.give_up_after_seconds
	  FROM incident n, (SELECT sys_id, give_up_after_seconds FROM sn_pren_service_desk WHERE active) AS desk
	 WHERE n.origin_table = 'sn_pren_experience_issue' AND (cardinality($2::text[]) = 0 OR n.correlation_display = ANY ($2)) AND ` + which + `
	 LIMIT $4
	    ON CONFLICT (incident) DO UPDATE
	   SET state = 'pending', ended_on = NULL, since = now(), not_before = now(), receiver = excluded.receiver
	 WHERE d.state <> 'pending' AND d.ended_on <= $3`
}

var (
	handOverNumber = handOver(`n.number = $1`)
	handOverIssue  = handOver(`n.correlation_id = $1`)
	handOverOpen   = handOver(`n.foreign_sys_id = '' AND n.foreign_number = '' AND n.state IN ('1', '2', '3')
	   AND n.sys_created_on > now() - make_interval(secs => $1)
	   AND NOT EXISTS (SELECT FROM sn_pren_delivery old WHERE old.incident = n.sys_id AND (old.state <> 'given_up' OR old.ended_on > $3))`)
)
