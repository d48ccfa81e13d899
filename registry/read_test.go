package registry

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"proactive/schema"
	"proactive/schema/demo"
)

func read(t *testing.T, text string) *Catalogue {
	t.Helper()
	c, _, err := Read(File{"c.yaml", []byte(text)})
	require.NoError(t, err)
	return c
}

func TestTheDemoIsRight(t *testing.T) {
	c, warnings, err := Read(File{"demo.yaml", demo.YAML})
	require.NoError(t, err)
	require.Empty(t, warnings)
	require.Empty(t, c.check(&schema.Catalogue{}).errors, "it refers to nothing outside of itself")
	require.Empty(t, c.check(&schema.Catalogue{}).warnings)
}

// testdata/format.yaml is the documented example.
func TestTheDocumentedExampleIsUnderstood(t *testing.T) {
	text, err := os.ReadFile("testdata/format.yaml")
	require.NoError(t, err)
	c, warnings, err := Read(File{"format.yaml", text})
	require.NoError(t, err)
	require.Empty(t, warnings)

	deployed := true
	want := schema.IssueTemplate{Provider: "sn", IssueCode: "100", ReferenceName: "high CPU usage", ShortDescription: "High CPU usage",
		Resolution: "end-runaway-process", NotificationContent: "cpu", Engagement: schema.Engage, Consent: true, Fallback: schema.FallbackIncident,
		ActionWait: 30 * time.Minute, NextCodes: []string{}, AssignmentGroup: "Service Desk", Impact: 3, Urgency: 3, Deployed: &deployed,
		Channels: []string{"mail", "desktop"}, Include: []string{"managers-in-london"}, Exclude: []string{"interns"}, Category: schema.DeviceIssue,
		UserLimit: 3, UserLimitWindow: 24 * time.Hour, AcceptWithin: 4 * time.Hour, ConsentWithin: time.Hour, ConfirmWithin: time.Hour}
	require.Empty(t, cmp.Diff([]schema.IssueTemplate{want}, c.Issues))
	require.Empty(t, cmp.Diff(schema.RemedialAction{Name: "end_process", Kind: schema.CIAction, Target: "end_process",
		InputSchema: []byte(`{"type":"object","required":["process_id"],"additionalProperties":false,` +
			`"properties":{"process_id":{"type":"string","pattern":"^[0-9]{1,10}$"}}}`),
		FromReport: []string{"process_id"}, Timeout: 5 * time.Minute, OfferFor: 8 * time.Hour, Attempts: 3, Idempotent: true, Sensitive: true,
		Active: true}, c.RemedialActions[0]))
	require.Equal(t, `{"method":"POST","url":"https://desk.example.com/hook","headers":{"Authorization":{"$secret":"DESK_TOKEN"}}}`, string(c.Resolutions[1].Parameters))
	require.Empty(t, cmp.Diff(schema.User{SysID: "62826bf03710200044e0bfc8bcbe5df1", UserName: "abel.tuter", FirstName: "Abel", LastName: "Tuter",
		Email: "abel.tuter@example.com", Active: true, Language: "en", TimeZone: "Europe/London", Department: "Sales", Location: "London",
		Roles: []string{"manager"}}, c.Users[0]))
	require.Empty(t, cmp.Diff(schema.UserCriteria{Name: "managers-in-london", Users: []string{"abel.tuter"}, Roles: []string{"manager"},
		Departments: []string{"Sales"}, Locations: []string{"London"}, MatchAll: true, Active: true}, c.UserCriteria[0]))
	require.Equal(t, `{"de":{"instructions":["Leeren Sie den Papierkorb.","..."]}}`, string(c.Resolutions[2].Translations))
	require.Equal(t, `{"de":{"prompt":"Dürfen wir helfen?","consent_text":"Wir würden dieses Programm beenden."}}`, string(c.NotificationContents[0].Translations))
	require.Equal(t, []schema.PropertyValue{{Name: schema.ResolutionFreezePeriod, Value: "0"}, {Name: schema.QuietHoursProperty, Value: "22:00-07:00"},
		{Name: schema.OrganisationName, Value: "Service Desk"}}, c.Properties)
	require.Empty(t, cmp.Diff([]schema.RateRule{
		{Name: "everybody", Type: schema.RateAllUsers, Limit: 100_000, Active: true},
		{Name: "reporters", Type: schema.RateUsersWithRole, Role: schema.RoleCreate, Limit: 50_000, Active: true},
		{Name: "one tool", Type: schema.RateUser, User: "username", Limit: 200_000, Active: true},
	}, c.RateRules))
	require.Equal(t, credentials{password: "password"}, c.credentials["username"])
}

