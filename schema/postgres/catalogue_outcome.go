package postgres

import (
	"slices"

	"proactive/schema"
)

const upsertOutcomeReceiver = `
	INSERT INTO sn_pren_outcome_receiver AS o
	       (sys_id, provider, states, config, give_up_after_seconds, active, sys_created_by, sys_updated_by)
	VALUES ($1, (SELECT sys_id FROM sn_pren_provider WHERE provider_code = $2), $3, $4, $5, $6, $7, $7)
	    ON CONFLICT (sys_id) DO UPDATE
	   SET states = excluded.states, config = excluded.config, give_up_after_seconds = excluded.give_up_after_seconds,
	       active = excluded.active,
	       sys_updated_on = now(), sys_updated_by = excluded.sys_updated_by, sys_mod_count = o.sys_mod_count + 1
	 WHERE (o.states, o.config::text, o.give_up_after_seconds, o.active)
	       IS DISTINCT FROM
	       (excluded.states, excluded.config::text, excluded.give_up_after_seconds, excluded.active)
	RETURNING sys_mod_count = 0`

func (w *catalogueWriter) outcomeReceiver(o schema.OutcomeReceiver) (string, schema.ChangeKind, error) {
	states := make([]string, len(o.States))
	for i, s := range o.States {
		states[i] = string(s)
	}
	what, err := w.upsert(upsertOutcomeReceiver, o.SysID, o.Provider, textArray(states), jsonOrNull(o.Config), seconds(o.GiveUpAfter), o.Active, w.by)
	return o.Provider, what, err
}

const upsertServiceDesk = `
	INSERT INTO sn_pren_service_desk AS s
	       (sys_id, name, type, config, give_up_after_seconds, active, sys_created_by, sys_updated_by)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
	    ON CONFLICT (sys_id) DO UPDATE
	   SET type = excluded.type, config = excluded.config, give_up_after_seconds = excluded.give_up_after_seconds, active = excluded.active,
	       sys_updated_on = now(), sys_updated_by = excluded.sys_updated_by, sys_mod_count = s.sys_mod_count + 1
	 WHERE (s.type, s.config::text, s.give_up_after_seconds, s.active)
	       IS DISTINCT FROM
	       (excluded.type, excluded.config::text, excluded.give_up_after_seconds, excluded.active)
	RETURNING sys_mod_count = 0`

func (w *catalogueWriter) serviceDesk(s schema.ServiceDesk) (string, schema.ChangeKind, error) {
	what, err := w.upsert(upsertServiceDesk, s.SysID, s.Name, s.Type, string(s.Config), seconds(s.GiveUpAfter), s.Active, w.by)
	return s.Name, what, err
}

// serviceDesks takes away first, and switches off before it switches on: one may take the place of another, and at most one is active.
func (w *catalogueWriter) serviceDesks(c schema.Catalogue) error {
	gone := slices.DeleteFunc(slices.Clone(c.Pruned), func(p schema.PrunedRow) bool { return p.Section != schema.SectionServiceDesks })
	if err := w.prune(gone); err != nil {
		return err
	}
	return each(w, schema.SectionServiceDesks, switchedOffFirst(c.ServiceDesks), w.serviceDesk)
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
