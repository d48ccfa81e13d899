package activities

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"proactive/registry"
	"proactive/schema"
)

// sender is how something leaves for another system: to where, how often at once, and with which secrets.
type sender struct {
	transport http.RoundTripper
	hosts     *Hosts
	secrets   secrets
}

func newSender(allow AllowList, hosts *Hosts) sender {
	return sender{transport: allow.transport(), hosts: hosts, secrets: newSecrets(allow)}
}

// signed is a webhook's request, signed as Standard Webhooks has it (github.com/standard-webhooks/standard-webhooks).
type signed struct {
	client  *http.Client
	request *http.Request
	places  *visit
}

// sign makes the request of a webhook, whose settings are those of, and takes a place for it.
func (s sender) sign(config schema.WebhookConfig, of, id string, now time.Time, body []byte) (signed, *undelivered) {
	address, failed := s.hookURL(config, of)
	if failed != nil {
		return signed{}, failed
	}
	request, err := http.NewRequest(http.MethodPost, address, bytes.NewReader(body))
	if err != nil { // its text holds the address, which may be a secret
		return signed{}, refused(codeBadChannel, "the "+of+"'s url is no web address.")
	}
	secret, failed := s.place(config.Secret, nil, s.secrets.toURL(request.URL))
	if failed != nil {
		return signed{}, failed
	}
	key, failed := signingKey(secret)
	if failed != nil {
		return signed{}, failed
	}
	request.Header = http.Header{
		"Content-Type":      {"application/json"},
		"User-Agent":        {userAgent},
		"Webhook-Id":        {id},
		"Webhook-Timestamp": {strconv.FormatInt(now.Unix(), 10)},
		"Webhook-Signature": {signature(key, id, now, body)},
	}
	places := s.hosts.visit()
	if b := places.enter(request.URL); b != nil {
		return signed{}, busy(b)
	}
	return signed{&http.Client{Transport: s.transport, CheckRedirect: stay}, request, places}, nil
}

// hookURL is where the message goes. What a secret holds was seen by nobody when the settings were made, so it is checked here. An address
// that is a secret goes to its own host, and so needs nobody's leave to.
func (s sender) hookURL(config schema.WebhookConfig, of string) (string, *undelivered) {
	placed, failed := s.place(config.URL, nil, s.secrets.find)
	if failed != nil {
		return "", failed
	}
	address, _ := placed.(string)
	if err := registry.CheckHook(address); err != nil {
		return "", refused(codeBadChannel, "the "+of+"'s url "+err.Error()+".")
	}
	return address, nil
}

// stay follows no redirect: what was signed for one address is not for another.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// place puts values and secrets where the marks in a channel's setting ask for them. A refusal names the variable of a secret that is
// not set, or the setting that keeps it from going there.
func (s sender) place(setting json.RawMessage, values map[string]json.RawMessage, secret func(name string) (string, error)) (any, *undelivered) {
	unreadable := refused(codeBadChannel, "the channel's settings cannot be read.")
	d := json.NewDecoder(bytes.NewReader(setting))
	d.UseNumber()
	var decoded any
	if err := d.Decode(&decoded); err != nil {
		return nil, unreadable
	}
	var missing error
	placed, err := registry.Place(decoded, values, func(name string) (value string, err error) {
		value, missing = secret(name)
		return value, missing
	})
	var forbidden *forbiddenError
	switch {
	case errors.As(missing, &forbidden):
		return nil, refused(codeNotAllowed, forbidden.Error())
	case missing != nil:
		return nil, refused(codeNoSecret, missing.Error()+".")
	case err != nil:
		return nil, unreadable
	}
	return placed, nil
}

// signingKey reads whsec_ and the key in base64.
func signingKey(secret any) ([]byte, *undelivered) {
	text, _ := secret.(string)
	encoded, marked := strings.CutPrefix(strings.TrimSpace(text), "whsec_")
	key, err := base64.StdEncoding.DecodeString(encoded)
	if !marked || err != nil || len(key) < leastKey {
		return nil, refused(codeBadChannel, "the webhook's secret is not whsec_ and at least 24 bytes in base64.")
	}
	return key, nil
}

// leastKey is how long a key has to be, in bytes ("between 24 bytes and 64 bytes").
const leastKey = 24

// signature is the value of the header webhook-signature.
func signature(key []byte, id string, at time.Time, body []byte) string {
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%d.%s", id, at.Unix(), body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
