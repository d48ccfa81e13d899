package postgres

import "strings"

// known is each report with what is known of it: its registry row with provider and resolution, and its person. Both ways of taking
// reports begin with it. Each column of the reports is an array: $1 provider, $2 issue_code, $3 user_id, $4 user_name, $5 email,
// $6 CI, $7 experience_id, $8 the step's sys_id, $9 the sys_id, $10 account, $11 input_parameters, $12
// investigative_details (empty: no document), $13 whether the parameters are text.
//
// Each given name of the person finds a set of active, unlocked people; the sets that are not empty must have exactly one in
// common. The CI counts only when no name is given. It is LATERAL so that Postgres looks for the people of each report, not for
// those of all at once, which would be a scan of all people.
const known = `
	WITH known AS MATERIALIZED (
	  SELECT report.*, r.sys_id AS registry, r.provider, proper.sys_id AS resolution, person.sys_id AS person
	    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
	                $10::text[], $11::text[], $12::text[], $13::boolean[])
	         WITH ORDINALITY AS report (provider_code, issue_code, user_id, user_name, email, ci, experience_id, step_id, issue_id,
	                                    account, input_parameters, investigative_details, parameters_are_text, n)
	    LEFT JOIN sn_pren_provider p ON p.provider_code = report.provider_code AND p.active
	    LEFT JOIN sn_pren_issue_registry r ON r.provider = p.sys_id AND r.issue_code = report.issue_code AND r.active
	    LEFT JOIN sn_pren_proper_resolution proper ON proper.sys_id = r.resolution,
	         LATERAL (
	           WITH ` + foundByName + `,
	           common AS (
	             SELECT sys_id FROM found
	              GROUP BY sys_id
	             HAVING count(*) = (SELECT count(DISTINCT name) FROM found))
	           SELECT CASE WHEN count(*) = 1 THEN min(sys_id) END AS sys_id FROM common) person)`

// foundByName are the people that each name of a report finds.
const foundByName = `found AS (
	             SELECT 'user_id' AS name, sys_id FROM sys_user
	              WHERE report.user_id <> '' AND sys_id = report.user_id
	                AND active AND NOT locked_out AND NOT web_service_access_only
	              UNION ALL
	             SELECT 'user_name', sys_id FROM sys_user
	              WHERE report.user_name <> '' AND lower(user_name) = lower(report.user_name)
	                AND active AND NOT locked_out AND NOT web_service_access_only
	              UNION ALL
	             SELECT 'email', sys_id FROM sys_user
	              WHERE report.email <> '' AND lower(email) = lower(report.email) AND email <> ''
	                AND active AND NOT locked_out AND NOT web_service_access_only
	              UNION ALL
	             SELECT 'CI', u.sys_id FROM cmdb_ci_computer c JOIN sys_user u ON u.sys_id = c.assigned_to
	              WHERE report.user_id = '' AND report.user_name = '' AND report.email = '' AND c.sys_id = report.ci
	                AND u.active AND NOT u.locked_out AND NOT u.web_service_access_only)`

// dueAt is when the janitor looks at a step that the engine should have taken up.
const dueAt = `now() + make_interval(secs => coalesce((
	  SELECT value::integer FROM sys_properties WHERE name = 'sn_pren.engine_due_seconds'), 600))`

// submitNew makes an experience issue of each report, with its first step, inbox row and event, and tells what it found, in the
// order of the reports.
//
// ON CONFLICT has no target, so that a taken experience_id and an open issue both insert nothing; which of them it was is seen
// by the rest of the statement, or, when the other report was committed after its snapshot, by the next try. All processes
// insert in one order, so that two of these statements do not wait for each other in a circle. What stands there is looked for
// without EXISTS, which Postgres may answer for several reports at once by reading all issues.
const submitNew = known + `,
	issue AS (
	  INSERT INTO sn_pren_experience_issue
	         (sys_id, experience_id, provider, registry, "user", ci, state, due_at, sys_created_by)
	  SELECT issue_id, experience_id, provider, registry, person, ci, 'open', ` + dueAt + `, account
	    FROM known
	   WHERE resolution IS NOT NULL AND person IS NOT NULL
	   ORDER BY person, registry, n
	      ON CONFLICT DO NOTHING
	  RETURNING sys_id),
	step AS (
	  INSERT INTO sn_pren_experience_issue_step
	         (sys_id, issue, step, registry, resolution, ci, input_parameters, parameters_are_text, investigative_details, sys_created_by)
	  SELECT step_id, issue_id, 1, registry, resolution, ci, nullif(input_parameters, '')::json, parameters_are_text,
	         nullif(investigative_details, '')::json, account
	    FROM known JOIN issue ON issue.sys_id = issue_id),
	event AS (
	  INSERT INTO sn_pren_experience_issue_event (issue, number, step, event, detail, sys_created_by)
	  SELECT issue_id, 1, 1, 'created', format('Issue code %s was reported by provider %s.', issue_code, provider_code), account
	    FROM known JOIN issue ON issue.sys_id = issue_id),
	inbox AS (
	  INSERT INTO sn_pren_experience_issue_inbox (issue, seq, kind, step)
	  SELECT sys_id, 1, 'created', 1 FROM issue)
	SELECT ` + whatIsKnown + `,
	       coalesce(issue.sys_id, (SELECT sys_id FROM sn_pren_experience_issue_step WHERE sys_id = step_id)) IS NOT NULL AS taken,
	       ` + inTheWay + `
	  FROM known LEFT JOIN issue ON issue.sys_id = issue_id
	 ORDER BY n`

