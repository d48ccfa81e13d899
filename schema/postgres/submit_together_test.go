package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"proactive/devstack/pgproxy"
	"proactive/schema"
)

// everybodyBusy is an intake whose statements are on their way until the test lets them go.
type everybodyBusy struct {
	*intake
	let     chan struct{}
	mu      sync.Mutex
	batches [][]string // codes of each statement
}

func newEverybodyBusy(answer func([]submission) ([]found, error)) *everybodyBusy {
	b := &everybodyBusy{let: make(chan struct{})}
	b.intake = newIntake(func(_ context.Context, reports []submission) ([]found, error) {
		var codes []string
		for _, r := range reports {
			codes = append(codes, r.IssueCode)
		}
		b.mu.Lock()
		b.batches = append(b.batches, codes)
		b.mu.Unlock()
		<-b.let
		return answer(reports)
	})
	return b
}

// begin sends so many reports, and returns when all wait or are on their way.
func (b *everybodyBusy) begin(t *testing.T, ctx context.Context, codes ...string) (errs chan error) {
	t.Helper()
	errs = make(chan error, len(codes))
	for _, code := range codes {
		b.mu.Lock()
		before := len(b.batches)
		b.mu.Unlock()
		waiting := b.held()
		go func() {
			f, err := b.take(ctx, submission{Report: report(code)})
			if err == nil && !f.Taken {
				err = errors.New("not taken")
			}
			errs <- err
		}()
		require.Eventually(t, func() bool {
			b.mu.Lock()
			defer b.mu.Unlock()
			return len(b.batches) > before || b.held() > waiting
		}, 10*time.Second, time.Millisecond)
	}
	return errs
}

func (b *everybodyBusy) held() int {
	b.intake.mu.Lock()
	defer b.intake.mu.Unlock()
	return len(b.waiting)
}

func all(taken bool) func([]submission) ([]found, error) {
	return func(reports []submission) ([]found, error) {
		answers := make([]found, len(reports))
		for i := range answers {
			answers[i].Taken = taken
		}
		return answers, nil
	}
}

func TestReportsThatComeAloneGoAloneAndThoseThatWaitGoTogether(t *testing.T) {
	b := newEverybodyBusy(all(true))
	errs := b.begin(t, t.Context(), "1", "2", "3", "4", "5")
	require.Equal(t, [][]string{{"1"}, {"2"}}, b.batches)
	close(b.let)
	for range 5 {
		require.NoError(t, <-errs)
	}
	require.Equal(t, [][]string{{"3", "4", "5"}}, b.batches[maxIntakes:])
	b.idle(t)
}

// idle fails when a statement that is over still counts as one on its way: then reports would wait for ever.
func (b *everybodyBusy) idle(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool {
		b.intake.mu.Lock()
		defer b.intake.mu.Unlock()
		return b.busy == 0
	}, 10*time.Second, time.Millisecond)
}

func TestAStatementTakesNoMoreReportsThanItMay(t *testing.T) {
	b := newEverybodyBusy(all(true))
	codes := make([]string, maxIntakes+maxTogether+1)
	for i := range codes {
		codes[i] = fmt.Sprint(i)
	}
	errs := b.begin(t, t.Context(), codes...)
	close(b.let)
	for range codes {
		require.NoError(t, <-errs)
	}
	require.Len(t, b.batches, maxIntakes+2)
	for _, batch := range b.batches {
		require.LessOrEqual(t, len(batch), maxTogether)
	}
}

func TestAReportThatSpoilsAStatementFailsAlone(t *testing.T) {
	for what, spoilt := range map[string]error{"refused": errors.New("spoilt"), "too slow": context.DeadlineExceeded} {
		t.Run(what, func(t *testing.T) {
			b := newEverybodyBusy(func(reports []submission) ([]found, error) {
				for _, r := range reports {
					if r.IssueCode == "bad" {
						return nil, spoilt
					}
				}
				return all(true)(reports)
			})
			errs := b.begin(t, t.Context(), "1", "2", "good", "bad", "good")
			close(b.let)
			failed := 0
			for range 5 {
				if err := <-errs; err != nil {
					require.ErrorIs(t, err, spoilt)
					failed++
				}
			}
			require.Equal(t, 1, failed)
			b.idle(t)
		})
	}
}

