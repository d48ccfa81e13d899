package activities

import (
	"crypto/x509"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"proactive/schema"
)

// parts are the alternatives of a mail, decoded, by their content type.
func parts(t *testing.T, m *mail.Message) map[string]string {
	t.Helper()
	kind, parameters, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	require.NoError(t, err)
	require.Equal(t, "multipart/alternative", kind)
	found := map[string]string{}
	for r := multipart.NewReader(m.Body, parameters["boundary"]); ; {
		part, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			return found
		}
		require.NoError(t, err)
		require.Equal(t, "quoted-printable", part.Header.Get("Content-Transfer-Encoding"))
		text, err := io.ReadAll(quotedprintable.NewReader(part))
		require.NoError(t, err)
		found[part.Header.Get("Content-Type")] = string(text)
	}
}

// only is the one mail that was taken.
func only(t *testing.T, office *postOffice) (taken, *mail.Message) {
	t.Helper()
	_, mails := office.came()
	require.Len(t, mails, 1)
	parsed, err := mail.ReadMessage(strings.NewReader(mails[0].content))
	require.NoError(t, err)
	return mails[0], parsed
}

func TestAMailSaysAllInTextAndHTMLOverAnEncryptedConnection(t *testing.T) {
	for name, implicit := range map[string]bool{schema.TLSStart: false, schema.TLSImplicit: true} {
		t.Run(name, func(t *testing.T) {
			office := newPostOffice(t, implicit)
			p := post(t, schema.ChannelEmail, strings.TrimSuffix(office.config(name), "}")+`,"username":"it","password":{"$secret":"MAIL"}}`)
			p.secrets["MAIL"] = "s3cret"
			p.roots = x509.NewCertPool()
			p.roots.AddCert(office.certificate)
			p.outbox.message.View.Person, p.outbox.message.View.Language = "Jürgen Öz", "de"
			outcome, told := p.ends()
			assert.Equal(t, "delivered", outcome)
			assert.Equal(t, []string{"The message by email has left: 127.0.0.1 has taken it."}, told)

			got, parsed := only(t, office)
			assert.True(t, got.encrypted)
			assert.Equal(t, " it s3cret", got.login)
			assert.Equal(t, "MAIL FROM:<it@example.com> BODY=8BITMIME", got.from, "no SMTPUTF8 where nothing needs it")
			assert.Equal(t, "RCPT TO:<fred.luddy@example.com>", got.to)
			for header, want := range map[string]string{"From": `"IT" <it@example.com>`, "To": "<fred.luddy@example.com>", "Reply-To": "<desk@example.com>",
				"Message-Id": "<" + messageID + "@example.com>", "Auto-Submitted": "auto-generated", "Mime-Version": "1.0"} {
				assert.Equal(t, []string{want}, parsed.Header[header])
			}
			date, err := parsed.Header.Date()
			require.NoError(t, err)
			assert.WithinDuration(t, time.Now(), date, time.Minute)
			link := "https://help.example.com/help/" + token()
			alternatives := parts(t, parsed)
			require.Len(t, alternatives, 2)
			for _, kind := range []string{"text/plain; charset=UTF-8", "text/html; charset=UTF-8"} {
				assert.Contains(t, alternatives[kind], "Jürgen Öz")
				assert.Contains(t, alternatives[kind], link)
			}
			assert.Equal(t, schema.HashToken(token()), p.outbox.hash)
		})
	}
}

