package api

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"proactive/registry"
	"proactive/schema"
)

// Deployments is what is deployed, and what its owners can do about it.
type Deployments interface {
	registry.DeploymentStore
	Deployments(ctx context.Context) ([]schema.Deployment, error)
	Deployment(ctx context.Context, key string) (schema.Deployment, error)
}

// registryCalls are the calls of those who own the registry. One route has all actions: what they take and answer is the same.
func (d *Door) registryCalls() []call {
	const rows = "/api/sn_pren/self_remediation/issue_registry"
	write := d.role(schema.RoleRegistryWrite)
	return []call{
		{method: http.MethodGet, path: rows, enter: write, handle: result(d.listDeployments)},
		{method: http.MethodGet, path: rows + "/:sys_id", enter: write, handle: result(d.compareDeployment)},
		{method: http.MethodPost, path: rows + "/:sys_id/:action", enter: write, handle: result(d.changeDeployment)},
	}
}

// listDeployments is the whole of GET …/issue_registry.
func (d *Door) listDeployments(c *gin.Context) (any, error) {
	ctx, cancel := context.WithTimeout(c.Request.Context(), d.config.StoreTimeout)
	defer cancel()
	all, err := d.deployments.Deployments(ctx)
	if err != nil {
		return nil, err
	}
	list := []deploymentWire{}
	for _, one := range all {
		if speaksFor(visitOf(c).account, one) {
			list = append(list, wireDeployment(one))
		}
	}
	return list, nil
}

// compareDeployment is the whole of GET …/issue_registry/{sys_id}.
func (d *Door) compareDeployment(c *gin.Context) (any, error) {
	ctx, cancel := context.WithTimeout(c.Request.Context(), d.config.StoreTimeout)
	defer cancel()
	one, err := d.ownDeployment(ctx, c)
	return wireComparison(one), err
}

// actions are those of …/issue_registry/{sys_id}/{action}.
var actions = []schema.DeploymentAction{schema.DeployUpdate, schema.DeployManual, schema.DeployDone, schema.DeployIgnore,
	schema.DeployWhole, schema.DeployOverwrite, schema.DeployRetire}

// changeDeployment is the whole of POST …/issue_registry/{sys_id}/{action}. A body says nothing.
func (d *Door) changeDeployment(c *gin.Context) (any, error) {
	action := schema.DeploymentAction(c.Param("action"))
	if !slices.Contains(actions, action) {
		return nil, noResource()
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), d.config.StoreTimeout)
	defer cancel()
	before, err := d.ownDeployment(ctx, c)
	if err != nil {
		return nil, err
	}
	after, err := registry.ChangeDeployment(ctx, d.deployments, before.Template, action, visitOf(c).account.UserName)
	var refused *schema.RefusedDeployment
	if errors.As(err, &refused) {
		return nil, &problem{status: http.StatusConflict, message: "Issue " + refused.Issue + " " + string(refused.Why), detail: refused.Detail}
	}
	return wireComparison(after), err
}

// ownDeployment is the one that the path names; one of a provider that the account does not speak for is none.
func (d *Door) ownDeployment(ctx context.Context, c *gin.Context) (schema.Deployment, error) {
	one, err := d.deployments.Deployment(ctx, c.Param("sys_id"))
	if err == nil && !speaksFor(visitOf(c).account, one) {
		err = schema.ErrNoRecord
	}
	return one, err
}

func speaksFor(account schema.Account, d schema.Deployment) bool {
	return len(account.Providers) == 0 || slices.Contains(account.Providers, d.Provider)
}
