package main

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

// registered is a registry of one row, sn/100, which was customised, and whose template has changed.
type registered struct{ did []schema.DeploymentAction }

func (r *registered) Deployments(context.Context) ([]schema.Deployment, error) {
	return []schema.Deployment{sn100, {Template: "t2", Provider: "sn", IssueCode: "200", Now: schema.Version{Number: 1}}}, nil
}

func (r *registered) Deployment(_ context.Context, key string) (schema.Deployment, error) {
	if key != sn100.Key() {
		return schema.Deployment{}, schema.ErrNoRecord
	}
	return sn100, nil
}

func (r *registered) ChangeDeployment(ctx context.Context, key string, action schema.DeploymentAction, _ string,
	_ func(schema.Catalogue, schema.Deployment) error,
) (schema.Deployment, error) {
	r.did = append(r.did, action)
	return r.Deployment(ctx, key)
}

var sn100 = schema.Deployment{Template: "t1", Registry: "g1", Provider: "sn", IssueCode: "100", Active: false, From: schema.Version{SysID: "v1", Number: 1},
	Now: schema.Version{SysID: "v2", Number: 2}, Fields: []schema.DeployedField{
		{Name: "resolution", From: "restart", Template: "restart", Registry: "ask\n\x1b[1mus"}, {Name: "short_description", From: "", Template: "Slow", Registry: ""}}}

func TestTheRegistryIsListedWithItsStatus(t *testing.T) {
	var out strings.Builder
	require.NoError(t, listRegistry(t.Context(), &registered{}, &out))
	require.Equal(t, `ISSUE   STATUS            ACTIVE  DEPLOYED  TEMPLATE  CUSTOMISED
sn/100  update_available  false   1         2         resolution
sn/200  not_deployed      false   0         1         -
`, out.String())
}

func TestAComparisonHasThreeColumns(t *testing.T) {
	var out strings.Builder
	require.NoError(t, compareRegistry(t.Context(), &registered{}, "sn/100", &out))
	require.Equal(t, `sn/100: update_available, retired, customised: resolution
FIELD              DEPLOYED (1)  TEMPLATE (2)  REGISTRY        
resolution         restart       restart       ask\n\x1b[1mus  customised
short_description  -             Slow          -               updated
`, out.String())
}

func TestAChangeSaysHowTheRowStandsThen(t *testing.T) {
	var out strings.Builder
	r := &registered{}
	require.NoError(t, changeRegistry(t.Context(), r, "sn/100", schema.DeployIgnore, "beth.anglin", &out))
	require.Equal(t, "sn/100: update_available, retired, customised: resolution\n", out.String())
	require.Equal(t, []schema.DeploymentAction{schema.DeployIgnore}, r.did)
	require.EqualError(t, changeRegistry(t.Context(), r, "sn/7", schema.DeployIgnore, "x", &out),
		`there is no template "sn/7": name it as PROVIDER/CODE or by its sys_id; proactive registry list has them all`)
}
