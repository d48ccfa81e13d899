package schema

// JobRefusal is a reason to say no to an agent. The list is closed.
type JobRefusal string

// The refusals of an agent's calls.
const (
	AgentUnknown  JobRefusal = "agent_unknown"  // the token is not, or no longer, valid
	JobNotWanted  JobRefusal = "job_not_wanted" // ended, timed out, expired, withdrawn or another computer's: do not act, stop
	ResultDiffers JobRefusal = "result_differs" // another result of this job has been accepted
	ResultInvalid JobRefusal = "result_invalid" // too large, of no known status, or not storable
	CIUnknown     JobRefusal = "ci_unknown"     // no computer has this sys_id
)

func (r JobRefusal) Error() string { return "refused: " + string(r) }

// RefusedJob is a refusal of one call of an agent, with a sentence about it.
type RefusedJob struct {
	Why    JobRefusal
	Detail string
}

func (r *RefusedJob) Error() string { return r.Why.Error() + ": " + r.Detail }

// Unwrap lets errors.Is find the refusal.
func (r *RefusedJob) Unwrap() error { return r.Why }

// RefuseJob says no to an agent with a sentence about it.
func RefuseJob(why JobRefusal, detail string) error { return &RefusedJob{Why: why, Detail: detail} }
