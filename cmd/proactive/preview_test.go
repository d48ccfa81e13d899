package main

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

// viewer is a registry of one row, sn/100.
type viewer schema.View

func (v viewer) RegistryView(_ context.Context, provider, code, language string) (schema.View, error) {
	if provider != "sn" || code != "100" {
		return schema.View{}, schema.ErrNoRecord
	}
	v.Language = language
	return schema.View(v), nil
}

func engaging() viewer {
	return viewer{Organisation: "Example", Prompt: "May we end it?",
		Conversation: schema.Conversation{Mode: schema.Engage, Resolution: schema.ResolveByAction}}
}

func TestPreviewPrintsEveryText(t *testing.T) {
	var out strings.Builder
	require.NoError(t, preview(t.Context(), engaging(), previewOptions{"sn/100", "de", ""}, time.Now(), &out))
	for _, text := range []string{"──── mail-ask ────", "Guten Tag Abel Tuter,", "May we end it?", "──── page-asked ────", "Ja, bitte helfen Sie"} {
		require.Contains(t, out.String(), text)
	}
}

func TestPreviewWritesAFolderThatCanBeOpened(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "previews")
	var out strings.Builder
	require.NoError(t, preview(t.Context(), engaging(), previewOptions{"sn/100", "de", folder}, time.Now(), &out))
	require.Equal(t, "written: "+filepath.Join(folder, "index.html")+"\n", out.String())
	index, err := os.ReadFile(filepath.Join(folder, "index.html"))
	require.NoError(t, err)
	links := regexp.MustCompile(`href="([^"]+)"`)
	pages := links.FindAllStringSubmatch(string(index), -1)
	require.Greater(t, len(pages), 15)
	for _, m := range pages {
		page, err := os.ReadFile(filepath.Join(folder, m[1]))
		require.NoError(t, err)
		for _, asset := range regexp.MustCompile(`"(assets/[^"]+)"`).FindAllStringSubmatch(string(page), -1) {
			require.FileExists(t, filepath.Join(folder, asset[1]))
		}
		require.NotContains(t, string(page), schema.ConversationPath+"assets/")
	}
}

func TestPreviewSaysWhyThereIsNothingToShow(t *testing.T) {
	silent, incomplete := engaging(), engaging()
	silent.Conversation.Mode = schema.Silent
	incomplete.Conversation.Resolution = ""
	for _, c := range []struct {
		row         viewer
		issue, want string
	}{
		{engaging(), "sn/999", "no issue sn/999 is deployed: see the issues of your catalogue, or load one with proactive apply"},
		{engaging(), "100", "--issue must name the provider and the issue code, like sn/100"},
		{engaging(), "sn/", "--issue must name the provider and the issue code, like sn/100"},
		{incomplete, "sn/100", "issue sn/100 has no resolution yet, so nothing can be said about it"},
	} {
		var out strings.Builder
		require.EqualError(t, preview(t.Context(), c.row, previewOptions{issue: c.issue}, time.Now(), &out), c.want)
		require.Empty(t, out.String())
	}
	var out strings.Builder
	require.NoError(t, preview(t.Context(), silent, previewOptions{issue: "sn/100"}, time.Now(), &out))
	require.Equal(t, "sn/100 is silent: nobody is told anything.\n", out.String())
}
