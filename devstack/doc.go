// Package devstack runs a real Postgres and a real Temporal dev server on this machine, for the dev command and for tests.
//
// It owns where their programs come from, where their data lies, which ports they take and that no process of theirs outlives
// the program that started them. It knows nothing of what is stored in them. Not for production: both listen on the loopback
// address only, and the Temporal dev server keeps everything in one SQLite file.
package devstack
