package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"proactive/schema"
)

const (
	listenFor = 5 * time.Minute // then the page listens anew
	comeAgain = 3 * time.Second // after a stream has ended
)

// changes is the whole of GET /help/{token}/events: server-sent events that tell a page when there is something new to show. While
// it waits it holds no connection to Postgres. 204 tells the browser not to come again: everything was said.
func (d *Door) changes(c *gin.Context) {
	view, err := d.conversation(c, c.Param("token"))
	if err != nil {
		fail(c, err)
		return
	}
	seen := lastSeen(c.Request, view)
	if view.State.Closed() && seen == view.Events {
		c.Status(http.StatusNoContent)
		c.Writer.WriteHeaderNow()
		return
	}
	leave, ok := d.streams.enter(guest{guestLink, string(schema.HashToken(c.Param("token")))})
	if !ok {
		fail(c, tooMany(boundStreams, "Too many pages listen.", listenFor))
		return
	}
	defer leave()
	d.leavePlace(visitOf(c))
	ctx, cancel := context.WithTimeout(c.Request.Context(), listenFor)
	defer cancel()
	defer context.AfterFunc(d.stopping, cancel)()
	(&stream{d: d, c: c, view: view, seen: seen}).run(ctx)
}

// lastSeen is the number of the newest event that a page knows of: what the browser repeats of the stream before, else what the
// page says that it shows, as something may have happened since it was written. One that says nothing is taken to show what there
// is, but perhaps not the end.
func lastSeen(r *http.Request, view schema.View) int {
	for _, text := range []string{r.Header.Get("Last-Event-ID"), r.URL.Query().Get("since")} {
		if n, err := strconv.Atoi(text); err == nil && n >= 0 {
			return min(n, view.Events)
		}
	}
	if view.State.Closed() {
		return 0
	}
	return view.Events
}

// stream is one page that listens.
type stream struct {
	d    *Door
	c    *gin.Context
	view schema.View
	seen int // number of the newest event that the page knows of
}

// run ends when the issue has ended and that was told, the link leads nowhere any more, the page has gone, or ctx is done.
func (s *stream) run(ctx context.Context) {
	h := s.c.Writer.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // nginx would keep the events to itself
	s.c.Status(http.StatusOK)
	if !s.write(fmt.Sprintf("retry: %d\n\n", comeAgain.Milliseconds())) || s.c.Request.Method == http.MethodHead {
		return
	}
	for s.tell() && !s.view.State.Closed() && s.listen(ctx) {
	}
}

// tell says what the page does not know yet; false when it has gone.
func (s *stream) tell() bool {
	if s.view.Events <= s.seen {
		return true
	}
	s.seen = s.view.Events
	return s.write(fmt.Sprintf("event: change\nid: %d\ndata: %d\n\n", s.seen, s.seen))
}

// listen waits for news, for a heartbeat at most, and looks the link up again when there are any. A fault of the database is not
// told: an answer with an error would end the browser's listening for good, and the next heartbeat looks again.
func (s *stream) listen(ctx context.Context) (goOn bool) {
	beat, cancel := context.WithTimeout(ctx, s.d.config.Heartbeat)
	defer cancel()
	err := s.d.conversations.WaitIssue(beat, s.view.ExperienceID, s.seen)
	if err == nil {
		var view schema.View
		if view, err = s.d.conversation(s.c, s.c.Param("token")); err == nil {
			s.view = view
			return true
		}
	}
	if errors.Is(err, schema.ErrNoRecord) {
		return false
	}
	<-beat.Done()
	return ctx.Err() == nil && s.write(":\n\n")
}

// write sends at once, and gives a page that does not read two heartbeats.
func (s *stream) write(text string) bool {
	s.d.grantTime(s.c, 2*s.d.config.Heartbeat)
	if _, err := s.c.Writer.WriteString(text); err != nil {
		return false
	}
	s.c.Writer.Flush()
	return true
}
