package postgres

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/devstack/stacktest"
	"proactive/registry"
	"proactive/schema"
	"proactive/schema/demo"
)

// catalogueWorld is a database without any rows, and a catalogue to apply to it.
type catalogueWorld struct {
	t  *testing.T
	db *DB
}

func newCatalogueWorld(t *testing.T) *catalogueWorld {
	t.Helper()
	db, err := openForTest(stacktest.Database(t, "catalogue", migrated))
	require.NoError(t, err)
	t.Cleanup(func() { db.Close() })
	return &catalogueWorld{t: t, db: db}
}

func (w *catalogueWorld) apply(text string) ([]schema.Change, error) {
	w.t.Helper()
	c, _, err := registry.Read(registry.File{Name: "c.yaml", Data: []byte(text)})
	require.NoError(w.t, err)
	changes, err := registry.Apply(w.t.Context(), w.db, c, "tester")
	return changes.Rows, err
}

// applied applies and gives the changes as section key what.
func (w *catalogueWorld) applied(text string) []string {
	w.t.Helper()
	rows, err := w.apply(text)
	require.NoError(w.t, err)
	said := []string{}
	for _, row := range rows {
		said = append(said, strings.Join([]string{string(row.Section), row.Key, string(row.What)}, " "))
	}
	return said
}

func (w *catalogueWorld) refused(text, sentence string) {
	w.t.Helper()
	_, err := w.apply(text)
	var problems registry.Problems
	require.ErrorAs(w.t, err, &problems)
	require.Contains(w.t, err.Error(), sentence)
}

func (w *catalogueWorld) value(query string, args ...any) string {
	w.t.Helper()
	var value string
	require.NoError(w.t, w.db.db.Get(&value, query, args...))
	return value
}

// everyRow is each row of the catalogue's tables as text, with who changed it when.
const everyRow = `
	SELECT COALESCE(string_agg(row, E'\n' ORDER BY row), '') FROM (
	  SELECT t::text AS row FROM sys_user t UNION ALL SELECT t::text FROM sys_user_has_role t
	  UNION ALL SELECT t::text FROM sn_pren_account_provider t UNION ALL SELECT t::text FROM cmdb_ci_computer t
	  UNION ALL SELECT t::text FROM sn_pren_provider t UNION ALL SELECT t::text FROM sn_reacf_remedial_action t
	  UNION ALL SELECT t::text FROM sn_pren_resolution t UNION ALL SELECT t::text FROM sn_pren_notification_content t
	  UNION ALL SELECT t::text FROM sn_pren_issue_registry_template t UNION ALL SELECT t::text FROM sn_pren_issue_registry t
	  UNION ALL SELECT t::text FROM user_criteria t UNION ALL SELECT t::text FROM sn_pren_notification_channel t
	  UNION ALL SELECT t::text FROM sn_pren_outcome_receiver t UNION ALL SELECT t::text FROM sn_pren_service_desk t
	  UNION ALL SELECT t::text FROM sys_rate_limit_rules t UNION ALL SELECT t::text FROM sys_properties t) AS all_rows`

const small = `
providers: [{provider_code: sn, name: ServiceNow}]
users: [{user_name: abel.tuter, email: a@example.com, preferred_language: en, time_zone: UTC, department: Sales, location: London, roles: [manager]}]
user_criteria: [{name: sales, users: [Abel.Tuter], roles: [r], departments: [Sales], locations: [l], match_all: true}]
notification_channels: [{name: mail, type: email, host: localhost, port: 25, from: a@example.com}, {name: screen, type: desktop}]
service_accounts: [{user_name: tool, password: secret, roles: [sn_pren.experience_issue_create], providers: [sn]}]
rate_limit_rules: [{name: of tool, type: user, user: Tool, rate_limit: 10}]
computers: [{sys_id: d049b28e936aa1106f98f6db5cba10d5, name: abel-laptop, assigned_to: Abel.Tuter}]
remedial_actions: [{name: act, kind: ci_action, target: end_process, from_report: [b, a], input_schema: {type: object, title: z, description: a}}]
resolutions: [{name: help, type: remedial_action, remedial_action: act, parameters: {z: 1.50, a: 10644123456789012345678}}]
notification_contents: [{name: note, prompt: Hello, consent_text: Really, translations: {de: {prompt: Hallo, consent_text: Wirklich}}}]
issues: [{provider: sn, issue_code: 100, short_description: CPU, resolution: help, notification_content: note, deployed: true, next_codes: [100],
  engagement: engage, consent: true, channels: [mail], include: [sales], exclude: [], category: device, user_limit: {count: 3, window: 24h},
  accept_within: 4h, consent_within: 1h, confirm_within: 2h}]
properties: {sn_pren.janitor_interval_seconds: 10}
`

