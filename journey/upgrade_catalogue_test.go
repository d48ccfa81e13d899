package journey

import (
	"fmt"
	"sync"

	"github.com/stretchr/testify/require"
)

// editor changes a row of each table of the catalogue, again and again, with the old version.
type editor struct {
	u       *upgrade
	leaving chan struct{}
	gone    sync.WaitGroup

	mu       sync.Mutex
	editions int
	problem  string
}

// edition is what the editor applies. Nobody reports it.
const edition = `
remedial_actions: [{name: edited, kind: flow_action, target: http_request, timeout: %[1]ds, attempts: 1}]
resolutions: [{name: edited, type: remedial_action, remedial_action: edited, parameters: {method: POST, url: "http://localhost/%[1]d"}}]
notification_contents: [{name: edited, prompt: "Edition %[1]d"}]
issues: [{provider: sn, issue_code: edited, short_description: Edition %[1]d, resolution: edited, deployed: true}]
`

// catalogueIsEdited returns when the first edition is applied; others follow until it is left.
func (u *upgrade) catalogueIsEdited() *editor {
	u.t.Helper()
	e := &editor{u: u, leaving: make(chan struct{})}
	e.gone.Go(e.edits)
	u.t.Cleanup(e.leave)
	e.more(1)
	return e
}

func (e *editor) edits() {
	for n := 1; ; n++ {
		select {
		case <-e.leaving:
			return
		default:
		}
		_, problem, code := tryProgram(e.u.t, e.u.program, e.u.env(), fmt.Sprintf(edition, n), "apply", "-f", "-")
		e.mu.Lock()
		e.editions = n
		if code != 0 {
			e.problem = fmt.Sprintf("edition %d: %d %s", n, code, problem)
		}
		e.mu.Unlock()
		if code != 0 {
			return
		}
	}
}

// more waits until so many more editions are applied.
func (e *editor) more(n int) {
	e.u.t.Helper()
	wanted := e.soFar() + n
	eventually(e.u.t, "the catalogue is edited", func() bool { return e.soFar() >= wanted })
}

func (e *editor) soFar() int {
	e.u.t.Helper()
	e.mu.Lock()
	defer e.mu.Unlock()
	require.Empty(e.u.t, e.problem)
	return e.editions
}

func (e *editor) leave() {
	select {
	case <-e.leaving:
	default:
		close(e.leaving)
	}
	e.gone.Wait()
}

// catalogueHasItsVersions looks at each row of the catalogue: one version is current, and says what the row says.
func (u *upgrade) catalogueHasItsVersions() {
	u.t.Helper()
	for _, table := range []string{"sn_reacf_remedial_action", "sn_pren_resolution", "sn_pren_notification_content", "sn_pren_issue_registry_template", "sn_pren_issue_registry"} {
		require.Equal(u.t, "", u.value(fmt.Sprintf(`
			SELECT coalesce(string_agg(concat_ws(' is not ', to_jsonb(c), v.payload), '; '), '')
			  FROM %s c
			  FULL JOIN (SELECT * FROM sn_pren_version WHERE "table" = '%[1]s' AND state = 'current') v ON v.record = c.sys_id
			 WHERE c.sys_id IS NULL OR v.sys_id IS NULL
			    OR EXISTS (SELECT FROM jsonb_each(v.payload::jsonb) said WHERE said.value IS DISTINCT FROM to_jsonb(c) -> said.key)`, table)), table)
	}
}
