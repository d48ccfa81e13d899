package registry

import (
	"encoding/json"
	"net/netip"

	"proactive/schema"
)

func (r *reader) channel(o *object) {
	c := schema.Channel{
		Name:     o.required("name"),
		Type:     schema.ChannelType(o.oneOf("type", "", string(schema.ChannelEmail), string(schema.ChannelWebhook), string(schema.ChannelDesktop))),
		Audience: schema.Audience(o.oneOf("audience", string(schema.AudiencePerson), string(schema.AudienceDesk))),
		Attempts: o.number("attempts", schema.DefaultDeliveryAttempts, 1, schema.MaxDeliveryAttempts),
		Active:   o.flag("active", true),
	}
	if c.Type == "" && !r.reportedAt(o.at("type")) {
		o.report("type", "is missing: use email, webhook or desktop")
	}
	checkTypes(o, "channel", c.Type, channelFields)
	switch c.Type {
	case schema.ChannelEmail:
		c.Config = configOf(o.email(c.Audience))
	case schema.ChannelWebhook:
		c.Config = configOf(o.webhook(c.Audience))
	case schema.ChannelDesktop:
		c.Config = configOf(schema.DesktopConfig{OfferFor: o.duration("offer_for", schema.DefaultDesktopOffer)})
		if c.Audience == schema.AudienceDesk {
			o.report("audience", "a channel of type desktop shows something on the person's device, and the desk has none: use email or webhook")
		}
	}
	r.c.Channels = append(r.c.Channels, c)
}

// channelFields are the fields that belong to one type only.
var channelFields = []typedField[schema.ChannelType]{
	{"host", schema.ChannelEmail},
	{"port", schema.ChannelEmail},
	{"tls", schema.ChannelEmail},
	{"username", schema.ChannelEmail},
	{"password", schema.ChannelEmail},
	{"from", schema.ChannelEmail},
	{"reply_to", schema.ChannelEmail},
	{"to", schema.ChannelEmail},
	{"url", schema.ChannelWebhook},
	{"secret", schema.ChannelWebhook},
	{"template", schema.ChannelWebhook},
	{"offer_for", schema.ChannelDesktop},
}

func configOf(settings any) json.RawMessage {
	text, _ := json.Marshal(settings) //nolint:errcheck // texts, numbers, and JSON that was read already
	return text
}

// secretMark is {$secret: NAME}; nil when it is absent, or reported. What stands there instead is never repeated.
func (o *object) secretMark(name string) json.RawMessage {
	n := o.value(name)
	if n == nil {
		return nil
	}
	if kindOf(n) == "an object" {
		text := o.json(name)
		var object map[string]any
		if json.Unmarshal(text, &object) == nil {
			mark, _, err := markIn(object)
			if err == nil && mark == secretMark {
				return text
			}
			if err != nil {
				o.report(name, "%s", err)
				return nil
			}
		}
	}
	o.report(name, "must be {$secret: NAME}, as the catalogue is no place for a secret: write that and set %sNAME", SecretPrefix)
	return nil
}

// isLoopback tells whether a host is this machine itself, which nobody can listen to from outside.
func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || (err == nil && ip.IsLoopback())
}
