package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"proactive/schema"
)

// Devices keeps the jobs of the agents; their refusals are schema.RefusedJob. NextJob without a job says when to look again, and
// AwaitJob when there may be one.
type Devices interface {
	AgentFinder
	NextJob(ctx context.Context, ci string, agent schema.AgentInfo) (job *schema.Job, again time.Time, err error)
	AwaitJob(ci string) (woken <-chan struct{}, stop func())
	Heartbeat(ctx context.Context, ci, job string) (leaseUntil time.Time, err error)
	FinishJob(ctx context.Context, ci, job string, result schema.ActionResult) error
}

// leaseAnswer says how long the job is the agent's without a further heartbeat.
type leaseAnswer struct {
	LeaseUntil time.Time `json:"lease_until"`
}

// heartbeat is the whole of POST …/jobs/{id}/heartbeat. The first one says that the agent begins.
func (d *Door) heartbeat(c *gin.Context) {
	ctx, cancel := context.WithTimeout(c.Request.Context(), d.config.StoreTimeout)
	defer cancel()
	until, err := d.devices.Heartbeat(ctx, ciOf(c), jobOf(c))
	if err != nil {
		fail(c, jobProblem(err))
		return
	}
	writeToDevice(c, leaseAnswer{until})
}

// jobResult is the whole of POST …/jobs/{id}/result. It goes on when the agent hangs up: the result is here, so it counts.
func (d *Door) jobResult(c *gin.Context) {
	var result schema.ActionResult
	if err := d.readFromDevice(c, &result); err != nil {
		fail(c, err)
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request.Context()), d.config.StoreTimeout)
	defer cancel()
	if err := d.devices.FinishJob(ctx, ciOf(c), jobOf(c), result); err != nil {
		fail(c, jobProblem(err))
		return
	}
	d.log.Info("job result", "transaction_id", visitOf(c).transaction, "job", jobOf(c), "ci", ciOf(c), "status", result.Status)
	writeToDevice(c, struct{}{})
}

// jobOf is the job that the path names; "", which no job has, for what cannot be an id.
func jobOf(c *gin.Context) string {
	id := c.Param("id")
	if len(id) > maxName || !printable(id) {
		return ""
	}
	return id
}

// readFromDevice reads a body, which is JSON and nothing else.
func (d *Door) readFromDevice(c *gin.Context, into any) error {
	syntax, err := syntaxOf(c.Request.Header)
	if err != nil || syntax == inXML {
		return unsupported("Send a Content-Type of application/json.")
	}
	body, err := readBody(c.Writer, c.Request, d.config.MaxBody)
	if err != nil {
		return err
	}
	if depth(body) > maxDepth {
		return tooDeep()
	}
	if err := json.Unmarshal(body, into); err != nil {
		return unreadable("The body is not JSON with the documented fields.")
	}
	return nil
}

// writeToDevice answers without the platform's envelope: an agent is no scripted REST client.
func writeToDevice(c *gin.Context, answer any) { write(c, http.StatusOK, asJSON, answer, nil) }
