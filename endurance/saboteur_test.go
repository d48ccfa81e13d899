package endurance

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// fault is one thing that breaks, for a while. All of it is decided by the seed alone.
type fault struct {
	At     time.Duration // since the start
	Target string
	How    string
	Lasts  time.Duration
}

// What can be done to whom.
const (
	kills     = "is killed"
	pauses    = "stands still"
	cutsOff   = "is cut off from Postgres"
	cutsAway  = "is cut off from Temporal"
	mishears  = "hears no answer of Postgres to what it has committed"
	mostTimes = 20 // in one fault, that an answer is not heard
)

var targets = map[string][]string{
	"api-1":    {kills, pauses, cutsOff, mishears},
	"api-2":    {kills, pauses, cutsOff, mishears},
	"worker-1": {kills, kills, pauses, pauses, cutsOff, cutsAway, mishears, mishears},
	"worker-2": {kills, kills, pauses, pauses, cutsOff, cutsAway, mishears, mishears},
	"agent-1":  {kills, kills, pauses},
	"agent-2":  {kills, kills, pauses},
	"temporal": {kills, pauses},
	"postgres": {kills, pauses},
	"team":     {kills},
	"owner":    {cutsOff, mishears, mishears},
	"provider": {kills, pauses},
	"instance": {kills, kills, pauses},
}

// order makes the choice among targets one that a seed repeats.
var order = []string{"api-1", "api-2", "worker-1", "worker-1", "worker-2", "worker-2", "agent-1", "agent-2", "temporal", "postgres", "provider", "instance", "owner", "team"}

const (
	mostBetween = 6 * time.Second        // two faults
	longest     = 12 * time.Second       // of a fault
	recovers    = 5 * time.Second        // a target, before it is hit again
	lastsLeast  = 100 * time.Millisecond // a fault
)

// sabotage are the faults of a seed that begin within duration. No target has two at once.
func sabotage(seed uint64, duration time.Duration) (faults []fault) {
	random := rand.New(rand.NewPCG(seed, 2))
	free := map[string]time.Duration{}
	upTo := func(most time.Duration) time.Duration { return time.Duration(random.Int64N(int64(most))) }
	for at := upTo(mostBetween); at < duration; at += upTo(mostBetween) {
		target := order[random.IntN(len(order))]
		how := targets[target][random.IntN(len(targets[target]))]
		f := fault{At: at, Target: target, How: how, Lasts: lastsLeast + upTo(longest-lastsLeast)}
		if how == kills {
			f.Lasts /= 2
		}
		if at < free[target] {
			continue
		}
		free[target] = at + f.Lasts + recovers
		faults = append(faults, f)
	}
	return faults
}

// sabotageOften is sabotage in which every twenty seconds each worker also mishears, and each api is cut off: what a broken build does
// wrong then shows within a short run.
func sabotageOften(seed uint64, duration time.Duration) []fault {
	faults := sabotage(seed, duration)
	for n, at := 0, 5*time.Second; at < duration; n, at = n+1, at+10*time.Second {
		faults = append(faults,
			fault{At: at, Target: fmt.Sprintf("worker-%d", n%2+1), How: mishears, Lasts: 8 * time.Second},
			fault{At: at, Target: fmt.Sprintf("api-%d", n%2+1), How: cutsOff, Lasts: 3 * time.Second})
	}
	slices.SortFunc(faults, func(a, b fault) int { return cmp.Compare(a.At, b.At) })
	return faults
}

// saboteur lets faults happen and keeps a log of them.
type saboteur struct {
	w  *world
	mu sync.Mutex

	log      []happened
	troubles []string // what could not be repaired
}

// happened is a fault as it was.
type happened struct {
	fault
	From, To time.Time
}

func (h happened) String() string {
	return fmt.Sprintf("%s to %s: %s %s", h.From.Format("15:04:05.000"), h.To.Format("15:04:05.000"), h.Target, h.How)
}

// work lets all faults happen, each at its time, and returns when everything is well again.
func (s *saboteur) work(ctx context.Context, faults []fault) {
	began, last := time.Now(), map[string]chan struct{}{}
	var all sync.WaitGroup
	for _, f := range faults {
		before, done := last[f.Target], make(chan struct{})
		last[f.Target] = done
		all.Go(func() {
			defer close(done)
			if !sleep(ctx, time.Until(began.Add(f.At))) {
				return
			}
			if before != nil {
				<-before
			}
			s.happen(ctx, f)
		})
	}
	all.Wait()
}

func (s *saboteur) happen(ctx context.Context, f fault) {
	from := time.Now()
	repair := s.breakIt(ctx, f)
	sleep(ctx, f.Lasts)
	err := repair()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = append(s.log, happened{f, from, time.Now()})
	if err != nil {
		s.troubles = append(s.troubles, fmt.Sprintf("%s, which %s, does not come back: %v", f.Target, f.How, err))
	}
}

func (s *saboteur) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.log)
}
