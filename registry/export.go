package registry

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"proactive/schema"
)

// Exporter is a store that gives the catalogue, in the order of the keys.
type Exporter interface {
	// Catalogue reads the catalogue as it is at one moment: of people, accounts and computers those of the sections only, of everything else all.
	Catalogue(ctx context.Context, only []schema.Section) (schema.Catalogue, error)
}

// Export writes sections of the catalogue as files that Read takes and that change nothing when they are applied. There is one file a section,
// in the order of Sections, and several numbered ones where it would have more than most bytes. The same catalogue always gives the same bytes.
// No password, key or secret is in them: see CredentialVariables. Each file is given to write once it is full, and not kept. An error of write
// ends the export and is returned as it is.
func Export(ctx context.Context, store Exporter, only []schema.Section, most int, write func(File) error) error {
	c, err := store.Catalogue(ctx, only)
	if err != nil {
		return err
	}
	for _, section := range Sections() {
		if !slices.Contains(only, section) {
			continue
		}
		if err := exportSection(section, valuesOf(c, section), most, write); err != nil {
			return err
		}
	}
	return nil
}

// exportSection puts as many values into a file as it may have bytes, and one in any case.
func exportSection(section schema.Section, values iter.Seq[*yaml.Node], most int, write func(File) error) error {
	var text bytes.Buffer
	part := 0
	for value := range values {
		said, err := encoded(section, value)
		if err != nil {
			return fmt.Errorf("write %s: %w", section, err)
		}
		if text.Len() > 0 && text.Len()+len(said) > most {
			part++
			if err := write(File{Name: partName(section, part), Data: bytes.Clone(text.Bytes())}); err != nil {
				return err
			}
			text.Reset()
		}
		if text.Len() == 0 {
			text.WriteString(Heading(section))
		} else {
			said = said[len(section)+len(":\n"):]
		}
		text.Write(said)
	}
	name := string(section) + ".yaml"
	if part > 0 {
		name = partName(section, part+1)
	}
	return write(File{Name: name, Data: text.Bytes()})
}

// Heading is how each file begins that Export has written of a section.
func Heading(section schema.Section) string {
	return "# " + strings.ReplaceAll(sectionComments[section], "\n", "\n# ") + "\n"
}

func partName(section schema.Section, part int) string {
	return fmt.Sprintf("%s-%03d.yaml", section, part)
}

// encoded is a section that has this value and nothing else.
func encoded(section schema.Section, value *yaml.Node) ([]byte, error) {
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	err := e.Encode(&yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{textNode(string(section)), value}})
	return b.Bytes(), err
}

// valuesOf are lists of one row each, which in this order make the section, or its whole value where that is no list or an empty one.
func valuesOf(c schema.Catalogue, section schema.Section) iter.Seq[*yaml.Node] {
	return func(yield func(*yaml.Node) bool) {
		if section == schema.SectionProperties {
			yield(propertiesNode(c.Properties))
			return
		}
		node, some := rowNode(c, section), false
		for r := range rowsOf(c, section) {
			some = true
			if !yield(&yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{node(r)}}) {
				return
			}
		}
		if !some {
			yield(&yaml.Node{Kind: yaml.SequenceNode})
		}
	}
}

// rowNode says how a row of a section is written.
func rowNode(c schema.Catalogue, section schema.Section) func(row) *yaml.Node {
	switch section {
	case schema.SectionServiceAccounts:
		variables := CredentialVariables(c.ServiceAccounts)
		return func(r row) *yaml.Node { return r.node(variables[r.key]) }
	case schema.SectionIssues:
		stand := standings(c)
		return func(r row) *yaml.Node { return issueNode(stand[r.key], r) }
	}
	return func(r row) *yaml.Node { return r.node("") }
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
func issueNode(s standing, r row) *yaml.Node {
	if s.registry == nil || !s.registry.Reportable() || s.upToDate() {
		return r.node("")
	}
	i := *s.template
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
