package devstack

import (
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
)

// loopback is the only address that our servers listen on.
const loopback = "127.0.0.1"

// tries is how often a start is repeated with other ports after somebody else took one in between.
const tries = 5

// Below the ranges from which Linux (32768) and macOS (49152) take ports for outgoing connections: a port from here is still
// ours when a killed server is started again on it.
const lowestPort, highestPort = 20000, 32000

// freePort finds a port that nobody listens on now. Somebody else may take it before our server does; callers try again.
func freePort() (int, error) {
	for range 200 {
		port := lowestPort + rand.IntN(highestPort-lowestPort)
		if checkPort("", port) == nil {
			return port, nil
		}
	}
	return 0, fmt.Errorf("no free port between %d and %d on %s", lowestPort, highestPort, loopback)
}

// checkPort says by name when the port for a server is taken.
func checkPort(server string, port int) error {
	l, err := net.Listen("tcp", address(port))
	if err != nil {
		return fmt.Errorf("port %d for %s is taken: choose another one, or end the program that listens there (%w)", port, server, err)
	}
	return l.Close()
}

func address(port int) string { return net.JoinHostPort(loopback, strconv.Itoa(port)) }
