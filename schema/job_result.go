package schema

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
)

// The sizes of what an agent may report, in bytes.
const (
	MaxResultMessage = 2 << 10
	MaxResultOutput  = 64 << 10
)

// CheckResult refuses an agent's result that is of no known status, too large, or cannot be stored.
func CheckResult(r ActionResult) error {
	switch {
	case r.Status != ActionSucceeded && r.Status != ActionHasFailed && r.Status != ActionWaits && r.Status != ActionUnknown:
		return RefuseJob(ResultInvalid, "status is one of succeeded, failed, action_wait and unknown.")
	case len(r.Message) > MaxResultMessage:
		return RefuseJob(ResultInvalid, fmt.Sprintf("message is longer than %d bytes.", MaxResultMessage))
	case len(r.Output) > MaxResultOutput:
		return RefuseJob(ResultInvalid, fmt.Sprintf("output is longer than %d bytes.", MaxResultOutput))
	case strings.ContainsRune(r.Message, 0):
		return RefuseJob(ResultInvalid, "message contains a NUL character.")
	case len(r.Output) > 0 && !json.Valid(r.Output):
		return RefuseJob(ResultInvalid, "output is not JSON.")
	case !storable(string(r.Output)):
		return RefuseJob(ResultInvalid, "output contains a NUL character or half of a surrogate pair.")
	}
	return nil
}

// storable tells whether every \u escape in valid JSON names a character that a Postgres text can hold.
func storable(text string) bool {
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			continue
		}
		i++ // what is escaped: a second backslash must not start an escape
		if text[i] != 'u' {
			continue
		}
		r := escaped(text[i+1:])
		i += 4
		if !utf16.IsSurrogate(r) {
			if r == 0 {
				return false
			}
			continue
		}
		if !strings.HasPrefix(text[i+1:], `\u`) || utf16.DecodeRune(r, escaped(text[i+3:])) == '\uFFFD' {
			return false
		}
		i += 6
	}
	return true
}

func escaped(text string) rune {
	n, err := strconv.ParseUint(text[:4], 16, 16)
	if err != nil {
		return 0
	}
	return rune(n)
}
