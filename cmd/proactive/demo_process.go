package main

import (
	"os"
	"time"

	"github.com/spf13/cobra"
)

// demoProcessCommand is what the demo agent may end. It does nothing until it is asked to end or its parent is gone.
func demoProcessCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "demo-process",
		Short:  "Wait to be ended",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			parent, look := os.Getppid(), time.NewTicker(200*time.Millisecond)
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
}