func TestApplyingTwiceChangesNothing(t *testing.T) {
	for name, text := range map[string]string{"small": small, "demo": string(demo.YAML)} {
		t.Run(name, func(t *testing.T) {
			w := newCatalogueWorld(t)
			require.NotEmpty(t, w.applied(text))
			before := w.value(everyRow)
			require.Empty(t, w.applied(text))
			require.Equal(t, before, w.value(everyRow))
		})
	}
}

func TestAnEmptyDatabaseGetsEveryRow(t *testing.T) {
	w := newCatalogueWorld(t)
	require.Equal(t, []string{"providers sn created", "users abel.tuter created", "user_criteria sales created",
		"notification_channels mail created", "notification_channels screen created", "service_accounts tool created", "rate_limit_rules of tool created", "computers abel-laptop created",
		"remedial_actions act created", "resolutions help created", "notification_contents note created", "issues sn/100 created",
		"issues sn/100 deployed", "properties sn_pren.janitor_interval_seconds created"}, w.applied(small))

	require.Equal(t, "abel.tuter", w.value(`SELECT u.user_name FROM cmdb_ci_computer c JOIN sys_user u ON u.sys_id = c.assigned_to`))
	require.Equal(t, `{"z":1.50,"a":10644123456789012345678}`, w.value(`SELECT parameters::text FROM sn_pren_resolution`))
	require.Equal(t, `{"type":"object","title":"z","description":"a"}`, w.value(`SELECT input_schema::text FROM sn_reacf_remedial_action`))
	require.Equal(t, "true tester", w.value(`SELECT web_service_access_only || ' ' || sys_created_by FROM sys_user WHERE user_name = 'tool'`))
	require.Regexp(t, `^\$argon2id\$v=19\$m=19456,t=2,p=1\$`, w.value(`SELECT password_hash FROM sys_user WHERE user_name = 'tool'`))
	require.Equal(t, "100 true CPU {100}", w.value(`SELECT issue_code || ' ' || active || ' ' || short_description || ' ' || next_codes::text
	  FROM sn_pren_issue_registry`))
	require.Equal(t, "1", w.value(`SELECT count(*) FROM sn_pren_proper_resolution`))
}

// What a conversation is made of arrives in the registry row as the file says, and not in the template alone.
func TestHowAPersonIsEngagedIsKept(t *testing.T) {
	w := newCatalogueWorld(t)
	w.applied(small)
	require.Equal(t, "en UTC Sales London manager", w.value(`SELECT concat_ws(' ', preferred_language, time_zone, department, location, role)
	  FROM sys_user u JOIN sys_user_has_role r ON r."user" = u.sys_id WHERE NOT web_service_access_only`))
	require.Equal(t, "sales {Abel.Tuter} {r} {Sales} {l} t t", w.value(`SELECT concat_ws(' ', name, users, roles, departments, locations, match_all, active)
	  FROM user_criteria`))
	require.Equal(t, `email person 5 t {"host":"localhost","port":25,"tls":"starttls","from":"a@example.com"}`,
		w.value(`SELECT concat_ws(' ', type, audience, attempts, active, config) FROM sn_pren_notification_channel WHERE name = 'mail'`))
	require.Equal(t, `{"de":{"prompt":"Hallo","consent_text":"Wirklich"}}`, w.value(`SELECT translations::text FROM sn_pren_notification_content`))
	for _, table := range []string{"sn_pren_issue_registry_template", "sn_pren_issue_registry"} {
		require.Equal(t, "engage t {mail} {sales} {} device 3 86400 14400 3600 7200", w.value(`SELECT concat_ws(' ', engagement, consent, channels,
		  include, exclude, category, user_limit, user_limit_window_seconds, accept_seconds, consent_seconds, confirm_seconds) FROM `+table))
	}
}

