package agent

import (
	"context"
	"net/http"
	"time"

	"proactive/schema"
)

// lastWord is how long a stopping agent tries to report what it has just done. What it cannot say it says when it starts again.
const lastWord = 3 * time.Second

// report tells a result until the server has acknowledged it or will never take it.
func (a *Agent) report(ctx context.Context, r record) {
	if ctx.Err() != nil {
		own, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWord)
		defer cancel()
		ctx = own
	}
	result := bounded(*r.Result)
	err := a.insist(ctx, func(ctx context.Context) error { return a.server.result(ctx, r.Job, result) })
	if err != nil && !isStatus(err, final...) {
		a.log.Warn("a result is still to be reported", logged(r, err)...)
		return
	}
	a.log.Info("reported", logged(r, err)...)
	r.Acknowledged = true
	if err := a.journal.put(r); err != nil {
		a.log.Error("what was reported could not be written", logged(r, err)...)
	}
}

// final are the answers that a repeat would get too.
var final = []int{http.StatusBadRequest, http.StatusNotFound, http.StatusConflict, http.StatusGone, http.StatusRequestEntityTooLarge}

// insist makes a call until it succeeds, is answered finally, or ctx is done.
func (a *Agent) insist(ctx context.Context, call func(context.Context) error) error {
	retry := a.newRetry()
	for {
		err := call(ctx)
		if err == nil || isStatus(err, final...) || ctx.Err() != nil {
			return err
		}
		a.log.Warn("a call failed and will be repeated", "error", err)
		retry.wait(ctx, err)
		if ctx.Err() != nil {
			return err
		}
	}
}

// bounded cuts a message to what the server takes, at a character's beginning.
func bounded(r schema.ActionResult) schema.ActionResult {
	if len(r.Message) > schema.MaxResultMessage {
		cut := schema.MaxResultMessage
		for cut > 0 && r.Message[cut]&0xC0 == 0x80 {
			cut--
		}
		r.Message = r.Message[:cut]
	}
	return r
}
