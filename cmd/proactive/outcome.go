package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/spf13/cobra"
)

// outcomeCommand is about what providers are told.
func outcomeCommand() *cobra.Command {
	var server issueServer
	c := &cobra.Command{
		Use:   "outcome",
		Short: "Let outcomes be told again to their providers",
		Long:  "Let outcomes be told again to their providers: over HTTP, with the environment of proactive issue.",
	}
	server.flags(c)
	c.AddCommand(outcomeRedeliverCommand(&server))
	return c
}

func outcomeRedeliverCommand(server *issueServer) *cobra.Command {
	var id, experienceID, provider string
	c := &cobra.Command{
		Use:   "redeliver --id ID | --experience-id ID | --provider CODE",
		Short: "Tell outcomes again that were delivered or given up",
		Long: `Tell outcomes again by webhook that were delivered or given up: one of them, all of an issue, or all that were given up for a provider.
They come under the same webhook-id as before. What is still to be delivered stays as it is. The role is sn_pren.engagement_admin.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			n, err := redeliver(c.Context(), server, url.Values{"id": {id}, "experience_id": {experienceID}, "provider": {provider}})
			if err == nil && n == 0 && provider == "" {
				return errors.New(toldAgain(n))
			}
			if err == nil {
				printer{c.OutOrStdout()}.line("%s", toldAgain(n))
			}
			return err
		},
	}
	c.Flags().StringVar(&id, "id", "", "of one outcome")
	c.Flags().StringVar(&experienceID, "experience-id", "", "all outcomes of this issue")
	c.Flags().StringVar(&provider, "provider", "", "all that were given up for this provider")
	c.MarkFlagsOneRequired("id", "experience-id", "provider")
	c.MarkFlagsMutuallyExclusive("id", "experience-id", "provider")
	return c
}

func redeliver(ctx context.Context, server *issueServer, what url.Values) (int, error) {
	client, err := server.client()
	if err != nil {
		return 0, err
	}
	var told struct {
		Redelivered int `json:"redelivered"`
	}
	_, err = client.ask(ctx, http.MethodPost, "outcomes/redeliver?"+what.Encode(), "", nil, &told)
	return told.Redelivered, err
}

func toldAgain(n int) string {
	switch n {
	case 0:
		return "nothing is told again: no such outcome was delivered or given up, and what is still to be delivered goes on by itself"
	case 1:
		return "1 outcome is told again"
	}
	return fmt.Sprintf("%d outcomes are told again", n)
}