// The configuration of a channel is what the deliverers read.
func TestTheDocumentedChannelsAreUnderstood(t *testing.T) {
	text, err := os.ReadFile("testdata/format.yaml")
	require.NoError(t, err)
	channels := read(t, string(text)).Channels
	var mail, desk schema.EmailConfig
	var chat schema.WebhookConfig
	var desktop schema.DesktopConfig
	for i, into := range []any{&mail, &desk, &chat, &desktop} {
		require.NoError(t, json.Unmarshal(channels[i].Config, into))
		require.True(t, channels[i].Active)
		require.Equal(t, 5, channels[i].Attempts)
		channels[i].Config = nil
	}
	require.Empty(t, cmp.Diff(schema.EmailConfig{Host: "smtp.example.com", Port: 587, TLS: schema.TLSStart, Username: "desk",
		Password: []byte(`{"$secret":"SMTP_PASSWORD"}`), From: "Service Desk <desk@example.com>", ReplyTo: "help@example.com"}, mail))
	require.Empty(t, cmp.Diff(schema.EmailConfig{Host: "smtp.example.com", Port: 587, TLS: schema.TLSStart, From: "desk@example.com",
		To: "live-agents@example.com"}, desk))
	require.Empty(t, cmp.Diff(schema.WebhookConfig{URL: []byte(`"https://chat.example.com/hook"`), Secret: []byte(`{"$secret":"CHAT_KEY"}`),
		Template: []byte(`{"text":{"$input":"title"},"blocks":[{"body":{"$input":"text"},"button":{"$input":"link"}}]}`)}, chat))
	require.Equal(t, schema.DesktopConfig{OfferFor: 15 * time.Minute}, desktop)
	require.Empty(t, cmp.Diff([]schema.Channel{
		{Name: "mail", Type: schema.ChannelEmail, Audience: schema.AudiencePerson, Attempts: 5, Active: true},
		{Name: "desk-mail", Type: schema.ChannelEmail, Audience: schema.AudienceDesk, Attempts: 5, Active: true},
		{Name: "chat", Type: schema.ChannelWebhook, Audience: schema.AudiencePerson, Attempts: 5, Active: true},
		{Name: "desktop", Type: schema.ChannelDesktop, Audience: schema.AudiencePerson, Attempts: 5, Active: true}}, channels))
}

func TestWhatIsLeftOutHasItsDefault(t *testing.T) {
	c := read(t, `{users: [{user_name: a}], issues: [{provider: p, issue_code: c}], remedial_actions: [{name: n, kind: subflow, target: t}],
	  resolutions: [{name: r, type: create_incident}]}`)
	require.Empty(t, cmp.Diff(schema.User{UserName: "a", Active: true}, c.Users[0]))
	require.Empty(t, cmp.Diff(schema.IssueTemplate{Provider: "p", IssueCode: "c", Engagement: schema.Silent, Fallback: schema.FallbackIncident,
		ActionWait: 30 * time.Minute, Impact: 3, Urgency: 3}, c.Issues[0]))
	require.Empty(t, cmp.Diff(schema.RemedialAction{Name: "n", Kind: schema.Subflow, Target: "t", Timeout: 5 * time.Minute, OfferFor: 8 * time.Hour,
		Attempts: 1, Active: true}, c.RemedialActions[0]))
	require.Empty(t, cmp.Diff(schema.Resolution{Name: "r", Type: schema.ResolveByIncident, Parameters: []byte(`{}`), OnSuccess: schema.OnSuccessClose,
		Active: true}, c.Resolutions[0]))
}

