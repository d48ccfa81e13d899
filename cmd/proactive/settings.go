package main

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"

	"proactive/activities"
	"proactive/api"
	"proactive/schema/postgres"
	"proactive/worker"
)

// variable is an environment variable that the service reads.
type variable struct{ name, fallback, meaning string }

// variables are all of them, in the order of --help and of the table in the README; a test compares the two.
var variables = []variable{
	{"DATABASE_URL", "postgres://proactive:proactive@127.0.0.1:5432/proactive?sslmode=disable", "the PostgreSQL database"},
	{"PROACTIVE_API_ADDR", "127.0.0.1:8080", "where `serve` and `api` listen"},
	{"PROACTIVE_WORKER_ADDR", "127.0.0.1:8081", "where a separate `worker` answers for health and metrics"},
	{"PROACTIVE_TLS_CERT", "", "file with the certificate; without it HTTP, meant for loopback or behind a proxy"},
	{"PROACTIVE_TLS_KEY", "", "file with the certificate's key"},
	{"PROACTIVE_MAX_BODY", "1048576", "largest body of a request, in bytes"},
	{"PROACTIVE_MAX_REQUESTS", "256", "how many requests are worked on at once; as many wait for two seconds, further ones get 429"},
	{"PROACTIVE_MAX_CONNECTIONS", "10000", "how many connections are open at once; for a further one the longest quiet one is closed"},
	{"PROACTIVE_TRUSTED_PROXIES", "", "networks whose X-Forwarded-For is believed, such as `10.0.0.0/8`, separated by commas"},
	{"PROACTIVE_HTTP_ALLOW", "", "where `http_request` may go: `host[:port]` and networks, separated by commas; empty is nowhere"},
	{"PROACTIVE_SMTP_ALLOW", "", "where mail may be handed over, in the same words"},
	{"PROACTIVE_PER_HOST", "50", "how many requests and mails may be on their way to one host at once, from one worker: 1 to 64; further ones wait for their turn"},
	{"PROACTIVE_PUBLIC_URL", "", "where people reach the pages, such as `https://help.example.com`; empty is `PROACTIVE_API_ADDR`, for this machine alone"},
	{"PROACTIVE_LINK_KEY", "", "makes the links in messages: 32 random bytes in base64 (`openssl rand -base64 32`), for `api` and `worker`; without it nobody can be written to"},
	{"PROACTIVE_PAYLOAD_KEY", "", "encrypts what Temporal stores: 32 random bytes in base64 (`openssl rand -base64 32`); after a comma further keys, which only decrypt"},
	{"PROACTIVE_SECRET_*", "", "values of `{\"$secret\": \"*\"}` in the registry; the worker needs them"},
	{"PROACTIVE_SECRETS_ALLOW", "", "where each of them may go: `NAME=host[:port]`, separated by commas; a secret that is not named is sent nowhere"},
	{"PROACTIVE_LOG_LEVEL", "info", "`debug`, `info`, `warn` or `error`"},
	{"TEMPORAL_*", "127.0.0.1:7233, namespace `proactive`", "Temporal's own variables: `TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, `TEMPORAL_API_KEY`, `TEMPORAL_TLS_…`"},
}

func environmentHelp() string {
	var b strings.Builder
	b.WriteString("Environment:\n")
	for _, v := range variables {
		fmt.Fprintf(&b, "  %-26s %s", v.name, strings.ReplaceAll(v.meaning, "`", ""))
		if v.fallback != "" {
			fmt.Fprintf(&b, " (%s)", strings.ReplaceAll(v.fallback, "`", ""))
		}
		b.WriteString("\n")
	}
	return b.String()
}

// settings is what the environment says, checked.
type settings struct {
	databaseURL string
	apiAddr     string
	workerAddr  string
	api         api.Config
	httpAllow   activities.AllowList
	smtpAllow   activities.AllowList
	secretHosts activities.SecretHosts
	perHost     int
	publicURL   string // where people reach the pages, without a slash at the end
	linkKey     []byte // nil: nobody can be written to
	payloadKey  string
	engine      worker.Config
}

