package registry

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// checkMarks reports marks of a wrong shape, and secrets in the clear, anywhere in a resolution's parameters.
func checkMarks(o *object, parameters json.RawMessage) {
	value, err := decode(parameters)
	if err != nil {
		return // reported where it was read
	}
	walk(value, "", func(path, name string, value any) {
		switch v := value.(type) {
		case map[string]any:
			if _, _, err := markIn(v); err != nil {
				o.report("parameters", "%s%s", placed(path), err)
			}
		case string:
			if looksSecret(name, v) {
				o.report("parameters", "%slooks like a secret, and the catalogue is no place for one: write {$secret: NAME} and set %sNAME", placed(path), SecretPrefix)
			}
		}
	})
}

func placed(path string) string {
	if path == "" {
		return ""
	}
	return path + " "
}

// walk visits value and all that is in it, objects by name. name is the nearest member's.
func walk(value any, path string, visit func(path, name string, value any)) {
	walkNamed(value, path, "", visit)
}

func walkNamed(value any, path, name string, visit func(path, name string, value any)) {
	visit(path, name, value)
	switch v := value.(type) {
	case map[string]any:
		names := make([]string, 0, len(v))
		for name := range v {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			walkNamed(v[name], strings.TrimPrefix(path+"."+shown(name), "."), name, visit)
		}
	case []any:
		for i, inner := range v {
			walkNamed(inner, fmt.Sprintf("%s[%d]", path, i), name, visit)
		}
	}
}

var (
	// words parts a name: deskToken, desk_token and desk-token are all desk, token.
	words = regexp.MustCompile(`[A-Z]?[a-z0-9]+|[A-Z]+`)

	secretWords = []string{"password", "passwd", "passphrase", "pwd", "secret", "token", "authorization", "credential", "credentials", "apikey"}
	secretPairs = []string{"api key", "private key", "access key", "secret key"}
)

// looksSecret tells whether a text of this name is a secret in the clear: by the last words of the name, or by a password in
// an address.
func looksSecret(name, text string) bool {
	if text == "" {
		return false
	}
	if u, err := url.Parse(text); err == nil && u.Host != "" && u.User != nil {
		if _, has := u.User.Password(); has {
			return true
		}
	}
	ws := words.FindAllString(name, -1)
	for i := range ws {
		ws[i] = strings.ToLower(ws[i])
	}
	if len(ws) == 0 || name == secretMark || name == inputMark {
		return false
	}
	pair := strings.Join(ws[max(0, len(ws)-2):], " ")
	return slices.Contains(secretWords, ws[len(ws)-1]) || slices.Contains(secretPairs, pair)
}
