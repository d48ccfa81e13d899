package postgres

import (
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"math/big"

	"proactive/schema"
)

// showCode makes the code that consent to something sensitive needs, and lets the device show it, for as long as the question
// stands. In the clear it stands only in the parameters of that job, which are blanked when the job ends. Without a device that can
// show it, nobody knows the code, and nobody can consent.
func (k *talk) showCode() error {
	code, err := randomCode()
	if err != nil {
		return err
	}
	k.c = k.c.ShowCode(schema.HashCode(k.c.SysID, code))
	var channel string
	err = k.t.get(k.ctx, &channel, channelForCode, k.offer.CI)
	if errors.Is(err, sql.ErrNoRows) {
		k.say(schema.EventNotificationFailed, "The code that consent needs cannot be shown: no active desktop channel, or no agent on the device.")
		return nil
	}
	if err != nil {
		return err
	}
	view, err := readView(k.ctx, k.t, viewOfIssue, k.issue.SysID)
	if err != nil {
		return err
	}
	m := message{SysID: schema.NewSysID(), Occasion: schema.OccasionCode, Turn: k.c.Turn, State: schema.NotificationSending, OnDevice: true}
	if _, err := k.t.exec(k.ctx, `
		INSERT INTO sn_pren_notification (sys_id, issue, step, channel, occasion, turn, state, attempts)
		VALUES ($1, $2, $3, $4, 'code', $5, 'sending', 1)`, m.SysID, k.issue.SysID, k.issue.Step, channel, m.Turn); err != nil {
		return err
	}
	k.messages = append(k.messages, m)
	k.device, err = offerNotice(k.ctx, k.t, m.SysID, k.writeCode(view.View, code), k.c.Until.Sub(k.now))
	return err
}

const channelForCode = `
	SELECT c.sys_id
	  FROM sn_pren_notification_channel c
	 WHERE c.active AND c.audience = 'person' AND c.type = 'desktop'
	   AND EXISTS (SELECT FROM sn_agent_token k WHERE k.ci = $1 AND k.revoked_on IS NULL)
	 ORDER BY c.name
	 LIMIT 1`

// randomCode is six digits.
func randomCode() (string, error) {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%06d", n), nil
}
