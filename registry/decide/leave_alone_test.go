package decide

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

// The things that speak against helping a person, each by itself.
func excluded(f *schema.StepFacts) {
	f.Person.Roles, f.Exclude = []string{"vip"}, []string{"vips"}
	f.Criteria = append(f.Criteria, schema.UserCriteria{Name: "vips", Roles: []string{"vip"}})
}

func included(f *schema.StepFacts) {
	f.Person.Department, f.Include = "Finance", []string{"nobody", "finance"}
	f.Criteria = append(f.Criteria, schema.UserCriteria{Name: "finance", Departments: []string{"Finance"}})
}

func notIncluded(f *schema.StepFacts) {
	f.Include, f.Criteria = []string{"sales", "hall 4"}, []schema.UserCriteria{{Name: "sales", Departments: []string{"Sales"}}}
}

func frozen(f *schema.StepFacts) {
	f.Now, f.Limits.Freeze, f.Past.Ended = noon, 24*time.Hour, noon.Add(-20*time.Hour)
}

func limited(f *schema.StepFacts) {
	f.Now, f.IssueCode, f.Limits.Steps, f.Limits.Window = noon, "100", 2, 72*time.Hour
	f.Past.Begun, f.Past.Begins = 2, noon.Add(-71*time.Hour)
}

func talking(f *schema.StepFacts) { f.Past.Active = "issue-7" }

func TestWhyAPersonIsLeftAlone(t *testing.T) {
	for name, c := range map[string]struct {
		change []func(*schema.StepFacts)
		reason schema.EndReason // "" is helped
		detail string
	}{
		"nothing speaks against it": {nil, "", ""},
		"excluded":                  {[]func(*schema.StepFacts){excluded}, schema.ExcludedByCriteria, `This person fits the user criteria "vips", which are excluded.`},
		"included":                  {[]func(*schema.StepFacts){included}, "", ""},
		"included and excluded":     {[]func(*schema.StepFacts){included, excluded}, schema.ExcludedByCriteria, `"vips"`},
		"not included":              {[]func(*schema.StepFacts){notIncluded}, schema.ExcludedByCriteria, `This person fits none of the user criteria that are included: "sales", "hall 4".`},
		"excluded by what is off":   {[]func(*schema.StepFacts){excluded, func(f *schema.StepFacts) { f.Criteria = nil }}, "", ""},
		"frozen": {[]func(*schema.StepFacts){frozen}, schema.ThrottledFreeze,
			"The last one ended at 2026-11-23 15:00:00 UTC; the freeze of 24 h lasts until 2026-11-24 15:00:00 UTC."},
		"just thawed":      {[]func(*schema.StepFacts){frozen, func(f *schema.StepFacts) { f.Now = f.Past.Ended.Add(24 * time.Hour) }}, "", ""},
		"not quite thawed": {[]func(*schema.StepFacts){frozen, func(f *schema.StepFacts) { f.Now = f.Past.Ended.Add(24*time.Hour - 1) }}, schema.ThrottledFreeze, ""},
		"one too many": {[]func(*schema.StepFacts){limited}, schema.ThrottledUserLimit,
			"This is the third issue of code 100 in 72 h, and 2 are allowed; the next is possible from 2026-11-24 12:00:00 UTC."},
		"the last one allowed": {[]func(*schema.StepFacts){limited, func(f *schema.StepFacts) { f.Past.Begun = 1 }}, "", ""},
		"the limit was lowered": {[]func(*schema.StepFacts){limited, func(f *schema.StepFacts) { f.Limits.Steps, f.Limits.Window, f.Past.Begun = 1, 90*time.Minute, 11 }},
			schema.ThrottledUserLimit, "This is the 12th issue of code 100 in 90 min, and 1 is allowed;"},
		"talking":                  {[]func(*schema.StepFacts){engaged, talking}, schema.ActiveConversation, "That one is experience issue issue-7."},
		"talking, but silent here": {[]func(*schema.StepFacts){talking}, "", ""},
		"talking, but only told":   {[]func(*schema.StepFacts){onlyTold, talking}, "", ""},

		"criteria come first": {[]func(*schema.StepFacts){engaged, talking, limited, frozen, excluded}, schema.ExcludedByCriteria, ""},
		"then the freeze":     {[]func(*schema.StepFacts){engaged, talking, limited, frozen}, schema.ThrottledFreeze, ""},
		"then the limit":      {[]func(*schema.StepFacts){engaged, talking, limited}, schema.ThrottledUserLimit, ""},
		"then the talk":       {[]func(*schema.StepFacts){engaged, withoutAgent, talking}, schema.ActiveConversation, ""},
		"then the device":     {[]func(*schema.StepFacts){engaged, withoutAgent}, schema.NoDevice, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := decided(t, c.change...)
			require.Equal(t, c.reason, d.Plan.Conclude)
			require.Contains(t, d.Detail, c.detail)
			if c.reason != "" {
				require.Equal(t, schema.Plan{Step: 2, Conclude: c.reason}, d.Plan)
				require.Len(t, d.Notes, 1)
				require.Contains(t, d.Notes[0].Detail, "Nothing is run. "+c.reason.Sentence()+" "+d.Detail)
			}
		})
	}
}

func TestALengthIsSaidInTheLargestUnitThatIsWhole(t *testing.T) {
	for d, want := range map[time.Duration]string{72 * time.Hour: "72 h", 90 * time.Minute: "90 min", 45 * time.Second: "45 s", 61 * time.Second: "61 s", time.Hour: "1 h"} {
		require.Equal(t, want, length(d))
	}
}
