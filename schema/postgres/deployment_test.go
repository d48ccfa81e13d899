package postgres

import (
	"strings"
	"testing"

	"github.com/pressly/goose/v3"
	"github.com/stretchr/testify/require"

	"proactive/registry"
	"proactive/schema"
	"proactive/schema/migrations"
	"proactive/schema/table"
)

// more is what registry rows are customised with, and templates updated.
const more = `
resolutions: [{name: theirs, type: remedial_action, remedial_action: act}, {name: newer, type: remedial_action, remedial_action: act},
  {name: read, type: self_help, instructions: [Look.]}]
notification_contents: [{name: theirs, prompt: Good day, consent_text: Sure}]
`

// deployWorld is a catalogueWorld with issue sn/100 deployed.
type deployWorld struct{ *catalogueWorld }

func newDeployWorld(t *testing.T) *deployWorld {
	t.Helper()
	w := &deployWorld{newCatalogueWorld(t)}
	w.applied(small)
	w.applied(more)
	return w
}

// with is the small catalogue with words replaced.
func with(replaced ...string) string { return strings.NewReplacer(replaced...).Replace(small) }

// templateOnly is the same without a word on the registry.
func templateOnly(replaced ...string) string {
	return with(append([]string{"deployed: true, ", ""}, replaced...)...)
}

func (w *deployWorld) exec(query string) {
	w.t.Helper()
	_, err := w.db.db.Exec(query)
	require.NoError(w.t, err)
}

// customise gives the registry row a resolution and a text of its own.
func (w *deployWorld) customise() {
	w.t.Helper()
	w.exec(`UPDATE sn_pren_issue_registry SET notification_content = (SELECT sys_id FROM sn_pren_notification_content WHERE name = 'theirs'),
	               resolution = (SELECT sys_id FROM sn_pren_resolution WHERE name = 'theirs')`)
}

func (w *deployWorld) does(action schema.DeploymentAction) (schema.Deployment, error) {
	return registry.ChangeDeployment(w.t.Context(), w.db, "sn/100", action, "beth.anglin")
}

func (w *deployWorld) did(action schema.DeploymentAction) schema.DeploymentStatus {
	w.t.Helper()
	d, err := w.does(action)
	require.NoError(w.t, err)
	require.Equal(w.t, d, w.compared())
	return d.Status()
}

func (w *deployWorld) refusedTo(action schema.DeploymentAction) schema.DeploymentRefusal {
	w.t.Helper()
	before := w.value(everyRow)
	_, err := w.does(action)
	var refused *schema.RefusedDeployment
	require.ErrorAs(w.t, err, &refused)
	require.Equal(w.t, before, w.value(everyRow), "nothing was changed")
	return refused.Why
}

func (w *deployWorld) compared() schema.Deployment {
	w.t.Helper()
	d, err := w.db.Deployment(w.t.Context(), "sn/100")
	require.NoError(w.t, err)
	_, err = w.db.Rows(w.t.Context(), asked(w.t, "sn_pren_issue_registry", "sys_id="+d.Registry, "update_status,deployed_version"), func(row []table.Value) error {
		require.Equal(w.t, []string{string(d.Status()), d.From.SysID}, []string{row[0].Value, row[1].Value}, "the Table API says the same")
		return nil
	})
	require.NoError(w.t, err)
	return d
}

func (w *deployWorld) status() schema.DeploymentStatus {
	w.t.Helper()
	return w.compared().Status()
}

// says is what the registry row says in the three fields that matter here.
func (w *deployWorld) says() string {
	w.t.Helper()
	return w.value(`SELECT concat_ws(', ', g.short_description, r.name, n.name)
	  FROM sn_pren_issue_registry g JOIN sn_pren_resolution r ON r.sys_id = g.resolution JOIN sn_pren_notification_content n ON n.sys_id = g.notification_content`)
}

// warned applies and gives the warnings.
func (w *deployWorld) warned(text string) (warnings []string) {
	w.t.Helper()
	c, _, err := registry.Read(registry.File{Name: "c.yaml", Data: []byte(text)})
	require.NoError(w.t, err)
	changes, err := registry.Apply(w.t.Context(), w.db, c, "tester")
	require.NoError(w.t, err)
	for _, p := range changes.Warnings {
		warnings = append(warnings, p.String())
	}
	return warnings
}

