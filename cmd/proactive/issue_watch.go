package main

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/spf13/cobra"
)

func issueWatchCommand(server *issueServer) *cobra.Command {
	return &cobra.Command{
		Use:   "watch EXPERIENCE_ID",
		Short: "Show an issue's timeline as it grows, until the issue is closed",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			client, err := server.client()
			if err != nil {
				return err
			}
			return issueWatch(c.Context(), client, args[0], printer{c.OutOrStdout()}, c.ErrOrStderr())
		},
	}
}

// watchFor is how long the service is asked to wait for news at a time.
const watchFor = 30 * time.Second

// issueWatch prints every event once, in order, and how the issue ended. It goes on when the service is away for a while, and
// ends with nil when it is interrupted.
func issueWatch(ctx context.Context, client issueClient, id string, to printer, warn io.Writer) error {
	for since, away := 0, false; ; {
		issue, _, err := client.issue(ctx, id, since, watchFor)
		if ctx.Err() != nil {
			return nil
		}
		var passing *passingError
		if errors.As(err, &passing) {
			if !away {
				printer{warn}.line("%s; trying again", passing)
			}
			away = true
			if !pause(ctx, passing.after) {
				return nil
			}
			continue
		}
		if err != nil {
			return err
		}
		away = false
		to.events(issue.Timeline)
		if n := len(issue.Timeline); n > 0 {
			since = issue.Timeline[n-1].Number
		}
		if issue.ClosedOn != nil {
			to.issue(issue)
			return nil
		}
	}
}

func pause(ctx context.Context, d time.Duration) (goOn bool) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
