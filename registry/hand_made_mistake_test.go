package registry

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

// In a whole catalogue one thing is wrong, as somebody's hand would do it: two or more in each section.
var handMade = []struct {
	section     schema.Section
	right       string // stands once in the documented example
	wrong       string
	field, said string
}{
	{schema.SectionProviders, "{provider_code: sn, name: ServiceNow}", "{code: sn, name: ServiceNow}", "providers[0].code", "there is no such field: use one of active, name, provider_code"},
	{schema.SectionProviders, "{provider_code: sn, name: ServiceNow}", "{provider_code: sn}, {provider_code: sn}", "providers[1].provider_code", "this provider stands in c.yaml:2 already"},
	{schema.SectionUsers, "email: abel.tuter@example.com, active: true", "email: abel.tuter@example.com, active: yes", "users[0].active", "must be true or false, and is text"},
	{schema.SectionUsers, "time_zone: Europe/London", "time_zone: London", "users[0].time_zone", "must be the name of a time zone"},
	{schema.SectionUserCriteria, "{name: interns, roles: [intern]}", "{name: interns, roles: intern}", "user_criteria[1].roles", "must be a list [a, b], and is text"},
	{schema.SectionUserCriteria, "users: [abel.tuter], roles", "users: [abel.tutor], roles", "user_criteria[0].users", `there is no user "abel.tutor", here or in the database`},
	{schema.SectionChannels, "password: {$secret: SMTP_PASSWORD}", "password: letmein", "notification_channels[0].password", "must be {$secret: NAME}, as the catalogue is no place for a secret"},
	{schema.SectionChannels, `"https://chat.example.com/hook"`, `"http://chat.example.com/hook"`, "notification_channels[2].url", "must begin with https://"},
	{schema.SectionChannels, "offer_for: 15m", "offer_for: 15", "notification_channels[3].offer_for", "must be a duration with its unit, such as 30s, 5m or 8h"},
	{schema.SectionServiceAccounts, "roles: [sn_pren.experience_issue_create], providers", "roles: [experience_issue_create], providers", "service_accounts[0].roles", `there is no role "experience_issue_create": use `},
	{schema.SectionServiceAccounts, "providers: [sn]}", "providers: [ns]}", "service_accounts[0].providers", `there is no "ns" in providers, here or in the database`},
	{schema.SectionServiceAccounts, "password: password", "password_env: PROACTIVE_NOT_SET", "service_accounts[0].password_env", "the environment variable PROACTIVE_NOT_SET is not set, and nothing is stored"},
	{schema.SectionRateRules, "type: all_users, rate_limit: 100000", "type: all_users, rate_limit: 100k", "rate_limit_rules[0].rate_limit", "must be a whole number from 1 to 1000000000"},
	{schema.SectionRateRules, "type: user, user: username", "type: user, user: abel.tuter", "rate_limit_rules[2].user", `"abel.tuter" is a person: only service accounts call the API`},
	{schema.SectionOutcomes, "secret: {$secret: TOOL_KEY}", "secret: whsec_abc", "outcomes[0].secret", "must be {$secret: NAME}, as the catalogue is no place for a secret"},
	{schema.SectionOutcomes, "states: [in_progress, action_wait,", "states: [in_progress, waiting,", "outcomes[0].states", `nobody hears of a state "waiting": use in_progress, `},
	{schema.SectionOutcomes, `{provider: sn, url: "https://tool`, `{provider: ns, url: "https://tool`, "outcomes[0].provider", `there is no "ns" in providers, here or in the database`},
	{schema.SectionServiceDesks, "type: servicenow, instance", "type: service-now, instance", "service_desks[0].type", "must be one of servicenow, webhook"},
	{schema.SectionServiceDesks, "fields: {category: software", "fields: {correlation_id: software", "service_desks[0].fields", "correlation_id is how an incident is found again: remove it"},
	{schema.SectionServiceDesks, "secret: {$secret: DESK_KEY}, active: false", "secret: {$secret: DESK_KEY}, active: true", "service_desks[1].active", "desk is active already, and incidents go to one service desk"},
	{schema.SectionComputers, "sys_id: d049b28e936aa1106f98f6db5cba10d5", "sys_id: abel-laptop", "computers[0].sys_id", "must be 32 "},
	{schema.SectionComputers, "assigned_to: abel.tuter", "assigned_to: abel", "computers[0].assigned_to", `there is no user "abel", here or in the database`},
	{schema.SectionRemedialActions, "idempotent: true\n    sensitive", "idempotent: false\n    sensitive", "remedial_actions[0].attempts", "an action that is not idempotent gets one attempt"},
	{schema.SectionRemedialActions, "{type: object, required: [process_id]", "{type: obejct, required: [process_id]", "remedial_actions[0].input_schema", "this is no valid JSON Schema"},
	{schema.SectionResolutions, "remedial_action: end_process", "remedial_action: end-process", "resolutions[0].remedial_action", `there is no "end-process" in remedial_actions, here or in the database`},
	{schema.SectionResolutions, "Authorization: {$secret: DESK_TOKEN}", "Authorization: Bearer abc", "resolutions[1].parameters", "headers.Authorization looks like a secret"},
	{schema.SectionResolutions, `{instructions: ["Leeren Sie`, `{steps: ["Leeren Sie`, "resolutions[2].translations.de.steps", "there is no such field: use one of instructions"},
	{schema.SectionNotificationContents, "translations: {de: {prompt", "translations: {german: {prompt", "notification_contents[0].translations.german", "the name of a translation must be the tag of a language"},
	{schema.SectionNotificationContents, "{name: cpu, prompt:", "{name: cpu, title:", "notification_contents[0].title", "there is no such field: use one of "},
	{schema.SectionIssues, "engagement: engage, consent: true", "engagement: silent, consent: true", "issues[0].consent", "nothing that needs consent runs without asking"},
	{schema.SectionIssues, "resolution: end-runaway-process,\n", "resolution: end-process,\n", "issues[0].resolution", `there is no "end-process" in resolutions, here or in the database`},
	{schema.SectionIssues, "user_limit: {count: 3, window: 24h}", "user_limit: 3", "issues[0].user_limit", "must be fields with values (name: value), and is a number"},
	{schema.SectionProperties, `sn_pren.quiet_hours: "22:00-07:00"`, "sn_pren.quiet_hours: at night", "properties.sn_pren.quiet_hours", "sn_pren.quiet_hours must be"},
	{schema.SectionProperties, "sn_pren.resolution_freeze_period: 0", "sn_pren.resolution_freeze_period: none", "properties.sn_pren.resolution_freeze_period", "sn_pren.resolution_freeze_period must be a whole number"},
}

