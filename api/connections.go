package api

import (
	"container/list"
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"sync"
)

// connections bounds how many connections are open at once, in all and of one network. When there are too many, the one that has been
// quiet the longest, on which no request is being answered, makes room for the new one: so that whoever opens connections and says
// nothing, or never ends the header of a request, keeps nobody out.
type connections struct {
	most, each int
	trusted    []netip.Prefix // proxies, which speak for many

	mu        sync.Mutex
	open      int
	quiet     *list.List // of *connection, the longest quiet first
	byNetwork map[string]*neighbours
}

// neighbours are the connections of one network.
type neighbours struct {
	open  int
	quiet *list.List
}

// connection is one that is open. Of HTTP/2, several requests are answered on it at once.
type connection struct {
	net.Conn
	all       *connections
	network   string
	answering int
	closed    bool
	quiet     *list.Element // in the list of all; nil while a request is answered
	quietHere *list.Element // in the list of its network
}

func newConnections(config Config) *connections {
	return &connections{most: config.MaxConnections, each: (config.MaxConnections + 1) / 2, trusted: config.TrustedProxies,
		quiet: list.New(), byNetwork: map[string]*neighbours{}}
}

// listen is listener within the bounds.
func (cs *connections) listen(listener net.Listener) net.Listener {
	return &boundedListener{listener, cs}
}

type boundedListener struct {
	net.Listener
	connections *connections
}

// Accept hangs up on those for whom no quiet connection can make room.
func (l *boundedListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		c, instead := l.connections.admit(conn)
		if instead != nil {
			instead.Close() //nolint:errcheck // nobody is left on it
		}
		if c != nil {
			return c, nil
		}
	}
}

// admit counts a connection in. The one that is given beside it, which may be conn itself, is to be closed.
func (cs *connections) admit(conn net.Conn) (admitted *connection, instead net.Conn) {
	host := hostOf(conn)
	cs.mu.Lock()
	defer cs.mu.Unlock()
	near := cs.byNetwork[network(host)]
	if near == nil {
		near = &neighbours{quiet: list.New()}
	}
	var victims *list.List
	switch {
	case near.open >= cs.each && !cs.isProxy(host):
		victims = near.quiet
	case cs.open >= cs.most:
		victims = cs.quiet
	}
	if victims != nil {
		first := victims.Front()
		if first == nil {
			return nil, conn
		}
		victim := first.Value.(*connection)
		cs.forget(victim)
		instead = victim.Conn
	}
	c := &connection{Conn: conn, all: cs, network: network(host)}
	cs.byNetwork[c.network] = near
	cs.open++
	near.open++
	cs.rest(c)
	return c, instead
}

func (cs *connections) isProxy(host string) bool {
	ip, err := netip.ParseAddr(host)
	for _, prefix := range cs.trusted {
		if err == nil && prefix.Contains(ip.Unmap()) {
			return true
		}
	}
	return false
}

func hostOf(conn net.Conn) string {
	host, _, err := net.SplitHostPort(conn.RemoteAddr().String())
	if err != nil {
		return conn.RemoteAddr().String()
	}
	return host
}

// rest, stir and forget must be called with mu held.
func (cs *connections) rest(c *connection) {
	c.quiet, c.quietHere = cs.quiet.PushBack(c), cs.byNetwork[c.network].quiet.PushBack(c)
}

func (cs *connections) stir(c *connection) {
	if c.quiet == nil {
		return
	}
	cs.quiet.Remove(c.quiet)
	cs.byNetwork[c.network].quiet.Remove(c.quietHere)
	c.quiet, c.quietHere = nil, nil
}

func (cs *connections) forget(c *connection) {
	if c.closed {
		return
	}
	cs.stir(c)
	c.closed = true
	cs.open--
	near := cs.byNetwork[c.network]
	if near.open--; near.open == 0 {
		delete(cs.byNetwork, c.network)
	}
}

// Close counts the connection out.
func (c *connection) Close() error {
	c.all.mu.Lock()
	c.all.forget(c)
	c.all.mu.Unlock()
	return c.Conn.Close()
}

// CloseWrite lets the caller read the whole answer before the connection is gone; net/http asks for it.
func (c *connection) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

type connectionKey struct{}

// name makes the connection known to the requests on it.
func (cs *connections) name(ctx context.Context, conn net.Conn) context.Context {
	if secure, ok := conn.(*tls.Conn); ok {
		conn = secure.NetConn()
	}
	return context.WithValue(ctx, connectionKey{}, conn)
}

// noticing tells a connection on which a request is answered from a quiet one.
func (cs *connections) noticing(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, ok := r.Context().Value(connectionKey{}).(*connection); ok {
			c.begin()
			defer c.end()
		}
		next.ServeHTTP(w, r)
	})
}

func (c *connection) begin() {
	c.all.mu.Lock()
	defer c.all.mu.Unlock()
	c.answering++
	c.all.stir(c)
}

func (c *connection) end() {
	c.all.mu.Lock()
	defer c.all.mu.Unlock()
	if c.answering--; c.answering == 0 && !c.closed {
		c.all.rest(c)
	}
}

func (cs *connections) count() int {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	return cs.open
}
