package main

import (
	"context"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// settle is how long the VPN stays off before it is switched on again.
const settle = 2 * time.Second

// RestartVPN is a subflow: a workflow that proactive starts as a child of the issue's own. It switches the VPN off, waits, and
// switches it on again, whatever happens meanwhile: an issue may be called off, and nobody is left without a VPN.
func RestartVPN(ctx workflow.Context, _ ActionInput) (ActionResult, error) {
	err := switchOff(ctx)
	evenThen, _ := workflow.NewDisconnectedContext(ctx)
	if err := switchVPN(evenThen, "on", "switch the VPN on"); err != nil {
		return ActionResult{}, err
	}
	if err != nil {
		return ActionResult{}, err
	}
	return ActionResult{Status: succeeded, Message: "The VPN is on again."}, nil
}

func switchOff(ctx workflow.Context) error {
	if err := switchVPN(ctx, "off", "switch the VPN off"); err != nil {
		return err
	}
	return workflow.NewTimerWithOptions(ctx, settle, workflow.TimerOptions{Summary: "let the connection settle"}).Get(ctx, nil)
}

func switchVPN(ctx workflow.Context, to, summary string) error {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: 5 * time.Second,
		RetryPolicy:         &temporal.RetryPolicy{MaximumAttempts: 5},
		Summary:             summary,
	})
	return workflow.ExecuteActivity(ctx, "SwitchVPN", to).Get(ctx, nil)
}

// SwitchVPN may be repeated: it says what shall be, not what to change.
func (d *desk) SwitchVPN(_ context.Context, to string) error {
	return d.WriteFile("vpn", []byte(to+"\n"), 0o600)
}
