package postgres

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"

	"proactive/schema"
)

// EnrollAgent makes the token of a computer's agent and replaces the one that was valid. It is shown this once: the table holds its
// SHA-256. An unknown computer is refused with schema.CIUnknown.
func (d *DB) EnrollAgent(ctx context.Context, ci string) (token string, err error) {
	var random [32]byte
	rand.Read(random[:]) //nolint:errcheck // never fails, it ends the process instead
	token = base64.RawURLEncoding.EncodeToString(random[:])
	err = d.inTx(ctx, func(t tx) error {
		if err := lockComputer(ctx, t, ci); err != nil {
			return err
		}
		if _, err := t.exec(ctx, revokeToken, ci); err != nil {
			return err
		}
		_, err := t.exec(ctx, insertToken, schema.HashToken(token), ci)
		return err
	})
	return token, agentFault("enroll an agent", err)
}

// RevokeAgent ends the validity of a computer's token. An api process that has just seen it may accept it for 10 s more.
func (d *DB) RevokeAgent(ctx context.Context, ci string) error {
	return agentFault("revoke an agent", d.inTx(ctx, func(t tx) error {
		if err := lockComputer(ctx, t, ci); err != nil {
			return err
		}
		_, err := t.exec(ctx, revokeToken, ci)
		return err
	}))
}

// AgentCI finds the computer whose agent has the token with this SHA-256; schema.AgentUnknown when there is none.
func (d *DB) AgentCI(ctx context.Context, tokenHash []byte) (ci string, err error) {
	err = fault("find an agent", d.get(ctx, &ci, selectTokensCI, tokenHash))
	if errors.Is(err, schema.ErrNoRecord) {
		return "", schema.RefuseJob(schema.AgentUnknown, "The token is not, or no longer, valid.")
	}
	return ci, err
}

// lockComputer lets one enrolment of a computer wait for another.
func lockComputer(ctx context.Context, t tx, ci string) error {
	n, err := t.exec(ctx, `SELECT FROM cmdb_ci_computer WHERE sys_id = $1 FOR UPDATE`, ci)
	if err == nil && n == 0 {
		return schema.RefuseJob(schema.CIUnknown, "No computer has this sys_id.")
	}
	return err
}

// agentFault lets a refusal of an agent pass as it is.
func agentFault(trying string, err error) error {
	var refused *schema.RefusedJob
	if errors.As(err, &refused) {
		return err
	}
	return fault(trying, err)
}

const (
	revokeToken    = `UPDATE sn_agent_token SET revoked_on = now() WHERE ci = $1 AND revoked_on IS NULL`
	insertToken    = `INSERT INTO sn_agent_token (token_hash, ci) VALUES ($1, $2)`
	selectTokensCI = `SELECT ci FROM sn_agent_token WHERE token_hash = $1 AND revoked_on IS NULL`
)
