package postgres

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/registry"
	"proactive/schema"
	"proactive/schema/demo"
	"proactive/schema/table"
)

// given is what a request says of a row.
type given = map[string]string

func (w *catalogueWorld) change(verb table.Verb, of, sysID string, values given) (table.Change, error) {
	w.t.Helper()
	t := table.Find(of)
	require.NotNil(w.t, t, of)
	c := table.Change{Table: t, SysID: sysID, By: "beth.anglin", Rules: registry.RulesOf(t)}
	var err error
	if c.Values, err = t.Given(verb, values, false); err == nil {
		err = registry.HashSecrets(c.Values)
	}
	return c, err
}

func (w *catalogueWorld) tryCreate(of string, values given) (string, error) {
	w.t.Helper()
	c, err := w.change(table.Create, of, schema.NewSysID(), values)
	if err != nil {
		return "", err
	}
	return w.db.CreateRecord(w.t.Context(), c)
}

func (w *catalogueWorld) create(of string, values given) (sysID string) {
	w.t.Helper()
	sysID, err := w.tryCreate(of, values)
	require.NoError(w.t, err)
	return sysID
}

func (w *catalogueWorld) tryUpdate(of, sysID string, values given) error {
	w.t.Helper()
	c, err := w.change(table.Write, of, sysID, values)
	if err != nil {
		return err
	}
	return w.db.UpdateRecord(w.t.Context(), c)
}

func (w *catalogueWorld) update(of, sysID string, values given) {
	w.t.Helper()
	require.NoError(w.t, w.tryUpdate(of, sysID, values))
}

func (w *catalogueWorld) delete(of, sysID string) error {
	w.t.Helper()
	c, err := w.change(table.Delete, of, sysID, nil)
	require.NoError(w.t, err)
	return w.db.DeleteRecord(w.t.Context(), c)
}

func (w *catalogueWorld) sysID(of, condition string) string {
	w.t.Helper()
	return w.value(`SELECT sys_id FROM ` + of + ` WHERE ` + condition)
}

func TestEveryTableThatPeopleOwnCanBeWritten(t *testing.T) {
	w := newCatalogueWorld(t)
	w.applied(small)
	for _, row := range []struct {
		table   string
		first   given
		changed given
		column  string
		is      string
	}{
		{"sn_pren_provider", given{"provider_code": "other", "name": "Other"}, given{"active": "false"}, "active", "false"},
		{"sn_reacf_remedial_action", given{"name": "a", "kind": "ci_action", "target": "x", "from_report": "b,c", "input_schema": `{"type": "object"}`},
			given{"timeout_seconds": "60", "offer_for_seconds": "90"}, "timeout_seconds", "60"},
		{"sn_pren_resolution", given{"name": "r", "type": "remedial_action", "remedial_action": "act", "parameters": `{"one": 1.50}`},
			given{"on_success": "action_wait"}, "parameters", `{"one": 1.50}`},
		{"sn_pren_resolution", given{"name": "steps", "type": "self_help", "instructions": `["Look"]`}, given{"translations": `{"de": {"instructions": ["Sehen Sie nach"]}}`},
			"translations", `{"de": {"instructions": ["Sehen Sie nach"]}}`},
		{"sn_pren_notification_content", given{"name": "n", "prompt": "Hello"}, given{"translations": `{"de": {"prompt": "Hallo"}}`}, "translations", `{"de": {"prompt": "Hallo"}}`},
		{"user_criteria", given{"name": "c", "departments": `["Sales, North"]`}, given{"roles": "x, y"}, "roles", "{x,y}"},
		{"sn_pren_notification_channel", given{"name": "ch", "type": "desktop", "config": `{"offer_for": "20m"}`}, given{"attempts": "3"}, "config", `{"offer_for":1200000000000}`},
		{"sn_pren_issue_registry_template", given{"provider": "sn", "issue_code": "900", "next_codes": "100,200"}, given{"user_limit": "3", "user_limit_window_seconds": "60"}, "user_limit", "3"},
		{"sn_pren_issue_registry", given{"provider": "sn", "issue_code": "900", "resolution": "help"}, given{"short_description": "Slow"}, "short_description", "Slow"},
		{"sys_user", given{"user_name": "carla", "preferred_language": "de"}, given{"time_zone": "Europe/Berlin"}, "time_zone", "Europe/Berlin"},
		{"cmdb_ci_computer", given{"name": "box", "assigned_to": "carla"}, given{"os": "linux"}, "os", "linux"},
		{"sys_rate_limit_rules", given{"name": "all", "type": "all_users", "rate_limit": "10"}, given{"rate_limit": "20"}, "rate_limit", "20"},
		{"incident", given{"caller_id": "carla", "short_description": "Help", "impact": "1", "urgency": "2"}, given{"urgency": "1", "state": "2"}, "priority", "1"},
	} {
		t.Run(row.table, func(t *testing.T) {
			w.t = t
			sysID := w.create(row.table, row.first)
			w.update(row.table, sysID, row.changed)
			w.update(row.table, sysID, row.changed) // says the same
			require.Equal(t, row.is+" 1 beth.anglin", w.value(`
				SELECT concat_ws(' ', (CASE WHEN t.c IN ('t', 'f') THEN (t.c = 't')::text ELSE t.c END), t.sys_mod_count, t.sys_updated_by)
				  FROM (SELECT `+row.column+`::text AS c, * FROM `+row.table+` WHERE sys_id = $1) t`, sysID))
			require.NotEqual(t, "0", w.value(`SELECT count(*) FROM sys_audit WHERE documentkey = $1 AND "user" = 'beth.anglin' AND fieldname = $2`, sysID, row.column))
		})
	}
	w.t = t
}

