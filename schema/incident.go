package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Priority is ServiceNow's matrix of impact and urgency, each 1 (high) to 3 (low), to a priority of 1 (critical) to 5
// (planning).
func Priority(impact, urgency int) int { return impact + urgency - 1 }

// Evidence is what a report said for a manual investigation.
type Evidence struct {
	Step      int             `json:"step" db:"step"`
	IssueCode string          `json:"issue_code" db:"issue_code"`
	Details   json.RawMessage `json:"details" db:"details"` // an object, verbatim
}

// IncidentDescription tells why there is an incident, and the investigative details of every step, one "key: value" line each,
// with the keys as they were sent.
func IncidentDescription(reason EndReason, detail string, evidence []Evidence) string {
	var b strings.Builder
	b.WriteString(reason.Sentence())
	if detail != "" {
		b.WriteString("\n" + detail)
	}
	for _, e := range evidence {
		if b.Len() > maxDescription {
			break
		}
		pairs := detailLines(e.Details)
		if len(pairs) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n\nStep %d, issue code %s:", e.Step, e.IssueCode)
		for _, line := range pairs {
			b.WriteString("\n" + line)
		}
	}
	if b.Len() > maxDescription {
		return strings.ToValidUTF8(b.String()[:maxDescription], "") + "\n\nThe rest is too long for here: the steps of the experience issue hold it."
	}
	return b.String()
}

// maxDescription bounds an incident's description, in bytes: an issue must be able to end, whatever a hundred reports brought.
const maxDescription = 1 << 20

// detailLines reads an object as "key: value" lines in its own order, keys that stand twice too.
func detailLines(object json.RawMessage) []string {
	d := json.NewDecoder(bytes.NewReader(object))
	d.UseNumber()
	if start, err := d.Token(); err != nil || start != json.Delim('{') {
		return nil
	}
	var lines []string
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return lines
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return lines
		}
		lines = append(lines, OneEntry(key.(string))+": "+OneEntry(plainText(value)))
	}
	return lines
}

// plainText is a string without its quotes, and anything else as it was sent.
func plainText(value json.RawMessage) string {
	var s string
	if json.Unmarshal(value, &s) == nil && len(value) > 0 && value[0] == '"' {
		return s
	}
	return string(value)
}

// breaks are the characters that some reader takes for the end of a line.
var breaks = strings.NewReplacer("\r\n", "\n    ", "\n", "\n    ", "\r", "\n    ", "\v", "\n    ", "\f", "\n    ",
	"\u0085", "\n    ", "\u2028", "\n    ", "\u2029", "\n    ")

// OneEntry indents the further lines of a text, so that a value cannot forge a key, nor a note another one.
func OneEntry(text string) string { return breaks.Replace(text) }

// WorkNotes tells a timeline in sentences.
func WorkNotes(timeline []Event) string {
	var b strings.Builder
	for i, e := range timeline {
		if i > 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "%s  step %d, %s: %s", e.At.UTC().Format(time.RFC3339), e.Step, strings.ReplaceAll(string(e.Event), "_", " "), OneEntry(e.Detail))
	}
	return b.String()
}
