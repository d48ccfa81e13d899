package postgres

import (
	"errors"
	"slices"

	"github.com/lib/pq"

	"proactive/schema"
)

// removal is how a row of one section is taken away: removed where nothing refers to it, else retired. Where only a table that grows with the
// reports would tell whether something refers to it, it is retired without asking: looking through all of them takes long.
type removal struct {
	remove string // by sys_id
	retire string // by sys_id, and who does it; a row that is retired already stays untouched
}

var removals = map[schema.Section]removal{
	schema.SectionProviders: {retire: retired("sn_pren_provider")},
	schema.SectionUsers:     {retire: retired("sys_user")},
	schema.SectionUserCriteria: {remove: `
	DELETE FROM user_criteria WHERE sys_id = $1`},
	schema.SectionChannels:        {retire: retired("sn_pren_notification_channel")},
	schema.SectionServiceAccounts: {retire: retired("sys_user")},
	schema.SectionRateRules: {remove: `
	DELETE FROM sys_rate_limit_rules WHERE sys_id = $1`},
	schema.SectionOutcomes:     {retire: retired("sn_pren_outcome_receiver")},
	schema.SectionServiceDesks: {retire: retired("sn_pren_service_desk")},
	schema.SectionRemedialActions: {remove: `
	DELETE FROM sn_reacf_remedial_action WHERE sys_id = $1`, retire: retired("sn_reacf_remedial_action")},
	schema.SectionResolutions: {retire: retired("sn_pren_resolution")},
	schema.SectionNotificationContents: {remove: `
	DELETE FROM sn_pren_notification_content WHERE sys_id = $1`, retire: retired("sn_pren_notification_content")},
	schema.SectionIssues: {remove: `
	DELETE FROM sn_pren_issue_registry_template WHERE sys_id = $1`, retire: withdraw},
	schema.SectionProperties: {remove: `
	DELETE FROM sys_properties WHERE name = $1`},
}

// retired switches a row off of one of the tables above.
func retired(table string) string {
	return `
	UPDATE ` + table + `
	   SET active = false, sys_updated_on = now(), sys_updated_by = $2, sys_mod_count = sys_mod_count + 1
	 WHERE sys_id = $1 AND active`
}

// prune takes rows away, what refers before what is referred to.
func (w *catalogueWriter) prune(rows []schema.PrunedRow) error {
	for _, row := range slices.Backward(rows) {
		what, err := w.takeAway(row)
		if err != nil {
			return err
		}
		w.note(row.Section, row.Key, what)
	}
	return nil
}

func (w *catalogueWriter) takeAway(row schema.PrunedRow) (schema.ChangeKind, error) {
	how := removals[row.Section]
	if how.remove != "" {
		removed, err := w.removed(how.remove, row.SysID)
		if err != nil || removed {
			return schema.RowRemoved, err
		}
	}
	if how.retire == "" {
		return schema.RowUnchanged, nil
	}
	touched, err := w.t.exec(w.ctx, how.retire, row.SysID, w.by)
	if err != nil || touched == 0 {
		return schema.RowUnchanged, err
	}
	return schema.RowRetired, nil
}

// removed tries a statement, which the database refuses when something refers to the row.
func (w *catalogueWriter) removed(statement, sysID string) (bool, error) {
	var touched int64
	refused, err := w.attempt(func() (err error) {
		touched, err = w.t.exec(w.ctx, statement, sysID)
		return err
	}, isReferredTo)
	return !refused && touched > 0, err
}

func isReferredTo(err error) bool {
	var refused *pq.Error
	return errors.As(err, &refused) && refused.Code == foreignKeyViolation
}

const foreignKeyViolation = "23503"
