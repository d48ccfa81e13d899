// Command desk-team is a worker of another team. It imports nothing of proactive: all that the two share is the JSON of
// action.go, two names in the registry (RestartVPN and FreeDiskSpace on the task queue desk-team) and, where payloads are
// encrypted, the key.
//
// What it runs is harmless and can be checked: a file says whether the VPN is on, and a folder of sparse files stands for a full
// disk. It touches nothing outside its own folder.
package main

import (
	"cmp"
	"flag"
	"fmt"
	"log"
	"log/slog"
	"os"
	"path/filepath"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// taskQueue is the team's own; the registry's remedial actions name it.
const taskQueue = "desk-team"

func main() {
	dir := flag.String("dir", cmp.Or(os.Getenv("DESK_TEAM_DIR"), filepath.Join(os.TempDir(), "desk-team")),
		"the folder in which everything happens (or DESK_TEAM_DIR)")
	flag.Parse()
	if err := run(*dir); err != nil {
		log.Fatal("desk-team: ", err)
	}
}

// run serves the task queue until it is interrupted.
func run(dir string) error {
	d, err := openDesk(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	options, err := connectionOptions()
	if err != nil {
		return err
	}
	c, err := client.Dial(options)
	if err != nil {
		return fmt.Errorf("no answer from Temporal at %s: %w", cmp.Or(options.HostPort, client.DefaultHostPort), err)
	}
	defer c.Close()
	w := worker.New(c, taskQueue, worker.Options{})
	register(w, d)
	log.Printf("listening on task queue %s of namespace %s; everything happens in %s", taskQueue, options.Namespace, dir)
	return w.Run(worker.InterruptCh())
}

// connectionOptions come from the variables that Temporal's own tools read. The namespace must be that of proactive, and so must
// the key of the payloads.
func connectionOptions() (client.Options, error) {
	options, err := envconfig.LoadDefaultClientOptions()
	if err != nil {
		return options, fmt.Errorf("read how to reach Temporal from TEMPORAL_…: %w", err)
	}
	if options.Namespace == "" || options.Namespace == client.DefaultNamespace {
		options.Namespace = "proactive"
	}
	options.Logger = sdklog.NewStructuredLogger(slog.Default())
	return encrypted(options, os.Getenv("PROACTIVE_PAYLOAD_KEY"))
}

// register names what this worker runs. The two names that proactive calls stand in its registry as targets.
func register(w worker.Registry, d *desk) {
	w.RegisterWorkflowWithOptions(RestartVPN, workflow.RegisterOptions{Name: "RestartVPN"})
	w.RegisterActivityWithOptions(d.FreeDiskSpace, activity.RegisterOptions{Name: "FreeDiskSpace"})
	w.RegisterActivityWithOptions(d.SwitchVPN, activity.RegisterOptions{Name: "SwitchVPN"})
}
