package postgres

import (
	"cmp"
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/registry/decide"
	"proactive/schema"
)

// lookedUp tells what came of everything that a report was looked up by, as table by value: standing.
func (w gateWorld) lookedUp(r schema.Report) (all []string) {
	w.t.Helper()
	for _, l := range w.simulates(r).Lookups {
		all = append(all, l.Table+" "+l.By+" "+l.Value+": "+cmp.Or(l.Name, "-")+" "+string(l.Standing))
		why, helps := decide.Whereabouts(l)
		require.Equal(w.t, l.Standing == schema.Counts, why == "", "%+v", l)
		require.Equal(w.t, why == "", helps == "", "%+v", l)
	}
	return all
}

// Found and not counted is another thing than not found, and what would help is another thing, too.
func TestWhatIsFoundAndDoesNotCountIsNamedAsSuch(t *testing.T) {
	w := newGateWorld(t)
	w.exec(`UPDATE sn_agent_token SET revoked_on = now()`)
	w.exec(`UPDATE sys_user SET active = false WHERE user_name = 'no.address'`)
	people := func(e schema.Endpoint) []string { return w.lookedUp(report("400", by(e)))[3:] }
	for _, c := range []struct {
		endpoint schema.Endpoint
		want     []string
	}{
		{schema.Endpoint{UserName: "FRED.luddy"}, []string{"sys_user user_name FRED.luddy: fred.luddy counts"}},
		{schema.Endpoint{UserName: "leaver"}, []string{"sys_user user_name leaver: leaver inactive"}},
		{schema.Endpoint{UserName: "locked"}, []string{"sys_user user_name locked: locked locked_out"}},
		{schema.Endpoint{UserName: "robot"}, []string{"sys_user user_name robot: robot web_service_access_only"}},
		{schema.Endpoint{UserName: "nobody", UserID: "x"}, []string{"sys_user user_id x: - not_found", "sys_user user_name nobody: - not_found"}},
		{schema.Endpoint{UserID: md5("leaver"), Email: "LOCKED@example.com"}, []string{"sys_user user_id " + md5("leaver") + ": leaver inactive", "sys_user email LOCKED@example.com: locked locked_out"}},
		{schema.Endpoint{Email: "shared@example.com"}, []string{"sys_user email shared@example.com: abel.tuter counts", "sys_user email shared@example.com: beth.anglin counts"}},
		{schema.Endpoint{Email: "nobody@example.com"}, []string{"sys_user email nobody@example.com: - not_found"}},
		{schema.Endpoint{CI: "gone"}, []string{"cmdb_ci_computer CI gone: - not_found"}},
		{schema.Endpoint{CI: md5("spare")}, []string{"cmdb_ci_computer CI " + md5("spare") + ": spare unassigned", "sn_agent_token CI " + md5("spare") + ": spare not_found"}},
		{schema.Endpoint{CI: md5("fred-laptop")}, []string{"cmdb_ci_computer CI " + md5("fred-laptop") + ": fred-laptop counts",
			"sn_agent_token CI " + md5("fred-laptop") + ": fred-laptop revoked", "sys_user assigned_to fred.luddy: fred.luddy counts"}},
		{schema.Endpoint{CI: md5("leaver-laptop")}, []string{"cmdb_ci_computer CI " + md5("leaver-laptop") + ": leaver-laptop counts",
			"sn_agent_token CI " + md5("leaver-laptop") + ": leaver-laptop not_found", "sys_user assigned_to leaver: leaver inactive"}},
		{schema.Endpoint{CI: md5("spare"), UserName: "fred.luddy"}, []string{"sys_user user_name fred.luddy: fred.luddy counts",
			"cmdb_ci_computer CI " + md5("spare") + ": spare counts", "sn_agent_token CI " + md5("spare") + ": spare not_found"}},
	} {
		require.Equal(t, c.want, people(c.endpoint), "%+v", c.endpoint)
	}
}

