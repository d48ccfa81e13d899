package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"proactive/registry"
	"proactive/registry/backtest"
	"proactive/schema"
	"proactive/schema/postgres"
)

// backtestOptions are the flags of backtest.
type backtestOptions struct {
	since    string
	files    []string
	readFrom string
	asJSON   bool
}

// backtestCommand asks of another registry what it would have made of the past.
func backtestCommand() *cobra.Command {
	var o backtestOptions
	c := &cobra.Command{
		Use:   "backtest --since 30d [-f FILE...]",
		Short: "Decide past reports once more, against another registry, and list what would have gone differently",
		Long: `Decide past reports once more, as if the files had been applied before, and list what would have gone differently. Nothing is changed: the files
are applied in a transaction that is rolled back, and the past is only read. Without a file, past reports meet the registry as it stands now.
docs/explain.md says what can be known about the past, and what cannot.

Exit code: 0 when nothing would have gone differently, 2 when something would have, 1 when it could not be found out.

Environment:
  DATABASE_URL   the database, postgres://user:password@host:port/name?sslmode=…`,
		Example: `  proactive backtest --since 30d -f new-registry.yaml
  proactive backtest --since 7d -f new-registry.yaml --read-from "$REPLICA_URL" --json`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if c.Flags().Changed("read-from") && o.readFrom == "" {
				return errors.New("--read-from is empty: give the address of a standby, or leave the flag out to read from DATABASE_URL")
			}
			return runBacktest(c.Context(), o, c.InOrStdin(), c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	c.Flags().StringVar(&o.since, "since", "", "how far back, like 30d, 12h or 90m")
	c.Flags().StringArrayVarP(&o.files, "file", "f", nil, "a file of the catalogue to try; - is the standard input; repeatable")
	c.Flags().StringVar(&o.readFrom, "read-from", "", "address of a standby of the database, to read the past from")
	c.Flags().BoolVar(&o.asJSON, "json", false, "as JSON")
	return c
}

func runBacktest(ctx context.Context, o backtestOptions, in io.Reader, out, warn io.Writer) error {
	back, err := readSince(o.since)
	if err != nil {
		return err
	}
	trial, err := tryFiles(ctx, o.files, in, warn)
	if err != nil {
		return err
	}
	past, err := postgres.OpenToLookBack(cmp.Or(o.readFrom, value("DATABASE_URL")))
	if err != nil && o.readFrom != "" {
		return fmt.Errorf("--read-from is no usable address of a PostgreSQL database: %w", errors.Unwrap(err))
	}
	if err != nil {
		return err
	}
	defer past.Close()
	now := time.Now()
	report, err := lookBack(ctx, past, trial, now.Add(-back), progressOn(warn, now))
	if err != nil {
		return err
	}
	if err := printBacktest(out, report, o.asJSON); err != nil {
		return err
	}
	if report.Different > 0 {
		return exitCode(exitDifferent)
	}
	return nil
}

// readSince reads a duration that may be in days.
func readSince(text string) (back time.Duration, err error) {
	if text == "" {
		return 0, errors.New("how far is to be looked back? Set --since, as in --since 30d")
	}
	if days, is := strings.CutSuffix(text, "d"); is {
		var n int
		n, err = strconv.Atoi(days)
		back = time.Duration(n) * 24 * time.Hour
	} else {
		back, err = time.ParseDuration(text)
	}
	if err != nil || back <= 0 || back > 100*366*24*time.Hour {
		return 0, fmt.Errorf("--since %q is no duration: write days, hours or minutes, like 30d, 12h or 90m", text)
	}
	return back, nil
}

// tryFiles is the catalogue as it would be with the files, and as it stands without any.
func tryFiles(ctx context.Context, files []string, in io.Reader, warn io.Writer) (*postgres.Trial, error) {
	db, err := postgres.OpenPatiently(value("DATABASE_URL"))
	if err != nil {
		return nil, err
	}
	defer db.Close()
	trial, err := db.NewTrial(ctx)
	if err != nil || len(files) == 0 {
		return trial, err
	}
	catalogue, err := readCatalogue(files, in, warn)
	if err != nil {
		return nil, printed(warn, err)
	}
	if len(catalogue.Users)+len(catalogue.Computers) > 0 {
		fmt.Fprintln(warn, "warning: people and computers are taken as they are in the database: users and computers of the files say nothing here")
	}
	changes, err := registry.Apply(ctx, trial, catalogue, "backtest")
	if err != nil {
		return nil, printed(warn, err)
	}
	printProblems(warn, changes.Warnings)
	return trial, nil
}

// pastReader reads what was reported.
type pastReader interface {
	Past(ctx context.Context, trial *postgres.Trial, from time.Time, do func([]schema.PastStep) error) error
	Removed(ctx context.Context, since time.Time) (int, error)
	LooksBack(ctx context.Context, trial *postgres.Trial) (time.Duration, error)
}

// lookBack begins as much earlier as the limits look back.
func lookBack(ctx context.Context, past pastReader, trial *postgres.Trial, since time.Time, progress func(n int, from, at time.Time)) (backtest.Report, error) {
	further, err := past.LooksBack(ctx, trial)
	if err != nil {
		return backtest.Report{}, err
	}
	run, done, from := backtest.New(since), 0, since.Add(-further)
	err = past.Past(ctx, trial, from, func(steps []schema.PastStep) error {
		for _, step := range steps {
			if err := run.Take(step); err != nil {
				return err
			}
		}
		done += len(steps)
		progress(done, from, steps[len(steps)-1].At)
		return nil
	})
	progress(0, from, from)
	if err != nil {
		return backtest.Report{}, err
	}
	report := run.Report()
	report.Removed, err = past.Removed(ctx, since)
	return report, err
}

// progressOn shows how far it is on the way to now, on a terminal only; 0 reports wipe it away.
func progressOn(to io.Writer, now time.Time) func(n int, from, at time.Time) {
	status := statusLine(to)
	return func(n int, from, at time.Time) {
		if n == 0 {
			status("")
			return
		}
		status(fmt.Sprintf("%d reports looked at, up to %s (%d %%)", n, at.Local().Format(time.DateTime), 100*at.Sub(from)/now.Sub(from)))
	}
}

func printBacktest(to io.Writer, r backtest.Report, asJSON bool) error {
	if asJSON {
		e := json.NewEncoder(to)
		e.SetIndent("", "  ")
		return e.Encode(r)
	}
	p := printer{to}
	p.line("%d of %d reports since %s would have gone differently", r.Different, r.Steps, r.Since.Local().Format(time.DateTime))
	for _, left := range []struct {
		n   int
		out string
	}{
		{r.Undecided, "never began, and there is nothing to compare with: %d"},
		{r.Erased, "of people who were erased, and cannot be decided once more: %d"},
		{r.Removed, "issues that retention has removed since then, and which cannot be decided once more: %d"},
	} {
		if left.n > 0 {
			p.line(left.out, left.n)
		}
	}
	if len(r.Counts) == 0 {
		return nil
	}
	return errors.Join(printCounts(to, r), printExamples(p, r))
}

func printCounts(to io.Writer, r backtest.Report) error {
	table := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	fmt.Fprint(table, "\nissue")
	for _, kind := range backtest.Kinds() {
		fmt.Fprint(table, "\t", kind)
	}
	for _, issue := range sortedKeys(r.Counts) {
		fmt.Fprint(table, "\n", plain(issue))
		for _, kind := range backtest.Kinds() {
			fmt.Fprint(table, "\t", either(r.Counts[issue][kind] > 0, strconv.Itoa(r.Counts[issue][kind]), "-"))
		}
	}
	fmt.Fprintln(table)
	return table.Flush()
}

func printExamples(p printer, r backtest.Report) error {
	examples := slices.SortedStableFunc(slices.Values(r.Examples), func(a, b backtest.Example) int {
		return cmp.Or(strings.Compare(a.Issue, b.Issue), slices.Index(backtest.Kinds(), a.Kind)-slices.Index(backtest.Kinds(), b.Kind))
	})
	p.line("")
	widest := 0
	for _, e := range examples {
		widest = max(widest, utf8.RuneCountInString(plain(e.Issue)))
	}
	for _, e := range examples {
		p.line("%-*s  %-10s  %s step %d: %s", widest, plain(e.Issue), e.Kind, e.ExperienceID, e.Step, strings.TrimPrefix(e.Was+" -> "+e.Would, " -> "))
	}
	return nil
}

func sortedKeys[V any](of map[string]V) []string {
	var keys []string
	for key := range of {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