func TestANumberWhereTextIsMeantIsItsExactText(t *testing.T) {
	for _, text := range []string{"100", "0100", "0x1f", "1_000", "1e3", "1.50", "10644123456789012345678", "2026-11-23", ".inf"} {
		c := read(t, `issues: [{provider: p, issue_code: `+text+`, next_codes: [`+text+`]}]`)
		require.Equal(t, text, c.Issues[0].IssueCode)
		require.Equal(t, []string{text}, c.Issues[0].NextCodes)
	}
}

func TestParametersKeepOrderAndNumbers(t *testing.T) {
	c := read(t, `resolutions: [{name: r, type: remedial_action, parameters: {z: 1.50, a: [~, yes, True, 0x1F, 10644123456789012345678, 1e400],
	  100: {b: "1", <: 2026-11-23}, e: {}, l: []}}]`)
	require.Equal(t, `{"z":1.50,"a":[null,"yes",true,31,10644123456789012345678,1e400],"100":{"b":"1","<":"2026-11-23"},"e":{},"l":[]}`,
		string(c.Resolutions[0].Parameters))
}

func TestAnAliasStandsForAWholeValue(t *testing.T) {
	c := read(t, `
remedial_actions:
  - {name: a, kind: subflow, target: x, input_schema: &s {type: object}}
  - {name: b, kind: subflow, target: x, input_schema: *s}`)
	require.Equal(t, c.RemedialActions[0].InputSchema, c.RemedialActions[1].InputSchema)
}

func TestAnEmptyFileIsAnEmptyCatalogue(t *testing.T) {
	for _, text := range []string{"", "# nothing\n", "---\n", "{}", "users:\n", "null"} {
		require.Empty(t, read(t, text).Users, text)
	}
}

func TestCredentialsMayStandInTheEnvironment(t *testing.T) {
	t.Setenv("TOOL_PASSWORD", "hunter2")
	t.Setenv("TOOL_KEY", "0123456789abcdef0123456789abcdef")
	c := read(t, `service_accounts: [{user_name: a, password_env: TOOL_PASSWORD, api_key_env: TOOL_KEY}]`)
	require.Equal(t, credentials{password: "hunter2", apiKey: "0123456789abcdef0123456789abcdef"}, c.credentials["a"])
}

