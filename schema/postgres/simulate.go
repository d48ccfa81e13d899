package postgres

import (
	"context"
	"slices"

	"github.com/lib/pq"

	"proactive/schema"
)

// Simulate tells what would become of a report, with decide as in Begin. It changes nothing: it looks in a transaction that may only read,
// at one moment. A refusal is part of the answer.
func (d *DB) Simulate(ctx context.Context, report schema.Report, decide func(schema.StepFacts) (schema.Decision, error)) (schema.Simulation, error) {
	var s simulating
	err := d.inReadOnlyTx(ctx, func(t tx) error {
		s = simulating{ctx: ctx, t: t, submission: submission{Report: report}}
		return s.run(decide)
	})
	return s.found, fault("simulate a report", err)
}

// simulating is a report that is only asked about.
type simulating struct {
	ctx context.Context
	t   tx
	submission
	found schema.Simulation
	step  supposedStep
	chain string // sys_id of the issue that it would continue; ""
}

// run goes the way of Submit, and then that of Begin.
func (s *simulating) run(decide func(schema.StepFacts) (schema.Decision, error)) error {
	err := s.names()
	if err == nil {
		err = s.submit()
	}
	if err == nil {
		err = s.begin(decide)
	}
	if refused := refusedBy(err); refused != nil {
		s.found.Refused, err = refused, nil
	}
	if err != nil {
		return err
	}
	return s.lookUp()
}

func (s *simulating) names() error {
	var rows []struct {
		Name  string `db:"name"`
		Count int    `db:"count"`
	}
	s.found.Found = map[string]int{}
	err := s.t.selectAll(s.ctx, &rows, countByName, s.Endpoint.UserID, s.Endpoint.UserName, s.Endpoint.Email, s.Endpoint.CI)
	for _, row := range rows {
		s.found.Found[row.Name] = row.Count
	}
	return err
}

const countByName = `
	SELECT by_name.name, by_name.count
	  FROM (SELECT $1::text AS user_id, $2::text AS user_name, $3::text AS email, $4::text AS ci) AS report,
	       LATERAL (WITH ` + foundByName + ` SELECT name, count(*) FROM found GROUP BY name) by_name`

// submit tells what the report would be refused for, or what step it would make.
func (s *simulating) submit() error {
	var row struct {
		found
		Removed       bool           `db:"removed"`
		RegistryRow   string         `db:"registry_row"`
		Version       schema.Version `db:"version"`
		ResolutionRow string         `db:"resolution_row"`
		Person        string         `db:"person"`
	}
	if err := s.t.get(s.ctx, &row, lookNew, columns(s.submission)...); err != nil {
		return err
	}
	s.found.Registry, s.found.Version = row.RegistryRow, row.Version
	if err := row.refusal(s.Report); err != nil {
		return err
	}
	s.step = supposedStep{ExperienceID: s.ExperienceID, Step: 1, User: row.Person, CI: s.Endpoint.CI, Registry: row.RegistryRow,
		Resolution: row.ResolutionRow, InputParameters: s.InputParameters, ParametersAreText: s.ParametersAreText}
	switch {
	case row.Existing != nil:
		return s.submitChained()
	case row.Removed:
		return notAwaited(s.ExperienceID, "")
	}
	return nil
}

// lookNew is what submitNew finds, where it would make an issue. A removed issue keeps its experience_id.
const lookNew = known + `
	SELECT ` + whatIsKnown + `, false AS taken,
	       ` + inTheWay + `,
	       EXISTS (SELECT FROM sn_pren_removed_issue WHERE experience_id_hash = sha256(convert_to(known.experience_id, 'UTF8'))) AS removed,
	       coalesce(known.registry, '') AS registry_row, coalesce(resolution, '') AS resolution_row, coalesce(person, '') AS person,
	       coalesce(v.sys_id, '') AS "version.sys_id", coalesce(v.name, '') AS "version.name", coalesce(v.number, 0) AS "version.number"
	  FROM known
	  LEFT JOIN sn_pren_version v ON v."table" = 'sn_pren_issue_registry' AND v.record = known.registry AND v.state = 'current'`

