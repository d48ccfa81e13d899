package endurance

import (
	"context"
	"database/sql"
)

// delivery is what another system was to be told of.
type delivery struct {
	About  string // the sys_id of an outcome or an incident
	Issue  string // experience_id; "" when the issue is not there
	State  string
	Detail string
	Of     string // outcome or incident
}

// record is an incident of ours that comes from an issue, and how the service desk's own system knows it.
type record struct {
	Number                      string
	ForeignSysID, ForeignNumber string
}

func (f *facts) readDeliveries(ctx context.Context, db *sql.DB) error {
	return each(ctx, db, `
		SELECT coalesce(d.outcome, d.incident), coalesce(i.experience_id, ''), d.state, d.detail, CASE WHEN d.outcome IS NULL THEN 'incident' ELSE 'outcome' END
		  FROM sn_pren_delivery d
		  LEFT JOIN sn_pren_experience_issue i ON i.sys_id = d.issue`, func(scan func(...any) error) error {
		var d delivery
		err := scan(&d.About, &d.Issue, &d.State, &d.Detail, &d.Of)
		f.deliveries = append(f.deliveries, d)
		return err
	})
}

func (f *facts) readRecords(ctx context.Context, db *sql.DB) error {
	f.records = map[string][]record{}
	return each(ctx, db, `
		SELECT correlation_id, number, foreign_sys_id, foreign_number
		  FROM incident
		 WHERE origin_table = 'sn_pren_experience_issue'`, func(scan func(...any) error) error {
		var id string
		var r record
		err := scan(&id, &r.Number, &r.ForeignSysID, &r.ForeignNumber)
		f.records[id] = append(f.records[id], r)
		return err
	})
}
