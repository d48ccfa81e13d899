package endurance

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// While things break, nothing is lost, nothing is done twice, and nothing is stuck.
func TestNothingIsLostDoubledOrStuck(t *testing.T) {
	asked(t, 1)
	run := newRun(t, buildProactive(t, ""), *seed)
	require.Empty(t, run.findings(sabotage(*seed, *endurance), settlesWithin))
}

// run is one world with its driver and its saboteur.
type run struct {
	t        *testing.T
	w        *world
	driver   *driver
	saboteur *saboteur
	reader   *reader
	owners   []*owner
	clerks   []*clerk
	seed     uint64
}

func newRun(t *testing.T, program string, seed uint64) *run {
	t.Helper()
	fmt.Printf("endurance: seed %d; to run it again: go test ./endurance -v -timeout 60m -run '^TestNothingIsLostDoubledOrStuck$' -endurance %s -seed %d\n",
		seed, *endurance, seed)
	w := newWorld(t, program, seed)
	return &run{t: t, w: w, seed: seed, saboteur: &saboteur{w: w}, driver: &driver{w: w, caller: newCaller(w.urls(), "monitor"), ledger: newLedger()},
		reader: &reader{caller: newCaller(w.urls(), "monitor")}, owners: newOwners(w, seed), clerks: newClerks(w, seed)}
}

// settlesWithin is how long it may take after the last fault until everything has come to its end: twice the lease of a job, an action
// that is tried a few more times with growing pauses, the deadlines of a conversation, and what others are told again after a lease and a rest of
// a minute each come to less.
const settlesWithin = 5 * time.Minute

// findings sends reports while the faults happen, waits until all is settled, and gives what the auditor has to say.
func (r *run) findings(faults []fault, patience time.Duration) []finding {
	r.t.Helper()
	if *calm {
		faults = nil
	}
	ctx, cancel := context.WithTimeout(r.t.Context(), *endurance+patience+time.Minute)
	defer cancel()
	stop := r.tellsHowItGoes()
	sabotaged := meanwhile(func() { r.saboteur.work(ctx, faults) })
	driven := meanwhile(func() {
		defer r.othersWork(ctx)()
		r.driver.drive(ctx, newPlan(r.seed), *endurance)
	})
	read := meanwhile(func() { r.reader.readsOn(ctx) })
	<-sabotaged
	r.settle(ctx, driven, patience)
	stop()
	cancel()
	<-driven
	<-read
	require.NoError(r.t, r.reader.readsTheRest())
	e := r.evidence()
	r.sumsUp(e)
	found := audit(e)
	r.shows(e, found)
	require.Empty(r.t, r.saboteur.troubles, "what was broken is well again")
	return found
}

// meanwhile does something beside everything else; done is closed at its end.
func meanwhile(do func()) (done <-chan struct{}) {
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		do()
	}()
	return closed
}

// othersWork lets owners and clerks work for as long as reports are sent, and returns at once.
func (r *run) othersWork(ctx context.Context) (wait func()) {
	var all sync.WaitGroup
	until := time.Now().Add(*endurance)
	for n, o := range r.owners {
		all.Go(func() { o.work(ctx, n+1, until) })
	}
	for n, c := range r.clerks {
		all.Go(func() { c.work(ctx, n+1, until) })
	}
	return all.Wait
}

// settle waits until all errands are done and nothing is under way any more, or patience is over.
func (r *run) settle(ctx context.Context, driven <-chan struct{}, patience time.Duration) {
	over := time.After(patience)
	select {
	case <-driven:
	case <-over:
		return
	}
	for {
		if left, err := r.w.underWay(ctx); err == nil && left == 0 {
			if runs, err := openRuns(ctx, r.w); err == nil && len(runs) == 0 {
				return
			}
		}
		select {
		case <-over:
			return
		case <-time.After(time.Second):
		}
	}
}

// underWay is how much there is that has not come to its end.
func (w *world) underWay(ctx context.Context) (n int, err error) {
	err = w.database.QueryRowContext(ctx, `
		SELECT (SELECT count(*) FROM sn_pren_experience_issue WHERE state NOT LIKE 'closed\_%')
		     + (SELECT count(*) FROM sn_pren_experience_issue_inbox)
		     + (SELECT count(*) FROM ci_job WHERE ended_on IS NULL)
		     + (SELECT count(*) FROM sn_pren_notification WHERE ended_on IS NULL)
		     + (SELECT count(*) FROM sn_pren_delivery WHERE state = 'pending')`).Scan(&n)
	return n, err
}

// evidence gathers what the auditor judges by.
func (r *run) evidence() evidence {
	r.t.Helper()
	l := r.driver.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	e := evidence{calls: l.calls, cancels: l.cancels, tooLate: l.tooLate, talks: l.talks, effects: r.w.hook.called(), asked: map[int]int{}, alive: map[int]bool{},
		mails: r.w.people.received(), faults: r.saboteur.log, read: r.reader.read, revisions: r.w.hook.marked()}
	var ofOwners, ofClerks []string
	e.edits, ofOwners = editsOf(r.owners)
	e.remarks, ofClerks = remarksOf(r.clerks)
	e.oddAnswers = slices.Concat(r.reader.strange, ofOwners, ofClerks)
	e.told, e.forged = r.w.provider.told()
	e.foreign, e.oddRequests = r.w.instance.has()
	for n, d := range l.dummies {
		e.asked[n], e.alive[n] = d.askedToEnd(), d.alive()
	}
	for _, replica := range r.w.replicas() {
		e.crashes = append(e.crashes, replica.crashed()...)
	}
	var err error
	e.facts, err = readFacts(context.Background(), r.w)
	require.NoError(r.t, err)
	e.shown = r.shown(e.records)
	return e
}

// shown is how the api says that the service desk's own system calls the incidents of issues.
func (r *run) shown(records map[string][]record) map[string]string {
	r.t.Helper()
	all := map[string]string{}
	for id := range records {
		a, err := r.driver.caller.send(http.MethodGet, r.driver.caller.apis[0], issuePath+id, nil)
		require.NoError(r.t, err)
		all[id] = a.body.Result.Incident.ForeignNumber
	}
	return all
}