func TestWhatApplyRefusesIsRefusedWithTheNameOfTheField(t *testing.T) {
	w := newCatalogueWorld(t)
	w.applied(small)
	issue := w.sysID("sn_pren_issue_registry", "issue_code = '100'")
	before := w.value(everyRow)
	for _, row := range []struct {
		table    string
		values   given
		sentence string
	}{
		{"sn_pren_provider", given{}, "provider_code is missing"},
		{"sn_pren_provider", given{"provider_code": "x", "colour": "red"}, `sn_pren_provider has no field "colour"`},
		{"sn_pren_provider", given{"provider_code": "sn"}, "There is such a record already: one provider per provider_code."},
		{"sn_reacf_remedial_action", given{"name": "a", "kind": "flow_action", "target": "x", "attempts": "3"}, "attempts: an action that is not idempotent gets one attempt"},
		{"sn_reacf_remedial_action", given{"name": "a", "kind": "script", "target": "x"}, "kind must be one of subflow (Subflow)"},
		{"sn_reacf_remedial_action", given{"name": "a", "kind": "flow_action", "target": "x", "timeout_seconds": "-1"}, "timeout_seconds: must be longer than nothing"},
		{"sn_reacf_remedial_action", given{"name": "a", "kind": "flow_action", "target": "x", "timeout_seconds": "soon"}, "timeout_seconds must be a whole number"},
		{"sn_pren_resolution", given{"name": "r", "type": "url", "url": "ftp://x"}, "url: must be an absolute address"},
		{"sn_pren_resolution", given{"name": "r", "type": "remedial_action", "remedial_action": "nobody"}, "remedial_action: there is no such row of sn_reacf_remedial_action"},
		{"sn_pren_resolution", given{"name": "r", "type": "create_incident", "parameters": `{"a": 1}`}, "parameters: is for a resolution of type remedial_action"},
		{"sn_pren_issue_registry_template", given{"provider": "sn", "issue_code": "1", "engagement": "silent", "consent": "true"}, "consent"},
		{"sn_pren_issue_registry_template", given{"provider": "sn", "issue_code": "1", "channels": "nobody", "engagement": "engage", "notification_content": "note"}, `channels: there is no "nobody"`},
		{"sn_pren_issue_registry_template", given{"provider": "sn", "issue_code": "1", "user_limit": "3"}, "user_limit"},
		{"sn_pren_issue_registry", given{"provider": "sn", "issue_code": "1"}, "template is missing"},
		{"user_criteria", given{"name": "c", "users": "nobody"}, `users: there is no user "nobody"`},
		{"sn_pren_notification_channel", given{"name": "c", "type": "webhook", "config": `{"url": "http://example.com", "secret": {"$secret": "A"}}`}, "url: must begin with https://"},
		{"sn_pren_notification_channel", given{"name": "c", "type": "webhook", "config": `{"url": "https://example.com", "secret": "plain"}`}, "secret: must be {$secret: NAME}"},
		{"sys_user", given{"user_name": "x", "time_zone": "Mars"}, "time_zone: must be the name of a time zone"},
		{"sys_user", given{"user_name": "x", "user_password": "secret"}, "user_password: only a service account signs in"},
		{"sys_user", given{"user_name": "x", "web_service_access_only": "true", "api_key": "short"}, "api_key: an API key has at least 32 characters"},
		{"sys_user", given{"user_name": "ABEL.TUTER"}, "one user per user_name"},
		{"cmdb_ci_computer", given{"name": "x", "assigned_to": "tool"}, "assigned_to: \"tool\" is a service account"},
		{"sys_user_has_role", given{"user": "tool", "role": "emperor"}, `role: there is no role "emperor" for an account`},
		{"sys_properties", given{"name": "sn_pren.nothing", "value": "1"}, "name: there is no such property"},
		{"sys_properties", given{"name": "sn_pren.engine_due_seconds", "value": "0"}, "value: sn_pren.engine_due_seconds must be a whole number"},
		{"incident", given{"short_description": "x"}, "caller_id is missing"},
		{"incident", given{"short_description": "x", "caller_id": "nobody"}, "caller_id: there is no such row of sys_user"},
		{"incident", given{"short_description": "x", "caller_id": "abel.tuter", "state": "9"}, "state must be one of 1 (New)"},
	} {
		_, err := w.tryCreate(row.table, row.values)
		require.ErrorContains(t, err, row.sentence, "%s %v", row.table, row.values)
	}
	require.ErrorContains(t, w.tryUpdate("sn_pren_resolution", w.sysID("sn_pren_resolution", "name = 'help'"), given{"type": "create_incident", "remedial_action": "", "parameters": ""}),
		"issue sn/100, which is deployed in the database, would make no sense any more")
	require.ErrorContains(t, w.tryUpdate("sn_pren_notification_channel", w.sysID("sn_pren_notification_channel", "name = 'mail'"), given{"name": "post"}), "It keeps its name, as issue sn/100 names it")
	require.ErrorContains(t, w.tryUpdate("sn_pren_issue_registry", issue, given{"engagement": "silent"}), "consent")
	require.Equal(t, before, w.value(everyRow))
}

