// Package table is the dictionary of the Table API: which tables there are for administrators, what their fields are called, hold and
// refer to, and who may do what with the rows; and it reads encoded queries.
//
// A name that stands here may reach SQL, and no other. It is pure Go, and it knows no SQL: package postgres makes statements of it.
package table
