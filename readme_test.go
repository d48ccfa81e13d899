package proactive

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var link = regexp.MustCompile(`\]\(([^)#]+)[^)]*\)`)

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
	assert.Equal(t, []string{"nowhere.go"}, deadLinks(".", "[a](go.mod) [b](nowhere.go#L1) [c](https://example.com/x)"))
}

func deadLinks(dir, text string) (dead []string) {
	for _, m := range link.FindAllStringSubmatch(text, -1) {
		if strings.Contains(m[1], "://") {
			continue
		}
		if _, err := os.Stat(filepath.Join(dir, m[1])); err != nil {
			dead = append(dead, m[1])
		}
	}
	return dead
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
