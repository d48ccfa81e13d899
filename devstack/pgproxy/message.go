package pgproxy

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
)

// Kinds of messages, named as in the chapter "Message Formats" of Postgres's manual. F are the client's, B the server's.
const (
	queryF, parseF, bindF, executeF, syncF, flushF = 'Q', 'P', 'B', 'E', 'S', 'H'
	readyForQueryB                                 = 'Z'
)

// Codes in place of a protocol version, by which a client asks for encryption first.
const sslRequest, gssEncRequest = 80877103, 80877104

const longest = 256 << 20 // of a message; more means that the stream is not understood

// A message is one unit of the protocol as it came. Kind is 0 for the first of a connection, which has none.
type message struct {
	kind byte
	raw  []byte
	body []byte
}

func readMessage(r io.Reader, hasKind bool) (message, error) {
	head := make([]byte, 4, 5)
	if hasKind {
		head = head[:5]
	}
	if _, err := io.ReadFull(r, head); err != nil {
		return message{}, err
	}
	size := int(binary.BigEndian.Uint32(head[len(head)-4:])) - 4
	if size < 0 || size > longest {
		return message{}, fmt.Errorf("a message of %d bytes: this is not Postgres's protocol", size)
	}
	m := message{raw: append(head, make([]byte, size)...)}
	if hasKind {
		m.kind = head[0]
	}
	m.body = m.raw[len(m.raw)-size:]
	_, err := io.ReadFull(r, m.body)
	return m, err
}

// asksForEncryption reports whether a first message is no startup but a question that is answered with one byte.
func (m message) asksForEncryption() bool {
	if len(m.body) != 4 {
		return false
	}
	code := binary.BigEndian.Uint32(m.body)
	return code == sslRequest || code == gssEncRequest
}

// words splits the zero-terminated strings off the front of the body.
func (m message) words(n int) []string {
	words := make([]string, n)
	rest := m.body
	for i := range words {
		word, after, _ := bytes.Cut(rest, []byte{0})
		words[i], rest = string(word), after
	}
	return words
}