func TestAServerThatCannotBeTrustedGetsNoPassword(t *testing.T) {
	for name, c := range map[string]struct {
		does  onStep
		trust bool
		told  string
	}{
		"unknown certificate": {nil, false, "127.0.0.1 shows no certificate that can be trusted."},
		"no STARTTLS":         {onStep{"EHLO": "250 AUTH PLAIN"}, true, "127.0.0.1 does not offer STARTTLS, which the channel asks for."},
		"STARTTLS refused":    {onStep{"STARTTLS": "454 not now"}, true, "127.0.0.1 answered 454 to the encryption."},
	} {
		t.Run(name, func(t *testing.T) {
			office := newPostOffice(t, false, c.does)
			p := post(t, schema.ChannelEmail, strings.TrimSuffix(office.config(schema.TLSStart), "}")+`,"username":"it","password":{"$secret":"MAIL"}}`)
			p.secrets["MAIL"] = "s3cret"
			p.roots = x509.NewCertPool()
			if c.trust {
				p.roots.AddCert(office.certificate)
			}
			outcome, told := p.ends()
			assert.NotEqual(t, "delivered", outcome)
			assert.Equal(t, []string{"Attempt 1 by email: " + c.told}, told)
			_, mails := office.came()
			assert.Empty(t, mails)
		})
	}
}

func TestWithoutEncryptionMailGoesToThisComputerOnly(t *testing.T) {
	p := post(t, schema.ChannelEmail, `{"host":"192.0.2.1","port":25,"tls":"none","from":"it@example.com"}`)
	allow, err := ParseAllowList("192.0.2.1")
	require.NoError(t, err)
	p.config.SMTP = allow
	outcome, told := p.ends()
	assert.Equal(t, "failed", outcome)
	assert.Equal(t, []string{"Attempt 1 by email: Without encryption mail goes to this computer only."}, told)
}

func TestMailGoesOnlyWhereItMay(t *testing.T) {
	office := newPostOffice(t, false)
	for list, told := range map[string]string{
		"":                 "is not on the list of hosts that may be called; an operator can add it to PROACTIVE_SMTP_ALLOW.",
		"mail.example.com": "is not on the list of hosts that may be called; an operator can add it to PROACTIVE_SMTP_ALLOW.",
		"127.0.0.1:1":      "is not on the list of hosts that may be called; an operator can add it to PROACTIVE_SMTP_ALLOW.",
	} {
		p := mailed(t, office)
		var err error
		p.config.SMTP, err = ParseAllowList(list)
		require.NoError(t, err)
		outcome, sentences := p.ends()
		assert.Equal(t, "failed", outcome)
		require.Len(t, sentences, 1)
		assert.Contains(t, sentences[0], told)
	}
	sessions, _ := office.came()
	assert.Zero(t, sessions)
}

func TestANameThatLeadsIntoOurNetworkTakesNoMail(t *testing.T) {
	p := post(t, schema.ChannelEmail, `{"host":"localhost","port":2525,"tls":"none","from":"it@example.com"}`)
	p.config.SMTP = AllowList{hosts: []allowedHost{{name: "localhost"}}} // as a name that is listed without its address
	outcome, told := p.ends()
	assert.Equal(t, "failed", outcome)
	assert.Contains(t, told[0], "an address that is not public; an operator can add the address or its network to PROACTIVE_SMTP_ALLOW.")
}

func TestWhatAServerAnswersDecides(t *testing.T) {
	for _, c := range []struct {
		step, says string
		outcome    string // after three attempts
		told       string // by the last
		sessions   int
	}{
		{"greeting", "421 busy", "failed", "Attempt 3 by email: 127.0.0.1 answered 421 to the greeting.", 3},
		{"greeting", "554 go away", "failed", "Attempt 1 by email: 127.0.0.1 answered 554 to the greeting.", 1},
		{"greeting", "what?", "failed", "Attempt 3 by email: 127.0.0.1 broke off at the greeting.", 3},
		{"MAIL", "451 later", "failed", "Attempt 3 by email: 127.0.0.1 answered 451 to the sender.", 3},
		{"MAIL", "550 never", "failed", "Attempt 1 by email: 127.0.0.1 answered 550 to the sender.", 1},
		{"RCPT", "450 fred.luddy@example.com is greylisted", "failed", "Attempt 3 by email: 127.0.0.1 answered 450 to the recipient.", 3},
		{"RCPT", "550 no fred.luddy@example.com here", "failed", "Attempt 1 by email: 127.0.0.1 answered 550 to the recipient.", 1},
		{"DATA", "451 later", "failed", "Attempt 3 by email: 127.0.0.1 answered 451 to the mail.", 3},
		{".", "451 later", "failed", "Attempt 3 by email: 127.0.0.1 answered 451 to the mail.", 3},
		{".", "554 it is spam", "failed", "Attempt 1 by email: 127.0.0.1 answered 554 to the mail.", 1},
		{".", "251 perhaps", "failed", "Attempt 3 by email: 127.0.0.1 answered 251 to the mail.", 3},
		{"MAIL", drop, "failed", "Attempt 3 by email: 127.0.0.1 broke off at the sender.", 3},
		{".", drop, "failed", "Attempt 3 by email: 127.0.0.1 broke off at the mail.", 3},
	} {
		t.Run(c.step+" "+c.says, func(t *testing.T) {
			office := newPostOffice(t, false, onStep{c.step: c.says})
			p := mailed(t, office)
			outcome, told := p.ends()
			assert.Equal(t, c.outcome, outcome)
			require.Len(t, told, c.sessions, "each attempt is told")
			assert.Equal(t, c.told, told[c.sessions-1])
			sessions, mails := office.came()
			assert.Equal(t, c.sessions, sessions)
			assert.Empty(t, mails)
			assert.Equal(t, c.sessions, p.outbox.message.Attempts)
		})
	}
}

