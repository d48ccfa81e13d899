package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/devstack/mailbox"
)

// A message may hold a code, which belongs on the device's screen alone; the terminal says only that there is one.
func TestTheTerminalTellsOfAMessageAndWhereToReadIt(t *testing.T) {
	for _, c := range []struct {
		message mailbox.Message
		want    string
	}{
		{mailbox.Message{To: []string{"a@example.com", "b@example.com"}, Subject: "May we help?", Text: "secret", Page: "http://127.0.0.1:8025/mail/1"},
			"\nMail to a@example.com, b@example.com: May we help?\n  http://127.0.0.1:8025/mail/1\n"},
		{mailbox.Message{Device: "abel-laptop", Subject: "Your code", Text: "123 456", Page: "http://127.0.0.1:8025/"},
			"\nOn the screen of abel-laptop: Your code\n  http://127.0.0.1:8025/\n"},
	} {
		var out strings.Builder
		printMessage(&out, c.message)
		require.Equal(t, c.want, out.String())
	}
}

func TestARequestIsTheDocumentsWithAProcessOfTheDemo(t *testing.T) {
	text := request(settings{apiAddr: "127.0.0.1:8080"}, "110", "demo-1", 4711)
	for _, part := range []string{`curl "http://127.0.0.1:8080/api/sn_pren/`, `"issue_code": "110"`, `"experience_id": "demo-1"`, `{"process_id": "4711"}`, `"cpu usage": "78%"`} {
		require.Contains(t, text, part)
	}
	require.NotContains(t, text, "%!")
}
