package endurance

import (
	"context"
	"database/sql"
	"time"
)

// version is what a row of the catalogue said.
type version struct {
	ID, Table, Record, Name string
	Number                  int
	Created                 time.Time         // the beginning of the transaction that made the change
	fields                  map[string]string // but for those of the change itself
}

// entry is a row of the audit trail.
type entry struct{ Table, Record, Field, Old, New, User string }

// pins are the versions that a step goes by.
type pins struct {
	Registry, Resolution, Action string
	Begun                        time.Time
}

// ticket is what is there of an incident that clerks write to.
type ticket struct {
	ModCount              int
	CloseNotes, WorkNotes string
}

func (f *facts) readVersions(ctx context.Context, db *sql.DB) error {
	f.versions = map[string]*version{}
	err := each(ctx, db, `SELECT sys_id, "table", record, name, number, sys_created_on FROM sn_pren_version`, func(scan func(...any) error) error {
		v := &version{fields: map[string]string{}}
		err := scan(&v.ID, &v.Table, &v.Record, &v.Name, &v.Number, &v.Created)
		f.versions[v.ID] = v
		return err
	})
	if err != nil {
		return err
	}
	return each(ctx, db, `
		SELECT v.sys_id, f.key, coalesce(f.value, '')
		  FROM sn_pren_version v, json_each_text(v.payload) f
		 WHERE f.key NOT LIKE 'sys\_%'`, func(scan func(...any) error) error {
		var id, key, value string
		err := scan(&id, &key, &value)
		f.versions[id].fields[key] = value
		return err
	})
}

// readUnlike looks for rows of the catalogue that have not exactly one current version, or one that says something else.
func (f *facts) readUnlike(ctx context.Context, db *sql.DB) error {
	return each(ctx, db, `
		WITH stands AS (
		            SELECT 'sn_pren_issue_registry_template' AS "table", to_jsonb(t) AS said FROM sn_pren_issue_registry_template t
		  UNION ALL SELECT 'sn_pren_issue_registry',       to_jsonb(t) FROM sn_pren_issue_registry t
		  UNION ALL SELECT 'sn_pren_resolution',           to_jsonb(t) FROM sn_pren_resolution t
		  UNION ALL SELECT 'sn_pren_notification_content', to_jsonb(t) FROM sn_pren_notification_content t
		  UNION ALL SELECT 'sn_reacf_remedial_action',     to_jsonb(t) FROM sn_reacf_remedial_action t),
		current AS (
		  SELECT "table", record, payload::jsonb AS said FROM sn_pren_version WHERE state = 'current')
		SELECT coalesce(s."table", c."table"), coalesce(s.said ->> 'sys_id', c.record),
		       CASE WHEN c.said IS NULL THEN 'has no current version' WHEN s.said IS NULL THEN 'is gone, and has a current version' ELSE 'is not as its version' END
		  FROM stands s
		  FULL JOIN current c ON c."table" = s."table" AND c.record = s.said ->> 'sys_id'
		 WHERE s.said - $1::text[] IS DISTINCT FROM c.said - $1::text[]`, func(scan func(...any) error) error {
		var table, record, what string
		err := scan(&table, &record, &what)
		f.unlike = append(f.unlike, table+" "+record+" "+what)
		return err
	}, "{sys_updated_on,sys_updated_by,sys_mod_count,sys_created_on}")
}

func (f *facts) readTrail(ctx context.Context, db *sql.DB) error {
	return each(ctx, db, `
		SELECT tablename, documentkey, fieldname, oldvalue, newvalue, "user"
		  FROM sys_audit`, func(scan func(...any) error) error {
		var t entry
		err := scan(&t.Table, &t.Record, &t.Field, &t.Old, &t.New, &t.User)
		f.trail = append(f.trail, t)
		return err
	})
}

func (f *facts) readPins(ctx context.Context, db *sql.DB) error {
	f.pins = map[stepKey]pins{}
	return each(ctx, db, `
		SELECT i.experience_id, s.step, coalesce(registry_version, ''), coalesce(resolution_version, ''), coalesce(action_version, ''), begun_on
		  FROM sn_pren_experience_issue_step s
		  JOIN sn_pren_experience_issue i ON i.sys_id = s.issue
		 WHERE begun_on IS NOT NULL`, func(scan func(...any) error) error {
		var key stepKey
		var p pins
		err := scan(&key.ExperienceID, &key.Step, &p.Registry, &p.Resolution, &p.Action, &p.Begun)
		f.pins[key] = p
		return err
	})
}

func (f *facts) readTickets(ctx context.Context, db *sql.DB) error {
	f.tickets = map[string]ticket{}
	return each(ctx, db, `SELECT sys_id, sys_mod_count, close_notes, work_notes FROM incident`, func(scan func(...any) error) error {
		var id string
		var t ticket
		err := scan(&id, &t.ModCount, &t.CloseNotes, &t.WorkNotes)
		f.tickets[id] = t
		return err
	})
}