func TestARowThatOthersReferToIsNotDeleted(t *testing.T) {
	w := newCatalogueWorld(t)
	w.applied(small)
	w.create("incident", given{"caller_id": w.create("sys_user", given{"user_name": "carla"}), "short_description": "Help"})
	for of, conflicts := range map[string]map[string]string{
		"sn_pren_provider":                {"provider_code = 'sn'": "rows of sn_pren_"},
		"sn_reacf_remedial_action":        {"name = 'act'": "rows of sn_pren_resolution refer to it"},
		"sn_pren_resolution":              {"name = 'help'": "rows of sn_pren_issue_registry"},
		"sn_pren_notification_channel":    {"name = 'mail'": "issue sn/100 names it"},
		"sn_pren_issue_registry_template": {"issue_code = '100'": "rows of sn_pren_issue_registry refer to it"},
		"sys_user":                        {"user_name = 'tool'": "rate limit rule of tool", "user_name = 'abel.tuter'": "user criteria sales", "user_name = 'carla'": "rows of incident refer to it"},
	} {
		for condition, sentence := range conflicts {
			err := w.delete(of, w.sysID(of, condition))
			var conflict table.Conflict
			require.ErrorAs(t, err, &conflict, of)
			require.Contains(t, conflict.Error(), sentence)
		}
	}
	w.applied(`
notification_channels: [{name: desk, type: email, audience: desk, host: localhost, from: a@b.c, to: d@e.f}]
issues: [{provider: sn, issue_code: 200, resolution: help, fallback: live_agent, deployed: true}]`)
	var conflict table.Conflict
	require.ErrorAs(t, w.delete("sn_pren_notification_channel", w.sysID("sn_pren_notification_channel", "name = 'desk'")), &conflict)
	require.Contains(t, conflict.Error(), "issue sn/200, which is deployed in the database, would make no sense any more")
	require.ErrorContains(t, w.tryUpdate("sn_pren_notification_channel", w.sysID("sn_pren_notification_channel", "name = 'desk'"), given{"active": "false", "name": "other"}),
		"issue sn/200, which is deployed in the database, would make no sense any more")
	require.NoError(t, w.delete("sn_pren_notification_channel", w.sysID("sn_pren_notification_channel", "name = 'screen'")))
	w.applied("issues: [{provider: sn, issue_code: 200, resolution: help, deployed: false}]")

	registryRow := w.sysID("sn_pren_issue_registry", "issue_code = '100'")
	require.NoError(t, w.delete("sn_pren_issue_registry", registryRow))
	require.ErrorIs(t, w.delete("sn_pren_issue_registry", registryRow), schema.ErrNoRecord)
	require.NoError(t, w.delete("sn_pren_issue_registry_template", w.sysID("sn_pren_issue_registry_template", "issue_code = '100'")))
}

