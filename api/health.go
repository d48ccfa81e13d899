package api

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"proactive/schema"
)

// Readiness tells whether Postgres answers and has the tables of this version.
type Readiness interface {
	Ready(context.Context) error
}

// readyTimeout: whoever asks for readiness asks again soon.
const readyTimeout = 2 * time.Second

type health struct {
	Status   string `json:"status"`
	Postgres string `json:"postgres,omitempty"`
	Temporal string `json:"temporal,omitempty"`
}

func (d *Door) healthz(c *gin.Context) {
	write(c, http.StatusOK, asJSON, health{Status: "alive"}, nil)
}

// readyz is ready when Postgres answers and is migrated: reports are accepted without Temporal, whose state is told all the same.
func (d *Door) readyz(c *gin.Context) {
	err := d.ready(c.Request.Context())
	answer, status := health{Status: "ready", Postgres: schema.DatabaseState(err), Temporal: d.temporal()}, http.StatusOK
	if err != nil {
		answer.Status, status = "not ready", http.StatusServiceUnavailable
		d.log.Warn("postgres is not ready", "transaction_id", visitOf(c).transaction, "fault", faultText(err))
	}
	if d.stopping.Err() != nil {
		answer.Status, status = "stopping", http.StatusServiceUnavailable
	}
	write(c, status, asJSON, answer, nil)
}

// ready lets those who ask at once share one look: anybody may ask, and needs no place.
func (d *Door) ready(ctx context.Context) error {
	_, err, _ := d.readiness.Do("", func() (any, error) {
		own, cancel := context.WithTimeout(context.WithoutCancel(ctx), readyTimeout)
		defer cancel()
		return nil, d.store.Ready(own)
	})
	return err
}
