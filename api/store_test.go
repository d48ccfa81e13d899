package api_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/alexedwards/argon2id"
	"github.com/stretchr/testify/require"

	"proactive/schema"
)

// fakeStore is a store of functions; a nil one must not be called.
type fakeStore struct {
	submit       func(context.Context, schema.Report) (string, error)
	simulate     func(context.Context, schema.Report, func(schema.StepFacts) (schema.Decision, error)) (schema.Simulation, error)
	issue        func(ctx context.Context, id string, since int) (schema.Issue, error)
	waitIssue    func(ctx context.Context, id string, since int) error
	cancel       func(ctx context.Context, id, by string) (schema.State, error)
	ready        func(context.Context) error
	account      func(ctx context.Context, name string) (schema.Account, error)
	accountByKey func(ctx context.Context, sum []byte) (schema.Account, error)
}

func (f *fakeStore) Submit(ctx context.Context, r schema.Report) (string, error) {
	return f.submit(ctx, r)
}
func (f *fakeStore) Simulate(ctx context.Context, r schema.Report, decide func(schema.StepFacts) (schema.Decision, error)) (schema.Simulation, error) {
	return f.simulate(ctx, r, decide)
}
func (f *fakeStore) Issue(ctx context.Context, id string, since int) (schema.Issue, error) {
	return f.issue(ctx, id, since)
}
func (f *fakeStore) WaitIssue(ctx context.Context, id string, since int) error {
	return f.waitIssue(ctx, id, since)
}
func (f *fakeStore) Cancel(ctx context.Context, id, by string) (schema.State, error) {
	return f.cancel(ctx, id, by)
}
func (f *fakeStore) Ready(ctx context.Context) error { return f.ready(ctx) }
func (f *fakeStore) Account(ctx context.Context, name string) (schema.Account, error) {
	return f.account(ctx, name)
}
func (f *fakeStore) AccountByKey(ctx context.Context, sum []byte) (schema.Account, error) {
	return f.accountByKey(ctx, sum)
}

// cheap makes hashes that tests can afford.
var cheap = &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 8, KeyLength: 16}

var hashes sync.Map

func hashOf(t testing.TB, password string) string {
	t.Helper()
	if hash, ok := hashes.Load(password); ok {
		return hash.(string)
	}
	hash, err := argon2id.CreateHash(password, cheap)
	require.NoError(t, err)
	hashes.Store(password, hash)
	return hash
}

// people are the accounts of the tests; the password of each is its name with "-secret", and "key-of-" before it its key.
var people = map[string]schema.Account{
	"tool":        {Active: true, Roles: schema.Roles{schema.RoleCreate}},
	"sn-tool":     {Active: true, Roles: schema.Roles{schema.RoleCreate, schema.RoleRead, schema.RoleEngagementAdmin}, Providers: []string{"sn"}},
	"reader":      {Active: true, Roles: schema.Roles{schema.RoleRead}},
	"admin":       {Active: true, Roles: schema.Roles{schema.RoleEngagementAdmin}},
	"desk":        {Active: true, Roles: schema.Roles{schema.RoleServiceDesk}},
	"sn-desk":     {Active: true, Roles: schema.Roles{schema.RoleServiceDesk}, Providers: []string{"sn"}},
	"owner":       {Active: true, Roles: schema.Roles{schema.RoleAdmin}},
	"root":        {Active: true, Roles: schema.Roles{schema.RoleAdmin}},
	"sn-reporter": {Active: true, Roles: schema.Roles{schema.RoleCreate}, Providers: []string{"sn"}},
	"stranger":    {Active: true},
	"gone":        {Active: false, Roles: schema.Roles{schema.RoleCreate}},
	"lockedup":    {Active: true, LockedOut: true, Roles: schema.Roles{schema.RoleCreate}},
}

// newStore is a store that accepts every report, has no issues, and knows people.
func newStore(t testing.TB) *fakeStore {
	byName := func(name string) (schema.Account, error) {
		if strings.Contains(name, "\x00") {
			return schema.Account{}, errors.New("Postgres has no NUL character")
		}
		account, ok := people[name]
		if !ok {
			return schema.Account{}, schema.ErrNoRecord
		}
		account.UserName, account.PasswordHash = name, hashOf(t, name+"-secret")
		return account, nil
	}
	keys := map[string]string{}
	for name := range people {
		sum := sha256.Sum256([]byte("key-of-" + name))
		keys[hex.EncodeToString(sum[:])] = name
	}
	return &fakeStore{
		submit: func(_ context.Context, r schema.Report) (string, error) {
			if r.ExperienceID != "" {
				return r.ExperienceID, nil
			}
			return "0123456789abcdef0123456789abcdef", nil
		},
		issue:     func(context.Context, string, int) (schema.Issue, error) { return schema.Issue{}, schema.ErrNoRecord },
		waitIssue: func(ctx context.Context, _ string, _ int) error { <-ctx.Done(); return ctx.Err() },
		cancel:    func(context.Context, string, string) (schema.State, error) { return "", schema.ErrNoRecord },
		ready:     func(context.Context) error { return nil },
		account:   func(_ context.Context, name string) (schema.Account, error) { return byName(name) },
		accountByKey: func(_ context.Context, sum []byte) (schema.Account, error) {
			return byName(keys[hex.EncodeToString(sum)])
		},
	}
}
