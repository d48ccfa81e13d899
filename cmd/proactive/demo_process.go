package main

import (
	"os"
	"time"

	"github.com/spf13/cobra"
)

// demoProcessCommand is what the demo agent may end. It does nothing until it is asked to end or its parent is gone. It is told who
// its parent is: one that is killed at once would be gone before it could ask.
func demoProcessCommand() *cobra.Command {
	var parent int
	c := &cobra.Command{
		Use:    "demo-process",
		Short:  "Wait to be ended",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			look := time.NewTicker(200 * time.Millisecond)
			defer look.Stop()
			for os.Getppid() == parent {
				select {
				case <-c.Context().Done():
					return nil
				case <-look.C:
				}
			}
			return nil
		},
	}
	c.Flags().IntVar(&parent, "parent", os.Getppid(), "id of the process that it ends with")
	return c
}