func TestOfManyWhoChangeTheSameVersionOneIsFirst(t *testing.T) {
	w := newCatalogueWorld(t)
	caller := w.create("sys_user", given{"user_name": "carla"})
	sysID := w.create("incident", given{"caller_id": caller, "short_description": "Help"})
	const many = 8
	var won, late atomic.Int64
	var together sync.WaitGroup
	for i := range many {
		together.Go(func() {
			c, err := w.change(table.Write, "incident", sysID, given{"short_description": string(rune('a' + i))})
			require.NoError(t, err)
			c.ModCount = new(int)
			err = w.db.UpdateRecord(t.Context(), c)
			if _, isLate := err.(table.Changed); isLate {
				late.Add(1)
			} else if err == nil {
				won.Add(1)
			}
		})
	}
	together.Wait()
	require.Equal(t, []int64{1, many - 1}, []int64{won.Load(), late.Load()})
	for _, note := range []string{"seen 1", "seen 2", "seen 3"} {
		together.Go(func() { _ = w.tryUpdate("incident", sysID, given{"work_notes": note}) })
	}
	together.Wait()
	require.Equal(t, "4", w.value(`SELECT sys_mod_count FROM incident`))
	require.Regexp(t, `^\S+Z  beth.anglin: seen \d\n\S+Z  beth.anglin: seen \d\n\S+Z  beth.anglin: seen \d$`, w.value(`SELECT work_notes FROM incident`))
}

// What SQL has written may be longer than what may be given, and does not keep anybody from changing the rest.
func TestATextThatIsTooLongIsRefusedAndWhatIsThereStays(t *testing.T) {
	w := newCatalogueWorld(t)
	w.applied(small)
	long := strings.Repeat("x", 5000)
	sysID := w.create("incident", given{"caller_id": "abel.tuter", "short_description": "Slow"})
	require.EqualError(t, w.tryUpdate("incident", sysID, given{"short_description": long}), "short_description has 5000 characters, and may have 4000: shorten it.")
	_, err := w.tryCreate("sys_user", given{"user_name": long})
	require.EqualError(t, err, "user_name has 5000 characters, and may have 255: shorten it.")
	_, err = w.db.db.Exec(`UPDATE incident SET short_description = $1`, long)
	require.NoError(t, err)
	w.update("incident", sysID, given{"short_description": long, "assignment_group": "Network"})
	require.Equal(t, "Network 5000", w.value(`SELECT assignment_group || ' ' || length(short_description) FROM incident`))
}

