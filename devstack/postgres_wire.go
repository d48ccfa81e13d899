package devstack

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"time"
)

// A PostgresError is an error that the server reported.
type PostgresError struct {
	Code    string // SQLSTATE
	Message string
}

func (e PostgresError) Error() string {
	return fmt.Sprintf("postgres: %s (SQLSTATE %s)", e.Message, e.Code)
}

// query runs one statement whose rows nobody needs. It speaks the protocol itself: the driver belongs to schema/postgres, and
// a downloaded Postgres has neither psql nor createdb.
func (p *Postgres) query(ctx context.Context, database, sql string) error {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", address(p.port))
	if err != nil {
		return err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()

	startup := fmt.Sprintf("\x00\x03\x00\x00user\x00%s\x00database\x00%s\x00\x00", superuser, database)
	if err := send(conn, 0, startup); err != nil {
		return err
	}
	if err := p.untilReady(conn); err != nil {
		return err
	}
	if err := send(conn, 'Q', sql+"\x00"); err != nil {
		return err
	}
	if err := p.untilReady(conn); err != nil {
		return err
	}
	return send(conn, 'X', "")
}

// send writes one message; the first of a connection has no kind.
func send(w io.Writer, kind byte, body string) error {
	var message []byte
	if kind != 0 {
		message = append(message, kind)
	}
	message = binary.BigEndian.AppendUint32(message, uint32(len(body)+4))
	_, err := w.Write(append(message, body...))
	return err
}

// untilReady reads until the server waits for the next statement, gives the password when asked and returns the first error.
func (p *Postgres) untilReady(conn net.Conn) error {
	for {
		var head [5]byte
		if _, err := io.ReadFull(conn, head[:]); err != nil {
			return err
		}
		body := make([]byte, binary.BigEndian.Uint32(head[1:])-4)
		if _, err := io.ReadFull(conn, body); err != nil {
			return err
		}
		switch head[0] {
		case 'E':
			return serverError(body)
		case 'Z':
			return nil
		case 'R':
			if err := p.authenticate(conn, binary.BigEndian.Uint32(body)); err != nil {
				return err
			}
		}
	}
}

func (p *Postgres) authenticate(conn net.Conn, method uint32) error {
	switch method {
	case 0: // done
		return nil
	case 3: // the password itself
		return send(conn, 'p', p.password+"\x00")
	}
	return fmt.Errorf("postgres asks for authentication method %d; expected 'password' in pg_hba.conf", method)
}

func serverError(body []byte) error {
	var e PostgresError
	for field := range bytes.SplitSeq(body, []byte{0}) {
		if len(field) == 0 {
			break
		}
		switch field[0] {
		case 'C':
			e.Code = string(field[1:])
		case 'M':
			e.Message = string(field[1:])
		}
	}
	return e
}
