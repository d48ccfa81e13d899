package postgres

import (
	"context"

	"github.com/lib/pq"

	"proactive/schema"
)

const allOutcomeReceivers = `
	SELECT o.sys_id, p.provider_code, o.states, o.config, o.give_up_after_seconds, o.active
	  FROM sn_pren_outcome_receiver o
	  JOIN sn_pren_provider p ON p.sys_id = o.provider
	 ORDER BY p.provider_code COLLATE "C"`

func knownOutcomeReceivers(ctx context.Context, t tx, known *schema.Catalogue) error {
	var rows []struct {
		SysID    string         `db:"sys_id"`
		Provider string         `db:"provider_code"`
		States   pq.StringArray `db:"states"`
		Config   []byte         `db:"config"`
		GiveUp   int64          `db:"give_up_after_seconds"`
		Active   bool           `db:"active"`
	}
	if err := t.selectAll(ctx, &rows, allOutcomeReceivers); err != nil {
		return err
	}
	for _, r := range rows {
		o := schema.OutcomeReceiver{SysID: r.SysID, Provider: r.Provider, Config: r.Config, GiveUpAfter: inSeconds(r.GiveUp), Active: r.Active}
		for _, s := range r.States {
			o.States = append(o.States, schema.State(s))
		}
		known.OutcomeReceivers = append(known.OutcomeReceivers, o)
	}
	return nil
}

const allServiceDesks = `
	SELECT sys_id, name, type, config, give_up_after_seconds, active
	  FROM sn_pren_service_desk
	 ORDER BY name COLLATE "C"`

func knownServiceDesks(ctx context.Context, t tx, known *schema.Catalogue) error {
	var rows []struct {
		schema.ServiceDesk
		Config []byte `db:"config"`
		GiveUp int64  `db:"give_up_after_seconds"`
	}
	if err := t.selectAll(ctx, &rows, allServiceDesks); err != nil {
		return err
	}
	for _, r := range rows {
		r.ServiceDesk.Config, r.ServiceDesk.GiveUpAfter = r.Config, inSeconds(r.GiveUp)
		known.ServiceDesks = append(known.ServiceDesks, r.ServiceDesk)
	}
	return nil
}
