package registry

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

// storeOf shows known to whoever applies, and keeps what was decided.
type storeOf struct {
	known, decided schema.Catalogue
	err            error
}

func (s *storeOf) ApplyCatalogue(_ context.Context, _ string, _ schema.Catalogue, decide func(schema.Catalogue) (schema.Catalogue, error)) ([]schema.Change, error) {
	var err error
	if s.decided, err = decide(s.known); err != nil {
		return nil, err
	}
	return []schema.Change{{Section: schema.SectionUsers, Key: "x", What: schema.RowCreated}}, s.err
}

func TestARowKeepsItsSysID(t *testing.T) {
	id := strings.Repeat("a", 32)
	store := &storeOf{known: schema.Catalogue{Providers: []schema.Provider{{SysID: id, Code: "p"}}, Computers: []schema.Computer{{SysID: id, Name: "PC"}}}}
	_, err := Apply(t.Context(), store, read(t, `{providers: [{provider_code: p}, {provider_code: q}], computers: [{name: pc}]}`), "tester")
	require.NoError(t, err)
	require.Equal(t, id, store.decided.Providers[0].SysID)
	require.Regexp(t, `^[0-9a-f]{32}$`, store.decided.Providers[1].SysID)
	require.NotEqual(t, id, store.decided.Providers[1].SysID)
	require.Equal(t, id, store.decided.Computers[0].SysID)
}

func TestOneComputerUnderTwoNamesIsRefused(t *testing.T) {
	id := strings.Repeat("a", 32)
	store := &storeOf{known: schema.Catalogue{Computers: []schema.Computer{{SysID: id, Name: "old"}}}}
	_, err := Apply(t.Context(), store, read(t, `computers: [{name: old}, {name: new, sys_id: `+id+`}]`), "tester")
	require.EqualError(t, err, "c.yaml:1: computers[1].name: new and old are one computer in the database: remove one")
}

func TestAPasswordThatIsTheSameKeepsItsHash(t *testing.T) {
	account := `service_accounts: [{user_name: tool, password: hunter2, api_key: 0123456789abcdef0123456789abcdef}]`
	first := &storeOf{}
	_, err := Apply(t.Context(), first, read(t, account), "tester")
	require.NoError(t, err)
	stored := first.decided.ServiceAccounts[0]
	require.NotContains(t, stored.PasswordHash, "hunter2")
	require.Len(t, stored.APIKeyHash, 32)

	again := &storeOf{known: first.decided}
	_, err = Apply(t.Context(), again, read(t, account), "tester")
	require.NoError(t, err)
	require.Empty(t, again.decided.ServiceAccounts, "nothing is to be written")

	other := &storeOf{known: first.decided}
	_, err = Apply(t.Context(), other, read(t, strings.Replace(account, "hunter2", "hunter3", 1)), "tester")
	require.NoError(t, err)
	require.NotEqual(t, stored.PasswordHash, other.decided.ServiceAccounts[0].PasswordHash)
}

func TestAFaultOfTheStoreIsPassedOn(t *testing.T) {
	lost := errors.New("lost")
	changes, err := Apply(t.Context(), &storeOf{err: lost}, read(t, `users: [{user_name: a}]`), "tester")
	require.ErrorIs(t, err, lost)
	require.Empty(t, changes.Rows)
}
