package postgres

import (
	"context"

	"github.com/lib/pq"

	"proactive/schema"
)

const allCriteria = `
	SELECT sys_id, name, users, roles, departments, locations, match_all, active
	  FROM user_criteria
	 ORDER BY name COLLATE "C"`

func knownCriteria(ctx context.Context, t tx, known *schema.Catalogue) error {
	var rows []struct {
		SysID       string         `db:"sys_id"`
		Name        string         `db:"name"`
		Users       pq.StringArray `db:"users"`
		Roles       pq.StringArray `db:"roles"`
		Departments pq.StringArray `db:"departments"`
		Locations   pq.StringArray `db:"locations"`
		MatchAll    bool           `db:"match_all"`
		Active      bool           `db:"active"`
	}
	if err := t.selectAll(ctx, &rows, allCriteria); err != nil {
		return err
	}
	for _, r := range rows {
		known.UserCriteria = append(known.UserCriteria, schema.UserCriteria{SysID: r.SysID, Name: r.Name, Users: r.Users, Roles: r.Roles,
			Departments: r.Departments, Locations: r.Locations, MatchAll: r.MatchAll, Active: r.Active})
	}
	return nil
}

const allChannels = `
	SELECT sys_id, name, type, audience, attempts, config, active
	  FROM sn_pren_notification_channel
	 ORDER BY name COLLATE "C"`

func knownChannels(ctx context.Context, t tx, known *schema.Catalogue) error {
	var rows []struct {
		schema.Channel
		Config []byte `db:"config"`
	}
	if err := t.selectAll(ctx, &rows, allChannels); err != nil {
		return err
	}
	for _, r := range rows {
		r.Channel.Config = r.Config
		known.Channels = append(known.Channels, r.Channel)
	}
	return nil
}

const allContents = `
	SELECT sys_id, name, prompt, consent_text, translations, active
	  FROM sn_pren_notification_content
	 ORDER BY name COLLATE "C"`

func knownContents(ctx context.Context, t tx, known *schema.Catalogue) error {
	var rows []struct {
		schema.NotificationContent
		Translations []byte `db:"translations"`
	}
	if err := t.selectAll(ctx, &rows, allContents); err != nil {
		return err
	}
	for _, r := range rows {
		r.NotificationContent.Translations = r.Translations
		known.NotificationContents = append(known.NotificationContents, r.NotificationContent)
	}
	return nil
}
