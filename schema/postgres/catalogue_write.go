package postgres

import (
	"context"
	"fmt"
	"slices"

	"github.com/lib/pq"

	"proactive/schema"
)

// catalogueWriter writes the rows of one catalogue and remembers which differed.
type catalogueWriter struct {
	ctx     context.Context
	t       tx
	by      string
	changes []schema.Change
}

// write goes through the sections in an order in which what is referred to is there first.
func (w *catalogueWriter) write(c schema.Catalogue) error {
	put := func(section schema.Section, rows []catalogueRow, statements ...string) func() error {
		return func() error { return w.put(section, rows, statements...) }
	}
	for _, section := range []func() error{
		put(schema.SectionProviders, rowsOf(c.Providers, providerRow), upsertProvider),
		put(schema.SectionUsers, rowsOf(c.Users, userRow), upsertUser, setRoles),
		put(schema.SectionUserCriteria, rowsOf(c.UserCriteria, userCriteriaRow), upsertUserCriteria),
		put(schema.SectionChannels, rowsOf(c.Channels, channelRow), upsertChannel),
		put(schema.SectionServiceAccounts, rowsOf(c.ServiceAccounts, serviceAccountRow), upsertServiceAccount, setRoles, setAccountProviders),
		put(schema.SectionRateRules, rowsOf(c.RateRules, rateRuleRow), upsertRateRule),
		put(schema.SectionOutcomes, rowsOf(c.OutcomeReceivers, outcomeReceiverRow), upsertOutcomeReceiver),
		func() error { return w.serviceDesks(c) },
		put(schema.SectionComputers, rowsOf(c.Computers, computerRow), upsertComputer),
		put(schema.SectionRemedialActions, rowsOf(c.RemedialActions, remedialActionRow), upsertRemedialAction),
		put(schema.SectionResolutions, rowsOf(c.Resolutions, resolutionRow), upsertResolution),
		put(schema.SectionNotificationContents, rowsOf(c.NotificationContents, notificationContentRow), upsertNotificationContent),
		func() error { return w.issues(c.Issues) },
		put(schema.SectionProperties, rowsOf(c.Properties, propertyRow), upsertProperty),
	} {
		if err := section(); err != nil {
			return err
		}
	}
	return nil
}

// put writes the rows of a section and notes what happened to each.
func (w *catalogueWriter) put(section schema.Section, rows []catalogueRow, statements ...string) error {
	differed, err := w.upsert(section, rows, statements...)
	if err != nil {
		return err
	}
	for _, r := range rows {
		w.note(section, r.key, differed[r.id])
	}
	return nil
}

func (w *catalogueWriter) note(section schema.Section, key string, what schema.ChangeKind) {
	if what != schema.RowUnchanged {
		w.changes = append(w.changes, schema.Change{Section: section, Key: key, What: what})
	}
}

// rowsAtOnce is how many rows one statement writes at most: round trips count for little then, and a statement still ends soon.
const rowsAtOnce = 500

// upsert writes rows and tells by their ids what happened to those that differed. The first of the statements takes a JSON array of rows, and
// returns of each that differed its id and whether it was created. Those that may follow take the same, set what of a row of sys_user stands
// in a table of its own, and return the ids of the rows of which that differed.
func (w *catalogueWriter) upsert(section schema.Section, rows []catalogueRow, statements ...string) (map[string]schema.ChangeKind, error) {
	differed := map[string]schema.ChangeKind{}
	for batch := range slices.Chunk(rows, rowsAtOnce) {
		if err := w.batch(section, batch, differed, statements); err != nil {
			return nil, err
		}
	}
	return differed, nil
}

// batch writes rows at once. What the database refuses like that is written row by row, so that the error names the row; what has waited for a
// lock in vain does not wait again.
func (w *catalogueWriter) batch(section schema.Section, rows []catalogueRow, differed map[string]schema.ChangeKind, statements []string) error {
	if len(rows) == 1 {
		return called(section, rows[0].key, w.together(rows, differed, statements))
	}
	refused, err := w.attempt(func() error { return w.together(rows, differed, statements) }, func(err error) bool { return !outOfReach(err) })
	if err != nil || !refused {
		return called(section, rows[0].key+" to "+rows[len(rows)-1].key, err)
	}
	for row := range slices.Chunk(rows, 1) {
		if err := w.batch(section, row, differed, statements); err != nil {
			return err
		}
	}
	return nil
}

// called says which rows an error is about.
func called(section schema.Section, rows string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %s: %w", section, rows, err)
}

func (w *catalogueWriter) together(rows []catalogueRow, differed map[string]schema.ChangeKind, statements []string) error {
	given, err := w.given(rows)
	if err != nil {
		return err
	}
	var written []struct {
		ID      string `db:"id"`
		Created bool   `db:"created"`
	}
	if err := w.t.selectAll(w.ctx, &written, statements[0], given); err != nil {
		return err
	}
	for _, r := range written {
		differed[r.ID] = schema.RowUpdated
		if r.Created {
			differed[r.ID] = schema.RowCreated
		}
	}
	for _, part := range statements[1:] {
		if err := w.setPart(part, given, differed); err != nil {
			return err
		}
	}
	return nil
}

// setPart marks the rows of sys_user that are themselves as they were, and of which a part is not: a change counts once.
func (w *catalogueWriter) setPart(statement, given string, differed map[string]schema.ChangeKind) error {
	var ids []string
	if err := w.t.selectAll(w.ctx, &ids, statement, given); err != nil {
		return err
	}
	ids = slices.DeleteFunc(ids, func(id string) bool { return differed[id] != schema.RowUnchanged })
	if len(ids) == 0 {
		return nil
	}
	for _, id := range ids {
		differed[id] = schema.RowUpdated
	}
	_, err := w.t.exec(w.ctx, touchUsers, pq.Array(ids), w.by)
	return err
}

// attempt does something that the database may refuse, and then takes it back: the transaction goes on. The savepoint is released in either
// case: each that is open lies within the one before, and with more than 64 of them Postgres is slow.
func (w *catalogueWriter) attempt(do func() error, isRefusal func(error) bool) (refused bool, err error) {
	if _, err := w.t.exec(w.ctx, savepoint); err != nil {
		return false, err
	}
	err = do()
	if refused = err != nil && isRefusal(err); refused {
		_, err = w.t.exec(w.ctx, backToSavepoint)
	}
	if err == nil {
		_, err = w.t.exec(w.ctx, releaseSavepoint)
	}
	return refused, err
}

const (
	savepoint        = `SAVEPOINT before`
	backToSavepoint  = `ROLLBACK TO SAVEPOINT before`
	releaseSavepoint = `RELEASE SAVEPOINT before`
)
