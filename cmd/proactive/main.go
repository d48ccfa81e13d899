// Command proactive is the whole of proactive in one binary: the service (serve, or api and worker apart), its database
// (migrate, plan, apply, export), the agent for people's devices (agent, enroll-agent), a client (issue), and everything at once on one
// machine to try it (dev). The subcommands only wire: each file reads its settings, makes what it needs and closes it again.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // where people are: images and Windows bring no time zones

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := rootCommand().ExecuteContext(ctx); err != nil {
		if code, said := errors.AsType[exitCode](err); said {
			os.Exit(int(code))
		}
		fmt.Fprintln(os.Stderr, "proactive:", advised(err))
		os.Exit(1)
	}
}

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "proactive",
		Short:         "Help people with their computers before they ask: the open Proactive Engagement service",
		Long:          "proactive takes reports of trouble on people's computers, runs what is known to help, and opens an incident with the evidence\nwhen nothing does. To try all of it on this machine: proactive dev\n\n" + environmentHelp(),
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(
		devCommand(),
		serveCommand(), apiCommand(), workerCommand(),
		migrateCommand(), planCommand(), applyCommand(), exportCommand(), schemaCommand(), registryCommand(),
		enrollAgentCommand(), adoptCommand(), afterRestoreCommand(), eraseCommand(),
		agentCommand(), demoProcessCommand(),
		issueCommand(), outcomeCommand(), incidentCommand(), previewCommand(), backtestCommand(),
	)
	return root
}
