package endurance

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// team is another team's worker, which runs subflows on its own task queue. All that they do is a call of the hook.
type team struct {
	client client.Client
	hook   string // its address
	http   *http.Client

	mu     sync.Mutex
	worker worker.Worker
}

// teamQueue and callsForUs are names in the catalogue.
const (
	teamQueue  = "team"
	callsForUs = "CallsForUs"
)

func newTeam(t *testing.T, temporal string, hook string) *team {
	t.Helper()
	c, err := client.DialContext(t.Context(), client.Options{HostPort: temporal, Namespace: namespace,
		Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler))})
	require.NoError(t, err)
	m := &team{client: c, hook: hook, http: &http.Client{Timeout: slowly}}
	t.Cleanup(c.Close)
	require.NoError(t, m.start())
	t.Cleanup(m.stop)
	return m
}

// start tries again while Temporal is away, too.
func (m *team) start() (err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for over := time.Now().Add(time.Minute); time.Now().Before(over); sleep(context.Background(), asksBack) {
		m.worker = worker.New(m.client, teamQueue, worker.Options{})
		m.worker.RegisterWorkflowWithOptions(m.CallsForUs, workflow.RegisterOptions{Name: callsForUs})
		m.worker.RegisterActivity(m.Call)
		if err = m.worker.Start(); err == nil {
			return nil
		}
	}
	return err
}

func (m *team) stop() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.worker.Stop()
}

// CallsForUs is the subflow: one activity, tried until it is done.
func (m *team) CallsForUs(ctx workflow.Context, in stepKey) (map[string]string, error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: 3 * time.Second})
	return map[string]string{"status": "succeeded"}, workflow.ExecuteActivity(ctx, m.Call, in).Get(ctx, nil)
}

// Call calls the hook for a step.
func (m *team) Call(ctx context.Context, in stepKey) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+m.hook+"/ok", bytes.NewReader(body))
	if err != nil {
		return err
	}
	response, err := m.http.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusNoContent {
		return fmt.Errorf("the hook answered %d", response.StatusCode)
	}
	return nil
}
