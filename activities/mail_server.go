package activities

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/textproto"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode"

	"github.com/wneessen/go-mail/smtp"

	"proactive/schema"
)

// mailServer is a session with an SMTP server. It ends when its time is over, wherever the server hangs.
type mailServer struct {
	host   string
	client *smtp.Client
	stop   func() bool // the clock
	leave  func()
}

// dial opens a session, encrypts it as the channel asks for and logs in. Nothing has been asked for yet, so all of it may be
// repeated; it leaves time to tell so. The session lasts to the deadline of ctx, also when this process stops meanwhile: a mail that is
// cut off at its end may have been taken.
func (n *Notify) dial(ctx context.Context, config schema.EmailConfig, password string) (*mailServer, *undelivered) {
	leave, b := n.config.Hosts.Enter(net.JoinHostPort(canonical(config.Host), strconv.Itoa(config.Port)))
	if b != nil {
		return nil, busy(b)
	}
	s := &mailServer{host: config.Host, leave: leave}
	if failed := n.open(ctx, s, config, password); failed != nil {
		leave()
		return nil, failed
	}
	return s, nil
}

// open does it within the time of ctx.
func (n *Notify) open(ctx context.Context, s *mailServer, config schema.EmailConfig, password string) *undelivered {
	dialling, done := leaveTimeToTell(ctx)
	defer done()
	connection, err := n.connect(dialling, config)
	if err != nil {
		return s.unreachable(err)
	}
	hangUp := func() { connection.Close() }
	s.stop = context.AfterFunc(dialling, hangUp)
	if failed := s.begin(connection, config, password, n.roots); failed != nil {
		s.stop()
		hangUp()
		return failed
	}
	if !s.stop() {
		return s.failed("login", net.ErrClosed)
	}
	lasts := time.Minute
	if deadline, has := ctx.Deadline(); has {
		lasts = time.Until(deadline)
	}
	s.stop = time.AfterFunc(lasts, hangUp).Stop
	return nil
}

// connect opens a connection to where mail may go, and without encryption to this computer only.
func (n *Notify) connect(ctx context.Context, config schema.EmailConfig) (net.Conn, error) {
	port := strconv.Itoa(config.Port)
	address := net.JoinHostPort(config.Host, port)
	if err := n.config.SMTP.checkHost(config.Host, port, address); err != nil {
		return nil, err
	}
	dialer := &net.Dialer{Timeout: 5 * time.Second, Control: func(network, address string, c syscall.RawConn) error {
		if to, err := netip.ParseAddrPort(address); config.TLS == schema.TLSNone && (err != nil || !to.Addr().Unmap().IsLoopback()) {
			return &forbiddenError{"Without encryption mail goes to this computer only."}
		}
		return n.config.SMTP.checkAddress(network, address, c)
	}}
	connection, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return &sparing{Conn: connection, left: maxSaid}, nil
}

// begin introduces us, encrypts and logs in.
func (s *mailServer) begin(connection net.Conn, config schema.EmailConfig, password string, roots *x509.CertPool) (failed *undelivered) {
	encryption := &tls.Config{ServerName: config.Host, RootCAs: roots, MinVersion: tls.VersionTLS12}
	if config.TLS == schema.TLSImplicit {
		connection = tls.Client(connection, encryption)
	}
	var err error
	if s.client, err = smtp.NewClient(connection, config.Host); err != nil {
		return s.failed("greeting", err)
	}
	name, _ := os.Hostname()
	if err := s.client.Hello(cmp.Or(name, "localhost")); err != nil {
		return s.failed("sign-on", err)
	}
	switch config.TLS {
	case schema.TLSStart:
		failed = s.encrypt(encryption)
	case schema.TLSImplicit, schema.TLSNone:
	default:
		failed = refused(codeBadChannel, "the channel's tls is not one that is known.")
	}
	if failed == nil && config.Username != "" {
		failed = s.login(config.Username, password)
	}
	return failed
}

func (s *mailServer) encrypt(encryption *tls.Config) *undelivered {
	if offered, _ := s.client.Extension("STARTTLS"); !offered {
		return refused(codeBadChannel, s.host+" does not offer STARTTLS, which the channel asks for.")
	}
	if err := s.client.StartTLS(encryption); err != nil {
		return s.failed("encryption", err)
	}
	return nil
}

