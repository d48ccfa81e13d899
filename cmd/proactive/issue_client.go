package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"proactive/api"
)

// issueServer says where the service is and who asks.
type issueServer struct{ url, user, passwordFile string }

// issueClient speaks to a service.
type issueClient struct {
	base                string
	user, password, key string
	http                *http.Client
}

// client reads the rest from the environment. An error is a sentence.
func (s issueServer) client() (issueClient, error) {
	base := strings.TrimRight(cmp.Or(s.url, os.Getenv("PROACTIVE_URL"), "http://127.0.0.1:8080"), "/")
	if u, err := url.Parse(base); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return issueClient{}, errors.New("PROACTIVE_URL or --url is no http:// or https:// address without credentials")
	}
	client := issueClient{
		base: base + "/api/sn_pren/self_remediation/experience_issue/",
		user: cmp.Or(s.user, os.Getenv("PROACTIVE_USER")), password: os.Getenv("PROACTIVE_PASSWORD"), key: os.Getenv("PROACTIVE_API_KEY"),
		http: &http.Client{
			Timeout:       watchFor + 30*time.Second,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // the service never does
		},
	}
	if s.passwordFile != "" {
		text, err := os.ReadFile(s.passwordFile)
		if err != nil {
			return issueClient{}, err
		}
		client.password = strings.TrimRight(string(text), "\r\n")
	}
	if client.user == "" && client.key == "" {
		return issueClient{}, errors.New("who asks? Set PROACTIVE_USER and PROACTIVE_PASSWORD, or PROACTIVE_API_KEY")
	}
	return client, nil
}

// issueAnswer is an issue as the service tells it.
type issueAnswer struct {
	ExperienceID string     `json:"experience_id"`
	State        string     `json:"state"`
	EndReason    string     `json:"end_reason"`
	Step         int        `json:"step"`
	IssueCode    string     `json:"issue_code"`
	Provider     string     `json:"provider"`
	CI           string     `json:"ci"`
	CreatedOn    time.Time  `json:"created_on"`
	ClosedOn     *time.Time `json:"closed_on"`
	User         struct {
		UserName string `json:"user_name"`
	} `json:"user"`
	Incident    *issueRecord `json:"incident"`
	Interaction *issueRecord `json:"interaction"` // of a live agent
	Timeline    []issueEvent `json:"timeline"`
}

// issueRecord is a record that an issue led to.
type issueRecord struct {
	Number        string `json:"number"`
	ForeignNumber string `json:"foreign_number"` // of an incident in the service desk's own system
}

type issueEvent struct {
	Number int       `json:"number"`
	At     time.Time `json:"at"`
	Step   int       `json:"step"`
	Event  string    `json:"event"`
	Detail string    `json:"detail"`
}

func (c issueClient) create(ctx context.Context, body []byte) (experienceID string, err error) {
	var created struct {
		ExperienceID string `json:"experience_id"`
	}
	_, err = c.ask(ctx, http.MethodPost, "create", typeOf(body), body, &created)
	return created.ExperienceID, err
}

func (c issueClient) simulate(ctx context.Context, body []byte) (told api.Explanation, raw []byte, err error) {
	raw, err = c.ask(ctx, http.MethodPost, "simulate", typeOf(body), body, &told)
	return told, raw, err
}

// typeOf a report, which is XML or JSON.
func typeOf(body []byte) string {
	if bytes.HasPrefix(bytes.TrimSpace(body), []byte("<")) {
		return "application/xml"
	}
	return "application/json"
}

func (c issueClient) issue(ctx context.Context, id string, since int, wait time.Duration) (issue issueAnswer, raw []byte, err error) {
	query := url.Values{"since": {strconv.Itoa(since)}, "wait": {wait.String()}}
	raw, err = c.ask(ctx, http.MethodGet, url.PathEscape(id)+"?"+query.Encode(), "", nil, &issue)
	return issue, raw, err
}

func (c issueClient) cancel(ctx context.Context, id string) (state string, err error) {
	var cancelled struct {
		State string `json:"state"`
	}
	_, err = c.ask(ctx, http.MethodPost, url.PathEscape(id)+"/cancel", "", nil, &cancelled)
	return cancelled.State, err
}

// ask sends one request and reads its result. Its errors are what the service says, and a passingError when it is away.
func (c issueClient) ask(ctx context.Context, method, path, contentType string, body []byte, result any) (raw []byte, err error) {
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	request.Header.Set("Accept", "application/json")
	if c.key != "" {
		request.Header.Set("x-sn-apikey", c.key)
	} else {
		request.SetBasicAuth(c.user, c.password)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, &passingError{err: fmt.Errorf("the service was not reached; PROACTIVE_URL or --url says where it is: %w", err), after: 2 * time.Second}
	}
	defer response.Body.Close()
	if raw, err = io.ReadAll(io.LimitReader(response.Body, 16<<20)); err != nil {
		return nil, &passingError{err: err, after: 2 * time.Second}
	}
	if response.StatusCode != http.StatusOK {
		return nil, refusedBy(response, raw)
	}
	if err := json.Unmarshal(raw, &struct {
		Result any `json:"result"`
	}{result}); err != nil {
		return nil, fmt.Errorf("%s answered with something else than proactive does: %w", request.URL.Host, err)
	}
	return raw, nil
}
