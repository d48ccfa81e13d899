package postgres

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/lib/pq"

	"proactive/schema"
)

// reader is a database, or a transaction.
type reader interface {
	get(ctx context.Context, dest any, query string, args ...any) error
	selectAll(ctx context.Context, dest any, query string, args ...any) error
}

// issueView is a View with what is needed to act on it.
type issueView struct {
	schema.View
	issue string // sys_id
	now   time.Time
}

// viewRow is one row of a statement that begins with viewColumns.
type viewRow struct {
	conversationRecord
	Issue                   string           `db:"issue"`
	ExperienceID            string           `db:"experience_id"`
	Provider                string           `db:"provider"`
	IssueCode               string           `db:"issue_code"`
	Found                   string           `db:"short_description"`
	Prompt                  string           `db:"prompt"`
	ConsentText             string           `db:"consent_text"`
	Translations            []byte           `db:"translations"`
	Instructions            pq.StringArray   `db:"instructions"`
	InstructionTranslations []byte           `db:"instruction_translations"`
	URL                     string           `db:"url"`
	IssueState              schema.State     `db:"issue_state"`
	EndReason               schema.EndReason `db:"end_reason"`
	Step                    int              `db:"step"`
	Events                  int              `db:"events"`
	Incident                string           `db:"incident"`
	Interaction             string           `db:"interaction"`
	Language                string           `db:"preferred_language"`
	TimeZone                string           `db:"time_zone"`
	Person                  string           `db:"person"`
	UserName                string           `db:"user_name"`
	Device                  string           `db:"device"`
	Rating                  int              `db:"rating"`
	Properties              []byte           `db:"properties"`
}

const viewColumns = `
	SELECT i.sys_id AS issue, i.experience_id, coalesce(nullif(p.name, ''), p.provider_code) AS provider, r.issue_code,
	       coalesce(c.short_description, r.short_description) AS short_description,
	       coalesce(c.prompt, '') AS prompt, coalesce(c.consent_text, '') AS consent_text, c.translations, c.instructions,
	       c.instruction_translations, coalesce(c.url, '') AS url,
	       i.state AS issue_state, i.end_reason, i.step, i.events,
	       coalesce(incident.number, '') AS incident, coalesce(interaction.number, '') AS interaction,
	       u.preferred_language, u.time_zone, trim(concat(u.first_name, ' ', u.last_name)) AS person, u.user_name,
	       coalesce(device.name, '') AS device, coalesce(c.rating, 0) AS rating,
	       ` + propertiesInRow + `, ` + conversationColumns

// viewTables are an issue i at the step that it is at now.
const viewTables = `
	  JOIN sn_pren_experience_issue_step s         ON s.issue = i.sys_id AND s.step = i.step` + registryOfStep + `
	  JOIN sn_pren_provider p                      ON p.sys_id = i.provider
	  JOIN sys_user u                              ON u.sys_id = i."user"
	  LEFT JOIN sn_pren_conversation c             ON c.issue = i.sys_id AND c.step = i.step
	  LEFT JOIN cmdb_ci_computer device            ON device.sys_id = s.ci
	  LEFT JOIN incident                           ON incident.sys_id = i.incident
	  LEFT JOIN interaction                        ON interaction.sys_id = i.interaction`

const viewOfIssue = viewColumns + `
	  FROM sn_pren_experience_issue i` + viewTables + `
	 WHERE i.sys_id = $1`

// viewOfToken finds the issue that a link leads to, for as long as it can be read: $2 seconds after the end.
const viewOfToken = viewColumns + `
	  FROM sn_pren_notification n
	  JOIN sn_pren_experience_issue i              ON i.sys_id = n.issue` + viewTables + `
	 WHERE n.token_hash = $1 AND (i.closed_on IS NULL OR i.closed_on > now() - make_interval(secs => $2))`

// Conversation is what the person with a link is shown, with the progress of the step. schema.ErrNoRecord when no link has a token
// with this SHA-256, or none that can still be read.
func (d *DB) Conversation(ctx context.Context, tokenHash []byte) (schema.View, error) {
	v, err := d.linkedView(ctx, tokenHash)
	if err != nil {
		return schema.View{}, fault("read a conversation", err)
	}
	return d.shown(ctx, v)
}

func (d *DB) linkedView(ctx context.Context, tokenHash []byte) (issueView, error) {
	return readView(ctx, d, viewOfToken, tokenHash, schema.LinkReadable.Seconds())
}

// shown adds the progress, and takes out what is nobody's to see.
func (d *DB) shown(ctx context.Context, v issueView) (schema.View, error) {
	err := d.selectAll(ctx, &v.Progress, `
		SELECT number, step, event, detail, sys_created_on, sys_created_by
		  FROM sn_pren_experience_issue_event
		 WHERE issue = $1 AND step = $2
		 ORDER BY number`, v.issue, v.Step)
	v.Conversation.CodeHash = nil
	return v.View, fault("read the progress of a step", err)
}

func readView(ctx context.Context, from reader, statement string, args ...any) (issueView, error) {
	var row viewRow
	if err := from.get(ctx, &row, statement, args...); err != nil {
		return issueView{}, err
	}
	return row.view()
}

func (r viewRow) view() (issueView, error) {
	properties, err := readPropertiesInRow(r.Properties)
	if err != nil {
		return issueView{}, err
	}
	v := schema.View{
		Organisation: properties.Text(schema.OrganisationName), Contact: properties.Text(schema.OrganisationContact),
		Language: cmp.Or(r.Language, properties.Text(schema.DefaultLanguage)), TimeZone: cmp.Or(r.TimeZone, properties.Text(schema.DefaultTimeZone)),
		Person: r.Person, FullName: strings.TrimSpace(fmt.Sprintf("%s (%s)", r.Person, r.UserName)), Device: r.Device, ExperienceID: r.ExperienceID, Provider: r.Provider, IssueCode: r.IssueCode, Found: r.Found,
		Prompt: r.Prompt, ConsentText: r.ConsentText, Instructions: r.Instructions, URL: r.URL, State: r.IssueState, EndReason: r.EndReason,
		Step: r.Step, Events: r.Events, Incident: r.Incident, Interaction: r.Interaction, Conversation: r.conversation(), Rating: r.Rating,
	}
	err = translate(&v, r.Translations, r.InstructionTranslations)
	return issueView{View: v, issue: r.Issue, now: r.Now}, err
}

// translate puts the texts of the notification content and the steps of the resolution into the person's language, as far as there is one:
// text by text, and the steps together, what has no translation stays as the content or the resolution itself has it.
func translate(v *schema.View, words, steps []byte) error {
	err := eachTranslation(v.Language, words, func(t schema.Translation) {
		v.Prompt, v.ConsentText = cmp.Or(t.Prompt, v.Prompt), cmp.Or(t.ConsentText, v.ConsentText)
	})
	if err != nil {
		return err
	}
	return eachTranslation(v.Language, steps, func(t schema.ResolutionTranslation) {
		if len(t.Instructions) > 0 {
			v.Instructions = t.Instructions
		}
	})
}

// eachTranslation gives what is said for a language, the closest last: "de-AT" after "de".
func eachTranslation[T any](language string, translations []byte, use func(T)) error {
	if translations == nil {
		return nil
	}
	var all map[string]T
	if err := json.Unmarshal(translations, &all); err != nil {
		return err
	}
	general, _, _ := strings.Cut(language, "-")
	for _, wanted := range []string{general, language} {
		for tag, t := range all {
			if strings.EqualFold(tag, wanted) {
				use(t)
			}
		}
	}
	return nil
}
