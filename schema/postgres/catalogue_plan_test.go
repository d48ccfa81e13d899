package postgres

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/registry"
	"proactive/schema"
)

// planLines is a plan as section key what: field before→after; ….
func planLines(p registry.Plan) []string {
	lines := []string{}
	for _, row := range p.Rows {
		line := fmt.Sprint(row.Section, " ", row.Key)
		for _, what := range row.What {
			line += " " + string(what)
		}
		for i, f := range row.Fields {
			line += map[bool]string{true: ": ", false: "; "}[i == 0] + f.Name + " " + f.Before + "→" + f.After
		}
		lines = append(lines, line)
	}
	return lines
}

func (w *catalogueWorld) planned(o registry.Options, text string) []string {
	w.t.Helper()
	return planLines(w.plan(o, registry.File{Name: "c.yaml", Data: []byte(text)}))
}

func TestAPlanSaysFieldByFieldWhatApplyDoes(t *testing.T) {
	w := newCatalogueWorld(t)
	w.applied(small)
	before := w.value(everyRow)
	change := `
users: [{user_name: ABEL.tuter, email: b@example.com}]
service_accounts: [{user_name: tool, password: another}]
computers: [{name: new-laptop, assigned_to: abel.tuter}]
notification_channels: [{name: mail, type: desktop}]
resolutions: [{name: ticket, type: create_incident}]
issues: [{provider: sn, issue_code: 300, resolution: ticket, deployed: true}]
properties: {sn_pren.janitor_max_candidates: 7}`
	require.Equal(t, []string{
		"users ABEL.tuter updated: user_name abel.tuter→ABEL.tuter; email a@example.com→b@example.com; preferred_language en→\"\"; time_zone UTC→\"\"; department Sales→\"\"; location London→\"\"; roles [manager]→[]",
		"notification_channels mail updated: type email→desktop; host localhost→; port 25→; from a@example.com→",
		"service_accounts tool updated: password →; roles [sn_pren.experience_issue_create]→[]; providers [sn]→[]",
	}, w.planned(registry.Options{}, change)[:3])
	plan := w.plan(registry.Options{}, registry.File{Name: "c.yaml", Data: []byte(change)})
	for _, row := range plan.Rows {
		for _, f := range row.Fields {
			require.NotContains(t, f.Before+f.After, "argon2id")
			require.NotContains(t, f.Before+f.After, "another")
		}
	}
	require.Equal(t, before, w.value(everyRow), "a plan writes nothing")
	var rows []string
	for _, c := range plan.Changes() {
		rows = append(rows, strings.Join([]string{string(c.Section), c.Key, string(c.What)}, " "))
	}
	require.Equal(t, rows, w.applied(change))
	require.Empty(t, w.planned(registry.Options{}, change))
}

func TestAPlanShowsARegistryRowOfAnEarlierTemplate(t *testing.T) {
	w := newCatalogueWorld(t)
	w.applied(`{providers: [{provider_code: p}], resolutions: [{name: t, type: create_incident}], issues: [{provider: p, issue_code: 1, resolution: t, impact: 1, deployed: true}]}`)
	w.applied(`issues: [{provider: p, issue_code: 1, resolution: t, impact: 2}]`)
	require.Equal(t, []string{"issues p/1 deployed: impact 1→2"}, w.planned(registry.Options{}, `issues: [{provider: p, issue_code: 1, resolution: t, impact: 2, deployed: true}]`))

	files := exported(t, w.db)
	require.Contains(t, textsOf(files)["issues.yaml"], "  # An earlier form of this one is deployed. This one is with: deployed: true\n  - provider: p\n")
	require.Empty(t, w.plan(registry.Options{Prune: true}, files...).Rows)
}

func TestACustomisedRowIsExportedAsDeployed(t *testing.T) {
	w := newCatalogueWorld(t)
	w.applied(`{providers: [{provider_code: p}], resolutions: [{name: t, type: create_incident}], issues: [{provider: p, issue_code: 1, resolution: t, deployed: true}]}`)
	w.update("sn_pren_issue_registry", w.sysID("sn_pren_issue_registry", "issue_code = '1'"), given{"impact": "1"})
	files := exported(t, w.db)
	text := textsOf(files)["issues.yaml"]
	require.Contains(t, text, "deployed: true")
	require.NotContains(t, text, "An earlier form")
	require.Empty(t, w.plan(registry.Options{Prune: true}, files...).Rows)
}

