package postgres

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

// ends looks after what nobody delivers, until there is nothing more, and gives why each was given up.
func (w *issueWorld) ends() (why []string) {
	w.t.Helper()
	for more := true; more; {
		ended, again, err := w.db.EndDispatches(w.t.Context())
		require.NoError(w.t, err)
		for _, e := range ended {
			why = append(why, e.Detail)
		}
		more = again
	}
	return why
}

// owns has a service desk of a name, which is active.
func (w *issueWorld) owns(name string) {
	w.exec(`UPDATE sn_pren_service_desk SET active = false`)
	w.exec(`INSERT INTO sn_pren_service_desk (sys_id, name, type, config) VALUES (md5($1), $1, 'servicenow', '{}')`, name)
}

// opensIncident leads an issue to its incident, and gives the ids of both.
func (w *issueWorld) opensIncident() (id, incident string) {
	w.t.Helper()
	id = w.submit("400")
	_, err := w.db.Begin(w.t.Context(), id, 1, runIt)
	require.NoError(w.t, err)
	_, err = w.db.Conclude(w.t.Context(), id, schema.Outcome{Step: 1, Reason: schema.IncidentRequested})
	require.NoError(w.t, err)
	return id, value[string](w, `SELECT sys_id FROM incident WHERE correlation_id = $1`, id)
}

func (w *issueWorld) handsOver(what schema.HandingOver) int64 {
	w.t.Helper()
	n, err := w.db.HandOverIncidents(w.t.Context(), what)
	require.NoError(w.t, err)
	return n
}

func (w *issueWorld) deliveries(state string) int {
	w.t.Helper()
	return value[int](w, `SELECT count(*) FROM sn_pren_delivery WHERE state = $1`, state)
}

func (w *issueWorld) lastEvent(id string) schema.Event {
	w.t.Helper()
	issue, err := w.db.Issue(w.t.Context(), id, 0)
	require.NoError(w.t, err)
	return issue.Timeline[len(issue.Timeline)-1]
}

func TestAReceiverThatIsSwitchedOffIsWaitedForUntilItsTimeIsOver(t *testing.T) {
	w := newIssueWorld(t)
	w.wantOutcomes(`{}`)
	w.lives()
	w.exec(`UPDATE sn_pren_outcome_receiver SET active = false`)
	require.Empty(t, w.ends(), "it may be switched on again")
	w.exec(`UPDATE sn_pren_delivery SET since = now() - interval '2 hours' WHERE number <= 2`)
	require.Equal(t, []string{"It was not delivered in the time that there was for it.", "It was not delivered in the time that there was for it."}, w.ends())
	w.exec(`UPDATE sn_pren_outcome_receiver SET give_up_after_seconds = 1`)
	w.exec(`UPDATE sn_pren_delivery SET since = now() - interval '2 seconds' WHERE state = 'pending'`)
	require.Len(t, w.ends(), 2, "what the receiver says now counts")
	require.Equal(t, 4, w.deliveries("given_up"))
}

// Whoever settles a delivery has its incident first: giving it up does not come the other way.
func TestAnIncidentThatIsBeingSettledIsNotGivenUpMeanwhile(t *testing.T) {
	w := newIssueWorld(t)
	w.owns("desk")
	_, incident := w.opensIncident()
	w.exec(`UPDATE sn_pren_service_desk SET give_up_after_seconds = 1`)
	w.exec(`UPDATE sn_pren_delivery SET since = now() - interval '1 hour'`)
	require.NoError(t, w.db.inTx(t.Context(), func(settling tx) error {
		_, err := settling.exec(t.Context(), `SELECT FROM incident WHERE sys_id = $1 FOR NO KEY UPDATE`, incident)
		require.NoError(t, err)
		require.Empty(t, w.ends())
		return nil
	}))
	require.Len(t, w.ends(), 1)
}

