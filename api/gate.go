package api

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/alexedwards/argon2id"
	"golang.org/x/sync/singleflight"

	"proactive/schema"
)

// gate finds out who somebody is. A password costs much memory and time to verify, on purpose, so a verified claim is
// remembered for a few seconds, one claim is verified once at a time, and only a few are at all: a flood of wrong passwords
// can take neither the memory nor, as claims that were right before have places of their own, the time of those who belong
// here.
type gate struct {
	accounts   Accounts
	key        []byte // of marks; of this process alone
	timeout    time.Duration
	remembered *memory[mark, schema.Account] // who was verified just now
	familiar   *memory[mark, struct{}]       // whose claim was right lately: verified, but never kept waiting by strangers
	wrong      *wrongGuesses
	flights    singleflight.Group
	strangers  *counter // where unfamiliar passwords are verified
	familiars  *counter
	cost       atomic.Pointer[argon2id.Params] // of the last password verified, for names that nobody has
}

const (
	rememberMost = 10_000
	familiarFor  = 24 * time.Hour
)

func newGate(config Config, accounts Accounts) *gate {
	g := &gate{
		accounts:   accounts,
		key:        make([]byte, sha256.Size),
		timeout:    config.StoreTimeout,
		remembered: newMemory[mark, schema.Account](rememberMost, config.RememberFor),
		familiar:   newMemory[mark, struct{}](rememberMost, familiarFor),
		wrong:      newWrongGuesses(config.WrongLimit, config.WrongWindow),
		strangers:  newCounter(config.HashesAtOnce),
		familiars:  newCounter(config.HashesAtOnce),
	}
	rand.Read(g.key) //nolint:errcheck // crypto/rand.Read never fails
	g.cost.Store(&argon2id.Params{Memory: 19 << 10, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32})
	return g
}

// identify gives the account that a claim proves. Its errors are problems (401, 429) or faults of the store.
func (g *gate) identify(ctx context.Context, c claim, address string) (schema.Account, error) {
	m := c.mark(g.key)
	if account, _, ok := g.remembered.get(m); ok {
		return account, nil
	}
	_, _, familiar := g.familiar.get(m)
	if !familiar {
		if err := g.wrong.tooMany(c.subject(), address); err != nil {
			return schema.Account{}, err
		}
	}
	landed := g.flights.DoChan(string(m[:]), func() (account any, err error) {
		defer func() {
			if r := recover(); r != nil { // nobody above us on this goroutine would
				err = fmt.Errorf("panic while verifying credentials: %v", r)
			}
		}()
		own, cancel := context.WithTimeout(context.WithoutCancel(ctx), g.timeout)
		defer cancel()
		return g.verify(own, c, m, address, familiar)
	})
	select {
	case <-ctx.Done():
		return schema.Account{}, ctx.Err()
	case landing := <-landed:
		account, _ := landing.Val.(schema.Account)
		return account, landing.Err
	}
}

// verify asks the store and checks the password; what came of it is remembered, the good and the bad.
func (g *gate) verify(ctx context.Context, c claim, m mark, address string, familiar bool) (schema.Account, error) {
	if account, _, ok := g.remembered.get(m); ok {
		return account, nil // another flight landed while this one was on its way
	}
	leave, err := g.place(ctx, familiar)
	if err != nil {
		return schema.Account{}, err
	}
	defer leave()
	if !familiar {
		if err := g.wrong.tooMany(c.subject(), address); err != nil {
			return schema.Account{}, err
		}
	}
	account, proven, err := g.prove(ctx, c)
	if err != nil {
		return schema.Account{}, err
	}
	if !proven || !account.Active || account.LockedOut {
		g.wrong.count(c.subject(), address)
		g.familiar.forget(m)
		return schema.Account{}, notAuthenticated()
	}
	account.PasswordHash = ""
	g.wrong.forgive(c.subject())
	g.remembered.put(m, account)
	g.familiar.put(m, struct{}{})
	return account, nil
}

func (g *gate) place(ctx context.Context, familiar bool) (leave func(), err error) {
	if familiar {
		return g.familiars.enter(ctx)
	}
	return g.strangers.enter(ctx)
}

// prove takes as long for a name that nobody has as for a wrong password.
func (g *gate) prove(ctx context.Context, c claim) (schema.Account, bool, error) {
	if c.key != "" {
		sum := sha256.Sum256([]byte(c.key))
		account, err := g.accounts.AccountByKey(ctx, sum[:])
		if errors.Is(err, schema.ErrNoRecord) {
			return schema.Account{}, false, nil
		}
		return account, err == nil, err
	}
	account, err := g.accounts.Account(ctx, c.name)
	if err != nil && !errors.Is(err, schema.ErrNoRecord) {
		return schema.Account{}, false, err
	}
	if account.PasswordHash == "" {
		argon2id.CheckHash(c.password, dummyHash(*g.cost.Load())) //nolint:errcheck // only for the time that it takes
		return schema.Account{}, false, nil
	}
	match, cost, err := argon2id.CheckHash(c.password, account.PasswordHash)
	if err != nil {
		return schema.Account{}, false, fmt.Errorf("read the password hash of %s: %w", account.UserName, err)
	}
	g.cost.Store(cost)
	return account, match, nil
}
