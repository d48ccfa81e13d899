package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"proactive/schema/postgres"
	"proactive/worker"
)

// adoptCommand is for the day on which a Temporal namespace is lost with all its runs.
func adoptCommand() *cobra.Command {
	var yes bool
	c := &cobra.Command{
		Use:   "adopt --yes",
		Short: "Take over the unfinished issues of a Temporal namespace that is lost for good",
		Long: `Every unfinished issue belongs to the Temporal namespace that runs it, and is judged only there: a worker with a wrong address must not
end anything. When that namespace is lost for good, as after a rebuild of Temporal's database, adopt hands its issues to the namespace that
TEMPORAL_* names: the janitor of the workers starts those again of which nothing has happened yet, and ends the others as engine_lost, with
their fallback. With more than sn_pren.janitor_max_candidates issues, raise that property first.

Without --yes it only counts.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return withSettings(c.Context(), func(ctx context.Context, s settings) error { return adopt(ctx, s, yes, c.OutOrStdout()) })
		},
	}
	c.Flags().BoolVar(&yes, "yes", false, "do it: the old namespace does not come back")
	return c
}

func adopt(ctx context.Context, s settings, yes bool, out io.Writer) error {
	db, err := postgres.Open(s.databaseURL)
	if err != nil {
		return err
	}
	defer db.Close()
	namespace, err := worker.NamespaceID(ctx, s.engine)
	if err != nil {
		return err
	}
	if !yes {
		n, err := db.Foreign(ctx, namespace)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%d unfinished issues belong to other namespaces; --yes takes them over\n", n)
		return nil
	}
	n, err := db.Adopt(ctx, namespace)
	if err == nil {
		fmt.Fprintf(out, "%d issues were taken over; the janitor looks at them in its next sweep\n", n)
	}
	return err
}
