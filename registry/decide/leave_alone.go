package decide

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"proactive/schema"
)

// gates are the reasons to leave a person alone, in their order.
var gates = []struct {
	reason schema.EndReason
	holds  func(schema.StepFacts) (schema.EndReason, string)
}{
	{schema.ExcludedByCriteria, byCriteria},
	{schema.ThrottledFreeze, byFreeze},
	{schema.ThrottledUserLimit, byUserLimit},
	{schema.ActiveConversation, byActiveConversation},
}

// leftAlone is why this person is not helped now, with its numbers; "" when nothing speaks against it.
func leftAlone(f schema.StepFacts) (reason schema.EndReason, detail string) {
	for _, gate := range gates {
		if reason, detail = gate.holds(f); reason != "" {
			return reason, detail
		}
	}
	return "", ""
}

// byCriteria leaves out who matches an excluding user criteria, whatever the including ones say, and who matches none of the
// including ones where there are any.
func byCriteria(f schema.StepFacts) (schema.EndReason, string) {
	matches := func(name string) bool { return fits(f, name) }
	if i := slices.IndexFunc(f.Exclude, matches); i >= 0 {
		return schema.ExcludedByCriteria, fmt.Sprintf("This person fits the user criteria %q, which are excluded.", f.Exclude[i])
	}
	if len(f.Include) > 0 && !slices.ContainsFunc(f.Include, matches) {
		return schema.ExcludedByCriteria, fmt.Sprintf("This person fits none of the user criteria that are included: %s.", quotedList(f.Include))
	}
	return "", ""
}

// fits tells whether the person matches the criteria of a name. Criteria that are not active match nobody.
func fits(f schema.StepFacts, name string) bool {
	return slices.ContainsFunc(f.Criteria, func(c schema.UserCriteria) bool { return c.Name == name && c.Matches(f.Person) })
}

func byFreeze(f schema.StepFacts) (schema.EndReason, string) {
	until := FrozenUntil(f)
	if !until.After(f.Now) {
		return "", ""
	}
	return schema.ThrottledFreeze, fmt.Sprintf("The last one ended at %s; the freeze of %s lasts until %s.",
		told(f.Past.Ended), length(f.Limits.Freeze), told(until))
}

func byUserLimit(f schema.StepFacts) (schema.EndReason, string) {
	limit, next := f.Limits.Steps, NextPossible(f)
	if next.IsZero() {
		return "", ""
	}
	return schema.ThrottledUserLimit, fmt.Sprintf("This is the %s issue of code %s in %s, and %s; the next is possible from %s.",
		schema.Ordinal(f.Past.Begun+1), f.IssueCode, length(f.Limits.Window), areAllowed(limit), told(next))
}

// byActiveConversation is only for those who would be drawn into another conversation, not for who is told something or nothing.
func byActiveConversation(f schema.StepFacts) (schema.EndReason, string) {
	if f.Engagement != schema.Engage || f.Past.Active == "" {
		return "", ""
	}
	return schema.ActiveConversation, fmt.Sprintf("That one is experience issue %s.", f.Past.Active)
}

func quotedList(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = strconv.Quote(name)
	}
	return strings.Join(quoted, ", ")
}

func areAllowed(n int) string {
	if n == 1 {
		return "1 is allowed"
	}
	return fmt.Sprintf("%d are allowed", n)
}

func told(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// length is a duration in the largest unit that says it whole.
func length(d time.Duration) string {
	switch {
	case d%time.Hour == 0:
		return fmt.Sprintf("%d h", d/time.Hour)
	case d%time.Minute == 0:
		return fmt.Sprintf("%d min", d/time.Minute)
	}
	return fmt.Sprintf("%d s", d/time.Second)
}
