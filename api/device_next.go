package api

import (
	"context"
	"net/http"
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"proactive/schema"
)

// agentHello is what an agent says of itself.
type agentHello struct {
	Version string   `json:"agent_version"`
	OS      string   `json:"os"`
	Actions []string `json:"actions"`
}

const (
	maxActions = 100
	maxName    = 100
	maxLooks   = 8 // at once, so that thousands of agents who are woken together leave the database to others as well
)

// nextJob is the whole of POST …/jobs/next: read who asks, wait for a job, answer with it or with 204.
func (d *Door) nextJob(c *gin.Context) {
	agent, wait, err := d.readHello(c)
	if err != nil {
		fail(c, err)
		return
	}
	if wait > 0 {
		leave, ok := d.deviceWaits.enter(guestOf(c))
		if !ok {
			fail(c, tooManyWait(boundDeviceWaits))
			return
		}
		defer leave()
		d.leavePlace(visitOf(c))
		d.grantTime(c, wait)
	}
	job, err := d.waitForJob(c.Request.Context(), ciOf(c), agent, wait)
	if job != nil && err == nil {
		err = d.withLink(job)
	}
	switch {
	case err != nil:
		fail(c, jobProblem(err))
	case job == nil:
		c.Status(http.StatusNoContent)
		c.Writer.WriteHeaderNow()
	default:
		visitOf(c).experienceID = job.ExperienceID
		writeToDevice(c, job)
	}
}

// waitForJob looks once, and then whenever the bell rings for this computer or a lease that nobody has begun has run out. While it
// waits it holds no connection to Postgres. It ends early, without a job, when the server is told to stop.
func (d *Door) waitForJob(ctx context.Context, ci string, agent schema.AgentInfo, wait time.Duration) (*schema.Job, error) {
	woken, forget := d.devices.AwaitJob(ci) // before the first look, so that nothing slips in between
	defer forget()
	over, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	defer context.AfterFunc(d.stopping, cancel)()
	for {
		job, again, err := d.lookForJob(ctx, ci, agent)
		if job != nil || err != nil {
			return job, err
		}
		select {
		case <-over.Done():
			return nil, nil
		case <-woken:
		case <-leaseEnd(over, again):
		}
	}
}

func (d *Door) lookForJob(ctx context.Context, ci string, agent schema.AgentInfo) (*schema.Job, time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, d.config.StoreTimeout)
	defer cancel()
	select {
	case d.looks <- struct{}{}:
	case <-ctx.Done():
		return nil, time.Time{}, ctx.Err()
	}
	defer func() { <-d.looks }()
	return d.devices.NextJob(ctx, ci, agent)
}

// leaseEnd tells when a lease has run out; never for none, and not more than twenty times a second whatever the clocks say.
func leaseEnd(ctx context.Context, again time.Time) <-chan time.Time {
	if deadline, ok := ctx.Deadline(); again.IsZero() || ok && again.After(deadline) {
		return nil
	}
	return time.After(max(time.Until(again), 50*time.Millisecond))
}

func (d *Door) readHello(c *gin.Context) (agent schema.AgentInfo, wait time.Duration, err error) {
	if wait, _, err = readWait(c); err != nil {
		return agent, 0, err
	}
	var hello agentHello
	if err := d.readFromDevice(c, &hello); err != nil {
		return agent, 0, err
	}
	if len(hello.Actions) == 0 || len(hello.Actions) > maxActions {
		return agent, 0, unreadable("Send actions as a list of the names of the actions that the agent has, from 1 to 100.")
	}
	for _, text := range append([]string{hello.Version, hello.OS}, hello.Actions...) {
		if len(text) > maxName || !printable(text) {
			return agent, 0, unreadable("Send agent_version, os and actions as texts of at most 100 characters, without control characters.")
		}
	}
	return schema.AgentInfo{Version: hello.Version, OS: hello.OS, Actions: hello.Actions}, wait, nil
}

func printable(text string) bool {
	if !utf8.ValidString(text) {
		return false
	}
	for _, r := range text {
		if r < ' ' || r == '\u007f' {
			return false
		}
	}
	return true
}
