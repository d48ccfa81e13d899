package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"proactive/registry"
	"proactive/schema"
	"proactive/schema/postgres"
)

// applyOptions are the flags of apply.
type applyOptions struct {
	registry.Options
	source catalogueSource
	yes    bool
}

// applyCommand loads the catalogue.
func applyCommand() *cobra.Command {
	var o applyOptions
	c := &cobra.Command{
		Use:   "apply -f FILE...",
		Short: "Load the catalogue from YAML: who may report, the known issues and what helps",
		Long: `Load the catalogue from YAML files into the database: providers, people, user criteria, notification channels, accounts,
rate limit rules, who hears of outcomes, the service desk, computers, remedial actions, resolutions, notification contents, issues and
properties. All files are one catalogue and are applied in one transaction, all or nothing.
Rows that are as the files say stay untouched, rows that the files do not name too; so a second run changes nothing.

On a terminal the changes are shown first, as proactive plan does, and applied after a yes; --yes asks nothing. If the database is changed before
the answer, so that something else would come of it, nothing is applied, and what has changed is said. Without a terminal on the standard input,
as in a script or with -f -, nothing is asked: proactive plan is for those who want to look first.

With --prune, what the files do not name is taken away, in the sections that they contain: what nothing refers to is removed, what has been
reported or may have been is retired, that is inactive from now on. What a row that stays refers to is not taken away: that is a mistake.

What changed goes to the standard output, warnings and errors go to the standard error, each with file, line and field. The exit
code is 1 when nothing could be applied.

` + libraryHelp() + `
The database is DATABASE_URL.`,
		Example: `  proactive apply -f catalogue.yaml
  proactive apply -f people.yaml -f issues.yaml --prune
  generate-catalogue | proactive apply -f -
  proactive apply --library                                # all cases, as templates
  proactive apply --library low-disk-space --deploy        # one of them, which can be reported at once`,
		RunE: func(c *cobra.Command, more []string) error {
			o.source.args(more)
			return apply(c.Context(), o, c.InOrStdin(), c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	o.source.flags(c.Flags())
	pruneFlags(c, &o.Options)
	c.Flags().BoolVarP(&o.yes, "yes", "y", false, "apply without asking, and show what has changed field by field")
	c.Flags().StringVar(&o.By, "by", "apply", "who does this, for sys_created_by and sys_updated_by")
	return c
}

func apply(ctx context.Context, o applyOptions, in io.Reader, out, warn io.Writer) error {
	catalogue, err := o.source.read(o.Options, in, warn)
	if err != nil {
		return printed(warn, err)
	}
	db, err := postgres.OpenPatiently(value("DATABASE_URL"))
	if err != nil {
		return err
	}
	defer db.Close()
	if !o.yes && isTerminal(in) {
		return printed(warn, applyAsked(ctx, db, catalogue, o.Options, in, out, warn))
	}
	return printed(warn, applyUnasked(ctx, db, catalogue, o.Options, out, warn))
}

// applyUnasked is for scripts, and for those who have looked.
func applyUnasked(ctx context.Context, db registry.Reviewer, catalogue *registry.Catalogue, o registry.Options, out, warn io.Writer) error {
	applied, err := registry.ApplyAll(ctx, db, catalogue, o)
	if err != nil {
		return err
	}
	printProblems(warn, applied.Warnings)
	printPlan(out, applied.Rows, coloursFor(out))
	return nil
}

func showPlan(ctx context.Context, db registry.Reviewer, catalogue *registry.Catalogue, o registry.Options, out, warn io.Writer) (registry.Plan, error) {
	planned, err := registry.MakePlan(ctx, db, catalogue, o)
	if err != nil {
		return planned, err
	}
	printProblems(warn, planned.Warnings)
	printPlan(out, planned.Rows, coloursFor(out))
	return planned, nil
}

// applyAsked shows the plan and applies it after a yes. Nothing is locked while somebody thinks.
func applyAsked(ctx context.Context, db registry.Reviewer, catalogue *registry.Catalogue, o registry.Options, in io.Reader, out, warn io.Writer) error {
	planned, err := showPlan(ctx, db, catalogue, o, out, warn)
	if err != nil || len(planned.Rows) == 0 {
		return err
	}
	these := "these " + changesOf(len(planned.Rows))
	if len(planned.Rows) == 1 {
		these = "this change"
	}
	fmt.Fprintf(out, "Apply %s? [y/N] ", these)
	if !saidYes(ctx, in) {
		fmt.Fprintln(out, "nothing was applied")
		return nil
	}
	if _, err := registry.ApplyPlan(ctx, db, catalogue, o, planned); err != nil {
		return err
	}
	fmt.Fprintln(out, "applied")
	return nil
}

func saidYes(ctx context.Context, in io.Reader) bool {
	line := strings.ToLower(typed(ctx, in))
	return line == "y" || line == "yes"
}

// typed reads one line. Whoever interrupts the question has typed nothing.
func typed(ctx context.Context, in io.Reader) string {
	answer := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(in).ReadString('\n') //nolint:errcheck // what cannot be read is no answer
		answer <- strings.TrimSpace(line)
	}()
	select {
	case line := <-answer:
		return line
	case <-ctx.Done():
		return ""
	}
}

// printed prints all that is wrong with a catalogue, one place a line as editors understand it, and leaves the sum of it.
func printed(to io.Writer, err error) error {
	var problems registry.Problems
	if !errors.As(err, &problems) {
		return err
	}
	fmt.Fprintln(to, problems)
	if len(problems) == 1 {
		return errors.New("nothing can be applied: one mistake in the catalogue")
	}
	return fmt.Errorf("nothing can be applied: %d mistakes in the catalogue", len(problems))
}

func printProblems(to io.Writer, problems []registry.Problem) {
	for _, p := range problems {
		fmt.Fprintln(to, "warning:", p)
	}
}

// printChanges lists what changed under the name of its section.
func printChanges(to io.Writer, changes []schema.Change) {
	if len(changes) == 0 {
		fmt.Fprintln(to, "nothing changed")
		return
	}
	var section schema.Section
	for _, change := range changes {
		if change.Section != section {
			section = change.Section
			fmt.Fprintf(to, "%s:\n", section)
		}
		fmt.Fprintf(to, "  %-9s  %s\n", change.What, change.Key)
	}
}
