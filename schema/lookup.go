package schema

// Lookup is something that a report was looked up by, and what came of it: that it was found and does not count is another thing than that it
// is not there.
type Lookup struct {
	Table    string   `db:"table"`
	By       string   `db:"by"`    // the field of the report or of the row before that names it
	Value    string   `db:"value"` // what stands in that field; "" when nothing does
	SysID    string   `db:"sys_id"`
	Name     string   `db:"name"`
	Standing Standing `db:"standing"`
}

// Person tells whether the lookup tells of a person or of what is theirs, and not of the catalogue.
func (l Lookup) Person() bool {
	return l.Table == "sys_user" || l.Table == "cmdb_ci_computer" || l.Table == "sn_agent_token"
}

// Standing is how something stands that was looked up.
type Standing string

// Whatever does not count is as good as absent to a report.
const (
	Counts      Standing = "counts"
	NotFound    Standing = "not_found"
	NotNamed    Standing = "not_named" // the row before names none
	Inactive    Standing = "inactive"
	LockedOut   Standing = "locked_out"
	ForPrograms Standing = "web_service_access_only"
	Unassigned  Standing = "unassigned"
	Undeployed  Standing = "not_deployed"
	Incomplete  Standing = "incomplete"
	Revoked     Standing = "revoked"
)
