package postgres

import (
	"context"

	"github.com/lib/pq"

	"proactive/schema"
)

// RegistryView is what a registry row would tell a person, in a language; "" is the default one. It names no person, no device and no
// state. schema.ErrNoRecord when there is no such row; a row without a resolution has none in the view either.
func (d *DB) RegistryView(ctx context.Context, provider, code, language string) (schema.View, error) {
	values, err := d.Properties(ctx)
	if err != nil {
		return schema.View{}, err
	}
	if language == "" {
		language = values.Text(schema.DefaultLanguage)
	}
	var row registryRow
	if err := d.get(ctx, &row, readRegistryRow, provider, code); err != nil {
		return schema.View{}, fault("read a registry row", err)
	}
	v := row.view(values)
	v.Language = language
	err = translate(&v, row.Translations, row.InstructionTranslations)
	return v, fault("read a translation", err)
}

const readRegistryRow = `
	SELECT coalesce(nullif(p.name, ''), p.provider_code) AS provider, r.issue_code, r.short_description, r.engagement, r.consent,
	       r.accept_seconds, r.consent_seconds, r.confirm_seconds,
	       coalesce(s.type, '') AS resolution_type, coalesce(s.instructions, '{}') AS instructions,
	       s.translations AS instruction_translations, coalesce(s.url, '') AS url,
	       coalesce(a.sensitive, false) AS sensitive,
	       coalesce(n.prompt, '') AS prompt, coalesce(n.consent_text, '') AS consent_text, n.translations
	  FROM sn_pren_issue_registry r
	  JOIN sn_pren_provider p                   ON p.sys_id = r.provider
	  LEFT JOIN sn_pren_resolution s            ON s.sys_id = r.resolution
	  LEFT JOIN sn_reacf_remedial_action a      ON a.sys_id = s.remedial_action AND s.type = 'remedial_action'
	  LEFT JOIN sn_pren_notification_content n  ON n.sys_id = r.notification_content
	 WHERE p.provider_code = $1 AND r.issue_code = $2`

type registryRow struct {
	Provider                string                `db:"provider"`
	IssueCode               string                `db:"issue_code"`
	Found                   string                `db:"short_description"`
	Engagement              schema.Engagement     `db:"engagement"`
	Consent                 bool                  `db:"consent"`
	Accept                  int64                 `db:"accept_seconds"`
	ConsentWithin           int64                 `db:"consent_seconds"`
	Confirm                 int64                 `db:"confirm_seconds"`
	ResolutionType          schema.ResolutionType `db:"resolution_type"`
	Instructions            pq.StringArray        `db:"instructions"`
	URL                     string                `db:"url"`
	Sensitive               bool                  `db:"sensitive"`
	Prompt                  string                `db:"prompt"`
	ConsentText             string                `db:"consent_text"`
	Translations            []byte                `db:"translations"`
	InstructionTranslations []byte                `db:"instruction_translations"`
}

func (r registryRow) view(values schema.Properties) schema.View {
	return schema.View{
		Organisation: values.Text(schema.OrganisationName), Contact: values.Text(schema.OrganisationContact),
		TimeZone: values.Text(schema.DefaultTimeZone),
		Provider: r.Provider, IssueCode: r.IssueCode, Found: r.Found,
		Prompt: r.Prompt, ConsentText: r.ConsentText, Instructions: r.Instructions, URL: r.URL,
		Conversation: schema.Conversation{
			Mode: r.Engagement, Resolution: r.ResolutionType, Consent: r.Consent, Sensitive: r.Consent && r.Sensitive,
			Times: conversationTimes(r.Accept, r.ConsentWithin, r.Confirm, values),
		},
	}
}
