package postgres

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/require"

	"proactive/registry"
	"proactive/schema"
	"proactive/schema/demo"
)

// catalogueOf is a store that holds one catalogue.
type catalogueOf schema.Catalogue

func (c catalogueOf) Catalogue(context.Context, []schema.Section) (schema.Catalogue, error) {
	return schema.Catalogue(c), nil
}

func exported(t *testing.T, from registry.Exporter) []registry.File {
	t.Helper()
	return exportedSections(t, from, registry.MaxFileSize, registry.Sections()...)
}

func exportedSections(t *testing.T, from registry.Exporter, most int, only ...schema.Section) []registry.File {
	t.Helper()
	var files []registry.File
	require.NoError(t, registry.Export(t.Context(), from, only, most, func(f registry.File) error {
		files = append(files, f)
		return nil
	}))
	return files
}

func (w *catalogueWorld) read(files ...registry.File) *registry.Catalogue {
	w.t.Helper()
	c, _, err := registry.Read(files...)
	require.NoError(w.t, err, "%s", files)
	return c
}

func (w *catalogueWorld) plan(o registry.Options, files ...registry.File) registry.Plan {
	w.t.Helper()
	plan, err := registry.MakePlan(w.t.Context(), w.db, w.read(files...), o)
	require.NoError(w.t, err)
	return plan
}

// goesRound tells that what is in w comes out of it, changes nothing there, and makes the same of another database.
func (w *catalogueWorld) goesRound() {
	w.t.Helper()
	before := w.value(everyRow)
	files := exported(w.t, w.db)
	require.Empty(w.t, w.plan(registry.Options{By: "tester", Prune: true, PrunePeople: true}, files...).Rows, "%s", files)
	require.Equal(w.t, before, w.value(everyRow), "a plan writes nothing")

	other := newCatalogueWorld(w.t)
	c := setCredentials(w.t, w.db, other, files)
	_, err := registry.ApplyAll(w.t.Context(), other.db, c, registry.Options{By: "somebody else"})
	require.NoError(w.t, err)
	require.Equal(w.t, textsOf(files), textsOf(exported(w.t, other.db)))
}

// setCredentials gives what an export leaves out, and reads the files with it.
func setCredentials(t *testing.T, from registry.Exporter, to *catalogueWorld, files []registry.File) *registry.Catalogue {
	t.Helper()
	all, err := from.Catalogue(t.Context(), registry.Sections())
	require.NoError(t, err)
	var set []string
	for name, end := range registry.CredentialVariables(all.ServiceAccounts) {
		t.Setenv("PROACTIVE_PASSWORD_"+end, "password of "+name)
		t.Setenv("PROACTIVE_API_KEY_"+end, fmt.Sprintf("%032s", name))
		set = append(set, "PROACTIVE_PASSWORD_"+end, "PROACTIVE_API_KEY_"+end)
	}
	c := to.read(files...)
	for _, variable := range set {
		require.NoError(t, os.Unsetenv(variable))
	}
	return c
}

func textsOf(files []registry.File) map[string]string {
	all := map[string]string{}
	for _, f := range files {
		all[f.Name] = string(f.Data)
	}
	return all
}

func TestAnExportOfTheDemoGoesRound(t *testing.T) {
	w := newCatalogueWorld(t)
	w.applied(string(demo.YAML))
	w.goesRound()
}

func TestAnExportOfEveryFieldGoesRound(t *testing.T) {
	text, err := os.ReadFile("../../registry/testdata/format.yaml")
	require.NoError(t, err)
	w := newCatalogueWorld(t)
	w.applied(string(text))
	w.goesRound()
}

// What somebody wrote past the catalogue is left out of an export where no file can say it, and then nothing takes it away.
const pastTheCatalogue = `
	INSERT INTO sys_properties (name, value) VALUES ('sn_pren.of_a_newer_program', '1'), ('sn_pren.retention', '2'), ('sn_pren.janitor_max_candidates', '0'),
	       ('sn_pren.device_user_limit', '007'), ('sn_pren.organisation_contact', ' 112 ');
	UPDATE sn_pren_issue_registry SET short_description = 'customised';
	INSERT INTO sn_pren_resolution (sys_id, name, type, active) VALUES (md5('retired'), 'retired', 'create_incident', false);
	INSERT INTO sn_pren_issue_registry_template (sys_id, provider, issue_code) SELECT md5(c), sys_id, c FROM sn_pren_provider, unnest(ARRAY['withdrawn', 'never']) c;
	INSERT INTO sn_pren_issue_registry (sys_id, template, provider, issue_code, active) SELECT md5('w'), sys_id, provider, issue_code, false FROM sn_pren_issue_registry_template WHERE issue_code = 'withdrawn';
	UPDATE sn_pren_notification_channel SET config = (config::jsonb || '{"of_a_newer_program": true}')::json WHERE name = 'mail'`

