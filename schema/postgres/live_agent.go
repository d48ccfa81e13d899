package postgres

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/lib/pq"

	"proactive/schema"
)

// callLiveAgent writes the interaction of an issue that this transaction has locked and is about to close, with a message for every
// channel of the service desk. The inbox lets a workflow of its own deliver them. Without such a channel nobody would come: it gives
// nil, and what the timeline is to say of that.
func callLiveAgent(ctx context.Context, t tx, issue lockedIssue, e ending, told []schema.Note) (interaction *string, notes []schema.Note, err error) {
	var desks []schema.Reach
	if err := t.selectAll(ctx, &desks, `
		SELECT sys_id, name, type, true AS works
		  FROM sn_pren_notification_channel
		 WHERE active AND audience = 'desk'
		 ORDER BY name`); err != nil {
		return nil, nil, err
	}
	if len(desks) == 0 {
		return nil, []schema.Note{{Event: schema.EventLiveAgentRequested,
			Detail: "A live agent is wanted, but no active notification channel reaches the service desk: there is an incident instead."}}, nil
	}
	made, err := createInteraction(ctx, t, issue, e, told)
	if err != nil {
		return nil, nil, err
	}
	var ids, channels, names []string
	for _, desk := range desks {
		ids, channels, names = append(ids, schema.NewSysID()), append(channels, desk.SysID), append(names, desk.Name)
	}
	if _, err := t.exec(ctx, insertMessages, issue.SysID, issue.Step, schema.OccasionDesk, 0, pq.Array(ids), pq.Array(channels)); err != nil {
		return nil, nil, err
	}
	return &made.SysID, []schema.Note{{Event: schema.EventLiveAgentRequested,
			Detail: fmt.Sprintf("A live agent is wanted: %s was created, and the service desk is told on %s.", made.Number, strings.Join(names, ", "))}},
		addMessage(ctx, t, issue.SysID, schema.InboxTellDesk, issue.Step)
}

// createInteraction writes the record of the live agent. A second one for the same issue violates "one interaction per experience issue".
func createInteraction(ctx context.Context, t tx, issue lockedIssue, e ending, told []schema.Note) (made madeRecord, err error) {
	description, workNotes, err := tellStory(ctx, t, issue, e, told)
	if err != nil {
		return made, err
	}
	err = t.get(ctx, &made, `
		INSERT INTO interaction (sys_id, opened_for, short_description, description, work_notes, assignment_group, correlation_id,
		                         origin_table, origin_id, sys_created_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 'sn_pren_experience_issue', $8, $9)
		RETURNING sys_id, number`,
		schema.NewSysID(), issue.User, issue.ShortDescription, description, workNotes, issue.AssignmentGroup, issue.ExperienceID, issue.SysID, e.by)
	return made, err
}

// DeskNotifications are the messages to the service desk about an issue that have not been delivered yet.
func (d *DB) DeskNotifications(ctx context.Context, experienceID string) ([]string, error) {
	var ids []string
	err := d.selectAll(ctx, &ids, `
		SELECT n.sys_id
		  FROM sn_pren_notification n
		  JOIN sn_pren_experience_issue i ON i.sys_id = n.issue
		 WHERE i.experience_id = $1 AND n.occasion = 'desk' AND n.state IN ('pending', 'sending')
		 ORDER BY n.sys_created_on, n.sys_id`, experienceID)
	return ids, fault("look for messages to the service desk", err)
}

// DesksUntold gives up to limit experience_ids of a Temporal namespace whose live agent was wanted longer ago than after, and of whom the
// service desk has not been told, with nothing in their inbox that could lead to it: the run that was to tell it is lost.
func (d *DB) DesksUntold(ctx context.Context, namespaceID string, after time.Duration, limit int) ([]string, error) {
	var ids []string
	err := d.selectAll(ctx, &ids, desksUntold, namespaceID, after.Seconds(), limit)
	return ids, fault("look for messages to the service desk that nobody sends", err)
}

const desksUntold = `
	SELECT DISTINCT i.experience_id
	  FROM sn_pren_notification n
	  JOIN sn_pren_experience_issue i ON i.sys_id = n.issue
	 WHERE n.occasion = 'desk' AND n.state IN ('pending', 'sending')
	   AND i.temporal_namespace = $1 AND i.closed_on < now() - make_interval(secs => $2)
	   AND NOT EXISTS (SELECT FROM sn_pren_experience_issue_inbox m WHERE m.issue = i.sys_id)
	 LIMIT $3`

// DeskUnreached makes an incident, once, when the service desk was told of a wanted live agent on no channel: the person must not
// wait for somebody who does not know. A message that was delivered, or is said to have been, keeps it from that.
func (d *DB) DeskUnreached(ctx context.Context, experienceID string) error {
	err := d.inTx(ctx, func(t tx) error {
		issue, err := lockIssue(ctx, t, experienceID)
		if err != nil {
			return err
		}
		var unreached bool
		if err := t.get(ctx, &unreached, unreachedDesk, issue.SysID); err != nil || !unreached {
			return err
		}
		return insteadOfLiveAgent(ctx, t, issue)
	})
	if err == nil {
		d.bell.ring(topicIssue, experienceID)
	}
	return fault("make an incident instead of a live agent", err)
}

// unreachedDesk also gives up the messages that nobody delivers any more.
const unreachedDesk = `
	WITH given_up AS (
	  UPDATE sn_pren_notification n
	     SET state = CASE state WHEN 'pending' THEN 'failed' ELSE 'unknown' END, ended_on = clock_timestamp()
	   WHERE issue = $1 AND occasion = 'desk' AND state IN ('pending', 'sending'))
	SELECT interaction IS NOT NULL AND incident IS NULL
	   AND NOT EXISTS (SELECT FROM sn_pren_notification WHERE issue = $1 AND occasion = 'desk' AND state = 'delivered')
	  FROM sn_pren_experience_issue
	 WHERE sys_id = $1`

func insteadOfLiveAgent(ctx context.Context, t tx, issue lockedIssue) error {
	unreached := schema.Note{Event: schema.EventNotificationFailed,
		Detail: "The service desk could not be told on any channel that a live agent is wanted: there is an incident instead."}
	made, err := createIncident(ctx, t, issue, ending{reason: issue.EndReason, detail: unreached.Detail, by: engine}, []schema.Note{unreached})
	if err != nil {
		return err
	}
	if _, err := t.exec(ctx, `
		UPDATE sn_pren_experience_issue
		   SET incident = $2, fallback_result = 'incident', sys_updated_on = now()
		 WHERE sys_id = $1`, issue.SysID, made.SysID); err != nil {
		return err
	}
	return addEvents(ctx, t, issue.SysID, issue.Step, engine, unreached, madeNote(made))
}