func TestAnAccountIsMadeWithItsPasswordKeyAndRoles(t *testing.T) {
	w := newCatalogueWorld(t)
	key := "0123456789abcdef0123456789abcdef"
	sysID := w.create("sys_user", given{"user_name": "tool", "web_service_access_only": "true", "user_password": "secret", "api_key": key})
	role := w.create("sys_user_has_role", given{"user": "tool", "role": "itil"})
	account, err := w.db.AccountByKey(t.Context(), registry.HashAPIKey(key))
	require.NoError(t, err)
	require.Equal(t, schema.Roles{schema.RoleServiceDesk}, account.Roles)
	require.Contains(t, account.PasswordHash, "$argon2id$")
	require.NoError(t, w.delete("sys_user_has_role", role))
	w.update("sys_user", sysID, given{"api_key": "", "web_service_access_only": "false"})
	_, err = w.db.AccountByKey(t.Context(), registry.HashAPIKey(key))
	require.ErrorIs(t, err, schema.ErrNoRecord)
	require.Equal(t, "true", w.value(`SELECT web_service_access_only::text FROM sys_user`), "what is fixed stays")
	require.Equal(t, "0", w.value(`SELECT count(*) FROM sys_audit WHERE oldvalue || newvalue ~ 'argon2|\\x'`))
}

func TestAnAccountThatIsBoundToProvidersWritesForTheseAlone(t *testing.T) {
	w := newCatalogueWorld(t)
	w.applied(small)
	w.applied("providers: [{provider_code: other}]")
	bound := func(verb table.Verb, of, sysID string, values given) table.Change {
		c, err := w.change(verb, of, sysID, values)
		require.NoError(t, err)
		c.Providers = []string{"other"}
		return c
	}
	_, err := w.db.CreateRecord(t.Context(), bound(table.Create, "sn_pren_issue_registry_template", schema.NewSysID(), given{"provider": "sn", "issue_code": "7"}))
	require.ErrorIs(t, err, table.NotYours)
	mine, err := w.db.CreateRecord(t.Context(), bound(table.Create, "sn_pren_issue_registry_template", schema.NewSysID(), given{"provider": "other", "issue_code": "7"}))
	require.NoError(t, err)
	require.ErrorIs(t, w.db.UpdateRecord(t.Context(), bound(table.Write, "sn_pren_issue_registry_template", mine, given{"provider": "sn"})), table.NotYours)
	for _, of := range []struct {
		table  string
		values given
	}{
		{"sn_pren_issue_registry_template", given{"provider": "sn", "issue_code": "100"}},
		{"sn_pren_issue_registry_template", given{"provider": "sn", "issue_code": "not there"}},
		{"sn_pren_issue_registry_template", given{"provider": "nobody", "issue_code": "100"}},
		{"sn_pren_provider", given{"provider_code": "sn"}},
		{"sn_pren_provider", given{"provider_code": "nobody"}},
		{"incident", given{"caller_id": "abel.tuter", "short_description": "Help", "correlation_display": "sn"}},
		{"incident", given{"caller_id": "abel.tuter", "short_description": "Help"}},
	} {
		_, err := w.db.CreateRecord(t.Context(), bound(table.Create, of.table, schema.NewSysID(), of.values))
		require.Equal(t, table.NotYours, err, "%v: the same whether there is one or not", of)
	}
	theirs := w.sysID("sn_pren_issue_registry_template", "issue_code = '100'")
	require.ErrorIs(t, w.db.UpdateRecord(t.Context(), bound(table.Write, "sn_pren_issue_registry_template", theirs, given{"short_description": "x"})), schema.ErrNoRecord)
	require.ErrorIs(t, w.db.DeleteRecord(t.Context(), bound(table.Delete, "sn_pren_issue_registry_template", theirs, nil)), schema.ErrNoRecord)
}

