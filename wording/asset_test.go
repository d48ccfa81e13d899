package wording

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

func TestEveryAssetThatAPageLinksToIsThere(t *testing.T) {
	names := regexp.MustCompile(`"`+schema.ConversationPath+`assets/([^"]+)"`).FindAllStringSubmatch(written(t, asked("en"), Form{}), -1)
	require.Len(t, names, 3)
	types := map[string]string{"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
	for _, m := range names {
		content, contentType, ok := Asset(m[1])
		require.True(t, ok, m[1])
		require.NotEmpty(t, content)
		require.Equal(t, types[m[1][strings.LastIndex(m[1], ".")+1:]], contentType)
		require.NotContains(t, string(content), "url(", "it asks nobody for more")
	}
	for _, name := range []string{"", "style.css", "../page.html", "style-000000000000.css"} {
		_, _, ok := Asset(name)
		require.False(t, ok, name)
	}
}
