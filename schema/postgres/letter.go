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

// IncidentLetter gives an incident that a service desk is to be told.
func (d *DB) IncidentLetter(ctx context.Context, incident, desk string) (schema.DeskIncident, error) {
	var letter schema.DeskIncident
	err := d.get(ctx, &letter, `
		SELECT n.sys_id, n.number, n.short_description, n.description, n.work_notes, n.contact_type, n.impact, n.urgency, n.assignment_group,
		       n.cmdb_ci, n.correlation_id, n.correlation_display, u.user_name, u.email, s.type, s.config
		  FROM incident n
		  JOIN sys_user u             ON u.sys_id = n.caller_id
		  JOIN sn_pren_service_desk s ON s.sys_id = $2
		 WHERE n.sys_id = $1`, incident, desk)
	return letter, fault("read an incident that is handed over", err)
}
