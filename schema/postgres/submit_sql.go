package postgres

import "strings"

// who finds the registry row, its resolution and the person of a report; both ways of taking one begin with it. $1 provider,
// $2 issue_code, $3 user_id, $4 user_name, $5 email, $6 CI.
//
// Each given name of the person finds a set of active, unlocked people; the sets that are not empty must have exactly one in
// common. The CI counts only when no name is given.
const who = `
	WITH registry AS (
	  SELECT r.sys_id, r.provider, proper.sys_id AS resolution
	    FROM sn_pren_provider p
	    JOIN sn_pren_issue_registry r ON r.provider = p.sys_id
	    LEFT JOIN sn_pren_proper_resolution proper ON proper.sys_id = r.resolution
	   WHERE p.provider_code = $1 AND p.active
	     AND r.issue_code = $2    AND r.active),
	found AS (
	  SELECT 'user_id' AS name, sys_id FROM sys_user
	   WHERE $3 <> '' AND sys_id = $3
	     AND active AND NOT locked_out AND NOT web_service_access_only
	   UNION ALL
	  SELECT 'user_name', sys_id FROM sys_user
	   WHERE $4 <> '' AND lower(user_name) = lower($4)
	     AND active AND NOT locked_out AND NOT web_service_access_only
	   UNION ALL
	  SELECT 'email', sys_id FROM sys_user
	   WHERE $5 <> '' AND lower(email) = lower($5) AND email <> ''
	     AND active AND NOT locked_out AND NOT web_service_access_only
	   UNION ALL
	  SELECT 'CI', u.sys_id FROM cmdb_ci_computer c JOIN sys_user u ON u.sys_id = c.assigned_to
	   WHERE $3 = '' AND $4 = '' AND $5 = '' AND c.sys_id = $6
	     AND u.active AND NOT u.locked_out AND NOT u.web_service_access_only),
	common AS (
	  SELECT sys_id FROM found
	   GROUP BY sys_id
	  HAVING count(*) = (SELECT count(DISTINCT name) FROM found)),
	person AS (
	  SELECT min(sys_id) AS sys_id FROM common HAVING count(*) = 1),`

// dueAt is when the janitor looks at a step that the engine should have taken up.
const dueAt = `now() + make_interval(secs => coalesce((
	  SELECT value::integer FROM sys_properties WHERE name = 'sn_pren.engine_due_seconds'), 600))`

// submitNew makes an experience issue with its first step, inbox row and event, and tells what it found. $7 experience_id,
// $8 the step's sys_id, $9 input_parameters, $10 whether they are text, $11 investigative_details, $12 account, $13 the
// issue's sys_id.
//
// ON CONFLICT has no target, so that a taken experience_id and an open issue both insert nothing; which of them it was is seen
// by the rest of the statement, or, when the other report was committed after its snapshot, by the next try.
const submitNew = who + `
	issue AS (
	  INSERT INTO sn_pren_experience_issue
	         (sys_id, experience_id, provider, registry, "user", ci, state, due_at, sys_created_by)
	  SELECT $13, $7, registry.provider, registry.sys_id, person.sys_id, $6, 'open', ` + dueAt + `, $12
	    FROM registry, person
	   WHERE registry.resolution IS NOT NULL
	      ON CONFLICT DO NOTHING
	  RETURNING sys_id),
	step AS (
	  INSERT INTO sn_pren_experience_issue_step
	         (sys_id, issue, step, registry, resolution, ci, input_parameters, parameters_are_text, investigative_details, sys_created_by)
	  SELECT $8, issue.sys_id, 1, registry.sys_id, registry.resolution, $6, $9::json, $10, $11::json, $12
	    FROM issue, registry),
	event AS (
	  INSERT INTO sn_pren_experience_issue_event (issue, number, step, event, detail, sys_created_by)
	  SELECT sys_id, 1, 1, 'created', format('Issue code %s was reported by provider %s.', $2::text, $1::text), $12
	    FROM issue),
	inbox AS (
	  INSERT INTO sn_pren_experience_issue_inbox (issue, seq, kind, step)
	  SELECT sys_id, 1, 'created', 1 FROM issue)
	SELECT EXISTS (SELECT FROM registry)                              AS registry,
	       EXISTS (SELECT FROM registry WHERE resolution IS NOT NULL) AS resolution,
	       EXISTS (SELECT FROM person)                                AS "user",
	       EXISTS (SELECT FROM issue)
	    OR EXISTS (SELECT FROM sn_pren_experience_issue_step WHERE sys_id = $8) AS taken,
	       EXISTS (SELECT FROM sn_pren_experience_issue i, registry, person
	                WHERE i.registry = registry.sys_id AND i."user" = person.sys_id
	                  AND i.state IN ('open', 'in_progress'))          AS being_resolved,
	       (SELECT state FROM sn_pren_experience_issue WHERE experience_id = $7) AS existing`

var submitStrictly = strings.Replace(submitNew, "ON CONFLICT DO NOTHING", "", 1)

// submitNext makes the next step of an issue that waits for it. Parameters as in submitNew, without the last one. The state of
// another person's or another provider's issue is not told.
const submitNext = who + `
	issue AS (
	  UPDATE sn_pren_experience_issue i
	     SET state = 'open', step = i.step + 1, registry = registry.sys_id, wait_until = NULL, due_at = ` + dueAt + `,
	         ci = CASE WHEN $6 = '' THEN i.ci ELSE $6 END,
	         messages = i.messages + 1, events = i.events + 1, sys_updated_on = now()
	    FROM registry, person, sn_pren_issue_registry now_at
	   WHERE i.experience_id = $7 AND i.state = 'action_wait' AND i.step < 100
	     AND i."user" = person.sys_id AND i.provider = registry.provider AND registry.resolution IS NOT NULL
	     AND now_at.sys_id = i.registry AND (cardinality(now_at.next_codes) = 0 OR $2 = ANY (now_at.next_codes))
	  RETURNING i.sys_id, i.step, i.messages, i.events, i.ci),
	step AS (
	  INSERT INTO sn_pren_experience_issue_step
	         (sys_id, issue, step, registry, resolution, ci, input_parameters, parameters_are_text, investigative_details, sys_created_by)
	  SELECT $8, issue.sys_id, issue.step, registry.sys_id, registry.resolution, issue.ci, $9::json, $10, $11::json, $12
	    FROM issue, registry),
	event AS (
	  INSERT INTO sn_pren_experience_issue_event (issue, number, step, event, detail, sys_created_by)
	  SELECT sys_id, events, step, 'chained', format('Issue code %s was reported by provider %s.', $2::text, $1::text), $12
	    FROM issue),
	inbox AS (
	  INSERT INTO sn_pren_experience_issue_inbox (issue, seq, kind, step)
	  SELECT sys_id, messages, 'chained', step FROM issue)
	SELECT EXISTS (SELECT FROM issue)
	    OR EXISTS (SELECT FROM sn_pren_experience_issue_step WHERE sys_id = $8) AS taken,
	       coalesce((SELECT i.state FROM sn_pren_experience_issue i, registry, person
	                  WHERE i.experience_id = $7 AND i.provider = registry.provider AND i."user" = person.sys_id), '') AS state`
