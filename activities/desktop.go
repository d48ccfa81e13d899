package activities

import (
	"cmp"
	"context"
	"encoding/json"
	"time"

	"proactive/schema"
	"proactive/wording"
)

// NoticeStore is how a message gets to a device.
type NoticeStore interface {
	// OfferNotice makes the device's job, with the hash of the link's token. A repeat changes nothing.
	OfferNotice(ctx context.Context, sysID string, tokenHash []byte, message schema.DesktopMessage, offerFor time.Duration) error
}

// offer gives a message to the device; the device says through the inbox what became of it.
func (n *Notify) offer(ctx, working context.Context, m schema.Notification, l link) (schema.NotificationState, error) {
	var config schema.DesktopConfig
	switch {
	case json.Unmarshal(m.Channel.Config, &config) != nil:
		return n.failed(ctx, m, refused(codeBadChannel, "the channel's settings cannot be read."))
	case m.CI == "":
		return n.failed(ctx, m, refused(codeNoRecipient, "there is no device with an agent to show it."))
	}
	message := wording.Desktop(m.View, m.Occasion)
	if err := n.store.OfferNotice(working, m.SysID, l.hash, message, cmp.Or(config.OfferFor, schema.DefaultDesktopOffer)); err != nil {
		return "", coded(ctx, err)
	}
	return schema.NotificationPending, nil
}
