package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"proactive/activities"
	"proactive/worker"
)

// devOptions are the flags of dev.
type devOptions struct {
	data         string
	ephemeral    bool
	apiAddr      string
	mailboxAddr  string
	postgresPort int
	temporalPort int
	uiPort       int
	noDemo       bool
	apply        []string
}

func devCommand() *cobra.Command {
	var o devOptions
	c := &cobra.Command{
		Use:   "dev",
		Short: "Run everything on this machine to try it: Postgres, Temporal, a mailbox, the service, a demo agent",
		Long: "dev starts a Postgres, a Temporal and a mailbox of its own, loads a demo catalogue, runs the service and an agent for a demo\n" +
			"computer, and prints requests to paste. Ctrl-C ends all of it; what happened is there again the next time.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return dev(untilOrphaned(c.Context()), o, c.OutOrStdout())
		},
	}
	c.Flags().StringVar(&o.data, "data", defaultData(), "folder that keeps the state")
	c.Flags().BoolVar(&o.ephemeral, "ephemeral", false, "keep no state")
	c.Flags().StringVar(&o.apiAddr, "api-addr", "127.0.0.1:8080", "where the API listens, HOST:PORT")
	c.Flags().StringVar(&o.mailboxAddr, "mailbox-addr", "127.0.0.1:8025", "where the page with the mails is, HOST:PORT")
	c.Flags().IntVar(&o.postgresPort, "postgres-port", 0, "port of Postgres on 127.0.0.1 (default any free one)")
	c.Flags().IntVar(&o.temporalPort, "temporal-port", 7233, "port of Temporal on 127.0.0.1")
	c.Flags().IntVar(&o.uiPort, "temporal-ui-port", 8233, "port of Temporal's UI on 127.0.0.1")
	c.Flags().BoolVar(&o.noDemo, "no-demo", false, "load no demo catalogue and run no demo agent")
	c.Flags().StringArrayVar(&o.apply, "apply", nil, "a file of the catalogue to load, after the demo's; repeatable")
	return c
}

// dev starts one thing after the other, waits until all is ready, says so, and ends everything in reverse.
func dev(ctx context.Context, o devOptions, out io.Writer) error {
	s, err := o.check()
	if err != nil {
		return err
	}
	began := time.Now()
	stack, err := startStack(ctx, o, out)
	if err != nil {
		return err
	}
	defer stack.stop(out)
	if err := s.use(stack); err != nil {
		return err
	}
	if err := o.fill(ctx, s, stack, out); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var served error
	stopServing := background(func(serving context.Context) {
		defer cancel() // when it ends by itself, so does the rest
		served = serve(serving, s)
	})
	err = o.present(ctx, s, stack, began, out)
	stopServing()
	return cmp.Or(served, err)
}

// present waits until the service runs, starts the demo, prints what is where and stays until ctx ends.
func (o devOptions) present(ctx context.Context, s settings, stack *stack, began time.Time, out io.Writer) error {
	if err := untilReady(ctx, "http://"+s.apiAddr+"/readyz"); err != nil {
		return ignoreEnd(ctx, err)
	}
	printPlaces(out, s, stack, time.Since(began))
	if o.noDemo {
		<-ctx.Done()
		return nil
	}
	return ignoreEnd(ctx, runDemo(ctx, s, stack, out))
}

// use makes the service work with what dev has started. A key of its own stays in the data folder.
func (s *settings) use(stack *stack) (err error) {
	s.databaseURL = stack.databaseURL
	if s.engine, err = worker.LocalConfig(stack.temporal.Address(), s.payloadKey); err != nil {
		return err
	}
	if s.smtpAllow, err = activities.ParseAllowList(value("PROACTIVE_SMTP_ALLOW") + "," + stack.mailbox.SMTPAddress()); err != nil {
		return err
	}
	if s.linkKey == nil {
		s.linkKey, err = keptLinkKey(stack.data)
	}
	return err
}

// ignoreEnd is err, unless dev was told to end: then errors are what one expects.
func ignoreEnd(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// check refuses what cannot work, before anything is started.
func (o devOptions) check() (settings, error) {
	s, err := readSettings()
	if err != nil {
		return s, err
	}
	if os.Getenv("PROACTIVE_LOG_LEVEL") == "" {
		if err := setLog("warn"); err != nil {
			return s, err
		}
	}
	s.apiAddr, s.api.TLSCert, s.api.TLSKey = o.apiAddr, "", ""
	if err := checkAddress(o.apiAddr); err != nil {
		return s, fmt.Errorf("--api-addr: %w", err)
	}
	if os.Getenv("PROACTIVE_PUBLIC_URL") == "" {
		s.publicURL = localURL(o.apiAddr, false)
	}
	if err := checkAddress(o.mailboxAddr); err != nil {
		return s, fmt.Errorf("--mailbox-addr: %w", err)
	}
	if !loopback(o.mailboxAddr) {
		return s, fmt.Errorf("--mailbox-addr %s can be reached from outside, and whoever reads the mails can click their links: use a loopback address", o.mailboxAddr)
	}
	if !o.noDemo {
		allowed := strings.TrimPrefix(os.Getenv("PROACTIVE_HTTP_ALLOW")+","+o.apiAddr, ",") // where the demo's code 200 asks
		if s.httpAllow, err = activities.ParseAllowList(allowed); err != nil {
			return s, fmt.Errorf("PROACTIVE_HTTP_ALLOW, or --api-addr: %w", err)
		}
	}
	if !o.noDemo && !loopback(o.apiAddr) {
		return s, fmt.Errorf("--api-addr %s can be reached from outside, and the demo's passwords are known to everybody: use a loopback address, or --no-demo", o.apiAddr)
	}
	return s, o.portsAreFree()
}

func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// portsAreFree says by name which port is taken.
func (o devOptions) portsAreFree() error {
	for _, p := range []struct{ flag, address string }{
		{"--api-addr", o.apiAddr},
		{"--mailbox-addr", o.mailboxAddr},
		{"--postgres-port", fmt.Sprintf("127.0.0.1:%d", o.postgresPort)},
		{"--temporal-port", fmt.Sprintf("127.0.0.1:%d", o.temporalPort)},
		{"--temporal-ui-port", fmt.Sprintf("127.0.0.1:%d", o.uiPort)},
	} {
		l, err := net.Listen("tcp", p.address)
		if err != nil {
			return fmt.Errorf("%s: %s is taken, perhaps by another `proactive dev`; end that, or choose another one with %s", p.flag, p.address, p.flag)
		}
		l.Close()
	}
	return nil
}

// defaultData is where programs keep their data.
func defaultData() string {
	if os.Geteuid() == 0 {
		return "/var/lib/proactive/dev" // where the user that runs Postgres for root can reach it
	}
	if dir := os.Getenv("XDG_DATA_HOME"); dir != "" {
		return filepath.Join(dir, "proactive")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return ".proactive"
	}
	return filepath.Join(home, ".local", "share", "proactive")
}
