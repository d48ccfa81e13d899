package postgres

import (
	"context"

	"github.com/lib/pq"

	"proactive/schema"
)

// eraseAtMost bounds one statement of an erasure, in issues or records.
const eraseAtMost = 50

// ToErase counts what erasing a person is about, and changes nothing.
func (d *DB) ToErase(ctx context.Context, p schema.Person, progress schema.Progress) (schema.Erasure, error) {
	var e schema.Erasure
	err := d.get(ctx, &e, `
		WITH trail AS (`+trailOf+`)
		SELECT (SELECT count(*) FROM sn_pren_experience_issue WHERE "user" = $1) AS issues,
		       (SELECT count(*) FROM sn_pren_experience_issue WHERE "user" = $1 AND closed_on IS NULL) AS unfinished,
		       (SELECT count(*) FROM incident         WHERE caller_id = $1)   AS incidents,
		       (SELECT count(*) FROM interaction      WHERE opened_for = $1)  AS interactions,
		       (SELECT count(*) FROM cmdb_ci_computer WHERE assigned_to = $1) AS computers,
		       (SELECT count(*) FROM trail JOIN sys_audit USING (tablename, documentkey)) AS trail`, p.SysID, pq.Array(p.IDs()))
	if err != nil {
		return e, fault("count what is about a person", err)
	}
	e.Elsewhere, err = d.naming(ctx, p, progress)
	return e, err
}

// Erase blanks whatever names a person. It goes from the outside in, batch by batch: the record that says how they are called comes last,
// so that an erasure that was interrupted can be run again and ends the same. Their unfinished issues are cancelled first: without the
// person there is nobody to help. What it gives is where they are named still, because something has to be delivered or to end
// first; then it is to be run again.
func (d *DB) Erase(ctx context.Context, p schema.Person, by string, progress schema.Progress) ([]schema.Naming, error) {
	for _, do := range d.erasing(progress) {
		if err := do(ctx, p, by); err != nil {
			return nil, err
		}
	}
	left, err := d.naming(ctx, p, progress)
	if err != nil || len(left) > 0 {
		return left, err
	}
	return nil, d.endErasure(ctx, p, by)
}

// erasing are the steps of an erasure but the last.
func (d *DB) erasing(progress schema.Progress) []func(context.Context, schema.Person, string) error {
	eraseNames := func(ctx context.Context, p schema.Person, by string) error { return d.eraseNames(ctx, p, by, progress) }
	return []func(context.Context, schema.Person, string) error{
		d.beginErasure, d.cancelAll, d.eraseIssues, d.eraseRecords, d.eraseComputers, d.eraseAudit, d.removeNaming, eraseNames,
		d.cancelAll, d.eraseIssues, d.eraseRecords, // what was on its way when it began is there by now
	}
}

// beginErasure notes who does it, and lets nobody report about the person or sign in as them any more. FOR UPDATE waits for reports that refer
// to the record and are not committed: they are there when the issues are looked for.
func (d *DB) beginErasure(ctx context.Context, p schema.Person, by string) error {
	_, err := d.forget(ctx, by, `
		WITH held AS MATERIALIZED (
		  SELECT sys_id FROM sys_user WHERE sys_id = $1 FOR UPDATE),
		noted AS (
		  INSERT INTO sn_pren_erasure AS e ("user", sys_created_by) VALUES ($1, $2)
		      ON CONFLICT ("user") DO UPDATE SET finished_on = NULL),
		roles AS (
		  DELETE FROM sys_user_has_role WHERE "user" = $1),
		providers AS (
		  DELETE FROM sn_pren_account_provider WHERE "user" = $1)
		UPDATE sys_user
		   SET active = false, password_hash = NULL, api_key_hash = NULL, `+touched("$2")+`
		 WHERE sys_id IN (SELECT sys_id FROM held)`, p.SysID, by)
	return fault("begin an erasure", err)
}

