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
		says    string
	}{
		{incidentCommand(), []string{"hand-over", "--number", "INC9"}, true, "nothing is handed over: there is no such incident of ours, or it is known there, or on its way"},
		{incidentCommand(), []string{"hand-over", "--within", "72h"}, false, "nothing is handed over: every open incident of the last 72h is known there, or on its way"},
		{outcomeCommand(), []string{"redeliver", "--id", "nope"}, true, "nothing is told again: no such outcome was delivered or given up"},
		{outcomeCommand(), []string{"redeliver", "--provider", "sn"}, false, `nothing is told again: no outcome was given up for provider "sn"`},
	} {
		out, _, err := ran(t, try.command, "", append(try.args, "--url", server.URL)...)
		if try.fails {
			require.ErrorContains(t, err, try.says, try.args)
		} else {
			require.NoError(t, err, try.args)
			require.Contains(t, out, try.says, try.args)
		}
	}
}
