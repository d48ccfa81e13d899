package postgres

import (
	"context"
	"slices"

	"proactive/schema"
)

// knownCatalogue reads what a decision about given needs, and whoever compares or writes down what is there: of people, accounts and
// computers those that given names or identifies, or everybody; of everything else all, in the order of the keys.
func knownCatalogue(ctx context.Context, t tx, given schema.Catalogue, everybody bool) (schema.Catalogue, error) {
	var known schema.Catalogue
	if err := knownPeople(ctx, t, given, everybody, &known); err != nil {
		return known, err
	}
	if err := knownComputers(ctx, t, given, everybody, &known); err != nil {
		return known, err
	}
	if err := t.selectAll(ctx, &known.Providers, allProviders); err != nil {
		return known, err
	}
	if err := t.selectAll(ctx, &known.RateRules, allRateRules); err != nil {
		return known, err
	}
	for _, read := range []func(context.Context, tx, *schema.Catalogue) error{knownOutcomeReceivers, knownServiceDesks, knownCriteria, knownChannels, knownActions, knownResolutions,
		knownContents, knownIssues, knownDeployed, knownProperties} {
		if err := read(ctx, t, &known); err != nil {
			return known, err
		}
	}
	var err error
	if everybody || slices.ContainsFunc(given.Issues, schema.IssueTemplate.Reportable) {
		known.Deployments, err = readDeployments(ctx, t, allDeployments)
	}
	return known, err
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