// cancelAll cancels what is unfinished, also what was reported at the last moment.
func (d *DB) cancelAll(ctx context.Context, p schema.Person, by string) error {
	for {
		var ids []string
		if err := d.selectAll(ctx, &ids, `
			SELECT experience_id FROM sn_pren_experience_issue
			 WHERE "user" = $1 AND closed_on IS NULL
			 LIMIT $2`, p.SysID, eraseAtMost); err != nil || len(ids) == 0 {
			return fault("look for unfinished issues of a person", err)
		}
		for _, id := range ids {
			if _, err := d.Cancel(ctx, id, by); err != nil {
				return err
			}
		}
	}
}

// eraseIssues blanks what was said in and about the person's issues. What happened, and when, stays.
func (d *DB) eraseIssues(ctx context.Context, p schema.Person, _ string) error {
	after := ""
	for {
		var ids []string
		err := d.inTx(ctx, func(t tx) error {
			if err := t.selectAll(ctx, &ids, `
				SELECT sys_id FROM sn_pren_experience_issue
				 WHERE "user" = $1 AND sys_id > $2
				 ORDER BY sys_id
				 LIMIT $3
				   FOR UPDATE`, p.SysID, after, eraseAtMost); err != nil || len(ids) == 0 {
				return err
			}
			_, err := t.exec(ctx, blankIssues, pq.Array(ids))
			return err
		})
		if err != nil || len(ids) == 0 {
			return fault("erase what issues say of a person", err)
		}
		after = ids[len(ids)-1]
	}
}

// blankIssues leaves of a device what is a computer of ours: as reported it may be any text.
const blankIssues = `
	WITH steps AS (
	  UPDATE sn_pren_experience_issue_step s
	     SET input_parameters = NULL, investigative_details = NULL, parameters = NULL, output = NULL, detail = '',
	         plan = CASE WHEN plan IS NOT NULL THEN json_build_object('step', step) END,
	         ci = coalesce((SELECT sys_id FROM cmdb_ci_computer WHERE sys_id = s.ci), '')
	   WHERE issue = ANY ($1)),
	events AS (
	  UPDATE sn_pren_experience_issue_event SET detail = 'Erased.' WHERE issue = ANY ($1)),
	conversations AS (
	  UPDATE sn_pren_conversation SET comment = '', code_hash = NULL WHERE issue = ANY ($1)),
	links AS (
	  UPDATE sn_pren_notification SET token_hash = NULL WHERE issue = ANY ($1)),
	jobs AS (
	  UPDATE ci_job SET parameters = '{}', result = NULL WHERE issue = ANY ($1))
	UPDATE sn_pren_experience_issue i
	   SET ci = coalesce((SELECT sys_id FROM cmdb_ci_computer WHERE sys_id = i.ci), '')
	 WHERE sys_id = ANY ($1)`

// eraseRecords blanks the stories that the service desk has of the person. What a record of an issue is called in short is the registry's, until
// somebody calls it otherwise.
func (d *DB) eraseRecords(ctx context.Context, p schema.Person, by string) error {
	for _, statement := range []string{`
		UPDATE incident n
		   SET description = 'Erased.', work_notes = 'Erased.', close_notes = '', investigative_details = '[]', ` + touched("$3") + `,
		       short_description = CASE WHEN ` + calledByRegistry + ` THEN short_description ELSE 'Erased.' END,
		       cmdb_ci = coalesce((SELECT sys_id FROM cmdb_ci_computer WHERE sys_id = n.cmdb_ci), '')
		 WHERE sys_id IN (
		  SELECT sys_id FROM incident n
		   WHERE caller_id = $1 AND ((description, work_notes, close_notes, investigative_details::text) <> ('Erased.', 'Erased.', '', '[]')
		                             OR short_description <> 'Erased.' AND NOT ` + calledByRegistry + `)
		   LIMIT $2)`, `
		UPDATE interaction n
		   SET description = 'Erased.', work_notes = 'Erased.', ` + touched("$3") + `,
		       short_description = CASE WHEN ` + calledByRegistry + ` THEN short_description ELSE 'Erased.' END
		 WHERE sys_id IN (
		  SELECT sys_id FROM interaction n
		   WHERE opened_for = $1 AND ((description, work_notes) <> ('Erased.', 'Erased.')
		                              OR short_description <> 'Erased.' AND NOT ` + calledByRegistry + `)
		   LIMIT $2)`} {
		for {
			n, err := d.forget(ctx, by, statement, p.SysID, eraseAtMost, by)
			if err != nil {
				return fault("erase what the service desk's records say of a person", err)
			}
			if n < eraseAtMost {
				break
			}
		}
	}
	return nil
}

