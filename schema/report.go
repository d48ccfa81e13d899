package schema

import "encoding/json"

// Report is what a monitoring tool says: whose computer has which trouble. Texts are as they were sent; blank means absent.
type Report struct {
	Endpoint     Endpoint
	IssueCode    string
	Provider     string
	ExperienceID string // "" lets the issue's sys_id stand in

	InputParameters      json.RawMessage // an object, verbatim; nil when absent
	InvestigativeDetails json.RawMessage // an object, verbatim; nil when absent
	ParametersAreText    bool            // they came as XML: the action's schema says which are numbers

	ReportedBy string // user_name of the account
}

// Endpoint says who is affected and on which computer.
type Endpoint struct {
	CI       string // sys_id in cmdb_ci_computer
	UserID   string // sys_id in sys_user
	UserName string
	Email    string
}
