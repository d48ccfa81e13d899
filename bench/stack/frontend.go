package stack

import (
	"context"
	"maps"
	"net"
	"path"
	"sync"

	"go.temporal.io/api/proxy"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
)

// A Frontend stands between a worker and Temporal and counts the requests that runs cause.
type Frontend struct {
	Address string // HOST:PORT
	server  *grpc.Server
	onward  *grpc.ClientConn

	mu sync.Mutex
	n  map[string]int
}

// besides are requests that a worker makes whether anything runs or not: connecting, heartbeats, and the janitor's look.
var besides = map[string]bool{"GetSystemInfo": true, "GetClusterInfo": true, "DescribeNamespace": true, "DescribeTaskQueue": true,
	"ListWorkflowExecutions": true, "RecordWorkerHeartbeat": true, "ShutdownWorker": true}

// ListenForTemporal passes requests on to the Temporal at address.
func ListenForTemporal(address string) (*Frontend, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	f := &Frontend{Address: listener.Addr().String(), server: grpc.NewServer(), n: map[string]int{}}
	f.onward, err = grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithUnaryInterceptor(f.count))
	if err != nil {
		return nil, err
	}
	service, err := proxy.NewWorkflowServiceProxyServer(proxy.WorkflowServiceProxyOptions{Client: workflowservice.NewWorkflowServiceClient(f.onward)})
	if err != nil {
		return nil, err
	}
	workflowservice.RegisterWorkflowServiceServer(f.server, service)
	healthpb.RegisterHealthServer(f.server, health.NewServer())
	go func() { _ = f.server.Serve(listener) }() // until Close
	return f, nil
}

// Close ends it and whatever is on its way.
func (f *Frontend) Close() {
	f.server.Stop()
	f.onward.Close()
}

// Requests are those so far by name. A poll that brought nothing is none: it costs the same whether there are runs or not.
func (f *Frontend) Requests() map[string]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return maps.Clone(f.n)
}

// Sum is how many there were in all.
func (f *Frontend) Sum() (sum int) {
	for _, n := range f.Requests() {
		sum += n
	}
	return sum
}

func (f *Frontend) count(ctx context.Context, method string, request, reply any, c *grpc.ClientConn, call grpc.UnaryInvoker, o ...grpc.CallOption) error {
	err := call(ctx, method, request, reply, c, o...)
	name := path.Base(method)
	if besides[name] || broughtNothing(reply) {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.n[name]++
	return err
}

func broughtNothing(reply any) bool {
	switch answer := reply.(type) {
	case *workflowservice.PollWorkflowTaskQueueResponse:
		return len(answer.GetTaskToken()) == 0
	case *workflowservice.PollActivityTaskQueueResponse:
		return len(answer.GetTaskToken()) == 0
	case *workflowservice.PollNexusTaskQueueResponse:
		return len(answer.GetTaskToken()) == 0
	}
	return false
}
