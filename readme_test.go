package proactive

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	link    = regexp.MustCompile(`\]\(([^)]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.*)$`)
	fenced  = regexp.MustCompile("(?ms)^```.*?^```")
)

func TestLinksOfTheReadmesLeadSomewhere(t *testing.T) {
	paths, err := filepath.Glob("docs/*.md")
	require.NoError(t, err)
	for _, path := range append(paths, "README.md", "examples/README.md", "bench/README.md") {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.Empty(t, deadLinks(filepath.Dir(path), string(text)), path)
	}
}

func TestADeadLinkIsFound(t *testing.T) {
	require.Equal(t, []string{"nowhere.go#L1"}, deadLinks(".", "[a](go.mod) [b](nowhere.go#L1) [c](https://example.com/x)"))
	require.Equal(t, []string{"#b", "docs/overload.md#rates"},
		deadLinks(".", "## A `path` of *ours*\n```sh\n# b\n```\n[a](#a-path-of-ours) [b](#b) [c](docs/overload.md#rate-rules) [d](docs/overload.md#rates)"))
}

func deadLinks(dir, page string) (dead []string) {
	for _, m := range link.FindAllStringSubmatch(page, -1) {
		if path, anchor, _ := strings.Cut(m[1], "#"); !leadsSomewhere(dir, page, path, anchor) {
			dead = append(dead, m[1])
		}
	}
	return dead
}

// leadsSomewhere tells whether the file is there, and where it is a page, the heading too. Without a path it is the page itself.
func leadsSomewhere(dir, page, path, anchor string) bool {
	if strings.Contains(path, "://") {
		return true
	}
	if path != "" {
		_, err := os.Stat(filepath.Join(dir, path))
		if err != nil || !strings.HasSuffix(path, ".md") {
			return err == nil
		}
		text, err := os.ReadFile(filepath.Join(dir, path))
		if err != nil {
			return false
		}
		page = string(text)
	}
	return anchor == "" || slices.Contains(anchors(page), anchor)
}

// anchors are what GitHub makes of a page's headings.
func anchors(page string) (all []string) {
	for _, m := range heading.FindAllStringSubmatch(fenced.ReplaceAllString(page, ""), -1) {
		words := regexp.MustCompile(`[^\pL\pN _-]`).ReplaceAllString(strings.ToLower(m[1]), "")
		all = append(all, strings.ReplaceAll(words, " ", "-"))
	}
	return all
}

// Whoever clones the repository reads these two commands first.
func TestTheReadmeBeginsWithTheCommandsThatAreTested(t *testing.T) {
	text, err := os.ReadFile("README.md")
	require.NoError(t, err)
	blocks := regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(text), 2)
	require.Len(t, blocks, 2)
	assert.Equal(t, "go run ./cmd/proactive dev\n", blocks[0][1])
	assert.Equal(t, "go test ./...\n", blocks[1][1])
	ci, err := os.ReadFile(".ci/run")
	require.NoError(t, err)
	assert.Contains(t, string(ci), "tests() { go test -count=1 ./...; }")
}
