package postgres

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/require"

	"proactive/registry"
	"proactive/schema"
)

// Whatever stands in the database and whatever the files say: a plan says what an apply then does, as the tables and the audit trail tell it
// afterwards, and a second plan finds nothing left to do.
func TestAPlanAndAnApplyAgree(t *testing.T) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			w := newCatalogueWorld(t)
			d := dice{rand.New(rand.NewPCG(seed, 11))}
			before := d.catalogue()
			_, err := registry.ApplyAll(t.Context(), w.db, w.asFiles(before), registry.Options{By: "before"})
			require.NoError(t, err)
			w.handWritten(d)

			after := d.changed(before)
			c, o := w.asFiles(after), registry.Options{By: "tester", Prune: d.flag()}
			o.PrunePeople = o.Prune && d.flag()
			plan, err := registry.MakePlan(t.Context(), w.db, c, o)
			if err != nil { // what is taken away is still needed, or makes no sense with what was customised: apply says the same
				stands := w.value(everyRow)
				_, applied := registry.ApplyAll(t.Context(), w.db, c, o)
				require.EqualError(t, applied, err.Error())
				require.Equal(t, stands, w.value(everyRow))
				return
			}
			stands := w.rows()
			_, err = registry.ApplyPlan(t.Context(), w.db, c, o, plan)
			require.NoError(t, err)
			require.Equal(t, foreseen(plan), w.happened(stands), "%s", strings.Join(planLines(plan), "\n"))

			w.isAs(after)
			again, err := registry.MakePlan(t.Context(), w.db, c, o)
			require.NoError(t, err)
			require.Empty(t, planLines(again))
			require.Equal(t, warningsOf(plan.Warnings), warningsOf(again.Warnings))
		})
	}
}

// isAs looks at every row that the files name, and at what is deployed: apply writes only what it finds to differ.
func (w *catalogueWorld) isAs(files schema.Catalogue) {
	w.t.Helper()
	stands, err := w.db.KnownCatalogue(w.t.Context(), schema.Catalogue{}, true)
	require.NoError(w.t, err)
	rowsAre(w.t, stands.Providers, files.Providers, func(p schema.Provider) string { return p.Code })
	rowsAre(w.t, stands.Users, files.Users, func(u schema.User) string { return u.UserName })
	rowsAre(w.t, stands.UserCriteria, files.UserCriteria, func(u schema.UserCriteria) string { return u.Name })
	rowsAre(w.t, stands.Channels, files.Channels, func(c schema.Channel) string { return c.Name })
	rowsAre(w.t, stands.ServiceAccounts, files.ServiceAccounts, func(a schema.ServiceAccount) string { return a.UserName })
	rowsAre(w.t, stands.RateRules, files.RateRules, func(r schema.RateRule) string { return r.Name })
	rowsAre(w.t, stands.OutcomeReceivers, files.OutcomeReceivers, func(o schema.OutcomeReceiver) string { return o.Provider })
	rowsAre(w.t, stands.ServiceDesks, files.ServiceDesks, func(s schema.ServiceDesk) string { return s.Name })
	rowsAre(w.t, stands.Computers, files.Computers, func(c schema.Computer) string { return c.Name })
	rowsAre(w.t, stands.RemedialActions, files.RemedialActions, func(a schema.RemedialAction) string { return a.Name })
	rowsAre(w.t, stands.Resolutions, files.Resolutions, func(s schema.Resolution) string { return s.Name })
	rowsAre(w.t, stands.NotificationContents, files.NotificationContents, func(n schema.NotificationContent) string { return n.Name })
	rowsAre(w.t, stands.Issues, files.Issues, func(i schema.IssueTemplate) string { return i.Provider + "/" + i.IssueCode })
	rowsAre(w.t, stands.Properties, files.Properties, func(p schema.PropertyValue) string { return p.Name })
	for _, i := range files.Issues {
		if i.Reportable() {
			d, err := w.db.Deployment(w.t.Context(), i.Provider+"/"+i.IssueCode)
			require.NoError(w.t, err)
			require.True(w.t, d.Active, d.Key())
			require.NotEqual(w.t, schema.UpdateAvailable, d.Status(), d.Key())
		}
	}
}

