package registry

import (
	"encoding/json"
	"slices"
	"time"

	"proactive/schema"
)

const (
	defaultTimeout  = 5 * time.Minute
	defaultOfferFor = 8 * time.Hour
	maxAttempts     = 100
)

func (r *reader) remedialAction(o *object) {
	a := schema.RemedialAction{
		Name:        o.required("name"),
		Kind:        schema.ActionKind(o.oneOf("kind", "", string(schema.Subflow), string(schema.FlowAction), string(schema.CIAction))),
		Target:      o.required("target"),
		TaskQueue:   o.text("task_queue"),
		InputSchema: o.json("input_schema"),
		FromReport:  o.set("from_report"),
		Timeout:     o.duration("timeout", defaultTimeout),
		OfferFor:    o.duration("offer_for", defaultOfferFor),
		Attempts:    o.number("attempts", 1, 1, maxAttempts),
		Idempotent:  o.flag("idempotent", false),
		Sensitive:   o.flag("sensitive", false),
		Active:      o.flag("active", true),
	}
	if a.Kind == "" && !r.reportedAt(o.at("kind")) {
		o.report("kind", "is missing: use subflow, flow_action or ci_action")
	}
	checkAction(o, a)
	r.c.RemedialActions = append(r.c.RemedialActions, a)
}

func checkAction(o *object, a schema.RemedialAction) {
	if !a.Idempotent && a.Attempts > 1 {
		o.report("attempts", "an action that is not idempotent gets one attempt: set attempts: 1, or idempotent: true if running it twice does no harm")
	}
	if a.Kind == schema.CIAction && a.TaskQueue != "" {
		o.report("task_queue", "is for a subflow or flow_action: a ci_action runs on the device; remove it")
	}
	if a.Kind != schema.CIAction && a.Kind != "" && o.has("offer_for") {
		o.report("offer_for", "is for a ci_action, which waits for its device: remove it")
	}
	if a.IsHTTPRequest() {
		for _, name := range a.FromReport {
			if slices.Contains(requestMembers, name) {
				o.report("from_report", "%s of an http_request is the resolution's alone: a report may fill only inputs of the body; name the input otherwise", name)
			}
		}
	}
	if a.InputSchema != nil && !o.r.reportedAt(o.at("input_schema")) {
		checkInputSchema(o, a)
	}
}

// requestMembers are the parameters of an http_request. A report must not seem to set one of them.
var requestMembers = []string{"method", "url", "headers", "body", "expected_statuses", inputMember}

func checkInputSchema(o *object, a schema.RemedialAction) {
	compiledSchema, err := compiled.get(a.InputSchema)
	if err != nil {
		o.report("input_schema", "%s", err)
		return
	}
	var top struct{ Type any }
	if json.Unmarshal(a.InputSchema, &top) != nil || top.Type != "object" {
		o.report("input_schema", "must say type: object, as parameters have names")
	}
	if compiledSchema.AdditionalProperties != false {
		return
	}
	for _, name := range a.FromReport {
		if property(compiledSchema, name) == nil {
			o.warn("from_report", "input_schema does not know %s and allows no other properties: a report that brings it is not run", name)
		}
	}
}
