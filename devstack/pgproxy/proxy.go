// Package pgproxy stands between a client and Postgres in tests. It counts round trips, and it holds the traffic at a chosen
// statement, so that a test can kill a process before, in and after a transaction without any hook in the process's code.
//
// It reads Postgres's protocol just far enough to know which statement runs when. It does not speak TLS.
package pgproxy

import (
	"net"
	"net/url"
	"sync"
	"testing"
)

// A Proxy passes connections on to one Postgres.
type Proxy struct {
	upstream string
	url      url.URL
	listener net.Listener

	mu          sync.Mutex
	connections map[*connection]bool
	holds       []*Held
	refuse      bool
	accepted    int
	roundTrips  int
}

// Start is Listen for a test, whose end closes the proxy.
func Start(t testing.TB, upstreamURL string) *Proxy {
	t.Helper()
	p, err := Listen(upstreamURL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// Listen begins to listen on a free port of the loopback address.
func Listen(upstreamURL string) (*Proxy, error) {
	u, err := url.Parse(upstreamURL)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{upstream: u.Host, url: *u, listener: listener, connections: make(map[*connection]bool)}
	p.url.Host = listener.Addr().String()
	go p.serve()
	return p, nil
}

// Close stops listening and cuts what is left.
func (p *Proxy) Close() {
	p.listener.Close()
	p.Refuse(true)
	p.CutAll()
}

// URL is the upstream's URL by way of the proxy.
func (p *Proxy) URL() string { return p.url.String() }

// RoundTrips is how often a client has asked and waited so far: simple queries, syncs and flushes. Opening a connection
// does not count; see Connections.
func (p *Proxy) RoundTrips() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.roundTrips
}

// Connections is how many were opened so far.
func (p *Proxy) Connections() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.accepted
}

// CutAll breaks all connections, both to the clients and to Postgres.
func (p *Proxy) CutAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.connections {
		c.cut()
	}
}

// Refuse lets new connections fail at once, or lets them through again. Those that are open stay.
func (p *Proxy) Refuse(refuse bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refuse = refuse
}

func (p *Proxy) serve() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		go p.connect(client)
	}
}

func (p *Proxy) connect(client net.Conn) {
	server, err := net.Dial("tcp", p.upstream)
	if err != nil {
		client.Close()
		return
	}
	c := newConnection(p, client, server)
	if p.admit(c) {
		c.pass()
	}
	c.cut()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.connections, c)
}

// admit notes the connection unless new ones are refused.
func (p *Proxy) admit(c *connection) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.refuse {
		return false
	}
	p.connections[c] = true
	p.accepted++
	return true
}

func (p *Proxy) countRoundTrip() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.roundTrips++
}