func TestAServerThatCannotBeReachedIsTriedAgain(t *testing.T) {
	office := newPostOffice(t, false)
	p := mailed(t, office)
	p.outbox.message.Channel.Config = []byte(strings.Replace(string(p.outbox.message.Channel.Config), strconv.Itoa(office.port), "1", 1))
	outcome, told := p.ends()
	assert.Equal(t, "failed", outcome)
	assert.Equal(t, []string{"Attempt 1 by email: 127.0.0.1 could not be reached.", "Attempt 2 by email: 127.0.0.1 could not be reached.",
		"Attempt 3 by email: 127.0.0.1 could not be reached."}, told)
	assert.Equal(t, schema.NotificationLost, p.outbox.message.State)
}

func TestAServerThatHangsIsGivenUpAndTriedAgain(t *testing.T) {
	for _, step := range []string{"greeting", "EHLO", "MAIL", "RCPT", "DATA", "."} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			office := newPostOffice(t, false, onStep{step: hang}, onStep{})
			p := mailed(t, office)
			p.timeout = patience
			outcome, told := p.ends()
			assert.Equal(t, "delivered", outcome)
			require.Len(t, told, 2)
			assert.Contains(t, told[0], "Attempt 1 by email: 127.0.0.1 did not answer in time to the ")
			_, mails := office.came()
			assert.Len(t, mails, 1)
		})
	}
}

// The window that is left open: the answer is lost while we live.
func TestAMailWhoseAnswerWasLostIsSentAgainUnderTheSameID(t *testing.T) {
	for _, how := range []string{takeAndDrop, takeAndHang} {
		office := newPostOffice(t, false, onStep{".": how}, onStep{})
		p := mailed(t, office)
		p.timeout = patience
		outcome, _ := p.ends()
		assert.Equal(t, "delivered", outcome)
		_, mails := office.came()
		require.Len(t, mails, 2)
		for _, m := range mails {
			assert.Contains(t, m.content, "<"+messageID+"@example.com>")
		}
	}
}

func TestAMailIsNeverSentTwiceAfterACrash(t *testing.T) {
	for name, crash := range map[string]func() error{
		"the worker dies":  func() error { panic("killed") },
		"Postgres is away": func() error { return schema.ErrUnavailable },
	} {
		t.Run(name, func(t *testing.T) {
			office := newPostOffice(t, false)
			p := mailed(t, office)
			p.most, p.outbox.settle = 1, crash
			outcome, _ := p.ends()
			assert.Contains(t, []string{"panic", Unavailable}, outcome)
			assert.Equal(t, schema.NotificationSending, p.outbox.message.State)

			p.outbox.settle = nil
			outcome, told := p.ends()
			assert.Equal(t, "unknown", outcome)
			assert.Equal(t, []string{"It is not known whether the mail left; it is not sent a second time."}, told)
			sessions, mails := office.came()
			assert.Len(t, mails, 1)
			assert.Equal(t, 1, sessions, "the server is not even asked again")
			outcome, told = p.ends()
			assert.Equal(t, "unknown", outcome, "and so it stays")
			assert.Len(t, told, 1)
		})
	}
}

