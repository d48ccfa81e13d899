package main

import (
	"context"

	"github.com/spf13/cobra"
)

// issueCommand is the client: it speaks to a running service over HTTP, like any monitoring tool.
func issueCommand() *cobra.Command {
	var server issueServer
	c := &cobra.Command{
		Use:   "issue",
		Short: "Report an issue to a running service, read it, watch it, cancel it",
		Long: `Report an issue to a running service, read it, watch it, cancel it: over HTTP, like any monitoring tool.

Environment:
  PROACTIVE_URL        the service (http://127.0.0.1:8080)
  PROACTIVE_USER       user name of the account
  PROACTIVE_PASSWORD   its password; passwords and keys are never read from the command line, where others could see them
  PROACTIVE_API_KEY    an API key, instead of name and password`,
	}
	server.flags(c)
	c.AddCommand(issueCreateCommand(&server), issueExplainCommand(&server), issueShowCommand(&server), issueWatchCommand(&server), issueCancelCommand(&server))
	return c
}

// flags say where the service is and who asks.
func (s *issueServer) flags(c *cobra.Command) {
	c.PersistentFlags().StringVar(&s.url, "url", "", "the service; overrides PROACTIVE_URL")
	c.PersistentFlags().StringVar(&s.user, "user", "", "user name of the account; overrides PROACTIVE_USER")
	c.PersistentFlags().StringVar(&s.passwordFile, "password-file", "", "file with the password; overrides PROACTIVE_PASSWORD")
}

func issueShowCommand(server *issueServer) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "show EXPERIENCE_ID",
		Short: "Show an issue and its timeline",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return issueShow(c.Context(), server, args[0], asJSON, printer{c.OutOrStdout()})
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "as the service answers it")
	return c
}

func issueShow(ctx context.Context, server *issueServer, id string, asJSON bool, to printer) error {
	client, err := server.client()
	if err != nil {
		return err
	}
	issue, raw, err := client.issue(ctx, id, 0, 0)
	if err != nil {
		return err
	}
	if asJSON {
		return to.raw(raw)
	}
	to.issue(issue)
	to.events(issue.Timeline)
	return nil
}

func issueCancelCommand(server *issueServer) *cobra.Command {
	return &cobra.Command{
		Use:   "cancel EXPERIENCE_ID",
		Short: "Close an issue as cancelled",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			client, err := server.client()
			if err != nil {
				return err
			}
			state, err := client.cancel(c.Context(), args[0])
			if err != nil {
				return err
			}
			printer{c.OutOrStdout()}.line("%s is %s", args[0], state)
			return nil
		},
	}
}
