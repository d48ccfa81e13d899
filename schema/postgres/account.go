package postgres

import (
	"context"

	"github.com/lib/pq"

	"proactive/schema"
)

// Account finds who calls by user name, without regard to case. schema.ErrNoRecord when there is nobody of that name.
func (d *DB) Account(ctx context.Context, userName string) (schema.Account, error) {
	return d.account(ctx, selectAccount+`lower(u.user_name) = lower($1)`, userName)
}

// AccountByKey finds who calls by the SHA-256 of an API key. schema.ErrNoRecord when nobody has that key.
func (d *DB) AccountByKey(ctx context.Context, sha256 []byte) (schema.Account, error) {
	return d.account(ctx, selectAccount+`u.api_key_hash = $1`, sha256)
}

const selectAccount = `
	SELECT u.sys_id, u.user_name, u.active, u.locked_out, coalesce(u.password_hash, '') AS password_hash,
	       ARRAY(SELECT r.role
	               FROM sys_user_has_role r
	              WHERE r."user" = u.sys_id
	              ORDER BY r.role) AS roles,
	       ARRAY(SELECT p.provider_code
	               FROM sn_pren_account_provider a
	               JOIN sn_pren_provider p ON p.sys_id = a.provider
	              WHERE a."user" = u.sys_id
	              ORDER BY p.provider_code) AS providers
	  FROM sys_user u
	 WHERE `

func (d *DB) account(ctx context.Context, query string, key any) (schema.Account, error) {
	var row struct {
		SysID        string         `db:"sys_id"`
		UserName     string         `db:"user_name"`
		Active       bool           `db:"active"`
		LockedOut    bool           `db:"locked_out"`
		PasswordHash string         `db:"password_hash"`
		Roles        pq.StringArray `db:"roles"`
		Providers    pq.StringArray `db:"providers"`
	}
	if err := d.get(ctx, &row, query, key); err != nil {
		return schema.Account{}, fault("find an account", err)
	}
	account := schema.Account{SysID: row.SysID, UserName: row.UserName, Active: row.Active, LockedOut: row.LockedOut,
		PasswordHash: row.PasswordHash, Providers: row.Providers}
	for _, role := range row.Roles {
		account.Roles = append(account.Roles, schema.Role(role))
	}
	return account, nil
}
