package api_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/api"
	"proactive/schema"
)

var (
	errAway  = fmt.Errorf("dial 10.1.2.3: %w", schema.ErrUnavailable)
	errFault = errors.New(`pq: relation "secret" does not exist`)
)

// "503 Postgres out of reach: the create endpoint answers #9 with 400 as documented (also when the credentials cannot be
// checked), everything else 503; both carry Retry-After". So it is of a database that is to be migrated. Any other fault is #9 without Retry-After, or 500.
func TestFaultsOfTheStore(t *testing.T) {
	for _, row := range []struct {
		err        error
		status     int // of everything but create
		retryAfter string
	}{
		{errAway, http.StatusServiceUnavailable, "5"},
		{fmt.Errorf("submit: %w", schema.ErrStalled), http.StatusServiceUnavailable, "5"},
		{fmt.Errorf("submit: %w", schema.ErrNotMigrated), http.StatusServiceUnavailable, "5"},
		{context.DeadlineExceeded, http.StatusServiceUnavailable, "5"},
		{errFault, http.StatusInternalServerError, ""},
	} {
		noAccounts, noIssues := newStore(t), newStore(t)
		noAccounts.account = func(context.Context, string) (schema.Account, error) { return schema.Account{}, row.err }
		noIssues.submit = func(context.Context, schema.Report) (string, error) { return "", row.err }
		noIssues.issue = func(context.Context, string, int) (schema.Issue, error) { return schema.Issue{}, row.err }
		noIssues.cancel = func(context.Context, string, string) (schema.State, error) { return "", row.err }
		for _, store := range []*fakeStore{noAccounts, noIssues} {
			handler := door(store)
			created := post(goodBody).send(t, handler)
			require.Equal(t, http.StatusBadRequest, created.Code)
			require.Equal(t, "Error occurred while creating experience issue.", created.Problem.Message)
			for _, got := range []answer{created, get(issuePath+"x").send(t, handler), post("").to(issuePath+"x/cancel").as("admin").send(t, handler)} {
				require.Equal(t, row.retryAfter, got.Header().Get("Retry-After"))
				require.NotContains(t, got.Body.String(), "10.1.2.3")
				require.NotContains(t, got.Body.String(), "secret")
				if got.Body.String() != created.Body.String() {
					require.Equal(t, row.status, got.Code, got.Body.String())
				}
			}
		}
	}
}

// A panic is answered like a fault, and logged.
func TestAPanic(t *testing.T) {
	store := newStore(t)
	store.submit = func(context.Context, schema.Report) (string, error) { panic("oops") }
	store.issue = func(context.Context, string, int) (schema.Issue, error) { panic("oops") }
	var log bytes.Buffer
	handler := api.New(api.Config{}, store, api.With{Log: slog.New(slog.NewJSONHandler(&log, nil))}).Handler()
	require.Equal(t, "Error occurred while creating experience issue.", post(goodBody).send(t, handler).Problem.Message)
	got := get(issuePath+"x").send(t, handler)
	require.Equal(t, http.StatusInternalServerError, got.Code)
	require.NotContains(t, got.Body.String(), "oops")
	require.Contains(t, log.String(), "fault_test.go")
}

// "Every answer carries X-Transaction-ID (also in the log line)"; the log never holds what people and tools send.
func TestWhatIsLogged(t *testing.T) {
	var log bytes.Buffer
	store := newStore(t)
	handler := api.New(api.Config{}, store, api.With{Log: slog.New(slog.NewJSONHandler(&log, nil))}).Handler()
	r := post(`{"endpoint":{"email":"PRIVATE"},"issue_code":"1","provider":"sn","experience_id":"x1","input_parameters":{"PRIVATE":"PRIVATE"}}`)
	for _, r := range []*request{r.to(createPath + "?PRIVATE=1"), post("PRIVATE"), post(goodBody).password_("PRIVATE", "PRIVATE"),
		post(goodBody).nobody().with("x-sn-apikey", "PRIVATE"), post(goodBody).to("/PRIVATE")} {
		log.Reset()
		got := r.with("X-Transaction-ID", "theirs").send(t, handler)
		id := got.Header().Get("X-Transaction-ID")
		require.Regexp(t, `^[0-9a-f]{32}$`, id)
		require.Equal(t, "nosniff", got.Header().Get("X-Content-Type-Options"))
		require.Equal(t, "no-store", got.Header().Get("Cache-Control"))
		require.Equal(t, 1, bytes.Count(log.Bytes(), []byte("\n")), "one line a request")
		require.Contains(t, log.String(), `"transaction_id":"`+id+`"`)
		require.Contains(t, log.String(), fmt.Sprintf(`"status":%d`, got.Code))
		require.NotContains(t, log.String(), "PRIVATE")
	}
	log.Reset()
	r.to(createPath).send(t, handler)
	require.Contains(t, log.String(), `"experience_id":"x1","account":"tool"`)
}

// "Every refusal's sentence, to the letter" is in create_cases.json and conformance_test.go; here: each says what to do.
func TestTheStoresRefusals(t *testing.T) {
	store := newStore(t)
	for _, why := range []schema.Refusal{schema.UnknownIssue, schema.NoResolution, schema.NoUser, schema.BeingResolved, schema.NotAwaited, schema.TechnicalFailure} {
		store.submit = func(context.Context, schema.Report) (string, error) { return "", schema.Refuse(why, "Do this.") }
		said := post(goodBody).send(t, door(store))
		require.Equal(t, http.StatusBadRequest, said.Code)
		require.Equal(t, "Do this.", said.Problem.Detail)
		store.submit = func(context.Context, schema.Report) (string, error) { return "", why }
		silent := post(goodBody).send(t, door(store))
		require.Equal(t, said.Problem.Message, silent.Problem.Message)
		require.NotEmpty(t, silent.Problem.Message)
		require.NotEmpty(t, silent.Problem.Detail)
		require.Empty(t, silent.Header().Get("Retry-After"))
	}
}