// Each change is one word of the small catalogue; nothing else may be touched.
func TestOnlyWhatDiffersIsRaised(t *testing.T) {
	w := newCatalogueWorld(t)
	for _, c := range []struct{ old, new, changes string }{
		{"name: ServiceNow", "name: Now", "providers sn updated"},
		{"a@example.com", "b@example.com", "users abel.tuter updated"},
		{"language: en", "language: de", "users abel.tuter updated"},
		{"time_zone: UTC", "time_zone: Europe/Berlin", "users abel.tuter updated"},
		{"department: Sales", "department: Finance", "users abel.tuter updated"},
		{"location: London", "location: Berlin", "users abel.tuter updated"},
		{"roles: [manager]", "roles: [manager, vip]", "users abel.tuter updated"},
		{", roles: [manager]", "", "users abel.tuter updated"},
		{"users: [Abel.Tuter]", "users: [abel.tuter]", "user_criteria sales updated"},
		{"roles: [r]", "roles: [r, s]", "user_criteria sales updated"},
		{"departments: [Sales]", "departments: [sales]", "user_criteria sales updated"},
		{"locations: [l], ", "", "user_criteria sales updated"},
		{"match_all: true", "match_all: false", "user_criteria sales updated"},
		{"match_all: true", "active: false, match_all: true", "user_criteria sales updated"},
		{"type: email, host: localhost, port: 25, from: a@example.com", "type: webhook, url: 'https://a', secret: {$secret: A}", "notification_channels mail updated"},
		{"name: screen, type: desktop", "name: screen, type: email, audience: desk, host: a, from: a@b.c, to: d@e.f", "notification_channels screen updated"},
		{"type: desktop", "type: desktop, offer_for: 1m", "notification_channels screen updated"},
		{"port: 25", "port: 25, attempts: 6", "notification_channels mail updated"},
		{"port: 25", "port: 26", "notification_channels mail updated"},
		{"port: 25", "port: 25, active: false", "notification_channels mail updated"},
		{"password: secret", "password: other", "service_accounts tool updated"},
		{"issue_create]", "issue_create, sn_pren.experience_issue_read]", "service_accounts tool updated"},
		{"[sn_pren.experience_issue_create]", "[]", "service_accounts tool updated"},
		{", providers: [sn]}", "}", "service_accounts tool updated"},
		{"rate_limit: 10", "rate_limit: 11", "rate_limit_rules of tool updated"},
		{"rate_limit: 10", "rate_limit: 10, active: false", "rate_limit_rules of tool updated"},
		{"type: user, user: Tool", "type: all_users", "rate_limit_rules of tool updated"},
		{"type: user, user: Tool", "type: users_with_role, role: admin", "rate_limit_rules of tool updated"},
		{"name: abel-laptop", "name: abels-laptop", "computers abels-laptop updated"},
		{", assigned_to: Abel.Tuter", "", "computers abel-laptop updated"},
		{"from_report: [b, a]", "from_report: [a]", "remedial_actions act updated"},
		{"title: z", "title: y", "remedial_actions act updated"},
		{"target: end_process", "target: end_process, sensitive: true", "remedial_actions act updated"},
		{", input_schema: {type: object, title: z, description: a}", "", "remedial_actions act updated"},
		{"z: 1.50", "z: 1.5", "resolutions help updated"},
		{"prompt: Hello", "prompt: Hi", "notification_contents note updated"},
		{"prompt: Hallo", "prompt: Na", "notification_contents note updated"},
		{", translations: {de: {prompt: Hallo, consent_text: Wirklich}}", "", "notification_contents note updated"},
		{"channels: [mail]", "channels: [mail, screen]", "issues sn/100 updated, issues sn/100 deployed"},
		{"include: [sales]", "include: []", "issues sn/100 updated, issues sn/100 deployed"},
		{"include: [sales], exclude: []", "include: [], exclude: [sales]", "issues sn/100 updated, issues sn/100 deployed"},
		{"category: device", "category: application", "issues sn/100 updated, issues sn/100 deployed"},
		{"count: 3", "count: 4", "issues sn/100 updated, issues sn/100 deployed"},
		{"window: 24h", "window: 25h", "issues sn/100 updated, issues sn/100 deployed"},
		{", user_limit: {count: 3, window: 24h}", "", "issues sn/100 updated, issues sn/100 deployed"},
		{"accept_within: 4h", "accept_within: 5h", "issues sn/100 updated, issues sn/100 deployed"},
		{"consent_within: 1h", "consent_within: 2h", "issues sn/100 updated, issues sn/100 deployed"},
		{", confirm_within: 2h", "", "issues sn/100 updated, issues sn/100 deployed"},
		{"consent: true, ", "consent: true, fallback: none, ", "issues sn/100 updated, issues sn/100 deployed"},
		{"short_description: CPU", "short_description: Disk", "issues sn/100 updated, issues sn/100 deployed"},
		{"deployed: true", "deployed: false", "issues sn/100 withdrawn"},
		{"interval_seconds: 10", "interval_seconds: 11", "properties sn_pren.janitor_interval_seconds updated"},
	} {
		t.Run(c.new, func(t *testing.T) {
			w := &catalogueWorld{t, w.db}
			w.applied(small)
			w.lowered()
			changed := strings.Replace(small, c.old, c.new, 1)
			require.NotEqual(t, small, changed)
			require.Equal(t, c.changes, strings.Join(w.applied(changed), ", "))
			raised := w.value(`SELECT sum(n) FROM (
			  SELECT sum(sys_mod_count) AS n FROM sys_user UNION ALL SELECT sum(sys_mod_count) FROM user_criteria
			  UNION ALL SELECT sum(sys_mod_count) FROM sn_pren_notification_channel UNION ALL SELECT sum(sys_mod_count) FROM cmdb_ci_computer
			  UNION ALL SELECT sum(sys_mod_count) FROM sn_pren_provider UNION ALL SELECT sum(sys_mod_count) FROM sn_reacf_remedial_action
			  UNION ALL SELECT sum(sys_mod_count) FROM sn_pren_resolution UNION ALL SELECT sum(sys_mod_count) FROM sn_pren_notification_content
			  UNION ALL SELECT sum(sys_mod_count) FROM sys_rate_limit_rules
			  UNION ALL SELECT sum(sys_mod_count) FROM sn_pren_issue_registry_template UNION ALL SELECT sum(sys_mod_count) FROM sn_pren_issue_registry) AS counts`)
			want := map[bool]string{true: "0", false: "1"}[strings.HasPrefix(c.changes, "properties")]
			if strings.Contains(c.changes, ",") {
				want = "2"
			}
			require.Equal(t, want, raised)
			require.Empty(t, w.applied(changed))
		})
	}
}

