package devstack

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTemporalSeesNoSecretOfOurs(t *testing.T) {
	for variable, hidden := range map[string]bool{
		"PROACTIVE_PAYLOAD_KEY=k": true, "PROACTIVE_LINK_KEY=k": true, "PROACTIVE_SECRET_DESK=s": true, "TEMPORAL_API_KEY=k": true, "HOME=/root": true,
		"PATH=/bin": false, "PROACTIVE_LOG_LEVEL=info": false,
	} {
		require.Equal(t, hidden, meansSomethingElse(variable), variable)
	}
}
