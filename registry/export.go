package registry

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"proactive/schema"
)

// Exporter is a store that gives the whole catalogue, in the order of the keys.
type Exporter interface {
	Catalogue(ctx context.Context) (schema.Catalogue, error)
}

// Export writes sections of the catalogue as files that Read takes and that change nothing when they are applied. There is one file a section,
// in the order of Sections. The same catalogue always gives the same bytes. No password, key or secret is in them: see CredentialVariables.
func Export(ctx context.Context, store Exporter, only []schema.Section) ([]File, error) {
	c, err := store.Catalogue(ctx)
	if err != nil {
		return nil, err
	}
	var files []File
	for _, section := range Sections() {
		if !slices.Contains(only, section) {
			continue
		}
		text, err := sectionText(c, section)
		if err != nil {
			return nil, fmt.Errorf("write %s: %w", section, err)
		}
		files = append(files, File{Name: string(section) + ".yaml", Data: text})
	}
	return files, nil
}

func sectionText(c schema.Catalogue, section schema.Section) ([]byte, error) {
	rows, stand := rowsOf(c, section), standings(c)
	value := &yaml.Node{Kind: yaml.SequenceNode}
	switch section {
	case schema.SectionProperties:
		value = propertiesNode(c.Properties)
	case schema.SectionServiceAccounts:
		variables := CredentialVariables(c.ServiceAccounts)
		for _, r := range rows {
			value.Content = append(value.Content, r.node(variables[r.key]))
		}
	case schema.SectionIssues:
		for i, r := range rows {
			value.Content = append(value.Content, issueNode(stand[r.key], c.Issues[i], r))
		}
	default:
		for _, r := range rows {
			value.Content = append(value.Content, r.node(""))
		}
	}
	var b bytes.Buffer
	for _, line := range strings.Split(sectionComments[section], "\n") {
		b.WriteString("# " + line + "\n")
	}
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	err := e.Encode(&yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{textNode(string(section)), value}})
	return b.Bytes(), err
}

// node is the row without what a file may leave out. Credentials are read from variables that end in variable.
func (r row) node(variable string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode}
	for _, f := range r.fields {
		name, value := f.name, f.value
		if f.hidden {
			name, value = f.name+"_env", textNode(variablePrefixes[f.name]+variable)
		}
		if !f.implied || alwaysSaid[f.name] {
			n.Content = append(n.Content, textNode(name), value)
		}
	}
	return n
}

// alwaysSaid are fields that say nothing when they are left out, which is not the same as false.
var alwaysSaid = map[string]bool{"deployed": true}

// issueNode leaves out deployed where the registry row is of an earlier form of the template: saying it would deploy this one. What was
// customised in the row is no such difference.
func issueNode(s standing, i schema.IssueTemplate, r row) *yaml.Node {
	if s.registry == nil || !s.registry.Reportable() || s.upToDate() {
		return r.node("")
	}
	i.Deployed = nil
	n := issueRow(i).node("")
	n.HeadComment = "# An earlier form of this one is deployed. This one is with: deployed: true"
	return n
}

// variablePrefixes begin the names of the environment variables that hold what an export does not.
var variablePrefixes = map[string]string{"password": "PROACTIVE_PASSWORD_", "api_key": "PROACTIVE_API_KEY_"}

// CredentialVariables are the ends of the environment variables of accounts, by user_name: PROACTIVE_PASSWORD_ and PROACTIVE_API_KEY_ with the
// user_name in capitals, everything but letters and digits as _. Of several accounts with one end, the later ones by name get _2, _3 and so on.
func CredentialVariables(accounts []schema.ServiceAccount) map[string]string {
	names := make([]string, len(accounts))
	for i, a := range accounts {
		names[i] = a.UserName
	}
	slices.Sort(names)
	ends, taken := map[string]string{}, map[string]bool{}
	for _, name := range names {
		plain := variableEnd(name)
		end := plain
		for n := 2; taken[end]; n++ {
			end = plain + "_" + strconv.Itoa(n)
		}
		ends[name], taken[end] = end, true
	}
	return ends
}

func variableEnd(userName string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return r
		}
		return '_'
	}, userName)
}

// sectionComments say at the top of a file what is in it.
var sectionComments = map[schema.Section]string{
	schema.SectionProviders:    "Who reports. A report names its provider by this code.",
	schema.SectionUsers:        "Whom a report can be about.",
	schema.SectionUserCriteria: "Groups of people, whom issues include or exclude.",
	schema.SectionChannels:     "How people and the desk are written to. The value of {$secret: NAME} is PROACTIVE_SECRET_NAME of the worker.",
	schema.SectionServiceAccounts: "Who may call the API. A password or key is read from the variable that is named here; while that is not set, what is\n" +
		"stored stays as it is.",
	schema.SectionRateRules:            "How many requests an hour an account may make.",
	schema.SectionOutcomes:             "Which providers hear what becomes of their issues: by the feed, and with a url also by webhook.",
	schema.SectionServiceDesks:         "The service desk's own system, where incidents go.",
	schema.SectionComputers:            "The configuration items. The CI of a report is the sys_id.",
	schema.SectionRemedialActions:      "What can be run to help.",
	schema.SectionResolutions:          "What helps.",
	schema.SectionNotificationContents: "What people are told and asked.",
	schema.SectionIssues:               "The known issues. Only what is deployed can be reported.",
	schema.SectionProperties:           "Settings that count while everything runs.",
}
