package activities

import (
	"cmp"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"

	"proactive/registry"
)

// SecretHosts says to which hosts each secret may go, by its name. Whoever writes the registry names both, and could send the secret of one
// system to another one that may be called as well; which of them belong together only the operator says. A secret that is not listed goes
// nowhere.
type SecretHosts map[string]AllowList

// secretsAllow is the setting that holds it.
const secretsAllow = "PROACTIVE_SECRETS_ALLOW"

// ParseSecretHosts reads NAME=host[:port] entries, separated by commas; a secret that several hosts may have stands in several.
func ParseSecretHosts(list string) (SecretHosts, error) {
	hosts := SecretHosts{}
	for entry := range strings.SplitSeq(list, ",") {
		if entry = strings.TrimSpace(entry); entry == "" {
			continue
		}
		name, host, _ := strings.Cut(entry, "=")
		name = strings.TrimPrefix(strings.TrimSpace(name), registry.SecretPrefix)
		if !registry.IsSecretName(name) || strings.TrimSpace(host) == "" || strings.Contains(host, "=") {
			return nil, fmt.Errorf("%q is no NAME=host[:port]; list for example DESK_TOKEN=desk.example.com", entry)
		}
		one, err := ParseAllowList(host)
		if err != nil {
			return nil, err
		}
		all := hosts[name]
		all.hosts, all.networks = append(all.hosts, one.hosts...), append(all.networks, one.networks...)
		hosts[name] = all
	}
	return hosts, nil
}

// Unlisted are the secrets of an environment (NAME=value) that may go nowhere, by name.
func (s SecretHosts) Unlisted(environment []string) []string {
	var names []string
	for _, variable := range environment {
		name, _, _ := strings.Cut(variable, "=")
		name, is := strings.CutPrefix(name, registry.SecretPrefix)
		if _, listed := s[name]; is && !listed {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// check tells whether a secret may go to a host.
func (s SecretHosts) check(name, host, port string) error {
	if s[name].checkHost(host, port, host) == nil {
		return nil
	}
	called := spelt(net.JoinHostPort(host, port))
	return &forbiddenError{fmt.Sprintf("secret %s may not be sent to %s; an operator can allow it: add %s=%s to %s.", name, called, name, called, secretsAllow)}
}

// secrets are where secrets are found, and where each may go.
type secrets struct {
	find  func(name string) (string, error)
	hosts SecretHosts
}

func newSecrets(allow AllowList) secrets {
	return secrets{find: registry.SecretFromEnvironment, hosts: allow.secrets}
}

// to gives secrets to a request to one host, and to no other.
func (s secrets) to(host, port string) func(name string) (string, error) {
	return func(name string) (string, error) {
		if err := s.hosts.check(name, host, port); err != nil {
			return "", err
		}
		return s.find(name)
	}
}

// toURL is the same of a request to u.
func (s secrets) toURL(u *url.URL) func(name string) (string, error) {
	return s.to(u.Hostname(), cmp.Or(portOf(u), "0"))
}

// toNobody is for what no secret may stand in.
func toNobody(name string) (string, error) {
	return "", &forbiddenError{"secret " + name + " may not be sent in a message."}
}
