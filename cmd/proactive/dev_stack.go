package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"

	"proactive/devstack"
	"proactive/devstack/mailbox"
	"proactive/registry"
	"proactive/schema"
	"proactive/schema/demo"
	"proactive/schema/postgres"
	"proactive/worker"
)

// stack is the servers that dev runs beside the service.
type stack struct {
	data        string
	ephemeral   bool
	mailbox     *mailbox.Mailbox
	postgres    *devstack.Postgres
	temporal    *devstack.Temporal
	databaseURL string
	unlock      func()
}

// startStack starts all of them, the slow ones at once.
func startStack(ctx context.Context, o devOptions, out io.Writer) (*stack, error) {
	s := &stack{data: o.data, ephemeral: o.ephemeral}
	var err error
	if s.ephemeral {
		if s.data, err = os.MkdirTemp("", "proactive-dev-"); err != nil {
			return nil, fmt.Errorf("make the data folder: %w", err)
		}
	}
	if s.unlock, err = devstack.LockFolder(s.data); err != nil {
		return nil, err
	}
	if s.mailbox, err = mailbox.Open(o.mailboxAddr, func(m mailbox.Message) { printMessage(out, m) }); err != nil {
		s.stop(io.Discard)
		return nil, err
	}
	var starting errgroup.Group
	starting.Go(func() error { return s.startPostgres(ctx, o, out) })
	starting.Go(func() error { return s.startTemporal(ctx, o, out) })
	if err := starting.Wait(); err != nil {
		s.stop(io.Discard)
		return nil, err
	}
	return s, nil
}

func (s *stack) startPostgres(ctx context.Context, o devOptions, out io.Writer) (err error) {
	options := devstack.PostgresOptions{Dir: filepath.Join(s.data, "postgres"), Port: o.postgresPort, Progress: out}
	if s.ephemeral {
		options.Dir, options.Fast = "", true
	}
	fmt.Fprintln(out, "starting Postgres …")
	if s.postgres, err = devstack.StartPostgres(ctx, options); err != nil {
		return err
	}
	s.databaseURL = s.postgres.URL("proactive")
	return s.postgres.EnsureDatabase(ctx, "proactive")
}

func (s *stack) startTemporal(ctx context.Context, o devOptions, out io.Writer) (err error) {
	options := devstack.TemporalOptions{
		DBFile: filepath.Join(s.data, "temporal", "temporal.db"), Port: o.temporalPort, UIPort: o.uiPort,
		Namespace: worker.DefaultNamespace, SearchAttributes: map[string]string{}, Progress: out,
	}
	if s.ephemeral {
		options.DBFile = ""
	}
	for _, name := range worker.SearchAttributes() {
		options.SearchAttributes[name] = "Keyword"
	}
	fmt.Fprintln(out, "starting Temporal …")
	s.temporal, err = devstack.StartTemporal(ctx, options)
	return err
}

// stop ends them, and forgets what is not to be kept.
func (s *stack) stop(out io.Writer) {
	defer s.unlock()
	var errs []error
	if s.mailbox != nil {
		errs = append(errs, s.mailbox.Close())
	}
	if s.temporal != nil {
		errs = append(errs, s.temporal.Stop())
	}
	if s.postgres != nil {
		if s.ephemeral {
			errs = append(errs, s.postgres.Remove())
		} else {
			errs = append(errs, s.postgres.Stop())
		}
	}
	if s.ephemeral {
		errs = append(errs, os.RemoveAll(s.data))
	}
	if err := errors.Join(errs...); err != nil {
		fmt.Fprintln(out, err)
		return
	}
	fmt.Fprintln(out, "Everything has ended.")
}

// fill brings the tables up to date and loads the catalogues.
func (o devOptions) fill(ctx context.Context, s settings, stack *stack, out io.Writer) error {
	db, err := postgres.Open(s.databaseURL)
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := db.Migrate(ctx); err != nil {
		return err
	}
	if !loopback(o.apiAddr) {
		if err := noDemoAccounts(ctx, db); err != nil {
			return err
		}
	}
	var files []registry.File
	if !o.noDemo {
		text := strings.NewReplacer(demoAPI, s.apiAddr, demoSMTPPort, "port: "+stack.mailbox.SMTPPort()).Replace(string(demo.YAML))
		files = append(files, registry.File{Name: demoCatalogue, Data: []byte(text)})
	}
	for _, path := range o.apply {
		file, err := readFile(path, os.Stdin)
		if err != nil {
			return err
		}
		files = append(files, file)
	}
	for _, file := range files {
		catalogue, warnings, err := registry.Read(file)
		printProblems(out, warnings)
		if err != nil {
			return err
		}
		changes, err := registry.Apply(ctx, db, catalogue, "dev")
		if err != nil {
			return err
		}
		printProblems(out, changes.Warnings)
		if file.Name != demoCatalogue {
			fmt.Fprintf(out, "applied %s\n", file.Name)
			printChanges(out, changes.Rows)
		}
	}
	return nil
}

// noDemoAccounts refuses a database in which an earlier run has left accounts whose passwords are known to everybody.
func noDemoAccounts(ctx context.Context, db *postgres.DB) error {
	catalogue, _, err := registry.Read(registry.File{Name: demoCatalogue, Data: demo.YAML})
	if err != nil {
		return err
	}
	for _, known := range catalogue.ServiceAccounts {
		account, err := db.Account(ctx, known.UserName)
		if errors.Is(err, schema.ErrNoRecord) || err == nil && !account.Active {
			continue
		}
		if err != nil {
			return err
		}
		return fmt.Errorf("--api-addr can be reached from outside, and this data folder holds the demo's account %s, whose password is known to everybody: use a loopback address, or --data with another folder", known.UserName)
	}
	return nil
}

// The demo catalogue expects the API, which one of its actions asks, and the mailbox, to which its channel sends mail, here.
const (
	demoAPI      = "127.0.0.1:8080"
	demoSMTPPort = "port: 1025"
)

// demoCatalogue is the demo catalogue's name in messages.
const demoCatalogue = "the demo catalogue"
