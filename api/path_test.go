package api

import (
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

// A token is found again as it was sent, also one that looks like a version or an old name.
func TestTokensAreNotChanged(t *testing.T) {
	for _, token := range []string{schema.LinkToken([]byte("key"), "x"), "v1", "--__", "sn_srf"} {
		for _, rest := range []string{"", "/events"} {
			path := schema.ConversationPath + token + rest
			require.Equal(t, path, canonical(path))
			require.Equal(t, path, canonical("/"+path+"/"))
		}
	}
}
