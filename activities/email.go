package activities

import (
	"bytes"
	"context"
	"encoding/json"
	netmail "net/mail"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"proactive/schema"
	"proactive/wording"
)

// letter is a mail that is written, and the session in which its server waits for it.
type letter struct {
	server   *mailServer
	from, to string // addresses alone, in angle brackets
	content  []byte
}

// letter writes the mail and dials its server.
func (n *Notify) letter(ctx context.Context, m schema.Notification, l link) (parcel, *undelivered) {
	var config schema.EmailConfig
	if json.Unmarshal(m.Channel.Config, &config) != nil {
		return nil, refused(codeBadChannel, "the channel's settings cannot be read.")
	}
	written, failed := write(m, config, l)
	if failed != nil {
		return nil, failed
	}
	password := ""
	if config.Username != "" {
		placed, failed := n.place(config.Password, nil, n.secrets.to(config.Host, strconv.Itoa(config.Port)))
		if failed != nil {
			return nil, failed
		}
		password, _ = placed.(string)
	}
	written.server, failed = n.dial(ctx, config, password)
	if failed != nil {
		return nil, failed
	}
	return written, nil
}

func (l *letter) send(context.Context) (string, *undelivered) {
	return l.server.take(l.from, l.to, l.content)
}

func (l *letter) drop() { l.server.hangUp() }

// write makes the mail. Addresses are parsed and written anew, so that none can add a header.
func write(m schema.Notification, config schema.EmailConfig, l link) (*letter, *undelivered) {
	from, err := netmail.ParseAddress(config.From)
	if err != nil {
		return nil, refused(codeBadChannel, "the channel's sender is no mail address.")
	}
	to, failed := recipient(m, config)
	if failed != nil {
		return nil, failed
	}
	msg := mail.NewMsg(mail.WithNoDefaultUserAgent())
	msg.FromMailAddress(from)
	msg.ToMailAddress(to)
	if config.ReplyTo != "" {
		replyTo, err := netmail.ParseAddress(config.ReplyTo)
		if err != nil {
			return nil, refused(codeBadChannel, "the channel's address for replies is no mail address.")
		}
		msg.ReplyToMailAddress(replyTo)
	}
	subject, text, html := wording.Mail(m.View, m.Occasion, l.url)
	msg.Subject(subject)
	msg.SetMessageIDWithValue(m.SysID + from.Address[strings.LastIndexByte(from.Address, '@'):])
	msg.SetDateWithValue(time.Now())
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no answering machine answers
	msg.SetBodyString(mail.TypeTextPlain, text)
	msg.AddAlternativeString(mail.TypeTextHTML, html)
	var content bytes.Buffer
	if _, err := msg.WriteTo(&content); err != nil {
		return nil, refused(codeBadChannel, "the mail cannot be written.")
	}
	return &letter{from: path(from), to: path(to), content: content.Bytes()}, nil
}

// path is an address as SMTP wants it: quoted where it has to be, so that none can end early and add a parameter.
func path(a *netmail.Address) string { return (&netmail.Address{Address: a.Address}).String() }

// recipient is whom the channel's audience means.
func recipient(m schema.Notification, config schema.EmailConfig) (*netmail.Address, *undelivered) {
	if m.Channel.Audience == schema.AudienceDesk {
		to, err := netmail.ParseAddress(config.To)
		if err != nil {
			return nil, refused(codeBadChannel, "the channel's recipient is no mail address.")
		}
		return to, nil
	}
	if m.Email == "" {
		return nil, refused(codeNoRecipient, "the person has no mail address.")
	}
	to, err := netmail.ParseAddress(m.Email)
	if err != nil {
		return nil, refused(codeNoRecipient, "the person's mail address is none.")
	}
	return to, nil
}