func TestDoubtsAreWarnings(t *testing.T) {
	action := func(schema, fromReport string) string {
		return "remedial_actions: [{name: act, kind: subflow, target: x, from_report: [" + fromReport + "], input_schema: " + schema + "}]\n"
	}
	for _, c := range []struct{ text, warning string }{
		{"resolutions: [{name: a, type: remedial_action}]", "c.yaml:1: resolutions[0].remedial_action: is missing: reports are refused"},
		{"user_criteria: [{name: a}]", "c.yaml:1: user_criteria[0].name: matches nobody: give it users, roles, departments or locations"},
		{withHook("template: {text: {$input: text}}"), "c.yaml:1: notification_channels[0].template: has no {$input: link}: whoever reads the message has no way to answer"},
		{"notification_contents: [{name: a, prompt: Hi, translations: {de: {}}}]", "c.yaml:1: notification_contents[0].translations.de.prompt: is missing: people of this language read it untranslated"},
		{"notification_contents: [{name: a, prompt: Hi, consent_text: We, translations: {de: {prompt: Hallo}}}]",
			"c.yaml:1: notification_contents[0].translations.de.consent_text: is missing: people of this language"},
		{"resolutions: [{name: a, type: self_help}]", "c.yaml:1: resolutions[0].instructions: are missing: reports are refused"},
		{"resolutions:\n- name: a\n  type: self_help\n  instructions: [x]\n  translations:\n    de: {}",
			"c.yaml:6: resolutions[0].translations.de.instructions: are missing: people of this language read them untranslated"},
		{"resolutions: [{name: a, type: self_help, instructions: [x, y], translations: {de: {instructions: [z]}}}]",
			"c.yaml:1: resolutions[0].translations.de.instructions: are 1, and those that they translate 2: whoever reads one language may miss a step"},
		{"resolutions: [{name: a, type: url}]", "c.yaml:1: resolutions[0].url: is missing: reports are refused"},
		{"remedial_actions: [{name: a, kind: subflow, target: x, active: false}]\nresolutions: [{name: a, type: remedial_action, remedial_action: a}]",
			"c.yaml:2: resolutions[0].remedial_action: a is not active: reports are refused"},
		{action("{type: object, additionalProperties: false}", "pid"), "c.yaml:1: remedial_actions[0].from_report: input_schema does not know pid"},
		{action("{type: object, properties: {n: {type: integer}}}", "") + "resolutions: [{name: a, type: remedial_action, remedial_action: act, parameters: {n: x}}]",
			"c.yaml:2: resolutions[0].parameters: n must be of type integer and is of type string, so act will never run"},
		{action("{type: object, required: [m, n]}", "m") + "resolutions: [{name: a, type: remedial_action, remedial_action: act}]",
			"c.yaml:2: resolutions[0].parameters: n is missing and no report may bring it, so act will never run"},
		{action("{type: object, additionalProperties: false}", "") + "resolutions: [{name: a, type: remedial_action, remedial_action: act, parameters: {n: 1}}]",
			"c.yaml:2: resolutions[0].parameters: n is not one that the action knows"},
		{"providers: [{provider_code: p}]\nissues: [{provider: p, issue_code: 1, next_codes: [1, 2]}]", `c.yaml:2: issues[0].next_codes: provider p has no issue "2"`},
		{"providers: [{provider_code: p}]\nissues: [{provider: p, issue_code: 1, deployed: true}]", "c.yaml:2: issues[0].resolution: is missing: reports are refused"},
	} {
		t.Run(c.warning, func(t *testing.T) {
			catalogue, warnings, err := Read(File{"c.yaml", []byte(c.text)})
			require.NoError(t, err)
			all := append(Problems(warnings), catalogue.check(&schema.Catalogue{}).warnings...)
			require.Len(t, all, 1, all.Error())
			require.Contains(t, all[0].String(), c.warning)
		})
	}
}

func TestWhatAReportMayBringIsNoDoubt(t *testing.T) {
	c := read(t, `remedial_actions: [{name: act, kind: subflow, target: x, from_report: [n], input_schema: {type: object, required: [n], minProperties: 1}}]
resolutions: [{name: a, type: remedial_action, remedial_action: act}]`)
	require.Empty(t, c.check(&schema.Catalogue{}).warnings)
}

func TestWhatAChannelLeavesOutHasItsDefault(t *testing.T) {
	c := read(t, `notification_channels: [{name: m, type: email, host: "::1", tls: none, from: a@b.c}, {name: i, type: email, host: a, tls: implicit, from: a@b.c},
	  {name: w, type: webhook, url: "http://127.0.0.1:9", secret: {$secret: A}}, {name: d, type: desktop}]`)
	for i, config := range []string{`{"host":"::1","port":587,"tls":"none","from":"a@b.c"}`, `{"host":"a","port":465,"tls":"implicit","from":"a@b.c"}`,
		`{"url":"http://127.0.0.1:9","secret":{"$secret":"A"}}`, `{"offer_for":900000000000}`} {
		require.Equal(t, config, string(c.Channels[i].Config))
	}
}

func TestOrdinaryNamesAreNoSecrets(t *testing.T) {
	for _, name := range []string{"token_count", "password_policy", "secretary", "monkey", "key", "process_id", "tokens_used"} {
		require.False(t, looksSecret(name, "x"), name)
	}
	for _, name := range []string{"password", "deskToken", "desk-token", "API_KEY", "x-api-key", "apiKey", "Authorization", "client_secret", "DESK_TOKEN"} {
		require.True(t, looksSecret(name, "x"), name)
	}
}
