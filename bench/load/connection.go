// Package load sends requests over a fixed number of connections and keeps how long each took. Its client does as little as
// possible, because it shares the processors with what it measures.
package load

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// patience is how long an answer may take.
const patience = 60 * time.Second

// connection is one that stays open and carries one request at a time.
type connection struct {
	net.Conn
	answers *bufio.Reader
}

func dial(ctx context.Context, address string) (*connection, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return &connection{c, bufio.NewReader(c)}, nil
}

// send sends a request and reads the whole answer.
func (c *connection) send(request []byte) (status int, body []byte, err error) {
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		return 0, nil, err
	}
	if _, err := c.Write(request); err != nil {
		return 0, nil, err
	}
	answer, err := http.ReadResponse(c.answers, nil)
	if err != nil {
		return 0, nil, err
	}
	defer answer.Body.Close()
	body, err = io.ReadAll(answer.Body)
	return answer.StatusCode, body, err
}

// Once sends one request on a connection of its own; an answer that is no 200 or 204 is an error.
func Once(ctx context.Context, address string, request []byte) ([]byte, error) {
	c, err := dial(ctx, address)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	status, body, err := c.send(request)
	if err == nil && status != http.StatusOK && status != http.StatusNoContent {
		err = fmt.Errorf("%d %s", status, body)
	}
	return body, err
}