func (s *mailServer) login(username, password string) *undelivered {
	way := s.wayIn(username, password)
	if way == nil {
		return refused(codeBadChannel, s.host+" offers no login with a password that is known here.")
	}
	if err := s.client.Auth(way); err != nil {
		return s.failed("login", err)
	}
	return nil
}

// wayIn chooses among the server's ways to check a password; nil when none is known. Those that show it work over an encrypted
// connection, or on this computer.
func (s *mailServer) wayIn(username, password string) smtp.Auth {
	_, offered := s.client.Extension("AUTH")
	for _, way := range []struct {
		name string
		auth smtp.Auth
	}{
		{"SCRAM-SHA-256", smtp.ScramSHA256Auth(username, password)},
		{"PLAIN", smtp.PlainAuth("", username, password, s.host, false)},
		{"LOGIN", smtp.LoginAuth(username, password, s.host, false)},
		{"CRAM-MD5", smtp.CRAMMD5Auth(username, password)},
	} {
		for name := range strings.FieldsSeq(offered) {
			if strings.EqualFold(name, way.name) {
				return way.auth
			}
		}
	}
	return nil
}

// take hands the mail over. Until the dot that ends it has left, the server has not taken it.
func (s *mailServer) take(from, to string, content []byte) (taken string, failed *undelivered) {
	s.client.SkipSMTPUTF8(isASCII(from + to)) // else a server on the way that lacks it sends the mail back
	if err := s.client.Mail(from); err != nil {
		return "", s.failed("sender", err)
	}
	if err := s.client.Rcpt(to); err != nil {
		return "", s.failed("recipient", err)
	}
	data, err := s.client.Data()
	if err == nil {
		_, err = data.Write(content)
	}
	if err != nil {
		return "", s.failed("mail", err)
	}
	if err := data.Close(); err != nil {
		return "", s.unheard(err)
	}
	s.client.Text.PrintfLine("QUIT") //nolint:errcheck // politeness; the mail is taken
	return s.host + " has taken it.", nil
}

func isASCII(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r > unicode.MaxASCII })
}

// hangUp closes the connection without another word: a command in the middle of a mail would end and so deliver it.
func (s *mailServer) hangUp() {
	s.stop()
	s.client.Close() //nolint:errcheck
	s.leave()
}

// unreachable tells a connection that may not be from one that cannot be.
func (s *mailServer) unreachable(err error) *undelivered {
	if forbidden := (*forbiddenError)(nil); errors.As(err, &forbidden) {
		return refused(codeNotAllowed, forbidden.Error())
	}
	return &undelivered{code: codeNotReached, sentence: s.host + " could not be reached."}
}

// failed tells at which step the session ended, and how. Of what the server said only the number is kept: its text may name people.
func (s *mailServer) failed(step string, err error) *undelivered {
	var answer *textproto.Error
	var certificate *tls.CertificateVerificationError
	var unknown x509.UnknownAuthorityError
	switch {
	case errors.As(err, &answer):
		return &undelivered{code: codeNotTaken, final: answer.Code/100 == 5, sentence: fmt.Sprintf("%s answered %d to the %s.", s.host, answer.Code, step)}
	case errors.As(err, &certificate), errors.As(err, &unknown):
		return &undelivered{code: codeNotTaken, sentence: s.host + " shows no certificate that can be trusted."}
	case errors.Is(err, net.ErrClosed): // by us, when the time was over
		return &undelivered{code: codeNotTaken, sentence: fmt.Sprintf("%s did not answer in time to the %s.", s.host, step)}
	}
	return &undelivered{code: codeNotTaken, sentence: fmt.Sprintf("%s broke off at the %s.", s.host, step)}
}

// unheard is failed once the whole mail has left: without an answer that refuses it nobody knows.
func (s *mailServer) unheard(err error) *undelivered {
	u := s.failed("mail", err)
	if answer := (*textproto.Error)(nil); !errors.As(err, &answer) || answer.Code < 400 {
		u.code = NoAnswer
	}
	return u
}

// maxSaid is how much a server may say in one session, in bytes.
const maxSaid = 1 << 20

// sparing is a connection that reads only so much.
type sparing struct {
	net.Conn
	left int64
}

func (s *sparing) Read(p []byte) (int, error) {
	if s.left <= 0 {
		return 0, io.ErrUnexpectedEOF
	}
	n, err := s.Conn.Read(p[:min(int64(len(p)), s.left)])
	s.left -= int64(n)
	return n, err
}
