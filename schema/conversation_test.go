package schema_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"proactive/schema"
)

var (
	noon   = time.Date(2026, 11, 24, 12, 0, 0, 0, schema.Zone("Europe/Berlin"))
	states = []schema.ConversationState{schema.ConversationWaiting, schema.ConversationTelling, schema.ConversationAsked, schema.ConversationPutOff,
		schema.ConversationConsent, schema.ConversationReady, schema.ConversationRunning, schema.ConversationConfirm, schema.ConversationFeedback,
		schema.ConversationEnded}
)

// conversation is one about an action that needs consent, in its seventh turn; its state ends in an hour.
func conversation(state schema.ConversationState, change ...func(*schema.Conversation)) schema.Conversation {
	c := schema.Conversation{SysID: "c-1", State: state, Turn: 7, Mode: schema.Engage, Resolution: schema.ResolveByAction, Consent: true,
		Until: noon.Add(time.Hour), Times: schema.ConversationTimes{Accept: 8 * time.Hour, Consent: 2 * time.Hour, Confirm: 3 * time.Hour, Feedback: 10 * time.Minute}}
	if state == schema.ConversationEnded {
		c.Until = time.Time{}
	}
	for _, do := range change {
		do(&c)
	}
	return c
}

func sensitive(c *schema.Conversation) {
	c.Sensitive, c.CodeHash = true, schema.HashCode("c-1", "12 34")
}

func withoutConsent(c *schema.Conversation) { c.Consent = false }

func helpsBy(r schema.ResolutionType) func(*schema.Conversation) {
	return func(c *schema.Conversation) { c.Resolution = r }
}

// inOneTurn checks that next is c in another state, for so long, with a reminder at half time where the person is asked something.
func inOneTurn(t *testing.T, c, next schema.Conversation, state schema.ConversationState, within time.Duration, reason schema.EndReason) {
	t.Helper()
	c.State, c.EndReason, c.Until, c.RemindAt = state, reason, time.Time{}, time.Time{}
	c.Turn++
	if within > 0 {
		c.Until = noon.Add(within)
	}
	switch state {
	case schema.ConversationAsked, schema.ConversationConsent, schema.ConversationConfirm:
		c.RemindAt = noon.Add(within / 2)
	}
	require.Equal(t, c, next)
}

func TestWhatAConversationBeginsWith(t *testing.T) {
	told := func(c *schema.Conversation) { c.Mode = schema.NotifyOnly }
	for name, c := range map[string]struct {
		change func(*schema.Conversation)
		at     time.Time
		state  schema.ConversationState
		within time.Duration
	}{
		"asked now":    {func(*schema.Conversation) {}, noon, schema.ConversationAsked, 8 * time.Hour},
		"told now":     {told, noon, schema.ConversationTelling, schema.TellWithin},
		"asked later":  {func(*schema.Conversation) {}, noon.Add(time.Microsecond), schema.ConversationWaiting, time.Microsecond},
		"told later":   {told, noon.Add(50 * time.Hour), schema.ConversationWaiting, 50 * time.Hour},
		"was to be so": {told, noon.Add(-time.Second), schema.ConversationTelling, schema.TellWithin},
	} {
		t.Run(name, func(t *testing.T) {
			before := conversation("", c.change)
			inOneTurn(t, before, before.Begin(noon, c.at), c.state, c.within, "")
		})
	}
}

func TestWhatBecomesOfAConversationWhenItsTimeIsUp(t *testing.T) {
	late := noon.Add(time.Hour)
	for state, want := range map[schema.ConversationState]struct {
		state    schema.ConversationState
		reason   schema.EndReason
		occasion schema.Occasion
	}{
		schema.ConversationWaiting:  {schema.ConversationAsked, "", schema.OccasionAsk},
		schema.ConversationPutOff:   {schema.ConversationAsked, "", schema.OccasionAgain},
		schema.ConversationAsked:    {schema.ConversationEnded, schema.NoResponse, ""},
		schema.ConversationConsent:  {schema.ConversationEnded, schema.NoResponse, ""},
		schema.ConversationConfirm:  {schema.ConversationEnded, schema.NoResponse, ""},
		schema.ConversationFeedback: {schema.ConversationEnded, schema.ResolvedByUser, ""},
		schema.ConversationTelling:  {schema.ConversationTelling, "", ""}, // its messages say how it ends
		schema.ConversationReady:    {schema.ConversationReady, "", ""},
		schema.ConversationRunning:  {schema.ConversationRunning, "", ""},
		schema.ConversationEnded:    {schema.ConversationEnded, "", ""},
	} {
		t.Run(string(state), func(t *testing.T) {
			c := conversation(state)
			next, occasion := c.TimeIsUp(late)
			assert.Equal(t, []any{want.state, want.reason, want.occasion}, []any{next.State, next.EndReason, occasion})
			if next.State == state {
				require.Equal(t, c, next)
			} else {
				require.Equal(t, c.Turn+1, next.Turn)
			}
		})
	}
}

