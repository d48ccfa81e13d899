package schema

import (
	"encoding/json"
	"fmt"
	"strings"
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
	case len(r.Output) > 0 && r.Output[0] != '{' && string(r.Output) != "null":
		return RefuseJob(ResultInvalid, "output is not an object.")
	case !StorableJSON(r.Output):
		return RefuseJob(ResultInvalid, "output contains a NUL character or half of a surrogate pair.")
	}
	return nil
}