func TestOnlyWhatWasShownIsApplied(t *testing.T) {
	w := newCatalogueWorld(t)
	w.applied(`providers: [{provider_code: p, name: one}]`)
	c := w.read(registry.File{Name: "c.yaml", Data: []byte(`{providers: [{provider_code: p, name: two}], users: [{user_name: a}], service_accounts: [{user_name: s, password: x}]}`)})
	plan, err := registry.MakePlan(t.Context(), w.db, c, registry.Options{By: "tester"})
	require.NoError(t, err)

	w.applied(`providers: [{provider_code: p, name: three}]`)
	before := w.value(everyRow)
	_, err = registry.ApplyPlan(t.Context(), w.db, c, registry.Options{By: "tester"}, plan)
	require.ErrorContains(t, err, "nothing was applied: since the plan was shown, the catalogue in the database was changed, and something else would come of it: "+
		"providers p was changed: name is three by now. Plan again")
	require.Equal(t, before, w.value(everyRow))

	plan, err = registry.MakePlan(t.Context(), w.db, c, registry.Options{By: "tester"})
	require.NoError(t, err)
	w.applied(`providers: [{provider_code: elsewhere}]`)
	_, err = registry.ApplyPlan(t.Context(), w.db, c, registry.Options{By: "tester"}, plan)
	require.NoError(t, err, "what was shown is still what it does, new sys_ids and hashes apart")
	require.Equal(t, "two", w.value(`SELECT name FROM sn_pren_provider WHERE provider_code = 'p'`))
}

// A plan needs no right to write, leaves nothing behind, and waits for nobody: neither for who applies a catalogue meanwhile nor for who has
// locked its tables against everything but reading.
func TestAPlanOnlyReads(t *testing.T) {
	w := newCatalogueWorld(t)
	w.applied(small)
	before := w.value(everyRow)
	reader := w.whoReads()
	c := w.read(registry.File{Name: "c.yaml", Data: []byte(with("CPU", "Disk", "ServiceNow", "Now", "password: secret", "password: other", "rate_limit: 10", "rate_limit: 11"))})
	_, err := registry.ApplyAll(t.Context(), reader, c, registry.Options{By: "tester"})
	require.ErrorContains(t, err, "permission denied")

	require.NoError(t, w.db.inTx(t.Context(), func(other tx) error {
		require.NoError(t, lockCatalogue(t.Context(), other, "other"))
		_, err := other.exec(t.Context(), `LOCK TABLE sn_pren_provider, sys_user, sn_pren_issue_registry, sn_pren_issue_registry_template, sn_pren_version IN EXCLUSIVE MODE`)
		require.NoError(t, err)
		plan, err := registry.MakePlan(t.Context(), reader, c, registry.Options{Prune: true, PrunePeople: true})
		require.NoError(t, err)
		require.Len(t, plan.Rows, 4)
		return nil
	}))
	require.Equal(t, before, w.value(everyRow))
}

// whoReads is the database for a role that may read and nothing else.
func (w *catalogueWorld) whoReads() *DB {
	w.t.Helper()
	role := "reads_" + schema.NewSysID()
	_, err := w.db.db.Exec(`CREATE ROLE ` + role + `; GRANT SELECT ON ALL TABLES IN SCHEMA public TO ` + role)
	require.NoError(w.t, err)
	w.t.Cleanup(func() {
		_, err := w.db.db.Exec(`DROP OWNED BY ` + role + `; DROP ROLE ` + role)
		require.NoError(w.t, err)
	})
	reader, err := openForTest(w.db.dsn + "&role=" + role)
	require.NoError(w.t, err)
	w.t.Cleanup(func() { reader.Close() })
	return reader
}

