package table

// Query says which rows are meant, and in which order. It is made of the dictionary's fields: what somebody wrote stands only in the
// values of its conditions.
type Query struct {
	Always       []Condition // each row meets all of these
	Alternatives []Every     // and one of these (^NQ), where there are any
	Order        []Sort
}

// Every is what a row must fulfil: each of it (^).
type Every []Any

// Any is fulfilled by a row that meets one of its conditions (^OR).
type Any []Condition

// Condition compares one field with values.
type Condition struct {
	Path     Path
	Operator Operator
	Values   []string // as many as the operator takes; checked against the field's type
}

// Sort is one field to sort by.
type Sort struct {
	Path       Path
	Descending bool
}

// Operator compares.
type Operator string

// The operators, as they are written.
const (
	Equal          Operator = "="
	NotEqual       Operator = "!="
	Less           Operator = "<"
	LessOrEqual    Operator = "<="
	Greater        Operator = ">"
	GreaterOrEqual Operator = ">="
	In             Operator = "IN"
	NotIn          Operator = "NOT IN"
	Like           Operator = "LIKE"
	NotLike        Operator = "NOT LIKE"
	StartsWith     Operator = "STARTSWITH"
	EndsWith       Operator = "ENDSWITH"
	IsEmpty        Operator = "ISEMPTY"
	IsNotEmpty     Operator = "ISNOTEMPTY"
	Between        Operator = "BETWEEN"
)

// operators in the order in which they are looked for: one before those that it begins with.
var operators = []Operator{NotEqual, LessOrEqual, GreaterOrEqual, Less, Greater, Equal, NotIn, NotLike, In, Like, StartsWith, EndsWith, IsEmpty, IsNotEmpty, Between}

// The bounds of a query.
const (
	MaxQuery  = 16 << 10 // bytes
	MaxTerms  = 100      // conditions
	MaxValues = 500      // of all IN and NOT IN together
	MaxOrder  = 10       // fields to sort by
)
