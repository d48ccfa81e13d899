package scenario

import (
	"context"
	"fmt"
	"net"
	"os"
	"path"
	"path/filepath"
	"strconv"

	"proactive/bench/load"
	"proactive/bench/stack"
)

// echo is the script that Debian's webhook runs for each report: the least that a script can do with it.
const echo = "#!/bin/sh\necho \"$1\"\n"

// webhook starts Debian's package of that name (https://github.com/adnanh/webhook), with one hook at the path of reports.
func (b *Bench) webhook(ctx context.Context) (*taker, error) {
	script, hooks := filepath.Join(b.Dir, "echo.sh"), filepath.Join(b.Dir, "hooks.json")
	definition := fmt.Sprintf(`[{"id": %q, "execute-command": %q, "include-command-output-in-response": true,
		"pass-arguments-to-command": [{"source": "entire-payload"}]}]`, path.Base(load.CreatePath), script)
	if err := os.WriteFile(script, []byte(echo), 0o755); err != nil {
		return nil, err
	}
	if err := os.WriteFile(hooks, []byte(definition), 0o600); err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	w, err := b.EmptyWorld(ctx)
	if err != nil {
		return nil, err
	}
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	t, err := newTaker(w, func() (*stack.Service, error) {
		return w.Program(address, "webhook", "-hooks", hooks, "-ip", "127.0.0.1", "-port", strconv.Itoa(port), "-urlprefix", path.Dir(load.CreatePath)[1:])
	})
	if err != nil {
		return nil, err
	}
	if err := soon(ctx, func() (bool, error) { return listens(address), nil }); err != nil {
		t.Close()
		return nil, err
	}
	return t, nil
}

func listens(address string) bool {
	c, err := net.Dial("tcp", address)
	if err == nil {
		c.Close()
	}
	return err == nil
}

// freePort is one that nobody listens at now.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
