package schema

import (
	"encoding/json"
	"slices"
	"time"
)

// ChannelType is a way to reach people.
type ChannelType string

// The types of channels.
const (
	ChannelEmail   ChannelType = "email"
	ChannelWebhook ChannelType = "webhook"
	ChannelDesktop ChannelType = "desktop" // a job for the agent on the device
)

// Audience is whom a channel reaches.
type Audience string

// The audiences of channels.
const (
	AudiencePerson Audience = "person" // whose computer has the trouble
	AudienceDesk   Audience = "desk"   // the service desk, when a live agent is wanted
)

// Channel is a configured way to reach people. Config is an object of the type's own: an EmailConfig, a WebhookConfig or a
// DesktopConfig. Secrets in it are {"$secret": "NAME"}.
type Channel struct {
	SysID    string          `db:"sys_id"`
	Name     string          `db:"name"`
	Type     ChannelType     `db:"type"`
	Audience Audience        `db:"audience"`
	Attempts int             `db:"attempts"` // to deliver one message
	Config   json.RawMessage `db:"-"`
	Active   bool            `db:"active"` // its switch
}

// MaxDeliveryAttempts is the most that a channel can ask for.
const MaxDeliveryAttempts = 20

// DefaultDeliveryAttempts is how often the delivery of one message is tried.
const DefaultDeliveryAttempts = 5

// EmailConfig is how mail is handed over to an SMTP server.
type EmailConfig struct {
	Host     string          `json:"host"`
	Port     int             `json:"port"`
	TLS      string          `json:"tls"`                // starttls (required), implicit, or none (loopback only)
	Username string          `json:"username,omitempty"` // "" without authentication
	Password json.RawMessage `json:"password,omitempty"` // {"$secret": "NAME"}
	From     string          `json:"from"`               // an address, with a name or without
	ReplyTo  string          `json:"reply_to,omitempty"`
	To       string          `json:"to,omitempty"` // of AudienceDesk only
}

// The ways to encrypt a connection to an SMTP server.
const (
	TLSStart    = "starttls"
	TLSImplicit = "implicit"
	TLSNone     = "none"
)

// WebhookConfig is where a JSON document is POSTed, signed as Standard Webhooks has it.
type WebhookConfig struct {
	URL      json.RawMessage `json:"url"`                // a text, or {"$secret": "NAME"} where whoever knows it may post
	Secret   json.RawMessage `json:"secret"`             // {"$secret": "NAME"}: whsec_ and the key in base64
	Template json.RawMessage `json:"template,omitempty"` // the document, with {"$input": "NAME"} where values go; nil: all values
}

// webhookValues are the names of what the document of a webhook may say. Package wording has a text for each.
var webhookValues = []string{"occasion", "title", "text", "link", "organisation", "contact", "language", "person", "device", "experience_id", "step",
	"provider", "issue_code", "found", "prompt", "consent_text", "instructions", "url", "until", "incident", "interaction"}

// WebhookValues lists the names that {"$input": "NAME"} in a webhook's template may have.
func WebhookValues() []string { return slices.Clone(webhookValues) }

// DesktopConfig is how long a message waits for a device that is off-line.
type DesktopConfig struct {
	OfferFor time.Duration `json:"offer_for"` // whole seconds, in nanoseconds as encoding/json has it
}

// DefaultDesktopOffer is how long a desktop message waits for its device.
const DefaultDesktopOffer = 15 * time.Minute

// ShowMessage is the agent's action that shows a message, or a code, to whoever sits at the device.
const ShowMessage = "show_message"

// DesktopMessage is the parameters of ShowMessage. The link is filled in when the agent fetches the job, so that it is
// stored nowhere.
type DesktopMessage struct {
	Title string `json:"title"`
	Text  string `json:"text"`
	Link  string `json:"link,omitempty"`
}