func TestWhatTellsARecordFromOthersStays(t *testing.T) {
	w := newCatalogueWorld(t)
	w.applied(small)
	w.applied("providers: [{provider_code: other}]")
	before := w.value(everyRow)
	for _, row := range []struct{ table, condition, field, same, another string }{
		{"sn_pren_provider", "provider_code = 'sn'", "provider_code", "sn", "SN"},
		{"sn_pren_issue_registry_template", "issue_code = '100'", "issue_code", "100", "101"},
		{"sn_pren_issue_registry_template", "issue_code = '100'", "provider", "sn", "other"},
		{"sn_pren_issue_registry", "issue_code = '100'", "issue_code", "100", "101"},
		{"sn_pren_issue_registry", "issue_code = '100'", "provider", w.sysID("sn_pren_provider", "provider_code = 'sn'"), "other"},
	} {
		sysID := w.sysID(row.table, row.condition)
		require.NoError(t, w.tryUpdate(row.table, sysID, given{row.field: row.same}), "%v: clients send whole records back", row)
		err := w.tryUpdate(row.table, sysID, given{row.field: row.another})
		require.IsType(t, table.Mistake(""), err, row)
		require.ErrorContains(t, err, row.field+" stays what it is", row)
	}
	require.Equal(t, before, w.value(everyRow))
}

func TestWhatTiesAnIncidentToItsIssueStays(t *testing.T) {
	w := newIssueWorld(t)
	_, made := w.opensIncident()
	c := catalogueWorld{t: t, db: w.db}
	for _, field := range []string{"correlation_id", "correlation_display"} {
		is := value[string](w, `SELECT `+field+` FROM incident WHERE sys_id = $1`, made)
		require.NoError(t, c.tryUpdate("incident", made, given{field: is}))
		err := c.tryUpdate("incident", made, given{field: "another"})
		require.IsType(t, table.Mistake(""), err)
		require.ErrorContains(t, err, field+" stays what it is")
	}
	own := c.create("incident", given{"caller_id": "fred.luddy", "short_description": "Help", "correlation_id": "a"})
	c.update("incident", own, given{"correlation_id": "b", "correlation_display": "another tool"})
}

func TestAnAccountIsBoundToProviders(t *testing.T) {
	w := newCatalogueWorld(t)
	w.applied(small)
	w.applied("providers: [{provider_code: other}]")
	robot := w.create("sys_user", given{"user_name": "robot", "web_service_access_only": "true"})
	speaks := func() []string {
		account, err := w.db.Account(t.Context(), "robot")
		require.NoError(t, err)
		return account.Providers
	}
	_, err := w.tryCreate("sn_pren_account_provider", given{"user": "abel.tuter", "provider": "sn"})
	require.ErrorContains(t, err, "user: only a service account is bound to providers")
	_, err = w.tryCreate("sn_pren_account_provider", given{"user": "robot", "provider": "nobody"})
	require.ErrorContains(t, err, "provider: there is no such row of sn_pren_provider")
	sn := w.create("sn_pren_account_provider", given{"user": "robot", "provider": "sn"})
	_, err = w.tryCreate("sn_pren_account_provider", given{"user": "robot", "provider": "sn"})
	require.IsType(t, table.Conflict(""), err)
	other := w.create("sn_pren_account_provider", given{"user": robot, "provider": "other"})
	require.Equal(t, []string{"other", "sn"}, speaks())
	require.Equal(t, "beth.anglin", w.value(`SELECT DISTINCT "user" FROM sys_audit WHERE tablename = 'sn_pren_account_provider' AND documentkey IN ($1, $2)`, sn, other))

	role := w.create("sys_user_has_role", given{"user": "robot", "role": "itil"})
	bindings, errs := []string{sn, other}, make(chan []error, 1)
	require.NoError(t, w.db.inTx(t.Context(), func(x tx) error {
		_, err := x.exec(t.Context(), `SELECT FROM sys_user WHERE sys_id = $1 FOR UPDATE`, robot)
		require.NoError(t, err)
		go func() {
			errs <- timesAtOnce(2, func(i int) error { return w.delete("sn_pren_account_provider", bindings[i]) })
		}()
		require.Eventually(t, func() bool {
			return w.value(`SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`) == "2"
		}, 30*time.Second, time.Millisecond, "each waits to look after the other")
		return nil
	}))
	require.Len(t, tally(<-errs), 2, "one is refused")
	require.Len(t, speaks(), 1)
	last := w.sysIDOfBinding(robot)
	require.ErrorContains(t, w.delete("sn_pren_account_provider", last), "without a provider the account would speak for all")
	require.NoError(t, w.delete("sys_user_has_role", role))
	require.NoError(t, w.delete("sn_pren_account_provider", last))
	require.Empty(t, speaks())
}

