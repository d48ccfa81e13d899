package schema

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestThePriorityIsServiceNowsMatrix(t *testing.T) {
	matrix := [3][3]int{{1, 2, 3}, {2, 3, 4}, {3, 4, 5}}
	for impact := 1; impact <= 3; impact++ {
		for urgency := 1; urgency <= 3; urgency++ {
			assert.Equal(t, matrix[impact-1][urgency-1], Priority(impact, urgency), "impact %d, urgency %d", impact, urgency)
		}
	}
}

func TestTheDescriptionHoldsTheDocumentsDetailsVerbatim(t *testing.T) {
	details := json.RawMessage(`{"cpu usage": "78%", "processes running": "35", "available memory": "23%"}`)
	text := IncidentDescription(ActionFailed, "There is no process 10644 on this device.", []Evidence{{Step: 1, IssueCode: "100", Details: details}})
	assert.Equal(t, "The remedial action failed.\nThere is no process 10644 on this device.\n\n"+
		"Step 1, issue code 100:\ncpu usage: 78%\nprocesses running: 35\navailable memory: 23%", text)
}

func TestTheDescriptionKeepsOrderNumbersAndRepeatedKeys(t *testing.T) {
	details := json.RawMessage(`{"b": 12345678901234567890, "a": true, "b": null, "nested": {"x":[1.50]}}`)
	assert.Equal(t, []string{"b: 12345678901234567890", "a: true", "b: null", `nested: {"x":[1.50]}`}, detailLines(details))
}

func TestAValueCannotForgeAKey(t *testing.T) {
	for _, lineBreak := range []string{"\n", "\r", "\r\n", "\v", "\f", "\u0085", "\u2028", "\u2029"} {
		details, err := json.Marshal(map[string]string{"note": "fine" + lineBreak + "cpu usage: 1%"})
		assert.NoError(t, err)
		for _, line := range strings.Split(IncidentDescription(ActionFailed, "", []Evidence{{Step: 1, Details: details}}), "\n") {
			assert.False(t, strings.HasPrefix(line, "cpu usage"), "line break %q", lineBreak)
		}
	}
}
