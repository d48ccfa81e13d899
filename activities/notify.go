package activities

import (
	"cmp"
	"context"
	"crypto/x509"
	"strings"

	"proactive/schema"
)

// NotifyName is the type name of the activity that delivers one message.
const NotifyName = "notify"

// NotificationStore is what Notify needs of Postgres. Each method is one move that a repeat finds made.
type NotificationStore interface {
	Notification(ctx context.Context, sysID string) (schema.Notification, error)
	// HandOver makes a pending message one that is being sent, counts the attempt and keeps the hash of its link's token (nil without
	// a link). It tells in which state the message was: pending, and it is ours; else hands off.
	HandOver(ctx context.Context, sysID string, tokenHash []byte) (schema.NotificationState, error)
	// PutBack tells of an attempt that certainly failed, and makes the message that was being sent pending again.
	PutBack(ctx context.Context, sysID, sentence string) error
	SettleNotification(ctx context.Context, sysID string, state schema.NotificationState, sentence string) error
	NoticeStore
}

// NotifyConfig is what Notify needs besides Postgres. Without LinkKey or PublicURL no person can be written to.
type NotifyConfig struct {
	LinkKey   []byte
	PublicURL string    // of the api, as people reach it
	HTTP      AllowList // where webhooks may go
	SMTP      AllowList // where mail may go
	Hosts     *Hosts    // and how often at once; nil is DefaultPerHost of its own
}

// Notify is the activity that delivers one message on one channel.
type Notify struct {
	sender
	store  NotificationStore
	config NotifyConfig
	roots  *x509.CertPool // that mail servers' certificates are checked against; nil: the system's
}

// NewNotify makes the activity.
func NewNotify(store NotificationStore, config NotifyConfig) *Notify {
	config.SMTP = config.SMTP.forMail()
	config.Hosts = cmp.Or(config.Hosts, NewHosts(DefaultPerHost))
	return &Notify{sender: newSender(config.HTTP, config.Hosts), store: store, config: config}
}

// Run delivers a message and gives the state in which it is then: final, or for the screen of a device pending, as the device
// answers through the inbox. Its error is a code and means "try again"; what happened is told on the timeline. The channel says in
// which attempt the message is settled whatever happens. An attempt counts from when the message is taken, in Postgres: a retry policy
// should allow more, for when Postgres is away or a host busy.
//
// A mail is never sent again when it may have left: once it is being handed over, an attempt that nobody heard the end of, as of a
// worker that was killed, leaves it unknown. One window is left: a server that has taken the whole mail, and whose answer is lost
// while this process lives, is asked again, and can tell by the same Message-ID. A webhook is sent again in both cases; its receiver
// tells by the same webhook-id.
func (n *Notify) Run(ctx context.Context, notification string) (schema.NotificationState, error) {
	defer beat(ctx)()
	working, done := leaveTimeToTell(ctx)
	defer done()
	m, err := n.store.Notification(working, notification)
	if err != nil {
		return "", coded(ctx, err)
	}
	begun := m.State == schema.NotificationSending
	switch channel := m.Channel.Type; {
	case m.State.Final():
		return m.State, nil
	case begun && channel == schema.ChannelDesktop: // the device has it; a code is offered to it without us
		return schema.NotificationPending, nil
	case begun && (channel == schema.ChannelEmail || !m.Wanted):
		return n.leaveUnknown(ctx, m)
	case !m.Wanted:
		return n.settle(ctx, m, schema.NotificationWithdrawn, "The message by "+m.Channel.Name+" was not sent, as it is no longer wanted.")
	}
	l, failed := n.link(m)
	switch {
	case !m.Channel.Active:
		return n.failed(ctx, m, refused(codeBadChannel, "the channel is switched off."))
	case failed != nil:
		return n.failed(ctx, m, failed)
	case m.Channel.Type == schema.ChannelDesktop:
		return n.offer(ctx, working, m, l)
	}
	return n.deliver(ctx, working, m, l)
}

// link is what leads a person to the conversation. The service desk gets none: whoever has one is taken for the person.
type link struct {
	url  string
	hash []byte // of its token
}

func (n *Notify) link(m schema.Notification) (link, *undelivered) {
	switch {
	case m.Channel.Audience == schema.AudienceDesk:
		return link{}, nil
	case len(n.config.LinkKey) == 0:
		return link{}, refused(codeNoLinkKey, "nobody can be given a link, as PROACTIVE_LINK_KEY is not set for the worker.")
	case n.config.PublicURL == "":
		return link{}, refused(codeNoLinkKey, "nobody can be given a link, as PROACTIVE_PUBLIC_URL is not set for the worker.")
	}
	token := schema.LinkToken(n.config.LinkKey, m.SysID)
	return link{strings.TrimRight(n.config.PublicURL, "/") + schema.ConversationPath + token, schema.HashToken(token)}, nil
}
