package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"proactive/schema/postgres"
	"proactive/worker"
)

// restoring is what the flags of after-restore say.
type restoring struct {
	at   string
	skip int
	yes  bool
}

// afterRestoreCommand is for the day on which the database was restored from a backup, and Temporal was not.
func afterRestoreCommand() *cobra.Command {
	var r restoring
	c := &cobra.Command{
		Use:   "after-restore --yes",
		Short: "Bring issues and runs together again after the database was restored from a backup",
		Long: `A restored database knows less than the runs in Temporal, which go on where they are. While api and worker are stopped, and after
proactive migrate, this compares each unfinished issue with its run:

  - A run that has done nothing since the backup goes on.
  - A run that has gone on ends, and its issue ends as engine_lost, with its fallback: what may have been done is not done again.
  - A run whose issue the database does not know ends. Its experience_id can be reported again.

It also leaves out some numbers of incidents and interactions: people may have been told of some that the database does not know.

Without --yes it only counts. When Temporal was lost or restored instead, see proactive adopt.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return withSettings(c.Context(), func(ctx context.Context, s settings) error { return afterRestore(ctx, s, r, c.OutOrStdout()) })
		},
	}
	c.Flags().StringVar(&r.at, "at", "", "when the backup was made or to which time it was restored, like 2026-11-24T03:00:00Z; the last event in the database when left out")
	c.Flags().IntVar(&r.skip, "skip-numbers", 10_000, "how many numbers of incidents and of interactions are left out")
	c.Flags().BoolVar(&r.yes, "yes", false, "do it")
	return c
}

func afterRestore(ctx context.Context, s settings, r restoring, out io.Writer) error {
	if r.skip < 0 || r.skip > 1_000_000 {
		return errors.New("--skip-numbers must be a number from 0 to 1000000")
	}
	db, err := postgres.OpenPatiently(s.databaseURL)
	if err != nil {
		return err
	}
	defer db.Close()
	at, err := db.LastEvent(ctx)
	if r.at != "" {
		if at, err = time.Parse(time.RFC3339, r.at); err != nil {
			return fmt.Errorf("--at %q is no time like 2026-11-24T03:00:00Z", r.at)
		}
	}
	if err != nil {
		return err
	}
	found, err := worker.Restored{Store: db, At: at, Do: r.yes}.Compare(ctx, s.engine)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "the database ends at %s\n%d unfinished issues go on: their runs have done nothing since\n%d unfinished issues have no run: they are started, or the janitor ends them\n"+
		"%d unfinished issues end as engine_lost: their runs have gone on, or are not known any more\n%d runs end: their issues are not in the database\n",
		at.UTC().Format(time.RFC3339Nano), found.InStep, found.NoRun, found.Ended, found.Orphans)
	if !r.yes {
		fmt.Fprintln(out, "nothing was changed: --yes does it")
		return nil
	}
	return db.SkipNumbers(ctx, r.skip)
}
