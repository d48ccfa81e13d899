package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"
	"time"

	"proactive/schema"
)

// endProcess ends a process: it is asked to, and when it has not within the policy's grace, it is made to. The process is identified
// by its id, its birth and its executable, and looked at again once a handle on it is held, so that a reused id is never hit.
type endProcess struct{}

// How a process came to its end.
const (
	terminated     = "terminated"      // it was asked to
	killed         = "killed"          // it was made to
	earlierAttempt = "earlier_attempt" // it had been, when a second attempt came
)

// clocks is how far the device's and the server's may differ.
const clocks = 2 * time.Second

func (endProcess) identify(t task) (json.RawMessage, *schema.ActionResult) {
	wanted, complaint := readProcessParameters(t.job.Parameters)
	if complaint != "" {
		return nil, failed(complaint)
	}
	if before, ok := endedBefore(t.earlier, wanted); ok {
		result := ended(before, earlierAttempt)
		return mustJSON(before), &result
	}
	found, err := lookUp(wanted.ID)
	switch never := fmt.Sprintf("Process %d is never ended.", wanted.ID); {
	case process{ID: wanted.ID}.untouchable(): // also when we may not look at it
		return nil, failed(never)
	case errors.Is(err, errNoProcess):
		return nil, noProcess(wanted.ID)
	case err != nil:
		return nil, failed(fmt.Sprintf("The agent may not look at process %d.", wanted.ID))
	case found.untouchable():
		return nil, failed(never)
	case !wanted.means(found):
		return nil, failed(fmt.Sprintf("Process %d is another one than the one that was reported.", found.ID))
	case found.StartedAt.After(t.job.ReportedAt.Add(clocks)):
		return nil, failed(fmt.Sprintf("Process %d has started after the report, so it is not the one that was reported.", found.ID))
	case !t.policy.mayEnd(found):
		return nil, failed(fmt.Sprintf("The policy of this device does not allow to end process %d.", found.ID))
	}
	return mustJSON(found), nil
}

func (endProcess) run(ctx context.Context, t task, identity json.RawMessage) schema.ActionResult {
	var target process
	if err := json.Unmarshal(identity, &target); err != nil {
		return *failed("The agent has lost what it was about to end.")
	}
	handle, err := os.FindProcess(target.ID)
	if err != nil {
		return *noProcess(target.ID)
	}
	defer handle.Release() //nolint:errcheck
	if result := stillThere(target); result != nil {
		return *result
	}
	if runtime.GOOS != "windows" { // which cannot ask
		if err := handle.Signal(syscall.SIGTERM); err != nil {
			return notEnded(target, err)
		}
		if waitGone(ctx, target, t.policy.Actions.EndProcess.Grace) {
			return ended(target, terminated)
		}
		if ctx.Err() != nil {
			return stopped(ctx)
		}
		if now, err := lookUp(target.ID); err == nil && !now.same(target) {
			return *failed(fmt.Sprintf("Process %d runs another program since it was asked to end.", target.ID))
		}
	}
	if err := handle.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return notEnded(target, err)
	}
	if waitGone(ctx, target, mostGrace) {
		return ended(target, killed)
	}
	if ctx.Err() != nil {
		return stopped(ctx)
	}
	return *failed(fmt.Sprintf("Process %d does not end.", target.ID))
}

// stillThere looks again when the handle is held: from then on the id cannot mean another process.
func stillThere(target process) *schema.ActionResult {
	now, err := lookUp(target.ID)
	if err != nil {
		return noProcess(target.ID)
	}
	if !now.same(target) {
		return failed(fmt.Sprintf("Process %d is another one than it was a moment ago.", target.ID))
	}
	return nil
}

// waitGone waits until the process is gone, for at most a while.
func waitGone(ctx context.Context, target process, atMost time.Duration) bool {
	over := time.NewTimer(atMost)
	defer over.Stop()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		if target.gone() {
			return true
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return target.gone()
		case <-over.C:
			return target.gone()
		}
	}
}

// endedBefore finds the process that an earlier attempt had before it, if that very one is gone: then it did its work.
func endedBefore(earlier []json.RawMessage, wanted processParameters) (process, bool) {
	for _, identity := range earlier {
		var before process
		if json.Unmarshal(identity, &before) == nil && before.ID == wanted.ID && wanted.means(before) && before.gone() {
			return before, true
		}
	}
	return process{}, false
}

func ended(p process, by string) schema.ActionResult {
	return schema.ActionResult{Status: schema.ActionSucceeded, Message: fmt.Sprintf("Process %d (%s) was ended.", p.ID, p.Executable),
		Output: mustJSON(map[string]any{"process_id": p.ID, "executable": p.Executable, "started_at": p.StartedAt, "ended_by": by})}
}

func noProcess(id int) *schema.ActionResult {
	return failed(fmt.Sprintf("There is no process %d on this device.", id))
}

func notEnded(p process, err error) schema.ActionResult {
	if errors.Is(err, os.ErrProcessDone) {
		return *noProcess(p.ID)
	}
	return *failed(fmt.Sprintf("The agent may not end process %d.", p.ID))
}

// mustJSON renders structs and maps of texts, numbers and times, which always can be.
func mustJSON(v any) json.RawMessage {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return text
}
