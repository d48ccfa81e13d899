package decide

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

// noon is when the steps of these tests begin.
var noon = time.Date(2026, 11, 24, 11, 0, 0, 0, time.UTC) // in Berlin

var times = schema.ConversationTimes{Accept: 8 * time.Hour, Consent: 2 * time.Hour, Confirm: 2 * time.Hour, Feedback: 10 * time.Minute}

// engaged changes facts to those of a person in Berlin who is to be asked.
func engaged(f *schema.StepFacts) {
	f.Engagement, f.Consent, f.Now, f.TimeZone, f.Times, f.IssueCode = schema.Engage, true, noon, "Europe/Berlin", times, "100"
	f.Limits.ContactWindow = 24 * time.Hour
}

func onlyTold(f *schema.StepFacts) {
	engaged(f)
	f.Engagement, f.Consent, f.ResolutionType = schema.NotifyOnly, false, schema.ResolveByURL
}

func helpedBy(r schema.ResolutionType) func(*schema.StepFacts) {
	return func(f *schema.StepFacts) { f.ResolutionType = r }
}

func withoutAgent(f *schema.StepFacts) { f.CIEnrolled = false }

func isSensitive(f *schema.StepFacts) { f.Sensitive = true }

func unconsented(f *schema.StepFacts) { f.Consent = false }

func TestTheConversationIsAboutWhatHelps(t *testing.T) {
	for name, c := range map[string]struct {
		change             []func(*schema.StepFacts)
		state              schema.ConversationState
		consent, sensitive bool
		acts               bool
		begun              string
	}{
		"an action on the device": {[]func(*schema.StepFacts){engaged}, schema.ConversationAsked, true, false, true,
			"The person is offered the remedial action end process: CI action end_process."},
		"a sensitive one": {[]func(*schema.StepFacts){engaged, isSensitive}, schema.ConversationAsked, true, true, true,
			"The person is offered the remedial action end process: CI action end_process."},
		"a sensitive one elsewhere": {[]func(*schema.StepFacts){engaged, byTeam, isSensitive}, schema.ConversationAsked, true, true, true,
			"The person is offered the remedial action end process: flow action call."},
		"one without consent": {[]func(*schema.StepFacts){engaged, isSensitive, unconsented}, schema.ConversationAsked, false, false, true,
			"The person is offered the remedial action end process: CI action end_process."},
		"an incident": {[]func(*schema.StepFacts){engaged, helpedBy(schema.ResolveByIncident), isSensitive}, schema.ConversationAsked, true, false, false,
			"The person is offered an incident at the service desk."},
		"steps": {[]func(*schema.StepFacts){engaged, helpedBy(schema.ResolveBySelfHelp)}, schema.ConversationAsked, false, false, false,
			"The person is offered steps to follow."},
		"steps, about no computer of ours": {[]func(*schema.StepFacts){engaged, helpedBy(schema.ResolveBySelfHelp), func(f *schema.StepFacts) { f.CIKnown = false }},
			schema.ConversationAsked, false, false, false, "The person is offered steps to follow. The reported CI is no computer in cmdb_ci_computer."},
		"a page, only told": {[]func(*schema.StepFacts){onlyTold}, schema.ConversationTelling, false, false, false, "The person is told a page to open."},
	} {
		t.Run(name, func(t *testing.T) {
			d := decided(t, c.change...)
			require.True(t, d.Plan.Conversation)
			require.Empty(t, d.Plan.Conclude)
			require.Equal(t, c.acts, d.Plan.Action != nil)
			require.Equal(t, []any{c.state, 1, c.consent, c.sensitive, times}, []any{d.Conversation.State, d.Conversation.Turn,
				d.Conversation.Consent, d.Conversation.Sensitive, d.Conversation.Times})
			require.Equal(t, noon, d.ContactAt)
			require.Equal(t, schema.Note{Event: schema.EventBegun, Detail: c.begun}, d.Notes[len(d.Notes)-1])
			require.Equal(t, c.acts, len(d.Parameters) > 0)
		})
	}
}

func TestNobodyIsBotheredWithWhatCannotBeDone(t *testing.T) {
	for name, c := range map[string]struct {
		change []func(*schema.StepFacts)
		reason schema.EndReason
		detail string
	}{
		"no agent":                      {[]func(*schema.StepFacts){engaged, withoutAgent}, schema.NoDevice, "No agent is enrolled"},
		"no agent for the code":         {[]func(*schema.StepFacts){engaged, byTeam, isSensitive, withoutAgent}, schema.NoDevice, "code that the device shows. No agent"},
		"no parameter":                  {[]func(*schema.StepFacts){engaged, func(f *schema.StepFacts) { f.InputSchema = json.RawMessage(`{"required":["x"]}`) }}, schema.InvalidParameters, "x"},
		"no action":                     {[]func(*schema.StepFacts){engaged, func(f *schema.StepFacts) { f.ActionName = "" }}, schema.ActionFailed, "no longer active"},
		"an action that is only told":   {[]func(*schema.StepFacts){onlyTold, helpedBy(schema.ResolveByAction)}, schema.ActionFailed, "remedial_action"},
		"an incident that is only told": {[]func(*schema.StepFacts){onlyTold, helpedBy(schema.ResolveByIncident)}, schema.ActionFailed, "create_incident"},
	} {
		t.Run(name, func(t *testing.T) {
			d := decided(t, c.change...)
			require.Equal(t, schema.Plan{Step: 2, Conclude: c.reason}, d.Plan)
			require.Contains(t, d.Detail, c.detail)
			require.Nil(t, d.Conversation)
		})
	}
	require.True(t, decided(t, engaged, byTeam, withoutAgent).Plan.Conversation, "a device is not needed for what does not run on it")
	require.True(t, decided(t, engaged, byTeam, withoutAgent, isSensitive, unconsented).Plan.Conversation, "nor where no code is asked for")
}

