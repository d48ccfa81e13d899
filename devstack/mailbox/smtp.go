package mailbox

import (
	"io"
	"log"
	"time"

	"github.com/emersion/go-smtp"
)

// largest bounds a mail, in bytes.
const largest = 1 << 20

func (m *Mailbox) smtpServer() *smtp.Server {
	s := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{box: m}, nil }))
	s.Domain = "localhost"
	s.MaxMessageBytes = largest
	s.MaxRecipients = 50
	s.ReadTimeout = 30 * time.Second // of a command, and of the whole of a mail
	s.WriteTimeout = 10 * time.Second
	s.EnableSMTPUTF8 = true
	s.ErrorLog = log.New(io.Discard, "", 0) // what a client does wrong it is told itself
	return s
}

// session is one connection, on which one mail comes after the other.
type session struct {
	box  *Mailbox
	from string
	to   []string
}

// Mail begins a mail.
func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.from = from
	return nil
}

// Rcpt takes every recipient.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = append(s.to, to)
	return nil
}

// Data takes the mail itself; the server says no to one that is too large.
func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.box.add(readMail(raw, s.from, s.to))
	return nil
}

// Reset forgets a mail that is not finished, or was.
func (s *session) Reset() { s.from, s.to = "", nil }

// Logout ends the connection.
func (s *session) Logout() error { return nil }
