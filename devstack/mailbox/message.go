package mailbox

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"strings"
	"time"
	"unicode"
)

// Message is a mail, or what stands on the screen of a device.
type Message struct {
	ID      int       `json:"id"`
	At      time.Time `json:"at"`
	Page    string    `json:"page"`             // URL of where it is shown
	Device  string    `json:"device,omitempty"` // whose screen; "" is a mail
	From    string    `json:"from"`
	To      []string  `json:"to"` // who gets it, whatever the header says
	Subject string    `json:"subject"`
	Text    string    `json:"text"`
	HTML    string    `json:"html"`
	Links   []string  `json:"links"` // to the web, of the text and then of the HTML, each once
}

// IsMail tells a mail from a message on a screen.
func (m Message) IsMail() bool { return m.Device == "" }

// readMail reads a mail as well as it can be read: one that is broken is shown as the text that it is.
func readMail(raw []byte, from string, to []string) Message {
	m := Message{From: line(from), Subject: "(no subject)"}
	for _, recipient := range to {
		m.To = append(m.To, line(recipient))
	}
	message, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		m.Text = readable(raw)
		m.Links = webLinks(m.Text)
		return m
	}
	m.From = cmp.Or(sender(message.Header), m.From)
	m.Subject = cmp.Or(header(message.Header, "Subject"), m.Subject)
	body, _ := io.ReadAll(message.Body) // from memory
	var found parts
	found.collect(textproto.MIMEHeader(message.Header), bytes.NewReader(body), 0)
	if found.text == "" && found.html == "" {
		found.text = readable(body)
	}
	m.Text, m.HTML = found.text, found.html
	m.Links = webLinks(m.Text, hrefs(m.HTML)...)
	return m
}

// sender is who a mail says that it comes from: a name and an address where it has both.
func sender(h mail.Header) string {
	from, err := h.AddressList("From")
	if err != nil || len(from) != 1 || from[0].Name == "" {
		return header(h, "From")
	}
	return line(from[0].Name + " <" + from[0].Address + ">")
}

// header is a field in plain letters.
func header(h mail.Header, name string) string {
	written := h.Get(name)
	if text, err := new(mime.WordDecoder).DecodeHeader(written); err == nil {
		written = text
	}
	return line(written)
}

// parts collects the first text and the first HTML of a mail.
type parts struct {
	text, html string
	seen       int
}

// The bounds of a mail's inside.
const (
	deepest   = 8
	mostParts = 100
)

func (p *parts) collect(header textproto.MIMEHeader, body io.Reader, depth int) {
	p.seen++
	if p.seen > mostParts || depth > deepest || strings.HasPrefix(strings.ToLower(header.Get("Content-Disposition")), "attachment") {
		return
	}
	kind, parameters, _ := mime.ParseMediaType(cmp.Or(header.Get("Content-Type"), "text/plain"))
	switch {
	case strings.HasPrefix(kind, "multipart/") && parameters["boundary"] != "":
		inside := multipart.NewReader(body, parameters["boundary"])
		for p.seen <= mostParts {
			part, err := inside.NextRawPart()
			if err != nil {
				return
			}
			p.collect(part.Header, part, depth+1)
		}
	case kind == "text/html" && p.html == "":
		p.html = readable(decoded(header, body))
	case kind == "text/plain" && p.text == "":
		p.text = readable(decoded(header, body))
	}
}

// decoded undoes the transfer encoding, up to where that is broken.
func decoded(header textproto.MIMEHeader, body io.Reader) []byte {
	switch strings.ToLower(strings.TrimSpace(header.Get("Content-Transfer-Encoding"))) {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	content, _ := io.ReadAll(body)
	return content
}

// readable is text in UTF-8, with the line ends of a page. Another character set shows as the signs that it has in common.
func readable(text []byte) string {
	return strings.ToValidUTF8(strings.ReplaceAll(string(text), "\r\n", "\n"), "\uFFFD")
}

// longestLine bounds what is shown of a header, in characters.
const longestLine = 500

// line is text as one line, without characters that a terminal or a page would obey.
func line(text string) string {
	plain := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
	letters := []rune(strings.TrimSpace(plain))
	if len(letters) > longestLine {
		letters = append(letters[:longestLine-1], '…')
	}
	return string(letters)
}
