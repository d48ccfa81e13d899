package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"proactive/devstack/mailbox"
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
	fmt.Fprintf(out, "  Mailbox      %s\n", stack.mailbox.URL())
	fmt.Fprintf(out, "  API          http://%s/openapi.yaml\n", s.apiAddr)
	fmt.Fprintf(out, "  Temporal UI  http://%s/namespaces/%s/workflows\n", stack.temporal.UIAddress(), worker.DefaultNamespace)
	fmt.Fprintf(out, "  Temporal     %s\n", stack.temporal.Address())
	fmt.Fprintf(out, "  Postgres     127.0.0.1:%d\n", stack.postgres.Port())
	fmt.Fprintf(out, "  data         %s\n", data)
	fmt.Fprintf(out, "\nFor other commands of proactive, and psql:\n\nexport DATABASE_URL='%s'\n", stack.databaseURL)
}

// The codes of the two requests that are printed: the person is asked first, or nobody is.
const (
	demoAsked  = "100"
	demoSilent = "110"
)

// printRequests prints what to paste into another terminal.
func printRequests(out io.Writer, s settings, stack *stack, asked, silent int) {
	id := freshID()
	fmt.Fprintf(out, "\nTwo requests to paste into another terminal:\n")
	fmt.Fprintf(out, "\n1. Ask first. Paste it and open the mailbox, %s: click the link in the mail, accept help and consent.\n"+
		"   The agent then ends process %d, which was started for this. Say on the page whether it helped:\n\n%s\n", stack.mailbox.URL(), asked, request(s, demoAsked, id, asked))
	fmt.Fprintf(out, "\n2. Ask nobody. The agent ends process %d at once, and the issue closes as closed_complete:\n\n%s\n", silent, request(s, demoSilent, freshID(), silent))
	fmt.Fprintf(out, "\nWatch the first, or look for its experience_id in the Temporal UI:\n\n"+
		"PROACTIVE_URL=http://%s PROACTIVE_USER=username PROACTIVE_PASSWORD=password go run ./cmd/proactive issue watch %s\n", s.apiAddr, id)
	fmt.Fprintf(out, "\nAnswer \"No\" to anything, and it ends with an incident that holds what was said:\n\n"+
		"psql \"$DATABASE_URL\" -xc \"select number, description, work_notes from incident where correlation_id = '%s'\"\n", id)
	fmt.Fprintf(out, "\nCtrl-C ends everything.\n")
}

// printAgain prints a request anew, for the process that has taken the place of the one that was ended.
func printAgain(out io.Writer, s settings, code string, pid int) {
	fmt.Fprintf(out, "\nThe demo process of code %s has ended. Another one runs as %d:\n\n%s\n", code, pid, request(s, code, freshID(), pid))
}

// printMessage says that somebody was written to.
func printMessage(out io.Writer, m mailbox.Message) {
	if m.IsMail() {
		fmt.Fprintf(out, "\nMail to %s: %s\n  %s\n", strings.Join(m.To, ", "), m.Subject, m.Page)
		return
	}
	fmt.Fprintf(out, "\nOn the screen of %s: %s\n  %s\n", m.Device, m.Subject, m.Page)
}

func freshID() string { return "demo-" + schema.NewSysID()[20:] }

// request is the cURL request of the document, with a code, an id and a process of its own.
func request(s settings, code, experienceID string, pid int) string {
	return fmt.Sprintf(`curl "http://%s/api/sn_pren/self_remediation/experience_issue/create" \
--request POST \
--header "Accept:application/json" \
--header "Content-Type:application/json" \
--user 'username':'password' \
--data '{
  "endpoint": {"CI": "%s", "user_id": "62826bf03710200044e0bfc8bcbe5df1", "user_name": "abel.tuter", "email": ""},
  "issue_code": "%s",
  "provider": "sn",
  "experience_id": "%s",
  "input_parameters": {"process_id": "%d"},
  "investigative_details": {"cpu usage": "78%%", "processes running": "35", "available memory": "23%%"}
}'`, s.apiAddr, demoCI, code, experienceID, pid)
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
