package api

import (
	"context"
	"slices"

	"github.com/gin-gonic/gin"

	"proactive/schema"
)

// Accounts finds who calls; schema.ErrNoRecord when there is nobody.
type Accounts interface {
	Account(ctx context.Context, userName string) (schema.Account, error)
	AccountByKey(ctx context.Context, sha256 []byte) (schema.Account, error)
}

// role lets those in who prove who they are and have one of the roles.
func (d *Door) role(roles ...schema.Role) gin.HandlerFunc {
	return func(c *gin.Context) {
		claim, ok := claimOf(c.Request)
		if !ok {
			fail(c, notAuthenticated())
			return
		}
		account, err := d.gate.identify(c.Request.Context(), claim, c.ClientIP())
		if err != nil {
			fail(c, err)
			return
		}
		v := visitOf(c)
		v.account = account
		if !slices.ContainsFunc(roles, account.Roles.Has) {
			fail(c, notAuthorized())
		}
	}
}
