package api

import (
	"time"

	"proactive/schema"
)

// issueWire is an issue in the caller's shape. What it does not have is null, or "" for a text.
type issueWire struct {
	ExperienceID   string        `json:"experience_id" xml:"experience_id"`
	SysID          string        `json:"sys_id" xml:"sys_id"`
	State          string        `json:"state" xml:"state"`
	EndReason      string        `json:"end_reason" xml:"end_reason"`
	Step           int           `json:"step" xml:"step"`
	IssueCode      string        `json:"issue_code" xml:"issue_code"`
	Provider       string        `json:"provider" xml:"provider"`
	User           userWire      `json:"user" xml:"user"`
	CI             string        `json:"ci" xml:"ci"`
	CreatedOn      time.Time     `json:"created_on" xml:"created_on"`
	ClosedOn       *time.Time    `json:"closed_on" xml:"closed_on"`
	FallbackResult string        `json:"fallback_result" xml:"fallback_result"`
	Incident       *incidentWire `json:"incident" xml:"incident"`
	Interaction    *recordWire   `json:"interaction" xml:"interaction"`
	WorkflowID     string        `json:"workflow_id" xml:"workflow_id"`
	Timeline       []eventWire   `json:"timeline" xml:"timeline"`
}

type userWire struct {
	SysID    string `json:"sys_id" xml:"sys_id"`
	UserName string `json:"user_name" xml:"user_name"`
}

// recordWire is a record that an issue led to.
type recordWire struct {
	SysID  string `json:"sys_id" xml:"sys_id"`
	Number string `json:"number" xml:"number"`
}

// incidentWire is also how the service desk's own system knows it; "" while that does not have it.
type incidentWire struct {
	SysID         string `json:"sys_id" xml:"sys_id"`
	Number        string `json:"number" xml:"number"`
	ForeignSysID  string `json:"foreign_sys_id" xml:"foreign_sys_id"`
	ForeignNumber string `json:"foreign_number" xml:"foreign_number"`
}

type eventWire struct {
	Number int       `json:"number" xml:"number"`
	At     time.Time `json:"at" xml:"at"`
	Step   int       `json:"step" xml:"step"`
	Event  string    `json:"event" xml:"event"`
	Detail string    `json:"detail" xml:"detail"`
	By     string    `json:"by,omitempty" xml:"by,omitempty"`
}

func wireIssue(issue schema.Issue) issueWire {
	wire := issueWire{
		ExperienceID: issue.ExperienceID, SysID: issue.SysID, State: string(issue.State), EndReason: string(issue.EndReason),
		Step: issue.Step, IssueCode: issue.IssueCode, Provider: issue.Provider,
		User: userWire{SysID: issue.User, UserName: issue.UserName}, CI: issue.CI,
		CreatedOn: issue.CreatedOn.UTC(), FallbackResult: issue.FallbackResult, WorkflowID: issue.ExperienceID,
		Timeline: make([]eventWire, 0, len(issue.Timeline)),
	}
	if issue.ClosedOn != nil {
		closed := issue.ClosedOn.UTC()
		wire.ClosedOn = &closed
	}
	if issue.Incident != "" {
		wire.Incident = &incidentWire{issue.Incident, issue.IncidentNumber, issue.ForeignSysID, issue.ForeignNumber}
	}
	wire.Interaction = wireRecord(issue.Interaction, issue.InteractionNumber)
	for _, e := range issue.Timeline {
		wire.Timeline = append(wire.Timeline, eventWire{e.Number, e.At.UTC(), e.Step, string(e.Event), e.Detail, e.By})
	}
	return wire
}

func wireRecord(sysID, number string) *recordWire {
	if sysID == "" {
		return nil
	}
	return &recordWire{sysID, number}
}
