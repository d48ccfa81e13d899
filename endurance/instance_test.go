package endurance

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// instance is the service desk's own ServiceNow, as far as its Table API is asked for incidents and people.
type instance struct {
	*outsider
	seed uint64

	mu        sync.Mutex
	incidents []foreign
	times     map[string]int // requests about something
	strange   []string       // sentences about requests that nobody should send
}

// foreign is an incident as the instance knows it.
type foreign struct {
	SysID         string `json:"sys_id"`
	Number        string `json:"number"`
	CorrelationID string `json:"correlation_id"`
	Display       string `json:"correlation_display"`
	Caller        string `json:"caller_id"`
}

const instancePassword = "1nstance"

// What happens to those who look, and to those who write.
var (
	looking = odds{{fails, 20}, {mute, 15}, {hangs, 2}}
	writing = odds{{fails, 8}, {mute, 80}, {deaf, 8}, {hangs, 8}}
)

func newInstance(t *testing.T, seed uint64) *instance {
	n := &instance{seed: seed, times: map[string]int{}}
	n.outsider = newOutsider(t, n)
	return n
}

func (n *instance) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	user, password, _ := r.BasicAuth()
	query := r.URL.Query().Get("sysparm_query")
	correlationID, asked := strings.CutSuffix(query, "^ORDERBYsys_created_on")
	switch {
	case user != "connector" || password != instancePassword:
		n.odd(w, r, "it is signed in as "+user)
	case r.Method == http.MethodPost && r.URL.Path == "/api/now/table/incident":
		n.write(w, r)
	case r.Method == http.MethodGet && r.URL.Path == "/api/now/table/incident" && asked && strings.HasPrefix(query, "correlation_id="):
		n.answers(w, r, looking, query, func() any { return n.of(strings.TrimPrefix(correlationID, "correlation_id=")) })
	case r.Method == http.MethodGet && r.URL.Path == "/api/now/table/sys_user" && strings.HasPrefix(query, "user_name="):
		name := strings.TrimSuffix(strings.TrimPrefix(query, "user_name="), "^active=true")
		n.answers(w, r, looking, query, func() any { return []map[string]string{{"sys_id": idThere(name), "user_name": name}} })
	default:
		n.odd(w, r, "it is not known")
	}
}

func (n *instance) odd(w http.ResponseWriter, r *http.Request, why string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.strange = append(n.strange, fmt.Sprintf("%s %s: %s", r.Method, r.URL, why))
	http.Error(w, why, http.StatusBadRequest)
}

// write makes an incident, whether there is one already or not, as ServiceNow does.
func (n *instance) write(w http.ResponseWriter, r *http.Request) {
	var sent foreign
	if err := json.NewDecoder(r.Body).Decode(&sent); err != nil || sent.CorrelationID == "" {
		n.odd(w, r, "it is no incident of an issue")
		return
	}
	n.answers(w, r, writing, sent.CorrelationID, func() any {
		number := len(n.incidents) + 1
		sent.SysID, sent.Number = fmt.Sprintf("%032x", number), fmt.Sprintf("INC9%06d", number)
		n.incidents = append(n.incidents, sent)
		return sent
	})
}

// answers does something and says what came of it, if its mood lets it.
func (n *instance) answers(w http.ResponseWriter, r *http.Request, o odds, about string, do func() any) {
	n.mu.Lock()
	m := o.of(n.seed, about, n.times[about])
	n.times[about]++
	var result any
	if m != fails && m != deaf {
		result = do()
	}
	n.mu.Unlock()
	switch m {
	case fails:
		http.Error(w, "out of order", http.StatusInternalServerError)
	case mute, deaf:
		silence()
	case hangs:
		n.hang(r)
	default:
		w.Header().Set("Content-Type", "application/json")
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusCreated)
		}
		json.NewEncoder(w).Encode(map[string]any{"result": result}) //nolint:errcheck // whoever asked may be gone
	}
}

// of are the incidents of an issue.
func (n *instance) of(correlationID string) []foreign {
	found := []foreign{}
	for _, i := range n.incidents {
		if i.CorrelationID == correlationID {
			found = append(found, i)
		}
	}
	return found
}

// idThere is the sys_id of a person there.
func idThere(userName string) string { return "id of " + userName }

// has is all that it knows.
func (n *instance) has() (incidents []foreign, strange []string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append(incidents, n.incidents...), append(strange, n.strange...)
}
