package journey

import (
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/stretchr/testify/require"
)

// passersBy are people about whom reports come one after the other, whatever is being replaced. Each must be taken, and each issue must
// end as resolved_silently.
type passersBy struct {
	u       *upgrade
	leaving chan struct{}
	gone    sync.WaitGroup

	mu       sync.Mutex
	ended    []string // experience_ids
	problems []string
}

// passing is how many they are, and pace how long each takes at least, so that this machine has time for the rest.
const (
	passing = 2
	pace    = 300 * time.Millisecond
)

func (u *upgrade) peoplePassBy() *passersBy {
	b := &passersBy{u: u, leaving: make(chan struct{})}
	for i := range passing {
		b.gone.Go(func() { b.comesByAgainAndAgain(passerBy(i)) })
	}
	u.t.Cleanup(b.leave)
	return b
}

func passerBy(i int) string { return fmt.Sprintf("passer.by.%d", i) }

func (b *passersBy) comesByAgainAndAgain(person string) {
	next := time.NewTicker(pace)
	defer next.Stop()
	for problem := ""; problem == ""; {
		select {
		case <-b.leaving:
			return
		case <-next.C:
			var id string
			id, problem = b.comesBy(person)
			b.noted(id, problem)
		}
	}
}

func (b *passersBy) noted(id, problem string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ended = append(b.ended, id)
	if problem != "" {
		b.problems = append(b.problems, id+": "+problem)
	}
}

// comesBy is one report and its issue until its end. While nobody is there to run it, it is waited for.
func (b *passersBy) comesBy(person string) (id, problem string) {
	a, err := b.u.client.send(http.MethodPost, createPath, report("quick", person, nil), asJSON)
	for {
		if err != nil {
			return id, err.Error()
		}
		if a.Status != http.StatusOK {
			return id, fmt.Sprintf("%d %s", a.Status, a.Text)
		}
		id = a.Result.ExperienceID
		if a.Result.closed() {
			if a.Result.EndReason != "resolved_silently" {
				return id, a.Text
			}
			return id, ""
		}
		a, err = b.u.client.send(http.MethodGet, fmt.Sprintf("%s%s?wait=1s&since=3", issuePath, id), "", nil)
	}
}

// more waits until so many more of each have ended.
func (b *passersBy) more(n int) {
	b.u.t.Helper()
	now, problems := b.soFar()
	wanted := now + n*passing
	eventually(b.u.t, "people pass by", func() bool {
		now, problems = b.soFar()
		return now >= wanted || len(problems) > 0
	})
	require.Empty(b.u.t, problems)
}

func (b *passersBy) soFar() (ended int, problems []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.ended), b.problems
}

// stop lets everybody's last issue end.
func (b *passersBy) stop() {
	b.u.t.Helper()
	b.leave()
	ended, problems := b.soFar()
	require.Empty(b.u.t, problems)
	b.u.t.Logf("%d people passed by", ended)
}

func (b *passersBy) leave() {
	select {
	case <-b.leaving:
	default:
		close(b.leaving)
	}
	b.gone.Wait()
}
