package endurance

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// buildProactive builds the program, with an overlay of changed files where one is named.
func buildProactive(t *testing.T, overlay string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "proactive")
	args := []string{"build", "-buildvcs=false", "-o", program}
	if overlay != "" {
		args = append(args, "-overlay", overlay)
	}
	out, err := exec.CommandContext(t.Context(), "go", append(args, "proactive/cmd/proactive")...).CombinedOutput()
	require.NoError(t, err, "build proactive: %s", out)
	return program
}
