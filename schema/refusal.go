package schema

// Refusal is a reason to say no to a report that the caller can do something about. The list is closed; its order is the
// order of precedence of the documented refusals (Proactive Engagement API, "Status codes").
type Refusal string

// The documented refusals.
const (
	NoEndpoint       Refusal = "no_endpoint"
	NoIssueCode      Refusal = "no_issue_code"
	NoProvider       Refusal = "no_provider"
	UnknownIssue     Refusal = "unknown_issue"
	NoResolution     Refusal = "no_resolution"
	NoUser           Refusal = "no_user"
	BeingResolved    Refusal = "being_resolved"
	NotAwaited       Refusal = "not_awaited"
	TechnicalFailure Refusal = "technical_failure"
)

func (r Refusal) Error() string { return "refused: " + string(r) }

// Refused is a refusal of one report, with a sentence about what to do.
type Refused struct {
	Why    Refusal
	Detail string
}

func (r *Refused) Error() string { return r.Why.Error() + ": " + r.Detail }

// Unwrap lets errors.Is find the refusal.
func (r *Refused) Unwrap() error { return r.Why }

// Refuse says no with a sentence about what to do.
func Refuse(why Refusal, detail string) error { return &Refused{Why: why, Detail: detail} }
