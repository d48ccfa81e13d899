package postgres

import (
	"cmp"
	"context"
	"encoding/json"
	"time"

	"github.com/lib/pq"

	"proactive/schema"
)

// stepFacts reads what governs a step: the report, its registry row, its pinned resolution with that one's remedial action, the
// person and the properties, and how the step stands now. What the person has been through is not among it: see lookBack.
func stepFacts(ctx context.Context, r runner, experienceID string, step int) (stepNow, schema.StepFacts, error) {
	var row factsRow
	if err := r.get(ctx, &row, selectFacts, experienceID, step); err != nil {
		return stepNow{}, schema.StepFacts{}, err
	}
	facts, err := row.facts()
	return row.stepNow, facts, err
}

// stepNow is how a step stands.
type stepNow struct {
	Issue string       `db:"issue"` // sys_id
	State schema.State `db:"state"` // of the issue
	At    int          `db:"at"`    // the step that the issue is at
	Plan  []byte       `db:"plan"`  // what Begin has decided; nil before that
}

const selectFacts = `
	SELECT s.issue, i.state, i.step AS at, s.plan,
	       ` + factColumns + `
	  FROM sn_pren_experience_issue_step s
	  JOIN sn_pren_experience_issue i          ON i.sys_id = s.issue` + factTables + `
	 WHERE s.issue = ` + issueOf + ` AND s.step = $2`

// factColumns are what governs a step s of an issue i.
const factColumns = `i.experience_id, s.step, i."user", s.ci, s.registry, g.issue_code, clock_timestamp() AS now,
	       EXISTS (SELECT FROM cmdb_ci_computer c WHERE c.sys_id = s.ci)                      AS ci_known,
	       EXISTS (SELECT FROM sn_agent_token k WHERE k.ci = s.ci AND k.revoked_on IS NULL)   AS ci_enrolled,
	       s.input_parameters, s.parameters_are_text, r.type AS resolution_type, r.parameters,
	       coalesce(a.name, '') AS action_name, coalesce(a.kind, '') AS kind, coalesce(a.target, '') AS target,
	       coalesce(a.task_queue, '') AS task_queue, a.input_schema, a.from_report,
	       coalesce(a.timeout_seconds, 0) AS timeout_seconds, coalesce(a.offer_for_seconds, 0) AS offer_for_seconds,
	       coalesce(a.attempts, 0) AS attempts, coalesce(a.idempotent, false) AS idempotent, coalesce(a.sensitive, false) AS sensitive,
	       coalesce(gv.sys_id, '') AS "versions.registry.sys_id", coalesce(gv.name, '') AS "versions.registry.name",
	       coalesce(gv.number, 0) AS "versions.registry.number",
	       coalesce(rv.sys_id, '') AS "versions.resolution.sys_id", coalesce(rv.name, '') AS "versions.resolution.name",
	       coalesce(rv.number, 0) AS "versions.resolution.number",
	       coalesce(av.sys_id, '') AS "versions.action.sys_id", coalesce(av.name, '') AS "versions.action.name",
	       coalesce(av.number, 0) AS "versions.action.number",
	       g.engagement, g.consent, g.category, g.user_limit, g.user_limit_window_seconds,
	       g.accept_seconds, g.consent_seconds, g.confirm_seconds, g.include, g.exclude,
	       u.user_name, u.department, u.location, u.time_zone,
	       ARRAY(SELECT role FROM sys_user_has_role h WHERE h."user" = i."user") AS roles,
	       (SELECT json_agg(json_build_object('Name', c.name, 'Users', c.users, 'Roles', c.roles, 'Departments', c.departments,
	                                          'Locations', c.locations, 'MatchAll', c.match_all))
	          FROM user_criteria c
	         WHERE c.active AND c.name = ANY (g.include || g.exclude)) AS criteria,
	       ` + propertiesInRow

const factTables = `
	  JOIN sys_user u                          ON u.sys_id = i."user"
	  JOIN sn_pren_issue_registry g            ON g.sys_id = s.registry
	  JOIN sn_pren_resolution r                ON r.sys_id = s.resolution
	  LEFT JOIN sn_reacf_remedial_action a     ON a.sys_id = r.remedial_action AND a.active
	  LEFT JOIN sn_pren_version gv             ON gv."table" = 'sn_pren_issue_registry' AND gv.record = g.sys_id AND gv.state = 'current'
	  LEFT JOIN sn_pren_version rv             ON rv."table" = 'sn_pren_resolution' AND rv.record = r.sys_id AND rv.state = 'current'
	  LEFT JOIN sn_pren_version av             ON av."table" = 'sn_reacf_remedial_action' AND av.record = a.sys_id AND av.state = 'current'`

// factsRow is the row of selectFacts.
type factsRow struct {
	stepNow
	schema.StepFacts
	Reported    []byte         `db:"input_parameters"`
	InputSchema []byte         `db:"input_schema"`
	FromReport  pq.StringArray `db:"from_report"`
	Timeout     int64          `db:"timeout_seconds"`
	OfferFor    int64          `db:"offer_for_seconds"`

	Category  schema.Category `db:"category"`
	UserLimit int             `db:"user_limit"`
	Window    int64           `db:"user_limit_window_seconds"`
	Accept    int64           `db:"accept_seconds"` // 0: the property, as in the next two
	Consent   int64           `db:"consent_seconds"`
	Confirm   int64           `db:"confirm_seconds"`
	Include   pq.StringArray  `db:"include"`
	Exclude   pq.StringArray  `db:"exclude"`

	UserName   string         `db:"user_name"`
	Department string         `db:"department"`
	Location   string         `db:"location"`
	TimeZone   string         `db:"time_zone"`
	Roles      pq.StringArray `db:"roles"`
	Criteria   []byte         `db:"criteria"`   // JSON; nil without any
	Properties []byte         `db:"properties"` // JSON; nil when none is set
}

func (row factsRow) facts() (schema.StepFacts, error) {
	p, err := readPropertiesInRow(row.Properties)
	if err != nil {
		return schema.StepFacts{}, err
	}
	f := row.StepFacts
	f.InputParameters, f.InputSchema, f.FromReport = row.Reported, row.InputSchema, row.FromReport
	f.Timeout, f.OfferFor = inSeconds(row.Timeout), inSeconds(row.OfferFor)
	f.Limits = schema.LimitsOf(p, row.Category, row.UserLimit, inSeconds(row.Window))
	f.Times = conversationTimes(row.Accept, row.Consent, row.Confirm, p)
	f.Person = schema.Traits{UserName: row.UserName, Roles: row.Roles, Department: row.Department, Location: row.Location}
	f.TimeZone = cmp.Or(row.TimeZone, p.Text(schema.DefaultTimeZone))
	f.Include, f.Exclude = row.Include, row.Exclude
	if row.Criteria != nil {
		err = json.Unmarshal(row.Criteria, &f.Criteria)
	}
	return f, err
}

// conversationTimes are a registry row's, in seconds, else the properties'.
func conversationTimes(accept, consent, confirm int64, p schema.Properties) schema.ConversationTimes {
	return schema.ConversationTimes{
		Accept:   cmp.Or(inSeconds(accept), p.Seconds(schema.AcceptTimeout)),
		Consent:  cmp.Or(inSeconds(consent), p.Seconds(schema.ConsentTimeout)),
		Confirm:  cmp.Or(inSeconds(confirm), p.Seconds(schema.ConfirmTimeout)),
		Feedback: p.Seconds(schema.FeedbackTimeout),
	}
}

func inSeconds(n int64) time.Duration { return time.Duration(n) * time.Second }
