package journey

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// tool is a provider's receiver of outcomes.
type tool struct {
	*httptest.Server
	mu     sync.Mutex
	status int
	heard  []outcome
}

type outcome struct {
	ID           string `json:"id"`
	ExperienceID string `json:"experience_id"`
	State        string `json:"state"`
	Sequence     int    `json:"sequence"`
}

func newTool(t *testing.T) *tool {
	o := &tool{status: http.StatusNoContent}
	o.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var document struct{ Data outcome }
		json.Unmarshal(body, &document)
		o.mu.Lock()
		defer o.mu.Unlock()
		if document.Data.ID == r.Header.Get("webhook-id") {
			o.heard = append(o.heard, document.Data)
		}
		w.WriteHeader(o.status)
	}))
	t.Cleanup(o.Close)
	return o
}

// told is what the tool has heard of an issue.
func (o *tool) told(id string) (all []outcome) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, x := range o.heard {
		if x.ExperienceID == id {
			all = append(all, x)
		}
	}
	return all
}

func (o *tool) answers(status int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.status = status
}

// hears lets provider sn hear of everything at the tool.
func (w *world) hears(o *tool) {
	w.t.Helper()
	w.own = append(w.own, "PROACTIVE_HTTP_ALLOW="+w.hook.address+","+strings.TrimPrefix(o.URL, "http://"), "PROACTIVE_SECRET_TOOL=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
		"PROACTIVE_SECRETS_ALLOW=TOOL="+w.hook.address+",TOOL="+strings.TrimPrefix(o.URL, "http://"))
	w.applies(`outcomes: [{provider: sn, url: "` + o.URL + `/outcomes", secret: {$secret: TOOL}, states: [in_progress, action_wait, closed_complete, closed_incomplete]}]`)
}

var wholeLife = []string{"in_progress", "action_wait", "in_progress", "closed_complete"}

// statesOf are the states that were heard of, in their order; a repeat of the one before counts once.
func statesOf(all []outcome) (states []string) {
	for i, x := range slices.CompactFunc(all, func(a, b outcome) bool { return a.ID == b.ID }) {
		if x.Sequence == i+1 {
			states = append(states, x.State)
		}
	}
	return states
}

// feedOf reads everything that the feed says, page by page.
func (w *world) feedOf(id string) (states []string) {
	w.t.Helper()
	for since, more := "", true; more; {
		var page struct {
			Result struct {
				Outcomes []outcome
				Next     string
				More     bool
			}
		}
		request, err := http.NewRequest(http.MethodGet, w.server+"/api/sn_pren/self_remediation/experience_issue/outcomes?limit=2&since="+url.QueryEscape(since), nil)
		require.NoError(w.t, err)
		request.SetBasicAuth("reader", "reader")
		response, err := http.DefaultClient.Do(request)
		require.NoError(w.t, err)
		defer response.Body.Close()
		require.Equal(w.t, http.StatusOK, response.StatusCode)
		require.NoError(w.t, json.NewDecoder(response.Body).Decode(&page))
		for _, o := range page.Result.Outcomes {
			if o.ExperienceID == id {
				states = append(states, o.State)
			}
		}
		since, more = page.Result.Next, page.Result.More
	}
	return states
}

// livesTwoSteps leads an issue to its end, and gives its id.
func (w *world) livesTwoSteps() (id string) {
	w.t.Helper()
	id = w.reports("wait")
	w.becomes(id, "action_wait")
	w.accepted(w.reportsAgain(id, "quick"))
	w.ends(id, "closed_complete", "resolved_silently")
	return id
}

func TestAProviderHearsWhatBecomesOfItsIssue(t *testing.T) {
	t.Parallel()
	w, o := newWorld(t), newTool(t)
	w.hears(o)
	w.serveAndRun()
	id := w.livesTwoSteps()
	eventually(t, "the tool has heard everything", func() bool { return slices.Equal(wholeLife, statesOf(o.told(id))) })
	require.Equal(t, wholeLife, w.feedOf(id))
}

func TestAnOutcomeIsToldAgainUnderTheSameIDWhenTheWorkerIsKilled(t *testing.T) {
	t.Parallel()
	for _, m := range momentsOfOne {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			w, o := newCrashWorld(t), newTool(t)
			w.hears(o)
			worker := w.worker()
			held := m.hold(w.between, settled)
			id := w.reports("wait")
			w.reaches(held)
			worker.kill()
			held.Drop()
			first := o.told(id)
			require.Len(t, first, 1)
			w.overdue(id)
			w.worker()
			w.hurries()
			w.becomes(id, "action_wait")
			w.accepted(w.reportsAgain(id, "quick"))
			w.ends(id, "closed_complete", "resolved_silently")
			eventually(t, "the tool has heard everything", func() bool { return slices.Equal(wholeLife, statesOf(o.told(id))) })
			repeats := 1
			if m.committed {
				repeats = 0
			}
			require.Len(t, o.told(id), len(wholeLife)+repeats)
		})
	}
}

// A tool that is out of order for a while misses nothing; what was given up is told again when somebody asks for it.
func TestAToolThatWasOutOfOrderHearsEverythingInOrder(t *testing.T) {
	t.Parallel()
	w, o := newWorld(t), newTool(t)
	w.hears(o)
	o.answers(http.StatusServiceUnavailable)
	w.serveAndRun()
	id := w.livesTwoSteps()
	eventually(t, "the tool was tried", func() bool { return len(o.told(id)) > 0 })
	w.value(`WITH old AS (UPDATE sn_pren_delivery SET since = now() - interval '4 days', not_before = now() RETURNING 1) SELECT count(*) FROM old`)
	eventually(t, "the first is given up", func() bool { return w.value(`SELECT count(*) FROM sn_pren_delivery WHERE state = 'given_up'`) != "0" })
	o.answers(http.StatusNoContent)
	eventually(t, "nothing is waited for any more", func() bool {
		w.hurries()
		return w.value(`SELECT count(*) FROM sn_pren_delivery WHERE state = 'pending'`) == "0"
	})
	out := run(t, w.clientEnv(), "", "outcome", "redeliver", "--provider", "sn")
	require.Contains(t, out, "told again")
	eventually(t, "all were delivered", func() bool {
		return w.value(`SELECT count(*) FROM sn_pren_delivery WHERE state = 'delivered'`) == "4"
	})
	require.NotEqual(t, "0", w.value(`SELECT count(*) FROM sn_pren_delivery_attempt WHERE status = 503`), "the log has what went wrong")
}
