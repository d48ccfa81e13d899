package registry

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"proactive/schema"
)

// File is a file of a catalogue. Its name is for messages.
type File struct {
	Name string
	Data []byte
}

// Catalogue is what files say: the rows, where each stands, and the credentials in the clear, which are only ever hashed.
type Catalogue struct {
	schema.Catalogue
	files       []string
	positions   map[place]rowPosition
	stands      map[schema.Section]Position // the sections that the files contain, where each stands first
	credentials map[string]credentials      // by user_name
}

// place is a row of the catalogue, by its number in its section.
type place struct {
	section schema.Section
	row     int
}

// rowPosition is where a row stands, and the lines of its fields.
type rowPosition struct {
	Position
	lines map[string]int
}

// Read reads files as one catalogue. The error is Problems: all that is wrong, not only the first; then the catalogue is not
// fit to be applied. The warnings are doubts that do not keep it from being applied. What depends on rows that are in the
// database already is checked by Apply.
func Read(files ...File) (*Catalogue, []Problem, error) {
	c := newCatalogue()
	r := &reader{c: c}
	for _, file := range files {
		c.files = append(c.files, file.Name)
		r.file, r.reported = file.Name, nil
		if root := r.parse(file); root != nil {
			r.sections(root)
		}
	}
	c.checkTwice(r)
	found := c.check(nil)
	problems := append(r.problems, found.errors...)
	return c, r.warnings.sortBy(c.files), problems.sortBy(c.files).err()
}

func newCatalogue() *Catalogue {
	return &Catalogue{positions: map[place]rowPosition{}, stands: map[schema.Section]Position{}, credentials: map[string]credentials{}}
}

// reader collects what a file says, and what is wrong with it.
type reader struct {
	c        *Catalogue
	file     string
	problems Problems
	warnings Problems
	reported map[string]bool // the fields of this file of which, or in which, something is wrong
}

func (r *reader) report(line int, field, format string, args ...any) {
	r.problems = append(r.problems, Problem{Position{r.file, line, field}, fmt.Sprintf(format, args...)})
	if r.reported == nil {
		r.reported = map[string]bool{}
	}
	for i := range len(field) + 1 {
		if i == len(field) || field[i] == '.' || field[i] == '[' {
			r.reported[field[:i]] = true
		}
	}
}

// reportedAt tells whether something is wrong with a field, or in it, already: one sentence is enough.
func (r *reader) reportedAt(field string) bool { return r.reported[field] }

// section is how the rows of one section are read.
type section struct {
	name schema.Section
	row  func(r *reader, o *object)
	rows func(c *Catalogue) int
}

var sections = []section{
	{schema.SectionProviders, (*reader).provider, func(c *Catalogue) int { return len(c.Providers) }},
	{schema.SectionUsers, (*reader).user, func(c *Catalogue) int { return len(c.Users) }},
	{schema.SectionUserCriteria, (*reader).userCriteria, func(c *Catalogue) int { return len(c.UserCriteria) }},
	{schema.SectionChannels, (*reader).channel, func(c *Catalogue) int { return len(c.Channels) }},
	{schema.SectionServiceAccounts, (*reader).serviceAccount, func(c *Catalogue) int { return len(c.ServiceAccounts) }},
	{schema.SectionRateRules, (*reader).rateRule, func(c *Catalogue) int { return len(c.RateRules) }},
	{schema.SectionOutcomes, (*reader).outcomeReceiver, func(c *Catalogue) int { return len(c.OutcomeReceivers) }},
	{schema.SectionServiceDesks, (*reader).serviceDesk, func(c *Catalogue) int { return len(c.ServiceDesks) }},
	{schema.SectionComputers, (*reader).computer, func(c *Catalogue) int { return len(c.Computers) }},
	{schema.SectionRemedialActions, (*reader).remedialAction, func(c *Catalogue) int { return len(c.RemedialActions) }},
	{schema.SectionResolutions, (*reader).resolution, func(c *Catalogue) int { return len(c.Resolutions) }},
	{schema.SectionNotificationContents, (*reader).notificationContent, func(c *Catalogue) int { return len(c.NotificationContents) }},
	{schema.SectionIssues, (*reader).issue, func(c *Catalogue) int { return len(c.Issues) }},
}

func (r *reader) sections(root *yaml.Node) {
	all := r.object(root, "")
	if all == nil {
		return
	}
	for _, s := range sections {
		r.section(s, all)
	}
	if n := all.value(string(schema.SectionProperties)); n != nil {
		r.stands(schema.SectionProperties, all)
		r.properties(n)
	}
	all.done()
}

func (r *reader) section(s section, all *object) {
	n := all.value(string(s.name))
	if n == nil {
		return
	}
	if n.Kind != yaml.SequenceNode {
		all.report(string(s.name), "must be a list of rows, and is %s", kindOf(n))
		return
	}
	r.stands(s.name, all)
	for i, inner := range n.Content {
		o := r.object(inner, fmt.Sprintf("%s[%d]", s.name, i))
		if o == nil {
			continue
		}
		row := s.rows(r.c)
		s.row(r, o)
		o.done()
		r.remember(s.name, row, o)
	}
}

// stands keeps where a section stands first.
func (r *reader) stands(name schema.Section, all *object) {
	if _, before := r.c.stands[name]; !before {
		r.c.stands[name] = Position{r.file, all.lines[string(name)], string(name)}
	}
}

// remember keeps where a row and its fields stand, for what is found out later.
func (r *reader) remember(name schema.Section, row int, o *object) {
	r.c.positions[place{name, row}] = rowPosition{Position{r.file, o.line, o.path}, o.lines}
}

// position is where a field stands, or the row that it is missing from.
func (c *Catalogue) position(name schema.Section, row int, field string) Position {
	stands := c.positions[place{name, row}]
	p := stands.Position
	if line, there := stands.lines[field]; there {
		p.Line = line
	}
	if field != "" {
		p.Field = strings.TrimPrefix(p.Field+"."+field, ".")
	}
	return p
}
