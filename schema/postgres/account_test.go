package postgres

import (
	"crypto/sha256"
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/devstack/stacktest"
	"proactive/schema"
)

func accountWorld(t *testing.T) *DB {
	t.Helper()
	db, err := openForTest(stacktest.Database(t, "accounts", migrated))
	require.NoError(t, err)
	t.Cleanup(func() { db.Close() })
	key := sha256.Sum256([]byte("key"))
	for _, insert := range []struct {
		query string
		args  []any
	}{
		{`INSERT INTO sn_pren_provider (sys_id, provider_code) VALUES (repeat('1', 32), 'sn'), (repeat('2', 32), 'acme')`, nil},
		{`INSERT INTO sys_user (sys_id, user_name, password_hash, api_key_hash) VALUES (repeat('a', 32), 'Tool', 'a hash', $1)`, []any{key[:]}},
		{`INSERT INTO sys_user (sys_id, user_name, active, locked_out) VALUES (repeat('b', 32), 'abel.tuter', false, true)`, nil},
		{`INSERT INTO sys_user_has_role ("user", role) VALUES (repeat('a', 32), $1), (repeat('a', 32), $2)`, []any{schema.RoleRead, schema.RoleCreate}},
		{`INSERT INTO sn_pren_account_provider ("user", provider) VALUES (repeat('a', 32), repeat('1', 32)), (repeat('a', 32), repeat('2', 32))`, nil},
	} {
		_, err := db.db.Exec(insert.query, insert.args...)
		require.NoError(t, err)
	}
	return db
}

func TestAnAccountIsFoundByNameWithoutRegardToCaseAndByKey(t *testing.T) {
	db, sum := accountWorld(t), sha256.Sum256([]byte("key"))
	byName, err := db.Account(t.Context(), "tOOL")
	require.NoError(t, err)
	require.Equal(t, schema.Account{
		SysID: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", UserName: "Tool", Active: true, PasswordHash: "a hash",
		Roles:     schema.Roles{schema.RoleCreate, schema.RoleRead},
		Providers: []string{"acme", "sn"},
	}, byName)
	byKey, err := db.AccountByKey(t.Context(), sum[:])
	require.NoError(t, err)
	require.Equal(t, byName, byKey)
}

func TestAnAccountWithoutAnythingIsFoundAsItIs(t *testing.T) {
	account, err := accountWorld(t).Account(t.Context(), "abel.tuter")
	require.NoError(t, err)
	require.Empty(t, account.PasswordHash)
	require.Empty(t, account.Roles)
	require.Empty(t, account.Providers)
	require.True(t, account.LockedOut)
	require.False(t, account.Active)
	require.True(t, account.SpeaksFor("anybody"))
}

func TestNobodyIsNoRecord(t *testing.T) {
	db := accountWorld(t)
	_, err := db.Account(t.Context(), "nobody")
	require.ErrorIs(t, err, schema.ErrNoRecord)
	_, err = db.AccountByKey(t.Context(), []byte("nothing"))
	require.ErrorIs(t, err, schema.ErrNoRecord)
	_, err = db.AccountByKey(t.Context(), nil)
	require.ErrorIs(t, err, schema.ErrNoRecord)
}

func TestAProviderIsNotDeletedUnderAnAccountThatIsBoundToIt(t *testing.T) {
	db := accountWorld(t)
	_, err := db.db.Exec(`DELETE FROM sn_pren_provider`)
	require.ErrorContains(t, err, "violates foreign key constraint", "without a provider the account would speak for all")
	account, err := db.Account(t.Context(), "Tool")
	require.NoError(t, err)
	require.False(t, account.SpeaksFor("another"))
}