func TestAHandMadeMistakeInEachSectionIsSaidWithItsPlace(t *testing.T) {
	text, err := os.ReadFile("testdata/format.yaml")
	require.NoError(t, err)
	of := map[schema.Section]int{}
	for _, m := range handMade {
		of[m.section]++
		t.Run(m.field, func(t *testing.T) {
			before, after, stands := strings.Cut(string(text), m.right)
			require.True(t, stands, m.right)
			require.NotContains(t, after, m.right)
			err := mistakesOf(before + m.wrong + after)
			require.Error(t, err)
			require.Contains(t, "\n"+err.Error(), fmt.Sprintf("\nc.yaml:%d: %s: %s", lineOf(before+m.wrong, m.field), m.field, m.said))
		})
	}
	for _, section := range Sections() {
		require.GreaterOrEqual(t, of[section], 2, section)
	}
}

// lineOf is the number of the last line on which a field's own name stands in a text.
func lineOf(text, path string) int {
	name := path[strings.LastIndex(path, ".")+1:]
	return strings.Count(text[:strings.LastIndex(text, name+":")], "\n") + 1
}

// mistakesOf are those of a file that is applied to an empty database.
func mistakesOf(text string) error {
	c, _, err := Read(File{"c.yaml", []byte(text)})
	if err != nil {
		return err
	}
	_, _, err = c.decide(schema.Catalogue{}, Options{})
	return err
}
