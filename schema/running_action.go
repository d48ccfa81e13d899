package schema

import "encoding/json"

// RunningAction is what our own flow actions load by id: what they are to do, and for whom.
type RunningAction struct {
	Wanted          bool            `db:"wanted"` // the issue is in progress at this step
	IssueCode       string          `db:"issue_code"`
	Provider        string          `db:"provider"` // provider_code
	CI              string          `db:"ci"`       // as reported
	User            string          `db:"user"`     // sys_id
	Parameters      json.RawMessage `db:"-"`        // merged and checked by Begin
	InputParameters json.RawMessage `db:"-"`        // of the report, verbatim; nil when it had none
}