func TestAWorkerThatStopsHearsTheAnswerToAMail(t *testing.T) {
	office := newPostOffice(t, false)
	p := mailed(t, office)
	office.onTaken = func() { p.interrupt() }
	outcome, told := p.ends()
	assert.Equal(t, "delivered", outcome)
	assert.Len(t, told, 1)
	_, mails := office.came()
	assert.Len(t, mails, 1)
}

func TestACrashBeforeTheHandOverIsRepeated(t *testing.T) {
	office := newPostOffice(t, false)
	p := mailed(t, office)
	p.most, p.outbox.handOverErr = 1, schema.ErrUnavailable
	outcome, told := p.ends()
	assert.Equal(t, Unavailable, outcome)
	assert.Empty(t, told)
	_, mails := office.came()
	assert.Empty(t, mails, "what could not be taken is not sent")

	p.outbox.handOverErr = nil
	outcome, _ = p.ends()
	assert.Equal(t, "delivered", outcome)
}

func TestWhoComesSecondKeepsHandsOff(t *testing.T) {
	office := newPostOffice(t, false)
	p := mailed(t, office)
	n := NewNotify(p.outbox, p.config)
	ready, failed := n.letter(t.Context(), p.outbox.message, link{})
	require.Nil(t, failed)
	defer ready.drop()
	_, err := p.outbox.HandOver(t.Context(), messageID, nil) // by another attempt, after ours has read the message
	require.NoError(t, err)
	outcome, _ := p.ends()
	assert.Equal(t, "unknown", outcome)
	_, mails := office.came()
	assert.Empty(t, mails)
}

func TestNobodyAddsAHeaderToAMail(t *testing.T) {
	office := newPostOffice(t, false)
	p := mailed(t, office)
	p.outbox.message.View.Device = "pc\r\nBcc: eve@example.com\r\n\r\nhello"
	p.outbox.message.View.Found = "x\r\n.\r\nMAIL FROM:<eve@example.com>"
	outcome, _ := p.ends()
	assert.Equal(t, "delivered", outcome)
	got, parsed := only(t, office)
	assert.Empty(t, parsed.Header.Get("Bcc"))
	assert.Equal(t, "RCPT TO:<fred.luddy@example.com>", got.to)
	assert.Contains(t, parts(t, parsed)["text/plain; charset=UTF-8"], "hello")

	for _, address := range []string{"fred@example.com\r\nBcc: eve@example.com", "fred@example.com, eve@example.com", "fred", "fred@example.com>\r\nDATA"} {
		p := mailed(t, office)
		p.outbox.message.Email = address
		outcome, told := p.ends()
		assert.Equal(t, "failed", outcome)
		assert.Equal(t, []string{"Attempt 1 by email: the person's mail address is none."}, told)
	}
}