// What is applied is what was shown, also where what was shown says nothing of what somebody changes meanwhile.
func TestAPlanIsRefusedThatSomebodyHasOvertaken(t *testing.T) {
	const changed = `{service_accounts: [{user_name: tool, password: another, roles: [sn_pren.experience_issue_create], providers: [sn]}], providers: [{provider_code: sn, name: Now}]}`
	for name, c := range map[string]struct{ file, meanwhile, sentence string }{
		"a password":                  {changed, `UPDATE sys_user SET password_hash = 'x' WHERE user_name = 'tool'`, "service_accounts tool was changed. Plan again"},
		"an API key":                  {changed, `UPDATE sys_user SET api_key_hash = 'x' WHERE user_name = 'tool'`, "service_accounts tool was changed. Plan again"},
		"a field":                     {changed, `UPDATE sn_pren_provider SET name = 'Then'`, "providers sn was changed: name is Then by now. Plan again"},
		"a field that is planned now": {changed, `UPDATE sn_pren_provider SET active = false`, "providers sn was changed: active is false by now. Plan again"},
		"a row that was planned":      {changed, `UPDATE sn_pren_provider SET name = 'Now'`, "providers sn is as the files have it by now, or gone. Plan again"},
		"a row that was not":          {changed, `UPDATE sys_user SET locked_out = true WHERE user_name = 'tool'`, "service_accounts tool was changed: locked_out is true by now. Plan again"},
		"what is customised": {with("short_description: CPU", "short_description: Disk"), `UPDATE sn_pren_issue_registry SET assignment_group = 'Mine'`,
			"issues sn/100 was changed; a new warning: c.yaml:12: issues[0].assignment_group: was customised in the registry row of sn/100"},
		"a decision": {with("short_description: CPU", "short_description: Disk"), `UPDATE sn_pren_issue_registry g SET update_decision = 'manual', decided_version = g.deployed_version, assignment_group = 'Mine'`,
			"issues sn/100 was changed; a new warning: c.yaml:12: issues[0]: sn/100 waits for a manual update"},
		"nothing that matters": {changed, `UPDATE cmdb_ci_computer SET name = 'other'`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newCatalogueWorld(t)
			w.applied(small)
			files := w.read(registry.File{Name: "c.yaml", Data: []byte(c.file)})
			plan, err := registry.MakePlan(t.Context(), w.db, files, registry.Options{By: "tester"})
			require.NoError(t, err)
			_, err = w.db.db.Exec(c.meanwhile)
			require.NoError(t, err)
			before := w.value(everyRow)
			_, err = registry.ApplyPlan(t.Context(), w.db, files, registry.Options{By: "tester"}, plan)
			if c.sentence == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.sentence)
			require.Equal(t, before, w.value(everyRow))
		})
	}
}

const prunable = `
providers: [{provider_code: p}, {provider_code: q}]
users: [{user_name: abel}]
user_criteria: [{name: used, users: [abel]}, {name: idle, users: [abel]}]
notification_channels: [{name: desk, type: email, audience: desk, host: localhost, from: a@b.c, to: d@e.f}, {name: screen, type: desktop}]
service_accounts: [{user_name: boss, password: x, roles: [admin]}, {user_name: tool, password: x}]
outcomes: [{provider: p, url: "https://a.example.com", secret: {$secret: A}}]
service_desks: [{name: theirs, type: webhook, url: "https://b.example.com", secret: {$secret: B}}]
rate_limit_rules: [{name: rule, type: all_users, rate_limit: 1}]
computers: [{name: pc}]
remedial_actions: [{name: act, kind: subflow, target: x}, {name: spare, kind: subflow, target: x}]
resolutions: [{name: run, type: remedial_action, remedial_action: act}, {name: ticket, type: create_incident}]
notification_contents: [{name: hello, prompt: Hi}]
issues: [{provider: p, issue_code: 1, resolution: run, fallback: live_agent, exclude: [used], deployed: true}, {provider: p, issue_code: 2, resolution: ticket}]
properties: {sn_pren.user_limits: 1}`

