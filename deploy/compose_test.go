// Package deploy holds what docker-compose.yml mounts, and a test that everything which that file names exists.
package deploy

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const root = ".."

func TestEverythingThatComposeNamesExists(t *testing.T) {
	assert.Empty(t, problems(t, read(t, root+"/docker-compose.yml")))
}

func TestAMistakeInComposeIsFound(t *testing.T) {
	text := read(t, root+"/docker-compose.yml")
	for _, c := range []struct{ right, wrong, problem string }{
		{"migrate: {condition: service_completed", "migrations: {condition: service_completed", "api depends on migrations, which is no service"},
		{"temporal: {condition: service_healthy", "temporal-schema: {condition: service_healthy", "temporal-namespace waits for temporal-schema to be healthy, and that has no health check"},
		{"migrate: {condition: service_completed_successfully", "postgres: {condition: service_completed_successfully", "api waits for postgres to complete, and that never ends"},
		{"{condition: service_healthy}", "{condition: healthy}", `temporal-schema depends on postgres with the unknown condition "healthy"`},
		{"./deploy/temporal:", "./deploy/tempora:", "temporal-schema mounts ./deploy/tempora, which does not exist"},
		{"postgres:/var/lib", "database:/var/lib", "postgres uses the volume database, which is not declared"},
		{"/deploy/schema.sh", "/deploy/scheme.sh", "temporal-schema runs /deploy/scheme.sh, which nothing is mounted at"},
		{"/deploy/dynamicconfig.yaml", "/deploy/dynamic.yaml", "temporal sets DYNAMIC_CONFIG_FILE_PATH to /deploy/dynamic.yaml, which nothing is mounted at"},
		{"networks: [database, edge]", "networks: [database, front]", "api is on the network front, which is not declared"},
		{"command: [api]", "command: [http]", "api runs proactive http, which is no subcommand"},
		{"      PROACTIVE_HTTP_ALLOW:", "      PROACTIVE_ALLOW:", "worker sets PROACTIVE_ALLOW, which it does not read"},
		{"      PROACTIVE_LINK_KEY:", "      PROACTIVE_LINK_KEYS:", "api sets PROACTIVE_LINK_KEYS, which it does not read"},
		{"      POSTGRES_PWD:", "      POSTGRES_PASSWD:", "temporal sets POSTGRES_PASSWD, which it does not read"},
		{"      TEMPORAL_DB_PASSWORD: ", "      TEMPORAL_PASSWORD: ", "postgres sets TEMPORAL_PASSWORD, which it does not read"},
		{"@postgres:5432", "@postgresql:5432", "migrate sets DATABASE_URL to postgresql:5432, and cannot reach a service of that name"},
		{"TEMPORAL_ADDRESS: temporal:7233", "TEMPORAL_ADDRESS: temporal:7234", "temporal-namespace sets TEMPORAL_ADDRESS to temporal:7234, where nobody listens"},
		{"networks: [database, temporal, edge]", "networks: [temporal, edge]", "worker sets DATABASE_URL to postgres:5432, and cannot reach a service of that name"},
		{"http://127.0.0.1:8081/readyz", "http://127.0.0.1:8080/readyz", "worker is asked for its health on port 8080, where it does not listen"},
		{"http://127.0.0.1:8080/readyz", "http://127.0.0.1:8080/ready", "api is asked for its health at /ready, which it does not answer"},
		{`localhost, "7233"]`, `localhost, "7234"]`, "temporal is asked for its health on port 7234, where it does not listen"},
		{"PROACTIVE_API_PORT:-8080}:8080", "PROACTIVE_API_PORT:-8080}:8081", "api publishes port 8081, where it does not listen"},
		{`"127.0.0.1:${TEMPORAL_UI_PORT`, `"${TEMPORAL_UI_PORT`, "temporal-ui publishes a port on every address"},
		{"postgres:16", "postgres", "postgres has the image postgres without a version"},
		{"build: .", "build: ./image", "api is built from ./image, which has no Dockerfile"},
		{"PROACTIVE_API_PORT:-8080", "API_PORT:-8080", "API_PORT, with the default 8080, does not stand in .env.example"},
		{"PROACTIVE_LOG_LEVEL:-info", "PROACTIVE_LOG_LEVEL:-warn", "PROACTIVE_LOG_LEVEL, with the default warn, does not stand in .env.example"},
	} {
		require.Contains(t, text, c.right)
		assert.Contains(t, problems(t, strings.ReplaceAll(text, c.right, c.wrong)), c.problem)
	}
}

func TestAMisspeltKeyIsFound(t *testing.T) {
	text := strings.Replace(read(t, root+"/docker-compose.yml"), "healthcheck:", "helthcheck:", 1)
	_, err := parse(text)
	assert.ErrorContains(t, err, "helthcheck")
}

// A link is made by the worker and read by the api, so both get the same.
func TestBothHalvesKnowHowPeopleAreWrittenTo(t *testing.T) {
	f, err := parse(strings.NewReplacer("PROACTIVE_LINK_KEY:-", "PROACTIVE_LINK_KEY:-key").Replace(read(t, root+"/docker-compose.yml")))
	require.NoError(t, err)
	api, worker := f.Services["api"].Environment, f.Services["worker"].Environment
	for name, value := range map[string]string{"PROACTIVE_LINK_KEY": "key", "PROACTIVE_PUBLIC_URL": "http://127.0.0.1:8080"} {
		assert.Equal(t, value, api[name])
		assert.Equal(t, value, worker[name])
	}
	assert.Contains(t, worker, "PROACTIVE_SMTP_ALLOW")
}

func TestNothingGetsMoreRightsThanItNeeds(t *testing.T) {
	f, err := parse(read(t, root+"/docker-compose.yml"))
	require.NoError(t, err)
	for name, s := range f.Services {
		assert.Equal(t, []string{"ALL"}, s.CapDrop, name)
		assert.Equal(t, []string{"no-new-privileges:true"}, s.SecurityOpt, name)
		assert.True(t, s.Build == "" || s.ReadOnly, "%s has a file system that it can change", name)
	}
}

func TestTheImageIsBuiltAsItShouldBe(t *testing.T) {
	var from, users []string
	for line := range strings.Lines(read(t, root+"/Dockerfile")) {
		words := strings.Fields(line)
		if len(words) < 2 {
			continue
		}
		switch words[0] {
		case "FROM":
			from = append(from, words[1])
		case "USER":
			users = append(users, words[1])
		case "RUN":
			assert.True(t, !strings.Contains(line, "go build") || strings.Contains(line, "CGO_ENABLED=0"), "a static binary: %s", line)
		}
	}
	assert.Len(t, from, 2)
	for _, image := range from {
		assert.Regexp(t, `:[0-9]`, image, "a version by tag")
	}
	assert.Equal(t, []string{"65532:65532"}, users, "not root")
	toolchain, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.GoVersion}}").Output()
	require.NoError(t, err)
	assert.Contains(t, from[0], "golang:"+strings.TrimSuffix(strings.TrimSpace(string(toolchain)), ".0"), "the version that go.mod asks for")
}

func TestScriptsCanBeRun(t *testing.T) {
	scripts, err := filepath.Glob("*/*.sh")
	require.NoError(t, err)
	require.NotEmpty(t, scripts)
	for _, script := range scripts {
		info, err := os.Stat(script)
		require.NoError(t, err)
		assert.NotZero(t, info.Mode()&0o111, script)
		out, err := exec.CommandContext(t.Context(), "sh", "-n", script).CombinedOutput()
		assert.NoError(t, err, string(out))
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(text)
}
