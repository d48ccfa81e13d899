package main

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"
)

// Whoever names one thing learns by the exit code that it is not there; of many, none is an answer.
func TestWhatIsNamedAndNotToldAgainIsAnError(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Write([]byte(`{"result":{"handed_over":0,"redelivered":0}}`))
	}))
	t.Cleanup(server.Close)
	t.Setenv("PROACTIVE_API_KEY", "key")
	for _, try := range []struct {
		command *cobra.Command
		args    []string
		fails   bool
	}{
		{incidentCommand(), []string{"hand-over", "--number", "INC9"}, true},
		{incidentCommand(), []string{"hand-over", "--within", "72h"}, false},
		{outcomeCommand(), []string{"redeliver", "--id", "nope"}, true},
		{outcomeCommand(), []string{"redeliver", "--provider", "sn"}, false},
	} {
		out, _, err := ran(t, try.command, "", append(try.args, "--url", server.URL)...)
		if try.fails {
			require.ErrorContains(t, err, "nothing is", try.args)
		} else {
			require.NoError(t, err, try.args)
			require.Contains(t, out, "nothing is", try.args)
		}
	}
}
