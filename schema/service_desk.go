package schema

import (
	"encoding/json"
	"time"
)

// ServiceDeskType is how the service desk's own system is spoken to.
type ServiceDeskType string

// The types of service desks.
const (
	DeskServiceNow ServiceDeskType = "servicenow" // its Table API
	DeskWebhook    ServiceDeskType = "webhook"
)

// ServiceDesk is the service desk's own system, to which incidents go. Config is a ServiceNowConfig, or a WebhookConfig without a
// template. At most one is active.
type ServiceDesk struct {
	SysID       string          `db:"sys_id"`
	Name        string          `db:"name"`
	Type        ServiceDeskType `db:"type"`
	Config      json.RawMessage `db:"-"`
	GiveUpAfter time.Duration   `db:"-"` // of handing over one incident, whole seconds; 0 is never
	Active      bool            `db:"active"`
}

// ServiceNowConfig is how incidents are written by the Table API of an instance: as a user, or with a token, or with a key.
type ServiceNowConfig struct {
	Instance string            `json:"instance"` // https://NAME.service-now.com
	Username string            `json:"username,omitempty"`
	Password json.RawMessage   `json:"password,omitempty"` // this and the next two: {"$secret": "NAME"}
	Token    json.RawMessage   `json:"token,omitempty"`    // of OAuth, sent as Bearer
	APIKey   json.RawMessage   `json:"api_key,omitempty"`  // sent as x-sn-apikey
	Caller   string            `json:"caller,omitempty"`   // how the person is found there; "" is not at all
	Fields   map[string]string `json:"fields,omitempty"`   // more fields, and others for ours; "" leaves one out
}

// How a person is found in the service desk's system.
const (
	CallerByUserName = "user_name"
	CallerByEmail    = "email"
)

// DeskIncident is an incident that is to be handed over, with where it goes and who it is about.
type DeskIncident struct {
	SysID              string          `db:"sys_id"`
	Number             string          `db:"number"`
	ShortDescription   string          `db:"short_description"`
	Description        string          `db:"description"`
	WorkNotes          string          `db:"work_notes"`
	ContactType        string          `db:"contact_type"`
	Impact             int             `db:"impact"`
	Urgency            int             `db:"urgency"`
	AssignmentGroup    string          `db:"assignment_group"`
	CI                 string          `db:"cmdb_ci"`
	CorrelationID      string          `db:"correlation_id"`      // experience_id
	CorrelationDisplay string          `db:"correlation_display"` // provider_code
	UserName           string          `db:"user_name"`
	Email              string          `db:"email"`
	Desk               ServiceDeskType `db:"type"`
	Config             json.RawMessage `db:"config"`
}

// ForeignRecord is a record in somebody else's system.
type ForeignRecord struct {
	SysID  string
	Number string
}