func TestATemplateUpdateKeepsWhatWasCustomised(t *testing.T) {
	changed := []string{"short_description: CPU", "short_description: Disk", "resolution: help", "resolution: newer"}
	for name, update := range map[string]func(*deployWorld){
		"by its owner": func(w *deployWorld) {
			w.applied(templateOnly(changed...))
			require.Equal(w.t, schema.UpdateAvailable, w.status())
			require.Equal(w.t, schema.UpToDate, w.did(schema.DeployUpdate))
			require.Equal(w.t, schema.NothingToUpdate, w.refusedTo(schema.DeployUpdate))
		},
		"by a file that deploys it": func(w *deployWorld) {
			warnings := w.warned(with(changed...))
			require.Len(w.t, warnings, 2)
			require.Contains(w.t, strings.Join(warnings, "\n"), `issues[0].resolution: was customised in the registry row of sn/100 and stays so: "proactive registry compare sn/100" shows it`)
			require.Empty(w.t, w.applied(with(changed...)), "a second time changes nothing")
			require.Len(w.t, w.warned(with(changed...)), 2, "and warns again")
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newDeployWorld(t)
			w.customise()
			require.Equal(t, []string{"notification_content", "resolution"}, w.compared().Customised())
			update(w)
			require.Equal(t, "Disk, theirs, theirs", w.says())
			require.Equal(t, []string{"notification_content", "resolution"}, w.compared().Customised())
			require.Equal(t, schema.UpToDate, w.status())

			require.Equal(t, schema.WasCustomised, w.refusedTo(schema.DeployWhole))
			require.Equal(t, schema.UpToDate, w.did(schema.DeployOverwrite))
			require.Equal(t, "Disk, newer, note", w.says())
			require.Empty(t, w.compared().Customised())
		})
	}
}

func TestAnUpdateThatIsIgnoredIsOfferedAgainWithTheNextVersion(t *testing.T) {
	w := newDeployWorld(t)
	require.Equal(t, schema.NothingToUpdate, w.refusedTo(schema.DeployIgnore))
	w.applied(templateOnly("CPU", "Disk"))
	require.Equal(t, schema.UpdateIgnored, w.did(schema.DeployIgnore))
	require.Contains(t, w.warned(with("CPU", "Disk"))[0], "an update of sn/100 was ignored, and its registry row stays as it is")
	require.Equal(t, "CPU, help, note", w.says())
	w.applied(templateOnly("CPU", "Disk 2"))
	require.Equal(t, schema.UpdateAvailable, w.status())
	w.applied(with("CPU", "Disk 2"))
	require.Equal(t, "Disk 2, help, note", w.says())
	require.Equal(t, schema.UpToDate, w.status())
}

func TestAManualUpdateIsPendingUntilItsOwnerSaysThatItIsDone(t *testing.T) {
	w := newDeployWorld(t)
	require.Equal(t, schema.NoManualUpdate, w.refusedTo(schema.DeployDone))
	w.applied(templateOnly("CPU", "Disk", "resolution: help", "resolution: newer"))
	require.Equal(t, schema.ManualUpdatePending, w.did(schema.DeployManual))
	require.Contains(t, w.warned(with("CPU", "Disk", "resolution: help", "resolution: newer"))[0], "sn/100 waits for a manual update")
	require.Equal(t, "CPU, help, note", w.says())
	w.exec(`UPDATE sn_pren_issue_registry SET short_description = 'Disk, mine'`)
	require.Equal(t, schema.ManualUpdatePending, w.status())
	require.Equal(t, schema.UpToDate, w.did(schema.DeployDone))
	require.Equal(t, []string{"resolution", "short_description"}, w.compared().Customised())
}

func TestATemplateThatChangesWhileAManualUpdateIsPendingIsAnUpdateAfterwards(t *testing.T) {
	w := newDeployWorld(t)
	w.applied(templateOnly("CPU", "Disk"))
	w.did(schema.DeployManual)
	w.applied(templateOnly("CPU", "Disk", "category: device", "category: application"))
	w.exec(`UPDATE sn_pren_issue_registry SET short_description = 'Disk'`)
	require.Equal(t, schema.UpdateAvailable, w.did(schema.DeployDone))
}