// Reports that come alone are the first that wait behind a lock: there may be one for every statement that can be on its way.
func TestReportsThatComeAloneAndHangHoldUpNobodyBehindThem(t *testing.T) {
	hanging, begun := make(chan struct{}), make(chan struct{}, 2*maxIntakes) // each is tried again alone
	in := newIntake(func(ctx context.Context, reports []submission) ([]found, error) {
		if reports[0].IssueCode != "hangs" {
			return all(true)(reports)
		}
		begun <- struct{}{}
		select {
		case <-hanging:
			return all(true)(reports)
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	})
	errs := make(chan error, maxIntakes)
	for range maxIntakes {
		go func() {
			_, err := in.take(t.Context(), submission{Report: report("hangs")})
			errs <- err
		}()
		<-begun
	}

	ctx, giveUp := context.WithTimeout(t.Context(), submitTimeout-time.Second)
	defer giveUp()
	f, err := in.take(ctx, submission{Report: report("free")})
	require.NoError(t, err)
	require.True(t, f.Taken)
	close(hanging)
	for range maxIntakes {
		require.NoError(t, <-errs, "each has its own time")
	}
}

func TestWithoutADatabaseEachIsToldSoAndNothingIsTriedOneByOne(t *testing.T) {
	b := newEverybodyBusy(func([]submission) ([]found, error) { return nil, fmt.Errorf("connect: %w", errNobodyThere{}) })
	errs := b.begin(t, t.Context(), "1", "2", "3", "4")
	close(b.let)
	for range 4 {
		require.ErrorAs(t, <-errs, new(errNobodyThere))
	}
	require.Len(t, b.batches, maxIntakes+1)
}

// errNobodyThere is what a refused connection looks like.
type errNobodyThere struct{}

func (errNobodyThere) Error() string   { return "connection refused" }
func (errNobodyThere) Timeout() bool   { return false }
func (errNobodyThere) Temporary() bool { return false }

func TestAReportWhoseCallerGaveUpIsNotSentAnyMore(t *testing.T) {
	b := newEverybodyBusy(all(true))
	first := b.begin(t, t.Context(), "1", "2")
	ctx, giveUp := context.WithCancel(t.Context())
	given := b.begin(t, ctx, "given up")
	last := b.begin(t, t.Context(), "3")
	giveUp()
	require.ErrorIs(t, <-given, context.Canceled)
	close(b.let)
	for _, errs := range []chan error{first, first, last} {
		require.NoError(t, <-errs)
	}
	require.Equal(t, [][]string{{"3"}}, b.batches[maxIntakes:])
	b.idle(t)
}

func TestReportsInOneStatementAreEachJudgedAlone(t *testing.T) {
	w := newIssueWorld(t)
	existing := w.waiting(withID("exists"))
	reports := []schema.Report{report("100"), report("100"), report("unheard of"), report("no resolution"), report("400", withID(existing)),
		report("400", by(schema.Endpoint{Email: "shared@example.com"})), report("400", by(schema.Endpoint{UserName: "BETH.anglin"}), withDetails(`{"b": "beth",  "a":1}`)),
		report("400", by(schema.Endpoint{CI: md5("fred-laptop")}))}
	var all []submission
	for _, r := range reports {
		s := submission{Report: r, issue: schema.NewSysID(), step: schema.NewSysID()}
		if s.ExperienceID == "" {
			s.ExperienceID = s.issue
		}
		all = append(all, s)
	}
	answers, err := w.db.takeTogether(t.Context(), all)
	require.NoError(t, err)
	waits := string(schema.ActionWait)
	assert.Equal(t, []found{
		{Registry: true, Resolution: true, User: true, Taken: true},
		{Registry: true, Resolution: true, User: true}, // the same person and code as the first of this very statement
		{User: true},
		{Registry: true, User: true},
		{Registry: true, Resolution: true, User: true, Existing: &waits},
		{Registry: true, Resolution: true},
		{Registry: true, Resolution: true, User: true, Taken: true},
		{Registry: true, Resolution: true, User: true, Taken: true},
	}, answers)
	assert.Equal(t, md5("beth"), w.issue(all[6].ExperienceID).User)
	assert.Equal(t, md5("fred"), w.issue(all[7].ExperienceID).User)
	assert.Equal(t, `{"b": "beth",  "a":1}`, value[string](w, `SELECT investigative_details::text FROM sn_pren_experience_issue_step WHERE sys_id = $1`, all[6].step))
	w.sound()
}

func TestALockHoldsUpOnlyTheReportThatNeedsIt(t *testing.T) {
	w := newIssueWorld(t)
	db, proxy := w.proxied()
	_, err := db.Submit(t.Context(), report("400", by(schema.Endpoint{UserName: "abel.tuter"})))
	require.NoError(t, err)
	tx, err := w.db.db.Beginx()
	require.NoError(t, err)
	defer tx.Rollback() //nolint:errcheck // it only holds a lock
	_, err = tx.Exec(`SELECT FROM sys_user WHERE sys_id = $1 FOR UPDATE`, md5("fred"))
	require.NoError(t, err)

	submit := func(code, who string) chan error {
		done := make(chan error, 1)
		go func() {
			_, err := db.Submit(t.Context(), report(code, by(schema.Endpoint{UserName: who})))
			done <- err
		}()
		return done
	}
	var before []*pgproxy.Held
	for i := range maxIntakes { // all are on their way
		held := proxy.Hold("INSERT INTO sn_pren_experience_issue", pgproxy.Before)
		submit([]string{"100", "200"}[i], "abel.tuter")
		w.held(held)
		before = append(before, held)
	}
	locked, free := submit("400", "fred.luddy"), submit("400", "beth.anglin")
	require.Eventually(t, func() bool {
		db.intake.mu.Lock()
		defer db.intake.mu.Unlock()
		return len(db.intake.waiting) == 2 || len(free) > 0 // those before were given up, where this took longer than they may hold up others
	}, 10*time.Second, time.Millisecond)
	for _, held := range before {
		held.Release()
	}
	require.NoError(t, <-free)
	select {
	case err := <-locked:
		t.Fatalf("it did not wait for the lock: %v", err)
	default:
	}
	require.NoError(t, tx.Rollback())
	require.NoError(t, <-locked)
}

// Two statements with the same new ids, in another order: each holds what the other waits for, until that of the reports is given up.
func TestReportsWhoseIDsCrossAreEachTakenOrRefused(t *testing.T) {
	w := newIssueWorld(t)
	const patient = "1min" // Postgres is to end neither
	other := w.holds(`SET LOCAL deadlock_timeout = '`+patient+`'`, inserted("second", "400"))
	db, err := open(w.url, 2*time.Minute, map[string]string{"deadlock_timeout": patient, "lock_timeout": patient, "statement_timeout": patient})
	require.NoError(t, err)
	defer db.Close()
	giveUp := make(chan struct{})
	in := newIntake(func(ctx context.Context, reports []submission) ([]found, error) {
		if len(reports) > 1 {
			var cancel context.CancelFunc
			ctx, cancel = context.WithCancel(context.WithoutCancel(ctx))
			go func() { <-giveUp; cancel() }()
		}
		return db.takeTogether(ctx, reports)
	})
	codes := []string{"200", "300"} // of one person: they are written in the order of the registry rows
	slices.SortFunc(codes, func(a, b string) int { return strings.Compare(registryOf(a), registryOf(b)) })
	var batch []*arrival
	for i, id := range []string{"first", "second"} {
		batch = append(batch, &arrival{submission: submission{Report: report(codes[i], withID(id)), issue: schema.NewSysID(), step: schema.NewSysID()},
			ctx: t.Context(), taken: make(chan struct{})})
	}
	go in.settle(batch)
	w.blocked()
	crossed := make(chan sql.Result, 1)
	go func() {
		result, err := other.Exec(inserted("first", "500") + ` ON CONFLICT DO NOTHING`)
		assert.NoError(t, err)
		crossed <- result
	}()
	require.Eventually(t, func() bool {
		return value[int](w, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`) == 2
	}, 30*time.Second, time.Millisecond)
	close(giveUp)
	was, err := (<-crossed).RowsAffected() // else the report, now alone, was first
	require.NoError(t, err)
	require.NoError(t, other.Commit())
	for i, taken := range []bool{was == 0, false} {
		<-batch[i].taken
		require.NoError(t, batch[i].err)
		require.Equal(t, taken, batch[i].found.Taken)
	}
}

// inserted is a statement that makes an issue of beth's.
func inserted(id, code string) string {
	return fmt.Sprintf(`INSERT INTO sn_pren_experience_issue (sys_id, experience_id, provider, registry, "user", state, due_at)
		VALUES (md5('%s'), '%[1]s', md5('sn'), '%s', md5('beth'), 'open', now())`, id, registryOf(code))
}

func TestAReportThatHasToGiveWayInACircleOfLocksIsTriedAgain(t *testing.T) {
	w := newIssueWorld(t)
	id := w.waiting()
	w.exec(`CREATE SEQUENCE tries`)
	w.exec(`CREATE FUNCTION victim() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN IF nextval('tries') < 2 THEN RAISE 'a circle' USING ERRCODE = 'deadlock_detected'; END IF; RETURN NEW; END $$`)
	w.exec(`CREATE TRIGGER victim BEFORE UPDATE ON sn_pren_experience_issue FOR EACH ROW EXECUTE FUNCTION victim()`)
	w.submit("100", withID(id))
	require.Equal(t, 2, w.issue(id).Step)
	w.sound()
}
