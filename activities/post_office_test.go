package activities

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"net"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// postOffice is an SMTP server that counts what it takes, and does at each step what its script says.
type postOffice struct {
	port        int
	certificate *x509.Certificate
	implicit    bool
	encryption  *tls.Config

	mu       sync.Mutex
	script   []onStep // of the first connection, the second and so on; the last one's goes on
	sessions int
	mails    []taken
	open     sync.WaitGroup
	onTaken  func()        // before the answer; nil for nothing
	left     chan struct{} // one for each connection that has ended
}

// onStep says what happens at a step (greeting, EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA, or "." when the mail has come in whole): hang,
// drop, take and hang, take and drop, or what is answered instead.
type onStep map[string]string

const (
	hang        = "hang"
	drop        = "drop"
	takeAndHang = "take and hang"
	takeAndDrop = "take and drop"
)

// taken is a mail.
type taken struct {
	from, to, content, login string
	encrypted                bool
}

func newPostOffice(t *testing.T, implicit bool, script ...onStep) *postOffice {
	t.Helper()
	certified := httptest.NewTLSServer(nil) // for its certificate, of 127.0.0.1
	certified.Close()
	p := &postOffice{certificate: certified.Certificate(), implicit: implicit, script: script, left: make(chan struct{}, 100),
		encryption: &tls.Config{Certificates: certified.TLS.Certificates}}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p.port = listener.Addr().(*net.TCPAddr).Port
	p.open.Go(func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			p.open.Go(func() { p.serve(connection) })
		}
	})
	t.Cleanup(func() {
		listener.Close()
		p.open.Wait()
	})
	return p
}

func (p *postOffice) next() onStep {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sessions++
	if len(p.script) == 0 {
		return onStep{}
	}
	return p.script[min(p.sessions, len(p.script))-1]
}

// came tells how many connections there were, and what was taken.
func (p *postOffice) came() (int, []taken) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.sessions, p.mails
}

// session is one connection.
type session struct {
	net.Conn
	office *postOffice
	does   onStep
	lines  *bufio.Scanner
	mail   taken
}

func (p *postOffice) serve(connection net.Conn) {
	s := &session{Conn: connection, office: p, does: p.next()}
	defer func() {
		s.Conn.Close()
		p.left <- struct{}{}
	}()
	if p.implicit {
		s.encrypt()
	}
	s.lines = bufio.NewScanner(s.Conn)
	if !s.answer("greeting", "220 post.example.com") {
		return
	}
	for s.lines.Scan() {
		command, _, _ := strings.Cut(strings.ToUpper(s.lines.Text()), " ")
		if command == "QUIT" || !s.obey(command, s.lines.Text()) {
			return
		}
	}
}

func (s *session) encrypt() {
	s.Conn = tls.Server(s.Conn, s.office.encryption)
	s.mail.encrypted = true
	s.lines = bufio.NewScanner(s.Conn)
}

func (s *session) obey(command, line string) bool {
	switch command {
	case "EHLO":
		offers := "250-post.example.com\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n"
		if !s.mail.encrypted {
			offers += "250-STARTTLS\r\n"
		}
		return s.answer(command, offers+"250 AUTH LOGIN PLAIN")
	case "STARTTLS":
		if s.answer(command, "220 go ahead") {
			s.encrypt()
			return true
		}
		return false
	case "AUTH":
		login, _ := base64.StdEncoding.DecodeString(line[strings.LastIndexByte(line, ' ')+1:])
		s.mail.login = strings.ReplaceAll(string(login), "\x00", " ")
		return s.answer(command, "235 welcome")
	case "MAIL":
		s.mail.from = line
		return s.answer(command, "250 yes")
	case "RCPT":
		s.mail.to = line
		return s.answer(command, "250 yes")
	case "DATA":
		return s.answer(command, "354 go on") && (s.does[command] != "" || s.read())
	}
	return s.answer(command, "250 yes")
}

// read takes the mail in, up to its dot.
func (s *session) read() bool {
	var content strings.Builder
	for s.lines.Scan() && s.lines.Text() != "." {
		content.WriteString(strings.TrimPrefix(s.lines.Text(), ".") + "\r\n")
	}
	if s.lines.Text() != "." {
		return false
	}
	s.mail.content = content.String()
	if does := s.does["."]; does == "" || does == takeAndHang || does == takeAndDrop {
		s.office.mu.Lock()
		s.office.mails = append(s.office.mails, s.mail)
		s.office.mu.Unlock()
		if s.office.onTaken != nil {
			s.office.onTaken()
		}
	}
	return s.answer(".", "250 taken")
}

// answer does what the script says at a step, else it answers; false ends the session.
func (s *session) answer(step, usual string) bool {
	switch does := s.does[step]; does {
	case "":
		_, err := fmt.Fprint(s.Conn, usual+"\r\n")
		return err == nil
	case hang, takeAndHang:
		for s.lines.Scan() { // until the other end gives up
		}
		return false
	case drop, takeAndDrop:
		return false
	default:
		_, err := fmt.Fprint(s.Conn, does+"\r\n")
		return err == nil
	}
}

func (p *postOffice) config(encryption string) string {
	return `{"host":"127.0.0.1","port":` + strconv.Itoa(p.port) + `,"tls":"` + encryption + `","from":"IT <it@example.com>","reply_to":"desk@example.com"}`
}
