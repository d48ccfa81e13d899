package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"proactive/schema"
)

// OfferNotice offers a desktop notification to the agent of its device, which shows it; the end of that job settles it. The link in it
// is made from the notification when the agent fetches it. A repeat, and a notification that is not wanted any more, make no job.
func (d *DB) OfferNotice(ctx context.Context, sysID string, tokenHash []byte, message schema.DesktopMessage, offerFor time.Duration) error {
	var device, experienceID string
	err := d.inTx(ctx, func(t tx) error {
		n, err := lockNotification(ctx, t, sysID)
		if err != nil || n.Delivery.Final() {
			return err
		}
		experienceID = n.ExperienceID
		if n.Delivery == schema.NotificationPending {
			if !n.Wanted() {
				return withdrawNotification(ctx, t, n)
			}
			if err := startSending(ctx, t, n, tokenHash); err != nil {
				return err
			}
		}
		device, err = offerNotice(ctx, t, sysID, message, offerFor)
		return err
	})
	if err == nil && device != "" {
		d.bell.ring(topicJob, device)
	}
	if err == nil && experienceID != "" {
		d.bell.ring(topicIssue, experienceID)
	}
	return fault("offer a message to a device", err)
}

// offerNotice offers the job that shows a notification's message to the agent of its step's device, within a transaction that has
// locked the issue, and tells which device that is. A second one for the same notification is none.
func offerNotice(ctx context.Context, t tx, notification string, m schema.DesktopMessage, offerFor time.Duration) (device string, err error) {
	parameters, err := json.Marshal(m)
	if err != nil {
		return "", err
	}
	err = t.get(ctx, &device, insertNotice, schema.NewSysID(), notification, schema.ShowMessage, string(parameters),
		int(schema.NoticeTimeout.Seconds()), offerFor.Seconds())
	if err != nil {
		err = fmt.Errorf("offer a message to its device: %w", err)
	}
	return device, err
}

const insertNotice = `
	WITH step AS (
	  SELECT n.sys_id AS notification, s.issue, s.step, s.ci
	    FROM sn_pren_notification n
	    JOIN sn_pren_experience_issue_step s ON s.issue = n.issue AND s.step = n.step
	    JOIN cmdb_ci_computer device         ON device.sys_id = s.ci
	   WHERE n.sys_id = $2),
	job AS (
	  INSERT INTO ci_job (sys_id, issue, step, attempt, ci, action, parameters, idempotent, attempts, timeout_seconds,
	                      reported_at, expires_at, purpose, notification)
	  SELECT $1, issue, step, 1, ci, $3, $4, false, 1, $5, now(), now() + make_interval(secs => $6), 'notice', notification
	    FROM step
	      ON CONFLICT ON CONSTRAINT "one job per notification" DO NOTHING)
	SELECT ci FROM step`
