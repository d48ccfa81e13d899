// Package library is the base library: what can be done about the well-known troubles of computers, as templates of the catalogue that are
// ready to be deployed one by one. A case is a file in cases.
//
// What a case needs is named library- and the case's name, so that it takes no name of anybody's own rows.
package library

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"proactive/registry"
)

//go:embed cases/*.yaml
var files embed.FS

// Provider is the provider_code that the issues of the library have as they are written.
const Provider = "proactive"

// Case is a trouble that the library knows.
type Case struct {
	Name  string // also the issue code
	About string // in one line
	yaml  []byte
}

// Cases are all cases, by name.
func Cases() []Case {
	paths, _ := fs.Glob(files, "cases/*.yaml") //nolint:errcheck // the pattern is right
	cases := make([]Case, len(paths))
	for i, path := range paths {
		text, _ := files.ReadFile(path) //nolint:errcheck // it was just found
		about, _, _ := strings.Cut(strings.TrimPrefix(string(text), "# "), "\n")
		cases[i] = Case{strings.TrimSuffix(strings.TrimPrefix(path, "cases/"), ".yaml"), about, text}
	}
	return cases
}

// Read gives the named cases as one catalogue, or all where none is named. Their issues become those of provider, a provider_code. Only
// Provider comes along with them: another one must be there. deploy makes them reportable; without it, what is deployed stays deployed.
func Read(provider string, deploy bool, names ...string) (*registry.Catalogue, error) {
	chosen, err := named(names)
	if err != nil {
		return nil, err
	}
	var all []registry.File
	if provider == Provider {
		all = append(all, registry.File{Name: "library", Data: []byte("providers: [{provider_code: " + Provider + ", name: Base library}]")})
	}
	for _, c := range chosen {
		all = append(all, registry.File{Name: "library/" + c.Name + ".yaml", Data: c.yaml})
	}
	catalogue, _, err := registry.Read(all...)
	if err != nil {
		return nil, err
	}
	for i := range catalogue.Issues {
		catalogue.Issues[i].Provider = provider
		if deploy {
			catalogue.Issues[i].Deployed = &deploy
		}
	}
	return catalogue, nil
}

func named(names []string) ([]Case, error) {
	all := Cases()
	if len(names) == 0 {
		return all, nil
	}
	var chosen []Case
	for _, name := range names {
		i := slices.IndexFunc(all, func(c Case) bool { return c.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("the base library has no case %q: use %s", name, listed(all))
		}
		if !slices.ContainsFunc(chosen, func(c Case) bool { return c.Name == name }) {
			chosen = append(chosen, all[i])
		}
	}
	return chosen, nil
}

func listed(cases []Case) string {
	names := make([]string, len(cases))
	for i, c := range cases {
		names[i] = c.Name
	}
	return strings.Join(names, ", ")
}
