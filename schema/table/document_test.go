package table

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

// The document's table of roles is the one that holds.
func TestTheDocumentSaysWhoMayDoWhat(t *testing.T) {
	document, err := os.ReadFile("../../docs/table-api.md")
	require.NoError(t, err)
	said := func(roles schema.Roles) string {
		var names []string
		for _, r := range roles {
			names = append(names, "`"+strings.TrimPrefix(string(r), "sn_pren.")+"`")
		}
		if len(names) == 0 {
			return "nobody"
		}
		return strings.Join(names, " or ")
	}
	var lines []string
	for _, t := range All() {
		lines = append(lines, fmt.Sprintf("| `%s` | %s | %s | %s | %s |\n", t.Name, said(t.Access.Read), said(t.Access.Create), said(t.Access.Write), said(t.Access.Delete)))
	}
	require.Contains(t, string(document), strings.Join(lines, ""))
}
