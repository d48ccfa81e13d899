package activities

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"proactive/registry"
	"proactive/schema"
)

// requestParameters are the parameters of http_request as Begin merged and checked them.
type requestParameters struct {
	Method           string                     `json:"method"`
	URL              string                     `json:"url"`
	Headers          map[string]any             `json:"headers"`
	Body             json.RawMessage            `json:"body"`
	ExpectedStatuses []int                      `json:"expected_statuses"`
	Input            map[string]json.RawMessage `json:"input"`
}

// read checks once more what Begin has checked: the row may be older than this program.
func (p *requestParameters) read(parameters json.RawMessage) error {
	if err := registry.CheckHTTPRequest(parameters); err != nil {
		return err
	}
	return json.Unmarshal(parameters, p)
}

const userAgent = "proactive"

// missingSecretError is a secret that the environment does not hold; its text names the variable.
type missingSecretError struct{ error }

func (m *missingSecretError) Unwrap() error { return m.error }

// request places inputs and secrets, and makes the request. Its error names a secret that is not set, never a value.
func (p *requestParameters) request(ctx context.Context, in schema.ActionInput, action schema.RunningAction, all secrets) (*http.Request, error) {
	to, err := url.Parse(p.URL)
	if err != nil {
		return nil, err
	}
	find := all.toURL(to)
	secret := func(name string) (string, error) {
		value, err := find(name)
		if err != nil {
			return "", &missingSecretError{err}
		}
		return value, nil
	}
	var body []byte
	if p.Method != http.MethodGet || len(p.Body) > 0 {
		if body, err = p.body(in, action, secret); err != nil {
			return nil, err
		}
	}
	request, err := http.NewRequestWithContext(ctx, p.Method, p.URL, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	request.Header.Set("User-Agent", userAgent)
	return request, p.setHeaders(request.Header, secret)
}

func (p *requestParameters) setHeaders(headers http.Header, secret func(string) (string, error)) error {
	for name, value := range p.Headers {
		placed, err := registry.Place(value, nil, secret)
		if err != nil {
			return err
		}
		text, _ := placed.(string) // the schema lets nothing else through
		text = strings.TrimSpace(text)
		if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
			return fmt.Errorf("header %s holds a control character", name)
		}
		headers.Set(name, text)
	}
	return nil
}

// noInput stands for the input_parameters of a report that brought none.
var noInput = json.RawMessage(`{}`)

// body is the resolution's own with the inputs in their places, or without one the whole report.
func (p *requestParameters) body(in schema.ActionInput, action schema.RunningAction, secret func(string) (string, error)) ([]byte, error) {
	if len(p.Body) == 0 {
		reported := action.InputParameters
		if len(reported) == 0 {
			reported = noInput
		}
		return json.Marshal(struct {
			ExperienceID    string          `json:"experience_id"`
			Step            int             `json:"step"`
			IssueCode       string          `json:"issue_code"`
			Provider        string          `json:"provider"`
			CI              string          `json:"ci"`
			User            string          `json:"user"`
			InputParameters json.RawMessage `json:"input_parameters"`
		}{in.ExperienceID, in.Step, action.IssueCode, action.Provider, action.CI, action.User, reported})
	}
	d := json.NewDecoder(bytes.NewReader(p.Body))
	d.UseNumber()
	var own any
	if err := d.Decode(&own); err != nil {
		return nil, err
	}
	placed, err := registry.Place(own, p.Input, secret)
	if err != nil {
		return nil, err
	}
	return json.Marshal(placed)
}