// Whoever erases or removes issues has some of them, and wants the others or what is delivered of them.
func TestAnIssueThatSomebodyHasIsNotWaitedForByWhoGivesUp(t *testing.T) {
	w := newIssueWorld(t)
	w.owns("desk")
	id, _ := w.opensIncident()
	w.opensIncident()
	_, removed := w.opensIncident()
	w.exec(`UPDATE sn_pren_delivery SET issue = md5('removed') WHERE incident = $1`, removed)
	w.exec(`UPDATE sn_pren_service_desk SET give_up_after_seconds = 1`)
	w.exec(`UPDATE sn_pren_delivery SET since = now() - interval '1 hour'`)
	erasing := w.holds(`SELECT FROM sn_pren_experience_issue WHERE experience_id = '` + id + `' FOR UPDATE`)
	require.Len(t, w.ends(), 2, "the other one, and that of an issue which is there no more")
	require.NoError(t, erasing.Commit())
	require.Len(t, w.ends(), 1)
	require.Equal(t, schema.EventIncidentNotHandedOver, w.lastEvent(id).Event)
}

func TestWhatWaitsForAReceiverThatIsGoneIsGivenUp(t *testing.T) {
	for gone, says := range map[string]string{
		`UPDATE sn_pren_outcome_receiver SET config = NULL`: "Its receiver has no webhook any more; the feed has it.",
		`DELETE FROM sn_pren_outcome_receiver`:              "Its receiver was removed.",
	} {
		w := newIssueWorld(t)
		w.wantOutcomes(`{}`)
		w.lives()
		w.exec(gone)
		why := w.ends()
		require.Len(t, why, 4)
		require.Equal(t, says, why[0])
		require.Zero(t, w.deliveries("pending"))
	}
}

func TestWhatSomebodyDeliversAtThisMomentIsNotEnded(t *testing.T) {
	w := newIssueWorld(t)
	w.wantOutcomes(`{}`)
	w.lives()
	claimed := w.claims(1)[0]
	w.exec(`UPDATE sn_pren_outcome_receiver SET config = NULL`)
	require.Len(t, w.ends(), 3)
	require.Equal(t, "delivered", w.settles(claimed, schema.DispatchAttempt{Delivered: true}, 0))
}

func TestWhatArrivesAfterItWasGivenUpHasArrived(t *testing.T) {
	w := newIssueWorld(t)
	w.owns("desk")
	id, incident := w.opensIncident()
	slow := w.claims(1)[0]
	w.exec(`DELETE FROM sn_pren_service_desk`)
	w.exec(`UPDATE sn_pren_delivery SET not_before = now()`) // its lease is over
	require.Equal(t, []string{"Its receiver was removed."}, w.ends())
	require.Equal(t, schema.EventIncidentNotHandedOver, w.lastEvent(id).Event)
	require.Equal(t, "delivered", w.settles(slow, schema.DispatchAttempt{Delivered: true, Foreign: schema.ForeignRecord{Number: "INC7"}}, 0))
	require.Equal(t, "INC7", value[string](w, `SELECT foreign_number FROM incident WHERE sys_id = $1`, incident))
	require.Equal(t, "The service desk's system knows it as INC7.", w.lastEvent(id).Detail)
}

// A success that is written down while somebody else claims the delivery, as its lease is over, is not lost.
func TestASuccessIsNotLostWhenAnotherClaimsAtThatMoment(t *testing.T) {
	w := newIssueWorld(t)
	w.wantOutcomes(`{}`)
	w.lives()
	slow := w.claims(1)[0]
	other, err := w.db.db.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	defer other.Rollback()
	_, err = other.Exec(`UPDATE sn_pren_delivery SET attempts = attempts + 1, not_before = now() + interval '1 minute' WHERE sys_id = $1`, slow.SysID)
	require.NoError(t, err)
	state := make(chan string)
	go func() {
		got, err := w.db.SettleDispatch(context.Background(), slow, schema.DispatchAttempt{Delivered: true, Began: time.Now()}, 0)
		if err != nil {
			got = err.Error()
		}
		state <- got
	}()
	w.waitsForLock()
	require.NoError(t, other.Commit())
	require.Equal(t, "delivered", <-state)
	require.Equal(t, 1, w.deliveries("delivered"))
}

