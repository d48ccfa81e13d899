package scenario

import (
	"context"
	"encoding/base64"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"proactive/bench/load"
	"proactive/bench/stack"
)

// firstReport is one that the demo's catalogue knows.
const firstReport = `{"endpoint": {"user_name": "abel.tuter"}, "issue_code": "100", "provider": "sn"}`

// dev measures how long a newcomer waits, when everything is built.
func dev(ctx context.Context, b *Bench) error {
	for range min(b.Rounds, 3) {
		took, err := b.startDev(ctx)
		if err != nil {
			return err
		}
		b.Sheet.Add("dev", "start to the first report taken, s", "proactive dev", took.Seconds())
	}
	return nil
}

func (b *Bench) startDev(ctx context.Context) (time.Duration, error) {
	args := []string{"dev", "--ephemeral"}
	var api string
	for _, flag := range []string{"--mailbox-addr", "--temporal-port", "--temporal-ui-port", "--api-addr"} {
		port, err := freePort()
		if err != nil {
			return 0, err
		}
		value := strconv.Itoa(port)
		if strings.HasSuffix(flag, "addr") {
			value = net.JoinHostPort("127.0.0.1", value)
			api = value // the last one is the API's
		}
		args = append(args, flag, value)
	}
	began := time.Now()
	p, err := stack.Run("proactive dev", devEnv(), b.Binary, args...)
	if err != nil {
		return 0, err
	}
	defer p.Stop()
	request := load.Post(load.CreatePath, "Basic "+base64.StdEncoding.EncodeToString([]byte("username:password")), firstReport)
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	err = until(ctx, 20*time.Millisecond, func() (bool, error) {
		_, err := load.Once(ctx, api, request)
		return err == nil, nil
	})
	return time.Since(began), err
}

// devEnv is that of a person's shell, without settings of other servers.
func devEnv() (env []string) {
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "PROACTIVE_") && !strings.HasPrefix(variable, "TEMPORAL_") && !strings.HasPrefix(variable, "DATABASE_URL=") {
			env = append(env, variable)
		}
	}
	return env
}
