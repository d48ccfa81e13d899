package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"golang.org/x/sync/singleflight"

	"proactive/schema"
)

// AgentFinder finds the computer whose agent has a token; schema.AgentUnknown when the token is not, or no longer, valid.
type AgentFinder interface {
	AgentCI(ctx context.Context, tokenSHA256 []byte) (ci string, err error)
}

// agents finds out which computer's agent calls. A valid token is remembered for a few seconds: so long does a revoked one go on
// opening the door.
type agents struct {
	finder     AgentFinder
	timeout    time.Duration
	remembered *memory[mark, string] // by SHA-256: a token is random, so its hash is worth nothing
	counter    *counter              // where unfamiliar tokens are looked up
	flights    singleflight.Group
}

// tokensAtOnce bounds how many unfamiliar tokens are looked up at once.
const tokensAtOnce = 8

func newAgents(config Config, finder AgentFinder) *agents {
	return &agents{finder: finder, timeout: config.StoreTimeout, counter: newCounter(tokensAtOnce), remembered: newMemory[mark, string](rememberMost, config.RememberFor)}
}

// identify gives the computer that a token belongs to. One token is looked up once at a time.
func (a *agents) identify(ctx context.Context, token string) (ci string, err error) {
	m := mark(schema.HashToken(token))
	if ci, _, ok := a.remembered.get(m); ok {
		return ci, nil
	}
	found, err, _ := a.flights.Do(string(m[:]), func() (any, error) {
		own, cancel := context.WithTimeout(context.WithoutCancel(ctx), a.timeout)
		defer cancel()
		leave, err := a.counter.enter(own)
		if err != nil {
			return "", err
		}
		defer leave()
		ci, err := a.finder.AgentCI(own, m[:])
		if err == nil {
			a.remembered.put(m, ci)
		}
		return ci, err
	})
	return found.(string), err
}

const ciKey = "proactive/ci"

// ciOf is the computer whose agent has been let in.
func ciOf(c *gin.Context) string { return c.GetString(ciKey) }

// device lets the agents in, each as its computer.
func (d *Door) device(c *gin.Context) {
	scheme, token, _ := strings.Cut(c.GetHeader("Authorization"), " ")
	if token = strings.TrimSpace(token); !strings.EqualFold(scheme, "Bearer") || token == "" || len(token) > maxName {
		fail(c, noSuchAgent())
		return
	}
	ci, err := d.agents.identify(c.Request.Context(), token)
	if err != nil {
		fail(c, jobProblem(err))
		return
	}
	c.Set(ciKey, ci)
}

func noSuchAgent() *problem {
	return &problem{status: http.StatusUnauthorized, message: "User Not Authenticated", detail: "Required to provide a valid agent token",
		header: map[string]string{"WWW-Authenticate": `Bearer realm="proactive"`}}
}
