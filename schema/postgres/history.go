package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"proactive/schema"
)

// pastAtOnce is how many steps of the past are held at the same time.
const pastAtOnce = 200

// Past shows do every step that was reported since from, in the order in which they began and some at once, with what a trial's catalogue makes of it. It only
// reads, at one moment, and holds no more than pastAtOnce steps, and the keys of all on the side of the database.
func (d *DB) Past(ctx context.Context, trial *Trial, from time.Time, do func([]schema.PastStep) error) error {
	err := d.inReadOnlyTx(ctx, func(t tx) error {
		h, err := newHistory(ctx, t, trial)
		if err != nil {
			return err
		}
		if _, err := t.Tx.ExecContext(ctx, `DECLARE past NO SCROLL CURSOR FOR `+selectPastKeys, from); err != nil {
			return err
		}
		for {
			steps, err := h.next()
			if err != nil || len(steps) == 0 {
				return err
			}
			if err := do(steps); err != nil {
				return err
			}
		}
	})
	return fault("look back", err)
}

// Removed tells how many issues retention has removed since then. When they were reported, nobody knows any more.
func (d *DB) Removed(ctx context.Context, since time.Time) (n int, err error) {
	err = d.get(ctx, &n, `SELECT count(*) FROM sn_pren_removed_issue WHERE removed_on >= $1`, since)
	return n, fault("count what was removed", err)
}

// LooksBack tells how far the limits of a trial's catalogue look back.
func (d *DB) LooksBack(ctx context.Context, trial *Trial) (time.Duration, error) {
	var row struct {
		Window     int64  `db:"window"`
		Properties []byte `db:"properties"`
	}
	err := d.inReadOnlyTx(ctx, func(t tx) error {
		return t.get(ctx, &row, `
			SELECT coalesce(max((g->>'user_limit_window_seconds')::bigint), 0) AS window, $1::json->'sys_properties' AS properties
			  FROM json_array_elements($1::json->'sn_pren_issue_registry') g`, trial.rows)
	})
	if err != nil {
		return 0, fault("read how far limits look back", err)
	}
	p, err := readPropertiesInRow(row.Properties)
	if err != nil {
		return 0, err
	}
	return max(inSeconds(row.Window), p.LooksBack()), nil
}

// selectPastKeys are the steps that were reported since $1, in their order. It is the keys alone that are sorted.
const selectPastKeys = `
	SELECT sys_id FROM sn_pren_experience_issue_step
	 WHERE sys_created_on >= $1
	 ORDER BY coalesce(begun_on, sys_created_on), issue, step`

// selectPastSteps are the steps $1, in the same order. A person counts as being in a conversation from where they accepted until the
// issue was closed, or waited for the next report.
const selectPastSteps = `
	SELECT i.experience_id, s.step, s.step = i.step AS last, i."user", p.provider_code, g.issue_code, s.sys_created_on AS at,
	       s.begun_on, i.closed_on, i.state, i.end_reason, s.ci, coalesce(s.input_parameters::text, '') AS reported, s.parameters_are_text,
	       s.plan, s.parameters, s.resolution, res.name AS resolution_name,
	       coalesce(c.mode, '') AS mode, coalesce(c.consent, false) AS consent, c.contact_at,
	       CASE WHEN s.step = i.step THEN i.fallback_result ELSE '' END AS fallback_result,
	       coalesce(incident.assignment_group, '') AS assignment_group, coalesce(incident.impact, 0) AS impact, coalesce(incident.urgency, 0) AS urgency,
	       EXISTS (SELECT FROM sn_pren_erasure e WHERE e."user" = i."user") AS erased,
	       coalesce((SELECT min(other.experience_id)
	                   FROM sn_pren_experience_issue other
	                  WHERE other."user" = i."user" AND other.sys_id <> i.sys_id
	                    AND other.sys_created_on <= began.at AND (other.closed_on IS NULL OR other.closed_on > began.at)
	                    AND (SELECT e.event FROM sn_pren_experience_issue_event e
	                          WHERE e.issue = other.sys_id AND e.event IN ('accepted', 'action_wait') AND e.sys_created_on <= began.at
	                          ORDER BY e.number DESC LIMIT 1) = 'accepted'), '') AS active
	  FROM sn_pren_experience_issue_step s
	  JOIN sn_pren_experience_issue i     ON i.sys_id = s.issue
	  JOIN sn_pren_issue_registry g       ON g.sys_id = s.registry
	  JOIN sn_pren_provider p             ON p.sys_id = i.provider
	  JOIN sn_pren_resolution res         ON res.sys_id = s.resolution
	  LEFT JOIN sn_pren_conversation c    ON c.issue = s.issue AND c.step = s.step
	  LEFT JOIN incident                  ON incident.sys_id = i.incident
	 CROSS JOIN LATERAL (SELECT coalesce(s.begun_on, s.sys_created_on) AS at) began
	 WHERE s.sys_id = ANY ($1)
	 ORDER BY began.at, s.issue, s.step`

// history reads the past piece by piece.
type history struct {
	ctx   context.Context
	t     tx
	trial *Trial
	// The statements of each piece.
	steps, governing, supposed *sqlx.Stmt
	known                      map[issueCode]governed
}

