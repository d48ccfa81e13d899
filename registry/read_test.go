package registry

import (
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/schema/demo"
)

func TestTheDemoIsRight(t *testing.T) {
	c, warnings, err := Read(File{"demo.yaml", demo.YAML})
	require.NoError(t, err)
	require.Empty(t, warnings)
	require.Empty(t, c.notYet())
	require.Equal(t, "100", c.Issues[0].IssueCode)
}