// waitsForLock waits until a statement waits for a lock.
func (w *issueWorld) waitsForLock() {
	w.t.Helper()
	require.Eventually(w.t, func() bool {
		return value[bool](w, `SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')`)
	}, 30*time.Second, 10*time.Millisecond)
}

func TestEveryResultIsInTheLog(t *testing.T) {
	w := newIssueWorld(t)
	w.wantOutcomes(`{}`)
	w.lives()
	slow, second := w.claimsTwice()
	require.Equal(t, "delivered", w.settles(second, schema.DispatchAttempt{Delivered: true, Status: 200}, 0))
	require.Empty(t, w.settles(slow, schema.DispatchAttempt{Status: 500, Detail: "No.", Said: "It says: no."}, time.Second))
	require.Equal(t, "1:500 No. It says: no./2:200 ", value[string](w, `SELECT string_agg(attempt || ':' || status || ' ' || detail, '/' ORDER BY attempt) FROM sn_pren_delivery_attempt`))
	require.Equal(t, "delivered", value[string](w, `SELECT state FROM sn_pren_delivery WHERE sys_id = $1`, slow.SysID))
}

func TestAServiceDeskThatTakesThePlaceOfAnotherGetsWhatThatDoesNotHave(t *testing.T) {
	w := newIssueWorld(t)
	w.owns("old")
	had, _ := w.opensIncident()
	require.Equal(t, "delivered", w.settles(w.claims(1)[0], schema.DispatchAttempt{Delivered: true}, 0))
	_, missing := w.opensIncident()
	require.Equal(t, "pending", w.settles(w.claims(1)[0], schema.DispatchAttempt{Status: 500}, time.Hour))
	_, onItsWay := w.opensIncident()
	leased := w.claims(1)[0]
	w.exec(`UPDATE sn_pren_service_desk SET active = false`)
	require.Empty(t, w.ends())
	require.Zero(t, value[int](w, `SELECT count(*) FROM sn_pren_delivery WHERE detail LIKE 'Another%'`), "nobody is there to take over")
	w.owns("new")
	require.Empty(t, w.ends())
	claimed, err := w.db.ClaimDispatches(t.Context(), map[string]int{md5("new"): 10}, aMinute)
	require.NoError(t, err)
	require.Len(t, claimed, 1, "what the old one may get at this moment stays with it: %s; and what it has: %s", onItsWay, had)
	require.Equal(t, missing, claimed[0].Incident)
	require.Equal(t, "pending", w.settles(leased, schema.DispatchAttempt{Status: 500}, time.Hour))
	require.Empty(t, w.ends())
	claimed, err = w.db.ClaimDispatches(t.Context(), map[string]int{md5("new"): 10}, aMinute)
	require.NoError(t, err)
	require.Len(t, claimed, 1)
	require.Equal(t, onItsWay, claimed[0].Incident)
	w.exec(`UPDATE sn_pren_delivery SET not_before = now() WHERE incident = $1`, onItsWay) // the lease of whoever has it is over
	w.owns("third")
	require.Empty(t, w.ends())
	require.Empty(t, w.settles(claimed[0], schema.DispatchAttempt{GiveUp: true, Status: 410}, 0), "what the one before says of it no longer counts")
}

func TestAnIncidentFromBeforeThereWasAServiceDeskIsHandedOverWhenSomebodyAsks(t *testing.T) {
	w := newIssueWorld(t)
	_, err := w.db.HandOverIncidents(t.Context(), schema.HandingOver{Within: time.Hour})
	require.ErrorIs(t, err, schema.NoServiceDesk)
	var ids []string
	for range 5 {
		_, incident := w.opensIncident()
		ids = append(ids, incident)
	}
	w.exec(`UPDATE incident SET sys_created_on = now() - interval '2 days' WHERE sys_id = $1`, ids[0])
	w.exec(`UPDATE incident SET state = '7' WHERE sys_id = $1`, ids[1])
	w.exec(`UPDATE incident SET foreign_number = 'X' WHERE sys_id = $1`, ids[2])
	w.exec(`UPDATE incident SET correlation_display = 'other' WHERE sys_id = $1`, ids[3])
	w.owns("desk")
	require.Empty(t, w.claims(10), "what is old is not handed over by itself")
	require.EqualValues(t, 1, w.handsOver(schema.HandingOver{Within: 24 * time.Hour, Providers: []string{"sn"}}))
	require.EqualValues(t, 1, w.handsOver(schema.HandingOver{Within: 24 * time.Hour}))
	require.Zero(t, w.handsOver(schema.HandingOver{Within: 24 * time.Hour}), "they are on their way")
	var claimed []string
	for _, c := range w.claims(10) {
		claimed = append(claimed, c.Incident)
	}
	require.ElementsMatch(t, ids[3:], claimed)
}

