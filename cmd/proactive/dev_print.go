package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"proactive/schema"
	"proactive/worker"
)

// printPlaces says what is where.
func printPlaces(out io.Writer, s settings, stack *stack, took time.Duration) {
	data := stack.data
	if stack.ephemeral {
		data += " (forgotten at the end)"
	}
	fmt.Fprintf(out, "\nproactive is ready, after %.1f s.\n\n", took.Seconds())
	fmt.Fprintf(out, "  API          http://%s/openapi.yaml\n", s.apiAddr)
	fmt.Fprintf(out, "  Temporal UI  http://%s/namespaces/%s/workflows\n", stack.temporal.UIAddress(), worker.DefaultNamespace)
	fmt.Fprintf(out, "  Temporal     %s\n", stack.temporal.Address())
	fmt.Fprintf(out, "  Postgres     127.0.0.1:%d\n", stack.postgres.Port())
	fmt.Fprintf(out, "  data         %s\n", data)
	fmt.Fprintf(out, "\nFor other commands of proactive, and psql:\n\nexport DATABASE_URL='%s'\n", stack.databaseURL)
}

// printRequests prints what to paste into another terminal.
func printRequests(out io.Writer, s settings, pid int) {
	id := freshID()
	fmt.Fprintf(out, "\nTwo requests to try in another terminal. Paste one, see it end, then the other: a person has one open issue of a code at a time.\n")
	fmt.Fprintf(out, "\n1. The document's own example. There is no process 10644 that the demo agent may end, so it ends as closed_incomplete\n"+
		"   with an incident that shows what was investigated:\n\n%s\n", request(s, id, "10644"))
	fmt.Fprintf(out, "\n2. The same with the process that was started for this demo, %d. The agent ends it, and the issue closes as\n   closed_complete:\n\n%s\n", pid, demoRequest(s, pid))
	fmt.Fprintf(out, "\nWatch what happens to an issue, or look for its experience_id in the Temporal UI:\n\n"+
		"PROACTIVE_URL=http://%s PROACTIVE_USER=username PROACTIVE_PASSWORD=password go run ./cmd/proactive issue watch %s\n", s.apiAddr, id)
	fmt.Fprintf(out, "\nSee its incident:\n\npsql \"$DATABASE_URL\" -xc \"select number, description, work_notes from incident where correlation_id = '%s'\"\n", id)
	fmt.Fprintf(out, "\nCtrl-C ends everything.\n")
}

func demoRequest(s settings, pid int) string { return request(s, freshID(), fmt.Sprint(pid)) }

func freshID() string { return "demo-" + schema.NewSysID()[:12] }

// request is the cURL request of the document, with an id and a process of its own.
func request(s settings, experienceID, process string) string {
	return fmt.Sprintf(`curl "http://%s/api/sn_pren/self_remediation/experience_issue/create" \
--request POST \
--header "Accept:application/json" \
--header "Content-Type:application/json" \
--user 'username':'password' \
--data '{
  "endpoint": {"CI": "%s", "user_id": "62826bf03710200044e0bfc8bcbe5df1", "user_name": "abel.tuter", "email": ""},
  "issue_code": "100",
  "provider": "sn",
  "experience_id": "%s",
  "input_parameters": {"process_id": "%s"},
  "investigative_details": {"cpu usage": "78%%", "processes running": "35", "available memory": "23%%"}
}'`, s.apiAddr, demoCI, experienceID, process)
}

// untilReady waits until the service answers and its engine runs.
func untilReady(ctx context.Context, url string) error {
	var last string
	for {
		state, err := readiness(ctx, url)
		if err == nil && state == "running" {
			return nil
		}
		if err != nil {
			state = err.Error()
		}
		last = state
		select {
		case <-ctx.Done():
			return fmt.Errorf("the service did not get ready: %s", last)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func readiness(ctx context.Context, url string) (temporal string, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, strings.NewReader(""))
	if err != nil {
		return "", err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	var body struct{ Temporal string }
	err = json.NewDecoder(response.Body).Decode(&body)
	return body.Temporal, err
}
