package activities

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"proactive/schema"
)

// The codes of a delivery that did not succeed, besides those of an attempt at http_request.
const (
	codeNoLinkKey   = "link_key_not_set"
	codeBadChannel  = "invalid_channel"
	codeNoRecipient = "no_recipient"
	codeNotTaken    = "mail_not_taken" // the server said so
)

// undelivered is why a message was not delivered.
type undelivered struct {
	code     string
	sentence string        // for the timeline, begins in the middle of one; names servers, never persons
	final    bool          // trying again makes no sense
	wait     time.Duration // of a busy host: until it may be this one's turn; there was no attempt
}

// refused is a message that cannot be delivered at all.
func refused(code, sentence string) *undelivered {
	return &undelivered{code: code, sentence: sentence, final: true}
}

// parcel is a message that only has to be handed over.
type parcel interface {
	// send hands it over, once; taken says who took it.
	send(ctx context.Context) (taken string, failed *undelivered)
	drop()
}

// deliver gets a message ready as far as that can be repeated, takes it, hands it over and tells what came of it. An attempt that
// does not get it ready counts all the same.
func (n *Notify) deliver(ctx, working context.Context, m schema.Notification, l link) (schema.NotificationState, error) {
	ready, unready := n.prepare(working, m, l)
	if unready == nil {
		defer ready.drop()
	} else if unready.wait > 0 {
		return n.later(ctx, m, unready)
	}
	state, err := n.take(working, m, l)
	switch {
	case err != nil:
		return "", coded(ctx, err)
	case state == schema.NotificationSending:
		return n.leaveUnknown(ctx, m)
	case state.Final():
		return state, nil
	case unready != nil:
		return n.failed(ctx, m, unready)
	}
	taken, failed := ready.send(working)
	if failed != nil {
		return n.failed(ctx, m, failed)
	}
	return n.settle(ctx, m, schema.NotificationDelivered, "The message by "+m.Channel.Name+" has left: "+taken)
}

func (n *Notify) prepare(ctx context.Context, m schema.Notification, l link) (parcel, *undelivered) {
	switch m.Channel.Type {
	case schema.ChannelEmail:
		return n.letter(ctx, m, l)
	case schema.ChannelWebhook:
		return n.call(m, l)
	}
	return nil, refused(codeBadChannel, fmt.Sprintf("this worker knows no channels of type %q.", m.Channel.Type))
}

// take makes the message ours. A webhook that an earlier attempt took, and nobody heard the end of, is taken again.
func (n *Notify) take(ctx context.Context, m schema.Notification, l link) (schema.NotificationState, error) {
	state, err := n.store.HandOver(ctx, m.SysID, l.hash)
	if err != nil || state != schema.NotificationSending || m.Channel.Type != schema.ChannelWebhook {
		return state, err
	}
	if err := n.store.PutBack(ctx, m.SysID, "An attempt by "+m.Channel.Name+" was interrupted; the message is sent again under the same id."); err != nil {
		return "", err
	}
	return n.store.HandOver(ctx, m.SysID, l.hash)
}

// settle writes down how a message ended.
func (n *Notify) settle(ctx context.Context, m schema.Notification, state schema.NotificationState, sentence string) (schema.NotificationState, error) {
	telling, done := timeToTell(ctx)
	defer done()
	if err := n.store.SettleNotification(telling, m.SysID, state, sentence); err != nil {
		return "", coded(ctx, err)
	}
	return state, nil
}

// leaveUnknown ends a message that somebody was handing over who did not come back.
func (n *Notify) leaveUnknown(ctx context.Context, m schema.Notification) (schema.NotificationState, error) {
	thing := "message"
	if m.Channel.Type == schema.ChannelEmail {
		thing = "mail"
	}
	return n.settle(ctx, m, schema.NotificationUnknown, "It is not known whether the "+thing+" left; it is not sent a second time.")
}

// failed settles a message that cannot be delivered, or puts it back for the next attempt. What nobody has confirmed counts as not
// delivered: the person may get it all the same, and then reads how it stands.
func (n *Notify) failed(ctx context.Context, m schema.Notification, u *undelivered) (schema.NotificationState, error) {
	number := m.Attempts + 1
	sentence := fmt.Sprintf("Attempt %d by %s: %s", number, m.Channel.Name, u.sentence)
	last := number >= m.Channel.Attempts
	if u.final || last {
		return n.settle(ctx, m, schema.NotificationLost, sentence)
	}
	telling, done := timeToTell(ctx)
	defer done()
	if err := n.store.PutBack(telling, m.SysID, sentence); err != nil {
		logFault(ctx, err)
	}
	return "", temporal.NewApplicationError(u.code, u.code)
}

// busy is a host that has enough on its way.
func busy(b *BusyError) *undelivered {
	return &undelivered{code: HostBusy, sentence: b.Error(), wait: b.wait}
}

// later comes again when it may be the message's turn, while there is time.
func (n *Notify) later(ctx context.Context, m schema.Notification, u *undelivered) (schema.NotificationState, error) {
	info := activity.GetInfo(ctx)
	if within := info.ScheduleToCloseTimeout; within > 0 {
		left := time.Until(info.ScheduledTime.Add(within)) - info.StartToCloseTimeout
		if left <= 0 {
			return n.settle(ctx, m, schema.NotificationLost, "The message by "+m.Channel.Name+" was given up: "+u.sentence)
		}
		u.wait = min(u.wait, left)
	}
	return "", temporal.NewApplicationErrorWithOptions(u.code, u.code, temporal.ApplicationErrorOptions{
		NextRetryDelay: max(u.wait, time.Second),
		Category:       temporal.ApplicationErrorCategoryBenign,
	})
}
