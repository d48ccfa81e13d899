package main

import (
	"fmt"
	"net/url"

	"github.com/spf13/cobra"
)

// incidentCommand is about what the service desk's own system is told.
func incidentCommand() *cobra.Command {
	var server issueServer
	c := &cobra.Command{
		Use:   "incident",
		Short: "Hand incidents over to the service desk's own system",
		Long:  "Hand incidents over to the service desk's own system: over HTTP, with the environment of proactive issue.",
	}
	server.flags(c)
	c.AddCommand(incidentHandOverCommand(&server))
	return c
}

func incidentHandOverCommand(server *issueServer) *cobra.Command {
	var number, experienceID, within string
	c := &cobra.Command{
		Use:   "hand-over --number NUMBER | --experience-id ID | --within 72h",
		Short: "Hand over incidents that were given up, or are from before there was a service desk",
		Long: `Hand incidents over to the active service desk's system: one of them, also when that was told before, or all that are open, not known there
and not older than --within: those that were given up, and those from when no service desk was active. What is on its way stays as it is.
The role is sn_pren.engagement_admin.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			which := url.Values{"number": {number}, "experience_id": {experienceID}, "within": {within}}
			return server.tellAgain(c, "incidents/hand_over", which, "handed_over", within == "", onTheirWay(within))
		},
	}
	c.Flags().StringVar(&number, "number", "", "of one incident of ours")
	c.Flags().StringVar(&experienceID, "experience-id", "", "the incident of this issue")
	c.Flags().StringVar(&within, "within", "", "all that are open, not known there, and not older, like 72h")
	c.MarkFlagsOneRequired("number", "experience-id", "within")
	c.MarkFlagsMutuallyExclusive("number", "experience-id", "within")
	return c
}

// onTheirWay says how many incidents are handed over, of one that was named, or of those that are not older than within.
func onTheirWay(within string) func(n int) string {
	return func(n int) string {
		switch {
		case n == 0 && within != "":
			return fmt.Sprintf("nothing is handed over: every open incident of the last %s is known there, or on its way", within)
		case n == 0:
			return "nothing is handed over: there is no such incident of ours, or it is known there, or on its way"
		case n == 1:
			return "1 incident is on its way to the service desk's system"
		}
		return fmt.Sprintf("%d incidents are on their way to the service desk's system", n)
	}
}
