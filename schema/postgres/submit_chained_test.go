package postgres

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"proactive/schema"
)

// follows gives an issue that waits after code 201, which only code 100 may follow.
func (w *issueWorld) follows() (id string) {
	w.t.Helper()
	id = w.submit("201", by(schema.Endpoint{UserName: "fred.luddy", CI: md5("fred-laptop")}))
	w.begin(id, 1)
	w.conclude(id, success(1))
	return id
}

func TestOnlyTheRightReportIsTheNextStep(t *testing.T) {
	w := newIssueWorld(t)
	id := w.follows()
	w.refused(schema.NotAwaited, "200", withID(id))
	w.refused(schema.NotAwaited, "100", withID(id), under("other"))
	w.refused(schema.NotAwaited, "100", withID(id), by(schema.Endpoint{UserName: "beth.anglin"}))
	require.Equal(t, schema.ActionWait, w.issue(id).State)

	w.submit("100", withID(id))
	issue := w.issue(id)
	assert.Equal(t, []any{schema.Open, 2, "100", md5("fred-laptop")}, []any{issue.State, issue.Step, issue.IssueCode, issue.CI}, "the CI stays")
	w.begin(id, 2)
	w.refused(schema.BeingResolved, "100", withID(id))
	w.sound()
}

func TestTheNextStepMayBeOnAnotherComputer(t *testing.T) {
	w := newIssueWorld(t)
	id := w.follows()
	w.submit("100", withID(id), by(schema.Endpoint{UserName: "fred.luddy", CI: md5("spare")}))
	assert.Equal(t, md5("spare"), w.issue(id).CI)
}

func TestAnIssueHasAtMostAHundredSteps(t *testing.T) {
	w := newIssueWorld(t)
	id := w.waiting()
	w.exec(`UPDATE sn_pren_experience_issue_step SET step = 100`)
	w.exec(`UPDATE sn_pren_experience_issue SET step = 100`)
	w.refused(schema.NotAwaited, "100", withID(id))
}
