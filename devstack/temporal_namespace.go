package devstack

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"google.golang.org/protobuf/types/known/durationpb"
)

// retention is how long a namespace made here keeps closed workflows: the shortest that Temporal allows.
const retention = 24 * time.Hour

// CreateNamespace makes a namespace and returns when workflows with these search attributes (name to type) can start in it.
// One that exists keeps its retention and gets the attributes that it lacks.
func (t *Temporal) CreateNamespace(ctx context.Context, name string, searchAttributes map[string]string) error {
	_, err := t.client.WorkflowService().RegisterNamespace(ctx, &workflowservice.RegisterNamespaceRequest{
		Namespace: name, WorkflowExecutionRetentionPeriod: durationpb.New(retention),
	})
	var exists *serviceerror.NamespaceAlreadyExists
	if err != nil && !errors.As(err, &exists) {
		return fmt.Errorf("create namespace %s: %w", name, err)
	}
	return t.usable(ctx, name, searchAttributes)
}

// usable adds the search attributes to the namespace, which does nothing for those that it has, and waits until the server
// answers requests with them. Until ctx ends every error is taken for "not yet", except a wrong type.
func (t *Temporal) usable(ctx context.Context, namespace string, searchAttributes map[string]string) error {
	types, err := attributeTypes(searchAttributes)
	if err != nil {
		return err
	}
	for {
		err := t.tryNamespace(ctx, namespace, types)
		var wrong *serviceerror.InvalidArgument
		if err == nil || errors.As(err, &wrong) {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("namespace %s does not become usable: %w", namespace, err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (t *Temporal) tryNamespace(ctx context.Context, namespace string, types map[string]enums.IndexedValueType) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if len(types) > 0 {
		_, err := t.client.OperatorService().AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{
			Namespace: namespace, SearchAttributes: types,
		})
		if err != nil {
			return err
		}
	}
	var conditions []string
	for name := range types {
		conditions = append(conditions, fmt.Sprintf("`%s` IS NULL", name))
	}
	_, err := t.client.WorkflowService().CountWorkflowExecutions(ctx, &workflowservice.CountWorkflowExecutionsRequest{
		Namespace: namespace, Query: strings.Join(conditions, " AND "),
	})
	return err
}

func attributeTypes(named map[string]string) (map[string]enums.IndexedValueType, error) {
	types := make(map[string]enums.IndexedValueType, len(named))
	for name, kind := range named {
		t, err := enums.IndexedValueTypeFromString(kind)
		if err != nil || t == enums.INDEXED_VALUE_TYPE_UNSPECIFIED {
			return nil, fmt.Errorf("search attribute %s: %q is no type; there are Keyword, Text, Int, Double, Bool, Datetime, KeywordList", name, kind)
		}
		types[name] = t
	}
	return types, nil
}

// connect makes the client that the server is asked with. It dials when first used, and again after a restart.
func (t *Temporal) connect() error {
	if t.client != nil {
		t.client.Close()
	}
	var err error
	t.client, err = client.NewLazyClient(client.Options{HostPort: t.Address(), Logger: silent{}})
	if err != nil {
		return fmt.Errorf("make a Temporal client: %w", err)
	}
	return nil
}

// silent drops what the client would say about a server that is not up yet: the caller hears of it in the error.
type silent struct{}

var _ sdklog.Logger = silent{}

func (silent) Debug(string, ...any) {}
func (silent) Info(string, ...any)  {}
func (silent) Warn(string, ...any)  {}
func (silent) Error(string, ...any) {}
