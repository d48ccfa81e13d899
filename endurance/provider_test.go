package endurance

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// outcome is what became of an issue, as its provider is told.
type outcome struct {
	ID           string `json:"id"`
	ExperienceID string `json:"experience_id"`
	IssueCode    string `json:"issue_code"`
	Step         int    `json:"step"`
	State        string `json:"state"`
	EndReason    string `json:"end_reason"`
	Sequence     int    `json:"sequence"`
}

// heard is an outcome that came to the webhook, and what was answered; 0: nothing.
type heard struct {
	outcome
	Answer int
}

// provider is the webhook of who sends the reports, where it hears what became of them.
type provider struct {
	*outsider
	key  []byte
	seed uint64

	mu     sync.Mutex
	heard  []heard
	times  map[string]int // by id
	forged []string       // sentences about requests that nobody should send
}

// dislikes are what happens to outcomes. What is gone once is gone whenever it comes.
var (
	dislikes = odds{{fails, 15}, {mute, 15}, {deaf, 8}, {hangs, 2}}
	refuses  = odds{{gone, 6}}
)

func newProvider(t *testing.T, seed uint64, key []byte) *provider {
	p := &provider{key: key, seed: seed, times: map[string]int{}}
	p.outsider = newOutsider(t, p)
	return p
}

func (p *provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // whoever sent it is gone
	}
	var sent struct {
		Type string
		Data outcome
	}
	if problem := p.genuine(r, body, &sent.Data, json.Unmarshal(body, &sent)); problem != "" || sent.Type != "outcome."+sent.Data.State {
		p.note(func() { p.forged = append(p.forged, fmt.Sprintf("%s: %s", problem, body)) })
		http.Error(w, problem, http.StatusUnauthorized)
		return
	}
	switch m := p.takes(sent.Data); m {
	case mute, deaf:
		silence()
	case hangs:
		p.hang(r)
	default:
		w.WriteHeader(answers[m])
	}
}

var answers = map[mood]int{well: http.StatusNoContent, fails: http.StatusInternalServerError, gone: http.StatusGone}

// takes notes what came, and says how that is taken.
func (p *provider) takes(o outcome) (m mood) {
	about := fmt.Sprintf("%s outcome %d", o.ExperienceID, o.Sequence)
	p.note(func() {
		if m = refuses.of(p.seed, about, 0); m == well {
			m = dislikes.of(p.seed, about, p.times[o.ID])
		}
		p.times[o.ID]++
		if m != deaf {
			p.heard = append(p.heard, heard{o, answers[m]})
		}
	})
	return m
}

func (p *provider) note(what func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	what()
}

// genuine says what is wrong with a request, as docs/outcomes.md tells a receiver to find out.
func (p *provider) genuine(r *http.Request, body []byte, o *outcome, unreadable error) string {
	id, at := r.Header.Get("webhook-id"), r.Header.Get("webhook-timestamp")
	mac := hmac.New(sha256.New, p.key)
	fmt.Fprintf(mac, "%s.%s.%s", id, at, body)
	signature := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	seconds, err := strconv.ParseInt(at, 10, 64)
	switch {
	case !slices.Contains(strings.Fields(r.Header.Get("webhook-signature")), signature):
		return "it is not signed"
	case err != nil || math.Abs(time.Since(time.Unix(seconds, 0)).Seconds()) > 300:
		return "it is not of now"
	case unreadable != nil || o.ID == "" || o.ID != id:
		return "its id is not that of the outcome"
	}
	return ""
}

// told is all that came to the webhook, in the order in which it came.
func (p *provider) told() (all []heard, forged []string) {
	p.note(func() { all, forged = slices.Clone(p.heard), slices.Clone(p.forged) })
	return all, forged
}
