package pgproxy

import (
	"bufio"
	"errors"
	"os"
	"time"
)

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
