package schema_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

// answers are what a person can say, each as it is taken where it is asked for.
var answers = map[schema.ReplyKind]schema.Reply{
	schema.ReplyAccept: {}, schema.ReplyNotNow: {Later: schema.InAnHour}, schema.ReplyDecline: {}, schema.ReplyNotMine: {},
	schema.ReplyConsent: {}, schema.ReplyRefuse: {}, schema.ReplyHelped: {}, schema.ReplyNotHelped: {}, schema.ReplyFeedback: {Rating: 5},
}

func TestWhatAnAnswerMakesOfAConversation(t *testing.T) {
	type next struct {
		state  schema.ConversationState
		within time.Duration
		reason schema.EndReason
		event  schema.EventName
	}
	declined := next{schema.ConversationEnded, 0, schema.Declined, schema.EventDeclined}
	acts := map[schema.ConversationState]map[schema.ReplyKind]next{
		schema.ConversationAsked: {
			schema.ReplyAccept: {schema.ConversationConsent, 2 * time.Hour, "", schema.EventAccepted}, schema.ReplyDecline: declined, schema.ReplyNotMine: declined,
			schema.ReplyNotNow: {schema.ConversationPutOff, time.Hour, "", schema.EventNotNow}},
		schema.ConversationPutOff: {
			schema.ReplyAccept: {schema.ConversationConsent, 2 * time.Hour, "", schema.EventAccepted}, schema.ReplyDecline: declined, schema.ReplyNotMine: declined},
		schema.ConversationConsent: {
			schema.ReplyConsent: {schema.ConversationReady, schema.ActionBegins, "", schema.EventConsented},
			schema.ReplyRefuse:  {schema.ConversationEnded, 0, schema.Declined, schema.EventConsentRefused}},
		schema.ConversationConfirm: {
			schema.ReplyHelped:    {schema.ConversationFeedback, 10 * time.Minute, "", schema.EventConfirmed},
			schema.ReplyNotHelped: {schema.ConversationEnded, 0, schema.UnresolvedByUser, schema.EventNotHelped}},
		schema.ConversationFeedback: {schema.ReplyFeedback: {schema.ConversationEnded, 0, schema.ResolvedByUser, schema.EventFeedback}},
	}
	for _, state := range states {
		for kind, reply := range answers {
			reply.Kind = kind
			t.Run(string(state)+" "+string(kind), func(t *testing.T) {
				c := conversation(state, func(c *schema.Conversation) { c.RemindAt = noon.Add(time.Minute) })
				after, note, err := c.Answer(reply, noon)
				want, asks := acts[state][kind]
				switch {
				case asks:
					require.NoError(t, err)
					if kind == schema.ReplyNotNow {
						c.PutOffs++
					}
					inOneTurn(t, c, after, want.state, want.within, want.reason)
					require.Equal(t, want.event, note.Event)
					require.NotEmpty(t, note.Detail)
				case state == schema.ConversationEnded:
					require.Equal(t, schema.ReplyTooLate, err)
				default:
					require.Equal(t, schema.ReplyNotAsked, err)
				}
				if !asks {
					require.Equal(t, []any{c, schema.Note{}}, []any{after, note}, "nothing has changed")
				}
			})
		}
	}
}

func TestALateAnswerNeverActs(t *testing.T) {
	for _, state := range states {
		c := conversation(state)
		for kind, reply := range answers {
			reply.Kind = kind
			for _, now := range []time.Time{noon.Add(time.Hour), noon.Add(48 * time.Hour)} {
				after, note, err := c.Answer(reply, now)
				if state == schema.ConversationPutOff && (kind == schema.ReplyAccept || kind == schema.ReplyDecline || kind == schema.ReplyNotMine) {
					require.NoError(t, err, "the person is about to be asked again") // its time is when to ask, not the end of the question
					continue
				}
				require.Contains(t, []schema.ReplyRefusal{schema.ReplyTooLate, schema.ReplyNotAsked}, err, "%s %s", state, kind)
				require.Equal(t, []any{c, schema.Note{}}, []any{after, note}, "%s %s", state, kind)
			}
		}
	}
	_, _, err := conversation(schema.ConversationAsked).Answer(schema.Reply{Kind: schema.ReplyAccept}, noon.Add(time.Hour-1))
	require.NoError(t, err, "one moment before the end it does")
}