// An export of one section, or of all, is no change, also with --prune: nothing is written that differs, and nothing is taken away that it
// left out.
func TestAnExportOfASectionIsNoChange(t *testing.T) {
	text, err := os.ReadFile("../../registry/testdata/format.yaml")
	require.NoError(t, err)
	w := newCatalogueWorld(t)
	w.applied(string(text))
	_, err = w.db.db.Exec(pastTheCatalogue)
	require.NoError(t, err)
	all := registry.Options{By: "tester", Prune: true, PrunePeople: true}
	for _, section := range registry.Sections() {
		files := exportedSections(t, w.db, registry.MaxFileSize, section)
		require.Len(t, files, 1)
		require.Empty(t, planLines(w.plan(all, files...)), "%s", files)
	}
	require.Empty(t, planLines(w.plan(all, exported(t, w.db)...)))
	require.Contains(t, textsOf(exported(t, w.db))["properties.yaml"],
		"# Left out, as this program has no such property or it cannot have this value: sn_pren.of_a_newer_program: 1\n")
	require.Equal(t, []string{"properties sn_pren.device_user_limit updated: value 007→8"}, w.planned(registry.Options{}, "properties: {sn_pren.device_user_limit: 8}"))
}

func TestAnExportOfAnyCatalogueGoesRound(t *testing.T) {
	for seed := range uint64(5) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			w := newCatalogueWorld(t)
			random := dice{rand.New(rand.NewPCG(seed, 5))}.catalogue()
			c := setCredentials(t, catalogueOf(random), w, exported(t, catalogueOf(random)))
			_, err := registry.ApplyAll(t.Context(), w.db, c, registry.Options{By: "tester"})
			require.NoError(t, err)
			w.goesRound()
		})
	}
}

// What is written is read as what it was.
func TestWhatAnExportSaysIsWhatThereWas(t *testing.T) {
	for seed := range uint64(300) {
		random := dice{rand.New(rand.NewPCG(seed, 7))}.catalogue()
		files := exported(t, catalogueOf(random))
		c, _, err := registry.Read(files...)
		require.NoError(t, err, "seed %d\n%s", seed, files)
		require.Empty(t, cmp.Diff(random, c.Catalogue, cmpopts.EquateEmpty(), cmpopts.IgnoreFields(schema.ServiceAccount{}, "PasswordHash", "APIKeyHash")), "seed %d\n%s", seed, files)
	}
}

// many are people and computers who take several files of a few KiB.
func many(n int) (c schema.Catalogue) {
	for i := range n {
		name := fmt.Sprintf("user.%04d", i)
		c.Users = append(c.Users, schema.User{SysID: fmt.Sprintf("%032x", i), UserName: name, Email: name + "@example.com", Active: true})
		c.Computers = append(c.Computers, schema.Computer{SysID: fmt.Sprintf("%032x", i), Name: fmt.Sprintf("laptop-%04d", i), AssignedTo: name})
	}
	return c
}

func TestALargeSectionIsExportedAsSeveralFiles(t *testing.T) {
	w := newCatalogueWorld(t)
	w.applied(string(demo.YAML))
	c, _, err := registry.Read(exported(t, catalogueOf(many(100)))...)
	require.NoError(t, err)
	_, err = registry.ApplyAll(t.Context(), w.db, c, registry.Options{By: "tester"})
	require.NoError(t, err)

	const most = 3000
	files := exportedSections(t, w.db, most, registry.Sections()...)
	parts := map[string]int{}
	for _, f := range files {
		require.LessOrEqual(t, len(f.Data), most, f.Name)
		section, part, _ := strings.Cut(strings.TrimSuffix(f.Name, ".yaml"), "-")
		parts[section]++
		require.Equal(t, map[bool]string{false: "", true: fmt.Sprintf("%03d", parts[section])}[part != ""], part)
	}
	require.Len(t, parts, len(registry.Sections()))
	require.Greater(t, parts["users"], 3)
	require.Greater(t, parts["computers"], 3)
	require.Equal(t, 1, parts["providers"])

	everybody := registry.Options{By: "tester", Prune: true, PrunePeople: true}
	require.Empty(t, planLines(w.plan(everybody, files...)))
	first := slices.IndexFunc(files, func(f registry.File) bool { return f.Name == "users-001.yaml" })
	require.NotEqual(t, -1, first)
	require.Empty(t, planLines(w.plan(registry.Options{By: "tester", Prune: true}, slices.Delete(slices.Clone(files), first, first+1)...)))
	require.Contains(t, planLines(w.plan(everybody, slices.Delete(slices.Clone(files), first, first+1)...)), "users user.0000 retired: active true→false")
}

// As one file it is what all parts are, each without its comment and the name of its section.
func TestThePartsOfASectionAreTheWhole(t *testing.T) {
	for _, section := range []schema.Section{schema.SectionUsers, schema.SectionComputers} {
		whole := exportedSections(t, catalogueOf(many(100)), registry.MaxFileSize, section)
		require.Len(t, whole, 1)
		var head, rows string
		for _, part := range exportedSections(t, catalogueOf(many(100)), 1, section) {
			name := string(section) + ":\n"
			comment, row, ok := strings.Cut(string(part.Data), name)
			require.True(t, ok)
			head, rows = comment+name, rows+row
		}
		require.Equal(t, string(whole[0].Data), head+rows)
	}
}

func TestAnExportReadsThePeopleAndComputersOfItsSectionsOnly(t *testing.T) {
	w := newCatalogueWorld(t)
	w.applied(small)
	for _, section := range registry.Sections() {
		c, err := w.db.Catalogue(t.Context(), []schema.Section{section})
		require.NoError(t, err)
		require.Equal(t, section == schema.SectionUsers, len(c.Users) > 0, section)
		require.Equal(t, section == schema.SectionServiceAccounts, len(c.ServiceAccounts) > 0, section)
		require.Equal(t, section == schema.SectionComputers, len(c.Computers) > 0, section)
		require.NotEmpty(t, c.Issues)
	}
}
