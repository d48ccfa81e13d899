package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"proactive/schema"
)

// IssueReader reads issues. Issue gives schema.ErrNoRecord when there is none, and of the timeline the events with a number
// greater than since. WaitIssue returns nil when there may be such an event, or the context's error.
type IssueReader interface {
	Issue(ctx context.Context, experienceID string, since int) (schema.Issue, error)
	WaitIssue(ctx context.Context, experienceID string, since int) error
}

// issue is the whole of GET …/{experience_id}: read it, and with wait until it has news.
func (d *Door) issue(c *gin.Context) (any, error) {
	wait, since, err := readWait(c)
	if err != nil {
		return nil, err
	}
	if wait > 0 {
		d.grantTime(c, wait)
	}
	issue, err := d.readIssue(c, since)
	if err != nil || wait == 0 || hasNews(issue) {
		return wireIssue(issue), err
	}
	leave, ok := d.issueWaits.enter(guestOf(c))
	if !ok {
		return nil, tooManyWait(boundIssueWaits)
	}
	defer leave()
	d.leavePlace(visitOf(c))
	ctx, cancel := context.WithTimeout(c.Request.Context(), wait)
	defer cancel()
	defer context.AfterFunc(d.stopping, cancel)()
	for !hasNews(issue) {
		if err := d.store.WaitIssue(ctx, issue.ExperienceID, since); ctx.Err() != nil {
			break // the time is over: what was read is still so
		} else if err != nil {
			return nil, err
		}
		if issue, err = d.readIssue(c, since); err != nil {
			return nil, err
		}
	}
	return wireIssue(issue), nil
}

// hasNews: a closed issue has had its last event, so nobody needs to wait for another.
func hasNews(issue schema.Issue) bool { return len(issue.Timeline) > 0 || issue.State.Closed() }

// readIssue reads the issue that the path names; one of a provider that the account does not speak for is none.
func (d *Door) readIssue(c *gin.Context, since int) (schema.Issue, error) {
	id := c.Param("experience_id")
	if !validExperienceID(id) {
		return schema.Issue{}, schema.ErrNoRecord
	}
	v := visitOf(c)
	v.experienceID = id
	ctx, cancel := context.WithTimeout(c.Request.Context(), d.config.StoreTimeout)
	defer cancel()
	issue, err := d.store.Issue(ctx, id, since)
	if err == nil && !v.account.SpeaksFor(issue.Provider) {
		err = schema.ErrNoRecord
	}
	return issue, err
}

// maxWait bounds how long a request may ask to wait.
const maxWait = 60 * time.Second

func readWait(c *gin.Context) (wait time.Duration, since int, err error) {
	if text := c.Query("wait"); text != "" {
		if wait, err = time.ParseDuration(text); err != nil || wait < 0 || wait > maxWait {
			return 0, 0, unreadable("Send wait as a duration from 0s to 60s, like 30s.")
		}
	}
	if text := c.Query("since"); text != "" {
		if since, err = strconv.Atoi(text); err != nil || since < 0 {
			return 0, 0, unreadable("Send since as the number of an event of the timeline: 0, 1, 2 and so on.")
		}
	}
	return wait, since, nil
}

// grantTime moves the deadline for the answer to a request that asks to wait; the one for reading, net/http lifts when the
// request has been read.
func (d *Door) grantTime(c *gin.Context, wait time.Duration) {
	until := time.Now().Add(wait + d.config.WriteTimeout)
	http.NewResponseController(c.Writer).SetWriteDeadline(until) //nolint:errcheck // a server that is not ours may have none
}
