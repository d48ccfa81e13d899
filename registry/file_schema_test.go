package registry

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"proactive/schema"
	"proactive/schema/demo"
)

func fileSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	compiled, err := compile(FileSchema)
	require.NoError(t, err)
	return compiled
}

// asJSON is what an editor gives the schema for a file; false when the file is not even YAML of that kind.
func asJSON(text []byte) (value any, readable bool) {
	r := &reader{c: &Catalogue{}}
	root := r.parse(File{"c.yaml", text})
	if root == nil {
		return nil, len(r.problems) == 0
	}
	value, err := decode(r.json(root, ""))
	return value, err == nil && len(r.problems) == 0
}

func TestTheSchemaAcceptsWhateverIsRead(t *testing.T) {
	s := fileSchema(t)
	files := map[string][]byte{"demo": demo.YAML}
	for _, pattern := range []string{"testdata/*.yaml", "library/cases/*.yaml", "testdata/fuzz/FuzzRead/*"} {
		paths, err := filepath.Glob(pattern)
		require.NoError(t, err)
		require.NotEmpty(t, paths)
		for _, path := range paths {
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			files[path] = corpusEntry(text)
		}
	}
	for i, text := range []string{"", "users:", "users: []", "providers: [{provider_code: 1}]",
		"issues: [{provider: p, issue_code: 0100, impact: '2', next_codes: [1, 2.5], category: ~, channels: ~, user_limit: {count: 1, window: 1h30m}}]",
		"rate_limit_rules: [{name: a, type: all_users, rate_limit: '7', role: ~}]", "remedial_actions: [{name: a, kind: subflow, target: x, offer_for: ~, timeout: 1.5h}]",
		"notification_channels: [{name: a, type: email, host: '::1', tls: none, from: a@b.c, url: ~}]", "properties: {sn_pren.user_limits: '1'}",
		"outcomes: [{provider: 1, url: 'HTTPS://a', secret: {$secret: A}, give_up_after: 1h}, {provider: b, url: ~, states: ~}]",
		"service_desks: [{name: 1, type: servicenow, instance: 'https://a/', username: 7, password: {$secret: A}, token: ~, url: ~, fields: {u_a: ~}, caller: ''}]"} {
		files[strconv.Itoa(i)] = []byte(text)
	}
	for name, text := range files {
		if _, _, err := Read(File{"c.yaml", text}); err != nil {
			continue
		}
		value, readable := asJSON(text)
		require.True(t, readable, name)
		require.NoError(t, s.Validate(value), "%s\n%s", name, text)
	}
}

// corpusEntry is the text in a file of a fuzz corpus, or the file itself.
func corpusEntry(text []byte) []byte {
	_, entry, fuzzed := strings.Cut(string(text), "[]byte(")
	if !fuzzed || !strings.HasPrefix(string(text), "go test fuzz") {
		return text
	}
	inner, err := strconv.Unquote(strings.TrimSuffix(strings.TrimSpace(entry), ")"))
	if err != nil {
		return nil
	}
	return []byte(inner)
}

// unseen are mistakes that no schema of one file's shape can see: what two rows say together, and what words mean.
var unseen = regexp.MustCompile(`stands in c\.yaml|stands in include too|is a service account|is a person|makes? no sense|there is no value|looks like a secret|must stand alone|` +
	`a secret is not sent|must be the name of a time zone|must be one address|must be an absolute address|must begin with https://$|as it carries links|is active already|no valid JSON Schema|none sends everything|` +
	`must not be longer than|merge keys|holds a character|contains itself|longer than nothing|whole seconds|of an http_request|\$input|an http_request needs|refers to|` +
	`a secret is not given|must be followed|after \$secret|shows nothing to anybody|tells the person something|does nothing that needs consent|is sensitive|leaves nothing of which|` +
	`resolutions\[0\]\.parameters: |computers\[0\]\.sys_id: must be 32|next_codes: "200" stands twice|has no prompt|has no consent_text|reaches the desk|translates? what|sn_pren\.(quiet_hours|default_time_zone|default_language|organisation_)|is (a number|an object) that`)

