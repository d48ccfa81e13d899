package activities

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"proactive/registry"
	"proactive/schema"
	"proactive/wording"
)

// call is a webhook's request, signed as Standard Webhooks has it (github.com/standard-webhooks/standard-webhooks).
type call struct {
	client  *http.Client
	request *http.Request
	places  *visit
}

// call makes the request, and takes a place for it.
func (n *Notify) call(m schema.Notification, l link) (parcel, *undelivered) {
	var config schema.WebhookConfig
	if json.Unmarshal(m.Channel.Config, &config) != nil {
		return nil, refused(codeBadChannel, "the channel's settings cannot be read.")
	}
	address, failed := n.hookURL(config)
	if failed != nil {
		return nil, failed
	}
	secret, failed := n.place(config.Secret, nil)
	if failed != nil {
		return nil, failed
	}
	key, failed := signingKey(secret)
	if failed != nil {
		return nil, failed
	}
	now := time.Now()
	body, failed := n.document(m, config.Template, l, now)
	if failed != nil {
		return nil, failed
	}
	request, err := http.NewRequest(http.MethodPost, address, bytes.NewReader(body))
	if err != nil { // its text holds the address, which may be a secret
		return nil, refused(codeBadChannel, "the channel's url is no web address.")
	}
	request.Header = http.Header{
		"Content-Type":      {"application/json"},
		"User-Agent":        {userAgent},
		"Webhook-Id":        {m.SysID},
		"Webhook-Timestamp": {strconv.FormatInt(now.Unix(), 10)},
		"Webhook-Signature": {signature(key, m.SysID, now, body)},
	}
	places := n.config.Hosts.visit()
	if b := places.enter(request.URL); b != nil {
		return nil, busy(b)
	}
	return call{&http.Client{Transport: n.webhook, CheckRedirect: stay}, request, places}, nil
}

// hookURL is where the message goes. What a secret holds was seen by nobody when the channel was made, so it is checked here.
func (n *Notify) hookURL(config schema.WebhookConfig) (string, *undelivered) {
	placed, failed := n.place(config.URL, nil)
	if failed != nil {
		return "", failed
	}
	address, _ := placed.(string)
	if err := registry.CheckHook(address); err != nil {
		return "", refused(codeBadChannel, "the channel's url "+err.Error()+".")
	}
	return address, nil
}

// stay follows no redirect: what was signed for one address is not for another.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

func (c call) send(ctx context.Context) (string, *undelivered) {
	a := exchange(c.client, c.request.WithContext(ctx))
	switch {
	case a.code != "":
		return "", &undelivered{code: a.code, sentence: a.detail, final: a.final}
	case a.status/100 == 2:
		return fmt.Sprintf("%s answered %d.", a.host, a.status), nil
	}
	return "", &undelivered{code: codeBadStatus, sentence: fmt.Sprintf("%s answered %d.", a.host, a.status), final: !passing(a.status)}
}

func (c call) drop() { c.places.end() }

// passing tells whether a status that is no success may be another one the next time.
func passing(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	}
	return status >= 500
}

// document is what is sent: the channel's template with values in their places, or all values.
func (n *Notify) document(m schema.Notification, template json.RawMessage, l link, now time.Time) ([]byte, *undelivered) {
	values := wording.Values(m.View, m.Occasion, l.url)
	var document any = struct {
		Type      string                     `json:"type"`
		Timestamp time.Time                  `json:"timestamp"`
		Data      map[string]json.RawMessage `json:"data"`
	}{"engagement." + string(m.Occasion), now.UTC(), values}
	if len(template) > 0 {
		var failed *undelivered
		if document, failed = n.place(template, values); failed != nil {
			return nil, failed
		}
	}
	body, err := json.Marshal(document)
	if err != nil {
		return nil, refused(codeBadChannel, "the channel's template cannot be filled in.")
	}
	return body, nil
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
