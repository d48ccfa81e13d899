package journey

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A client that was written for ServiceNow, unchanged: the npm package servicenow-rest-api, over TLS. Its host has a dot, so it takes it for a
// whole name, and the port with it.
func TestTheNpmPackageServicenowRestAPIWorksOnIncidents(t *testing.T) {
	t.Parallel()
	client := npmClient(t)
	w := newWorld(t)
	certificate, key := selfSigned(t)
	certFile := w.file("cert.pem", certificate)
	w.apply(w.file("desk.yaml", "service_accounts: [{user_name: desk, password: its-password, roles: [admin]}]"))
	w.serve("PROACTIVE_TLS_CERT="+certFile, "PROACTIVE_TLS_KEY="+w.file("key.pem", key))

	answers := filepath.Join(t.TempDir(), "answers.json")
	node := exec.CommandContext(t.Context(), "node", "client.js", strings.TrimPrefix(w.server, "http://"), "desk", "its-password", answers)
	node.Dir, node.Env = client, append(os.Environ(), "NODE_EXTRA_CA_CERTS="+certFile)
	out, err := node.CombinedOutput()
	require.NoError(t, err, "%s", out)

	var said struct {
		Created, Updated, Resolved map[string]any
		List, Sample, Afterwards   []map[string]any
		SysID                      string
		Deleted                    int
	}
	text, err := os.ReadFile(answers)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &said))
	number, sysID := said.Created["number"], said.Created["sys_id"]
	require.Regexp(t, `^INC\d{7}$`, number)
	require.Equal(t, "Abel Tuter", said.Created["caller_id"].(map[string]any)["display_value"])
	require.Equal(t, []map[string]any{{"number": number, "short_description": "VPN is off", "priority": "2 - High", "caller_id.user_name": "abel.tuter"}}, said.List)
	require.Equal(t, sysID, said.SysID)
	require.Len(t, said.Sample, 1)
	require.Equal(t, "In Progress", said.Updated["state"])
	require.Regexp(t, `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ  desk: Looking at it$`, said.Updated["work_notes"])
	require.Equal(t, []any{"Resolved", "Solved", "2"}, []any{said.Resolved["state"], said.Resolved["close_code"], said.Resolved["sys_mod_count"]})
	require.Equal(t, "desk", said.Resolved["sys_updated_by"])
	require.Equal(t, 204, said.Deleted)
	require.Empty(t, said.Afterwards)
}

// npmMust is the variable that says "required" where a missing npm, or registry, is a failure.
const npmMust = "PROACTIVE_NPM"

// npmClient is a folder with the package, as its lock file pins it, and the client that uses it.
func npmClient(t *testing.T) (folder string) {
	t.Helper()
	for _, program := range []string{"npm", "node"} {
		if _, err := exec.LookPath(program); err != nil {
			withoutNpm(t, program+" is missing (apt-get install npm)")
		}
	}
	folder = t.TempDir()
	require.NoError(t, os.CopyFS(folder, os.DirFS("testdata/servicenow-rest-api")))
	install := exec.CommandContext(t.Context(), "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--cache", filepath.Join(folder, "cache"))
	install.Dir = folder
	if out, err := install.CombinedOutput(); err != nil {
		withoutNpm(t, "npm cannot install it, from its registry:\n"+string(out))
	}
	return folder
}

func withoutNpm(t *testing.T, why string) {
	t.Helper()
	why = "The npm package servicenow-rest-api is not tried: " + why
	if os.Getenv(npmMust) == "required" {
		t.Fatal(why)
	}
	t.Skip(why)
}