// calledByRegistry is a record n of an issue with a short description that the registry has, or had.
const calledByRegistry = `(n.origin_table <> '' AND EXISTS (
	  SELECT FROM sn_pren_version v WHERE v."table" = 'sn_pren_issue_registry' AND v.payload ->> 'short_description' = n.short_description))`

// touched marks a row as changed by an erasure, so that who has read it before cannot write it back: their If-Match is an older sys_mod_count.
func touched(by string) string {
	return `sys_updated_on = now(), sys_updated_by = ` + by + `, sys_mod_count = sys_mod_count + 1`
}

// eraseComputers takes the person's computers from them; one that is named after them gets another name, also one that was theirs. What the
// trail says of all these is blanked at once, as it alone tells which were theirs.
func (d *DB) eraseComputers(ctx context.Context, p schema.Person, by string) error {
	err := d.forgetOnce(ctx, by, true, `
		WITH theirs AS (
		  SELECT documentkey FROM (`+trailOf+`) all_of_theirs WHERE tablename = 'cmdb_ci_computer'),
		trail AS (`+blankTrail+` WHERE tablename = 'cmdb_ci_computer' AND documentkey IN (SELECT documentkey FROM theirs))
		UPDATE cmdb_ci_computer c
		   SET assigned_to = CASE WHEN mine THEN NULL ELSE assigned_to END, `+touched("$4")+`, name = CASE WHEN named THEN 'erased-' || c.sys_id ELSE name END
		  FROM (SELECT sys_id, assigned_to IS NOT DISTINCT FROM $1 AS mine,
		               CASE WHEN assigned_to IS NOT DISTINCT FROM $1
		                    THEN EXISTS (SELECT FROM unnest($3::text[]) part WHERE position(part IN lower(name)) > 0)
		                    ELSE $3 && regexp_split_to_array(lower(name), '[^[:alnum:]]+') END AS named
		          FROM cmdb_ci_computer WHERE sys_id IN (SELECT documentkey FROM theirs)) AS found
		 WHERE c.sys_id = found.sys_id AND (mine OR named)`, p.SysID, pq.Array(p.IDs()), pq.Array(p.Parts()), by)
	return fault("take computers from a person", err)
}

// endErasure blanks the record itself, and what the trail has kept of it until now: by that an interrupted erasure knows all names. Its sys_id
// stays for what refers to it.
func (d *DB) endErasure(ctx context.Context, p schema.Person, by string) error {
	_, err := d.forget(ctx, by, `
		WITH noted AS (
		  UPDATE sn_pren_erasure SET finished_on = now() WHERE "user" = $1),
		trail AS (`+blankTrail+` WHERE tablename = 'sys_user' AND documentkey = ANY ($2))
		UPDATE sys_user
		   SET user_name = 'erased-' || sys_id, first_name = '', last_name = '', email = '', preferred_language = '', time_zone = '',
		       department = '', location = '', `+touched("$3")+`
		 WHERE sys_id = $1`, p.SysID, pq.Array(p.IDs()), by)
	return fault("erase the record of a person", err)
}
