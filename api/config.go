package api

import (
	"cmp"
	"crypto/tls"
	"fmt"
	"net/netip"
	"time"
)

// Config says how the door is built. A zero field takes its default.
type Config struct {
	TLSCert, TLSKey string         // files; both or none. Without them plain HTTP: for loopback, or behind a proxy
	MaxBody         int64          // bytes of a request's body; 1 MiB
	MaxRequests     int            // worked on at once; 256
	MaxConnections  int            // open at once; 10,000, but not more than the system lets the process have
	TrustedProxies  []netip.Prefix // whose X-Forwarded-For is believed; none

	ReadHeaderTimeout time.Duration // 5 s
	ReadTimeout       time.Duration // of a whole request; 15 s
	WriteTimeout      time.Duration // from the header to the end of the answer, besides asked-for waiting; 30 s
	IdleTimeout       time.Duration // between requests; 2 min
	QueueTimeout      time.Duration // for a place among MaxRequests; 2 s
	Heartbeat         time.Duration // so often a page that hears nothing is sent a sign of life; 15 s
	StopTimeout       time.Duration // for what is under way when the server is told to stop; 10 s
	StoreTimeout      time.Duration // of one question to Postgres; 10 s

	RememberFor  time.Duration // how long a verified credential is not verified again; 10 s, which is also the most
	WrongLimit   int           // wrong passwords of one name or one address within WrongWindow; 10
	WrongWindow  time.Duration // 5 min
	HashesAtOnce int           // unfamiliar passwords verified at once, and as many familiar ones, at 19 MiB each; 2

	LinkKey   []byte // of the links that devices show; without it they show none
	PublicURL string // where people's browsers reach us, without what comes after the host; for links, and to know our own forms
}

// maxRemember bounds how long a withdrawn credential still opens the door.
const maxRemember = 10 * time.Second

func (c Config) withDefaults() Config {
	c.MaxBody = cmp.Or(c.MaxBody, 1<<20)
	c.MaxRequests = cmp.Or(c.MaxRequests, 256)
	c.MaxConnections = min(cmp.Or(c.MaxConnections, 10_000), mostConnections())
	c.ReadHeaderTimeout = cmp.Or(c.ReadHeaderTimeout, 5*time.Second)
	c.ReadTimeout = cmp.Or(c.ReadTimeout, 15*time.Second)
	c.WriteTimeout = cmp.Or(c.WriteTimeout, 30*time.Second)
	c.IdleTimeout = cmp.Or(c.IdleTimeout, 2*time.Minute)
	c.QueueTimeout = cmp.Or(c.QueueTimeout, 2*time.Second)
	c.Heartbeat = cmp.Or(c.Heartbeat, 15*time.Second)
	c.StopTimeout = cmp.Or(c.StopTimeout, 10*time.Second)
	c.StoreTimeout = cmp.Or(c.StoreTimeout, 10*time.Second)
	c.RememberFor = min(cmp.Or(c.RememberFor, maxRemember), maxRemember)
	c.WrongLimit = cmp.Or(c.WrongLimit, 10)
	c.WrongWindow = cmp.Or(c.WrongWindow, 5*time.Minute)
	c.HashesAtOnce = cmp.Or(c.HashesAtOnce, 2)
	return c
}

// CheckTLS tells, before anything is started, whether the certificate and its key can be used.
func (c Config) CheckTLS() error {
	_, err := c.tls()
	return err
}

// tls reads the certificate; nil without one. The error is a sentence for whoever starts the server.
func (c Config) tls() (*tls.Config, error) {
	if c.TLSCert == "" && c.TLSKey == "" {
		return nil, nil
	}
	if c.TLSCert == "" || c.TLSKey == "" {
		return nil, fmt.Errorf("TLS needs a certificate and a key: only one of the two files is named")
	}
	pair, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey)
	if err != nil {
		return nil, fmt.Errorf("read the TLS certificate %s and its key %s: %w", c.TLSCert, c.TLSKey, err)
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}, nil
}
