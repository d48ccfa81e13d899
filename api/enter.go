package api

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"proactive/schema"
)

// Accounts finds who calls; schema.ErrNoRecord when there is nobody.
type Accounts interface {
	Account(ctx context.Context, userName string) (schema.Account, error)
	AccountByKey(ctx context.Context, sha256 []byte) (schema.Account, error)
}

// role lets those in who prove who they are and have one of the roles.
func (d *Door) role(any ...schema.Role) gin.HandlerFunc {
	return d.proven(func(_ *gin.Context, roles schema.Roles) error {
		if !slices.ContainsFunc(any, roles.Has) {
			return notAuthorized()
		}
		return nil
	})
}

// proven lets those in who prove who they are, and have the roles that may asks for.
func (d *Door) proven(may func(*gin.Context, schema.Roles) error) gin.HandlerFunc {
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
		visitOf(c).account = account
		if d.origins.Check(c.Request) != nil {
			fail(c, fromElsewhere())
			return
		}
		if err := may(c, account.Roles); err != nil {
			fail(c, err)
		}
	}
}

// newOrigins knows from which pages a browser may change something here with the password that it keeps for us: our own. Programs do not say
// that they are browsers.
func newOrigins(config Config) *http.CrossOriginProtection {
	origins := http.NewCrossOriginProtection()
	origins.AddTrustedOrigin(strings.ToLower(strings.TrimRight(config.PublicURL, "/"))) //nolint:errcheck // without one, the request's host is ours
	return origins
}

func fromElsewhere() *problem {
	p := notAuthorized()
	p.detail = "A page of another site had the browser send this: send it from a program, or from a page of this site."
	return p
}
