package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

func TestADatabaseThatNobodyNamedAndThatIsAwayIsToldWithItsVariable(t *testing.T) {
	_, _, err := applying(t, "providers: []", "-f", "-")
	require.ErrorContains(t, err, "the database is out of reach")

	t.Setenv("DATABASE_URL", "")
	require.Contains(t, advised(err), err.Error()+"\nDATABASE_URL is not set")
	require.Equal(t, "no", advised(errors.New("no")))
}

// The variable may be from before proactive dev was started anew.
func TestADatabaseOfThisComputerThatIsAwayIsToldWithTheLineOfDev(t *testing.T) {
	_, _, err := applying(t, "providers: []", "-f", "-")
	require.Contains(t, advised(err), err.Error()+"\nnothing listens there on this computer")
	require.Contains(t, advised(err), `paste the line "export DATABASE_URL=…" that it prints now`)

	refused := os.NewSyscallError("connect", syscall.ECONNREFUSED)
	for _, other := range []net.OpError{
		{Op: "dial", Net: "tcp", Addr: &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 5432}, Err: refused},
		{Op: "dial", Net: "tcp", Addr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 5432}, Err: os.ErrDeadlineExceeded},
		{Op: "dial", Net: "tcp", Err: refused},
	} {
		err := fmt.Errorf("look: %w: %w", schema.ErrUnavailable, &other)
		require.Equal(t, err.Error(), advised(err), "who named it knows where it is")
	}
}
