package worker

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/log"

	"proactive/workflows"
)

// DefaultNamespace is used where TEMPORAL_NAMESPACE says nothing: issues have a Temporal namespace of their own.
const DefaultNamespace = "proactive"

// connection is a Temporal client of one namespace.
type connection struct {
	client.Client
	namespace   string
	namespaceID string
	payloads    converter.DataConverter // nil is Temporal's own
}

// LoadConfig reads how to reach Temporal from the variables and the file that Temporal's own tools read (TEMPORAL_ADDRESS,
// TEMPORAL_NAMESPACE, TEMPORAL_TLS_…), and encrypts payloads when payloadKey is not empty.
func LoadConfig(payloadKey string) (Config, error) {
	options, err := envconfig.LoadDefaultClientOptions()
	if err != nil {
		return Config{}, fmt.Errorf("read how to reach Temporal from TEMPORAL_…: %w", err)
	}
	if options.Namespace == "" || options.Namespace == client.DefaultNamespace {
		options.Namespace = DefaultNamespace
	}
	return newConfig(options, payloadKey)
}

// LocalConfig is for a Temporal on this machine, whatever the environment says of others.
func LocalConfig(address, payloadKey string) (Config, error) {
	return newConfig(client.Options{HostPort: address, Namespace: DefaultNamespace}, payloadKey)
}

func newConfig(options client.Options, payloadKey string) (Config, error) {
	if onThisMachine(options.HostPort) {
		options.ConnectionOptions.GrpcCompression = &client.GrpcCompressionNone{}
	}
	options.Logger = log.NewStructuredLogger(slog.Default())
	options, err := encrypted(options, payloadKey)
	return Config{Temporal: options}, err
}

// onThisMachine tells an address to which no line is spared by compressing, which costs a tenth of our time. "" is where the SDK
// then looks.
func onThisMachine(hostPort string) bool {
	hostPort = cmp.Or(hostPort, client.DefaultHostPort)
	host, _, err := net.SplitHostPort(hostPort)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// connect tries until there is a namespace with everything that we need, and says what is missing.
func (e *Engine) connect(ctx context.Context) (connection, error) {
	for wait := 250 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		t, err := e.dial(ctx)
		if err == nil {
			return t, nil
		}
		if ctx.Err() != nil {
			return t, ctx.Err()
		}
		if e.State() != err.Error() {
			slog.Warn("Temporal cannot be used yet; reports are taken all the same, and this is tried again", "reason", err)
			e.state.Store(err.Error())
		}
		pause(ctx, wait)
	}
}

func (e *Engine) dial(ctx context.Context) (connection, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	c, err := client.DialContext(ctx, e.config.Temporal)
	if err != nil {
		return connection{}, fmt.Errorf("no answer from Temporal: %w", err)
	}
	t := connection{Client: c, namespace: e.config.Temporal.Namespace, payloads: e.config.Temporal.DataConverter}
	if t.namespaceID, err = namespaceID(ctx, c, t.namespace); err == nil {
		err = checkSearchAttributes(ctx, c, t.namespace)
	}
	if err != nil {
		c.Close()
		return connection{}, err
	}
	return t, nil
}

// NamespaceID asks Temporal for the id of the namespace that config names.
func NamespaceID(ctx context.Context, config Config) (string, error) {
	c, err := client.DialContext(ctx, config.Temporal)
	if err != nil {
		return "", fmt.Errorf("no answer from Temporal: %w", err)
	}
	defer c.Close()
	return namespaceID(ctx, c, config.Temporal.Namespace)
}

func namespaceID(ctx context.Context, c client.Client, name string) (string, error) {
	answer, err := c.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: name})
	if err != nil {
		return "", fmt.Errorf("namespace %q cannot be used (create it with: temporal operator namespace create -n %s): %w", name, name, err)
	}
	return answer.GetNamespaceInfo().GetId(), nil
}

// checkSearchAttributes says in a sentence which search attributes are missing; without them no run could be started.
func checkSearchAttributes(ctx context.Context, c client.Client, namespace string) error {
	answer, err := c.OperatorService().ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: namespace})
	if err != nil {
		slog.Warn("could not check the search attributes of the namespace", "error", err)
		return nil // some hosted clusters do not tell; a missing one then shows when a run is started
	}
	for _, name := range SearchAttributes() {
		if answer.GetCustomAttributes()[name] != enumspb.INDEXED_VALUE_TYPE_KEYWORD {
			return fmt.Errorf("namespace %q has no search attribute %s of type Keyword: "+
				"temporal operator search-attribute create -n %s --name %s --type Keyword", namespace, name, namespace, name)
		}
	}
	return nil
}

// SearchAttributes names the search attributes that the namespace must have, each of type Keyword.
func SearchAttributes() []string {
	return []string{workflows.IssueCode.GetName(), workflows.Provider.GetName(), workflows.IssueState.GetName()}
}