// lowered makes every row look as if nobody had changed it.
func (w *catalogueWorld) lowered() {
	w.t.Helper()
	for _, table := range []string{"sys_user", "cmdb_ci_computer", "sn_pren_provider", "sn_reacf_remedial_action", "sn_pren_resolution",
		"sn_pren_notification_content", "sn_pren_issue_registry_template", "sn_pren_issue_registry", "user_criteria", "sn_pren_notification_channel", "sys_rate_limit_rules"} {
		_, err := w.db.db.Exec(`UPDATE ` + table + ` SET sys_mod_count = 0`)
		require.NoError(w.t, err)
	}
}

func TestStepsInOtherLanguagesAreKept(t *testing.T) {
	w := newCatalogueWorld(t)
	steps := `resolutions: [{name: read, type: self_help, instructions: [Look.], translations: {de: {instructions: [Sehen Sie nach.]}, pt-BR: {}}}]`
	stored := `SELECT coalesce(translations::text, '') FROM sn_pren_resolution`
	require.Equal(t, []string{"resolutions read created"}, w.applied(steps))
	require.Equal(t, `{"de":{"instructions":["Sehen Sie nach."]},"pt-BR":{}}`, w.value(stored))

	spaced := `{"de": {"instructions": ["Sehen Sie nach."]},  "pt-BR": {}}`
	_, err := w.db.db.Exec(`UPDATE sn_pren_resolution SET translations = $1, parameters = '{ }'`, spaced)
	require.NoError(t, err)
	require.Empty(t, w.applied(steps), "spaces say nothing")
	require.Equal(t, spaced, w.value(stored))

	require.Equal(t, []string{"resolutions read updated"}, w.applied(strings.Replace(steps, "nach", "hin", 1)))
	require.Equal(t, "Sehen Sie hin.", w.value(`SELECT payload -> 'translations' -> 'de' -> 'instructions' ->> 0 FROM sn_pren_version
	  WHERE "table" = 'sn_pren_resolution' AND state = 'current'`))
	require.Equal(t, spaced, w.value(`SELECT oldvalue FROM sys_audit WHERE tablename = 'sn_pren_resolution' AND fieldname = 'translations' AND newvalue LIKE '%hin.%'`))
	require.Equal(t, []string{"resolutions read updated"}, w.applied(`resolutions: [{name: read, type: self_help, instructions: [Look.]}]`))
	require.Empty(t, w.value(stored))
}

