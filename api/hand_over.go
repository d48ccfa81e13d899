package api

import (
	"errors"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"proactive/schema"
)

// handedOver tells how many incidents are on their way to the service desk's system.
type handedOver struct {
	HandedOver int64 `json:"handed_over" xml:"handed_over"`
}

// handOver is the whole of POST …/incidents/hand_over.
func (d *Door) handOver(c *gin.Context) (any, error) {
	what := schema.HandingOver{Number: c.Query("number"), ExperienceID: c.Query("experience_id"), Providers: visitOf(c).account.Providers}
	within := c.Query("within")
	if givenOf(what.Number, what.ExperienceID, within) != 1 {
		return nil, unreadable("Send one of number, experience_id and within: one incident, the one of an issue, or all that are open, not known there and not older than that.")
	}
	if within != "" {
		var err error
		if what.Within, err = time.ParseDuration(within); err != nil || what.Within <= 0 || what.Within > schema.MaxHandingOver {
			return nil, unreadable("Send within as a duration of up to a year, like 72h.")
		}
	}
	ctx, cancel := d.timeForMany(c)
	defer cancel()
	n, err := d.outcomes.HandOverIncidents(ctx, what)
	if errors.Is(err, schema.NoServiceDesk) {
		return nil, &problem{status: http.StatusConflict, message: "No service desk is active",
			detail: "Apply one first, in section service_desks: nobody is there to be told of an incident."}
	}
	return handedOver{n}, err
}
