package activities

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"proactive/schema"
)

// handOver gives an incident to the service desk's own system.
func (o *Outside) handOver(ctx context.Context, d schema.Dispatch) (schema.DispatchAttempt, error) {
	began := time.Now()
	incident, err := o.store.IncidentLetter(ctx, d.Incident, d.Receiver)
	if err != nil {
		return schema.DispatchAttempt{}, err
	}
	if incident.Desk == schema.DeskWebhook {
		return o.postIncident(ctx, incident), nil
	}
	n, failed := o.serviceNow(incident.Config)
	if failed != nil {
		return notDelivered(failed), nil
	}
	defer n.places.end()
	return n.handOver(ctx, incident, began), nil
}

// postIncident sends an incident to a webhook. Its receiver tells a repeat by the webhook-id, which is the incident's sys_id, and may answer
// with a number and a sys_id of its own.
func (o *Outside) postIncident(ctx context.Context, incident schema.DeskIncident) schema.DispatchAttempt {
	fields := incidentFields(incident)
	fields["sys_id"], fields["number"] = incident.SysID, incident.Number
	fields["caller_user_name"], fields["caller_email"] = incident.UserName, incident.Email
	a, body := o.post(ctx, incident.Config, incident.SysID, "incident.created", fields)
	if a.Delivered {
		a.Foreign = foreignIn(body)
	}
	return a
}

// incidentFields are the fields of an incident that another system gets, by their names in the Table API.
func incidentFields(i schema.DeskIncident) map[string]string {
	return map[string]string{
		"short_description": i.ShortDescription, "description": i.Description, "work_notes": i.WorkNotes, "contact_type": i.ContactType,
		"impact": strconv.Itoa(i.Impact), "urgency": strconv.Itoa(i.Urgency), "assignment_group": i.AssignmentGroup, "cmdb_ci": i.CI,
		"correlation_id": i.CorrelationID, "correlation_display": i.CorrelationDisplay,
	}
}

// foreignIn reads what a webhook's receiver may answer: {"number", "sys_id"}, also as a result.
func foreignIn(body []byte) schema.ForeignRecord {
	var said struct {
		foreignWire
		Result foreignWire `json:"result"`
	}
	if json.Unmarshal(body, &said) != nil {
		return schema.ForeignRecord{}
	}
	if said.Number == "" && said.SysID == "" {
		return said.Result.record()
	}
	return said.record()
}

// foreignWire is a record as the Table API shows it.
type foreignWire struct {
	SysID              string `json:"sys_id"`
	Number             string `json:"number"`
	CorrelationID      string `json:"correlation_id"`
	CorrelationDisplay string `json:"correlation_display"`
}

func (w foreignWire) record() schema.ForeignRecord {
	return schema.ForeignRecord{SysID: schema.Storable(fmt.Sprintf("%.100s", w.SysID)), Number: schema.Storable(fmt.Sprintf("%.100s", w.Number))}
}
