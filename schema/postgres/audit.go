package postgres

import (
	"context"
	"database/sql"
	"time"

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

// forgetOnce is forget for a statement that is not worth preparing.
func (d *DB) forgetOnce(ctx context.Context, by, statement string, args ...any) (result sql.Result, err error) {
	err = d.inTx(ctx, func(t tx) error {
		if _, err := t.exec(ctx, forgetful, by); err != nil {
			return err
		}
		result, err = t.Tx.ExecContext(ctx, statement, args...)
		return err
	})
	return result, err
}

// eraseAudit blanks what the audit trail says of the person's record, roles, computers, incidents and interactions. That they were changed,
// when and by whom, stays.
func (d *DB) eraseAudit(ctx context.Context, p schema.Person, by string) error {
	_, err := d.forget(ctx, by, `
		UPDATE sys_audit
		   SET oldvalue = CASE oldvalue WHEN '' THEN '' ELSE 'Erased.' END, newvalue = CASE newvalue WHEN '' THEN '' ELSE 'Erased.' END
		 WHERE documentkey = ANY (ARRAY(
		        SELECT $1::text
		         UNION ALL SELECT sys_id FROM incident         WHERE caller_id = $1
		         UNION ALL SELECT sys_id FROM interaction      WHERE opened_for = $1
		         UNION ALL SELECT sys_id FROM cmdb_ci_computer WHERE assigned_to = $1
		         UNION ALL SELECT documentkey FROM sys_audit
		                    WHERE fieldname = 'user' AND CASE newvalue WHEN '' THEN oldvalue ELSE newvalue END = $1
		                      AND tablename IN ('sys_user_has_role', 'sn_pren_account_provider')))`, p.SysID)
	return fault("erase what the audit trail says of a person", err)
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