func TestWhatOfTheCatalogueDoesNotCountIsNamedAsSuch(t *testing.T) {
	w := newGateWorld(t)
	w.exec(`INSERT INTO sn_pren_issue_registry_template (sys_id, provider, issue_code) VALUES (md5('t alone'), md5('sn'), 'alone')`)
	catalogue := func(code string, change ...func(*schema.Report)) (all []string) {
		for _, l := range w.simulates(report(code, change...)).Lookups {
			if !l.Person() {
				all = append(all, l.By+" "+string(l.Standing))
			}
		}
		return all
	}
	for _, c := range []struct {
		code, provider string
		want           []string
	}{
		{"100", "sn", []string{"provider counts", "issue_code counts", "resolution counts", "remedial_action counts"}},
		{"400", "sn", []string{"provider counts", "issue_code counts", "resolution counts"}},
		{"100", "nobody", []string{"provider not_found"}},
		{"100", "retired", []string{"provider inactive", "issue_code counts", "resolution counts", "remedial_action counts"}},
		{"999", "sn", []string{"provider counts", "issue_code not_found"}},
		{"alone", "sn", []string{"provider counts", "issue_code not_deployed"}},
		{"withdrawn", "sn", []string{"provider counts", "issue_code inactive", "resolution counts", "remedial_action counts"}},
		{"no resolution", "sn", []string{"provider counts", "issue_code counts", "resolution not_named"}},
		{"inactive", "sn", []string{"provider counts", "issue_code counts", "resolution inactive"}},
		{"no steps", "sn", []string{"provider counts", "issue_code counts", "resolution incomplete"}},
		{"no url", "sn", []string{"provider counts", "issue_code counts", "resolution incomplete"}},
		{"no action", "sn", []string{"provider counts", "issue_code counts", "resolution counts", "remedial_action not_named"}},
		{"action off", "sn", []string{"provider counts", "issue_code counts", "resolution counts", "remedial_action inactive"}},
		{"action blank", "sn", []string{"provider counts", "issue_code counts", "resolution counts", "remedial_action incomplete"}},
	} {
		require.Equal(t, c.want, catalogue(c.code, under(c.provider)), "%s under %s", c.code, c.provider)
	}
}

// The version that is told is the one that the step then goes by, as its timeline says; also where the report is refused.
func TestASimulationNamesTheVersionsThatTheStepGoesBy(t *testing.T) {
	w := newGateWorld(t)
	for range 2 { // once more than the world has changed them itself; what nobody has signed does not raise sys_mod_count
		w.exec(`UPDATE sn_pren_issue_registry SET impact = impact % 3 + 1 WHERE issue_code = '300'`)
		w.exec(`UPDATE sn_reacf_remedial_action SET attempts = attempts + 1 WHERE name = 'end'`)
	}
	w.exec(`UPDATE sn_pren_resolution SET parameters = '{"a": 1}' WHERE name = 'ci'`)
	s := w.simulates(report("300", by(schema.Endpoint{UserName: "fred.luddy", CI: md5("fred-laptop")})))
	id, _ := w.reports("300")
	require.Equal(t, w.pinned(id, 1), s.Facts.Versions)
	require.Equal(t, s.Facts.Versions.Registry, s.Version)
	require.Equal(t, []int{4, 2, 4}, []int{s.Version.Number, s.Facts.Versions.Resolution.Number, s.Facts.Versions.Action.Number})
	require.Contains(t, s.Decision.Notes[0].Detail, "It goes by version 4 of issue sn/300, version 2 of resolution ci, version 4 of remedial action end.")
	again := w.simulates(report("300"))
	require.Equal(t, schema.BeingResolved, again.Refused.Why)
	require.Equal(t, s.Version, again.Version)
}

// pinned are the versions that stand on a step's row.
func (w gateWorld) pinned(id string, step int) (v schema.StepVersions) {
	w.t.Helper()
	require.NoError(w.t, w.db.db.Get(&v, `
		SELECT gv.sys_id AS "registry.sys_id", gv.name AS "registry.name", gv.number AS "registry.number",
		       rv.sys_id AS "resolution.sys_id", rv.name AS "resolution.name", rv.number AS "resolution.number",
		       coalesce(av.sys_id, '') AS "action.sys_id", coalesce(av.name, '') AS "action.name", coalesce(av.number, 0) AS "action.number"
		  FROM sn_pren_experience_issue_step s
		  JOIN sn_pren_experience_issue i ON i.sys_id = s.issue
		  JOIN sn_pren_version gv         ON gv.sys_id = s.registry_version
		  JOIN sn_pren_version rv         ON rv.sys_id = s.resolution_version
		  LEFT JOIN sn_pren_version av    ON av.sys_id = s.action_version
		 WHERE i.experience_id = $1 AND s.step = $2`, id, step))
	return v
}
