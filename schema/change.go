package schema

// Change is one row of the catalogue that was written because it differed.
type Change struct {
	Section Section
	Key     string // the natural key, as people write it: sn, abel.tuter, sn/100
	What    ChangeKind
}

// ChangeKind is what happened to a row.
type ChangeKind string

// What can happen to a row of the catalogue. Deployed and Withdrawn are about the registry row of an issue.
const (
	RowUnchanged ChangeKind = ""
	RowCreated   ChangeKind = "created"
	RowUpdated   ChangeKind = "updated"
	RowDeployed  ChangeKind = "deployed"
	RowWithdrawn ChangeKind = "withdrawn" // the registry row is inactive from now on
)
