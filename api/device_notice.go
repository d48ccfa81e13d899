package api

import (
	"encoding/json"
	"fmt"
	"strings"

	"proactive/schema"
)

// withLink puts the link into a message that a device is to show. The code comes without: who reads it off the screen must have
// got the link elsewhere. For what is no such message, or without a key, it does nothing.
func (d *Door) withLink(job *schema.Job) error {
	if job.Action != schema.ShowMessage || job.Notification == "" || !invites(job.Occasion) || len(d.config.LinkKey) == 0 {
		return nil
	}
	var message schema.DesktopMessage
	if err := json.Unmarshal(job.Parameters, &message); err != nil {
		return fmt.Errorf("read the message of job %s: %w", job.ID, err)
	}
	message.Link = strings.TrimRight(d.config.PublicURL, "/") + schema.ConversationPath + schema.LinkToken(d.config.LinkKey, job.Notification)
	parameters, err := json.Marshal(message)
	job.Parameters = parameters
	return err
}

// invites tells whether a message is to lead a person to their page.
func invites(occasion schema.Occasion) bool {
	return occasion == schema.OccasionAsk || occasion == schema.OccasionReminder || occasion == schema.OccasionAgain
}
