package postgres

import (
	"context"
	"slices"

	"proactive/schema"
)

// knownCatalogue reads what a decision about given needs, in the order of the keys: of people, accounts and computers those that given names or
// identifies, or everybody; of everything else all.
func knownCatalogue(ctx context.Context, t tx, given schema.Catalogue, everybody bool) (schema.Catalogue, error) {
	var known schema.Catalogue
	if err := knownPeople(ctx, t, given, everybody, &known); err != nil {
		return known, err
	}
	if err := knownComputers(ctx, t, given, everybody, &known); err != nil {
		return known, err
	}
	if err := knownHelp(ctx, t, &known); err != nil {
		return known, err
	}
	var err error
	if everybody || slices.ContainsFunc(given.Issues, schema.IssueTemplate.Reportable) {
		known.Deployments, err = readDeployments(ctx, t, allDeployments)
	}
	return known, err
}

// readCatalogue reads sections for who writes them down, in the order of the keys: of people, accounts and computers those of the sections
// only, as they may be very many; of everything else all.
func readCatalogue(ctx context.Context, t tx, only []schema.Section) (schema.Catalogue, error) {
	var c schema.Catalogue
	for _, read := range []struct {
		section schema.Section
		rows    func() error
	}{
		{schema.SectionUsers, func() error { return readPeople(ctx, t, &c, allUsers) }},
		{schema.SectionServiceAccounts, func() error { return readPeople(ctx, t, &c, allAccounts) }},
		{schema.SectionComputers, func() error { return t.selectAll(ctx, &c.Computers, allComputers) }},
	} {
		if !slices.Contains(only, read.section) {
			continue
		}
		if err := read.rows(); err != nil {
			return c, err
		}
	}
	if err := knownHelp(ctx, t, &c); err != nil {
		return c, err
	}
	var err error
	c.Deployments, err = readDeployments(ctx, t, allDeployments)
	return c, err
}

// knownHelp reads all but people, accounts and computers.
func knownHelp(ctx context.Context, t tx, known *schema.Catalogue) error {
	if err := t.selectAll(ctx, &known.Providers, allProviders); err != nil {
		return err
	}
	if err := t.selectAll(ctx, &known.RateRules, allRateRules); err != nil {
		return err
	}
	for _, read := range []func(context.Context, tx, *schema.Catalogue) error{knownOutcomeReceivers, knownServiceDesks, knownCriteria, knownChannels, knownActions, knownResolutions,
		knownContents, knownIssues, knownDeployed, knownProperties} {
		if err := read(ctx, t, known); err != nil {
			return err
		}
	}
	return nil
}

const allProviders = `
	SELECT sys_id, provider_code, name, active
	  FROM sn_pren_provider
	 ORDER BY provider_code COLLATE "C"`

const allRateRules = `
	SELECT r.sys_id, r.name, r.type, r.role, COALESCE(u.user_name, '') AS user_name, r.rate_limit, r.active
	  FROM sys_rate_limit_rules r
	  LEFT JOIN sys_user u ON u.sys_id = r."user"
	 ORDER BY r.name COLLATE "C"`

func knownProperties(ctx context.Context, t tx, known *schema.Catalogue) error {
	var rows []propertyValue
	if err := t.selectAll(ctx, &rows, allPropertyValues); err != nil {
		return err
	}
	for _, r := range rows {
		known.Properties = append(known.Properties, schema.PropertyValue{Name: r.Name, Value: r.Value})
	}
	return nil
}