// readSettings reads and checks the environment; every mistake in it is a sentence of the error.
func readSettings() (settings, error) {
	s := settings{
		databaseURL: value("DATABASE_URL"),
		apiAddr:     value("PROACTIVE_API_ADDR"),
		workerAddr:  value("PROACTIVE_WORKER_ADDR"),
		payloadKey:  value("PROACTIVE_PAYLOAD_KEY"),
		api:         api.Config{TLSCert: value("PROACTIVE_TLS_CERT"), TLSKey: value("PROACTIVE_TLS_KEY")},
	}
	var wrong []error
	check := func(name string, err error) {
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w", name, err))
		}
	}
	var err error
	check("PROACTIVE_API_ADDR", checkAddress(s.apiAddr))
	check("PROACTIVE_WORKER_ADDR", checkAddress(s.workerAddr))
	s.api.MaxBody, err = number(value("PROACTIVE_MAX_BODY"), int64(1024), 64<<20, "bytes")
	check("PROACTIVE_MAX_BODY", err)
	s.api.MaxRequests, err = number(value("PROACTIVE_MAX_REQUESTS"), 1, 100_000, "requests")
	check("PROACTIVE_MAX_REQUESTS", err)
	s.api.MaxConnections, err = number(value("PROACTIVE_MAX_CONNECTIONS"), 1, 1_000_000, "connections")
	check("PROACTIVE_MAX_CONNECTIONS", err)
	s.api.TrustedProxies, err = networks(value("PROACTIVE_TRUSTED_PROXIES"))
	check("PROACTIVE_TRUSTED_PROXIES", err)
	s.httpAllow, err = activities.ParseAllowList(value("PROACTIVE_HTTP_ALLOW"))
	check("PROACTIVE_HTTP_ALLOW", err)
	s.smtpAllow, err = activities.ParseAllowList(value("PROACTIVE_SMTP_ALLOW"))
	check("PROACTIVE_SMTP_ALLOW", err)
	s.secretHosts, err = activities.ParseSecretHosts(value("PROACTIVE_SECRETS_ALLOW"))
	check("PROACTIVE_SECRETS_ALLOW", err)
	s.perHost, err = strconv.Atoi(value("PROACTIVE_PER_HOST"))
	if err != nil || s.perHost < 1 || s.perHost > activities.MaxPerHost {
		check("PROACTIVE_PER_HOST", fmt.Errorf("must be a number from 1 to %d", activities.MaxPerHost))
	}
	s.publicURL, err = publicURL(value("PROACTIVE_PUBLIC_URL"), s.apiAddr, s.api.TLSCert != "")
	check("PROACTIVE_PUBLIC_URL", err)
	s.linkKey, err = readLinkKey(value("PROACTIVE_LINK_KEY"))
	check("PROACTIVE_LINK_KEY", err)
	check("PROACTIVE_LOG_LEVEL", setLog(value("PROACTIVE_LOG_LEVEL")))
	s.engine, err = worker.LoadConfig(s.payloadKey)
	check("TEMPORAL_* and PROACTIVE_PAYLOAD_KEY", err)
	return s, errors.Join(wrong...)
}

// checkOwn checks what dev brings itself, whatever the environment says of it.
func (s settings) checkOwn() error {
	var wrong []error
	if db, err := postgres.Open(s.databaseURL); err != nil {
		wrong = append(wrong, err)
	} else {
		wrong = append(wrong, db.Close())
	}
	if err := s.api.CheckTLS(); err != nil {
		wrong = append(wrong, fmt.Errorf("PROACTIVE_TLS_CERT and PROACTIVE_TLS_KEY: %w", err))
	}
	return errors.Join(wrong...)
}

// value is what the environment says of a variable, or its default.
func value(name string) string {
	for _, v := range variables {
		if v.name == name {
			return cmp.Or(strings.TrimSpace(os.Getenv(name)), v.fallback)
		}
	}
	panic("no such variable: " + name)
}

func checkAddress(address string) error {
	if _, port, err := net.SplitHostPort(address); err != nil || port == "" {
		return fmt.Errorf("%q is no HOST:PORT", address)
	}
	return nil
}

// number is a whole number of something within bounds.
func number[N int | int64](text string, least, most N, of string) (N, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < int64(least) || n > int64(most) {
		return 0, fmt.Errorf("must be a number of %s from %d to %d", of, least, most)
	}
	return N(n), nil
}

func networks(list string) (all []netip.Prefix, err error) {
	for entry := range strings.SplitSeq(list, ",") {
		if entry = strings.TrimSpace(entry); entry == "" {
			continue
		}
		network, err := netip.ParsePrefix(entry)
		if err != nil {
			return nil, fmt.Errorf("%q is no network such as 10.0.0.0/8", entry)
		}
		all = append(all, network.Masked())
	}
	return all, nil
}

// setLog makes slog write one line an event to the standard error.
func setLog(level string) error {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return fmt.Errorf("%q is none of debug, info, warn and error", level)
	}
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: l})))
	return nil
}