func TestAnIncidentThatWasGivenUpIsHandedOverAgain(t *testing.T) {
	w := newIssueWorld(t)
	w.owns("desk")
	id, incident := w.opensIncident()
	number := value[string](w, `SELECT number FROM incident WHERE sys_id = $1`, incident)
	for _, what := range []schema.HandingOver{{ExperienceID: id}, {Number: number}, {Within: time.Hour}} {
		require.Equal(t, "given_up", w.settles(w.claims(1)[0], schema.DispatchAttempt{GiveUp: true, Status: 410}, 0))
		require.Equal(t, schema.EventIncidentNotHandedOver, w.lastEvent(id).Event)
		other := what
		other.Providers = []string{"other"}
		require.Zero(t, w.handsOver(other), "another's")
		require.EqualValues(t, 1, w.handsOver(what))
	}
	require.Equal(t, "delivered", w.settles(w.claims(1)[0], schema.DispatchAttempt{Delivered: true, Foreign: schema.ForeignRecord{Number: "INC7"}}, 0))
	require.Zero(t, w.handsOver(schema.HandingOver{Within: time.Hour}), "it is known there")
	w.owns("new")
	require.EqualValues(t, 1, w.handsOver(schema.HandingOver{Number: number}), "somebody wants the new desk to have it")
	claimed, err := w.db.ClaimDispatches(t.Context(), map[string]int{md5("new"): 10}, aMinute)
	require.NoError(t, err)
	require.Equal(t, "given_up", w.settles(claimed[0], schema.DispatchAttempt{GiveUp: true}, 0))
	require.Equal(t, "INC7", value[string](w, `SELECT foreign_number FROM incident WHERE sys_id = $1`, incident), "how the old one knows it is not forgotten")
}

func TestOutcomesAreToldAgain(t *testing.T) {
	w := newIssueWorld(t)
	w.wantOutcomes(`{}`)
	id, other := w.lives(), w.lives()
	again := func(what schema.Redelivery) int64 {
		n, err := w.db.Redeliver(t.Context(), what)
		require.NoError(t, err)
		return n
	}
	require.Zero(t, again(schema.Redelivery{ExperienceID: id}), "they are still to be told")
	w.exec(`UPDATE sn_pren_delivery SET state = 'delivered', ended_on = now()`)
	one := value[string](w, `SELECT sys_id FROM sn_pren_outcome WHERE experience_id = $1 LIMIT 1`, other)
	require.Zero(t, again(schema.Redelivery{Provider: "sn"}), "nothing was given up")
	require.Zero(t, again(schema.Redelivery{ID: one, Providers: []string{"other"}}))
	require.EqualValues(t, 1, again(schema.Redelivery{ID: one}))
	require.EqualValues(t, 4, again(schema.Redelivery{ExperienceID: id}))
	w.exec(`UPDATE sn_pren_delivery SET state = 'given_up', ended_on = now()`)
	require.EqualValues(t, 8, again(schema.Redelivery{Provider: "sn"}))
	w.exec(`UPDATE sn_pren_delivery SET state = 'given_up', ended_on = now()`)
	w.exec(`UPDATE sn_pren_outcome_receiver SET config = NULL`)
	require.Zero(t, again(schema.Redelivery{Provider: "sn"}), "there is no webhook")
}

