package postgres

import (
	"context"

	"github.com/lib/pq"

	"proactive/schema"
)

const selectPeople = `
	SELECT u.sys_id, u.user_name, u.first_name, u.last_name, u.email, u.active, u.locked_out, u.preferred_language, u.time_zone,
	       u.department, u.location, u.web_service_access_only, COALESCE(u.password_hash, '') AS password_hash, u.api_key_hash,
	       ARRAY(SELECT r.role FROM sys_user_has_role r WHERE r."user" = u.sys_id ORDER BY r.role COLLATE "C") AS roles,
	       ARRAY(SELECT p.provider_code FROM sn_pren_account_provider a JOIN sn_pren_provider p ON p.sys_id = a.provider
	              WHERE a."user" = u.sys_id ORDER BY p.provider_code COLLATE "C") AS providers
	  FROM sys_user u`

// Of few people each is found by an index, however many there are. An account that speaks for providers is known in any case, as it keeps them
// from being taken away.
const (
	allPeople   = selectPeople + inOrderOfPeople
	allUsers    = selectPeople + ` WHERE NOT u.web_service_access_only` + inOrderOfPeople
	allAccounts = selectPeople + ` WHERE u.web_service_access_only` + inOrderOfPeople
	peopleOf    = selectPeople + `
	 WHERE lower(u.user_name) = ANY (ARRAY(SELECT lower(given) FROM unnest($1::text[]) AS given))
	    OR u.sys_id = ANY ($2::text[])
	    OR u.sys_id = ANY (ARRAY(SELECT "user" FROM sn_pren_account_provider))` + inOrderOfPeople

	inOrderOfPeople = `
	 ORDER BY u.user_name COLLATE "C"`
)

// knownPerson is a row of sys_user, of either kind.
type knownPerson struct {
	schema.User
	IsAccount    bool           `db:"web_service_access_only"`
	PasswordHash string         `db:"password_hash"`
	APIKeyHash   []byte         `db:"api_key_hash"`
	HasRoles     pq.StringArray `db:"roles"`
	Providers    pq.StringArray `db:"providers"`
}

func knownPeople(ctx context.Context, t tx, given schema.Catalogue, everybody bool, known *schema.Catalogue) error {
	if everybody {
		return readPeople(ctx, t, known, allPeople)
	}
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
	return readPeople(ctx, t, known, peopleOf, pq.Array(names), pq.Array(ids))
}

func readPeople(ctx context.Context, t tx, known *schema.Catalogue, query string, args ...any) error {
	var rows []knownPerson
	if err := t.selectAll(ctx, &rows, query, args...); err != nil {
		return err
	}
	for _, r := range rows {
		if r.IsAccount {
			known.ServiceAccounts = append(known.ServiceAccounts, r.account())
			continue
		}
		r.User.Roles = r.HasRoles
		known.Users = append(known.Users, r.User)
	}
	return nil
}

func (p knownPerson) account() schema.ServiceAccount {
	a := schema.ServiceAccount{SysID: p.SysID, UserName: p.UserName, Active: p.Active, LockedOut: p.LockedOut, Providers: p.Providers,
		PasswordHash: p.PasswordHash, APIKeyHash: p.APIKeyHash}
	for _, role := range p.HasRoles {
		a.Roles = append(a.Roles, schema.Role(role))
	}
	return a
}

const selectComputers = `
	SELECT c.sys_id, c.name, c.os, COALESCE(u.user_name, '') AS assigned_to
	  FROM cmdb_ci_computer c
	  LEFT JOIN sys_user u ON u.sys_id = c.assigned_to`

const (
	allComputers = selectComputers + inOrderOfComputers
	computersOf  = selectComputers + `
	 WHERE lower(c.name) = ANY (ARRAY(SELECT lower(given) FROM unnest($1::text[]) AS given))
	    OR c.sys_id = ANY ($2::text[])` + inOrderOfComputers

	inOrderOfComputers = `
	 ORDER BY c.name COLLATE "C"`
)

func knownComputers(ctx context.Context, t tx, given schema.Catalogue, everybody bool, known *schema.Catalogue) error {
	if everybody {
		return t.selectAll(ctx, &known.Computers, allComputers)
	}
	names, ids := []string{}, []string{}
	for _, ci := range given.Computers {
		names, ids = append(names, ci.Name), append(ids, ci.SysID)
	}
	return t.selectAll(ctx, &known.Computers, computersOf, pq.Array(names), pq.Array(ids))
}
