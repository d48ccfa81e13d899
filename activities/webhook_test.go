package activities

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"proactive/schema"
)

const whsec = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// hooked is a message to a webhook, tried three times.
func hooked(t *testing.T, to string, template string) *posting {
	config := fmt.Sprintf(`{"url":%q,"secret":{"$secret":"HOOK"}}`, to)
	if template != "" {
		config = strings.TrimSuffix(config, "}") + `,"template":` + template + "}"
	}
	p := post(t, schema.ChannelWebhook, config)
	p.secrets["HOOK"] = whsec
	p.outbox.message.Channel.Attempts, p.most = 3, 3
	return p
}

// The example of the specification's own libraries.
func TestTheSignatureIsThatOfStandardWebhooks(t *testing.T) {
	key, failed := signingKey(whsec)
	require.Nil(t, failed)
	assert.Equal(t, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
		signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`)))
}

func TestAWebhookIsSignedAndHoldsAllValues(t *testing.T) {
	d := newDesk(t, status(202))
	p := hooked(t, d.URL+"/hook/t0ken", "")
	outcome, told := p.ends()
	assert.Equal(t, "delivered", outcome)
	host := strings.TrimPrefix(d.URL, "http://")
	assert.Equal(t, []string{"The message by webhook has left: " + host + " answered 202."}, told)
	require.Len(t, d.requests(), 1)
	got := d.requests()[0]
	assert.Equal(t, "POST /hook/t0ken", got.Method+" "+got.RequestURI)
	assert.Equal(t, "application/json", got.Header.Get("Content-Type"))
	assert.Equal(t, messageID, got.Header.Get("webhook-id"))
	seconds, err := strconv.ParseInt(got.Header.Get("webhook-timestamp"), 10, 64)
	require.NoError(t, err)
	assert.WithinDuration(t, time.Now(), time.Unix(seconds, 0), time.Minute)
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(whsec, "whsec_"))
	require.NoError(t, err)
	assert.Equal(t, signature(key, messageID, time.Unix(seconds, 0), []byte(got.body)), got.Header.Get("webhook-signature"))

	var document struct {
		Type      string
		Timestamp time.Time
		Data      map[string]string
	}
	require.NoError(t, json.Unmarshal([]byte(got.body), &document))
	assert.Equal(t, "engagement.ask", document.Type)
	assert.WithinDuration(t, time.Now(), document.Timestamp, time.Minute)
	assert.Equal(t, "https://help.example.com/help/"+token(), document.Data["link"])
	assert.Equal(t, "Teams is frozen", document.Data["found"])
	assert.Equal(t, "exp-1", document.Data["experience_id"])
	assert.Equal(t, schema.HashToken(token()), p.outbox.hash)
}

func TestATemplateMakesWhatTeamsAndSlackUnderstand(t *testing.T) {
	for name, c := range map[string]struct{ template, want string }{
		"Slack": {`{"text":{"$input":"text"},"blocks":[{"type":"section","text":{"type":"plain_text","text":{"$input":"found"}}},
			{"type":"actions","elements":[{"type":"button","url":{"$input":"link"}}]}]}`,
			`{"text":"Shall we restart Teams?","blocks":[{"type":"section","text":{"type":"plain_text","text":"Teams \"is\" frozen {{x}}"}},
			{"type":"actions","elements":[{"type":"button","url":"https://help.example.com/help/%s"}]}]}`},
		"Teams": {`{"type":"message","attachments":[{"contentType":"application/vnd.microsoft.card.adaptive","content":{"type":"AdaptiveCard","version":1.5,
			"body":[{"type":"TextBlock","text":{"$input":"found"}}],"actions":[{"type":"Action.OpenUrl","url":{"$input":"link"}}],"none":{"$input":"unheard_of"}}}]}`,
			`{"type":"message","attachments":[{"contentType":"application/vnd.microsoft.card.adaptive","content":{"type":"AdaptiveCard","version":1.5,
			"body":[{"type":"TextBlock","text":"Teams \"is\" frozen {{x}}"}],"actions":[{"type":"Action.OpenUrl","url":"https://help.example.com/help/%s"}],"none":null}}]}`},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, status(200))
			p := hooked(t, d.URL, c.template)
			p.outbox.message.View.Found = `Teams "is" frozen {{x}}`
			outcome, _ := p.ends()
			assert.Equal(t, "delivered", outcome)
			assert.JSONEq(t, fmt.Sprintf(c.want, token()), d.requests()[0].body)
		})
	}
}

func TestHowTheAnswerToAWebhookIsJudged(t *testing.T) {
	for code, attempts := range map[int]int{400: 1, 401: 1, 404: 1, 410: 1, 408: 3, 425: 3, 429: 3, 500: 3, 503: 3} {
		d := newDesk(t, status(code))
		outcome, told := hooked(t, d.URL, "").ends()
		assert.Equal(t, "failed", outcome, code)
		assert.Len(t, d.requests(), attempts, code)
		require.Len(t, told, attempts)
		assert.Equal(t, fmt.Sprintf("Attempt %d by webhook: %s answered %d.", attempts, strings.TrimPrefix(d.URL, "http://"), code), told[attempts-1])
	}
}

// A chat's receiver is known by its address alone, which is a secret then.
func TestTheAddressOfAWebhookMayBeASecret(t *testing.T) {
	d := newDesk(t, status(200))
	p := hooked(t, "", "")
	p.outbox.message.Channel.Config = json.RawMessage(`{"url":{"$secret":"ADDRESS"},"secret":{"$secret":"HOOK"}}`)
	p.secrets["ADDRESS"] = "http://chat.example.com/t0ken"
	outcome, told := p.ends()
	assert.Equal(t, "failed", outcome)
	assert.Contains(t, told[0], "the channel's url must begin with https://")
	assert.NotContains(t, told[0], "t0ken")

	p = hooked(t, "", "")
	p.outbox.message.Channel.Config = json.RawMessage(`{"url":{"$secret":"ADDRESS"},"secret":{"$secret":"HOOK"}}`)
	p.secrets["ADDRESS"] = d.URL + "/hook/t0ken"
	outcome, told = p.ends()
	assert.Equal(t, "delivered", outcome)
	assert.NotContains(t, told[0], "t0ken")
	assert.Len(t, d.requests(), 1)
}

func TestAWebhookFollowsNoRedirect(t *testing.T) {
	other := newDesk(t, status(200))
	for _, code := range []int{301, 302, 303, 307, 308} {
		d := newDesk(t, moved(code, other.at("localhost")))
		outcome, told := hooked(t, d.URL, "").ends()
		assert.Equal(t, "failed", outcome)
		assert.Contains(t, told[0], fmt.Sprintf("answered %d.", code))
		assert.Len(t, d.requests(), 1)
	}
	assert.Empty(t, other.requests())
}

func TestAWebhookThatHangsOrHangsUpIsTriedAgainAndThenFails(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"hangs":    func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"hangs up": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, answer)
			p := hooked(t, d.URL, "")
			p.timeout, p.most = patience, 1
			outcome, told := p.ends()
			assert.Contains(t, []string{NoAnswer, NoAnswerInTime}, outcome, "it is tried again")
			require.Len(t, told, 1)
			assert.Contains(t, told[0], "Attempt 1 by webhook: No answer from ")

			p.outbox.message.Channel.Attempts = 1
			outcome, told = p.ends()
			assert.Equal(t, "failed", outcome)
			assert.Contains(t, told[1], "No answer from ")
			assert.Len(t, d.requests(), 2)
		})
	}
}

func TestAWebhookIsSentAgainAfterACrashUnderTheSameID(t *testing.T) {
	d := newDesk(t, status(200))
	p := hooked(t, d.URL, "")
	p.most, p.outbox.settle = 1, func() error { panic("killed") }
	outcome, _ := p.ends()
	assert.Equal(t, "panic", outcome)
	p.outbox.settle = nil
	outcome, told := p.ends()
	assert.Equal(t, "delivered", outcome)
	assert.Equal(t, "An attempt by webhook was interrupted; the message is sent again under the same id.", told[0])
	require.Len(t, d.requests(), 2)
	for _, r := range d.requests() {
		assert.Equal(t, messageID, r.Header.Get("webhook-id"))
	}
}

func TestAWebhookThatCannotBeSentIsNotTriedAgain(t *testing.T) {
	d := newDesk(t, status(200))
	for name, c := range map[string]struct{ config, secret, told string }{
		"off the list":      {`{"url":"https://t0ken.example.com/","secret":{"$secret":"HOOK"}}`, whsec, "can add it to PROACTIVE_HTTP_ALLOW."},
		"no url":            {`{"url":"http://%zz/t0ken","secret":{"$secret":"HOOK"}}`, whsec, "the channel's url must be an absolute address"},
		"another scheme":    {`{"url":"ftp://127.0.0.1/t0ken","secret":{"$secret":"HOOK"}}`, whsec, ""},
		"secret not set":    {`{"url":"` + d.URL + `","secret":{"$secret":"NONE"}}`, whsec, "secret NONE is not set."},
		"no secret":         {`{"url":"` + d.URL + `"}`, whsec, "the channel's settings cannot be read."},
		"a secret unmarked": {`{"url":"` + d.URL + `","secret":{"$secret":"HOOK"}}`, whsec[6:], "the webhook's secret is not whsec_ and at least 24 bytes in base64."},
		"a short secret":    {`{"url":"` + d.URL + `","secret":{"$secret":"HOOK"}}`, "whsec_c2hvcnQ=", "the webhook's secret is not whsec_ and at least 24 bytes in base64."},
		"a broken template": {`{"url":"` + d.URL + `","secret":{"$secret":"HOOK"},"template":{"$input":1}}`, whsec, "the channel's settings cannot be read."},
		"no settings":       {`"x"`, whsec, "the channel's settings cannot be read."},
	} {
		t.Run(name, func(t *testing.T) {
			p := hooked(t, d.URL, "")
			p.outbox.message.Channel.Config, p.secrets["HOOK"] = []byte(c.config), c.secret
			outcome, told := p.ends()
			assert.Equal(t, "failed", outcome)
			assert.Contains(t, told[len(told)-1], c.told)
			assert.NotContains(t, strings.Join(told, " "), "/t0ken", "an address may be a secret")
			assert.NotContains(t, p.logs.String(), "/t0ken")
		})
	}
	assert.Empty(t, d.requests())
}
