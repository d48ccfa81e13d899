// Package schema holds the nouns of proactive: what a report, an issue, a step, a plan, a job and an incident are, which
// states an issue can be in, which moves lead from one to another, and every reason to refuse or to end.
//
// It is pure Go on the standard library: it knows no database, no HTTP and no Temporal. The SQL that keeps these nouns is in
// schema/postgres, the tables are in schema/migrations.
package schema
