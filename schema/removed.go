package schema

// Removed counts what retention has removed.
type Removed struct {
	Issues int `db:"issues"`
	Rows   int `db:"rows"` // of all tables
}
