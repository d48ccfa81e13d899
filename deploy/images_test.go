package deploy

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// foreign is what is known of the images that are not ours: the variables that they read, and the ports on which they listen.
var foreign = map[string]struct{ variables, ports []string }{
	"postgres": {[]string{"POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB"}, []string{"5432"}},
	"temporalio/server": {[]string{"DB", "DB_PORT", "POSTGRES_SEEDS", "POSTGRES_USER", "POSTGRES_PWD", "BIND_ON_IP", "NUM_HISTORY_SHARDS",
		"DYNAMIC_CONFIG_FILE_PATH"}, []string{"7233"}},
	"temporalio/admin-tools": {[]string{"TEMPORAL_ADDRESS", "TEMPORAL_NAMESPACE", "SQL_PASSWORD"}, nil},
	"temporalio/ui":          {[]string{"TEMPORAL_ADDRESS", "TEMPORAL_DEFAULT_NAMESPACE"}, []string{"8080"}},
}

func (s service) repository() string {
	name, _, _ := strings.Cut(s.Image, ":")
	return name
}

// listens gives the ports on which the service answers.
func (s service) listens() (ports []string) {
	if s.Build == "" {
		return foreign[s.repository()].ports
	}
	variable := map[string]string{"api": "PROACTIVE_API_ADDR", "serve": "PROACTIVE_API_ADDR", "worker": "PROACTIVE_WORKER_ADDR"}
	if len(s.Command) == 0 {
		return nil
	}
	if host, port, _ := strings.Cut(s.Environment[variable[s.Command[0]]], ":"); host == "0.0.0.0" {
		return []string{port}
	}
	return nil // on its own loopback address, where nobody reaches it
}

// reads tells which variables mean something to the service: those that its program knows, or that a mounted script uses.
func (c *check) reads(s service) func(variable string) bool {
	known := foreign[s.repository()].variables
	if s.Build != "" {
		known = program(c.t).variables
	}
	var scripts string
	for _, volume := range s.Volumes {
		host, _, _ := strings.Cut(volume, ":")
		files, _ := filepath.Glob(filepath.Join(root, host, "*.sh"))
		for _, path := range append(files, filepath.Join(root, host)) {
			if text, err := os.ReadFile(path); err == nil && strings.HasSuffix(path, ".sh") {
				scripts += string(text)
			}
		}
	}
	return func(variable string) bool {
		return slices.ContainsFunc(known, func(k string) bool {
			prefix, family := strings.CutSuffix(k, "*")
			return variable == k || family && strings.HasPrefix(variable, prefix)
		}) || strings.Contains(scripts, "$"+variable+`"`)
	}
}

// help is what the program says of itself.
type help struct{ subcommands, variables []string }

var program = func() func(*testing.T) help {
	var once sync.Once
	var text []byte
	var err error
	return func(t *testing.T) help {
		t.Helper()
		once.Do(func() { text, err = exec.Command("go", "run", "../cmd/proactive", "--help").Output() })
		require.NoError(t, err)
		h := readHelp(string(text))
		require.Contains(t, h.subcommands, "serve")
		require.Contains(t, h.variables, "DATABASE_URL")
		return h
	}
}()

func readHelp(text string) (h help) {
	_, rest, _ := strings.Cut(text, "Environment:\n")
	environment, rest, _ := strings.Cut(rest, "\n\n")
	_, rest, _ = strings.Cut(rest, "Available Commands:\n")
	commands, _, _ := strings.Cut(rest, "\n\n")
	first := regexp.MustCompile(`(?m)^  (\S+)`)
	for _, m := range first.FindAllStringSubmatch(environment, -1) {
		h.variables = append(h.variables, m[1])
	}
	for _, m := range first.FindAllStringSubmatch(commands, -1) {
		h.subcommands = append(h.subcommands, m[1])
	}
	return h
}
