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
	RowRemoved   ChangeKind = "removed"   // a property has its default again
	RowRetired   ChangeKind = "retired"   // the row is inactive from now on: what happened refers to it
)

// PrunedRow is a row of the catalogue that is to be taken away: removed, or retired where something refers to it or may do so.
type PrunedRow struct {
	Section Section
	Key     string // the natural key
	SysID   string // of a property its name
}

// CatalogueChange is one transaction with the catalogue.
type CatalogueChange struct {
	By    string // for sys_created_by and sys_updated_by
	Given Catalogue
	// Everybody shows Decide all people, accounts and computers, and not only those that Given names or identifies.
	Everybody bool
	// Decide returns what is to be written, with a sys_id in every row; what is as it should be may be left out. Its error ends the transaction and is returned as it is.
	Decide func(known Catalogue) (Catalogue, error)
	// Review, when there is one, sees what the transaction has done before that counts. Its error ends the transaction and is returned as
	// it is.
	Review func(done []Change) error
}