func TestPruneTakesAwayWhatTheFilesDoNotName(t *testing.T) {
	prune := registry.Options{By: "tester", Prune: true}
	people := registry.Options{By: "tester", Prune: true, PrunePeople: true}
	for _, c := range []struct {
		text string
		o    registry.Options
		want []string
	}{
		{"users: [{user_name: abel}]", prune, []string{}}, // other sections are not looked at
		{"users: []\nservice_accounts: []\ncomputers: []", prune, []string{}},
		{"users:\nissues:", people, []string{}}, // nothing is said
		{"users: []\nservice_accounts: [{user_name: BOSS, roles: [admin]}]\ncomputers: []", people,
			[]string{"users abel retired: active true→false", "service_accounts BOSS updated: user_name boss→BOSS", "service_accounts tool retired: active true→false"}},
		{"providers: [{provider_code: p}]", prune, []string{"providers q retired: active true→false"}},
		{"user_criteria: [{name: used, users: [abel]}]", prune, []string{"user_criteria idle removed"}},
		{"rate_limit_rules: []", prune, []string{"rate_limit_rules rule removed"}},
		{"outcomes: []", prune, []string{"outcomes p retired: active true→false"}},
		{"service_desks: []", prune, []string{"service_desks theirs retired: active true→false"}},
		{"service_desks: [{name: new, type: webhook, url: 'https://c.example.com', secret: {$secret: C}}]", prune, // the one makes room for the other
			[]string{"service_desks new created: name →new; type →webhook; url →https://c.example.com; secret →{$secret: C}", "service_desks theirs retired: active true→false"}},
		{"remedial_actions: [{name: act, kind: subflow, target: x}]", prune, []string{"remedial_actions spare removed"}},
		{"notification_contents: []", prune, []string{"notification_contents hello removed"}},
		{"properties: {}", prune, []string{"properties sn_pren.user_limits removed"}},
		{"issues: []", prune, []string{"issues p/1 retired: deployed true→false", "issues p/2 removed"}},
		{"issues: []\nresolutions: []\nremedial_actions: []", prune, []string{"remedial_actions act retired: active true→false", "remedial_actions spare removed",
			"resolutions run retired: active true→false", "resolutions ticket retired: active true→false",
			"issues p/1 retired: deployed true→false", "issues p/2 removed"}},
	} {
		t.Run(c.text, func(t *testing.T) {
			w := newCatalogueWorld(t)
			w.applied(prunable)
			require.Equal(t, c.want, w.planned(c.o, c.text))
			_, err := registry.ApplyAll(t.Context(), w.db, w.read(registry.File{Name: "c.yaml", Data: []byte(c.text)}), c.o)
			require.NoError(t, err)
			require.Empty(t, w.planned(c.o, c.text), "what is retired stays so")
		})
	}
}

// A registry row that is retired keeps its words.
func TestPruneRetiresTheWordsOfWhatIsRetired(t *testing.T) {
	w := newCatalogueWorld(t)
	w.applied(`{providers: [{provider_code: p}], notification_channels: [{name: s, type: desktop}], notification_contents: [{name: hello, prompt: Hi}],
	  resolutions: [{name: read, type: self_help, instructions: [Look.]}],
	  issues: [{provider: p, issue_code: 1, resolution: read, notification_content: hello, engagement: notify_only, deployed: true}]}`)
	const text = "issues: []\nnotification_contents: []"
	o := registry.Options{By: "tester", Prune: true}
	require.Equal(t, []string{"notification_contents hello retired: active true→false", "issues p/1 retired: deployed true→false"}, w.planned(o, text))
	_, err := registry.ApplyAll(t.Context(), w.db, w.read(registry.File{Name: "c.yaml", Data: []byte(text)}), o)
	require.NoError(t, err)
}

func TestPruneLeavesWhatIsReferredTo(t *testing.T) {
	w := newCatalogueWorld(t)
	w.applied(prunable)
	before := w.value(everyRow)
	for text, sentence := range map[string]string{
		"# one\nproviders: []": "c.yaml:2: providers: p is not named here and would be taken away, but issue p/1 refers to it",
		"issues: [{provider: q, issue_code: 1}]\nproviders: [{provider_code: q}]": "p is not named here and would be taken away, but the receiver of outcomes of p refers to it",
		"user_criteria: []": "c.yaml:1: user_criteria: used is not named here and would be taken away, but issue p/1 refers to it",
		"notification_channels: [{name: screen, type: desktop}]": "c.yaml:1: notification_channels: desk is not named here and would be taken away, and then the fallback of issue p/1 makes no sense: live_agent",
		"remedial_actions: []": "act is not named here and would be taken away, but resolution run refers to it",
		"resolutions: []":      "run is not named here and would be taken away, but issue p/1 refers to it",
		"issues: [{provider: p, issue_code: 3, resolution: ticket}]\nresolutions: [{name: run, type: create_incident}]": "ticket is not named here and would be taken away, but issue p/3 refers to it",
		"service_accounts: []": "boss is not named here and would be deactivated, and no other active account has the role admin",
	} {
		_, err := registry.ApplyAll(t.Context(), w.db, w.read(registry.File{Name: "c.yaml", Data: []byte(text)}), registry.Options{By: "tester", Prune: true, PrunePeople: true})
		var problems registry.Problems
		require.ErrorAs(t, err, &problems, text)
		require.Contains(t, err.Error(), sentence)
	}
	require.Equal(t, before, w.value(everyRow))
}

