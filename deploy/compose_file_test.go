package deploy

import (
	"fmt"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// file is docker-compose.yml, as far as ours goes; a key that is not here is taken for a slip.
type file struct {
	Name      string             `yaml:"name"`
	Services  map[string]service `yaml:"services"`
	Volumes   map[string]any     `yaml:"volumes"`
	Networks  map[string]network `yaml:"networks"`
	Hardened  map[string]any     `yaml:"x-hardened"`
	Job       map[string]any     `yaml:"x-job"`
	Proactive map[string]any     `yaml:"x-proactive"`
	Database  map[string]any     `yaml:"x-database"`
}

type network struct {
	Internal bool `yaml:"internal"`
}

type service struct {
	Image       string            `yaml:"image"`
	Build       string            `yaml:"build"`
	Entrypoint  []string          `yaml:"entrypoint"`
	Command     []string          `yaml:"command"`
	Environment map[string]string `yaml:"environment"`
	EnvFile     []struct {
		Path     string `yaml:"path"`
		Required bool   `yaml:"required"`
	} `yaml:"env_file"`
	Volumes   []string `yaml:"volumes"`
	Networks  []string `yaml:"networks"`
	Ports     []string `yaml:"ports"`
	DependsOn map[string]struct {
		Condition string `yaml:"condition"`
	} `yaml:"depends_on"`
	Healthcheck *struct {
		Test        []string `yaml:"test"`
		Interval    string   `yaml:"interval"`
		Timeout     string   `yaml:"timeout"`
		Retries     int      `yaml:"retries"`
		StartPeriod string   `yaml:"start_period"`
	} `yaml:"healthcheck"`
	Restart         string   `yaml:"restart"`
	StopGracePeriod string   `yaml:"stop_grace_period"`
	ReadOnly        bool     `yaml:"read_only"`
	Tmpfs           []string `yaml:"tmpfs"`
	CapDrop         []string `yaml:"cap_drop"`
	CapAdd          []string `yaml:"cap_add"`
	SecurityOpt     []string `yaml:"security_opt"`
	ShmSize         string   `yaml:"shm_size"`
}

// ends tells a job, which runs once, from a server.
func (s service) ends() bool { return strings.HasPrefix(s.Restart, "on-failure") }

// variableUse is a variable of compose's own, ${NAME:-default}.
var variableUse = regexp.MustCompile(`\$\{([A-Z_]+):-([^}]*)\}`)

// parse reads the file with every variable at its default.
func parse(text string) (f file, err error) {
	decoder := yaml.NewDecoder(strings.NewReader(variableUse.ReplaceAllString(text, "$2")))
	decoder.KnownFields(true)
	if err = decoder.Decode(&f); err != nil {
		return f, fmt.Errorf("read docker-compose.yml: %w", err)
	}
	return f, nil
}
