package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// passingError is a trouble that is likely to pass.
type passingError struct {
	err   error
	after time.Duration // when to try again
}

func (e *passingError) Error() string { return e.err.Error() }
func (e *passingError) Unwrap() error { return e.err }

// whatToDo about those answers whose sentences are the platform's, and do not say it.
var whatToDo = map[int]string{
	http.StatusUnauthorized: ": the user name, password or key is wrong; see PROACTIVE_USER, PROACTIVE_PASSWORD and PROACTIVE_API_KEY",
	http.StatusForbidden:    ": the account lacks a role, or may not do this for that provider",
}

// refusedBy makes an error of an answer that is no success: what the service says, and the id under which its log has it.
func refusedBy(response *http.Response, raw []byte) error {
	var failure struct {
		Error struct{ Message, Detail string }
	}
	err := fmt.Errorf("the service answered %s", response.Status)
	if json.Unmarshal(raw, &failure) == nil && failure.Error.Message != "" {
		err = errors.New(plain(strings.TrimRight(failure.Error.Message, ".") + ". " + failure.Error.Detail + whatToDo[response.StatusCode]))
		if id := response.Header.Get("X-Transaction-ID"); id != "" {
			err = fmt.Errorf("%w (%d, transaction %s)", err, response.StatusCode, plain(id))
		}
	}
	if seconds, wrong := strconv.Atoi(response.Header.Get("Retry-After")); wrong == nil {
		return &passingError{err: err, after: time.Duration(max(1, seconds)) * time.Second}
	}
	if response.StatusCode >= http.StatusInternalServerError {
		return &passingError{err: err, after: 5 * time.Second}
	}
	return err
}
