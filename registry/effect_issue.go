package registry

import (
	"proactive/schema"
)

// issuesIn are the rows of the issues: each is a template, and beside it may stand a registry row.
type issuesIn struct{ rowsIn[schema.IssueTemplate] }

// compare looks at the template, and then at what deploying or withdrawing it does to the registry row.
func (in issuesIn) compare(e *effect) {
	stand := standings(e.known)
	var differ []schema.IssueTemplate
	for _, i := range e.decided.Issues {
		key := issueKey(i.Provider, i.IssueCode)
		s := stand[key]
		var what []schema.ChangeKind
		switch {
		case s.template == nil:
			what = append(what, schema.RowCreated)
		case s.changedBy(i):
			what = append(what, schema.RowUpdated)
		}
		kind, registry := s.redeployed(i)
		if kind != schema.RowUnchanged {
			what = append(what, kind)
			e.registry[key] = registry
		}
		if len(what) == 0 {
			continue
		}
		differ = append(differ, i)
		e.note(in.name, key, what, s.fieldsBetween(i, e.registry[key]), s.template, s.registry, s.deployment.From, s.deployment.Now)
	}
	e.decided.Issues = differ
}

// fieldsBetween are the fields that change in the template, and those in which the registry row changes otherwise: it was deployed from an
// earlier form of it.
func (s standing) fieldsBetween(now, registry schema.IssueTemplate) []FieldChange {
	var before fields
	if s.template != nil {
		before = issueRow(*s.template).fields
	}
	if now.Deployed == nil {
		deployed := s.template != nil && s.template.Reportable()
		now.Deployed = &deployed
	}
	changes := compareFields(before, issueRow(now).fields)
	if s.registry == nil || !s.registry.Reportable() || !registry.Reportable() {
		return changes // all of the registry row is new, or gone
	}
	said := map[FieldChange]bool{}
	for _, change := range changes {
		said[change] = true
	}
	for _, change := range compareFields(issueRow(*s.registry).fields, issueRow(registry).fields) {
		if !said[change] {
			changes = append(changes, change)
		}
	}
	return changes
}

// redeployed is what becomes of the registry row of an issue of the files: what the database does, as schema.Deployment.After says it.
func (s standing) redeployed(i schema.IssueTemplate) (schema.ChangeKind, schema.IssueTemplate) {
	var row schema.IssueTemplate
	if s.registry != nil {
		row = *s.registry
	}
	switch {
	case i.Deployed == nil, !*i.Deployed && !row.Reportable():
		return schema.RowUnchanged, row
	case !*i.Deployed:
		row.Deployed = i.Deployed
		return schema.RowWithdrawn, row
	case s.registry == nil:
		return schema.RowDeployed, i
	case s.stays(i) && row.Reportable(), !s.changedBy(i) && s.upToDate():
		return schema.RowUnchanged, row
	case s.stays(i):
		row.Deployed = i.Deployed
		return schema.RowDeployed, row
	}
	for _, column := range row.Customised {
		i.Keep(column, row)
	}
	return schema.RowDeployed, i
}

// upToDate tells whether deploying the template as it is changes nothing.
func (s standing) upToDate() bool {
	state, err := s.deployment.After(schema.DeployApply)
	return err == nil && !state.Changes(s.deployment)
}

// takeAway removes templates that were never deployed, and withdraws the registry rows of the others.
func (in issuesIn) takeAway(e *effect, pruned []schema.PrunedRow) {
	stored := in.bySysID(e.known)
	for _, p := range pruned {
		before := stored[p.SysID]
		row, deployed := e.registry[p.Key]
		switch {
		case !deployed:
			e.note(in.name, p.Key, []schema.ChangeKind{schema.RowRemoved}, nil, before)
		case row.Reportable():
			after := before
			after.Deployed, row.Deployed = new(bool), new(bool)
			e.note(in.name, p.Key, []schema.ChangeKind{schema.RowRetired}, compareFields(issueRow(before).fields, issueRow(after).fields), before, row)
			e.registry[p.Key] = row
		}
	}
}
