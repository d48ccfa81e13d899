package api

import "proactive/schema"

// deploymentWire is a template and its registry row in the caller's shape. registry and deployed_version are null before it is deployed.
type deploymentWire struct {
	Template        string       `json:"template"`
	Registry        *string      `json:"registry"`
	Provider        string       `json:"provider"`
	IssueCode       string       `json:"issue_code"`
	Active          bool         `json:"active"`
	Status          string       `json:"status"`
	Customised      []string     `json:"customised"`
	DeployedVersion *versionWire `json:"deployed_version"`
	TemplateVersion *versionWire `json:"template_version"`
}

type versionWire struct {
	SysID  string `json:"sys_id"`
	Number int    `json:"number"`
}

// comparisonWire has every field in the three places.
type comparisonWire struct {
	deploymentWire
	Fields []fieldWire `json:"fields"`
}

type fieldWire struct {
	Name       string `json:"name"`
	Deployed   string `json:"deployed"`
	Template   string `json:"template"`
	Registry   string `json:"registry"`
	Customised bool   `json:"customised"`
	Updated    bool   `json:"updated"`
}

func wireDeployment(d schema.Deployment) deploymentWire {
	wire := deploymentWire{Template: d.Template, Provider: d.Provider, IssueCode: d.IssueCode, Active: d.Active, Status: string(d.Status()),
		Customised: d.Customised(), DeployedVersion: wireVersion(d.From), TemplateVersion: wireVersion(d.Now)}
	if d.Registry != "" {
		wire.Registry = &d.Registry
	}
	return wire
}

func wireVersion(v schema.Version) *versionWire {
	if v.SysID == "" {
		return nil
	}
	return &versionWire{v.SysID, v.Number}
}

func wireComparison(d schema.Deployment) comparisonWire {
	wire := comparisonWire{deploymentWire: wireDeployment(d), Fields: []fieldWire{}}
	for _, f := range d.Fields {
		wire.Fields = append(wire.Fields, fieldWire{f.Name, f.From, f.Template, f.Registry, f.Customised(), f.Updated()})
	}
	return wire
}