func TestWhatFollowsAnAcceptance(t *testing.T) {
	for name, c := range map[string]struct {
		change []func(*schema.Conversation)
		state  schema.ConversationState
		within time.Duration
	}{
		"an action with consent":      {nil, schema.ConversationConsent, 2 * time.Hour},
		"an action without":           {[]func(*schema.Conversation){withoutConsent}, schema.ConversationReady, schema.ActionBegins},
		"an incident with consent":    {[]func(*schema.Conversation){helpsBy(schema.ResolveByIncident)}, schema.ConversationConsent, 2 * time.Hour},
		"an incident without":         {[]func(*schema.Conversation){helpsBy(schema.ResolveByIncident), withoutConsent}, schema.ConversationReady, schema.ActionBegins},
		"steps to read":               {[]func(*schema.Conversation){helpsBy(schema.ResolveBySelfHelp), withoutConsent}, schema.ConversationConfirm, 3 * time.Hour},
		"a page":                      {[]func(*schema.Conversation){helpsBy(schema.ResolveByURL)}, schema.ConversationConfirm, 3 * time.Hour},
		"what is sensitive, no doubt": {[]func(*schema.Conversation){sensitive}, schema.ConversationConsent, 2 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			before := conversation(schema.ConversationAsked, c.change...)
			after, _, err := before.Answer(schema.Reply{Kind: schema.ReplyAccept}, noon)
			require.NoError(t, err)
			inOneTurn(t, before, after, c.state, c.within, "")
		})
	}
}

func TestNotNowIsSaidAtMostThreeTimes(t *testing.T) {
	c := conversation(schema.ConversationAsked)
	for i, nth := range []string{"first", "second", "third"} {
		later, note, err := c.Answer(schema.Reply{Kind: schema.ReplyNotNow, Later: schema.InHalfAnHour}, noon)
		require.NoError(t, err)
		require.Equal(t, i+1, later.PutOffs)
		require.Equal(t, "The person says not now, for the "+nth+" of at most 3 times, and is asked again at 2026-11-24 11:30:00 UTC.", note.Detail)
		var occasion schema.Occasion
		c, occasion = later.TimeIsUp(noon.Add(30 * time.Minute))
		require.Equal(t, []any{schema.ConversationAsked, schema.OccasionAgain}, []any{c.State, occasion})
		require.Equal(t, noon.Add(8*time.Hour+30*time.Minute), c.Until)
	}
	after, _, err := c.Answer(schema.Reply{Kind: schema.ReplyNotNow, Later: schema.InHalfAnHour}, noon)
	require.Equal(t, schema.ReplyNotAsked, err)
	require.Equal(t, c, after)
}

func TestWhenOneIsAskedAgain(t *testing.T) {
	for p, want := range map[schema.Postponement]string{
		schema.InHalfAnHour: "2026-10-24 23:40 CEST", schema.InAnHour: "2026-10-25 00:10 CEST", schema.InFourHours: "2026-10-25 02:10 CET", schema.Tomorrow: "2026-10-25 09:00 CET",
	} {
		after, known := p.After(time.Date(2026, 10, 24, 23, 10, 0, 0, schema.Zone("Europe/Berlin")))
		require.True(t, known)
		require.Equal(t, want, after.Format("2006-01-02 15:04 MST"), p)
		require.Contains(t, schema.Postponements(), p)
	}
	for _, later := range []schema.Postponement{"", "never", "1H"} {
		c := conversation(schema.ConversationAsked)
		after, _, err := c.Answer(schema.Reply{Kind: schema.ReplyNotNow, Later: later}, noon)
		require.Equal(t, schema.ReplyUnclear, err)
		require.Equal(t, c, after)
	}
}