func (w *catalogueWorld) sysIDOfBinding(user string) string {
	w.t.Helper()
	return w.value(`SELECT md5("user" || ':' || provider) FROM sn_pren_account_provider WHERE "user" = $1`, user)
}

// Clients read a record, change a field, and send all of it back.
func TestARecordThatIsSentBackAsItWasReadChangesNothing(t *testing.T) {
	w := newCatalogueWorld(t)
	w.applied(string(demo.YAML))
	w.applied("user_criteria: [{name: c, departments: [\"Sales, North\"], roles: [a, b]}]\nrate_limit_rules: [{name: r, type: all_users, rate_limit: 5}]")
	w.create("incident", given{"caller_id": "abel.tuter", "short_description": "Help", "work_notes": "first\nsecond"})
	before, rows := w.value(everyRow), 0
	for _, of := range table.All() {
		if of.Access.Write == nil {
			continue
		}
		selection := table.Selection{Table: of, Fields: of.Readable(), Limit: 100}
		records := map[string]given{}
		_, err := w.db.Rows(t.Context(), selection, func(values []table.Value) error {
			record := given{}
			for i, p := range selection.Fields {
				record[p.Field.Name] = values[i].Value
			}
			records[record["sys_id"]] = record
			return nil
		})
		require.NoError(t, err)
		for sysID, record := range records {
			require.NoError(t, w.tryUpdate(of.Name, sysID, record), "%s %v", of.Name, record)
			rows++
		}
	}
	require.Greater(t, rows, 20)
	require.Equal(t, before, w.value(everyRow))
	require.Equal(t, "0", w.value(`SELECT sys_mod_count FROM incident`))
}

// SQL may have written a state that is none, before there was a rule.
func TestAnIncidentOfAnOddStateCanBeChanged(t *testing.T) {
	w := newCatalogueWorld(t)
	sysID := w.create("incident", given{"caller_id": w.create("sys_user", given{"user_name": "carla"}), "short_description": "Help"})
	_, err := w.db.db.Exec(`SET LOCAL session_replication_role = replica; UPDATE incident SET state = '42'`)
	require.NoError(t, err)
	w.update("incident", sysID, given{"short_description": "Still there", "work_notes": "seen"})
	require.ErrorContains(t, w.tryUpdate("incident", sysID, given{"state": "42"}), "state must be one of 1 (New)")
	w.update("incident", sysID, given{"state": "6"})
	for _, statement := range []string{`UPDATE incident SET state = '43'`, `INSERT INTO incident SELECT * FROM jsonb_populate_record((SELECT i FROM incident i), '{"state": "42", "sys_id": "", "number": ""}')`} {
		_, err = w.db.db.Exec(statement)
		require.ErrorContains(t, err, "an incident's state is one of six")
	}
}

func TestARowWithAnIDThatExistsIsAConflict(t *testing.T) {
	w := newCatalogueWorld(t)
	c, err := w.change(table.Create, "sys_user", schema.NewSysID(), given{"user_name": "carla"})
	require.NoError(t, err)
	_, err = w.db.CreateRecord(t.Context(), c)
	require.NoError(t, err)
	c.Values["user_name"] = "other"
	_, err = w.db.CreateRecord(t.Context(), c)
	require.Equal(t, table.Conflict("A record of sys_user with this key exists already."), err)
}