func TestAnUpdateThatIsTakenBackIsNone(t *testing.T) {
	w := newDeployWorld(t)
	w.applied(templateOnly("CPU", "Disk"))
	w.applied(templateOnly())
	require.Equal(t, schema.UpToDate, w.status())
}

func TestWhatIsRetiredCannotBeReportedAndComesBack(t *testing.T) {
	w := newDeployWorld(t)
	w.did(schema.DeployRetire)
	require.False(t, w.compared().Active)
	w.did(schema.DeployWhole)
	require.True(t, w.compared().Active)
}

func TestWhatWasNeverDeployedIsFirstDeployed(t *testing.T) {
	w := &deployWorld{newCatalogueWorld(t)}
	w.applied(templateOnly())
	require.Equal(t, schema.NotDeployed, w.status())
	for _, action := range []schema.DeploymentAction{schema.DeployUpdate, schema.DeployManual, schema.DeployDone, schema.DeployIgnore, schema.DeployRetire} {
		require.Equal(t, schema.NotYetDeployed, w.refusedTo(action), action)
	}
	require.Equal(t, schema.UpToDate, w.did(schema.DeployWhole))
	require.Equal(t, "CPU, help, note", w.says())
	_, err := w.db.Deployment(t.Context(), "sn/101")
	require.ErrorIs(t, err, schema.ErrNoRecord)
	for _, key := range []string{w.compared().Template, w.compared().Registry} {
		d, err := w.db.Deployment(t.Context(), key)
		require.NoError(t, err)
		require.Equal(t, w.compared(), d)
	}
}

// What is customised and what the template says by now may contradict each other.
func TestAnUpdateThatMakesNoSenseWithWhatWasCustomisedIsRefused(t *testing.T) {
	const asks, times = "engagement: engage, consent: true, channels: [mail]", "accept_within: 4h, consent_within: 1h, confirm_within: 2h"
	for name, c := range map[string]struct {
		deployed  string
		customise string
		updated   []string
	}{
		"by a rule of the catalogue": {small, `UPDATE sn_pren_issue_registry SET resolution = (SELECT sys_id FROM sn_pren_resolution WHERE name = 'theirs')`,
			[]string{asks, "engagement: notify_only", times, "impact: 2", "resolution: help", "resolution: read"}},
		"by a rule of the table": {with(asks, "engagement: engage", times, "accept_within: 4h"), `UPDATE sn_pren_issue_registry SET consent = true`,
			[]string{asks, "engagement: silent", times, "impact: 2"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newDeployWorld(t)
			w.applied(c.deployed)
			w.exec(c.customise)
			w.applied(templateOnly(c.updated...))
			require.Equal(t, schema.MakesNoSense, w.refusedTo(schema.DeployUpdate))
			before := w.value(everyRow)
			_, err := w.apply(with(c.updated...))
			require.Error(t, err)
			require.Equal(t, before, w.value(everyRow))
		})
	}
}

func TestOfManyWhoUpdateAtOnceOneDoes(t *testing.T) {
	w := newDeployWorld(t)
	w.customise()
	w.applied(templateOnly("CPU", "Disk"))
	errs := timesAtOnce(8, func(int) error { _, err := w.does(schema.DeployUpdate); return err })
	said := tally(errs)
	require.Equal(t, 1, said[""])
	require.Len(t, said, 2, "the others have nothing to update: %v", said)
	require.Equal(t, "Disk, theirs, theirs", w.says())
}

// While somebody deploys, reports are taken: they refer to the row, and wait for nobody.
func TestReportsAreTakenWhileTheirIssueIsDeployed(t *testing.T) {
	w := newIssueWorld(t)
	require.NoError(t, w.db.inTx(t.Context(), func(x tx) error {
		if err := lockCatalogue(t.Context(), x, "test"); err != nil {
			return err
		}
		if _, err := x.exec(t.Context(), `UPDATE sn_pren_issue_registry_template SET short_description = 'x'`); err != nil {
			return err
		}
		what, err := changeDeployment(t.Context(), x, md5("t sn100"), schema.DeployUpdate, "test")
		require.Equal(t, schema.RowDeployed, what)
		w.submit("100")
		return err
	}))
	require.Equal(t, "x", value[string](w, `SELECT short_description FROM sn_pren_issue_registry WHERE sys_id = $1`, registryOf("100")))
}

