package registry

import (
	"context"
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
		if !i.Reportable() || i.Provider != changed.Provider || i.IssueCode != changed.IssueCode {
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

// standing is what is known of an issue; nil where there is none.
type standing struct {
	template, registry *schema.IssueTemplate
	deployment         schema.Deployment
}

// standings are those of all issues, by provider/code.
func standings(known schema.Catalogue) map[string]standing {
	all := map[string]standing{}
	for _, d := range known.Deployments {
		all[d.Key()] = standing{deployment: d}
	}
	for _, i := range known.Issues {
		s := all[issueKey(i.Provider, i.IssueCode)]
		s.template = &i
		all[issueKey(i.Provider, i.IssueCode)] = s
	}
	for _, i := range known.Deployed {
		s := all[issueKey(i.Provider, i.IssueCode)]
		s.registry = &i
		all[issueKey(i.Provider, i.IssueCode)] = s
	}
	return all
}

// changedBy tells whether an issue of the files makes or changes the template.
func (s standing) changedBy(i schema.IssueTemplate) bool {
	if s.template == nil {
		return true
	}
	i.SysID, i.Deployed = s.template.SysID, s.template.Deployed
	return !same(*s.template, i)
}

// stays tells whether deploying an issue of the files leaves its registry row as it is, as its owner has decided. What was decided to be
// ignored is one version of the template, and ends with it.
func (s standing) stays(i schema.IssueTemplate) bool {
	if s.changedBy(i) {
		return s.registry != nil && s.registry.Decision == schema.UpdateByHand
	}
	return s.deployment.Leaves()
}

// asCustomised is an issue of the files as it would be deployed: what was customised in the registry row stays there, and is warned of.
func (k *checker) asCustomised(row int, i schema.IssueTemplate, s standing) schema.IssueTemplate {
	if s.registry == nil || !i.Reportable() {
		return i
	}
	d, key := *s.registry, issueKey(i.Provider, i.IssueCode)
	switch {
	case d.Decision == schema.UpdateByHand:
		k.warn(schema.SectionIssues, row, "", "%s waits for a manual update, and its registry row stays as it is: edit that, and then run \"proactive registry manual --done %s\"", key, key)
		d.Deployed = i.Deployed
		return d
	case s.stays(i):
		k.warn(schema.SectionIssues, row, "", "an update of %s was ignored, and its registry row stays as it is until its template changes: \"proactive registry update %s\" takes it over", key, key)
		d.Deployed = i.Deployed
		return d
	}
	customised := false
	for _, column := range d.Customised {
		before := i
		i.Keep(column, d)
		if !same(before, i) {
			customised = true
			k.warn(schema.SectionIssues, row, fieldOf(column), "was customised in the registry row of %s and stays so: \"proactive registry compare %s\" shows it, \"proactive registry deploy --overwrite %s\" gives it up", key, key, key)
		}
	}
	if customised {
		k.contradiction(row, key, i)
	}
	return i
}

// contradiction reports a registry row that the database would refuse: what was customised there and what the files say do not fit together.
func (k *checker) contradiction(row int, key string, merged schema.IssueTemplate) {
	const undo = "change it here, or give up what was customised: \"proactive registry compare %s\" shows it"
	if merged.Consent && merged.Engagement != schema.Engage {
		k.fail(schema.SectionIssues, row, "consent", "the registry row of %s would ask for consent and be %s, as one of the two was customised there: "+undo, key, merged.Engagement, key)
	}
	if (merged.UserLimit > 0) != (merged.UserLimitWindow > 0) {
		k.fail(schema.SectionIssues, row, "user_limit", "the registry row of %s would have a count without a window, or a window without a count, as one of the two was customised there: "+undo, key, key)
	}
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
