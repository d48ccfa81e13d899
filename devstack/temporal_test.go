package devstack_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"proactive/devstack"
	"proactive/devstack/stacktest"
)

var attributes = map[string]string{"ExperienceId": "Keyword", "Step": "Int", "Reported": "Datetime"}

func TestAWorkflowRunsInAFreshNamespaceWithItsAttributes(t *testing.T) {
	for range 3 {
		address, namespace := stacktest.Namespace(t, attributes)
		c := dial(t, address, namespace)
		hello(t, c)
	}
}

func TestAWrongAttributeTypeIsSaid(t *testing.T) {
	err := stacktest.Temporal(t).CreateNamespace(t.Context(), "wrong-type", map[string]string{"A": "Colour"})
	if err == nil {
		t.Fatal("accepted")
	}
	t.Log(err)
}

func TestAClosedWorkflowSurvivesStopAndKillOfTemporal(t *testing.T) {
	s := stacktest.OwnTemporal(t)
	if err := s.CreateNamespace(t.Context(), "kept", attributes); err != nil {
		t.Fatal(err)
	}
	c := dial(t, s.Address(), "kept")
	run := hello(t, c)
	for _, end := range []func(){func() { _ = s.Stop() }, s.Kill} {
		began := time.Now()
		end()
		t.Log("ended in", time.Since(began))
		if err := s.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		t.Log("back in", time.Since(began))
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := c.GetWorkflow(ctx, run.GetID(), run.GetRunID()).Get(ctx, nil); err != nil {
			t.Fatal(err)
		}
		hello(t, c)
	}
}

func TestTheMainNamespaceGetsAttributesThatAnOlderFileLacks(t *testing.T) {
	file := t.TempDir() + "/new/folder/temporal.db"
	for _, wanted := range []map[string]string{nil, attributes, attributes} {
		s, err := devstack.StartTemporal(t.Context(), devstack.TemporalOptions{DBFile: file, Namespace: "proactive", SearchAttributes: wanted})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Kill()
		if wanted != nil {
			hello(t, dial(t, s.Address(), "proactive"))
		}
		require.Eventually(t, func() bool { return answers("http://" + s.UIAddress()) }, time.Minute, 20*time.Millisecond, "the web UI starts beside the server")
		if err := s.Stop(); err != nil {
			t.Fatal(err)
		}
	}
}

func answers(url string) bool {
	answer, err := http.Get(url)
	if err == nil {
		answer.Body.Close()
	}
	return err == nil
}

func dial(t *testing.T, address, namespace string) client.Client {
	t.Helper()
	c, err := client.Dial(client.Options{HostPort: address, Namespace: namespace, ConnectionOptions: stacktest.Unhurried()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// hello runs a workflow that uses the attributes, with a worker of its own.
func hello(t *testing.T, c client.Client) client.WorkflowRun {
	t.Helper()
	w := worker.New(c, "hello", worker.Options{})
	w.RegisterWorkflowWithOptions(func(workflow.Context) error { return nil }, workflow.RegisterOptions{Name: "hello"})
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	defer w.Stop()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	run, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{TaskQueue: "hello", TypedSearchAttributes: temporal.NewSearchAttributes(
		temporal.NewSearchAttributeKeyKeyword("ExperienceId").ValueSet("x"),
		temporal.NewSearchAttributeKeyInt64("Step").ValueSet(1),
	)}, "hello")
	if err == nil {
		err = run.Get(ctx, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return run
}
