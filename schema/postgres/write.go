package postgres

import (
	"fmt"
	"strings"

	"github.com/lib/pq"

	"proactive/schema"
)

// channelsForPerson are the active channels of the registry row that governs a step, by name. A device that is assigned to somebody else
// shows them nothing: whoever has the link is taken for the person.
const channelsForPerson = `
	SELECT ` + reachColumns + `
	  FROM sn_pren_experience_issue_step s
	  JOIN sn_pren_experience_issue i ON i.sys_id = s.issue` + registryOfStep + reachTables + `
	 WHERE s.issue = $1 AND s.step = $2
	 ORDER BY c.name`

// reachColumns tell of each channel whether it reaches the person i."user" of a step s that goes by the registry row r.
const reachColumns = `c.sys_id, c.name, c.type,
	       CASE c.type WHEN 'email'   THEN u.email <> ''
	                   WHEN 'desktop' THEN EXISTS (SELECT FROM sn_agent_token k JOIN cmdb_ci_computer d ON d.sys_id = k.ci
	                                                WHERE k.ci = s.ci AND k.revoked_on IS NULL AND coalesce(d.assigned_to, i."user") = i."user")
	                   ELSE true END AS works`

const reachTables = `
	  JOIN sys_user u                    ON u.sys_id = i."user"
	  JOIN sn_pren_notification_channel c ON c.active AND c.audience = 'person' AND (cardinality(r.channels) = 0 OR c.name = ANY (r.channels))`

// write puts one message for the person on every channel that can reach them, and says so.
func (k *talk) write(occasion schema.Occasion) error {
	var all []schema.Reach
	if err := k.t.selectAll(k.ctx, &all, channelsForPerson, k.issue.SysID, k.issue.Step); err != nil {
		return err
	}
	var ids, channels, names, without []string
	for _, c := range all {
		if !c.Works {
			without = append(without, fmt.Sprintf("%s (%s)", c.Name, missing[c.Type]))
			continue
		}
		ids, channels, names = append(ids, schema.NewSysID()), append(channels, c.SysID), append(names, c.Name)
	}
	if len(ids) == 0 {
		k.say(schema.EventNotificationFailed, "%s", noChannel(without))
		return nil
	}
	if _, err := k.t.exec(k.ctx, insertMessages, k.issue.SysID, k.issue.Step, occasion, k.c.Turn, pq.Array(ids), pq.Array(channels)); err != nil {
		return err
	}
	for _, id := range ids {
		k.messages = append(k.messages, message{SysID: id, Occasion: occasion, Turn: k.c.Turn, State: schema.NotificationPending})
	}
	k.sayWritten(occasion, strings.Join(names, ", "))
	return nil
}

const insertMessages = `
	INSERT INTO sn_pren_notification (sys_id, issue, step, occasion, turn, channel)
	SELECT new.sys_id, $1, $2, $3, $4, new.channel
	  FROM unnest($5::text[], $6::text[]) AS new (sys_id, channel)`

var missing = map[schema.ChannelType]string{
	schema.ChannelEmail:   "the person's record has no address",
	schema.ChannelDesktop: "no agent is enrolled for the device, or it is somebody else's",
}

func noChannel(without []string) string {
	if len(without) == 0 {
		return "The person cannot be written to: no notification channel for them is active."
	}
	return "The person cannot be written to on any channel: " + strings.Join(without, ", ") + "."
}

func (k *talk) sayWritten(occasion schema.Occasion, channels string) {
	until := instant(k.c.Until)
	switch {
	case k.c.State == schema.ConversationTelling:
		k.say(schema.EventTold, "The person is told what helps, on %s.", channels)
	case occasion == schema.OccasionReminder:
		k.say(schema.EventReminded, "The person is reminded on %s: an answer counts until %s.", channels, until)
	case occasion == schema.OccasionAgain:
		k.say(schema.EventAsked, "The person is asked again whether to help, on %s, until %s.", channels, until)
	default:
		k.say(schema.EventAsked, "The person is asked whether to help, on %s, until %s.", channels, until)
	}
}
