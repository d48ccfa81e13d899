package registry

import (
	"slices"

	"proactive/schema"
)

// row is a row of the catalogue as a file says it.
type row struct {
	key    string // the natural key, as people write it
	sysID  string // of a property its name
	fields fields
}

// rowsOf are the rows of one section.
func rowsOf(c schema.Catalogue, section schema.Section) []row {
	switch section {
	case schema.SectionProviders:
		return each(c.Providers, providerRow)
	case schema.SectionUsers:
		return each(c.Users, userRow)
	case schema.SectionUserCriteria:
		return each(c.UserCriteria, criteriaRow)
	case schema.SectionChannels:
		return each(c.Channels, channelRow)
	case schema.SectionServiceAccounts:
		return each(c.ServiceAccounts, accountRow)
	case schema.SectionRateRules:
		return each(c.RateRules, rateRuleRow)
	case schema.SectionOutcomes:
		return each(c.OutcomeReceivers, receiverRow)
	case schema.SectionServiceDesks:
		return each(c.ServiceDesks, serviceDeskRow)
	case schema.SectionComputers:
		return each(c.Computers, computerRow)
	case schema.SectionRemedialActions:
		return each(c.RemedialActions, actionRow)
	case schema.SectionResolutions:
		return each(c.Resolutions, resolutionRow)
	case schema.SectionNotificationContents:
		return each(c.NotificationContents, contentRow)
	case schema.SectionIssues:
		return each(c.Issues, issueRow)
	case schema.SectionProperties:
		return each(c.Properties, propertyRow)
	}
	return nil
}

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

// named finds a row by its key; nil when there is none.
func named(rows []row, key string) *row {
	i := slices.IndexFunc(rows, func(r row) bool { return r.key == key })
	if i < 0 {
		return nil
	}
	return &rows[i]
}

// identified finds a row by its sys_id; nil when there is none.
func identified(rows []row, sysID string) *row {
	i := slices.IndexFunc(rows, func(r row) bool { return r.sysID == sysID })
	if i < 0 {
		return nil
	}
	return &rows[i]
}
