package pgproxy

import (
	"bufio"
	"errors"
	"net"
	"os"
	"sync"
	"time"
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

func (c *connection) passRequests() {
	for {
		m, err := readMessage(c.fromClient, true)
		if err != nil {
			return
		}
		if statement, runs := c.understand(m); runs && !c.announce(statement) {
			return
		}
		if m.kind == queryF || m.kind == syncF {
			c.mu.Lock()
			c.asked++
			c.mu.Unlock()
		}
		if m.kind == queryF || m.kind == syncF || m.kind == flushF {
			c.proxy.countRoundTrip()
		}
		if _, err := c.server.Write(m.raw); err != nil {
			return
		}
	}
}

// understand remembers the texts of prepared and bound statements, and returns the text of one that m runs.
func (c *connection) understand(m message) (statement string, runs bool) {
	switch m.kind {
	case queryF:
		return m.words(1)[0], true
	case parseF: // name, text
		words := m.words(2)
		c.statements[words[0]] = words[1]
	case bindF: // portal, name of the statement
		words := m.words(2)
		c.portals[words[0]] = c.statements[words[1]]
	case executeF:
		return c.portals[m.words(1)[0]], true
	}
	return "", false
}

// announce stops a statement before it is passed on, where somebody asked for that. False means: end the connection instead.
func (c *connection) announce(statement string) bool {
	for _, h := range c.proxy.claim(c, statement) {
		if h.phase == AfterExecute {
			c.mu.Lock()
			c.after[c.asked+1] = h
			c.mu.Unlock()
			continue
		}
		if !c.wait(h) {
			return false
		}
	}
	return true
}

// wait holds a statement that was not passed on. A client that ends meanwhile counts as never having sent it, as it would
// have been without us, and Postgres learns at once that it is gone.
func (c *connection) wait(h *Held) (goOn bool) {
	left, watched := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(watched)
		if err := c.lookAhead(); !errors.Is(err, os.ErrDeadlineExceeded) && !errors.Is(err, bufio.ErrBufferFull) {
			close(left)
		}
	}()
	goOn = h.stop(left)
	_ = c.client.SetReadDeadline(time.Unix(1, 0)) // ends the look ahead
	<-watched
	_ = c.client.SetReadDeadline(time.Time{})
	return goOn
}

// lookAhead reads what the client says, without taking it from the buffer, until that fails.
func (c *connection) lookAhead() error {
	for {
		if _, err := c.fromClient.Peek(c.fromClient.Buffered() + 1); err != nil {
			return err
		}
	}
}

// passAnswers keeps back the answer to a held batch until all of it is here and the test lets it go.
func (c *connection) passAnswers() {
	var kept []byte
	for {
		m, err := readMessage(c.fromServer, true)
		if err != nil {
			return
		}
		kept = append(kept, m.raw...)
		held, complete := c.progress(m)
		if held != nil && !complete {
			continue
		}
		if held != nil && !held.stop(c.ended) {
			return
		}
		if _, err := c.client.Write(kept); err != nil {
			return
		}
		kept = kept[:0]
	}
}

// progress says who holds the answer that m belongs to, and whether m is its end.
func (c *connection) progress(m message) (held *Held, complete bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	held = c.after[c.answered+1]
	if m.kind != readyForQueryB {
		return held, false
	}
	c.answered++
	delete(c.after, c.answered)
	if idle := len(m.body) == 1 && m.body[0] == 'I'; idle && c.answered == c.asked {
		clear(c.armed) // the transaction is over, and with it the wait for its COMMIT
	}
	return held, true
}