func TestWhenThePersonIsTold(t *testing.T) {
	budget := func(n int, contact time.Time) func(*schema.StepFacts) {
		return func(f *schema.StepFacts) { f.Limits.Contacts, f.Past.Contact = n, contact }
	}
	quiet := func(hours string) func(*schema.StepFacts) {
		return func(f *schema.StepFacts) { f.Limits.QuietHours, _ = schema.ParseQuietHours(hours) }
	}
	for name, c := range map[string]struct {
		change []func(*schema.StepFacts)
		at     time.Time
		why    string
	}{
		"at once":                   {nil, noon, ""},
		"room in the budget":        {[]func(*schema.StepFacts){budget(2, time.Time{})}, noon, ""},
		"room again":                {[]func(*schema.StepFacts){budget(2, noon.Add(-24*time.Hour))}, noon, ""},
		"no budget":                 {[]func(*schema.StepFacts){budget(0, noon)}, noon, ""},
		"the budget is used up":     {[]func(*schema.StepFacts){budget(2, noon.Add(-23*time.Hour))}, noon.Add(time.Hour), "The contact budget of 2 in 24 h is used up until 2026-11-24 12:00:00 UTC. The person is told at 2026-11-24 12:00:00 UTC."},
		"one, and it is planned":    {[]func(*schema.StepFacts){budget(1, noon.Add(40*time.Hour))}, noon.Add(64 * time.Hour), "The contact budget of 1 in 24 h is used up until 2026-11-27 03:00:00 UTC. The person is told at 2026-11-27 03:00:00 UTC."},
		"not quiet":                 {[]func(*schema.StepFacts){quiet("22:00-07:00")}, noon, ""},
		"quiet where the person is": {[]func(*schema.StepFacts){quiet("11:30-13:00")}, noon.Add(time.Hour), "Quiet hours are 11:30-13:00 in Europe/Berlin. The person is told at 2026-11-24 12:00:00 UTC."},
		"both": {[]func(*schema.StepFacts){quiet("22:00-07:00"), budget(2, noon.Add(-12*time.Hour))}, noon.Add(19 * time.Hour),
			"The contact budget of 2 in 24 h is used up until 2026-11-24 23:00:00 UTC. Quiet hours are 22:00-07:00 in Europe/Berlin. The person is told at 2026-11-25 06:00:00 UTC."},
		"quiet now, and not when there is room": {[]func(*schema.StepFacts){quiet("11:30-13:00"), budget(1, noon.Add(-20*time.Hour))}, noon.Add(4 * time.Hour),
			"The contact budget of 1 in 24 h is used up until 2026-11-24 15:00:00 UTC. The person is told at 2026-11-24 15:00:00 UTC."},
	} {
		for mode, how := range map[schema.ConversationState]func(*schema.StepFacts){schema.ConversationAsked: engaged, schema.ConversationTelling: onlyTold} {
			t.Run(name+", "+string(mode), func(t *testing.T) {
				d := decided(t, append([]func(*schema.StepFacts){how}, c.change...)...)
				require.True(t, d.ContactAt.Equal(c.at), d.ContactAt)
				last := d.Notes[len(d.Notes)-1]
				if c.why == "" {
					require.Equal(t, mode, d.Conversation.State)
					require.Equal(t, schema.EventBegun, last.Event)
					return
				}
				require.Equal(t, schema.Note{Event: schema.EventTellLater, Detail: c.why}, last)
				require.Equal(t, schema.EventBegun, d.Notes[len(d.Notes)-2].Event)
				require.Equal(t, []any{schema.ConversationWaiting, 1, time.Time{}}, []any{d.Conversation.State, d.Conversation.Turn, d.Conversation.RemindAt})
				require.True(t, d.Conversation.Until.Equal(c.at))
			})
		}
	}
}

func TestTheFirstReminderKeepsQuietHours(t *testing.T) {
	d := decided(t, engaged, func(f *schema.StepFacts) { f.Limits.QuietHours, _ = schema.ParseQuietHours("15:30-18:00") })
	require.True(t, d.Conversation.RemindAt.Equal(noon.Add(6*time.Hour)), d.Conversation.RemindAt)
	d = decided(t, engaged, func(f *schema.StepFacts) { f.Limits.QuietHours, _ = schema.ParseQuietHours("15:30-21:00") })
	require.True(t, d.Conversation.RemindAt.IsZero(), d.Conversation.RemindAt)
}
