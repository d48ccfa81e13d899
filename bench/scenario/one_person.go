package scenario

import (
	"context"
	"fmt"
	"net/http"

	"proactive/bench/load"
)

// manyConnections is on how many the large crowds arrive.
const manyConnections = 128

// onePerson sends many reports of one person and issue code while the first one's action is held.
func onePerson(ctx context.Context, b *Bench) error {
	t, err := b.counted(ctx, "serve")
	if err != nil {
		return err
	}
	defer t.Close()
	release := b.Hook.Hold()
	defer release()
	sample, err := load.Times(ctx, t.Address, manyConnections, b.Storm, func(k int) []byte {
		return load.Report{ID: fmt.Sprintf("storm-%d", k), Code: "0", Person: 0}.Request()
	})
	if err != nil {
		return err
	}
	if refused := sample.Others[http.StatusBadRequest]; refused+len(sample.Times) != b.Storm {
		return sample.Clean()
	}
	issues, err := t.Value(ctx, `SELECT count(*) FROM sn_pren_experience_issue`)
	if err != nil {
		return err
	}
	release()
	if err := t.settle(ctx); err != nil {
		return err
	}
	add := func(what string, value float64) { b.Sheet.Add("one-person", what, "proactive serve", value) }
	add("reports", float64(b.Storm))
	add("answered/s", float64(b.Storm)/sample.Took.Seconds())
	add("taken", float64(len(sample.Times)))
	add("issues while the action is held", issues)
	add("Temporal starts", float64(t.Frontend.Requests()["StartWorkflowExecution"]))
	return nil
}
