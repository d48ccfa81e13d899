package scenario

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"proactive/bench/load"
)

// agent is the agent of a device, which does at once whatever it is asked to.
type agent struct{ address, token string }

const jobs = "/api/proactive/agent/v1/jobs/"

// next waits for a job; "" when there was none for a while.
func (a agent) next(ctx context.Context) (job string, err error) {
	answer, err := a.call(ctx, "next?wait=10s", `{"agent_version": "1", "os": "linux", "actions": ["end_process"]}`)
	if err != nil || len(answer) == 0 {
		return "", err
	}
	var found struct {
		ID string `json:"id"`
	}
	err = json.Unmarshal(answer, &found)
	return found.ID, err
}

// does says that it begins, and then that it is done.
func (a agent) does(ctx context.Context, job string) error {
	if _, err := a.call(ctx, job+"/heartbeat", "{}"); err != nil {
		return err
	}
	_, err := a.call(ctx, job+"/result", `{"status": "succeeded", "message": "Ended."}`)
	return err
}

func (a agent) call(ctx context.Context, path, body string) ([]byte, error) {
	return load.Once(ctx, a.address, load.Post(jobs+path, "Bearer "+a.token, body))
}

// works fetches jobs and does them until ctx ends, and tells when it saw each.
func (a agent) works(ctx context.Context, seen chan<- time.Time) error {
	for ctx.Err() == nil {
		job, err := a.next(ctx)
		if err != nil {
			return fmt.Errorf("the device's agent: %w", err)
		}
		if job == "" {
			continue
		}
		select {
		case seen <- time.Now():
		default: // nobody wants to know
		}
		if err := a.does(ctx, job); err != nil {
			return fmt.Errorf("the device's agent: %w", err)
		}
	}
	return nil
}
