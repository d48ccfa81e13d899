package activities

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"proactive/schema"
)

func TestAMessageThatHasEndedIsLeftAlone(t *testing.T) {
	for _, state := range []schema.NotificationState{schema.NotificationDelivered, schema.NotificationLost, schema.NotificationUnknown, schema.NotificationWithdrawn} {
		office := newPostOffice(t, false)
		p := mailed(t, office)
		p.outbox.message.State, p.outbox.message.Wanted = state, false
		outcome, told := p.ends()
		assert.Equal(t, string(state), outcome)
		assert.Empty(t, told)
		sessions, _ := office.came()
		assert.Zero(t, sessions)
	}
}

func TestAMessageThatIsNoLongerWantedIsWithdrawn(t *testing.T) {
	for _, channel := range []schema.ChannelType{schema.ChannelEmail, schema.ChannelWebhook, schema.ChannelDesktop} {
		p := post(t, channel, `{}`)
		p.outbox.message.Wanted = false
		outcome, told := p.ends()
		assert.Equal(t, "withdrawn", outcome)
		assert.Equal(t, []string{"The message by " + string(channel) + " was not sent, as it is no longer wanted."}, told)
		assert.Empty(t, p.outbox.offered)
	}
	d := newDesk(t, status(200))
	p := hooked(t, d.URL, "")
	p.outbox.message.Wanted, p.outbox.message.State = false, schema.NotificationSending
	outcome, _ := p.ends()
	assert.Equal(t, "unknown", outcome, "an attempt that was interrupted may have sent it")
	assert.Empty(t, d.requests())
}

// A message may wait for a retry, or for Postgres, while somebody turns the switch.
func TestAChannelThatIsSwitchedOffSendsNothing(t *testing.T) {
	for _, channel := range []schema.ChannelType{schema.ChannelEmail, schema.ChannelWebhook, schema.ChannelDesktop} {
		p := post(t, channel, `{}`)
		p.outbox.message.Channel.Active = false
		outcome, told := p.ends()
		assert.Equal(t, "failed", outcome)
		assert.Equal(t, []string{"Attempt 1 by " + string(channel) + ": the channel is switched off."}, told)
		assert.Empty(t, p.outbox.offered)
	}
}

func TestWithoutALinkNobodyIsWrittenTo(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*NotifyConfig)
		says   string
	}{
		"no key":     {func(c *NotifyConfig) { c.LinkKey = nil }, "PROACTIVE_LINK_KEY"},
		"no address": {func(c *NotifyConfig) { c.PublicURL = "" }, "PROACTIVE_PUBLIC_URL"},
	} {
		for _, channel := range []schema.ChannelType{schema.ChannelEmail, schema.ChannelWebhook, schema.ChannelDesktop} {
			p := post(t, channel, `{}`)
			c.change(&p.config)
			outcome, told := p.ends()
			assert.Equal(t, "failed", outcome, name)
			require.Len(t, told, 1)
			assert.Contains(t, told[0], c.says)
		}
	}
}

func TestAMessageOfAnUnknownKindFails(t *testing.T) {
	outcome, told := post(t, "pigeon", `{}`).ends()
	assert.Equal(t, "failed", outcome)
	assert.Equal(t, []string{`Attempt 1 by pigeon: this worker knows no channels of type "pigeon".`}, told)
}

func TestWhenPostgresIsAwayNoMessageIsSent(t *testing.T) {
	p := post(t, schema.ChannelEmail, `{}`)
	p.outbox.readErr = schema.ErrUnavailable
	outcome, told := p.ends()
	assert.Equal(t, Unavailable, outcome)
	assert.Empty(t, told)
}

func TestADeviceIsOfferedTheMessage(t *testing.T) {
	for config, offerFor := range map[string]time.Duration{`{}`: schema.DefaultDesktopOffer, `{"offer_for":60000000000}`: time.Minute} {
		p := post(t, schema.ChannelDesktop, config)
		outcome, told := p.ends()
		assert.Equal(t, "pending", outcome, "the device answers through the inbox")
		assert.Empty(t, told)
		require.Len(t, p.outbox.offered, 1)
		assert.Contains(t, p.outbox.offered[0].Text, "Shall we restart Teams?")
		assert.Empty(t, p.outbox.offered[0].Link, "the link is stored nowhere")
		assert.Equal(t, schema.HashToken(token()), p.outbox.hash)
		assert.Equal(t, offerFor, p.outbox.offerFor)

		outcome, _ = p.ends()
		assert.Equal(t, "pending", outcome)
		assert.Len(t, p.outbox.offered, 1, "the device has it")
	}
}

func TestWithoutADeviceNothingIsShown(t *testing.T) {
	for name, c := range map[string]struct{ config, ci, told string }{
		"no agent":    {`{}`, "", "there is no device with an agent to show it."},
		"no settings": {`[]`, "ci-1", "the channel's settings cannot be read."},
	} {
		p := post(t, schema.ChannelDesktop, c.config)
		p.outbox.message.CI = c.ci
		outcome, told := p.ends()
		assert.Equal(t, "failed", outcome, name)
		assert.Equal(t, []string{"Attempt 1 by desktop: " + c.told}, told)
		assert.Empty(t, p.outbox.offered)
	}
}

func TestNeitherTheTimelineNorALogHoldsWhatIsSecretOrPersonal(t *testing.T) {
	office := newPostOffice(t, false, onStep{"RCPT": "450 fred.luddy@example.com: " + token()}, onStep{"AUTH": "454 s3cret"}, onStep{".": takeAndDrop}, onStep{})
	p := post(t, schema.ChannelEmail, strings.TrimSuffix(office.config(schema.TLSNone), "}")+`,"username":"it","password":{"$secret":"MAIL"}}`)
	p.secrets["MAIL"], p.most = "s3cret", 4
	outcome, told := p.ends()
	assert.Equal(t, "delivered", outcome)
	require.Len(t, told, 4)
	d := newDesk(t, status(500))
	hook := hooked(t, d.URL+"/t0ken", "")
	_, more := hook.ends()
	require.Len(t, more, 3)
	all := strings.Join(append(told, more...), "\n") + p.logs.String() + hook.logs.String()
	assert.NotEmpty(t, p.logs.String())
	for _, secret := range []string{"s3cret", "t0ken", token(), "fred", "Fred", "frozen", whsec, linkKey, "it@example.com"} {
		assert.NotContains(t, all, secret)
	}
}
