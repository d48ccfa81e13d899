package api

import (
	"context"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"

	"proactive/schema"
)

// RateLimits keeps the rate limit rules, and the counts of all processes. AddRequests gives all counts of the hour.
type RateLimits interface {
	RateRules(ctx context.Context) (schema.RateRules, error)
	AddRequests(ctx context.Context, hour time.Time, added []schema.RateCount) ([]schema.RateCount, error)
	ForgetRequests(ctx context.Context, before time.Time) error
}

const (
	ratesEvery     = time.Second     // what was counted here is added to the counts of all, and read back: after two of these all know of it
	rulesEvery     = 5 * time.Second // the rules are read
	ratesTimeout   = 2 * time.Second // of one look at Postgres
	keepCounts     = 24 * time.Hour  // for people to look at
	limitedService = "Proactive Engagement API"
)

// rates counts the requests of every account by the one rule that counts for it, in hours of the clock. It counts in memory, so that no
// request waits for it, and shares its counts with the other processes through Postgres. While Postgres is away, each process
// counts for itself.
type rates struct {
	store RateLimits // nil: there are no rules
	log   *slog.Logger
	now   func() time.Time
	rules atomic.Pointer[schema.RateRules]

	rulesRead time.Time // the rest of this block belongs to whoever syncs
	forgotten time.Time // the hour in which old counts were removed
	curious   bool      // requests were counted just now, so others may have counted some as well
	failing   bool

	mu     sync.Mutex
	hour   time.Time
	counts map[rated]*tally // of this hour
}

// rated is an account under a rule, both by sys_id.
type rated struct{ rule, user string }

// tally is how many requests there were in the hour, in all processes.
type tally struct {
	known int // in Postgres
	sent  int // on the way there
	new   int
}

func newRates(store RateLimits, log *slog.Logger) *rates {
	r := &rates{store: store, log: log, now: time.Now, counts: map[rated]*tally{}}
	r.rules.Store(&schema.RateRules{})
	return r
}

// count counts a request, if it is within the limit; nil when no rule is about the account.
func (r *rates) count(a schema.Account) (rule *schema.RateRule, reset time.Time, within bool) {
	if rule = r.rules.Load().For(a); rule == nil {
		return nil, time.Time{}, true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.turn()
	t := r.tally(rated{rule.SysID, a.SysID})
	if within = t.known+t.sent+t.new < rule.Limit; within {
		t.new++
	}
	return rule, r.hour.Add(time.Hour), within
}

// tally and turn must be called with mu held.
func (r *rates) tally(of rated) *tally {
	t := r.counts[of]
	if t == nil {
		t = &tally{}
		r.counts[of] = t
	}
	return t
}

// turn begins a new hour when it is time.
func (r *rates) turn() {
	if hour := r.now().UTC().Truncate(time.Hour); !hour.Equal(r.hour) {
		r.hour = hour
		clear(r.counts)
	}
}

// run shares the counts until ctx is done, and then what is left of them.
func (r *rates) run(ctx context.Context) {
	if r.store == nil {
		return
	}
	tick := time.NewTicker(ratesEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			r.sync(context.WithoutCancel(ctx))
			return
		case <-tick.C:
			r.sync(ctx)
		}
	}
}

// sync reads the rules when it is time, and adds what was counted here. What fails is tried again with the next one.
func (r *rates) sync(ctx context.Context) {
	if r.store == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, ratesTimeout)
	defer cancel()
	err := r.share(ctx)
	switch {
	case err != nil && !r.failing:
		r.log.Warn("the counts of the rate limits cannot be shared with other processes; until they can, each counts for itself", "fault", faultText(err))
	case err == nil && r.failing:
		r.log.Info("the counts of the rate limits are shared again")
	}
	r.failing = err != nil
}

func (r *rates) share(ctx context.Context) error {
	now := r.now()
	due := now.Sub(r.rulesRead) >= rulesEvery || now.Before(r.rulesRead)
	if due {
		rules, err := r.store.RateRules(ctx)
		if err != nil {
			return err
		}
		r.rules.Store(&rules)
		r.rulesRead = now
	}
	hour, added := r.take()
	if len(added) == 0 && !r.curious && (!due || len(*r.rules.Load()) == 0) {
		return nil
	}
	r.curious = len(added) > 0
	all, err := r.store.AddRequests(ctx, hour, added)
	r.settle(hour, all, err == nil)
	if err != nil || r.forgotten.Equal(hour) {
		return err
	}
	if err := r.store.ForgetRequests(ctx, hour.Add(-keepCounts)); err != nil {
		return err
	}
	r.forgotten = hour
	return nil
}

// take gives what is to be added.
func (r *rates) take() (hour time.Time, added []schema.RateCount) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.turn()
	for key, t := range r.counts {
		if t.new > 0 {
			added = append(added, schema.RateCount{Hour: r.hour, Rule: key.rule, User: key.user, Count: t.new})
			t.sent, t.new = t.new, 0
		}
	}
	return r.hour, added
}

// settle takes over what Postgres knows, or takes back what did not arrive there. What belongs to an hour that is over is of no use.
func (r *rates) settle(hour time.Time, all []schema.RateCount, arrived bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !hour.Equal(r.hour) {
		return
	}
	for _, t := range r.counts {
		if !arrived {
			t.new += t.sent
		}
		t.sent = 0
	}
	for _, c := range all {
		r.tally(rated{c.Rule, c.User}).known = c.Count
	}
}

// rate lets an account make as many requests as its rule allows. Every answer under a rule says which one it is.
func (d *Door) rate(c *gin.Context) {
	v := visitOf(c)
	if v.account.UserName == "" {
		return // a device
	}
	rule, reset, within := d.rates.count(v.account)
	if rule == nil {
		return
	}
	h := c.Writer.Header()
	h.Set("X-RateLimit-Limit", strconv.Itoa(rule.Limit))
	h.Set("X-RateLimit-Reset", strconv.FormatInt(reset.Unix(), 10))
	h.Set("X-RateLimit-Rule", rule.SysID)
	if within {
		return
	}
	fail(c, tooMany(boundRate, beyondRate(rule.Limit, limitedService), reset.Sub(d.rates.now())))
}
