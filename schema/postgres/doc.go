// Package postgres keeps the nouns of package schema in PostgreSQL. It owns all SQL of proactive: who won a race, whether an
// issue may exist, what its state is, are decided here, each by one compare-and-set.
//
// It knows no HTTP and no Temporal. Public methods open a transaction, or are one statement; private ones do the work in it.
// Faults that are likely to pass wrap schema.ErrUnavailable or one of its kinds.
package postgres
