package registry

import (
	"fmt"
	"regexp"
)

var secretName = regexp.MustCompile(`^[A-Z0-9_]+$`)

// IsSecretName tells whether {$secret: name} can be.
func IsSecretName(name string) bool { return secretName.MatchString(name) }

// markIn tells which mark an object is, if any, and the name in it. A mark that stands beside other members, or with something
// else than a name, is an error: it would otherwise be sent as it is, unnoticed.
func markIn(object map[string]any) (mark, name string, err error) {
	for _, mark := range []string{secretMark, inputMark} {
		value, marked := object[mark]
		if !marked {
			continue
		}
		if len(object) > 1 {
			return "", "", fmt.Errorf("%s must stand alone in its object", mark)
		}
		name, isText := value.(string)
		switch {
		case !isText || name == "":
			return "", "", fmt.Errorf("%s must be followed by a name", mark)
		case mark == secretMark && !IsSecretName(name):
			return "", "", fmt.Errorf("the name after %s must be made of A-Z, 0-9 and _", mark)
		}
		return mark, name, nil
	}
	return "", "", nil
}
