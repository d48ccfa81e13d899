package activities

import (
	"bytes"
	"cmp"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"proactive/schema"
)

// outbox is Postgres as Notify sees it, with one message.
type outbox struct {
	mu       sync.Mutex
	message  schema.Notification
	hash     []byte
	told     []string
	offered  []schema.DesktopMessage
	offerFor time.Duration

	readErr, handOverErr error
	settle               func() error             // before it does; nil for none
	meanwhile            schema.NotificationState // what another attempt makes of it before the first HandOver; "" for nothing
}

func (o *outbox) Notification(context.Context, string) (schema.Notification, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.message, o.readErr
}

func (o *outbox) HandOver(ctx context.Context, _ string, hash []byte) (schema.NotificationState, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.message.State, o.meanwhile = cmp.Or(o.meanwhile, o.message.State), ""
	found := o.message.State
	if err := errors.Join(o.handOverErr, ctx.Err()); err != nil {
		return "", err
	}
	if found == schema.NotificationPending {
		o.message.State, o.hash = schema.NotificationSending, hash
		o.message.Attempts++
	}
	return found, nil
}

func (o *outbox) PutBack(ctx context.Context, _, sentence string) error {
	return o.move(ctx, schema.NotificationPending, sentence)
}

func (o *outbox) SettleNotification(ctx context.Context, _ string, state schema.NotificationState, sentence string) error {
	if o.settle != nil {
		if err := o.settle(); err != nil {
			return err
		}
	}
	return o.move(ctx, state, sentence)
}

// move writes only what Postgres would: nothing final is changed, and only what is being sent can be put back.
func (o *outbox) move(ctx context.Context, to schema.NotificationState, sentence string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if from := o.message.State; !from.Final() && from != to {
		o.message.State, o.told = to, append(o.told, sentence)
	}
	return nil
}

func (o *outbox) OfferNotice(_ context.Context, _ string, hash []byte, message schema.DesktopMessage, offerFor time.Duration) error {
	o.message.State, o.hash, o.offerFor = schema.NotificationSending, hash, offerFor
	o.offered = append(o.offered, message)
	return nil
}

// posting is a message about to be delivered.
type posting struct {
	t       *testing.T
	outbox  *outbox
	config  NotifyConfig
	secrets map[string]string
	roots   *x509.CertPool
	timeout time.Duration // start to close
	most    int           // attempts of the activity
	logs    bytes.Buffer

	interrupt context.CancelFunc // stops it while it runs, as a worker that stops does
}

const (
	messageID = "0123456789abcdef0123456789abcdef"
	linkKey   = "the key of links"
)

// post makes a message on a channel, to fred.
func post(t *testing.T, channel schema.ChannelType, config string) *posting {
	t.Helper()
	allow, err := ParseAllowList("127.0.0.1,localhost")
	require.NoError(t, err)
	return &posting{t: t, secrets: map[string]string{}, timeout: 10 * time.Second, most: 1,
		config: NotifyConfig{LinkKey: []byte(linkKey), PublicURL: "https://help.example.com/", HTTP: allow, SMTP: allow, Hosts: NewHosts(DefaultPerHost)},
		outbox: &outbox{message: schema.Notification{
			SysID: messageID, Occasion: schema.OccasionAsk, State: schema.NotificationPending, Wanted: true, Email: "fred.luddy@example.com", CI: "ci-1",
			Channel: schema.Channel{Name: string(channel), Type: channel, Audience: schema.AudiencePerson, Attempts: 5, Active: true, Config: json.RawMessage(config)},
			View: schema.View{Organisation: "Service Desk", Language: "en", TimeZone: "UTC", Person: "Fred Luddy", Device: "fred-pc", ExperienceID: "exp-1",
				Provider: "Nexthink", IssueCode: "100", Found: "Teams is frozen", Prompt: "Shall we restart Teams?", Step: 1,
				Conversation: schema.Conversation{State: schema.ConversationAsked, Mode: schema.Engage}},
		}}}
}

// mailed is a mail to a post office, without encryption and tried three times.
func mailed(t *testing.T, office *postOffice) *posting {
	p := post(t, schema.ChannelEmail, office.config(schema.TLSNone))
	p.outbox.message.Channel.Attempts, p.most = 3, 3
	return p
}

// run runs Notify as Temporal would.
func (p *posting) run() (schema.NotificationState, error) {
	p.t.Helper()
	if p.config.HTTP.secrets == nil {
		p.config.HTTP.secrets = boundTo(p.t, p.secrets)
	}
	n := NewNotify(p.outbox, p.config)
	n.roots = p.roots
	n.secrets.find = func(name string) (string, error) {
		if value, set := p.secrets[name]; set {
			return value, nil
		}
		return "", errors.New("secret " + name + " is not set")
	}
	run := func(ctx context.Context, notification string) (schema.NotificationState, error) {
		ctx, p.interrupt = context.WithCancel(ctx)
		defer p.interrupt()
		return n.Run(ctx, notification)
	}
	return execute[schema.NotificationState](p.t, NotifyName, run, messageID, p.timeout, p.most,
		slog.NewTextHandler(&p.logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// ends runs it and tells the state, or the code of its error, and what the timeline was told.
func (p *posting) ends() (outcome string, told []string) {
	p.t.Helper()
	state, err := p.run()
	if panicked := (*temporal.PanicError)(nil); errors.As(err, &panicked) {
		return "panic", p.outbox.told
	}
	var coded *temporal.ApplicationError
	if errors.As(err, &coded) {
		require.Equal(p.t, coded.Type(), coded.Message(), "an error is a code and nothing else")
		return coded.Type(), p.outbox.told
	}
	require.NoError(p.t, err)
	return string(state), p.outbox.told
}

// token is that of the message's link.
func token() string { return schema.LinkToken([]byte(linkKey), messageID) }
