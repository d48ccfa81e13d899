package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"proactive/schema/postgres"
)

func migrateCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "migrate",
		Short: "Bring the tables of the database up to date",
		Long:  "migrate applies what is missing and says what it was. Several processes may start it at once: one works, the others wait.",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return withSettings(c.Context(), func(ctx context.Context, s settings) error {
				db, err := postgres.Open(s.databaseURL)
				if err != nil {
					return err
				}
				defer db.Close()
				applied, err := db.Migrate(ctx)
				for _, name := range applied {
					fmt.Fprintln(c.OutOrStdout(), "applied", name)
				}
				if err == nil && len(applied) == 0 {
					fmt.Fprintln(c.OutOrStdout(), "the tables are up to date")
				}
				return err
			})
		},
	}
}