func TestAWithdrawnIssueKeepsItsRowAndComesBack(t *testing.T) {
	w := newCatalogueWorld(t)
	w.applied(small)
	row := w.value(`SELECT sys_id FROM sn_pren_issue_registry`)
	w.applied(strings.Replace(small, "deployed: true", "deployed: false", 1))
	require.Equal(t, "false", w.value(`SELECT active::text FROM sn_pren_issue_registry`))
	require.Equal(t, []string{"issues sn/100 deployed"}, w.applied(small))
	require.Equal(t, row, w.value(`SELECT sys_id FROM sn_pren_issue_registry WHERE active`))
}

func TestWithoutDeployedTheRegistryRowStaysAsItIs(t *testing.T) {
	w := newCatalogueWorld(t)
	w.applied(small)
	require.Equal(t, []string{"issues sn/100 updated"}, w.applied(strings.NewReplacer("deployed: true, ", "", "CPU", "Disk").Replace(small)))
	require.Equal(t, "CPU true", w.value(`SELECT short_description || ' ' || active FROM sn_pren_issue_registry`))
}

func TestACredentialThatIsNotGivenStays(t *testing.T) {
	w := newCatalogueWorld(t)
	w.applied(`service_accounts: [{user_name: tool, password: secret, api_key: 0123456789abcdef0123456789abcdef}]`)
	before := w.value(`SELECT password_hash || api_key_hash::text FROM sys_user`)
	require.Empty(t, w.applied(`service_accounts: [{user_name: tool}]`))
	require.Equal(t, before, w.value(`SELECT password_hash || api_key_hash::text FROM sys_user`))
	require.Equal(t, []string{"service_accounts tool updated"}, w.applied(`service_accounts: [{user_name: tool, locked_out: true}]`))
	require.Equal(t, before, w.value(`SELECT password_hash || api_key_hash::text FROM sys_user`))
	require.Equal(t, "true", w.value(`SELECT (api_key_hash = sha256('0123456789abcdef0123456789abcdef'))::text FROM sys_user`))
}

