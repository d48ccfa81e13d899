package api_test

import (
	"bufio"
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"proactive/api"
)

// patience is how long a condition may take to come true on a busy machine.
const patience = 30 * time.Second

// served is a door on a real listener.
type served struct {
	t       *testing.T
	address string
	metrics *prometheus.Registry
}

func serves(t *testing.T, config api.Config, store api.Store, with api.With) *served {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := &served{t: t, address: listener.Addr().String(), metrics: prometheus.NewRegistry()}
	with.Metrics = s.metrics
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	config.StopTimeout = time.Millisecond
	go func() { ended <- api.New(config, store, with).Serve(ctx, listener) }()
	t.Cleanup(func() { stop(); <-ended })
	return s
}

// metric is the sum of a metric over its labels.
func (s *served) metric(name string) (sum float64) {
	families, err := s.metrics.Gather()
	require.NoError(s.t, err)
	for _, family := range families {
		if family.GetName() != name {
			continue
		}
		for _, m := range family.GetMetric() {
			sum += m.GetGauge().GetValue() + m.GetCounter().GetValue()
		}
	}
	return sum
}

// becomes waits until a metric has a value, after whatever the server has to do for it.
func (s *served) becomes(name string, value float64) {
	s.t.Helper()
	require.Eventually(s.t, func() bool { return s.metric(name) == value }, 4*patience, 5*time.Millisecond, "%s is %v", name, s.metric(name))
}

// crowd is how many are at something at once, and how many there were at most.
type crowd struct {
	mu       sync.Mutex
	at, most int
}

func (c *crowd) enter() (leave func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at++
	c.most = max(c.most, c.at)
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.at--
	}
}

func (c *crowd) peak() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.most
}

// wire is a connection that a test writes on byte by byte.
type wire struct {
	net.Conn
	t      *testing.T
	answer *bufio.Reader
}

func (s *served) dials() *wire { return s.dialsFrom("127.0.0.1") }

// dialsFrom connects from one of the addresses of this machine.
func (s *served) dialsFrom(ip string) *wire {
	s.t.Helper()
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(ip)}}
	conn, err := dialer.DialContext(s.t.Context(), "tcp", s.address)
	require.NoError(s.t, err)
	s.t.Cleanup(func() { conn.Close() })
	require.NoError(s.t, conn.SetDeadline(time.Now().Add(patience)))
	return &wire{conn, s.t, bufio.NewReader(conn)}
}

func (w *wire) says(text string) *wire {
	w.t.Helper()
	_, err := io.WriteString(w, text)
	require.NoError(w.t, err)
	return w
}

// drips goes on writing a byte at a time until the connection is gone.
func (w *wire) drips() *wire {
	go func() {
		for {
			if _, err := io.WriteString(w, "a"); err != nil {
				return
			}
			time.Sleep(5 * time.Millisecond)
		}
	}()
	return w
}

// hears reads one answer.
func (w *wire) hears() (status int, body string) {
	w.t.Helper()
	response, err := http.ReadResponse(w.answer, nil)
	require.NoError(w.t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(w.t, err)
	return response.StatusCode, string(text)
}

// isHungUpOn reads to the end of what the server has to say.
func (w *wire) isHungUpOn() {
	w.t.Helper()
	_, err := io.Copy(io.Discard, w.answer)
	var network net.Error
	if err != nil {
		require.ErrorAs(w.t, err, &network, "a reset at most")
		require.False(w.t, network.Timeout(), "the server has not hung up")
	}
}

// basic is the header of an account that may report.
const basic = "Authorization: Basic dG9vbDp0b29sLXNlY3JldA==\r\n" // tool:tool-secret

// reporting is the head of a report.
func reporting(headers string) string {
	return "POST " + createPath + " HTTP/1.1\r\nHost: x\r\n" + basic + headers + "\r\n"
}

func wholeReport() string {
	return reporting(fmt.Sprintf("Content-Length: %d\r\n", len(goodBody))) + goodBody
}

// alive asks for health on a connection of its own.
func (s *served) alive() {
	s.t.Helper()
	status, body := s.dials().says("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").hears()
	require.Equal(s.t, http.StatusOK, status, body)
}

// certificate makes files for a server on this machine, with the certificate that httptest has for such.
func certificate(t *testing.T) (certFile, keyFile string, trusted *x509.CertPool) {
	t.Helper()
	example := httptest.NewTLSServer(nil)
	defer example.Close()
	pair := example.TLS.Certificates[0]
	secret, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	require.NoError(t, err)
	folder := t.TempDir()
	write := func(name, kind string, der []byte) string {
		path := filepath.Join(folder, name)
		require.NoError(t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
		return path
	}
	trusted = x509.NewCertPool()
	trusted.AddCert(example.Certificate())
	return write("cert.pem", "CERTIFICATE", pair.Certificate[0]), write("key.pem", "PRIVATE KEY", secret), trusted
}
