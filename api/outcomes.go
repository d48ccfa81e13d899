package api

import (
	"context"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"proactive/schema"
)

// Outcomes is the feed of what became of issues.
type Outcomes interface {
	// Outcomes reads on after a place; no providers are all. schema.FeedAhead when nothing can have that place yet.
	Outcomes(ctx context.Context, providers []string, after int64, limit int) (schema.Feed, error)
	// OutcomeRings tells that there may be more.
	OutcomeRings() (woken <-chan struct{}, stop func())
	Redeliver(ctx context.Context, what schema.Redelivery) (int64, error)
	// HandOverIncidents lets the service desk's system be told of incidents; schema.NoServiceDesk when there is none.
	HandOverIncidents(ctx context.Context, what schema.HandingOver) (int64, error)
}

// outcomesWire is a part of the feed.
type outcomesWire struct {
	Outcomes []outcomeWire `json:"outcomes" xml:"outcomes"`
	Next     string        `json:"next" xml:"next"` // since of the next request
	More     bool          `json:"more" xml:"more"`
}

type outcomeWire struct {
	ID           string    `json:"id" xml:"id"`
	ExperienceID string    `json:"experience_id" xml:"experience_id"`
	Provider     string    `json:"provider" xml:"provider"`
	IssueCode    string    `json:"issue_code" xml:"issue_code"`
	Step         int       `json:"step" xml:"step"`
	State        string    `json:"state" xml:"state"`
	EndReason    string    `json:"end_reason" xml:"end_reason"`
	Sequence     int       `json:"sequence" xml:"sequence"`
	At           time.Time `json:"at" xml:"at"`
}

func wireOutcomes(feed schema.Feed) outcomesWire {
	wire := outcomesWire{Outcomes: make([]outcomeWire, 0, len(feed.Outcomes)), Next: cursor(feed.Next), More: feed.More}
	for _, o := range feed.Outcomes {
		wire.Outcomes = append(wire.Outcomes, outcomeWire{o.ID, o.ExperienceID, o.Provider, o.IssueCode, o.Step, string(o.State),
			string(o.EndReason), o.Sequence, o.At.UTC()})
	}
	return wire
}

// How much of the feed one request reads.
const (
	feedLimit = 100
	feedMost  = 1000
)

// feedPace is how often somebody who waits looks again, however often there may be news; feedLook is how often without any.
const (
	feedPace = 250 * time.Millisecond
	feedLook = 5 * time.Second
)

// feed is the whole of GET …/outcomes: read on from the cursor, and with wait until there is something.
func (d *Door) feed(c *gin.Context) (any, error) {
	wait, after, limit, err := readFeed(c)
	if err != nil {
		return nil, err
	}
	if wait > 0 {
		d.grantTime(c, wait)
	}
	woken, stop := d.outcomes.OutcomeRings()
	defer stop()
	feed, err := d.readOn(c, after, limit)
	if err != nil || wait == 0 || len(feed.Outcomes) > 0 || feed.More {
		return wireOutcomes(feed), err
	}
	leave, ok := d.feedWaits.enter(guestOf(c))
	if !ok {
		return nil, tooManyWait(boundFeedWaits)
	}
	defer leave()
	d.leavePlace(visitOf(c))
	ctx, cancel := context.WithTimeout(c.Request.Context(), wait)
	defer cancel()
	defer context.AfterFunc(d.stopping, cancel)()
	for len(feed.Outcomes) == 0 && !feed.More && mayBeMore(ctx, woken) {
		if feed, err = d.readOn(c, after, limit); err != nil {
			return nil, err
		}
	}
	return wireOutcomes(feed), nil
}

// mayBeMore waits, and tells whether there is still time to look.
func mayBeMore(ctx context.Context, woken <-chan struct{}) bool {
	look := time.NewTimer(feedLook)
	defer look.Stop()
	select {
	case <-woken:
	case <-look.C:
	case <-ctx.Done():
		return false
	}
	pace := time.NewTimer(feedPace)
	defer pace.Stop()
	select {
	case <-pace.C:
	case <-ctx.Done(): // one last look
	}
	return true
}

// readOn reads what the account may see.
func (d *Door) readOn(c *gin.Context, after int64, limit int) (schema.Feed, error) {
	ctx, cancel := context.WithTimeout(c.Request.Context(), d.config.StoreTimeout)
	defer cancel()
	feed, err := d.outcomes.Outcomes(ctx, visitOf(c).account.Providers, after, limit)
	if errors.Is(err, schema.FeedAhead) {
		return feed, unreadable("Send since as the next of an answer of this server: this one is ahead of its feed, as after a database was restored. Begin again without since.")
	}
	return feed, err
}

func readFeed(c *gin.Context) (wait time.Duration, after int64, limit int, err error) {
	if text := c.Query("wait"); text != "" {
		if wait, err = time.ParseDuration(text); err != nil || wait < 0 || wait > maxWait {
			return 0, 0, 0, unreadable("Send wait as a duration from 0s to 60s, like 30s.")
		}
	}
	limit = feedLimit
	if text := c.Query("limit"); text != "" {
		if limit, err = strconv.Atoi(text); err != nil || limit < 1 || limit > feedMost {
			return 0, 0, 0, unreadable("Send limit as a number from 1 to " + strconv.Itoa(feedMost) + ".")
		}
	}
	if after, err = readCursor(c.Query("since")); err != nil {
		return 0, 0, 0, unreadable("Send since as the next of the last answer, or without it to begin with the oldest outcome that is kept.")
	}
	return wait, after, limit, nil
}

// cursorMark begins a cursor, so that another form of it can be told apart one day.
const cursorMark = "1:"

// cursor is a place in the feed as callers see it.
func cursor(place int64) string {
	return base64.RawURLEncoding.EncodeToString([]byte(cursorMark + strconv.FormatInt(place, 10)))
}

func readCursor(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	plain, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return 0, err
	}
	digits, marked := strings.CutPrefix(string(plain), cursorMark)
	place, err := strconv.ParseInt(digits, 10, 64)
	if !marked || err != nil || place < 0 {
		return 0, errors.New("no cursor")
	}
	return place, nil
}

// redelivered tells how many outcomes are told again.
type redelivered struct {
	Redelivered int64 `json:"redelivered" xml:"redelivered"`
}

// redeliver is the whole of POST …/outcomes/redeliver.
func (d *Door) redeliver(c *gin.Context) (any, error) {
	account := visitOf(c).account
	what := schema.Redelivery{ID: c.Query("id"), ExperienceID: c.Query("experience_id"), Provider: c.Query("provider"), Providers: account.Providers}
	if givenOf(what.ID, what.ExperienceID, what.Provider) != 1 {
		return nil, unreadable("Send one of id, experience_id and provider: one outcome, all of an issue, or all that were given up for a provider.")
	}
	ctx, cancel := d.timeForMany(c)
	defer cancel()
	n, err := d.outcomes.Redeliver(ctx, what)
	return redelivered{n}, err
}

// givenOf counts the texts that are not empty.
func givenOf(texts ...string) (n int) {
	for _, text := range texts {
		if text != "" {
			n++
		}
	}
	return n
}

// timeForMany is for a request that may touch very many rows, batch after batch. What it did not come to, the same request does again.
func (d *Door) timeForMany(c *gin.Context) (context.Context, context.CancelFunc) {
	const within = 30 * time.Second
	d.grantTime(c, within)
	return context.WithTimeout(c.Request.Context(), within)
}