func TestReferencesMayBeToTheDatabase(t *testing.T) {
	w := newCatalogueWorld(t)
	w.applied(small)
	require.Equal(t, []string{"issues sn/200 created", "issues sn/200 deployed"},
		w.applied(`issues: [{provider: sn, issue_code: 200, resolution: help, engagement: engage, notification_content: note,
		  channels: [mail], include: [sales], deployed: true}]`))
	require.Equal(t, []string{"user_criteria abel created"}, w.applied(`user_criteria: [{name: abel, users: [ABEL.tuter]}]`))
	require.Equal(t, []string{"computers second created"}, w.applied(`computers: [{name: second, assigned_to: abel.tuter}]`))
	require.Equal(t, []string{"resolutions again created"}, w.applied(`resolutions: [{name: again, type: remedial_action, remedial_action: act}]`))
	require.Equal(t, []string{"service_accounts other created"}, w.applied(`service_accounts: [{user_name: other, providers: [sn]}]`))
}

func TestAnUnknownReferenceIsRefusedWithItsPlace(t *testing.T) {
	w := newCatalogueWorld(t)
	for text, sentence := range map[string]string{
		"issues:\n  - {provider: nobody, issue_code: 1}":                                               `c.yaml:2: issues[0].provider: there is no "nobody" in providers, here or in the database`,
		"computers:\n  - name: x\n    assigned_to: nobody":                                             `c.yaml:3: computers[0].assigned_to: there is no user "nobody"`,
		"resolutions: [{name: x, type: remedial_action, remedial_action: nothing}]":                    `c.yaml:1: resolutions[0].remedial_action: there is no "nothing" in remedial_actions`,
		"service_accounts: [{user_name: x, providers: [nobody]}]":                                      `c.yaml:1: service_accounts[0].providers: there is no "nobody" in providers`,
		"rate_limit_rules: [{name: a, type: user, rate_limit: 1, user: nobody}]":                       `c.yaml:1: rate_limit_rules[0].user: there is no account "nobody"`,
		"user_criteria: [{name: x, users: [nobody]}]":                                                  `c.yaml:1: user_criteria[0].users: there is no user "nobody"`,
		"providers: [{provider_code: p}]\nissues: [{provider: p, issue_code: 1, include: [nobody]}]":   `c.yaml:2: issues[0].include: there is no "nobody" in user_criteria`,
		"providers: [{provider_code: p}]\nissues: [{provider: p, issue_code: 1, resolution: nothing}]": `c.yaml:2: issues[0].resolution: there is no "nothing" in resolutions`,
	} {
		w.refused(text, sentence)
	}
	require.Empty(t, w.value(everyRow), "nothing was written")
}

func TestASysIDThatContradictsTheDatabaseIsRefused(t *testing.T) {
	w := newCatalogueWorld(t)
	id, other := strings.Repeat("a", 32), strings.Repeat("b", 32)
	w.applied(`{users: [{user_name: abel, sys_id: ` + id + `}], computers: [{name: laptop, sys_id: ` + id + `}], service_accounts: [{user_name: tool}]}`)
	w.refused(`users: [{user_name: Abel, sys_id: `+other+`}]`, "users[0].sys_id: user Abel has sys_id "+id+" in the database")
	w.refused(`users: [{user_name: beth, sys_id: `+id+`}]`, "users[0].sys_id: this sys_id belongs to user abel in the database")
	w.refused(`computers: [{name: laptop, sys_id: `+other+`}]`, "computers[0].sys_id: computer laptop has sys_id "+id+" in the database")
	w.refused(`users: [{user_name: tool}]`, "users[0].user_name: tool is a service account in the database")
	w.refused(`service_accounts: [{user_name: abel}]`, "service_accounts[0].user_name: abel is a person in the database")
	w.refused(`computers: [{name: y, assigned_to: tool}]`, `computers[0].assigned_to: "tool" is a service account`)
}

