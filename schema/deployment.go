package schema

import (
	"fmt"
	"strings"
)

// Deployment is a template together with the registry row that was made of it: what the template said then, what it says now, and what the
// registry row says. Of one that has never been deployed Registry is "".
type Deployment struct {
	Template  string // sys_id
	Registry  string // sys_id
	Provider  string // provider_code
	IssueCode string
	Active    bool // it can be reported
	Decision  UpdateDecision
	Decided   string  // sys_id of the version that Decision is about; "" without one
	From      Version // what the registry row was deployed from
	Now       Version // the template
	Fields    []DeployedField
}

// DeployedField is one field in the three places, as text; references by the name of what they refer to.
type DeployedField struct {
	Name                     string // the column
	From, Template, Registry string
}

// Customised tells a field that somebody has changed in the registry row, to something else than what the template says by now.
func (f DeployedField) Customised() bool { return f.Registry != f.From && f.Registry != f.Template }

// Updated tells a field that the template has changed since, and that the registry row does not have like that.
func (f DeployedField) Updated() bool { return f.Template != f.From && f.Template != f.Registry }

// UpdateDecision is what an owner has decided about a version of the template.
type UpdateDecision string

// The decisions.
const (
	Undecided     UpdateDecision = ""
	UpdateIgnores UpdateDecision = "ignored"
	UpdateByHand  UpdateDecision = "manual"
)

// DeploymentStatus is how a registry row stands to its template. The names are ServiceNow's.
type DeploymentStatus string

// The statuses. A decision to ignore is about one version: the next one is available again.
const (
	NotDeployed         DeploymentStatus = "not_deployed"
	UpToDate            DeploymentStatus = "up_to_date"
	UpdateAvailable     DeploymentStatus = "update_available"
	UpdateIgnored       DeploymentStatus = "update_ignored"
	ManualUpdatePending DeploymentStatus = "manual_update_pending"
)

// Key is how people name the issue.
func (d Deployment) Key() string { return d.Provider + "/" + d.IssueCode }

// Status follows from what the three say: an update that was taken back again is none.
func (d Deployment) Status() DeploymentStatus {
	switch {
	case d.Registry == "":
		return NotDeployed
	case d.Decision == UpdateByHand:
		return ManualUpdatePending
	case len(d.named(DeployedField.Updated)) == 0:
		return UpToDate
	case d.Decision == UpdateIgnores && d.Decided == d.Now.SysID:
		return UpdateIgnored
	}
	return UpdateAvailable
}

// Customised names the fields that are the registry row's own.
func (d Deployment) Customised() []string { return d.named(DeployedField.Customised) }

// named are the names of the fields that are so.
func (d Deployment) named(so func(DeployedField) bool) []string {
	names := []string{}
	for _, f := range d.Fields {
		if so(f) {
			names = append(names, f.Name)
		}
	}
	return names
}

// DeploymentAction is what can be done about a registry row.
type DeploymentAction string

// The actions.
const (
	DeployUpdate    DeploymentAction = "update"    // take over what the template says by now, but for what was customised
	DeployManual    DeploymentAction = "manual"    // the owner takes it over by hand
	DeployDone      DeploymentAction = "done"      // and has done so
	DeployIgnore    DeploymentAction = "ignore"    // leave it as it is, until the template changes again
	DeployWhole     DeploymentAction = "deploy"    // make the registry row, or bring it back; refused where something was customised
	DeployOverwrite DeploymentAction = "overwrite" // the same, and what was customised is given up
	DeployRetire    DeploymentAction = "retire"    // it can no longer be reported; issues that are open go on
	DeployApply     DeploymentAction = "apply"     // as update, and bring it back; what was decided about the template's version stands
)

// DeployedState is what an action makes of a registry row.
type DeployedState struct {
	Take     []string // the fields that are copied from the template
	From     string   // sys_id of the version that it is deployed from
	Decision UpdateDecision
	Decided  string
	Active   bool
}

// Changes tells whether the state is another than that of the registry row.
func (s DeployedState) Changes(d Deployment) bool {
	return len(s.Take) > 0 || s.From != d.From.SysID || s.Decision != d.Decision || s.Decided != d.Decided || s.Active != d.Active
}

// After is the state after an action on what has been deployed; the error is a *RefusedDeployment.
func (d Deployment) After(action DeploymentAction) (DeployedState, error) {
	state := DeployedState{From: d.From.SysID, Decision: d.Decision, Decided: d.Decided, Active: d.Active}
	status := d.Status()
	switch action {
	case DeployUpdate, DeployManual, DeployIgnore:
		if status == UpToDate {
			return state, d.refuse(NothingToUpdate, "The registry row has what its template says, or says so since it was customised.")
		}
	case DeployDone:
		if status != ManualUpdatePending {
			return state, d.refuse(NoManualUpdate, "Mark it as manual first; then edit the registry row, and then say that it is done.")
		}
	}
	switch action {
	case DeployManual:
		state.Decision, state.Decided = UpdateByHand, d.Now.SysID
	case DeployIgnore:
		state.Decision, state.Decided = UpdateIgnores, d.Now.SysID
	case DeployDone:
		state.From, state.Decision, state.Decided = d.Decided, Undecided, ""
	case DeployRetire:
		state.Active = false
	case DeployUpdate:
		return d.updated(d.Active), nil
	case DeployApply:
		if status == UpdateIgnored || status == ManualUpdatePending {
			state.Active = true
			return state, nil
		}
		return d.updated(true), nil
	case DeployWhole:
		if kept := d.Customised(); len(kept) > 0 {
			return state, d.refuse(WasCustomised, fmt.Sprintf("Deploying would overwrite %s. Update keeps that; overwrite gives it up.", strings.Join(kept, ", ")))
		}
		return d.overwritten(), nil
	case DeployOverwrite:
		return d.overwritten(), nil
	}
	return state, nil
}

// updated takes over everything but what was customised.
func (d Deployment) updated(active bool) DeployedState {
	take := d.named(func(f DeployedField) bool { return f.Template != f.Registry && !f.Customised() })
	return DeployedState{Take: take, From: d.Now.SysID, Active: active}
}

func (d Deployment) overwritten() DeployedState {
	take := d.named(func(f DeployedField) bool { return f.Template != f.Registry })
	return DeployedState{Take: take, From: d.Now.SysID, Active: true}
}

func (d Deployment) refuse(why DeploymentRefusal, detail string) error {
	return &RefusedDeployment{Why: why, Issue: d.Key(), Detail: detail}
}

// DeploymentRefusal is a reason why nothing is done about a registry row.
type DeploymentRefusal string

// The refusals.
const (
	NotYetDeployed  DeploymentRefusal = "is not deployed"
	NothingToUpdate DeploymentRefusal = "has no update"
	NoManualUpdate  DeploymentRefusal = "has no manual update that is pending"
	WasCustomised   DeploymentRefusal = "was customised"
	MakesNoSense    DeploymentRefusal = "would make no sense"
)

// RefusedDeployment is a refusal with what to do about it.
type RefusedDeployment struct {
	Why    DeploymentRefusal
	Issue  string // provider_code/issue_code
	Detail string // sentences
}

func (r *RefusedDeployment) Error() string {
	return fmt.Sprintf("issue %s %s: %s", r.Issue, r.Why, r.Detail)
}
