package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"proactive/schema"
)

// inbox is what the run has heard so far.
type inbox struct {
	seen        int64 // number of the last message
	cancelled   bool
	chained     int // the latest step that a chained report has made
	jobFinished int // the latest step whose job has ended
	words       int // counts what was said to the conversation, and deliveries that may end it
}

// listen receives messages for as long as the run lives. They come at least once and in order; those it has had it ignores.
func (x *issue) listen(ctx workflow.Context) {
	messages := workflow.GetSignalChannelWithOptions(ctx, schema.SignalInbox, workflow.SignalChannelOptions{
		Description: "what was said to the issue, in the order in which Postgres took it: {seq, kind, step}",
	})
	workflow.GoNamed(ctx, "listen", func(ctx workflow.Context) {
		for {
			var m schema.Message
			messages.Receive(ctx, &m)
			x.hear(m)
		}
	})
}

func (x *inbox) hear(m schema.Message) {
	if m.Seq <= x.seen {
		return
	}
	x.seen = m.Seq
	switch m.Kind {
	case schema.InboxCancelled:
		x.cancelled = true
	case schema.InboxChained:
		x.chained = max(x.chained, m.Step)
	case schema.InboxJobFinished:
		x.jobFinished = max(x.jobFinished, m.Step)
	case schema.InboxReplied, schema.InboxNoticed:
		x.words++
	}
}

// await waits until the condition holds and tells whether it does; false when limit is over or the run is cancelled first. The
// timer is cancelled when it is no longer needed.
func (x *issue) await(ctx workflow.Context, limit time.Duration, summary string, condition func() bool) bool {
	if condition() {
		return true
	}
	timerCtx, cancel := workflow.WithCancel(ctx)
	defer cancel()
	over := workflow.NewTimerWithOptions(timerCtx, max(limit, time.Millisecond), workflow.TimerOptions{Summary: summary})
	err := workflow.Await(ctx, func() bool { return condition() || over.IsReady() })
	return err == nil && condition()
}
