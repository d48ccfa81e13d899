package postgres

import (
	"context"
	"fmt"
	"time"

	"proactive/schema"
)

// submitTimeout is how long a report may take. Submit runs on a context of its own: a caller that hangs up must not leave
// it unsaid whether the report was taken.
const submitTimeout = 5 * time.Second

// maxSubmitTries bounds how often a report is tried again because what stood in its way was gone when the reason was asked for.
const maxSubmitTries = 5

// Submit takes a report: it makes a new experience issue, or the next step of one that waits for it, and tells its id. Refusals
// are *schema.Refused; when it returns an id, the report is committed.
func (d *DB) Submit(ctx context.Context, report schema.Report) (string, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), submitTimeout)
	defer cancel()
	s := submission{Report: report, issue: schema.NewSysID(), step: schema.NewSysID()}
	if s.ExperienceID == "" {
		s.ExperienceID = s.issue
	}
	err := d.submit(ctx, s)
	if (outOfReach(err) || gaveWay(err)) && ctx.Err() == nil {
		err = d.submit(ctx, s) // the connection that broke may have carried our report; of two that waited for each other one is through
	}
	if err != nil {
		return "", fault("submit a report", err)
	}
	d.bell.ring(topicInbox, "")
	d.bell.ring(topicIssue, s.ExperienceID)
	return s.ExperienceID, nil
}

// submission is a report with the sys_ids that it will get. They are made before the first try: a driver that repeats a lost
// call silently finds its own step there.
type submission struct {
	schema.Report
	issue, step string
}

// found is what stood in the tables when a report was tried.
type found struct {
	Registry      bool    `db:"registry"`
	Resolution    bool    `db:"resolution"`
	User          bool    `db:"user"`
	Taken         bool    `db:"taken"`          // a row was written, now or by an earlier try of the same call
	BeingResolved bool    `db:"being_resolved"` // an issue of the person and registry row is open or in progress
	Existing      *string `db:"existing"`       // the state of the issue with the same experience_id
}

func (d *DB) submit(ctx context.Context, s submission) error {
	for range maxSubmitTries {
		f, err := d.intake.take(ctx, s)
		if violated(err) == "one issue per experience_id" { // of one that has been removed
			return notAwaited(s.ExperienceID, "")
		}
		if err != nil {
			return err
		}
		if err := f.refusal(s.Report); err != nil || f.Taken {
			return err
		}
		if f.Existing != nil {
			return d.submitChained(ctx, s)
		}
	}
	return d.submitOrConflict(ctx, s)
}

// submitOrConflict is the last try: it lets Postgres name the constraint that stands in the way.
func (d *DB) submitOrConflict(ctx context.Context, s submission) error {
	var f found
	err := d.get(ctx, &f, submitStrictly, columns(s)...)
	switch violated(err) {
	case "one open issue per person and registry row":
		return beingResolved()
	case "one issue per experience_id":
		return notAwaited(s.ExperienceID, "")
	}
	if err != nil || f.Taken {
		return err
	}
	if err := f.refusal(s.Report); err != nil {
		return err
	}
	return fmt.Errorf("nothing was written and nothing stands in the way")
}

// refusal is the first of the documented refusals that applies to a new report.
func (f found) refusal(r schema.Report) error {
	switch {
	case f.Taken:
		return nil
	case !f.Registry:
		return schema.Refuse(schema.UnknownIssue, fmt.Sprintf("No deployed, active issue has issue_code %q under provider %q; check both, or deploy the template.", r.IssueCode, r.Provider))
	case !f.Resolution:
		return schema.Refuse(schema.NoResolution, fmt.Sprintf("Issue code %q has no active resolution with everything that its type needs; complete it in the registry.", r.IssueCode))
	case !f.User:
		return schema.Refuse(schema.NoUser, "user_id, user_name and email together, or without them the person that the CI is assigned to, must point to exactly one active person who is not locked out.")
	case f.BeingResolved:
		return beingResolved()
	}
	return nil
}

func beingResolved() error {
	return schema.Refuse(schema.BeingResolved, "Wait until that issue is closed, or report another step under its experience_id once it is in state action_wait.")
}

func notAwaited(experienceID, state string) error {
	switch schema.State(state) {
	case "":
		return schema.Refuse(schema.NotAwaited, fmt.Sprintf("Use another experience_id than %q, or none.", experienceID))
	case schema.ActionWait:
		return schema.Refuse(schema.NotAwaited, fmt.Sprintf("Issue %q waits for another report than this: of the same person and provider, with an issue code that may follow, and only one.", experienceID))
	}
	return schema.Refuse(schema.NotAwaited, fmt.Sprintf("Issue %q is in state %s; only one in action_wait can go on, for the same person and provider and with an issue code that may follow.", experienceID, state))
}
