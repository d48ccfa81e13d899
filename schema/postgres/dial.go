package postgres

import (
	"context"
	"net"
	"time"
)

// answerTimeout is how long the server may keep silent: longer than any statement may take, so that silence means that it hangs,
// or that nothing passes between us any more.
const answerTimeout = 12 * time.Second

// dialer makes connections that fail when the server keeps silent. The driver alone would wait for ever: when a context ends it
// asks the server to stop, and then waits for the answer.
type dialer struct {
	net.Dialer
	patience time.Duration // 0 is endless
}

func (d dialer) Dial(network, address string) (net.Conn, error) {
	return d.DialContext(context.Background(), network, address)
}

func (d dialer) DialTimeout(network, address string, timeout time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return d.DialContext(ctx, network, address)
}

func (d dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := d.Dialer.DialContext(ctx, network, address)
	if err != nil || d.patience == 0 {
		return conn, err
	}
	return &impatient{Conn: conn, patience: d.patience}, nil
}

// impatient is a connection on which whatever is asked must be answered in time. Between a question's answer and the next
// question it may be silent for ever.
type impatient struct {
	net.Conn
	patience time.Duration
	until    time.Time // the driver's own deadline, while it connects; zero is none
}

func (c *impatient) SetDeadline(t time.Time) error {
	c.until = t
	return c.Conn.SetDeadline(t)
}

func (c *impatient) Write(b []byte) (int, error) {
	deadline := time.Now().Add(c.patience)
	if !c.until.IsZero() && c.until.Before(deadline) {
		deadline = c.until
	}
	if err := c.Conn.SetDeadline(deadline); err != nil {
		return 0, err
	}
	return c.Conn.Write(b)
}
