package agent

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// processParameters say which process is meant.
type processParameters struct {
	ID         int
	Executable string    // "" for any
	StartedAt  time.Time // zero for any
}

// readProcessParameters reads process_id (a text or a number; required), executable and started_at. A complaint is a sentence for
// the timeline; it repeats no value.
func readProcessParameters(parameters json.RawMessage) (wanted processParameters, complaint string) {
	var sent struct {
		ProcessID  json.RawMessage `json:"process_id"`
		Executable string          `json:"executable"`
		StartedAt  string          `json:"started_at"`
	}
	decoder := json.NewDecoder(bytes.NewReader(parameters))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&sent); err != nil {
		return wanted, "The parameters are not process_id, executable and started_at."
	}
	id, err := strconv.ParseInt(strings.Trim(string(sent.ProcessID), `"`), 10, 32)
	if err != nil || id <= 0 {
		return wanted, "The parameter process_id is not the id of a process."
	}
	wanted.ID, wanted.Executable = int(id), sent.Executable
	if sent.StartedAt != "" {
		if wanted.StartedAt, err = time.Parse(time.RFC3339, sent.StartedAt); err != nil {
			return wanted, "The parameter started_at is not a time like 2026-11-23T09:00:00Z."
		}
	}
	return wanted, ""
}

// means tells whether found is what the parameters describe.
func (w processParameters) means(found process) bool {
	if w.Executable != "" && w.Executable != found.Executable {
		return false
	}
	return w.StartedAt.IsZero() || found.StartedAt.Sub(w.StartedAt).Abs() <= clocks
}