func TestTheSchemaRejectsWhatIsPlainlyWrong(t *testing.T) {
	s := fileSchema(t)
	rejected := 0
	for _, m := range mistakes {
		value, readable := asJSON([]byte(m.text))
		if !readable {
			continue
		}
		if s.Validate(value) != nil {
			rejected++
			continue
		}
		assert.Regexp(t, unseen, m.sentence, "%s", m.text)
	}
	require.Greater(t, rejected, len(mistakes)/2)
}

// The schema knows the fields that the reader knows.
func TestTheSchemaKnowsEveryField(t *testing.T) {
	var root struct {
		Properties map[string]struct {
			Items      struct{ Properties map[string]any }
			Properties map[string]any
		}
	}
	require.NoError(t, json.Unmarshal(FileSchema, &root))
	names := []string{}
	for _, section := range Sections() {
		names = append(names, string(section))
	}
	require.ElementsMatch(t, names, keysOf(root.Properties))
	for _, s := range sections {
		_, _, err := Read(File{"c.yaml", []byte(string(s.name) + ": [{no-such-field: 1}]")})
		known := strings.Split(knownFields.FindStringSubmatch(err.Error())[1], ", ")
		require.ElementsMatch(t, known, keysOf(root.Properties[string(s.name)].Items.Properties), s.name)
	}
	require.ElementsMatch(t, propertyNames(), keysOf(root.Properties["properties"].Properties))
}

// The schema's closed lists are those of the code, and so are the bounds and the words of the properties.
func TestTheSchemaKnowsEveryRoleStateAndBound(t *testing.T) {
	var root struct {
		Properties map[string]struct {
			Items struct {
				Properties map[string]struct {
					Enum    []any
					Items   struct{ Enum []any }
					Default any
				}
			}
			Properties map[string]struct {
				Minimum, Maximum int
				Default          any
				Description      string
			}
		}
	}
	require.NoError(t, json.Unmarshal(FileSchema, &root))
	roles := anyOf(schema.AllRoles())
	require.Equal(t, roles, root.Properties["service_accounts"].Items.Properties["roles"].Items.Enum)
	require.Equal(t, append(roles, nil), root.Properties["rate_limit_rules"].Items.Properties["role"].Enum)
	states := root.Properties["outcomes"].Items.Properties["states"]
	require.Equal(t, anyOf(schema.OutcomeStates()), states.Items.Enum)
	require.Equal(t, anyOf(schema.DefaultOutcomeStates()), states.Default)
	for name, said := range root.Properties["properties"].Properties {
		p, _ := schema.FindProperty(name)
		require.Equal(t, p.Meaning, said.Description, name)
		require.Equal(t, p.Default, fmt.Sprint(said.Default), name)
		require.Equal(t, []int{p.Min, p.Max}, []int{said.Minimum, said.Maximum}, name)
	}
}

func anyOf[S ~string](texts []S) []any {
	var all []any
	for _, text := range texts {
		all = append(all, string(text))
	}
	return all
}

func keysOf[V any](properties map[string]V) []string {
	names := []string{}
	for name := range properties {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// What is written out, and compared, has every field that the reader knows.
func TestEveryFieldIsWritten(t *testing.T) {
	text, err := os.ReadFile("testdata/format.yaml")
	require.NoError(t, err)
	c := read(t, string(text))
	for _, s := range sections {
		_, _, err := Read(File{"c.yaml", []byte(string(s.name) + ": [{no-such-field: 1}]")})
		known := strings.Split(knownFields.FindStringSubmatch(err.Error())[1], ", ")
		known = slices.DeleteFunc(known, func(name string) bool { return strings.HasSuffix(name, "_env") })
		written := map[string]bool{}
		for r := range rowsOf(c.Catalogue, s.name) {
			for _, f := range r.fields {
				written[f.name] = true
			}
		}
		require.ElementsMatch(t, known, keysOf(written), s.name)
		require.NotEmpty(t, sectionComments[s.name])
	}
}
