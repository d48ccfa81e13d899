package postgres

import (
	"context"
	"slices"
	"time"

	"github.com/lib/pq"

	"proactive/schema"
)

// forgetful lets the rest of a transaction change what sys_audit holds, and has its changes noted there without their values.
const forgetful = `SELECT set_config('proactive.forgets', 'on', true) || set_config('proactive.user', $1, true)`

// forget runs one statement, which removes what names somebody, so that the audit trail does not keep it.
func (d *DB) forget(ctx context.Context, by, statement string, args ...any) (touched int64, err error) {
	err = d.inTx(ctx, func(t tx) error {
		if _, err := t.exec(ctx, forgetful, by); err != nil {
			return err
		}
		touched, err = t.exec(ctx, statement, args...)
		return err
	})
	return touched, err
}

// forgetOnce is forget for a statement that is not worth preparing. When it is about the catalogue, nobody else changes that meanwhile: who
// applies one changes many rows in another order, and each would wait for the other.
func (d *DB) forgetOnce(ctx context.Context, by string, catalogue bool, statement string, args ...any) error {
	return d.inTx(ctx, func(t tx) error {
		if _, err := t.exec(ctx, forgetful, by); err != nil {
			return err
		}
		if catalogue {
			if _, err := t.exec(ctx, `SELECT set_config('lock_timeout', '60s', true)`); err != nil {
				return err
			}
			if _, err := t.exec(ctx, holdCatalogueLock, catalogueLock); err != nil {
				return err
			}
		}
		_, err := t.Tx.ExecContext(ctx, statement, args...)
		return err
	})
}

// trailOf are the rows of tables of which the trail is to be blanked for the person with sys_id $1, whose records have had the sys_ids $2: their own,
// and what is theirs or was once, also when it is gone.
const trailOf = `
	SELECT 'sys_user' AS tablename, unnest($2::text[]) AS documentkey
	 UNION SELECT 'incident', sys_id         FROM incident         WHERE caller_id = $1
	 UNION SELECT 'interaction', sys_id      FROM interaction      WHERE opened_for = $1
	 UNION SELECT 'cmdb_ci_computer', sys_id FROM cmdb_ci_computer WHERE assigned_to = $1
	 UNION SELECT tablename, documentkey
	         FROM sys_audit
	        WHERE (tablename, fieldname) IN (('incident', 'caller_id'), ('interaction', 'opened_for'), ('cmdb_ci_computer', 'assigned_to'),
	                                         ('sys_user_has_role', 'user'), ('sn_pren_account_provider', 'user'))
	          AND (oldvalue = ANY ($2) OR newvalue = ANY ($2))`

// blankTrail leaves that something was changed, when and by whom.
const blankTrail = `
	UPDATE sys_audit
	   SET oldvalue = CASE oldvalue WHEN '' THEN '' ELSE 'Erased.' END, newvalue = CASE newvalue WHEN '' THEN '' ELSE 'Erased.' END`

// eraseAudit blanks what the audit trail says of the person's roles, incidents and interactions, some records at a time.
func (d *DB) eraseAudit(ctx context.Context, p schema.Person, by string) error {
	var records []struct {
		Table string `db:"tablename"`
		Key   string `db:"documentkey"`
	}
	if err := d.selectAll(ctx, &records, trailOf, p.SysID, pq.Array(p.IDs())); err != nil {
		return fault("find what the audit trail says of a person", err)
	}
	for some := range slices.Chunk(records, eraseAtMost) {
		var tables, keys []string
		for _, r := range some {
			if r.Table != "sys_user" { // see endErasure
				tables, keys = append(tables, r.Table), append(keys, r.Key)
			}
		}
		if _, err := d.forget(ctx, by, blankTrail+` WHERE (tablename, documentkey) IN (SELECT * FROM unnest($1::text[], $2::text[]))`,
			pq.Array(tables), pq.Array(keys)); err != nil {
			return fault("erase what the audit trail says of a person", err)
		}
	}
	return nil
}

// RemoveAudit removes rows of the audit trail that are older than keep, up to a batch, and tells how many they were.
func (d *DB) RemoveAudit(ctx context.Context, keep time.Duration) (int64, error) {
	n, err := d.forget(ctx, "system", `
		DELETE FROM sys_audit
		 WHERE sys_id IN (
		  SELECT sys_id FROM sys_audit
		   WHERE sys_created_on < now() - make_interval(secs => $1)
		   ORDER BY sys_created_on
		   LIMIT $2)`, keep.Seconds(), removeAuditAtMost)
	return n, fault("remove old rows of the audit trail", err)
}

// removeAuditAtMost is one batch of RemoveAudit, in rows.
const removeAuditAtMost = 1000