func TestThePersonIsRemindedOnce(t *testing.T) {
	for _, state := range []schema.ConversationState{schema.ConversationAsked, schema.ConversationConsent, schema.ConversationConfirm} {
		c := conversation(state, func(c *schema.Conversation) { c.RemindAt = noon.Add(30 * time.Minute) })
		require.Equal(t, c.RemindAt, c.Wake())
		reminded, occasion := c.TimeIsUp(c.Wake())
		require.Equal(t, schema.OccasionReminder, occasion)
		require.Equal(t, conversation(state, func(c *schema.Conversation) { c.Turn++ }), reminded)
		require.Equal(t, c.Until, reminded.Wake())
		ended, occasion := reminded.TimeIsUp(reminded.Wake())
		require.Equal(t, []any{schema.ConversationEnded, schema.NoResponse, schema.Occasion("")}, []any{ended.State, ended.EndReason, occasion})
		require.True(t, ended.Wake().IsZero())

		missed, occasion := c.TimeIsUp(c.Until) // the engine was away meanwhile
		require.Equal(t, []any{schema.ConversationEnded, schema.NoResponse, schema.Occasion("")}, []any{missed.State, missed.EndReason, occasion})
	}
}

func TestAReminderIsMovedOutOfQuietHoursOrLeftOut(t *testing.T) {
	half, end := noon.Add(30*time.Minute), noon.Add(time.Hour)
	for name, c := range map[string]struct{ remind, until, want time.Time }{
		"not quiet":             {half, half, half},
		"quiet":                 {half, half.Add(10 * time.Minute), half.Add(10 * time.Minute)},
		"just in time":          {half, end.Add(-time.Minute - 1), end.Add(-time.Minute - 1)},
		"too near to the end":   {half, end.Add(-time.Minute), time.Time{}},
		"quiet until later":     {half, end.Add(time.Hour), time.Time{}},
		"there is none":         {time.Time{}, half, time.Time{}},
		"an earlier time is no": {half, noon, half},
	} {
		before := conversation(schema.ConversationAsked, func(k *schema.Conversation) { k.RemindAt = c.remind })
		require.Equal(t, c.want, before.RemindLater(c.until).RemindAt, name)
	}
}

func TestWhatFollowsTheActionAndTheMessages(t *testing.T) {
	ready, running, telling := conversation(schema.ConversationReady), conversation(schema.ConversationRunning), conversation(schema.ConversationTelling)
	inOneTurn(t, ready, ready.Act(noon, 4*time.Minute), schema.ConversationRunning, 4*time.Minute, "")
	late := conversation(schema.ConversationReady, func(k *schema.Conversation) { k.Until = noon })
	inOneTurn(t, late, late.Act(noon, 4*time.Minute), schema.ConversationEnded, 0, schema.EngineLost)
	incident := conversation(schema.ConversationReady, helpsBy(schema.ResolveByIncident))
	inOneTurn(t, incident, incident.Act(noon, 0), schema.ConversationEnded, 0, schema.IncidentRequested)
	inOneTurn(t, running, running.Acted(noon, true), schema.ConversationConfirm, 3*time.Hour, "")
	inOneTurn(t, running, running.Acted(noon, false), schema.ConversationEnded, 0, "")
	inOneTurn(t, telling, telling.Told(true), schema.ConversationEnded, 0, schema.NotificationSent)
	inOneTurn(t, telling, telling.Told(false), schema.ConversationEnded, 0, schema.NotificationFailed)
}

func TestWhoIsInAConversation(t *testing.T) {
	for state, active := range map[schema.ConversationState]bool{
		schema.ConversationWaiting: false, schema.ConversationTelling: false, schema.ConversationAsked: false, schema.ConversationPutOff: false,
		schema.ConversationConsent: true, schema.ConversationReady: true, schema.ConversationRunning: true, schema.ConversationConfirm: true,
		schema.ConversationFeedback: true, schema.ConversationEnded: false,
	} {
		require.Equal(t, active, state.Active(), state)
	}
}
