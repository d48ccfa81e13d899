package main

import (
	"fmt"
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
			which := url.Values{"id": {id}, "experience_id": {experienceID}, "provider": {provider}}
			return server.tellAgain(c, "outcomes/redeliver", which, "redelivered", provider == "", toldAgain(provider))
		},
	}
	c.Flags().StringVar(&id, "id", "", "of one outcome")
	c.Flags().StringVar(&experienceID, "experience-id", "", "all outcomes of this issue")
	c.Flags().StringVar(&provider, "provider", "", "all that were given up for this provider")
	c.MarkFlagsOneRequired("id", "experience-id", "provider")
	c.MarkFlagsMutuallyExclusive("id", "experience-id", "provider")
	return c
}

// toldAgain says how many outcomes are told again, of those that were named, or of a provider's that were given up.
func toldAgain(provider string) func(n int) string {
	return func(n int) string {
		switch {
		case n == 0 && provider != "":
			return fmt.Sprintf("nothing is told again: no outcome was given up for provider %q, and what is still to be delivered goes on by itself", provider)
		case n == 0:
			return "nothing is told again: no such outcome was delivered or given up, and what is still to be delivered goes on by itself"
		case n == 1:
			return "1 outcome is told again"
		}
		return fmt.Sprintf("%d outcomes are told again", n)
	}
}
