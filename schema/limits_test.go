package schema_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

func TestWhichUserLimitApplies(t *testing.T) {
	type limit struct {
		steps  int
		window time.Duration
	}
	for name, c := range map[string]struct {
		on       string
		category schema.Category
		own      limit
		want     limit
	}{
		"none":                        {"1", schema.NoCategory, limit{}, limit{}},
		"device, off":                 {"0", schema.DeviceIssue, limit{}, limit{}},
		"device":                      {"1", schema.DeviceIssue, limit{}, limit{100, 8 * time.Hour}},
		"application":                 {"1", schema.ApplicationIssue, limit{}, limit{100, time.Hour}},
		"its own":                     {"1", schema.ApplicationIssue, limit{2, 72 * time.Hour}, limit{2, 72 * time.Hour}},
		"its own, the others are off": {"0", schema.NoCategory, limit{2, 72 * time.Hour}, limit{2, 72 * time.Hour}},
	} {
		t.Run(name, func(t *testing.T) {
			p := schema.DefaultProperties()
			p[schema.UserLimits] = c.on
			l := schema.LimitsOf(p, c.category, c.own.steps, c.own.window)
			require.Equal(t, c.want, limit{l.Steps, l.Window})
		})
	}
}

func TestByDefaultNothingIsLimited(t *testing.T) {
	l := schema.LimitsOf(schema.DefaultProperties(), schema.DeviceIssue, 0, 0)
	require.Equal(t, schema.Limits{ContactWindow: 24 * time.Hour}, l)
	for engagement, counted := range map[schema.Engagement]bool{schema.Silent: false, schema.NotifyOnly: false, schema.Engage: true} {
		require.Equal(t, counted, schema.StepFacts{Engagement: engagement, Limits: l}.Counted(), engagement)
	}
	l.Contacts = 1
	for engagement, counted := range map[schema.Engagement]bool{schema.Silent: false, schema.NotifyOnly: true, schema.Engage: true} {
		require.Equal(t, counted, schema.StepFacts{Engagement: engagement, Limits: l}.Counted(), engagement)
	}
	for _, l := range []schema.Limits{{Freeze: time.Hour}, {Steps: 1, Window: time.Hour}} {
		require.True(t, schema.StepFacts{Engagement: schema.Silent, Limits: l}.Counted())
	}
}
