package wording

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

var update = flag.Bool("update", false, "write the golden files anew")

// noon is a Monday in March, at twelve in Berlin.
var noon = time.Date(2026, 3, 2, 11, 0, 0, 0, time.UTC)

// asked is somebody in Berlin who is asked whether a program may be ended.
func asked(language string) schema.View {
	return schema.View{
		Organisation: "Example Service Desk", Contact: "+49 30 1234567", Language: language, TimeZone: "Europe/Berlin",
		Person: "Abel Tuter", Device: "abel-laptop",
		ExperienceID: "7d1c3f0e5b8a4c2d9e6f1a2b3c4d5e6f", Provider: "ServiceNow", IssueCode: "100", Found: "High CPU usage",
		Prompt: "Your computer is busy with one program. May we help?", ConsentText: "We would end that program. Unsaved work in it is lost.",
		Instructions: []string{"Empty the trash.", "Start your computer again."}, URL: "https://help.example.com/disk?full=1&more",
		State: schema.InProgress, Step: 1,
		Conversation: schema.Conversation{
			SysID: "c", State: schema.ConversationAsked, Turn: 1, Mode: schema.Engage, Resolution: schema.ResolveByAction,
			Until: noon.Add(8 * time.Hour),
			Times: schema.ConversationTimes{Accept: 8 * time.Hour, Consent: 2 * time.Hour, Confirm: 2 * time.Hour, Feedback: time.Hour},
		},
	}
}

// in is the view in another state of the conversation.
func in(v schema.View, state schema.ConversationState) schema.View {
	v.Conversation.State = state
	return v
}

// over is the view after the issue has ended.
func over(v schema.View, reason schema.EndReason) schema.View {
	v.State, v.EndReason = reason.State(), reason
	return v
}

func written(t *testing.T, v schema.View, f Form) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, Page(&b, v, f, noon))
	return b.String()
}

// assetHash is the part of an asset's name that changes with its content.
var assetHash = regexp.MustCompile(`-[0-9a-f]{12}\.`)

// golden compares a text with a file of testdata.
func golden(t *testing.T, name, text string) {
	t.Helper()
	text = assetHash.ReplaceAllString(text, "-HASH.")
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), text, path)
}
