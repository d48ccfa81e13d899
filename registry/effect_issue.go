package registry

import (
	"slices"

	"proactive/schema"
)

// issuesIn are the rows of the issues: each is a template, and beside it may stand a registry row.
type issuesIn struct{ rowsIn[schema.IssueTemplate] }

// compare looks at the template, and then at what deploying or withdrawing it does to the registry row.
func (in issuesIn) compare(e *effect) {
	stored := in.bySysID(e.known)
	var differ []schema.IssueTemplate
	for _, i := range e.decided.Issues {
		old, there := stored[i.SysID]
		var what []schema.ChangeKind
		plain := i
		plain.Deployed = old.Deployed
		switch {
		case !there:
			what = append(what, schema.RowCreated)
		case !same(old, plain):
			what = append(what, schema.RowUpdated)
		}
		key := issueKey(i.Provider, i.IssueCode)
		registryRow, deployed := e.registry[key]
		if kind := e.redeploy(i, len(what) > 0); kind != schema.RowUnchanged {
			what = append(what, kind)
		}
		if len(what) == 0 {
			continue
		}
		differ = append(differ, i)
		e.note(in.name, key, what, in.fieldsBetween(old, there, i, registryRow, e.registry[key]), old, registryRow, deployed, e.versions[key].Now, e.versions[key].From)
	}
	e.decided.Issues = differ
}

// fieldsBetween are those of the template, and those in which the registry row, which was deployed from an earlier form of it, changes
// otherwise.
func (in issuesIn) fieldsBetween(old schema.IssueTemplate, there bool, now, registryRow, registryNow schema.IssueTemplate) []FieldChange {
	var before fields
	if there {
		before = issueRow(old).fields
	}
	if now.Deployed == nil {
		deployed := there && old.Reportable()
		now.Deployed = &deployed
	}
	changes := compareFields(before, issueRow(now).fields)
	if !registryRow.Reportable() || !registryNow.Reportable() {
		return changes // all of the registry row is new, or gone
	}
	known := map[FieldChange]bool{}
	for _, change := range changes {
		known[change] = true
	}
	for _, change := range compareFields(issueRow(registryRow).fields, issueRow(registryNow).fields) {
		if !known[change] {
			changes = append(changes, change)
		}
	}
	return changes
}

// redeploy is what becomes of the registry row of an issue when its template is written, and was changed or not. It says what the database
// does: see schema.Deployment.After.
func (e *effect) redeploy(i schema.IssueTemplate, changed bool) schema.ChangeKind {
	key := issueKey(i.Provider, i.IssueCode)
	row, there := e.registry[key]
	if i.Deployed == nil || !*i.Deployed && !row.Reportable() {
		return schema.RowUnchanged
	}
	now, kind := i, schema.RowDeployed
	switch d := e.versions[key]; {
	case !*i.Deployed:
		now, kind = row, schema.RowWithdrawn
	case !there:
	case changed && row.Decision == schema.UpdateByHand, !changed && d.Leaves():
		now = row
		if row.Reportable() {
			kind = schema.RowUnchanged
		}
	default:
		if state, err := d.After(schema.DeployApply); !changed && err == nil && !state.Changes(d) {
			return schema.RowUnchanged
		}
		for _, column := range row.Customised {
			now.Keep(column, row)
		}
	}
	now.Deployed = i.Deployed
	e.registry[key] = now
	return kind
}

// takeAway removes templates that were never deployed, and withdraws the registry rows of the others.
func (in issuesIn) takeAway(e *effect, pruned []schema.PrunedRow) {
	stored := in.bySysID(e.known)
	for _, p := range slices.Backward(pruned) {
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
