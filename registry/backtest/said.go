package backtest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"proactive/schema"
)

// verdictOf a plan in a word.
func verdictOf(plan schema.Plan) string { return cmp.Or(string(plan.Conclude), "goes ahead") }

func engagement(conversation bool, mode schema.Engagement, consent bool) string {
	if !conversation {
		return string(schema.Silent)
	}
	if consent {
		return string(mode) + " with consent"
	}
	return string(mode)
}

func consents(d schema.Decision) bool { return d.Conversation != nil && d.Conversation.Consent }

// actionOf a plan: what would be called, and how.
func actionOf(plan schema.Plan) string {
	a := plan.Action
	if a == nil {
		return "none"
	}
	where := ""
	if a.TaskQueue != "" {
		where = " on " + a.TaskQueue
	}
	return fmt.Sprintf("%s: %s %s%s, %d x %s", a.Name, a.Kind, a.Target, where, a.Attempts, a.Timeout)
}

// same tells whether two documents say the same, however they are spaced.
func same(a, b json.RawMessage) bool {
	if len(a) == 0 || len(b) == 0 {
		return len(a) == len(b)
	}
	var one, other bytes.Buffer
	return json.Compact(&one, a) == nil && json.Compact(&other, b) == nil && bytes.Equal(one.Bytes(), other.Bytes())
}

// changedNames are the parameters that differ, without what they say.
func changedNames(was, would json.RawMessage) string {
	var before, now map[string]json.RawMessage
	json.Unmarshal(was, &before) //nolint:errcheck // what is no object has no names
	json.Unmarshal(would, &now)  //nolint:errcheck // as above
	var said []string
	for name, value := range now {
		if old, had := before[name]; !had {
			said = append(said, name+" is new")
		} else if !same(old, value) {
			said = append(said, name+" differs")
		}
	}
	for name := range before {
		if _, has := now[name]; !has {
			said = append(said, name+" is gone")
		}
	}
	slices.Sort(said)
	return cmp.Or(strings.Join(said, ", "), "in another order")
}

// fallbacks are what was taken, and what the new row takes where the issue ends the same way; alike where none was.
func fallbacks(p schema.PastStep) (was, would string) {
	now := p.Row.Fallback
	switch {
	case p.EndReason == schema.IncidentRequested:
		now = schema.FallbackIncident
	case p.Fallback == "":
		return "", ""
	case now == schema.FallbackLiveAgent && !p.Row.DeskHears:
		now = schema.FallbackIncident
	}
	if was = string(p.Fallback); p.Impact > 0 {
		was = incident(p.Group, p.Impact, p.Urgency)
	}
	if now != schema.FallbackIncident {
		return was, string(now)
	}
	return was, incident(p.Row.AssignmentGroup, p.Row.Impact, p.Row.Urgency)
}

func incident(group string, impact, urgency int) string {
	return fmt.Sprintf("incident for %s, impact %d, urgency %d", cmp.Or(group, "no group"), impact, urgency)
}
