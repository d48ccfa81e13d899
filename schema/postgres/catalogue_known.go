package postgres

import (
	"context"

	"github.com/lib/pq"

	"proactive/schema"
)

// knownCatalogue reads what a decision about given needs: of people and computers those that given names or identifies, of
// everything else all. Columns on which no decision depends are left out.
func knownCatalogue(ctx context.Context, t tx, given schema.Catalogue) (schema.Catalogue, error) {
	var known schema.Catalogue
	if err := knownPeople(ctx, t, given, &known); err != nil {
		return known, err
	}
	if err := knownComputers(ctx, t, given, &known); err != nil {
		return known, err
	}
	if err := t.selectAll(ctx, &known.Providers, allProviders); err != nil {
		return known, err
	}
	if err := t.selectAll(ctx, &known.RateRules, allRateRules); err != nil {
		return known, err
	}
	if err := t.selectAll(ctx, &known.ServiceDesks, allServiceDesks); err != nil {
		return known, err
	}
	if err := t.selectAll(ctx, &known.Channels, allChannels); err != nil {
		return known, err
	}
	if err := t.selectAll(ctx, &known.NotificationContents, allNotificationContents); err != nil {
		return known, err
	}
	for _, read := range []func(context.Context, tx, *schema.Catalogue) error{knownOutcomeReceivers, knownCriteria, knownActions, knownResolutions, knownIssues, knownDeployed} {
		if err := read(ctx, t, &known); err != nil {
			return known, err
		}
	}
	return known, nil
}

const (
	allProviders            = `SELECT sys_id, provider_code, name, active FROM sn_pren_provider`
	allRateRules            = `SELECT sys_id, name FROM sys_rate_limit_rules`
	allServiceDesks         = `SELECT sys_id, name, type, active FROM sn_pren_service_desk ORDER BY name`
	allChannels             = `SELECT sys_id, name, type, audience, attempts, active FROM sn_pren_notification_channel ORDER BY name`
	allNotificationContents = `SELECT sys_id, name, prompt, consent_text, active FROM sn_pren_notification_content`
)

const peopleOf = `
	SELECT sys_id, user_name, web_service_access_only, COALESCE(password_hash, '') AS password_hash
	  FROM sys_user
	 WHERE lower(user_name) IN (SELECT lower(given) FROM unnest($1::text[]) AS given)
	    OR sys_id = ANY ($2::text[])`

func knownPeople(ctx context.Context, t tx, given schema.Catalogue, known *schema.Catalogue) error {
	names, ids := []string{}, []string{}
	for _, u := range given.Users {
		names, ids = append(names, u.UserName), append(ids, u.SysID)
	}
	for _, a := range given.ServiceAccounts {
		names = append(names, a.UserName)
	}
	for _, r := range given.RateRules {
		names = append(names, r.User)
	}
	for _, ci := range given.Computers {
		names = append(names, ci.AssignedTo)
	}
	for _, u := range given.UserCriteria {
		names = append(names, u.Users...)
	}
	var rows []struct {
		SysID        string `db:"sys_id"`
		UserName     string `db:"user_name"`
		IsAccount    bool   `db:"web_service_access_only"`
		PasswordHash string `db:"password_hash"`
	}
	if err := t.selectAll(ctx, &rows, peopleOf, pq.Array(names), pq.Array(ids)); err != nil {
		return err
	}
	for _, r := range rows {
		if r.IsAccount {
			known.ServiceAccounts = append(known.ServiceAccounts, schema.ServiceAccount{SysID: r.SysID, UserName: r.UserName, PasswordHash: r.PasswordHash})
		} else {
			known.Users = append(known.Users, schema.User{SysID: r.SysID, UserName: r.UserName})
		}
	}
	return nil
}

const computersOf = `
	SELECT sys_id, name
	  FROM cmdb_ci_computer
	 WHERE lower(name) IN (SELECT lower(given) FROM unnest($1::text[]) AS given)
	    OR sys_id = ANY ($2::text[])`

func knownComputers(ctx context.Context, t tx, given schema.Catalogue, known *schema.Catalogue) error {
	names, ids := []string{}, []string{}
	for _, ci := range given.Computers {
		names, ids = append(names, ci.Name), append(ids, ci.SysID)
	}
	return t.selectAll(ctx, &known.Computers, computersOf, pq.Array(names), pq.Array(ids))
}

func knownOutcomeReceivers(ctx context.Context, t tx, known *schema.Catalogue) error {
	var rows []struct {
		SysID    string `db:"sys_id"`
		Provider string `db:"provider_code"`
	}
	err := t.selectAll(ctx, &rows, `
		SELECT o.sys_id, p.provider_code FROM sn_pren_outcome_receiver o JOIN sn_pren_provider p ON p.sys_id = o.provider`)
	for _, r := range rows {
		known.OutcomeReceivers = append(known.OutcomeReceivers, schema.OutcomeReceiver{SysID: r.SysID, Provider: r.Provider})
	}
	return err
}
