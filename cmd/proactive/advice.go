package main

import (
	"errors"
	"net"
	"os"
	"syscall"

	"proactive/schema"
)

// advised adds to an error what can be done about it at this terminal, where only the environment tells.
func advised(err error) string {
	switch {
	case !errors.Is(err, schema.ErrUnavailable):
		return err.Error()
	case os.Getenv("DATABASE_URL") == "":
		return err.Error() + "\nDATABASE_URL is not set, so its default was tried: set it; beside proactive dev paste the line \"export DATABASE_URL=…\" that dev prints"
	case refusedHere(err):
		return err.Error() + "\nnothing listens there on this computer: start that database, or correct DATABASE_URL; beside proactive dev, which takes another port at each start, paste the line \"export DATABASE_URL=…\" that it prints now"
	}
	return err.Error()
}

// refusedHere tells whether an address of this computer was asked at which nobody listens.
func refusedHere(err error) bool {
	var dial *net.OpError
	return errors.As(err, &dial) && dial.Addr != nil && loopback(dial.Addr.String()) && errors.Is(err, syscall.ECONNREFUSED)
}
