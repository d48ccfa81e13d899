//go:build unix

package api

import "syscall"

// forTheRest is how many files the process keeps open besides connections: those to Postgres and Temporal above all.
const forTheRest = 256

// mostConnections is how many connections the system lets this process have. Without a file for it no connection could be taken, and none
// to Postgres made.
func mostConnections() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return forTheRest
	}
	files := int(min(limit.Cur, 1<<30))
	return max(files-forTheRest, files/2)
}
