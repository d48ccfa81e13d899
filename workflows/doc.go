// Package workflows says what happens to an experience issue, in what order, and for how long. It decides nothing that Postgres
// decides: it calls activities, waits, and goes where their verdicts lead.
//
// Its code is replayed, so it must be deterministic: no I/O, no clock but workflow.Now, no random numbers, no ranging over maps.
// A change that alters the order of commands needs workflow.GetVersion as long as runs of the old code may be open;
// testdata/histories and the replay test guard that. The histories are of real runs, recorded with
//
//	go test ./worker -run TestRecordHistories -record
package workflows
