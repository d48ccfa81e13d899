package schema

import "slices"

// Account is who calls: a row of sys_user that may authenticate itself.
type Account struct {
	SysID        string
	UserName     string
	Active       bool
	LockedOut    bool
	PasswordHash string   // argon2id, as PHC string; "" when it has no password
	Roles        Roles    // as granted
	Providers    []string // provider_codes that it may speak for; empty: all
}

// SpeaksFor tells whether the account may report for, and see the issues of, a provider.
func (a Account) SpeaksFor(provider string) bool {
	return len(a.Providers) == 0 || slices.Contains(a.Providers, provider)
}