// deployOfOldProgram is how a program from before versions deploys a template.
const deployOfOldProgram = `
	INSERT INTO sn_pren_issue_registry AS g (sys_id, template, provider, issue_code, short_description, resolution, next_codes, action_wait_seconds, fallback, impact, urgency, assignment_group)
	SELECT md5('old' || t.sys_id), t.sys_id, t.provider, t.issue_code, t.short_description, t.resolution, t.next_codes, t.action_wait_seconds, t.fallback, t.impact, t.urgency, t.assignment_group
	  FROM sn_pren_issue_registry_template t
	 WHERE t.issue_code IN ('100', 'undeployed') AND t.provider = md5('sn')
	    ON CONFLICT (provider, issue_code) DO UPDATE
	   SET template = excluded.template, short_description = excluded.short_description, resolution = excluded.resolution, active = true,
	       sys_updated_on = now(), sys_updated_by = 'old', sys_mod_count = g.sys_mod_count + 1`

func TestWhatAnOlderProgramDeploysIsUpToDate(t *testing.T) {
	w := newIssueWorld(t)
	w.exec(`UPDATE sn_pren_issue_registry_template SET short_description = 'x'`)
	w.exec(deployOfOldProgram)
	for _, key := range []string{"sn/100", "sn/undeployed"} {
		d, err := w.db.Deployment(t.Context(), key)
		require.NoError(t, err)
		require.Equal(t, schema.UpToDate, d.Status())
		require.Empty(t, d.Customised())
		require.Equal(t, d.Now, d.From)
	}
	require.Equal(t, "1 previous system, 2 current old", w.versions(registryOf("100")))
}

func TestRowsFromBeforeThereWereVersionsGetTheirFirst(t *testing.T) {
	w := newIssueWorld(t)
	provider, err := goose.NewProvider(goose.DialectPostgres, w.db.db.DB, migrations.Files)
	require.NoError(t, err)
	_, err = provider.DownTo(t.Context(), 10)
	require.NoError(t, err)
	w.exec(`UPDATE sn_pren_issue_registry_template SET short_description = 'newer', sys_updated_by = 'beth.anglin' WHERE issue_code = '200'`)
	id := w.submit("100")
	w.exec(`UPDATE sn_pren_experience_issue SET state = 'in_progress' WHERE experience_id = $1`, id)
	w.exec(`UPDATE sn_pren_experience_issue_step SET begun_on = now(), plan = '{"step": 1}'`)
	_, err = w.db.Migrate(t.Context())
	require.NoError(t, err)

	for _, table := range []string{"sn_pren_issue_registry_template", "sn_pren_issue_registry", "sn_pren_resolution", "sn_reacf_remedial_action", "sn_pren_notification_content"} {
		require.Zero(t, value[int](w, `SELECT count(*) FROM `+table+` t FULL JOIN (SELECT * FROM sn_pren_version WHERE "table" = '`+table+`') v ON v.record = t.sys_id
		  WHERE t.sys_id IS NULL OR v.number IS DISTINCT FROM 1 OR v.state <> 'current' OR v.sys_created_by <> t.sys_updated_by`), table)
	}
	same, err := w.db.Deployment(t.Context(), "sn/100")
	require.NoError(t, err)
	require.Equal(t, []any{schema.UpToDate, same.Now}, []any{same.Status(), same.From})
	differs, err := w.db.Deployment(t.Context(), "sn/200")
	require.NoError(t, err)
	require.Equal(t, schema.UpdateAvailable, differs.Status())
	require.Empty(t, differs.Customised(), "what differs is taken for the template's: nobody could customise anything")

	w.exec(`UPDATE sn_pren_issue_registry SET fallback = 'none'`)
	w.conclude(id, schema.Outcome{Step: 1, Reason: schema.ActionFailed})
	require.Zero(t, value[int](w, `SELECT count(*) FROM incident`), "a step that had begun goes by the rows as they are")
}
