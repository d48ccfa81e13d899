package schema

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
