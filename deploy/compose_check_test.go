package deploy

import (
	"fmt"
	"maps"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// check goes through one docker-compose.yml.
type check struct {
	t       *testing.T
	file    file
	service string // which one is looked at
	found   []string
}

// problems says what in the text does not fit, in the order of the services' names.
func problems(t *testing.T, text string) []string {
	t.Helper()
	f, err := parse(text)
	require.NoError(t, err)
	c := &check{t: t, file: f}
	for _, c.service = range slices.Sorted(maps.Keys(f.Services)) {
		s := f.Services[c.service]
		c.image(s)
		c.order(s)
		c.mounts(s)
		c.networks(s)
		c.command(s)
		c.environment(s)
		c.ports(s)
		c.health(s)
	}
	c.documented(text)
	return c.found
}

func (c *check) say(format string, args ...any) {
	c.found = append(c.found, c.service+" "+fmt.Sprintf(format, args...))
}

func (c *check) image(s service) {
	if s.Build != "" {
		if _, err := os.Stat(filepath.Join(root, s.Build, "Dockerfile")); err != nil {
			c.say("is built from %s, which has no Dockerfile", s.Build)
		}
		return
	}
	if _, tag, ok := strings.Cut(s.Image, ":"); !ok || tag == "latest" {
		c.say("has the image %s without a version", s.Image)
	}
}

func (c *check) order(s service) {
	for _, name := range slices.Sorted(maps.Keys(s.DependsOn)) {
		other, ok := c.file.Services[name]
		condition := s.DependsOn[name].Condition
		switch {
		case !ok:
			c.say("depends on %s, which is no service", name)
		case condition == "service_healthy" && other.Healthcheck == nil:
			c.say("waits for %s to be healthy, and that has no health check", name)
		case condition == "service_completed_successfully" && !other.ends():
			c.say("waits for %s to complete, and that never ends", name)
		case !slices.Contains([]string{"service_started", "service_healthy", "service_completed_successfully"}, condition):
			c.say("depends on %s with the unknown condition %q", name, condition)
		}
	}
}

func (c *check) mounts(s service) {
	for _, volume := range s.Volumes {
		source, _, _ := strings.Cut(volume, ":")
		if _, declared := c.file.Volumes[source]; !strings.HasPrefix(source, ".") && !declared {
			c.say("uses the volume %s, which is not declared", source)
		}
		if _, err := os.Stat(filepath.Join(root, source)); strings.HasPrefix(source, ".") && err != nil {
			c.say("mounts %s, which does not exist", source)
		}
	}
	for _, f := range s.EnvFile {
		if _, err := os.Stat(filepath.Join(root, filepath.Dir(f.Path))); err != nil || f.Required {
			c.say("reads %s, which a new checkout does not have", f.Path)
		}
	}
}

// hostPath is the file of this repository that the service sees at a path, "" when it sees none.
func (s service) hostPath(inside string) string {
	for _, volume := range s.Volumes {
		parts := strings.Split(volume, ":")
		rest, below := strings.CutPrefix(inside, parts[1])
		if strings.HasPrefix(parts[0], ".") && below && (rest == "" || rest[0] == '/') {
			host := filepath.Join(root, parts[0], rest)
			if _, err := os.Stat(host); err == nil {
				return host
			}
		}
	}
	return ""
}

func (c *check) networks(s service) {
	for _, name := range s.Networks {
		if _, declared := c.file.Networks[name]; !declared {
			c.say("is on the network %s, which is not declared", name)
		}
		if c.service == "api" && slices.Contains(c.file.Services["temporal"].Networks, name) {
			c.say("can reach Temporal by the network %s, and Temporal asks nobody who they are", name)
		}
	}
}

func (c *check) command(s service) {
	if s.Build != "" && (len(s.Command) == 0 || !slices.Contains(program(c.t).subcommands, s.Command[0])) {
		c.say("runs proactive %s, which is no subcommand", strings.Join(s.Command, " "))
	}
	for _, word := range s.Entrypoint {
		if strings.HasPrefix(word, "/deploy/") && s.hostPath(word) == "" {
			c.say("runs %s, which nothing is mounted at", word)
		}
	}
}

// someAddress is a host and a port, alone or in a URL.
var someAddress = regexp.MustCompile(`^(?:postgres://[^@]*@)?([a-z][a-z0-9-]*):([0-9]+)(?:/.*)?$`)

func (c *check) environment(s service) {
	reads := c.reads(s)
	for _, name := range slices.Sorted(maps.Keys(s.Environment)) {
		value := s.Environment[name]
		if !reads(name) {
			c.say("sets %s, which it does not read", name)
		}
		if strings.HasPrefix(value, "/deploy/") && s.hostPath(value) == "" {
			c.say("sets %s to %s, which nothing is mounted at", name, value)
		}
		if address := someAddress.FindStringSubmatch(value); address != nil {
			c.reachable(s, name, address[1], address[2])
		}
		if name == "POSTGRES_SEEDS" {
			c.reachable(s, name, value, "5432")
		}
	}
}

func (c *check) reachable(s service, variable, host, port string) {
	other, ok := c.file.Services[host]
	if !ok || !slices.ContainsFunc(s.Networks, func(n string) bool { return slices.Contains(other.Networks, n) }) {
		c.say("sets %s to %s:%s, and cannot reach a service of that name", variable, host, port)
	} else if !slices.Contains(other.listens(), port) {
		c.say("sets %s to %s:%s, where nobody listens", variable, host, port)
	}
}

func (c *check) ports(s service) {
	for _, published := range s.Ports {
		parts := strings.Split(published, ":")
		if port := parts[len(parts)-1]; !slices.Contains(s.listens(), port) {
			c.say("publishes port %s, where it does not listen", port)
		}
		if len(parts) != 3 || parts[0] != "127.0.0.1" {
			c.say("publishes a port on every address")
		}
	}
}

func (c *check) health(s service) {
	if s.Healthcheck == nil {
		return
	}
	test := s.Healthcheck.Test
	last := test[len(test)-1]
	if port := regexp.MustCompile(`^[0-9]+$`).FindString(last); port != "" && !slices.Contains(s.listens(), port) {
		c.say("is asked for its health on port %s, where it does not listen", port)
	}
	if u, err := url.Parse(last); err == nil && u.Scheme == "http" {
		if !slices.Contains(s.listens(), u.Port()) {
			c.say("is asked for its health on port %s, where it does not listen", u.Port())
		}
		if !slices.Contains([]string{"/healthz", "/readyz"}, u.Path) {
			c.say("is asked for its health at %s, which it does not answer", path.Clean(u.Path))
		}
	}
}

// documented: whatever can be set from outside stands in .env.example, with the same default, and nothing else does.
func (c *check) documented(text string) {
	example := strings.Split(read(c.t, root+"/.env.example"), "\n")
	used := map[string]bool{}
	for _, use := range variableUse.FindAllStringSubmatch(text, -1) {
		line := use[1] + "=" + use[2]
		if !used[line] && !slices.Contains(example, line) {
			c.found = append(c.found, fmt.Sprintf("%s, with the default %s, does not stand in .env.example", use[1], use[2]))
		}
		used[line] = true
	}
	for _, line := range example {
		if line != "" && line[0] != '#' && !used[line] {
			c.found = append(c.found, line+" stands in .env.example, and docker-compose.yml does not use it")
		}
	}
}
