package postgres

import (
	"context"

	"proactive/schema"
)

// OutcomeLetter gives what a provider is to be told, and its webhook as it is now. schema.ErrNoRecord when there is none any more.
func (d *DB) OutcomeLetter(ctx context.Context, outcome string) (schema.OutcomeEvent, []byte, error) {
	var row struct {
		schema.OutcomeEvent
		Config []byte `db:"config"`
	}
	err := d.get(ctx, &row, `
		SELECT `+outcomeColumns+`, r.config
		  FROM sn_pren_outcome o
		  JOIN sn_pren_provider p         ON p.sys_id = o.provider
		  JOIN sn_pren_outcome_receiver r ON r.provider = o.provider
		 WHERE o.sys_id = $1 AND r.config IS NOT NULL`, outcome)
	return row.OutcomeEvent, row.Config, fault("read an outcome", err)
}

// IncidentLetter gives an incident that a service desk is to be told. From when the person's erasure begins, it is as when that has ended:
// what the person is called and what is said of them is read no more.
func (d *DB) IncidentLetter(ctx context.Context, incident, desk string) (schema.DeskIncident, error) {
	var letter schema.DeskIncident
	err := d.get(ctx, &letter, `
		SELECT n.sys_id, n.number, n.short_description, n.contact_type, n.impact, n.urgency, n.assignment_group,
		       n.correlation_id, n.correlation_display, s.type, s.config,
		       CASE WHEN e."user" IS NULL THEN n.description ELSE 'Erased.' END AS description,
		       CASE WHEN e."user" IS NULL THEN n.work_notes  ELSE 'Erased.' END AS work_notes,
		       CASE WHEN e."user" IS NULL OR EXISTS (SELECT FROM cmdb_ci_computer WHERE sys_id = n.cmdb_ci) THEN n.cmdb_ci ELSE '' END AS cmdb_ci,
		       CASE WHEN e."user" IS NULL THEN u.user_name ELSE '' END AS user_name,
		       CASE WHEN e."user" IS NULL THEN u.email     ELSE '' END AS email
		  FROM incident n
		  JOIN sys_user u             ON u.sys_id = n.caller_id
		  JOIN sn_pren_service_desk s ON s.sys_id = $2
		  LEFT JOIN sn_pren_erasure e ON e."user" = n.caller_id
		 WHERE n.sys_id = $1`, incident, desk)
	return letter, fault("read an incident that is handed over", err)
}
