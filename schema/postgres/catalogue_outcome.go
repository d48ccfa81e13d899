package postgres

import (
	"slices"

	"proactive/schema"
)

const upsertOutcomeReceiver = `
	INSERT INTO sn_pren_outcome_receiver AS o
	       (sys_id, provider, states, config, give_up_after_seconds, active, sys_created_by, sys_updated_by)
	SELECT sys_id, (SELECT p.sys_id FROM sn_pren_provider p WHERE p.provider_code = given.provider), states, (config #>> '{}')::json,
	       give_up_after_seconds, active, sys_updated_by, sys_updated_by
	  FROM json_populate_recordset(NULL::sn_pren_outcome_receiver, $1) AS given
	    ON CONFLICT (sys_id) DO UPDATE
	   SET states = excluded.states, config = excluded.config, give_up_after_seconds = excluded.give_up_after_seconds,
	       active = excluded.active,
	       sys_updated_on = now(), sys_updated_by = excluded.sys_updated_by, sys_mod_count = o.sys_mod_count + 1
	 WHERE (o.states, o.config::text, o.give_up_after_seconds, o.active)
	       IS DISTINCT FROM
	       (excluded.states, excluded.config::text, excluded.give_up_after_seconds, excluded.active)
	RETURNING sys_id AS id, sys_mod_count = 0 AS created`

func outcomeReceiverRow(o schema.OutcomeReceiver) catalogueRow {
	return catalogueRow{o.SysID, o.Provider, byColumn{"provider": o.Provider, "states": list(o.States), "config": document(o.Config),
		"give_up_after_seconds": seconds(o.GiveUpAfter), "active": o.Active}}
}

const upsertServiceDesk = `
	INSERT INTO sn_pren_service_desk AS s
	       (sys_id, name, type, config, give_up_after_seconds, active, sys_created_by, sys_updated_by)
	SELECT sys_id, name, type, (config #>> '{}')::json, give_up_after_seconds, active, sys_updated_by, sys_updated_by
	  FROM json_populate_recordset(NULL::sn_pren_service_desk, $1)
	    ON CONFLICT (sys_id) DO UPDATE
	   SET type = excluded.type, config = excluded.config, give_up_after_seconds = excluded.give_up_after_seconds, active = excluded.active,
	       sys_updated_on = now(), sys_updated_by = excluded.sys_updated_by, sys_mod_count = s.sys_mod_count + 1
	 WHERE (s.type, s.config::text, s.give_up_after_seconds, s.active)
	       IS DISTINCT FROM
	       (excluded.type, excluded.config::text, excluded.give_up_after_seconds, excluded.active)
	RETURNING sys_id AS id, sys_mod_count = 0 AS created`

func serviceDeskRow(s schema.ServiceDesk) catalogueRow {
	return catalogueRow{s.SysID, s.Name, byColumn{"name": s.Name, "type": s.Type, "config": document(s.Config),
		"give_up_after_seconds": seconds(s.GiveUpAfter), "active": s.Active}}
}

// serviceDesks takes away first, and switches off before it switches on: one may take the place of another, and at most one is active.
func (w *catalogueWriter) serviceDesks(c schema.Catalogue) error {
	gone := slices.DeleteFunc(slices.Clone(c.Pruned), func(p schema.PrunedRow) bool { return p.Section != schema.SectionServiceDesks })
	if err := w.prune(gone); err != nil {
		return err
	}
	return w.put(schema.SectionServiceDesks, rowsOf(switchedOffFirst(c.ServiceDesks), serviceDeskRow), upsertServiceDesk)
}

func switchedOffFirst(desks []schema.ServiceDesk) []schema.ServiceDesk {
	desks = slices.Clone(desks)
	slices.SortStableFunc(desks, func(a, b schema.ServiceDesk) int {
		switch {
		case a.Active == b.Active:
			return 0
		case b.Active:
			return -1
		}
		return 1
	})
	return desks
}