// Whom the files do not name may still speak for a provider, unless it is off.
func TestPruneLeavesTheProviderOfAnAccount(t *testing.T) {
	w := newCatalogueWorld(t)
	w.applied(`{providers: [{provider_code: p}, {provider_code: q}], service_accounts: [{user_name: tool, password: x, providers: [q]}]}`)
	prune := registry.Options{By: "tester", Prune: true}
	files := w.read(registry.File{Name: "c.yaml", Data: []byte("providers: [{provider_code: p}]")})
	_, err := registry.ApplyAll(t.Context(), w.db, files, prune)
	require.ErrorContains(t, err, "q is not named here and would be taken away, but service account tool refers to it")

	w.applied(`{service_accounts: [{user_name: tool, password: x, providers: [q], active: false}]}`)
	require.Equal(t, []string{"providers q retired: active true→false"}, w.planned(prune, "providers: [{provider_code: p}]"))
}

func TestAnIssueDoesNotTakeThePlaceOfAnotherProvidersIssue(t *testing.T) {
	w := newCatalogueWorld(t)
	w.applied(`{providers: [{provider_code: a}, {provider_code: a/b}], resolutions: [{name: t, type: create_incident}], issues: [{provider: a, issue_code: b/c, resolution: t, deployed: true}]}`)
	w.refused(`issues: [{provider: a/b, issue_code: c, resolution: t, impact: 1, deployed: true}]`,
		`c.yaml:1: issues[0].issue_code: the issue would be called a/b/c, as issue_code "b/c" of provider "a" is already: use another code`)
	w.applied(`{issues: [{provider: a, issue_code: b/c, resolution: t, impact: 1, deployed: true}]}`)
}

func TestAVariableThatIsNotSetKeepsWhatIsStored(t *testing.T) {
	w := newCatalogueWorld(t)
	w.applied(`service_accounts: [{user_name: tool, password: x}]`)
	plan := w.plan(registry.Options{}, registry.File{Name: "c.yaml", Data: []byte("service_accounts: [{user_name: tool, password_env: PROACTIVE_NOT_SET}]")})
	require.Empty(t, plan.Rows)
	require.Equal(t, "c.yaml:1: service_accounts[0].password_env: the environment variable PROACTIVE_NOT_SET is not set: what is stored is kept", plan.Warnings[0].String())
	w.refused(`service_accounts: [{user_name: tool, api_key_env: PROACTIVE_NOT_SET}]`,
		"c.yaml:1: service_accounts[0].api_key_env: the environment variable PROACTIVE_NOT_SET is not set, and nothing is stored that could be kept: set it, or remove the field")
	w.refused(`service_accounts: [{user_name: other, password_env: PROACTIVE_NOT_SET}]`, "service_accounts[0].password_env: the environment variable PROACTIVE_NOT_SET is not set, and nothing")
}

// Another spelling of the same JSON is no change.
func TestJSONThatSaysTheSameIsKept(t *testing.T) {
	w := newCatalogueWorld(t)
	w.applied(prunable)
	_, err := w.db.db.Exec(`UPDATE sn_pren_resolution SET parameters = '{ "a" : "\u003e", "b": 1 }' WHERE name = 'run';
		UPDATE sn_pren_outcome_receiver SET config = '{ "url": "https:\/\/a.example.com", "secret": {"$secret": "A"}}';
		UPDATE sn_pren_service_desk SET config = '{ "url": "https:\/\/b.example.com", "secret": {"$secret": "B"}}'`)
	require.NoError(t, err)
	require.Empty(t, w.plan(registry.Options{}, exported(t, w.db)...).Rows)
	require.Equal(t, []string{`resolutions run updated: parameters {a: >, b: 1}→{a: >, b: "1"}`},
		w.planned(registry.Options{}, `resolutions: [{name: run, type: remedial_action, remedial_action: act, parameters: {a: ">", b: "1"}}]`))
}
