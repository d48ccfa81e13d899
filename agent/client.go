package agent

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"time"

	"proactive/schema"
)

// client makes the three calls of an agent.
type client struct {
	http  *http.Client
	base  string
	token func() (string, error)
	wait  time.Duration
}

const (
	callTimeout = 15 * time.Second // of a call, besides the waiting that it asks for
	maxAnswer   = 4 << 20          // bytes
)

func newClient(config Config) (*client, error) {
	u, err := url.Parse(config.Server)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("the server's address is not like https://proactive.example.com")
	}
	caller := http.Client{}
	if config.HTTP != nil {
		caller = *config.HTTP
	}
	caller.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse } // a token is for one server
	base := strings.TrimSuffix(config.Server, "/") + "/api/proactive/agent/v1/jobs"
	return &client{http: &caller, base: base, token: config.Token, wait: config.Wait}, nil
}

// next waits for a job; nil when there is none.
func (c *client) next(ctx context.Context, actions []string) (*schema.Job, error) {
	hello := map[string]any{"agent_version": Version, "os": runtime.GOOS, "actions": actions}
	body, err := c.call(ctx, c.wait, "/next?wait="+c.wait.String(), hello)
	if err != nil || len(body) == 0 {
		return nil, err
	}
	var job schema.Job
	if err := json.Unmarshal(body, &job); err != nil {
		return nil, errors.New("the server's job is not readable")
	}
	if !sysID.MatchString(job.ID) { // it names a file of ours
		return nil, errors.New("the server's job has no usable id")
	}
	return &job, nil
}

var sysID = regexp.MustCompile(`^[0-9a-f]{32}$`)

// heartbeat asks to go on with a job; its error is gone when the job is not wanted.
func (c *client) heartbeat(ctx context.Context, job string) error {
	_, err := c.call(ctx, 0, "/"+job+"/heartbeat", struct{}{})
	return err
}

func (c *client) result(ctx context.Context, job string, result schema.ActionResult) error {
	_, err := c.call(ctx, 0, "/"+job+"/result", result)
	return err
}

// call posts one body. An answer that is no success is a *statusError.
func (c *client) call(ctx context.Context, wait time.Duration, path string, body any) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, wait+callTimeout)
	defer cancel()
	text, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+path, bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	token, err := c.token()
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Content-Type", "application/json")
	answer, err := c.http.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if answer.StatusCode != http.StatusOK && answer.StatusCode != http.StatusNoContent {
		return nil, newStatusError(answer)
	}
	return content, err
}

// statusError is an answer that is no success.
type statusError struct {
	code       int
	retryAfter time.Duration
}

func newStatusError(answer *http.Response) *statusError {
	seconds, err := strconv.Atoi(answer.Header.Get("Retry-After"))
	if err != nil || seconds < 0 {
		seconds = 0
	}
	return &statusError{answer.StatusCode, time.Duration(min(seconds, 86_400)) * time.Second}
}

func (e *statusError) Error() string {
	return fmt.Sprintf("the server answers %d %s", e.code, http.StatusText(e.code))
}

// isStatus tells whether the server answered with one of codes.
func isStatus(err error, codes ...int) bool {
	var status *statusError
	if !errors.As(err, &status) {
		return false
	}
	for _, code := range codes {
		if status.code == code {
			return true
		}
	}
	return false
}
