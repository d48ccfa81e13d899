package postgres

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
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

func (c catalogueOf) Catalogue(context.Context) (schema.Catalogue, error) {
	return schema.Catalogue(c), nil
}

func exported(t *testing.T, from registry.Exporter) []registry.File {
	t.Helper()
	files, err := registry.Export(t.Context(), from, registry.Sections())
	require.NoError(t, err)
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
	all, err := from.Catalogue(t.Context())
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
