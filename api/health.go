package api

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
)

// Pinger tells whether Postgres answers.
type Pinger interface {
	Ping(context.Context) error
}

// pingTimeout: whoever asks for readiness asks again soon.
const pingTimeout = 2 * time.Second

type health struct {
	Status   string `json:"status"`
	Postgres string `json:"postgres,omitempty"`
	Temporal string `json:"temporal,omitempty"`
}

func (d *Door) healthz(c *gin.Context) {
	write(c, http.StatusOK, asJSON, health{Status: "alive"}, nil)
}

// readyz is ready when Postgres answers: reports are accepted without Temporal, whose state is told all the same.
func (d *Door) readyz(c *gin.Context) {
	answer, status := health{Status: "ready", Postgres: "answers", Temporal: d.temporal()}, http.StatusOK
	if err := d.ping(c.Request.Context()); err != nil {
		answer.Status, answer.Postgres, status = "not ready", "out of reach", http.StatusServiceUnavailable
		d.log.Warn("postgres is out of reach", "transaction_id", visitOf(c).transaction, "fault", faultText(err))
	}
	if d.stopping.Err() != nil {
		answer.Status, status = "stopping", http.StatusServiceUnavailable
	}
	write(c, status, asJSON, answer, nil)
}

// ping lets those who ask at once share one look: anybody may ask, and needs no place.
func (d *Door) ping(ctx context.Context) error {
	_, err, _ := d.pings.Do("", func() (any, error) {
		own, cancel := context.WithTimeout(context.WithoutCancel(ctx), pingTimeout)
		defer cancel()
		return nil, d.store.Ping(own)
	})
	return err
}