// A file changes only what is referred to by a registry row in the database.
func TestADeployedRowMustGoOnMakingSense(t *testing.T) {
	w := newCatalogueWorld(t)
	w.applied(small)
	w.applied(`
notification_channels: [{name: desk, type: email, audience: desk, host: localhost, from: a@b.c, to: d@e.f}]
resolutions: [{name: silently, type: remedial_action, remedial_action: act}, {name: ticket, type: create_incident}]
issues: [{provider: sn, issue_code: 200, resolution: silently, fallback: live_agent, deployed: true},
  {provider: sn, issue_code: 300, resolution: ticket, engagement: engage, notification_content: note, deployed: true}]`)
	before := w.value(everyRow)
	for text, sentence := range map[string]string{
		"resolutions: [{name: silently, type: self_help, instructions: [x]}]":                                 "resolutions[0].type: issue sn/200, which is deployed in the database, would make no sense any more, as its engagement: silent",
		"resolutions: [{name: help, type: url, url: 'https://a'}]":                                            "issue sn/100, which is deployed in the database, would make no sense any more, as its consent: ",
		"resolutions: [{name: help, type: create_incident}]":                                                  "issue sn/100, which is deployed in the database, would make no sense any more, as its confirm_within: ",
		"remedial_actions: [{name: act, kind: ci_action, target: x, sensitive: true}]":                        "remedial_actions[0].sensitive: issue sn/200, which is deployed",
		"notification_contents: [{name: note}]":                                                               "notification_contents[0].prompt: issue sn/300, which is deployed",
		"notification_contents: [{name: note, prompt: Hello}]":                                                "notification_contents[0].consent_text: issue sn/100, which is deployed",
		"notification_channels: [{name: mail, type: email, audience: desk, host: a, from: a@b.c, to: d@e.f}]": "notification_channels[0].audience: issue sn/100, which is deployed",
		"notification_channels: [{name: desk, type: desktop, active: false}]":                                 "notification_channels[0].active: issue sn/200, which is deployed",
	} {
		w.refused(text, sentence)
	}
	require.Equal(t, before, w.value(everyRow))
	w.applied("issues: [{provider: sn, issue_code: 200, resolution: silently, deployed: false}]")
	w.applied("resolutions: [{name: silently, type: self_help, instructions: [x]}]\nissues: [{provider: sn, issue_code: 200, deployed: false}]")
}

func TestAllOrNothing(t *testing.T) {
	w := newCatalogueWorld(t)
	// The last thing to be written fails in the database itself.
	_, err := w.db.db.Exec(`ALTER TABLE sys_properties ADD CONSTRAINT "not today" CHECK (value <> '10')`)
	require.NoError(t, err)
	_, err = w.apply(small)
	require.ErrorContains(t, err, "not today")
	require.Empty(t, w.value(everyRow))
}

func TestTwoAppliesAtOnceDoNotInterleave(t *testing.T) {
	w := newCatalogueWorld(t)
	c, _, err := registry.Read(registry.File{Name: "c.yaml", Data: []byte(small)})
	require.NoError(t, err)
	const many = 8
	var changed [many]int
	var together sync.WaitGroup
	for i := range many {
		together.Go(func() {
			changes, err := registry.Apply(context.Background(), w.db, c, "tester")
			if err != nil {
				t.Error(err)
			}
			changed[i] = len(changes.Rows)
		})
	}
	together.Wait()
	total := 0
	for _, n := range changed {
		total += n
	}
	require.Equal(t, 14, total, "one of them wrote every row, the others none")
	require.Equal(t, "0", w.value(`SELECT sum(sys_mod_count) FROM sys_user`))
}

func TestPropertiesFallBackToTheirDefault(t *testing.T) {
	w := newCatalogueWorld(t)
	w.applied(`properties: {sn_pren.janitor_max_candidates: 7}`)
	p, err := w.db.Properties(t.Context())
	require.NoError(t, err)
	require.Equal(t, 7, p.Number(schema.JanitorMaxCandidates))
	require.Equal(t, 600, p.Number(schema.EngineDueSeconds))

	_, err = w.db.db.Exec(`UPDATE sys_properties SET value = 'many'`)
	require.ErrorContains(t, err, "a property is a whole number", "it would stop every report")
	_, err = w.db.db.Exec(`UPDATE sys_properties SET value = '0'`)
	require.NoError(t, err)
	_, err = w.db.Properties(t.Context())
	require.ErrorContains(t, err, "must be a whole number from 1 to 1000000")
}
