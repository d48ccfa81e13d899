package registry

import (
	"crypto/sha256"
	"fmt"

	"github.com/alexedwards/argon2id"

	"proactive/schema"
)

// passwordHash is what OWASP names as enough where memory is dear: 19 MiB, two passes, one thread.
var passwordHash = argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// hash fills in the hashes of the credentials that were given. A password that is as it was keeps its hash, so that applying it
// again changes nothing, unless that hash was made with other parameters.
func (c *Catalogue) hash(decided *schema.Catalogue, known schema.Catalogue) error {
	stored := map[string]string{}
	for _, a := range known.ServiceAccounts {
		stored[a.SysID] = a.PasswordHash
	}
	for i := range decided.ServiceAccounts {
		account := &decided.ServiceAccounts[i]
		given := c.credentials[account.UserName]
		if given.apiKey != "" {
			account.APIKeyHash = HashAPIKey(given.apiKey)
		}
		if given.password == "" {
			continue
		}
		hash, err := hashPassword(given.password, stored[account.SysID])
		if err != nil {
			return fmt.Errorf("hash the password of %s: %w", account.UserName, err)
		}
		account.PasswordHash = hash
	}
	return nil
}

// unset says which environment variables are not set: a mistake where nothing is stored that could be kept.
func (k *checker) unset(decided schema.Catalogue, known schema.Catalogue) {
	stored := map[string]schema.ServiceAccount{}
	for _, a := range known.ServiceAccounts {
		stored[a.SysID] = a
	}
	for i, a := range decided.ServiceAccounts {
		given, before := k.c.credentials[a.UserName], stored[a.SysID]
		k.unsetOne(i, "password_env", given.noPassword, before.PasswordHash != "")
		k.unsetOne(i, "api_key_env", given.noAPIKey, len(before.APIKeyHash) > 0)
	}
}

func (k *checker) unsetOne(row int, field, variable string, stored bool) {
	switch {
	case variable == "":
	case stored:
		k.warn(schema.SectionServiceAccounts, row, field, "the environment variable %s is not set: what is stored is kept", variable)
	default:
		k.fail(schema.SectionServiceAccounts, row, field, "the environment variable %s is not set, and nothing is stored that could be kept: set it, or remove the field", variable)
	}
}

func hashPassword(password, stored string) (string, error) {
	if stored != "" {
		same, params, err := argon2id.CheckHash(password, stored)
		if err == nil && same && *params == passwordHash {
			return stored, nil
		}
	}
	return argon2id.CreateHash(password, &passwordHash)
}

// HashAPIKey is how an API key is stored. A key is random and long, so one fast hash is enough, and finds its row.
func HashAPIKey(key string) []byte {
	sum := sha256.Sum256([]byte(key))
	return sum[:]
}
