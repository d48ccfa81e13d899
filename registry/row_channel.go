package registry

import (
	"encoding/json"

	"proactive/schema"
)

func channelRow(c schema.Channel) row {
	var fs fields
	fs.text("name", c.Name)
	fs.text("type", string(c.Type))
	fs.choice("audience", string(c.Audience), string(schema.AudiencePerson))
	fs.number("attempts", c.Attempts, schema.DefaultDeliveryAttempts)
	switch c.Type {
	case schema.ChannelEmail:
		fs.email(configFrom[schema.EmailConfig](c.Config))
	case schema.ChannelWebhook:
		w := configFrom[schema.WebhookConfig](c.Config)
		fs.signedHook(w)
		fs.json("template", w.Template, "")
	case schema.ChannelDesktop:
		fs.duration("offer_for", configFrom[schema.DesktopConfig](c.Config).OfferFor, schema.DefaultDesktopOffer)
	}
	fs.flag("active", c.Active, true)
	return row{c.Name, c.SysID, fs}
}

func (fs *fields) email(e schema.EmailConfig) {
	fs.text("host", e.Host)
	fs.number("port", e.Port, usualPort(e.TLS))
	fs.choice("tls", e.TLS, schema.TLSStart)
	fs.text("username", e.Username)
	fs.json("password", e.Password, "")
	fs.text("from", e.From)
	fs.text("reply_to", e.ReplyTo)
	fs.text("to", e.To)
}

func (fs *fields) signedHook(w schema.WebhookConfig) {
	fs.json("url", w.URL, "")
	fs.json("secret", w.Secret, "")
}

// configFrom reads what configOf has written.
func configFrom[C any](text json.RawMessage) (config C) {
	json.Unmarshal(text, &config) //nolint:errcheck // what the database keeps was written by configOf; anything else has no fields
	return config
}
