package table

// MaxRows is how many rows one answer may have, and has when nothing else is said.
const MaxRows = 10_000

// Selection is which rows to read, and what of them.
type Selection struct {
	Table     *Table
	Query     Query
	Fields    []Path
	Displays  bool     // also what references show to people
	Limit     int      // rows
	Offset    int      // rows before the first
	Count     bool     // also how many rows the query has without limit and offset
	Providers []string // provider_codes: only rows that belong to one of these, where the table's rows belong to any; empty: all
}

// Value is what a row holds in a field.
type Value struct {
	Value   string
	Display string // of a reference, when Displays asks for it; "" when it leads nowhere
}