// issueCode is what a report is looked up by in the registry.
type issueCode struct{ provider, code string }

// governed is what Submit finds in the registry for an issue code.
type governed struct {
	refused              *schema.Refused
	registry, resolution string
}

func newHistory(ctx context.Context, t tx, trial *Trial) (*history, error) {
	h := &history{ctx: ctx, t: t, trial: trial, known: map[issueCode]governed{}}
	var proper string
	if err := t.get(ctx, &proper, `SELECT pg_get_viewdef('sn_pren_proper_resolution'::regclass)`); err != nil {
		return nil, err
	}
	for text, statement := range map[string]**sqlx.Stmt{
		selectPastSteps: &h.steps,
		overTrial(lookGoverning, proper, len(columns())):       &h.governing,
		overTrial(selectSupposed, proper, len(supposedArgs())): &h.supposed,
	} {
		var err error
		if *statement, err = t.Tx.PreparexContext(ctx, text); err != nil {
			return nil, err
		}
	}
	return h, nil
}

// pastRow is a row of selectPastSteps.
type pastRow struct {
	schema.PastStep
	CI                string `db:"ci"`
	Reported          string `db:"reported"`
	ParametersAreText bool   `db:"parameters_are_text"`
	Plan              []byte `db:"plan"`
	Parameters        []byte `db:"parameters"`
}

func (h *history) next() ([]schema.PastStep, error) {
	var keys pq.StringArray
	if err := h.t.Tx.SelectContext(h.ctx, &keys, fmt.Sprintf(`FETCH %d FROM past`, pastAtOnce)); err != nil || len(keys) == 0 {
		return nil, err
	}
	var rows []pastRow
	if err := h.steps.SelectContext(h.ctx, &rows, keys); err != nil {
		return nil, err
	}
	steps := make([]schema.PastStep, len(rows))
	for i, row := range rows {
		steps[i] = row.PastStep
		steps[i].Parameters = row.Parameters
		if row.Plan != nil {
			if err := json.Unmarshal(row.Plan, &steps[i].Plan); err != nil {
				return nil, err
			}
		}
	}
	return steps, h.govern(rows, steps)
}

// govern finds the rows that would govern each step now, by the statements of Submit and Begin. The person is who they were found to be.
func (h *history) govern(rows []pastRow, steps []schema.PastStep) error {
	if err := h.know(rows); err != nil {
		return err
	}
	var supposed []supposedStep
	var of []int
	for i, row := range rows {
		by := h.known[issueCode{row.Provider, row.IssueCode}]
		if steps[i].Refused = by.refused; by.refused != nil {
			continue
		}
		of = append(of, i)
		supposed = append(supposed, supposedStep{ExperienceID: row.ExperienceID, Step: row.Step, User: row.User, CI: row.CI, Registry: by.registry,
			Resolution: by.resolution, InputParameters: json.RawMessage(row.Reported), ParametersAreText: row.ParametersAreText})
	}
	return h.facts(supposed, func(i int) *schema.PastStep { return &steps[of[i]] })
}

// know looks up the issue codes that did not come up before.
func (h *history) know(rows []pastRow) error {
	var reports []submission
	for _, row := range rows {
		of := issueCode{row.Provider, row.IssueCode}
		if _, is := h.known[of]; !is {
			h.known[of] = governed{}
			reports = append(reports, submission{Report: schema.Report{Provider: row.Provider, IssueCode: row.IssueCode}})
		}
	}
	if len(reports) == 0 {
		return nil
	}
	var known []struct {
		found
		RegistryRow   string `db:"registry_row"`
		ResolutionRow string `db:"resolution_row"`
	}
	if err := h.governing.SelectContext(h.ctx, &known, append(columns(reports...), h.trial.rows)...); err != nil {
		return err
	}
	for i, r := range reports {
		known[i].User = true
		h.known[issueCode{r.Provider, r.IssueCode}] = governed{refusedBy(known[i].refusal(r.Report)), known[i].RegistryRow, known[i].ResolutionRow}
	}
	return nil
}

// lookGoverning is what submitNew finds in the registry, whatever stands in the way.
const lookGoverning = known + `
	SELECT ` + whatIsKnown + `, false AS taken, false AS being_resolved, NULL::text AS existing,
	       coalesce(known.registry, '') AS registry_row, coalesce(resolution, '') AS resolution_row
	  FROM known
	 ORDER BY n`

func (h *history) facts(of []supposedStep, step func(i int) *schema.PastStep) error {
	if len(of) == 0 {
		return nil
	}
	var rows []supposedRow
	if err := h.supposed.SelectContext(h.ctx, &rows, append(supposedArgs(of...), h.trial.rows)...); err != nil {
		return err
	}
	for i, row := range rows {
		facts, err := row.facts()
		if err != nil {
			return err
		}
		step(i).Facts, step(i).Row = facts, row.governing()
	}
	return nil
}

func refusedBy(err error) *schema.Refused {
	refused, _ := errors.AsType[*schema.Refused](err)
	return refused
}
