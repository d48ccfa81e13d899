package endurance

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// reader is the tool of a provider that cannot be reached: it reads the feed, and keeps where it is together with what it has read.
type reader struct {
	caller  *caller
	since   string
	read    []outcome
	strange []string // answers that nobody should get
}

// A page of the feed, and for how long an empty one is waited for: shorter than a caller's patience.
const feedQuery = "outcomes?limit=25&wait=%s&since=%s"

// readsOn reads until ctx ends.
func (f *reader) readsOn(ctx context.Context) {
	for api := 0; ctx.Err() == nil; api++ {
		if _, ok := f.page(api, 5*time.Second); !ok {
			sleep(ctx, asksBack)
		}
	}
}

// readsTheRest reads what there is now.
func (f *reader) readsTheRest() error {
	over := time.Now().Add(time.Minute)
	for api := 0; time.Now().Before(over); api++ {
		if n, ok := f.page(api, 0); ok && n == 0 {
			return nil
		}
	}
	return fmt.Errorf("the feed does not come to its end within a minute: %v", f.strange)
}

// page reads on, and tells how much there was. Without a clear answer it is where it was.
func (f *reader) page(api int, wait time.Duration) (n int, ok bool) {
	a, err := f.caller.send(http.MethodGet, f.caller.apis[api%2], issuePath+fmt.Sprintf(feedQuery, wait, url.QueryEscape(f.since)), nil)
	if err != nil || a.status >= 500 || a.status == http.StatusTooManyRequests {
		return 0, false
	}
	var page struct {
		Result struct {
			Outcomes []outcome
			Next     string
		}
	}
	if err := json.Unmarshal([]byte(a.text), &page); err != nil || a.status != http.StatusOK || page.Result.Next == "" {
		f.strange = append(f.strange, fmt.Sprintf("the feed after %q was answered: %d %s", f.since, a.status, a.text))
		return 0, false
	}
	f.since, f.read = page.Result.Next, append(f.read, page.Result.Outcomes...)
	return len(page.Result.Outcomes), true
}
