package main

import (
	"context"
	"fmt"
	"net"

	"github.com/spf13/cobra"

	"proactive/worker"
)

func workerCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "worker",
		Short: "Run the engine alone: the Temporal worker, the relay and the janitor",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return withSettings(c.Context(), runWorker) },
	}
}

func runWorker(ctx context.Context, s settings) error {
	db, err := openDatabase(s)
	if err != nil {
		return err
	}
	defer db.Close()
	engine, hosts := newEngine(s, db)
	listener, err := net.Listen("tcp", s.workerAddr)
	if err != nil {
		return fmt.Errorf("PROACTIVE_WORKER_ADDR: %w", err)
	}
	stopEngine := background(engine.Run)
	defer stopEngine()
	metrics := newMetrics(db, worker.InboxCollector{Store: db}, worker.HostsCollector{Hosts: hosts}, worker.DispatchCollector{Store: db}, engine.Removals())
	return worker.ServeHealth(ctx, listener, engine, db, metrics)
}