func TestConsentToWhatIsSensitiveNeedsTheCodeOfTheDevice(t *testing.T) {
	for code, fits := range map[string]bool{"1234": true, "12 34": true, " 1 2 3 4 ": true, "": false, "1235": false, "12345": false, "0x4d2": false} {
		c := conversation(schema.ConversationConsent, sensitive)
		after, note, err := c.Answer(schema.Reply{Kind: schema.ReplyConsent, Code: code}, noon)
		if fits {
			require.NoError(t, err, code)
			inOneTurn(t, c, after, schema.ConversationReady, schema.ActionBegins, "")
			require.Contains(t, note.Detail, "with the code")
			continue
		}
		require.Equal(t, schema.ReplyWrongCode, err, code)
		c.CodeTries, c.Turn = 1, c.Turn+1
		require.Equal(t, c, after, "the question stands as long as before")
		require.Equal(t, schema.EventWrongCode, note.Event)
	}
	before := conversation(schema.ConversationConsent, sensitive, func(c *schema.Conversation) { c.CodeHash = nil })
	_, _, err := before.Answer(schema.Reply{Kind: schema.ReplyConsent}, noon)
	require.Equal(t, schema.ReplyWrongCode, err, "before any is shown, none is right")
	require.NotEqual(t, schema.HashCode("c-1", "1234"), schema.HashCode("c-2", "1234"), "a code is of one conversation")
}

func TestSoManyCodesMayBeTried(t *testing.T) {
	c := conversation(schema.ConversationConsent, sensitive)
	for i := range schema.MaxCodeTries {
		require.Equal(t, schema.ConversationConsent, c.State)
		after, note, err := c.Answer(schema.Reply{Kind: schema.ReplyConsent, Code: "9999"}, noon)
		require.Equal(t, schema.ReplyWrongCode, err)
		require.Equal(t, []int{c.Turn + 1, i + 1}, []int{after.Turn, after.CodeTries})
		require.Contains(t, note.Detail, "for the "+schema.Ordinal(i+1)+" of at most 5 times")
		c = after
	}
	require.Equal(t, []any{schema.ConversationEnded, schema.Declined}, []any{c.State, c.EndReason})
	_, _, err := c.Answer(schema.Reply{Kind: schema.ReplyConsent, Code: "1234"}, noon)
	require.Equal(t, schema.ReplyTooLate, err, "the right one is too late")
}

func TestWhatIsFilledInIsCheckedAndTold(t *testing.T) {
	long := strings.Repeat("é", schema.MaxComment)
	for name, c := range map[string]struct {
		reply schema.Reply
		said  string // "" is unclear
	}{
		"no stars":               {schema.Reply{Kind: schema.ReplyFeedback}, "The person gives no stars."},
		"stars and a comment":    {schema.Reply{Kind: schema.ReplyFeedback, Rating: 4, Comment: " Fine.\x00 "}, "The person gives 4 of 5 stars. “Fine.\uFFFD”"},
		"a comment alone":        {schema.Reply{Kind: schema.ReplyFeedback, Comment: "Fine."}, "The person gives no stars. “Fine.”"},
		"six stars":              {schema.Reply{Kind: schema.ReplyFeedback, Rating: 6}, ""},
		"less than none":         {schema.Reply{Kind: schema.ReplyFeedback, Rating: -1}, ""},
		"as long as it may be":   {schema.Reply{Kind: schema.ReplyFeedback, Rating: 1, Comment: long}, "The person gives 1 of 5 stars. “" + long + "”"},
		"too long":               {schema.Reply{Kind: schema.ReplyFeedback, Comment: long + "é"}, ""},
		"no, without a comment":  {schema.Reply{Kind: schema.ReplyNotHelped}, "The person says that it did not help."},
		"no, with one":           {schema.Reply{Kind: schema.ReplyNotHelped, Comment: "Worse."}, "The person says that it did not help. “Worse.”"},
		"no, at too much length": {schema.Reply{Kind: schema.ReplyNotHelped, Comment: long + "é"}, ""},
		"what nobody can say":    {schema.Reply{Kind: "shrug"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			before := conversation(schema.ConversationConfirm)
			if c.reply.Kind == schema.ReplyFeedback {
				before = conversation(schema.ConversationFeedback)
			}
			after, note, err := before.Answer(c.reply, noon)
			if c.said == "" {
				require.Equal(t, schema.ReplyUnclear, err)
				require.Equal(t, before, after)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.said, note.Detail)
		})
	}
}
