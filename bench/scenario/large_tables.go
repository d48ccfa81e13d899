package scenario

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"proactive/bench/load"
)

// large are the tables that grow with the company and with the years.
var large = regexp.MustCompile(`Seq Scan on (sys_user|cmdb_ci_computer|incident|interaction|ci_job|sn_pren_experience_issue(_step|_event)?|` +
	`sn_pren_conversation|sn_pren_notification|sn_pren_outcome|sn_pren_delivery(_attempt)?|sys_audit)\b`)

// largeTables compares taking a report beside many rows with taking one beside few, and looks at the plans of all statements.
func largeTables(ctx context.Context, b *Bench) error {
	full, err := b.company(ctx)
	if err != nil {
		return err
	}
	defer full.Close()
	who := fmt.Sprintf("%s closed issues, %s people", short(b.Closed), short(b.Staff))
	err = b.compare(ctx, "large-tables", []contestant{
		{"few rows", func(ctx context.Context) error {
			t, err := b.proactive(ctx, "api")
			if err != nil {
				return err
			}
			defer t.Close()
			return b.measureBeside(ctx, "few rows", t)
		}},
		{who, func(ctx context.Context) error { return b.measureBeside(ctx, who, full) }},
	})
	if err != nil {
		return err
	}
	return b.lookAtPlans(ctx, full)
}

func (b *Bench) measureBeside(ctx context.Context, who string, t *taker) error {
	if _, err := t.take(ctx, 32, warmUp); err != nil {
		return err
	}
	for _, n := range []int{1, 32} {
		sample, err := t.take(ctx, n, b.Window)
		if err != nil {
			return err
		}
		with := on(n)
		b.Sheet.Add("large-tables", "reports/s, "+with, who, sample.PerSecond())
		b.percentiles("large-tables", with, who, sample.Times)
	}
	return nil
}

// explain makes Postgres write down the plan of each statement as it was run, also of those in triggers. It holds for connections that open later.
const explain = `
	ALTER DATABASE %[1]s SET session_preload_libraries = 'auto_explain';
	ALTER DATABASE %[1]s SET auto_explain.log_nested_statements = on;
	ALTER DATABASE %[1]s SET auto_explain.log_min_duration = 0`

// lookAtPlans runs issues through their whole lives and looks for statements that read a large table from end to end.
func (b *Bench) lookAtPlans(ctx context.Context, t *taker) error {
	if _, err := t.DB.ExecContext(ctx, `LOAD 'auto_explain'`); err != nil {
		b.Sheet.Remark("large-tables", "auto_explain is missing, so no plans were looked at: apt-get install postgresql-contrib")
		return nil
	}
	t.Service.Stop()
	// Nobody is to run what was only taken: it would keep the worker busy for minutes.
	if _, err := t.DB.ExecContext(ctx, `DELETE FROM sn_pren_experience_issue_inbox`); err != nil {
		return err
	}
	if err := t.TellHook(ctx); err != nil {
		return err
	}
	if _, err := t.DB.ExecContext(ctx, fmt.Sprintf(explain, t.Namespace)); err != nil {
		return err
	}
	var err error
	if t.Service, err = t.Proactive("serve"); err != nil {
		return err
	}
	stop, err := t.withAgent(ctx)
	if err != nil {
		return err
	}
	defer stop()
	for _, live := range []func(context.Context, *taker, load.Report) error{untilClosed, onDevice, toIncident, twoSteps, untilTold} {
		for range 8 { // Postgres plans the first five for their values, and then once for all
			if err := live(ctx, t, t.next(int(t.k.Add(1)-1))); err != nil {
				return err
			}
		}
	}
	plans := b.Plans.Take()
	b.Sheet.Add("large-tables", "statements looked at", "plans", float64(len(plans)))
	found := scansOf(plans)
	b.Sheet.Add("large-tables", "statements that scan a large table", "plans", float64(len(found)))
	for _, sentence := range found {
		b.Sheet.Remark("large-tables", sentence)
	}
	return nil
}

// untilTold is an issue of which others hear, by webhook and from the feed.
func untilTold(ctx context.Context, t *taker, r load.Report) error {
	if err := toIncident(ctx, t, r); err != nil {
		return err
	}
	if err := t.readFeed(ctx); err != nil {
		return err
	}
	return until(ctx, 10*time.Millisecond, func() (bool, error) {
		waiting, err := t.Value(ctx, `SELECT count(*) FROM sn_pren_delivery WHERE state = 'pending'`)
		return waiting == 0, err
	})
}

// readFeed reads a page of the feed.
func (t *taker) readFeed(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+t.Address+"/api/sn_pren/self_remediation/experience_issue/outcomes", nil)
	if err != nil {
		return err
	}
	request.SetBasicAuth("username", "password")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("the feed answers %s", answer.Status)
	}
	return nil
}

// scansOf says which statements read a large table from end to end.
func scansOf(plans map[string]string) (found []string) {
	for _, statement := range slices.Sorted(maps.Keys(plans)) {
		if table := large.FindStringSubmatch(plans[statement]); table != nil {
			found = append(found, fmt.Sprintf("reads all of %s: %.200s", table[1], strings.Join(strings.Fields(statement), " ")))
		}
	}
	return found
}

// short is a number as people say it.
func short(n int) string {
	switch {
	case n >= 1_000_000 && n%100_000 == 0:
		return fmt.Sprintf("%g million", float64(n)/1e6)
	case n >= 1_000 && n%1_000 == 0:
		return fmt.Sprintf("%d thousand", n/1_000)
	}
	return fmt.Sprint(n)
}
