package journey

import (
	"bufio"
	"fmt"
	"net"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// mailServer is an SMTP server that can misbehave.
type mailServer struct {
	port string

	mu    sync.Mutex
	how   mailManner
	tried int
	mails []string      // those that it has taken to their end, whether it could say so or not
	taken chan struct{} // a mail has arrived and is not answered yet, while it hesitates
}

type mailManner string

const (
	takes      mailManner = "takes"
	postpones  mailManner = "postpones" // 451: come back later
	hangs      mailManner = "hangs"     // says nothing
	drops      mailManner = "drops"     // takes the mail, and hangs up without a word
	hesitates  mailManner = "hesitates" // takes the mail, and keeps the answer for itself
	unknownBox mailManner = "unknown"   // 550: there is no such mailbox
)

func newMailServer(t *testing.T, how mailManner) *mailServer {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { listener.Close() })
	s := &mailServer{port: port(listener.Addr().String()), how: how, taken: make(chan struct{}, 100)}
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { connection.Close() })
			go s.serve(connection)
		}
	}()
	return s
}

func (s *mailServer) behaves(how mailManner) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.how = how
}

func (s *mailServer) begins() mailManner {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tried++
	return s.how
}

func (s *mailServer) seen() (tried int, mails []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tried, append([]string(nil), s.mails...)
}

// link waits for the one mail and gives the link in it.
func (s *mailServer) link(t *testing.T) string {
	t.Helper()
	var mails []string
	eventually(t, "a mail arrives", func() bool {
		_, mails = s.seen()
		return len(mails) > 0
	})
	require.Len(t, mails, 1)
	link := regexp.MustCompile(`http://help\.example\.com/help/[A-Za-z0-9_-]+`).FindString(mails[0])
	require.NotEmpty(t, link, mails[0])
	return link
}

// serve speaks SMTP as far as its manners go.
func (s *mailServer) serve(c net.Conn) {
	how := s.begins()
	if how == hangs {
		return // open, and silent
	}
	defer c.Close()
	say := func(line string) { fmt.Fprint(c, line+"\r\n") } //nolint:errcheck // who hung up hears nothing
	say("220 mail.example.com")
	lines := bufio.NewScanner(c)
	for lines.Scan() {
		switch verb := strings.ToUpper(strings.Fields(lines.Text() + " .")[0]); {
		case verb == "MAIL" && how == postpones:
			say("451 come back later")
		case verb == "RCPT" && how == unknownBox:
			say("550 no such mailbox")
		case verb == "DATA":
			say("354 go on")
			mail := readMail(lines)
			s.mu.Lock()
			s.mails = append(s.mails, mail)
			s.mu.Unlock()
			switch how {
			case drops:
				return
			case hesitates:
				s.taken <- struct{}{}
				lines.Scan() // until the other side hangs up
				return
			}
			say("250 taken")
		case verb == "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

func readMail(lines *bufio.Scanner) string {
	var mail strings.Builder
	for lines.Scan() && lines.Text() != "." {
		mail.WriteString(lines.Text() + "\n")
	}
	return mail.String()
}
