package api

import (
	"encoding/json"
	"fmt"
)

// maxDepth is how deep objects and lists may stand in each other.
const maxDepth = 32

// readJSON checks that body is JSON that is not too deep, first as it is and then, when that fails, as the document prints
// its example (see lenient.go). It gives the text unchanged where it could: numbers, order and duplicates stay.
func readJSON(body []byte) ([]byte, error) {
	if depth(body) > maxDepth {
		return nil, tooDeep()
	}
	if json.Valid(body) {
		return body, nil
	}
	mended := mend(body)
	if depth(mended) > maxDepth {
		return nil, tooDeep()
	}
	if json.Valid(mended) {
		return mended, nil
	}
	return nil, brokenJSON(body)
}

func tooDeep() error {
	return unreadable(fmt.Sprintf("The body nests deeper than %d levels.", maxDepth))
}

func brokenJSON(body []byte) error {
	var any json.RawMessage
	if e, ok := json.Unmarshal(body, &any).(*json.SyntaxError); ok {
		return unreadable(fmt.Sprintf("The body is not valid JSON: %s at byte %d.", e.Error(), e.Offset))
	}
	return unreadable("The body is not valid JSON.")
}

// depth is how deep the text's objects and lists nest. The text need not be valid.
func depth(text []byte) int {
	deepest, now := 0, 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			i = stringEnd(text, i) - 1
		case '{', '[':
			now++
			deepest = max(deepest, now)
		case '}', ']':
			now--
		}
	}
	return deepest
}

// stringEnd is the index after the string that begins at i, or the text's end.
func stringEnd(text []byte, i int) int {
	for i++; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}

// valueEnd is the index after the value that begins at i of valid JSON.
func valueEnd(text []byte, i int) int {
	if text[i] == '"' {
		return stringEnd(text, i)
	}
	for open := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			i = stringEnd(text, i) - 1
		case '{', '[':
			open++
		case '}', ']':
			if open--; open == 0 {
				return i + 1
			} else if open < 0 {
				return i
			}
		case ',', ' ', '\t', '\n', '\r':
			if open == 0 {
				return i
			}
		}
	}
	return len(text)
}

// members calls yield with each key and value of a valid JSON object, in order; with nothing for any other value.
func members(object []byte, yield func(key string, value json.RawMessage)) {
	if len(object) == 0 || object[0] != '{' {
		return
	}
	for i := 1; i < len(object); {
		switch object[i] {
		case '"':
			end := stringEnd(object, i)
			key := decode(object[i:end])
			i = end
			for blank(object[i]) || object[i] == ':' {
				i++
			}
			end = valueEnd(object, i)
			yield(key, object[i:end:end])
			i = end
		default: // a blank, a comma or the end
			i++
		}
	}
}

func blank(b byte) bool { return b == ' ' || b == '\t' || b == '\n' || b == '\r' }

// decode gives the text of a valid JSON string.
func decode(quoted []byte) string {
	inner := quoted[1 : len(quoted)-1]
	for _, b := range inner {
		if b == '\\' {
			var s string
			json.Unmarshal(quoted, &s) //nolint:errcheck // it is valid
			return s
		}
	}
	return string(inner)
}
