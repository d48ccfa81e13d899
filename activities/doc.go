// Package activities holds whatever leaves the workflow: reading and writing Postgres (Begin, Conclude, ExpireWait, run as local
// activities), acting on the world (http_request) and writing to people (notify). Each may be repeated: what a repeat must not do
// again is decided by what stands in Postgres.
//
// Inputs and results pass through Temporal's history, so they hold ids, step numbers and verdicts, and errors hold codes; names,
// addresses, parameters and answers stay in Postgres. A flow action of ours is given the experience_id and the step, and reads its
// parameters with RunningAction; its error means "try again" and its text is a code, a result with status failed is final.
//
// The package knows the store by a few methods and no HTTP server.
package activities
