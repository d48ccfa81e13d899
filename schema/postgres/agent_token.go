package postgres

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/base64"
	"errors"

	"proactive/schema"
)

// EnrollAgent makes the token of the agent of a computer, named by sys_id or name, and replaces the one that was valid. It is shown this once: the table holds its
// SHA-256. An unknown computer is refused with schema.CIUnknown.
func (d *DB) EnrollAgent(ctx context.Context, ci string) (token string, err error) {
	var random [32]byte
	rand.Read(random[:]) //nolint:errcheck // never fails, it ends the process instead
	token = base64.RawURLEncoding.EncodeToString(random[:])
	err = d.inTx(ctx, func(t tx) error {
		computer, err := lockComputer(ctx, t, ci)
		if err != nil {
			return err
		}
		if _, err := t.exec(ctx, revokeToken, computer); err != nil {
			return err
		}
		_, err = t.exec(ctx, insertToken, schema.HashToken(token), computer)
		return err
	})
	return token, agentFault("enroll an agent", err)
}

// RevokeAgent ends the validity of a computer's token. An api process that has just seen it may accept it for 10 s more.
func (d *DB) RevokeAgent(ctx context.Context, ci string) error {
	return agentFault("revoke an agent", d.inTx(ctx, func(t tx) error {
		computer, err := lockComputer(ctx, t, ci)
		if err != nil {
			return err
		}
		_, err = t.exec(ctx, revokeToken, computer)
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

// lockComputer finds a computer by its sys_id or name, and lets one enrolment of it wait for another.
func lockComputer(ctx context.Context, t tx, ci string) (sysID string, err error) {
	err = t.get(ctx, &sysID, `
		SELECT sys_id FROM cmdb_ci_computer
		 WHERE sys_id = $1 OR lower(name) = lower($1)
		 ORDER BY (sys_id = $1) DESC
		 LIMIT 1
		   FOR UPDATE`, ci)
	if errors.Is(err, sql.ErrNoRows) {
		return "", schema.RefuseJob(schema.CIUnknown, "No computer has this sys_id or name.")
	}
	return sysID, err
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