func (s *simulating) submitChained() error {
	var next struct {
		Issue string `db:"issue"`
		Step  int    `db:"step"`
		CI    string `db:"ci"`
		State string `db:"state"`
	}
	if err := s.t.get(s.ctx, &next, lookNext, append(columns(s.submission), schema.ActionWait)...); err != nil {
		return err
	}
	if next.Issue == "" {
		return notAwaited(s.ExperienceID, next.State)
	}
	s.found.Chained, s.chain = true, next.Issue
	s.step.Step, s.step.CI = next.Step, next.CI
	return nil
}

// lookNext is what submitNext finds, where it would make the next step.
const lookNext = known + `,
	next AS (
	  SELECT i.sys_id AS issue, i.step + 1 AS step, ` + nextCI + ` AS ci
	    FROM sn_pren_experience_issue i, known
	   WHERE ` + awaited + `)
	SELECT coalesce(next.issue, '') AS issue, coalesce(next.step, 0) AS step, coalesce(next.ci, '') AS ci,
	       ` + notAwaitedState + `
	  FROM known LEFT JOIN next ON true`

// begin decides as Begin does. Nobody's row is locked: what others are about to begin is not counted yet.
func (s *simulating) begin(decide func(schema.StepFacts) (schema.Decision, error)) error {
	row, err := supposedFacts(s.ctx, s.t, s.step)
	if err != nil {
		return err
	}
	if s.found.Facts, err = row.facts(); err != nil {
		return err
	}
	f := &s.found.Facts
	if f.Counted() {
		if err := countPast(s.ctx, s.t, f.User, f); err != nil {
			return err
		}
	}
	if s.found.Decision, err = decide(*f); err != nil {
		return err
	}
	s.found.Row, s.found.Person = row.governing(), row.UserName
	if s.found.View, err = row.view(s.found); err != nil {
		return err
	}
	return s.surroundings()
}

// surroundings reads what nothing is decided by.
func (s *simulating) surroundings() error {
	if err := s.t.selectAll(s.ctx, &s.found.Channels, supposedReach, s.step.args()...); err != nil {
		return err
	}
	var steps []schema.Evidence
	if err := s.t.selectAll(s.ctx, &steps, `
		SELECT step, issue_code, coalesce(details, '{}') AS details
		  FROM (`+evidenceOf+`) AS evidence
		 WHERE before <= $2
		 ORDER BY step`, s.chain, maxEvidence); err != nil {
		return err
	}
	s.found.Evidence = append(steps, schema.Evidence{Step: s.step.Step, IssueCode: s.IssueCode, Details: slices.Clone(s.InvestigativeDetails)})
	if s.found.Facts.Past.Active == "" {
		return nil
	}
	return s.t.get(s.ctx, &s.found.ActiveProvider, `
		SELECT p.provider_code
		  FROM sn_pren_experience_issue i
		  JOIN sn_pren_provider p ON p.sys_id = i.provider
		 WHERE i.experience_id = $1`, s.found.Facts.Past.Active)
}

const supposedReach = supposed + `
	SELECT ` + reachColumns + `
	  FROM supposed s
	  JOIN supposed i               ON i.n = s.n
	  JOIN sn_pren_issue_registry r ON r.sys_id = s.registry` + reachTables + `
	 ORDER BY c.name`

// args are the parameters of the statements that begin with supposed.
func (s supposedStep) args() []any { return supposedArgs(s) }

// supposedArgs are an array for each field.
func supposedArgs(steps ...supposedStep) []any {
	var texts [6]pq.StringArray
	var numbers pq.Int64Array
	var areText pq.BoolArray
	for _, s := range steps {
		for column, value := range [len(texts)]string{s.ExperienceID, s.User, s.CI, s.Registry, s.Resolution, string(s.InputParameters)} {
			texts[column] = append(texts[column], value)
		}
		numbers, areText = append(numbers, int64(s.Step)), append(areText, s.ParametersAreText)
	}
	return []any{texts[0], numbers, texts[1], texts[2], texts[3], texts[4], texts[5], areText}
}
