// Package worker is the engine's side: it connects to Temporal, registers the workflow and the activities, delivers the inbox
// (the relay), and ends what can no longer end by itself (the janitor).
//
// It decides nothing about an issue that Postgres decides, and it knows no HTTP.
package worker
