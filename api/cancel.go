package api

import (
	"context"
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"

	"proactive/schema"
)

// Canceller closes issues as cancelled. It gives the state in which the issue is afterwards: another than closed_cancelled
// when it had ended before.
type Canceller interface {
	Cancel(ctx context.Context, experienceID, by string) (schema.State, error)
}

type cancelled struct {
	ExperienceID string `json:"experience_id" xml:"experience_id"`
	State        string `json:"state" xml:"state"`
}

// cancel is the whole of POST …/{experience_id}/cancel. A body says nothing.
func (d *Door) cancel(c *gin.Context) (any, error) {
	id, v := c.Param("experience_id"), visitOf(c)
	if !validExperienceID(id) {
		return nil, schema.ErrNoRecord
	}
	v.experienceID = id
	if len(v.account.Providers) > 0 {
		if _, err := d.readIssue(c, 0); err != nil {
			return nil, err
		}
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), d.config.StoreTimeout)
	defer cancel()
	state, err := d.store.Cancel(ctx, id, v.account.UserName)
	switch {
	case err != nil:
		return nil, err
	case state != schema.ClosedCancelled && state.Closed():
		return nil, &problem{status: http.StatusConflict, message: "Experience issue is closed",
			detail: fmt.Sprintf("It ended as %s; only an issue that is not closed can be cancelled.", state)}
	case state != schema.ClosedCancelled:
		return nil, fmt.Errorf("cancel %s: it is %s afterwards", id, state)
	}
	return cancelled{id, string(state)}, nil
}
