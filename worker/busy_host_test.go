package worker

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"proactive/activities"
	"proactive/schema"
)

// crowd is so many people, and two hooks: HANG, which each of them may need, and HOOK.
func crowd(people int, hanging, healthy string) string {
	var users strings.Builder
	for n := range people {
		fmt.Fprintf(&users, "  - {user_name: person-%d}\n", n)
	}
	return strings.NewReplacer("HANG", hanging, "HOOK", healthy).Replace("providers: [{provider_code: sn, name: ServiceNow}]\nusers:\n" + users.String() + `
remedial_actions:
  - {name: call, kind: flow_action, target: http_request, timeout: 10m}
resolutions:
  - {name: hang, type: remedial_action, remedial_action: call, parameters: {method: POST, url: "HANG"}}
  - {name: hook, type: remedial_action, remedial_action: call, parameters: {method: POST, url: "HOOK"}}
issues:
  - {provider: sn, issue_code: hang, short_description: Hangs, resolution: hang, deployed: true}
  - {provider: sn, issue_code: hook, short_description: Does not hang, resolution: hook, deployed: true}
`)
}

func of(person int) func(*schema.Report) {
	return func(r *schema.Report) { r.Endpoint.UserName = fmt.Sprintf("person-%d", person) }
}

func TestAHostThatHangsHoldsUpNobodyElse(t *testing.T) {
	const many, perHost = 12, 3 // more than there are places
	release := make(chan struct{})
	var now, most, came atomic.Int64
	hanging := hook(t, func(_ http.ResponseWriter, r *http.Request) {
		came.Add(1)
		n := now.Add(1)
		for seen := most.Load(); n > seen && !most.CompareAndSwap(seen, n); seen = most.Load() {
		}
		defer now.Add(-1)
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	w := newWorld(t, crowd(many, hanging, hook(t, ok)))
	w.places, w.hosts = 8, activities.NewHosts(perHost)
	w.engine()
	free := sync.OnceFunc(func() { close(release) })
	t.Cleanup(free)
	var held, healthy []string
	for person := range many {
		held = append(held, w.report("hang", of(person)))
	}
	w.eventually("all others were sent away", func() bool {
		_, refused := w.hosts.Count()
		return refused >= many-perHost && came.Load() == perHost
	})
	for person := range many {
		healthy = append(healthy, w.report("hook", of(person)))
	}
	for _, id := range healthy {
		assert.Equal(t, schema.ResolvedSilently, w.becomes(id, schema.ClosedComplete).EndReason)
	}
	for _, id := range held {
		w.becomes(id, schema.InProgress)
	}
	assert.EqualValues(t, perHost, came.Load())

	free()
	for _, id := range held {
		require.Equal(t, schema.ResolvedSilently, w.becomes(id, schema.ClosedComplete).EndReason, "a request that waits is no attempt")
	}
	assert.EqualValues(t, many, came.Load(), "each was sent once")
	assert.EqualValues(t, perHost, most.Load())
}
