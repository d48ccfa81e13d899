package registry

import "proactive/schema"

// row is a row of the catalogue as a file says it.
type row struct {
	key    string // the natural key, as people write it
	sysID  string // of a property its name
	fields fields
}

// rowsOf are the rows of one section.
func rowsOf(c schema.Catalogue, section schema.Section) []row { return sectionOf(section).rows(c) }

func each[R any](rows []R, one func(R) row) []row {
	all := make([]row, len(rows))
	for i, r := range rows {
		all[i] = one(r)
	}
	return all
}

// Sections are the names of all sections, in the order in which they are applied.
func Sections() []schema.Section {
	names := make([]schema.Section, 0, len(sections)+1)
	for _, s := range sections {
		names = append(names, s.name)
	}
	return append(names, schema.SectionProperties)
}