// However many wait, or were given up: what is looked for among them is found by an index, also with plans from when there were none, and
// more of them than go at once take as many statements as it needs.
func TestABacklogOfDeliveriesIsBoundedWork(t *testing.T) {
	w := newIssueWorld(t)
	w.wantOutcomes(`{}`)
	w.owns("desk")
	db := w.open(w.url)
	db.db.SetMaxOpenConns(1)
	life := issueLife{issueWorld: w, db: db}
	id := w.lives()
	_, incident := w.opensIncident()
	number := value[string](w, `SELECT number FROM incident WHERE sys_id = $1`, incident)
	one := value[string](w, `SELECT sys_id FROM sn_pren_outcome LIMIT 1`)
	ctx := t.Context()
	last := value[int](w, `SELECT max(number) FROM sn_pren_delivery`)
	ended := func() {
		w.exec(`UPDATE sn_pren_delivery SET state = 'delivered', ended_on = now() WHERE number <= $1`, last)
	}
	small := map[string]func() (int64, error){
		"tell one again":         func() (int64, error) { return db.Redeliver(ctx, schema.Redelivery{ID: one}) },
		"tell an issue's again":  func() (int64, error) { return db.Redeliver(ctx, schema.Redelivery{ExperienceID: id}) },
		"hand over by number":    func() (int64, error) { return db.HandOverIncidents(ctx, schema.HandingOver{Number: number}) },
		"hand over by issue":     func() (int64, error) { return db.HandOverIncidents(ctx, schema.HandingOver{ExperienceID: id}) },
		"hand over what is new":  func() (int64, error) { return db.HandOverIncidents(ctx, schema.HandingOver{Within: time.Minute}) },
		"look for what is over":  func() (int64, error) { _, _, err := db.EndDispatches(ctx); return 0, err },
		"remove what is too old": func() (int64, error) { return db.RemoveOutcomes(ctx, time.Hour) },
	}
	read := func(do func() (int64, error)) int {
		ended()
		before := life.readSoFar()
		_, err := do()
		require.NoError(t, err)
		return life.readSoFar() - before
	}
	for _, do := range small {
		read(do) // makes the plans
	}
	const many = 12_000
	_, err := db.db.Exec(`
		SET statement_timeout = 0; SET session_replication_role = replica;
		INSERT INTO sn_pren_delivery (receiver, outcome, issue, give_up_after_seconds, state, ended_on)
		SELECT md5('receiver'), md5(state || n), md5('issue ' || n), 3600, state, CASE WHEN state <> 'pending' THEN now() END
		  FROM generate_series(1, 12000) n, unnest('{pending,given_up}'::text[]) state;
		INSERT INTO incident (sys_id, caller_id, short_description, description, work_notes, impact, urgency, priority, correlation_id, correlation_display,
		                      origin_table, origin_id, investigative_details, sys_created_on)
		SELECT md5('old ' || n), md5('fred'), '', '', '', 3, 3, 5, 'old ' || n, 'sn', 'sn_pren_experience_issue', 'old ' || n, '[]', now() - interval '1 day'
		  FROM generate_series(1, 3000) n;
		SET session_replication_role = origin; RESET statement_timeout`)
	require.NoError(t, err)
	for what, do := range small {
		require.Less(t, read(do), 300, "rows and index entries read to %s", what)
	}

	var waiting []schema.DispatchWaiting
	require.Less(t, read(func() (_ int64, err error) { waiting, err = db.DispatchesWaiting(ctx); return 0, err }), 3*schema.MostCounted)
	require.Equal(t, schema.MostCounted, waiting[1].Count)
	require.Equal(t, schema.MostCounted, waiting[1].GivenUp)

	require.Less(t, read(func() (int64, error) {
		n, err := db.Redeliver(ctx, schema.Redelivery{Provider: "sn"})
		require.EqualValues(t, many, n)
		return n, err
	}), 10*many)
	w.exec(`UPDATE sn_pren_outcome_receiver SET config = NULL`)
	ended()
	statements, before := 0, life.readSoFar()
	for more := true; more; statements++ {
		_, more, err = db.EndDispatches(ctx)
		require.NoError(t, err)
	}
	require.Less(t, life.readSoFar()-before, 20*2*many)
	require.Equal(t, 2*many, w.deliveries("given_up"))
	require.Greater(t, statements, 2*many/endAtOnce)
}