func rowsAre[R any](t *testing.T, stand, files []R, key func(R) string) {
	t.Helper()
	rows := map[string]R{}
	for _, r := range stand {
		rows[key(r)] = r
	}
	for _, r := range files {
		require.Empty(t, cmp.Diff(r, rows[key(r)], cmpopts.EquateEmpty(), cmpopts.IgnoreFields(schema.ServiceAccount{}, "PasswordHash", "APIKeyHash"),
			cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".SysID" }, cmp.Ignore())))
	}
}

func warningsOf(problems []registry.Problem) []string {
	said := []string{}
	for _, p := range problems {
		said = append(said, p.String())
	}
	return said
}

// asFiles is a catalogue as files that name every credential.
func (w *catalogueWorld) asFiles(c schema.Catalogue) *registry.Catalogue {
	w.t.Helper()
	return setCredentials(w.t, catalogueOf(c), w, exported(w.t, catalogueOf(c)))
}

// handWritten customises some registry rows, and decides about some.
func (w *catalogueWorld) handWritten(d dice) {
	w.t.Helper()
	for _, statement := range []string{
		`UPDATE sn_pren_issue_registry SET assignment_group = 'customised' WHERE issue_code IN ('code0', 'code3')`,
		`UPDATE sn_pren_issue_registry SET user_limit = 77 WHERE issue_code IN ('code1', 'code3') AND user_limit > 0`,
		`UPDATE sn_pren_issue_registry SET active = false WHERE issue_code = 'code3'`,
		`UPDATE sn_pren_issue_registry SET impact = 4 - impact WHERE issue_code = 'code4'`,
		`UPDATE sn_pren_issue_registry_template SET short_description = 'by hand' WHERE issue_code IN ('code2', 'code4')`,
	} {
		if d.flag() {
			_, err := w.db.db.Exec(statement)
			require.NoError(w.t, err)
		}
	}
	all, err := w.db.Deployments(w.t.Context())
	require.NoError(w.t, err)
	for _, deployed := range all {
		action := one(d, []schema.DeploymentAction{schema.DeployManual, schema.DeployIgnore, schema.DeployRetire, schema.DeployUpdate})
		_, err := registry.ChangeDeployment(w.t.Context(), w.db, deployed.Key(), action, "by hand") // some have no update, and refuse
		if refused := (*schema.RefusedDeployment)(nil); err != nil {
			require.ErrorAs(w.t, err, &refused)
		}
	}
}

// changed is a catalogue of which some rows are gone, some are others, and some are new.
func (d dice) changed(before schema.Catalogue) schema.Catalogue {
	after := d.catalogue()
	after.Providers = mixed(d, before.Providers, after.Providers, func(p schema.Provider) string { return p.Code })
	after.Users = mixed(d, before.Users, after.Users, func(u schema.User) string { return u.UserName })
	after.ServiceAccounts = mixed(d, before.ServiceAccounts, after.ServiceAccounts, func(a schema.ServiceAccount) string { return a.UserName })
	after.UserCriteria = mixed(d, before.UserCriteria, after.UserCriteria, func(u schema.UserCriteria) string { return u.Name })
	after.RateRules = mixed(d, before.RateRules, after.RateRules, func(r schema.RateRule) string { return r.Name })
	after.Computers = mixed(d, before.Computers, after.Computers, func(c schema.Computer) string { return c.Name })
	after.OutcomeReceivers = mixed(d, before.OutcomeReceivers, after.OutcomeReceivers, func(o schema.OutcomeReceiver) string { return o.Provider })
	after.NotificationContents = mixed(d, before.NotificationContents, after.NotificationContents, func(n schema.NotificationContent) string { return n.Name })
	after.Issues = mixed(d, before.Issues, after.Issues, func(i schema.IssueTemplate) string { return i.Provider + "/" + i.IssueCode })
	for i := range after.Users { // a name keeps its sys_id
		for _, u := range before.Users {
			if u.UserName == after.Users[i].UserName {
				after.Users[i].SysID = u.SysID
			}
		}
	}
	for i := range after.Computers {
		for _, c := range before.Computers {
			if c.Name == after.Computers[i].Name {
				after.Computers[i].SysID = c.SysID
			}
		}
	}
	return after
}

