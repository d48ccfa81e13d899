package endurance

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"time"
)

// clerk is somebody at the service desk, who writes to the same incidents as the other ones.
type clerk struct {
	writer
	random  *rand.Rand
	remarks []remark
}

// remark is what a clerk adds to an incident: to its close notes, which are read, added to and written back if nobody was first, or to its
// journal of work notes.
type remark struct {
	Text     string // nobody writes it twice
	Incident string // sys_id
	Field    string
	Said     said
}

const (
	clerks           = 3
	mostBetweenNotes = 600 * time.Millisecond
	closeNotes       = "close_notes"
	workNotes        = "work_notes"
	incidents        = "incident"
	newestOfAnIssue  = "origin_table=sn_pren_experience_issue^ORDERBYDESCsys_created_on"
)

const remarkText = "note-%d-%d."

var remarks = regexp.MustCompile(`note-\d+-\d+\.`)

// ownIncident is the sys_id of one that clerks write themselves, for a while, so that its notes stay short. It comes from no issue.
func ownIncident(which, n int) string { return fmt.Sprintf("d%031d", 2*(n/40)+which) }

// ownIncidents are all that can be, as LIKE has it.
const ownIncidents = "d00000000000000000000000%"

func newClerks(w *world, seed uint64) (all []*clerk) {
	for n := range clerks {
		all = append(all, &clerk{writer: writer{caller: newCaller(w.urls(), "clerk")}, random: rand.New(rand.NewPCG(seed, 20+uint64(n)))})
	}
	return all
}

// work writes one note after the other.
func (c *clerk) work(ctx context.Context, number int, until time.Time) {
	for n := 0; sleep(ctx, time.Duration(c.random.Int64N(int64(mostBetweenNotes)))) && time.Now().Before(until); n++ {
		api := c.random.IntN(2)
		if which := c.random.IntN(4); which < 2 {
			id := ownIncident(which, n)
			c.opens(api, id)
			c.writes(api, "sys_id="+id, fmt.Sprintf(remarkText, number, n))
			continue
		}
		c.writes(api, newestOfAnIssue, fmt.Sprintf(remarkText, number, n))
	}
}

// opens writes an incident of its own, unless it is there.
func (c *clerk) opens(api int, id string) {
	body := row{"sys_id": id, "caller_id": "person-1", "short_description": "Somebody has called"}
	a, err := c.send(http.MethodPost, c.apis[api], tablePath+incidents, []byte(asYAML(body)))
	if err == nil && a.status == http.StatusConflict {
		return
	}
	c.judge(a, err, "POST "+tablePath+incidents)
}

// writes adds a note to one of the incidents that a query has.
func (c *clerk) writes(api int, query, text string) {
	found, ok := c.rows(api, incidents, query)
	if !ok || len(found) == 0 {
		return
	}
	to := found[c.random.IntN(len(found))]
	n := remark{Text: text, Incident: to["sys_id"], Field: workNotes}
	if c.random.IntN(3) == 0 {
		n.Said = c.patch(api, incidents, n.Incident, "", row{workNotes: text})
	} else {
		n.Field = closeNotes
		n.Said = c.patch(api, incidents, n.Incident, to["sys_mod_count"], row{closeNotes: to[closeNotes] + text})
	}
	c.remarks = append(c.remarks, n)
}

// remarksOf are all that the clerks have written.
func remarksOf(clerks []*clerk) (all []remark, strange []string) {
	for _, c := range clerks {
		all, strange = append(all, c.remarks...), append(strange, c.strange...)
	}
	return all, strange
}
