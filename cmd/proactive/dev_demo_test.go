package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheDemosProcessesSeeNoSecret(t *testing.T) {
	for variable, secret := range map[string]bool{
		"PROACTIVE_PAYLOAD_KEY=k": true, "PROACTIVE_LINK_KEY=k": true, "PROACTIVE_SECRET_DESK=s": true,
		"PATH=/bin": false, "PROACTIVE_LOG_LEVEL=info": false,
	} {
		require.Equal(t, secret, isSecret(variable), variable)
	}
}
