package registry

import (
	"encoding/json"
	"net/url"
	"regexp"
)

// hidden stands for a text that is shown to nobody.
const hidden = "(hidden)"

// Hide is what an action would get, for people to read: what looks like a secret in the clear is hidden, also where it came in past the
// catalogue's own rules. It is as it was written where nothing is hidden.
func Hide(parameters json.RawMessage) json.RawMessage {
	value, err := decode(parameters)
	if err != nil {
		return parameters
	}
	found := false
	value = replaced("", value, func(name, text string) string {
		if !looksSecret(name, text) && !holdsSecret(text) {
			return text
		}
		found = true
		return hidden
	})
	if !found {
		return parameters
	}
	text, err := json.Marshal(value)
	if err != nil {
		return json.RawMessage(`"` + hidden + `"`)
	}
	return text
}

// replaced is value with every text in it exchanged, by the name of the nearest member. What a mark names is no secret.
func replaced(name string, value any, by func(name, text string) string) any {
	switch v := value.(type) {
	case map[string]any:
		for inner := range v {
			v[inner] = replaced(inner, v[inner], by)
		}
	case []any:
		for i := range v {
			v[i] = replaced(name, v[i], by)
		}
	case string:
		if name != secretMark && name != inputMark {
			return by(name, v)
		}
	}
	return value
}

// credential is the value of an Authorization header, wherever it stands.
var credential = regexp.MustCompile(`(?i)\b(bearer|basic)\s+\S{6,}`)

// holdsSecret tells whether a part of a text is a secret, whatever its name is: a credential, or what an address asks with.
func holdsSecret(text string) bool {
	if credential.MatchString(text) {
		return true
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return false
	}
	for name, values := range u.Query() {
		for _, value := range values {
			if looksSecret(name, value) {
				return true
			}
		}
	}
	return false
}
