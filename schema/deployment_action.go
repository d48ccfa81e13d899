package schema

import (
	"fmt"
	"strings"
)

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
	if err := d.refusal(action); err != nil {
		return state, err
	}
	switch action {
	case DeployUpdate:
		return d.updated(d.Active), nil
	case DeployWhole, DeployOverwrite:
		return d.overwritten(), nil
	case DeployManual:
		state.Decision, state.Decided = UpdateByHand, d.Now.SysID
	case DeployIgnore:
		state.Decision, state.Decided = UpdateIgnores, d.Now.SysID
	case DeployDone:
		state.From, state.Decision, state.Decided = d.Decided, Undecided, ""
	case DeployRetire:
		state.Active = false
	case DeployApply:
		if !d.Leaves() {
			return d.updated(true), nil
		}
		state.Active = true
	}
	return state, nil
}

// Leaves tells that the owner has decided against taking over what the template says by now, so that applying leaves the registry row as it is.
func (d Deployment) Leaves() bool {
	status := d.Status()
	return status == UpdateIgnored || status == ManualUpdatePending
}

// refusal is why an action would do nothing good; nil when it would.
func (d Deployment) refusal(action DeploymentAction) error {
	status, kept := d.Status(), d.Customised()
	switch action {
	case DeployUpdate, DeployManual, DeployIgnore:
		if status == UpToDate {
			return d.refuse(NothingToUpdate, "The template has nothing that the registry row does not have, or keep otherwise.")
		}
	case DeployDone:
		if status != ManualUpdatePending {
			return d.refuse(NoManualUpdate, "Mark it as manual first; then edit the registry row, and then say that it is done.")
		}
	case DeployWhole:
		if len(kept) > 0 {
			return d.refuse(WasCustomised, fmt.Sprintf("Deploying would overwrite %s. Update keeps that; overwrite gives it up.", strings.Join(kept, ", ")))
		}
	}
	return nil
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
