package stacktest

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/sdk/client"
	"google.golang.org/grpc"
)

// requestWithin is how long a request to Temporal may take on a busy machine.
const requestWithin = 2 * time.Minute

// Unhurried are the options of a test's own client, whose requests may take their time: the SDK gives most of them ten seconds.
func Unhurried() client.ConnectionOptions {
	return client.ConnectionOptions{DialOptions: []grpc.DialOption{grpc.WithChainUnaryInterceptor(unhurried)}}
}

// unhurried lets a request go on when its context's time is over, but not when it is cancelled.
func unhurried(ctx context.Context, method string, request, reply any, c *grpc.ClientConn, call grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	longer, cancel := context.WithTimeout(context.WithoutCancel(ctx), requestWithin)
	defer cancel()
	defer context.AfterFunc(ctx, func() {
		if errors.Is(ctx.Err(), context.Canceled) {
			cancel()
		}
	})()
	return call(longer, method, request, reply, c, opts...)
}
