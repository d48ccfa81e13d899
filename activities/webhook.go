package activities

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"proactive/schema"
	"proactive/wording"
)

// call is a webhook's request.
type call struct{ signed }

// call makes the request, and takes a place for it.
func (n *Notify) call(m schema.Notification, l link) (parcel, *undelivered) {
	var config schema.WebhookConfig
	if json.Unmarshal(m.Channel.Config, &config) != nil {
		return nil, refused(codeBadChannel, "the channel's settings cannot be read.")
	}
	now := time.Now()
	body, failed := n.document(m, config.Template, l, now)
	if failed != nil {
		return nil, failed
	}
	signed, failed := n.sign(config, "channel", m.SysID, now, body)
	return call{signed}, failed
}

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
		if document, failed = n.place(template, values, toNobody); failed != nil {
			return nil, failed
		}
	}
	body, err := json.Marshal(document)
	if err != nil {
		return nil, refused(codeBadChannel, "the channel's template cannot be filled in.")
	}
	return body, nil
}