func TestNothingIsKeptForAReceiverThatIsNotThere(t *testing.T) {
	for name, gone := range map[string]string{
		"switched off":      `UPDATE sn_pren_outcome_receiver SET active = false`,
		"without a webhook": `UPDATE sn_pren_outcome_receiver SET config = NULL`,
		"removed":           `DELETE FROM sn_pren_outcome_receiver`,
	} {
		t.Run(name, func(t *testing.T) {
			w := newIssueWorld(t)
			w.wantOutcomes(`{}`)
			w.lives()
			w.lives()
			w.exec(`UPDATE sn_pren_outcome SET sys_created_on = now() - interval '2 hours' WHERE number <= 4`)
			w.exec(`UPDATE sn_pren_experience_issue SET closed_on = now() - interval '1 day'`)
			w.exec(`DELETE FROM sn_pren_experience_issue_inbox`)
			w.exec(gone)
			n, err := w.db.RemoveOutcomes(t.Context(), time.Hour)
			require.NoError(t, err)
			require.EqualValues(t, 4, n)
			removed, err := w.db.RemoveIssues(t.Context(), time.Hour)
			require.NoError(t, err)
			require.EqualValues(t, 2, removed.Issues)
			require.Zero(t, w.deliveries("pending"))
		})
	}
}

// failsWith leads an issue of fred's to an incident.
func (w *namedWorld) failsWith(id string) (incident string) {
	w.t.Helper()
	w.submit("100", withID(id))
	w.begin(id, 1)
	w.conclude(id, schema.Outcome{Step: 1, Reason: schema.ActionFailed, Detail: "planted"})
	return value[string](w.issueWorld, `SELECT sys_id FROM incident WHERE correlation_id = $1`, id)
}

// An erasure waits for no receiver, and what is on its way says nothing of the person from when it begins.
func TestWhatIsDeliveredDuringAnErasureDoesNotSayWho(t *testing.T) {
	w := newNamedWorld(t)
	w.wantOutcomes(`{}`)
	w.owns("desk")
	tried := w.failsWith("tried-fred.luddy")
	claimed, err := w.db.ClaimDispatches(t.Context(), map[string]int{md5("desk"): 10}, aMinute)
	require.NoError(t, err)
	require.Equal(t, "pending", w.settles(claimed[0], schema.DispatchAttempt{Unclear: true}, time.Hour))
	untried, nameless := w.failsWith("untried-fred.luddy"), w.failsWith("nameless")
	letter := func(incident string) schema.DeskIncident {
		l, err := w.db.IncidentLetter(t.Context(), incident, md5("desk"))
		require.NoError(t, err)
		return l
	}
	require.Equal(t, "fred@example.com", letter(nameless).Email)
	require.Contains(t, letter(nameless).Description, "planted")

	require.NoError(t, w.db.erasing(nil)[0](t.Context(), w.fred(), "beth.anglin"))
	says := letter(nameless)
	require.Equal(t, []string{"Erased.", "Erased.", "", ""}, []string{says.Description, says.WorkNotes, says.UserName, says.Email})
	w.erase(w.fred())
	w.forgotten()
	says = letter(nameless)
	require.Equal(t, []string{"Erased.", "Erased.", "", "", "nameless"}, []string{says.Description, says.WorkNotes, says.UserName, says.Email, says.CorrelationID})
	require.NotContains(t, letter(untried).CorrelationID, "fred")
	require.Equal(t, 2, value[int](w.issueWorld, `SELECT count(*) FROM sn_pren_outcome WHERE experience_id = 'nameless'`), "the provider hears of what does not name him")
	require.Equal(t, "given_up", value[string](w.issueWorld, `SELECT state FROM sn_pren_delivery WHERE incident = $1`, tried), "it may be there under the old id")
	require.Equal(t, 2, value[int](w.issueWorld, `SELECT count(*) FROM sn_pren_delivery WHERE incident IN ($1, $2) AND state = 'pending'`, untried, nameless))
}
