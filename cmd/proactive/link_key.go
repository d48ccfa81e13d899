package main

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
)

// linkKeySize is the size in bytes of the key that makes the links in messages.
const linkKeySize = 32

// readLinkKey reads the key; without one it is nil.
func readLinkKey(text string) ([]byte, error) {
	if text == "" {
		return nil, nil
	}
	key, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(key) != linkKeySize {
		return nil, errors.New("must be 32 random bytes in base64; make it with: openssl rand -base64 32")
	}
	return key, nil
}

// What a process lacks that has no key.
const (
	engineWithoutLinkKey = "nobody can be written to, and what asks people first ends with its fallback"
	apiWithoutLinkKey    = "the messages that devices show have no link"
)

// warnWithoutLinkKey says what a process lacks that has no key. The catalogue may ask for it at any time.
func warnWithoutLinkKey(s settings, lack string) {
	if s.linkKey == nil {
		slog.Warn("PROACTIVE_LINK_KEY is not set: " + lack)
	}
}

// keptLinkKey is the key of a data folder. It is made at the first start.
func keptLinkKey(folder string) ([]byte, error) {
	path := filepath.Join(folder, "link-key")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return makeLinkKey(path)
	}
	if err != nil {
		return nil, fmt.Errorf("read the key of links: %w", err)
	}
	key, err := readLinkKey(strings.TrimSpace(string(text)))
	if err != nil || key == nil {
		return nil, fmt.Errorf("%s does not hold 32 bytes in base64: remove it, and another key is made", path)
	}
	return key, nil
}

func makeLinkKey(path string) ([]byte, error) {
	key := make([]byte, linkKeySize)
	rand.Read(key) //nolint:errcheck // it never fails
	if err := os.WriteFile(path, []byte(base64.StdEncoding.EncodeToString(key)+"\n"), 0o600); err != nil {
		return nil, fmt.Errorf("keep the key of links: %w", err)
	}
	return key, nil
}
