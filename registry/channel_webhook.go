package registry

import (
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"

	"proactive/schema"
)

func (o *object) webhook(audience schema.Audience) schema.WebhookConfig {
	w := schema.WebhookConfig{
		URL:      o.hookURL(),
		Secret:   o.secretMark("secret"),
		Template: o.json("template"),
	}
	if !o.has("secret") {
		o.report("secret", "is missing: what is sent is signed with it; write {$secret: NAME} and set %sNAME", SecretPrefix)
	}
	if w.Template != nil {
		o.checkTemplate(w.Template, audience)
	}
	return w
}

// hookURL is an address, or the mark of one that is a secret itself, as that of many a chat's receivers is.
func (o *object) hookURL() json.RawMessage {
	if n := o.value("url"); n != nil && kindOf(n) == "an object" {
		return o.secretMark("url")
	}
	address := o.required("url")
	if !o.r.reportedAt(o.at("url")) {
		if err := CheckHook(address); err != nil {
			o.report("url", "%s", err)
		}
	}
	return quoted(address)
}

// CheckHook says in a sentence why messages cannot be posted to an address.
func CheckHook(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil, u.Hostname() == "", u.Scheme != "https" && u.Scheme != "http", u.User != nil:
		return errors.New("must be an absolute address that begins with https://, without user and password")
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return errors.New("must begin with https://, as it carries links that act for a person: http:// is for this machine alone (127.0.0.1, ::1 or localhost)")
	}
	return nil
}

// linkValue is the value without which nobody can answer.
const linkValue = "link"

// checkTemplate reports names that no message has a value for, and secrets.
func (o *object) checkTemplate(template json.RawMessage, audience schema.Audience) {
	value, err := decode(template)
	if err != nil {
		return // reported where it was read
	}
	linked := false
	walk(value, "", func(path, name string, value any) {
		switch v := value.(type) {
		case map[string]any:
			switch mark, name, err := markIn(v); {
			case err != nil:
				o.report("template", "%s%s", placed(path), err)
			case mark == secretMark:
				o.report("template", "%sa secret is not sent in a message: remove it", placed(path))
			case mark == inputMark && !slices.Contains(schema.WebhookValues(), name):
				o.report("template", "%sthere is no value %q: use one of %s", placed(path), name, strings.Join(schema.WebhookValues(), ", "))
			default:
				linked = linked || name == linkValue
			}
		case string:
			if looksSecret(name, v) {
				o.report("template", "%slooks like a secret, which is not sent in a message: remove it", placed(path))
			}
		}
	})
	if !linked && audience == schema.AudiencePerson && !o.r.reportedAt(o.at("template")) {
		o.warn("template", "has no {$input: %s}: whoever reads the message has no way to answer", linkValue)
	}
}
