//go:build !unix

package api

import "math"

// mostConnections: here the system has no bound of its own.
func mostConnections() int { return math.MaxInt }
