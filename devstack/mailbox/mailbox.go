package mailbox

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
	"golang.org/x/net/netutil"
)

// Mailbox is an SMTP server that takes every mail, and a page that shows them.
type Mailbox struct {
	arrived func(Message)
	smtp    *smtp.Server
	mails   net.Listener
	page    *http.Server
	pages   net.Listener
	serving sync.WaitGroup

	mu   sync.Mutex
	kept []Message // oldest first
	last int       // id of the newest
}

// keep is how many messages are kept; the oldest make room.
const keep = 200

// most is how many connections each of the two servers has at once; further ones wait.
const most = 64

// Open starts a mailbox whose page is at pageAddress, HOST:PORT, and which takes mail on a free port. arrived is told of every message
// and must not wait.
func Open(pageAddress string, arrived func(Message)) (*Mailbox, error) {
	pages, err := listen(pageAddress)
	if err != nil {
		return nil, err
	}
	mails, err := listen("127.0.0.1:0")
	if err != nil {
		pages.Close()
		return nil, err
	}
	m := &Mailbox{arrived: arrived, mails: mails, pages: pages}
	m.smtp, m.page = m.smtpServer(), m.pageServer()
	m.serving.Go(func() { m.smtp.Serve(mails) }) //nolint:errcheck // it ends with Close
	m.serving.Go(func() { m.page.Serve(pages) }) //nolint:errcheck // it ends with Close
	return m, nil
}

func listen(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("start the mailbox: %w", err)
	}
	if !l.Addr().(*net.TCPAddr).IP.IsLoopback() {
		l.Close()
		return nil, fmt.Errorf("start the mailbox: %s is no loopback address, and whoever reads the mails can click their links", address)
	}
	return netutil.LimitListener(l, most), nil
}

// Close ends both servers and whatever they are at.
func (m *Mailbox) Close() error {
	err := errors.Join(m.smtp.Close(), m.page.Close())
	m.mails.Close() // once more: a server that has not begun does not know its listener
	m.serving.Wait()
	return err
}

// URL is where the page is.
func (m *Mailbox) URL() string { return "http://" + m.pages.Addr().String() }

// SMTPAddress is where mail is taken, HOST:PORT, and SMTPPort its port alone.
func (m *Mailbox) SMTPAddress() string { return m.mails.Addr().String() }

func (m *Mailbox) SMTPPort() string {
	_, port, _ := net.SplitHostPort(m.SMTPAddress())
	return port
}

// Show puts a message on the page as one that stands on the screen of a device. An empty link is none.
func (m *Mailbox) Show(device, title, text, link string) {
	m.add(Message{Device: line(device), Subject: line(title), Text: readable([]byte(text)), Links: webLinks(link)})
}

// add keeps a message and tells of it.
func (m *Mailbox) add(message Message) { m.arrived(m.keeps(message)) }

// keeps gives a message its number, time and page, and drops what is too much.
func (m *Mailbox) keeps(message Message) Message {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.last++
	message.ID, message.At, message.Page = m.last, time.Now(), m.URL()+"/"
	if message.IsMail() {
		message.Page += fmt.Sprintf("mail/%d", message.ID)
	}
	m.kept = append(m.kept, message)
	if extra := len(m.kept) - keep; extra > 0 {
		m.kept = append([]Message(nil), m.kept[extra:]...)
	}
	return message
}

// messages are those kept for which wanted is true, newest first.
func (m *Mailbox) messages(wanted func(Message) bool) []Message {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := []Message{}
	for i := len(m.kept) - 1; i >= 0; i-- {
		if wanted(m.kept[i]) {
			all = append(all, m.kept[i])
		}
	}
	return all
}
