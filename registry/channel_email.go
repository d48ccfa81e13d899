package registry

import (
	"net/mail"
	"net/netip"
	"regexp"
	"strings"

	"proactive/schema"
)

// The usual ports of an SMTP server that takes mail for others.
const (
	submissionPort  = 587
	submissionsPort = 465 // for TLS from the first byte
	maxPort         = 65535
)

func (o *object) email(audience schema.Audience) schema.EmailConfig {
	e := schema.EmailConfig{
		Host:     o.host("host"),
		TLS:      o.oneOf("tls", schema.TLSStart, schema.TLSImplicit, schema.TLSNone),
		Username: o.text("username"),
		Password: o.secretMark("password"),
		From:     o.address("from"),
		ReplyTo:  o.address("reply_to"),
		To:       o.address("to"),
	}
	e.Port = o.number("port", usualPort(e.TLS), 1, maxPort)
	o.checkEmail(e, audience)
	return e
}

func usualPort(tls string) int {
	if tls == schema.TLSImplicit {
		return submissionsPort
	}
	return submissionPort
}

func (o *object) checkEmail(e schema.EmailConfig, audience schema.Audience) {
	if e.TLS == schema.TLSNone && !isLoopback(e.Host) && !o.r.reportedAt(o.at("host")) {
		o.report("tls", "none sends everything in the clear, which is for a server on this machine alone (127.0.0.1, ::1 or localhost): use starttls or implicit")
	}
	if !o.has("from") {
		o.report("from", "is missing: give it the address that mails come from")
	}
	switch {
	case e.Username != "" && !o.has("password"):
		o.report("password", "is missing beside username: write {$secret: NAME} and set %sNAME", SecretPrefix)
	case e.Username == "" && e.Password != nil:
		o.report("username", "is missing beside password: give it a value, or remove password")
	}
	switch {
	case audience == schema.AudienceDesk && !o.has("to"):
		o.report("to", "is missing: give it the address of the desk")
	case audience != schema.AudienceDesk && o.has("to"):
		o.report("to", "is for a channel with audience desk: a person is written to at the address of their own record; remove it")
	}
}

var hostName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*\.?$`)

// host is the name or the IP address of a machine.
func (o *object) host(name string) string {
	host := o.required(name)
	if _, err := netip.ParseAddr(host); err != nil && !hostName.MatchString(host) && !o.r.reportedAt(o.at(name)) {
		o.report(name, "must be the name or IP address of a machine, such as smtp.example.com, without scheme and port")
	}
	return host
}

// address is one address of mail, with a name or without; "" when it is absent.
func (o *object) address(name string) string {
	text := o.text(name)
	if !o.has(name) || o.r.reportedAt(o.at(name)) {
		return text
	}
	if _, err := mail.ParseAddress(text); err != nil || strings.ContainsAny(text, "\r\n") {
		o.report(name, "must be one address, like desk@example.com or Service Desk <desk@example.com>")
	}
	return text
}