// mixed takes each row from one of two lists, or from neither where only the first has it.
func mixed[R any](d dice, before, after []R, key func(R) string) []R {
	rows := map[string]R{}
	for _, r := range before {
		if d.IntN(3) > 0 {
			rows[key(r)] = r
		}
	}
	for _, r := range after {
		if _, there := rows[key(r)]; !there || d.flag() {
			rows[key(r)] = r
		}
	}
	var names []string
	for name := range rows {
		names = append(names, name)
	}
	slices.Sort(names)
	chosen := []R{}
	for _, name := range names {
		chosen = append(chosen, rows[name])
	}
	return chosen
}

// catalogueTables are the tables of the rows that a file has, and what people call a row of each; roles and an account's providers count as
// changes of sys_user, as its sys_mod_count is raised.
var catalogueTables = []struct{ name, section, key string }{
	{"sn_pren_provider", "providers", "provider_code"},
	{"sys_user", "people", "user_name"},
	{"user_criteria", "user_criteria", "name"},
	{"sn_pren_notification_channel", "notification_channels", "name"},
	{"sys_rate_limit_rules", "rate_limit_rules", "name"},
	{"sn_pren_outcome_receiver", "outcomes", "(SELECT provider_code FROM sn_pren_provider p WHERE p.sys_id = t.provider)"},
	{"sn_pren_service_desk", "service_desks", "name"},
	{"cmdb_ci_computer", "computers", "name"},
	{"sn_reacf_remedial_action", "remedial_actions", "name"},
	{"sn_pren_resolution", "resolutions", "name"},
	{"sn_pren_notification_content", "notification_contents", "name"},
	{"sn_pren_issue_registry_template", "issues", "(SELECT provider_code FROM sn_pren_provider p WHERE p.sys_id = t.provider) || '/' || issue_code"},
	{"sn_pren_issue_registry", "registry", "(SELECT provider_code FROM sn_pren_provider p WHERE p.sys_id = t.provider) || '/' || issue_code"},
	{"sys_properties", "properties", "name"},
}

// rows are all rows as text, by section and key.
func (w *catalogueWorld) rows() map[string]string {
	w.t.Helper()
	all := map[string]string{}
	for _, table := range catalogueTables {
		var rows []struct{ Key, Row string }
		require.NoError(w.t, w.db.db.Select(&rows, `SELECT lower(`+table.key+`) AS key, t::text AS row FROM `+table.name+` t`))
		for _, r := range rows {
			all[table.section+" "+r.Key] = r.Row
		}
	}
	return all
}

// happened is which rows were made, changed and removed since; of a registry row only that it was touched.
func (w *catalogueWorld) happened(before map[string]string) []string {
	w.t.Helper()
	said := []string{}
	after := w.rows()
	for key, row := range after {
		switch was, there := before[key]; {
		case !there && !strings.HasPrefix(key, "registry "):
			said = append(said, key+" made")
		case was != row:
			said = append(said, key+" changed")
		}
	}
	for key := range before {
		if _, there := after[key]; !there {
			said = append(said, key+" removed")
		}
	}
	slices.Sort(said)
	return said
}

// foreseen is the same as a plan says it.
func foreseen(p registry.Plan) []string {
	said := []string{}
	for _, c := range p.Changes() {
		section, what := string(c.Section), map[schema.ChangeKind]string{schema.RowCreated: "made", schema.RowRemoved: "removed"}[c.What]
		if what == "" {
			what = "changed"
		}
		switch {
		case c.What == schema.RowDeployed, c.What == schema.RowWithdrawn, c.Section == schema.SectionIssues && c.What == schema.RowRetired:
			section = "registry"
		case c.Section == schema.SectionUsers, c.Section == schema.SectionServiceAccounts:
			section = "people"
		}
		said = append(said, section+" "+strings.ToLower(c.Key)+" "+what)
	}
	slices.Sort(said)
	return said
}
