package pgproxy

import (
	"bufio"
	"net"
	"sync"
)

// A connection is one client's, with the one to Postgres that belongs to it. One goroutine passes on what the client says and
// another what the server says; statements belong to the first alone.
type connection struct {
	proxy      *Proxy
	client     net.Conn
	server     net.Conn
	fromClient *bufio.Reader
	fromServer *bufio.Reader
	statements map[string]string // prepared, by name
	portals    map[string]string // bound, by name
	ended      chan struct{}
	end        sync.Once

	mu       sync.Mutex
	asked    int            // batches that the client has closed with a sync or a simple query, the startup included
	answered int            // and those of them that the server has answered
	after    map[int]*Held  // holds on the answer to a batch, by its number
	armed    map[*Held]bool // holds on the COMMIT of the transaction that is open
}

func newConnection(p *Proxy, client, server net.Conn) *connection {
	return &connection{
		proxy: p, client: client, server: server,
		fromClient: bufio.NewReaderSize(client, 64<<10), fromServer: bufio.NewReader(server),
		statements: make(map[string]string), portals: make(map[string]string),
		ended: make(chan struct{}), after: make(map[int]*Held), armed: make(map[*Held]bool),
	}
}

// cut ends both sides and whoever waits for them.
func (c *connection) cut() {
	c.end.Do(func() { close(c.ended) })
	c.client.Close()
	c.server.Close()
}

// pass goes on until either side ends, which ends the other.
func (c *connection) pass() {
	if !c.passStartup() {
		return
	}
	var both sync.WaitGroup
	both.Go(func() { defer c.cut(); c.passRequests() })
	both.Go(func() { defer c.cut(); c.passAnswers() })
	both.Wait()
}

// passStartup refuses encryption in the server's stead, so that we can read on. A request to cancel passes like a startup.
func (c *connection) passStartup() bool {
	for {
		m, err := readMessage(c.fromClient, false)
		if err != nil {
			return false
		}
		if !m.asksForEncryption() {
			c.asked = 1
			_, err = c.server.Write(m.raw)
			return err == nil
		}
		if _, err := c.client.Write([]byte{'N'}); err != nil {
			return false
		}
	}
}
