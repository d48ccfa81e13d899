package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"proactive/schema"
	"proactive/schema/postgres"
)

// enrollAgentCommand makes or revokes the token of a computer's agent.
func enrollAgentCommand() *cobra.Command {
	var ci string
	var revoke bool
	c := &cobra.Command{
		Use:   "enroll-agent --ci COMPUTER",
		Short: "Make the token with which a computer's agent calls, or revoke it",
		Long: `Make a token for the agent of a computer (a row of cmdb_ci_computer) and print it, this once: the database holds its hash.
It replaces the token that was valid before. With --revoke the valid one ends and none is made. An API process that has just seen the
old token may accept it for 10 seconds more.

Environment:
  DATABASE_URL   the database, postgres://user:password@host:port/name?sslmode=…`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			db, err := postgres.Open(value("DATABASE_URL"))
			if err != nil {
				return err
			}
			defer db.Close()
			if revoke {
				return enrollError(db.RevokeAgent(c.Context(), ci))
			}
			return enrollAgent(c.Context(), db, ci, c.OutOrStdout())
		},
	}
	c.Flags().StringVar(&ci, "ci", "", "sys_id or name of the computer")
	c.Flags().BoolVar(&revoke, "revoke", false, "revoke the valid token instead")
	c.MarkFlagRequired("ci") //nolint:errcheck // the flag exists
	return c
}

func enrollAgent(ctx context.Context, db *postgres.DB, ci string, out io.Writer) error {
	token, err := db.EnrollAgent(ctx, ci)
	if err != nil {
		return enrollError(err)
	}
	_, err = fmt.Fprintln(out, token)
	return err
}

func enrollError(err error) error {
	if errors.Is(err, schema.CIUnknown) {
		return errors.New("no computer has this sys_id or name: see cmdb_ci_computer, or load it with proactive apply")
	}
	return err
}
