package registry

import (
	"encoding/json"
	"fmt"
	"os"
)

// The marks that stand for a value in a resolution's parameters: {"$input": "name"} and {"$secret": "NAME"}.
const (
	inputMark  = "$input"
	secretMark = "$secret"
)

// SecretPrefix begins the name of the environment variable that holds a secret: {"$secret": "DESK_TOKEN"} is
// PROACTIVE_SECRET_DESK_TOKEN.
const SecretPrefix = "PROACTIVE_SECRET_"

// Place puts inputs and secrets where the marks in v (decoded JSON) ask for them, and returns a copy. An input that is not there
// becomes null. An input is placed as its exact text, a json.RawMessage, and is not looked into: a mark that a reporter wrote
// means nothing. Texts are never templates.
func Place(v any, inputs map[string]json.RawMessage, secret func(name string) (string, error)) (any, error) {
	switch v := v.(type) {
	case []any:
		placed := make([]any, len(v))
		for i, inner := range v {
			var err error
			if placed[i], err = Place(inner, inputs, secret); err != nil {
				return nil, err
			}
		}
		return placed, nil
	case map[string]any:
		mark, name, err := markIn(v)
		switch {
		case err != nil:
			return nil, err
		case mark == secretMark:
			return secret(name)
		case mark == inputMark:
			return placeInput(inputs[name]), nil
		}
		placed := make(map[string]any, len(v))
		for key, inner := range v {
			if placed[key], err = Place(inner, inputs, secret); err != nil {
				return nil, err
			}
		}
		return placed, nil
	}
	return v, nil
}

func placeInput(text json.RawMessage) any {
	if len(text) == 0 {
		return nil
	}
	return text
}

// SecretFromEnvironment is what Place needs outside of tests. Its error names the variable, never a value.
func SecretFromEnvironment(name string) (string, error) {
	value, set := os.LookupEnv(SecretPrefix + name)
	if !set || value == "" {
		return "", fmt.Errorf("secret %s is not set: set the environment variable %s%s", name, SecretPrefix, name)
	}
	return value, nil
}
