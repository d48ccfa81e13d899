package agent

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Policy is what the agent may do on this device, whatever the server asks for. The zero Policy allows nothing.
type Policy struct {
	Actions ActionPolicies `yaml:"actions"`
}

// ActionPolicies has one policy an action; nil allows nothing.
type ActionPolicies struct {
	EndProcess  *EndProcessPolicy  `yaml:"end_process,omitempty"`
	ShowMessage *ShowMessagePolicy `yaml:"show_message,omitempty"`
}

// ShowMessagePolicy allows to show messages; there is nothing to choose.
type ShowMessagePolicy struct{}

// EndProcessPolicy says which processes may be ended, and how long one has to end by itself when it is asked to.
type EndProcessPolicy struct {
	Grace     time.Duration `yaml:"grace"` // 5 s when it is not given; at most a minute
	Processes []ProcessRule `yaml:"processes"`
}

// ProcessRule allows the processes that run one executable file.
type ProcessRule struct {
	Executable string `yaml:"executable"`     // absolute path of the file itself, not of a link to it
	PID        int    `yaml:"pid,omitempty"`  // only that one
	User       string `yaml:"user,omitempty"` // only that person's, by user name
}

const (
	defaultGrace = 5 * time.Second
	mostGrace    = time.Minute
)

// ReadPolicy reads a policy file. A file that is not there allows nothing; one with a key that is not known, or with anything that
// could be read in two ways, is an error.
func ReadPolicy(path string) (Policy, error) {
	if path == "" {
		return Policy{}, nil
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Policy{}, nil
	}
	if err != nil {
		return Policy{}, err
	}
	policy := Policy{}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&policy); err != nil && !errors.Is(err, io.EOF) {
		return Policy{}, fmt.Errorf("read %s: %w", path, err)
	}
	if err := decoder.Decode(new(any)); !errors.Is(err, io.EOF) {
		return Policy{}, fmt.Errorf("read %s: it has more than one document", path)
	}
	if err := policy.check(); err != nil {
		return Policy{}, fmt.Errorf("read %s: %w", path, err)
	}
	return policy, nil
}

// WritePolicy writes a policy file.
func WritePolicy(path string, policy Policy) error {
	if err := policy.check(); err != nil {
		return err
	}
	text, err := yaml.Marshal(policy)
	if err != nil {
		return err
	}
	return writeFile(path, text)
}

// check also fills in what was not given.
func (p *Policy) check() error {
	end := p.Actions.EndProcess
	if end == nil {
		return nil
	}
	if end.Grace == 0 {
		end.Grace = defaultGrace
	}
	if end.Grace < 0 || end.Grace > mostGrace {
		return fmt.Errorf("end_process: grace is a duration from 1ns to %s", mostGrace)
	}
	for i, rule := range end.Processes {
		switch {
		case !filepath.IsAbs(rule.Executable) || filepath.Clean(rule.Executable) != rule.Executable:
			return fmt.Errorf("end_process: processes[%d]: executable is an absolute path, written in the shortest way", i)
		case strings.ContainsAny(rule.Executable, "*?["):
			return fmt.Errorf("end_process: processes[%d]: executable is one path, not a pattern", i)
		case rule.PID < 0:
			return fmt.Errorf("end_process: processes[%d]: pid is a positive number", i)
		}
	}
	return nil
}

// mayEnd tells whether a rule allows the process.
func (p Policy) mayEnd(found process) bool {
	if p.Actions.EndProcess == nil {
		return false
	}
	for _, rule := range p.Actions.EndProcess.Processes {
		if rule.Executable == found.Executable &&
			(rule.PID == 0 || rule.PID == found.ID) &&
			(rule.User == "" || rule.User == found.user) {
			return true
		}
	}
	return false
}
