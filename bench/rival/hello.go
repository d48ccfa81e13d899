package rival

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/grpc"
)

// hello starts a hello-world workflow with one plain activity for each report, as Temporal's samples have it.
func hello(ctx context.Context) error { return runHello(ctx, false) }

// eagerHello also lets the first workflow task come back with the answer to the start.
func eagerHello(ctx context.Context) error { return runHello(ctx, true) }

const helloQueue = "hello"

func runHello(ctx context.Context, eager bool) error {
	done := newLedger()
	c, err := client.Dial(client.Options{
		HostPort: os.Getenv("TEMPORAL_ADDRESS"), Namespace: os.Getenv("TEMPORAL_NAMESPACE"),
		Logger:            log.NewStructuredLogger(slog.New(slog.DiscardHandler)),
		ConnectionOptions: client.ConnectionOptions{DialOptions: []grpc.DialOption{grpc.WithChainUnaryInterceptor(noteCompletions(done))}},
	})
	if err != nil {
		return err
	}
	defer c.Close()
	w := worker.New(c, helloQueue, worker.Options{})
	w.RegisterWorkflow(helloWorkflow)
	w.RegisterActivity(helloActivity)
	if err := w.Start(); err != nil {
		return err
	}
	defer w.Stop()
	return serve(ctx, func(ctx context.Context, r report) error {
		_, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: r.ExperienceID, TaskQueue: helloQueue, EnableEagerStart: eager},
			helloWorkflow, r.ExperienceID)
		return err
	}, done)
}

func helloWorkflow(ctx workflow.Context, id string) (string, error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: 10 * time.Second})
	var greeting string
	err := workflow.ExecuteActivity(ctx, helloActivity, id).Get(ctx, &greeting)
	return id, err
}

func helloActivity(_ context.Context, name string) (string, error) {
	return fmt.Sprintf("Hello %s!", name), nil
}

// noteCompletions learns that a workflow is completed from Temporal's answer to its last task, which costs nobody a request.
func noteCompletions(done *ledger) grpc.UnaryClientInterceptor {
	return func(ctx context.Context, method string, request, reply any, c *grpc.ClientConn, call grpc.UnaryInvoker, o ...grpc.CallOption) error {
		err := call(ctx, method, request, reply, c, o...)
		task, ok := request.(*workflowservice.RespondWorkflowTaskCompletedRequest)
		if !ok || err != nil {
			return err
		}
		for _, command := range task.GetCommands() {
			if command.GetCommandType() == enums.COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION {
				done.done(text(command.GetCompleteWorkflowExecutionCommandAttributes().GetResult()))
			}
		}
		return nil
	}
}

func text(result *commonpb.Payloads) (id string) {
	for _, payload := range result.GetPayloads() {
		_ = json.Unmarshal(payload.GetData(), &id) // our workflow returns a string
	}
	return id
}
