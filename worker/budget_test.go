package worker

import (
	"context"
	"path"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"

	"proactive/schema"
)

// requests counts the calls to Temporal's frontend that an issue causes.
type requests struct {
	mu sync.Mutex
	n  map[string]int
}

// besides are calls that a worker makes whether there are issues or not: connecting, heartbeats, and the janitor's look.
var besides = map[string]bool{"GetSystemInfo": true, "GetClusterInfo": true, "DescribeNamespace": true, "ListSearchAttributes": true,
	"ListWorkflowExecutions": true, "RecordWorkerHeartbeat": true, "ShutdownWorker": true, "Check": true}

func (r *requests) count(ctx context.Context, method string, req, reply any, c *grpc.ClientConn, call grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	err := call(ctx, method, req, reply, c, opts...)
	name := path.Base(method)
	polledNothing := false
	switch answer := reply.(type) {
	case *workflowservice.PollWorkflowTaskQueueResponse:
		polledNothing = len(answer.GetTaskToken()) == 0
	case *workflowservice.PollActivityTaskQueueResponse:
		polledNothing = len(answer.GetTaskToken()) == 0
	}
	if !besides[name] && !polledNothing {
		r.mu.Lock()
		r.n[name]++
		r.mu.Unlock()
	}
	return err
}

func (r *requests) take() map[string]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := r.n
	r.n = map[string]int{}
	return n
}

func TestASilentIssueCostsTemporalFiveRequests(t *testing.T) {
	w := newWorld(t, withHook(hook(t, ok)))
	counted := &requests{n: map[string]int{}}
	w.intercept(counted.count)
	w.enroll()
	w.engine()
	w.ended(w.becomes(w.report("100"), schema.ClosedComplete).ExperienceID) // the first one warms up
	ofFlow := map[string]int{"StartWorkflowExecution": 1, "RespondWorkflowTaskCompleted": 2, "RespondActivityTaskCompleted": 1, "PollWorkflowTaskQueue": 1}
	w.eventually("the last answers are there", func() bool { return counted.cover(ofFlow) })
	counted.take()

	flow := w.becomes(w.report("100"), schema.ClosedComplete).ExperienceID
	w.ended(flow)
	w.eventually("the last answers are there", func() bool { return counted.cover(ofFlow) })
	assert.Equal(t, ofFlow, counted.take(), "a flow action")
	assert.LessOrEqual(t, len(w.history(flow)), 14, "events of a flow action")

	device := w.running()
	w.eventually("the first answer is there", func() bool { return counted.cover(map[string]int{"RespondWorkflowTaskCompleted": 1}) })
	w.device(schema.ActionSucceeded)
	w.ended(device)
	ofDevice := map[string]int{"StartWorkflowExecution": 1, "RespondWorkflowTaskCompleted": 2, "SignalWorkflowExecution": 1, "PollWorkflowTaskQueue": 1}
	w.eventually("the last answers are there", func() bool { return counted.cover(ofDevice) })
	assert.Equal(t, ofDevice, counted.take(), "a CI action")
	assert.LessOrEqual(t, len(w.history(device)), 14, "events of a CI action")
}

// cover tells whether there were at least so many of each. One that was sent earlier may be answered later.
func (r *requests) cover(least map[string]int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for name, n := range least {
		if r.n[name] < n {
			return false
		}
	}
	return true
}

func TestAPersonInTheTemporalUIUnderstandsARun(t *testing.T) {
	w := newWorld(t, withHook(hook(t, ok)))
	w.engine()
	id := w.report("200")
	w.becomes(id, schema.ActionWait)
	w.report("300", withID(id))
	w.becomes(id, schema.ClosedComplete)
	w.ended(id)
	found := map[string]bool{}
	for _, event := range w.history(id) {
		found[string(event.GetUserMetadata().GetSummary().GetData())] = true
	}
	for _, summary := range []string{"Issue code 200 reported by provider sn", "look up the resolution", "run the remedial action call-hook",
		"wait for the next action", "conclude the step", "create the incident"} {
		assert.True(t, found[`"`+summary+`"`], "%s: %v", summary, found)
	}
	attributes := w.describe(id).GetSearchAttributes().GetIndexedFields()
	for name, value := range map[string]string{"IssueCode": "200", "Provider": "sn", "IssueState": "closed_complete"} {
		require.Contains(t, attributes, name)
		assert.Equal(t, `"`+value+`"`, string(attributes[name].GetData()))
	}
}