const whatIsKnown = `known.registry IS NOT NULL AS registry, resolution IS NOT NULL AS resolution, person IS NOT NULL AS "user"`

const inTheWay = `(SELECT sys_id FROM sn_pren_experience_issue i
	         WHERE i.registry = known.registry AND i."user" = person AND i.state IN ('open', 'in_progress')) IS NOT NULL AS being_resolved,
	       (SELECT state FROM sn_pren_experience_issue i WHERE i.experience_id = known.experience_id) AS existing`

var submitStrictly = strings.Replace(submitNew, "ON CONFLICT DO NOTHING", "", 1)

// submitNext makes the next step of an issue that waits for a report; of one report, and $14 is the state of one that waits. The state of
// another person's or another provider's issue is not told.
//
// The issue is found by the report's own experience_id and has a state that Postgres does not know when it makes the plan: with what it
// believes of a small table it would read all reports first, or all issues that are not closed.
const submitNext = known + `,
	issue AS (
	  UPDATE sn_pren_experience_issue i
	     SET state = 'open', step = i.step + 1, registry = known.registry, wait_until = NULL, due_at = ` + dueAt + `,
	         ci = ` + nextCI + `,
	         messages = i.messages + 1, events = i.events + 1, sys_updated_on = now()
	    FROM known
	   WHERE ` + awaited + `
	  RETURNING i.sys_id, i.step, i.messages, i.events, i.ci),
	step AS (
	  INSERT INTO sn_pren_experience_issue_step
	         (sys_id, issue, step, registry, resolution, ci, input_parameters, parameters_are_text, investigative_details, sys_created_by)
	  SELECT step_id, issue.sys_id, issue.step, registry, resolution, issue.ci, nullif(input_parameters, '')::json, parameters_are_text,
	         nullif(investigative_details, '')::json, account
	    FROM issue, known),
	event AS (
	  INSERT INTO sn_pren_experience_issue_event (issue, number, step, event, detail, sys_created_by)
	  SELECT issue.sys_id, events, step, 'chained', format('Issue code %s was reported by provider %s.', issue_code, provider_code), account
	    FROM issue, known),
	inbox AS (
	  INSERT INTO sn_pren_experience_issue_inbox (issue, seq, kind, step)
	  SELECT sys_id, messages, 'chained', step FROM issue)
	SELECT EXISTS (SELECT FROM issue)
	    OR (SELECT sys_id FROM sn_pren_experience_issue_step WHERE sys_id = step_id) IS NOT NULL AS taken,
	       ` + notAwaitedState + `
	  FROM known`

// awaited is a report in known that is the next step of an issue i: the step that it is at says which codes may follow.
const awaited = `i.experience_id = ($7::text[])[1] AND i.state = $14 AND i.step < 100
	     AND i."user" = person AND i.provider = known.provider AND known.resolution IS NOT NULL
	     AND (SELECT cardinality(r.next_codes) = 0 OR known.issue_code = ANY (r.next_codes)
	            FROM sn_pren_experience_issue_step s` + registryOfStep + `
	           WHERE s.issue = i.sys_id AND s.step = i.step)`

// nextCI is the CI of the next step: as reported, else as before.
const nextCI = `CASE WHEN known.ci = '' THEN i.ci ELSE known.ci END`

// notAwaitedState is the state of the issue that a report in known names; of another person's or another provider's issue it is not told.
const notAwaitedState = `coalesce((SELECT CASE WHEN i.provider = known.provider AND i."user" = person THEN i.state END
	                   FROM sn_pren_experience_issue i WHERE i.experience_id = known.experience_id), '') AS state`
