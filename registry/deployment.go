package registry

import (
	"context"
	"reflect"
	"slices"
	"strings"

	"proactive/schema"
)

// DeploymentStore keeps what is deployed.
type DeploymentStore interface {
	// ChangeDeployment does something about a registry row, all or nothing, and tells how it stands then. check sees it, and the whole
	// catalogue, before that counts; its error is returned as it is. schema.ErrNoRecord when key names nothing; refusals are
	// *schema.RefusedDeployment.
	ChangeDeployment(ctx context.Context, key string, action schema.DeploymentAction, by string,
		check func(known schema.Catalogue, changed schema.Deployment) error) (schema.Deployment, error)
}

// ChangeDeployment does something about the registry row of an issue: key is provider_code/issue_code, or the sys_id of the template or
// the row. What comes of it must make sense as what is applied must. by is who did it.
func ChangeDeployment(ctx context.Context, store DeploymentStore, key string, action schema.DeploymentAction, by string) (schema.Deployment, error) {
	return store.ChangeDeployment(ctx, key, action, by, makesSense)
}

// makesSense objects to a registry row that can be reported and does not fit what it refers to.
func makesSense(known schema.Catalogue, changed schema.Deployment) error {
	k := (&Catalogue{}).check(&known)
	for _, i := range known.Deployed {
		if i.Provider != changed.Provider || i.IssueCode != changed.IssueCode {
			continue
		}
		for _, o := range k.objections(i) {
			if !o.doubt {
				return &schema.RefusedDeployment{Why: schema.MakesNoSense, Issue: changed.Key(), Detail: "Its " + o.field + ": " + o.text + "."}
			}
		}
	}
	return nil
}

// asCustomised is an issue of the files as it would be deployed: what was customised in the registry row stays there, and is warned of.
func (k *checker) asCustomised(row int, i schema.IssueTemplate, deployed []schema.IssueTemplate) schema.IssueTemplate {
	at := slices.IndexFunc(deployed, func(d schema.IssueTemplate) bool { return d.Provider == i.Provider && d.IssueCode == i.IssueCode })
	if at < 0 || i.Deployed == nil || !*i.Deployed {
		return i
	}
	d, key := deployed[at], issueKey(i.Provider, i.IssueCode)
	switch d.Decision {
	case schema.UpdateByHand:
		k.warn(schema.SectionIssues, row, "", "%s waits for a manual update, and its registry row stays as it is: edit that, and then run \"proactive registry manual --done %s\"", key, key)
		d.Deployed = i.Deployed
		return d
	case schema.UpdateIgnores:
		k.warn(schema.SectionIssues, row, "", "an update of %s was ignored, and its registry row stays as it is until its template changes: \"proactive registry update %s\" takes it over", key, key)
	}
	for _, column := range d.Customised {
		before := i
		i.Keep(column, d)
		if !sameIssue(before, i) {
			k.warn(schema.SectionIssues, row, fieldOf(column), "was customised in the registry row of %s and stays so: \"proactive registry compare %s\" shows it, \"proactive registry deploy --overwrite %s\" gives it up", key, key, key)
		}
	}
	return i
}

// sameIssue tells whether two issues say the same; no list is as good as an empty one.
func sameIssue(a, b schema.IssueTemplate) bool {
	for _, i := range []*schema.IssueTemplate{&a, &b} {
		for _, list := range []*[]string{&i.NextCodes, &i.Channels, &i.Include, &i.Exclude} {
			*list = append([]string{}, *list...)
		}
	}
	return reflect.DeepEqual(a, b)
}

// fieldOf is a column as the files name it.
func fieldOf(column string) string {
	switch column {
	case "accept_seconds", "consent_seconds", "confirm_seconds":
		return strings.TrimSuffix(column, "seconds") + "within"
	case "user_limit_window_seconds":
		return "user_limit"
	}
	return strings.TrimSuffix(column, "_seconds")
}
