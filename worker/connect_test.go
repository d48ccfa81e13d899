package worker

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
)

func TestNothingIsCompressedOnTheWayToATemporalOnThisMachine(t *testing.T) {
	for address, plain := range map[string]bool{
		"127.0.0.1:7233": true, "localhost:7233": true, "[::1]:7233": true,
		"temporal:7233": false, "10.0.0.7:7233": false, "dns:///temporal.example.com:7233": false, "": true,
	} {
		config, err := LocalConfig(address, "")
		require.NoError(t, err)
		_, none := config.Temporal.ConnectionOptions.GrpcCompression.(*client.GrpcCompressionNone)
		require.Equal(t, plain, none, address)
	}
}
