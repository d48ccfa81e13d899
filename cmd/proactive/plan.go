package main

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"proactive/registry"
	"proactive/schema/postgres"
)

// planCommand says what apply would do.
func planCommand() *cobra.Command {
	var source catalogueSource
	var o registry.Options
	c := &cobra.Command{
		Use:   "plan -f FILE...",
		Short: "Show what apply would change, and change nothing",
		Long: `Show what proactive apply would change with the same files and flags: each row that would be created, updated, deployed, withdrawn or
taken away, field by field, and every warning. The database is left as it is. Of passwords and keys only whether they change is shown.

The exit code is 0 when nothing would change, 2 when something would, and 1 when there is a mistake.
Without a terminal, or with NO_COLOR set, there are no colours.

` + libraryHelp() + `
The database is DATABASE_URL.`,
		Example: `  proactive plan -f catalogue.yaml
  proactive plan -f people.yaml -f issues.yaml --prune
  proactive plan --library low-disk-space --deploy`,
		RunE: func(c *cobra.Command, more []string) error {
			source.args(more)
			return plan(c.Context(), source, o, c.InOrStdin(), c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	source.flags(c.Flags())
	pruneFlags(c, &o)
	o.By = "plan"
	return c
}

func pruneFlags(c *cobra.Command, o *registry.Options) {
	c.Flags().BoolVar(&o.Prune, "prune", false, "take away what the files do not name, in the sections that they contain, but no people, service accounts and computers")
	c.Flags().BoolVar(&o.PrunePeople, "prune-people", false, "deactivate the people and service accounts that the files do not name, where they contain these sections")
}

func plan(ctx context.Context, source catalogueSource, o registry.Options, in io.Reader, out, warn io.Writer) error {
	catalogue, err := source.read(o, in, warn)
	if err != nil {
		return printed(warn, err)
	}
	db, err := postgres.OpenPatiently(value("DATABASE_URL"))
	if err != nil {
		return err
	}
	defer db.Close()
	planned, err := showPlan(ctx, db, catalogue, o, out, warn)
	if err != nil {
		return printed(warn, err)
	}
	if len(planned.Rows) > 0 {
		return exitCode(exitDifferent)
	}
	return nil
}
