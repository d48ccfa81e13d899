package postgres

import (
	"cmp"
	"context"
	"encoding/json"
	"strings"

	"github.com/lib/pq"

	"proactive/schema"
)

// supposedStep is a step that does not stand in the tables: one that a report would make, or one that is decided once more.
type supposedStep struct {
	ExperienceID      string
	Step              int
	User              string
	CI                string
	Registry          string
	Resolution        string
	InputParameters   json.RawMessage
	ParametersAreText bool
}

// supposed takes the place of the issue and of its step for factTables and the like. Each column of the steps is an array: $1
// experience_id, $2 step, $3 person, $4 CI, $5 registry row, $6 resolution, $7 input_parameters (empty: no document), $8 whether the
// parameters are text.
const supposed = `
	WITH supposed AS (
	  SELECT experience_id, step, "user", ci, registry, resolution, nullif(parameters, '')::json AS input_parameters, parameters_are_text, n
	    FROM unnest($1::text[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::boolean[])
	         WITH ORDINALITY AS step (experience_id, step, "user", ci, registry, resolution, parameters, parameters_are_text, n))`

// selectSupposed is selectFacts of such steps, with what else their rows say.
const selectSupposed = supposed + `
	SELECT ` + factColumns + `,
	       coalesce(nullif(p.name, ''), p.provider_code) AS provider, g.short_description, coalesce(words.name, '') AS notification_content,
	       g.fallback, g.assignment_group, g.impact, g.urgency, g.action_wait_seconds, g.next_codes,
	       EXISTS (SELECT FROM sn_pren_notification_channel WHERE active AND audience = 'desk') AS desk_hears,
	       r.sys_id AS resolution, r.name AS resolution_name, r.on_success, r.instructions,
	       r.translations AS instruction_translations, coalesce(r.url, '') AS url,
	       coalesce(words.prompt, '') AS prompt, coalesce(words.consent_text, '') AS consent_text, words.translations,
	       u.preferred_language, trim(concat(u.first_name, ' ', u.last_name)) AS person, coalesce(device.name, '') AS device
	  FROM supposed s
	  JOIN supposed i                              ON i.n = s.n` + factTables + `
	  JOIN sn_pren_provider p                      ON p.sys_id = g.provider
	  LEFT JOIN sn_pren_notification_content words ON words.sys_id = g.notification_content
	  LEFT JOIN cmdb_ci_computer device            ON device.sys_id = s.ci
	 ORDER BY s.n`

// supposedRow is a row of selectSupposed.
type supposedRow struct {
	factsRow
	schema.GoverningRow
	Provider                string         `db:"provider"`
	ActionWaitSeconds       int64          `db:"action_wait_seconds"`
	Next                    pq.StringArray `db:"next_codes"`
	Instructions            pq.StringArray `db:"instructions"`
	URL                     string         `db:"url"`
	Prompt                  string         `db:"prompt"`
	ConsentText             string         `db:"consent_text"`
	Translations            []byte         `db:"translations"`
	InstructionTranslations []byte         `db:"instruction_translations"`
	Language                string         `db:"preferred_language"`
	FullName                string         `db:"person"`
	Device                  string         `db:"device"`
}

func supposedFacts(ctx context.Context, r runner, step supposedStep) (row supposedRow, err error) {
	err = r.get(ctx, &row, selectSupposed, step.args()...)
	return row, err
}

func (r supposedRow) governing() schema.GoverningRow {
	g := r.GoverningRow
	g.ActionWait, g.NextCodes = inSeconds(r.ActionWaitSeconds), r.Next
	return g
}

// view is what the person would be shown first.
func (r supposedRow) view(s schema.Simulation) (schema.View, error) {
	values, err := readPropertiesInRow(r.Properties)
	if err != nil {
		return schema.View{}, err
	}
	v := schema.View{
		Organisation: values.Text(schema.OrganisationName), Contact: values.Text(schema.OrganisationContact),
		Language: cmp.Or(r.Language, values.Text(schema.DefaultLanguage)), TimeZone: s.Facts.TimeZone,
		Person: r.FullName, FullName: strings.TrimSpace(r.FullName + " (" + r.UserName + ")"), Device: r.Device,
		ExperienceID: s.Facts.ExperienceID, Provider: r.Provider, IssueCode: s.Facts.IssueCode, Found: r.ShortDescription,
		Prompt: r.Prompt, ConsentText: r.ConsentText, Instructions: r.Instructions, URL: r.URL, State: schema.InProgress, Step: s.Facts.Step,
	}
	if s.Decision.Conversation != nil {
		v.Conversation = *s.Decision.Conversation
	}
	err = translate(&v, r.Translations, r.InstructionTranslations)
	return v, err
}
