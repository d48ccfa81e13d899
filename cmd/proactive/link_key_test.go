package main

import (
	"bytes"
	"encoding/base64"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestALinkKeyIs32BytesInBase64(t *testing.T) {
	text := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32))
	key, err := readLinkKey(text)
	require.NoError(t, err)
	require.Equal(t, bytes.Repeat([]byte{7}, 32), key)
	for _, wrong := range []string{"short", text[:40], text + text, "!" + text[1:]} {
		_, err := readLinkKey(wrong)
		require.EqualError(t, err, "must be 32 random bytes in base64; make it with: openssl rand -base64 32")
	}
}

func TestADataFolderKeepsItsLinkKeyToItself(t *testing.T) {
	folder := t.TempDir()
	made, err := keptLinkKey(folder)
	require.NoError(t, err)
	require.Len(t, made, 32)
	info, err := os.Stat(filepath.Join(folder, "link-key"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	again, err := keptLinkKey(folder)
	require.NoError(t, err)
	require.Equal(t, made, again)
	other, err := keptLinkKey(t.TempDir())
	require.NoError(t, err)
	require.NotEqual(t, made, other)
}

func TestABrokenLinkKeyOfADataFolderIsSaid(t *testing.T) {
	for _, text := range []string{"", "short"} {
		folder := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(folder, "link-key"), []byte(text), 0o600))
		_, err := keptLinkKey(folder)
		require.ErrorContains(t, err, "remove it, and another key is made")
	}
}

func TestAServiceThatCanWriteToNobodySaysSo(t *testing.T) {
	log := logged(t)
	warnWithoutLinkKey(settings{linkKey: make([]byte, 32)}, engineWithoutLinkKey)
	require.Empty(t, log.String())
	warnWithoutLinkKey(settings{}, engineWithoutLinkKey)
	require.Contains(t, log.String(), "PROACTIVE_LINK_KEY is not set: nobody can be written to")
}

func TestAnAPIThatGivesDevicesNoLinkSaysSo(t *testing.T) {
	log := logged(t)
	s := settings{databaseURL: "postgres://nobody@127.0.0.1:1/none?sslmode=disable", apiAddr: "nowhere"}
	require.ErrorContains(t, serveAPI(t.Context(), s), "PROACTIVE_API_ADDR")
	require.Contains(t, log.String(), "PROACTIVE_LINK_KEY is not set: the messages that devices show have no link")

	log.Reset()
	s.linkKey = make([]byte, 32)
	require.ErrorContains(t, serveAPI(t.Context(), s), "PROACTIVE_API_ADDR")
	require.NotContains(t, log.String(), "PROACTIVE_LINK_KEY")
}

func logged(t *testing.T) *strings.Builder {
	t.Helper()
	var log strings.Builder
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	t.Cleanup(func() { slog.SetDefault(before) })
	return &log
}
