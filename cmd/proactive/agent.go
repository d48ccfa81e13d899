package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"proactive/agent"
)

// agentSettings are the flags of the agent. The token is none of them: everybody on a machine can read a command line.
type agentSettings struct{ server, tokenFile, ca, policy, state string }

// agentCommand runs the agent.
func agentCommand() *cobra.Command {
	var s agentSettings
	c := &cobra.Command{
		Use:   "agent --server URL --policy FILE",
		Short: "Run the agent of this computer: it fetches jobs and does what the policy allows",
		Long: `Run the agent of this computer until it is told to stop. It fetches the jobs that are meant for this computer, one at a time, and does
what they ask for if the policy file allows it. The file is read again for every job; without it nothing is ever done:

  actions:
    show_message: {}                               # messages, and codes that consent needs, on the screen
    end_process:
      grace: 5s                                    # between asking a process to end and making it
      processes:
        - {executable: /usr/bin/stuck-app}         # the file itself, as readlink /proc/PID/exe shows it
        - {executable: /opt/x/bin/x, user: abel}   # also: pid

Make the token with "proactive enroll-agent" on the server's side. The state folder keeps what was begun and finished; keep it.

Environment:
  PROACTIVE_AGENT_TOKEN   the token, unless --token-file names a file that holds it`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return runAgent(c.Context(), s) },
	}
	flags := c.Flags()
	flags.StringVar(&s.server, "server", "", "the address of the API, like https://proactive.example.com")
	flags.StringVar(&s.tokenFile, "token-file", "", "file with the token; read again for every call, so that it can be replaced")
	flags.StringVar(&s.ca, "ca", "", "file with the certificates, in PEM, of who signs the API's; without it the system's are trusted")
	flags.StringVar(&s.policy, "policy", "", "file that says what may be done on this computer")
	flags.StringVar(&s.state, "state", defaultAgentState(), "folder of this agent alone")
	return c
}

func runAgent(ctx context.Context, s agentSettings) error {
	if s.server == "" {
		return errors.New("--server is missing: name the address of the API")
	}
	token := agentToken(s.tokenFile)
	if _, err := token(); err != nil {
		return err
	}
	caller, err := agentHTTP(s.ca)
	if err != nil {
		return err
	}
	policy, err := agent.ReadPolicy(s.policy)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	log.Info("asking for jobs", "server", s.server, "policy", s.policy)
	if policy == (agent.Policy{}) {
		log.Warn("the policy allows nothing: every job will be refused")
	}
	if readableUnderway(s.server) {
		log.Warn("the address is no https: whoever can read the network can read the token")
	}
	return agent.Run(ctx, agent.Config{Server: s.server, Token: token, StateDir: s.state, Policy: s.policy, HTTP: caller, Log: log})
}

// agentToken reads the token from a file, else from the environment.
func agentToken(file string) func() (string, error) {
	return func() (string, error) {
		token := os.Getenv("PROACTIVE_AGENT_TOKEN")
		if file != "" {
			text, err := os.ReadFile(file)
			if err != nil {
				return "", fmt.Errorf("read the token: %w", err)
			}
			token = string(text)
		}
		if token = strings.TrimSpace(token); token == "" {
			return "", errors.New("there is no token: name a file with --token-file, or set PROACTIVE_AGENT_TOKEN")
		}
		return token, nil
	}
}

// agentHTTP verifies the server's certificate in the ordinary way, by the system's authorities or by those in a file.
func agentHTTP(ca string) (*http.Client, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if ca != "" {
		text, err := os.ReadFile(ca)
		if err != nil {
			return nil, fmt.Errorf("read --ca: %w", err)
		}
		authorities := x509.NewCertPool()
		if !authorities.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("--ca: %s holds no certificate in PEM", ca)
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: authorities, MinVersion: tls.VersionTLS12}
	}
	return &http.Client{Transport: transport}, nil
}

// readableUnderway tells an address to which the token would travel in the clear.
func readableUnderway(server string) bool {
	u, err := url.Parse(server)
	if err != nil || u.Scheme != "http" || u.Hostname() == "localhost" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return ip == nil || !ip.IsLoopback()
}

func defaultAgentState() string {
	home, err := os.UserConfigDir()
	if err != nil {
		home = "."
	}
	return filepath.Join(home, "proactive-agent")
}