func TestAMailThatCannotBeWrittenIsNotTriedAgain(t *testing.T) {
	office := newPostOffice(t, false)
	usual := office.config(schema.TLSNone)
	for name, c := range map[string]struct {
		config, email, told string
	}{
		"no address":        {usual, "", "the person has no mail address."},
		"a wrong sender":    {strings.Replace(usual, "IT <it@example.com>", "IT", 1), "fred@example.com", "the channel's sender is no mail address."},
		"two senders":       {strings.Replace(usual, "IT <it@example.com>", "a@example.com\\r\\nTo: b@example.com", 1), "fred@example.com", "the channel's sender is no mail address."},
		"a wrong reply-to":  {strings.Replace(usual, "desk@example.com", "desk", 1), "fred@example.com", "the channel's address for replies is no mail address."},
		"no settings":       {`[]`, "fred@example.com", "the channel's settings cannot be read."},
		"unknown tls":       {strings.Replace(usual, `"none"`, `"sometimes"`, 1), "fred@example.com", "the channel's tls is not one that is known."},
		"a secret not set":  {strings.TrimSuffix(usual, "}") + `,"username":"it","password":{"$secret":"MAIL"}}`, "fred@example.com", "secret MAIL is not set."},
		"no secret at all":  {strings.TrimSuffix(usual, "}") + `,"username":"it"}`, "fred@example.com", "the channel's settings cannot be read."},
		"a broken password": {strings.TrimSuffix(usual, "}") + `,"username":"it","password":{"$secret":"M","a":1}}`, "fred@example.com", "the channel's settings cannot be read."},
	} {
		t.Run(name, func(t *testing.T) {
			p := mailed(t, office)
			p.outbox.message.Channel.Config, p.outbox.message.Email = []byte(c.config), c.email
			outcome, told := p.ends()
			assert.Equal(t, "failed", outcome)
			assert.Equal(t, []string{"Attempt 1 by email: " + c.told}, told)
		})
	}
	_, mails := office.came()
	assert.Empty(t, mails)
}

func TestTheServiceDeskIsWrittenToWithoutALink(t *testing.T) {
	office := newPostOffice(t, false)
	p := mailed(t, office)
	p.config.LinkKey = nil
	p.outbox.message.Occasion, p.outbox.message.Channel.Audience = schema.OccasionDesk, schema.AudienceDesk
	p.outbox.message.Channel.Config = []byte(strings.TrimSuffix(office.config(schema.TLSNone), "}") + `,"to":"desk@example.com"}`)
	outcome, _ := p.ends()
	assert.Equal(t, "delivered", outcome)
	got, parsed := only(t, office)
	assert.Equal(t, "RCPT TO:<desk@example.com>", got.to)
	assert.Nil(t, p.outbox.hash)
	for _, text := range parts(t, parsed) {
		assert.NotContains(t, text, "/help/", "whoever has a link is taken for the person")
	}
}

func TestAServerThatNeverStopsTalkingIsNotHeardOut(t *testing.T) {
	office := newPostOffice(t, false, onStep{"greeting": strings.Repeat("220-"+strings.Repeat("a", 1000)+"\r\n", 2000) + "220 hello"}, onStep{})
	p := mailed(t, office)
	outcome, told := p.ends()
	assert.Equal(t, "delivered", outcome)
	require.Len(t, told, 2)
	assert.Contains(t, told[0], "broke off at the greeting")
}

// A quoted address may hold what would end it and go on as a parameter.
func TestAnAddressSaysNothingToTheServerButItself(t *testing.T) {
	for _, address := range []string{`"fred luddy"@example.com`, `"fred> NOTIFY=NEVER <luddy"@example.com`, `"fred\"luddy"@example.com`, `fred@[127.0.0.1]`} {
		office := newPostOffice(t, false)
		p := mailed(t, office)
		p.outbox.message.Email = address
		outcome, _ := p.ends()
		assert.Equal(t, "delivered", outcome)
		got, _ := only(t, office)
		assert.Equal(t, "RCPT TO:<"+address+">", got.to)
	}
}

// Two attempts may be alive at once: one whose worker was taken for dead, and its successor, both connected to the server.
func TestAMailThatAnotherAttemptHasTakenIsNotSent(t *testing.T) {
	for meanwhile, outcome := range map[schema.NotificationState]string{schema.NotificationSending: "unknown", schema.NotificationDelivered: "delivered", schema.NotificationWithdrawn: "withdrawn"} {
		office := newPostOffice(t, false)
		p := mailed(t, office)
		p.timeout, p.outbox.meanwhile = time.Minute, meanwhile
		ended, _ := p.ends()
		assert.Equal(t, outcome, ended)
		sessions, mails := office.came()
		assert.Equal(t, 1, sessions)
		assert.Empty(t, mails)
		select {
		case <-office.left:
		case <-time.After(10 * time.Second):
			t.Error("the connection was left open")
		}
	}
}
