package postgres

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/lib/pq"
)

const (
	maxTogether   = 64 // reports in one statement
	maxIntakes    = 2  // statements on their way at the same time; the more, the fewer reports there are in each
	togetherUntil = time.Second
)

// intake takes new reports: one that comes alone at once, those that come while others are on their way to Postgres together, in one
// statement with one commit: a commit and its round trip cost far more than a further row. It holds no more reports than there are
// callers, who wait. One report of a statement can hold up the others, or spoil it for them, no longer than togetherUntil: then
// each is tried alone.
type intake struct {
	takeAll func(context.Context, []submission) ([]found, error)

	mu      sync.Mutex
	waiting []*arrival
	busy    int // statements on their way
}

// arrival is a report that waits for its statement.
type arrival struct {
	submission
	ctx   context.Context // the caller's: when it is done, nobody waits any longer
	taken chan struct{}   // closed when found and err stand
	found found
	err   error
}

func newIntake(takeAll func(context.Context, []submission) ([]found, error)) *intake {
	return &intake{takeAll: takeAll}
}

// take makes a new issue of a report, unless something stands in its way, and tells what it found.
func (in *intake) take(ctx context.Context, s submission) (found, error) {
	a := &arrival{submission: s, ctx: ctx, taken: make(chan struct{})}
	in.mu.Lock()
	in.waiting = append(in.waiting, a)
	begin := in.busy < maxIntakes
	if begin {
		in.busy++
	}
	in.mu.Unlock()
	if begin {
		go in.work()
	}
	select {
	case <-a.taken:
		return a.found, a.err
	case <-ctx.Done():
		return found{}, ctx.Err()
	}
}

// work takes what waits, until nothing does.
func (in *intake) work() {
	for {
		batch := in.next()
		if batch == nil {
			return
		}
		in.settle(batch)
	}
}

// next is what goes into one statement; nil when nothing waits, and then the caller is to end.
func (in *intake) next() []*arrival {
	in.mu.Lock()
	defer in.mu.Unlock()
	for len(in.waiting) > 0 {
		n := min(len(in.waiting), maxTogether)
		var batch []*arrival
		for _, a := range in.waiting[:n] {
			if a.ctx.Err() == nil {
				batch = append(batch, a)
			}
		}
		in.waiting = append([]*arrival(nil), in.waiting[n:]...)
		if batch != nil {
			return batch
		}
	}
	in.busy--
	return nil
}

// settle takes a batch, and where that fails because of some of it, or takes too long, each report alone and all at once, beside what comes
// next. A report that comes alone holds up those behind it no longer than one of many does.
func (in *intake) settle(batch []*arrival) {
	err := in.attempt(batch, togetherUntil)
	tryEach := waitedInVain(err) || len(batch) > 1 && !outOfReach(err)
	if err == nil || !tryEach {
		finish(batch, err)
		return
	}
	for _, a := range batch {
		go in.settleAlone([]*arrival{a})
	}
}

// settleAlone takes one report for as long as a report may take.
func (in *intake) settleAlone(one []*arrival) { finish(one, in.attempt(one, submitTimeout)) }

func finish(batch []*arrival, err error) {
	for _, a := range batch {
		a.err = err
		close(a.taken)
	}
}

func (in *intake) attempt(batch []*arrival, until time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), until)
	defer cancel()
	reports := make([]submission, len(batch))
	for i, a := range batch {
		reports[i] = a.submission
	}
	all, err := in.takeAll(ctx, reports)
	if err != nil {
		return err
	}
	for i, a := range batch {
		a.found = all[i]
	}
	return nil
}

// takeTogether makes new issues of reports in one round trip, and tells what it found for each.
func (d *DB) takeTogether(ctx context.Context, reports []submission) ([]found, error) {
	var all []found
	if err := d.selectAll(ctx, &all, submitNew, columns(reports...)...); err != nil {
		return nil, err
	}
	if len(all) != len(reports) {
		return nil, fmt.Errorf("%d reports have %d answers", len(reports), len(all))
	}
	return all, nil
}

// columns are the parameters of the statements that take reports: an array for each field.
func columns(reports ...submission) []any {
	var texts [12]pq.StringArray
	areText := make(pq.BoolArray, len(reports))
	for i, s := range reports {
		for column, value := range [len(texts)]string{s.Provider, s.IssueCode, s.Endpoint.UserID, s.Endpoint.UserName, s.Endpoint.Email,
			s.Endpoint.CI, s.ExperienceID, s.step, s.issue, s.ReportedBy, string(s.InputParameters), string(s.InvestigativeDetails)} {
			texts[column] = append(texts[column], value)
		}
		areText[i] = s.ParametersAreText
	}
	var args []any
	for _, column := range texts {
		args = append(args, column)
	}
	return append(args, areText)
}
