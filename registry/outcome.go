package registry

import (
	"slices"

	"proactive/schema"
)

func (r *reader) outcomeReceiver(o *object) {
	receiver := schema.OutcomeReceiver{
		Provider:    o.required("provider"),
		States:      o.outcomeStates(),
		GiveUpAfter: o.duration("give_up_after", schema.DefaultGiveUpAfter),
		Active:      o.flag("active", true),
	}
	switch {
	case o.has("url"):
		receiver.Config = configOf(o.signedHook())
	case o.has("secret"):
		o.report("secret", "signs what is sent to a url, and there is none: add one, or remove the secret")
	case o.has("give_up_after"):
		o.report("give_up_after", "is about what is sent to a url, and there is none: add one, or remove it")
	}
	r.c.OutcomeReceivers = append(r.c.OutcomeReceivers, receiver)
}

// signedHook is a webhook that is sent what we have to say, in our own words.
func (o *object) signedHook() schema.WebhookConfig {
	if !o.has("secret") {
		o.report("secret", "is missing: what is sent is signed with it; write {$secret: NAME} and set %sNAME", SecretPrefix)
	}
	return schema.WebhookConfig{URL: o.hookURL(), Secret: o.secretMark("secret")}
}

func (o *object) outcomeStates() (states []schema.State) {
	if !o.has("states") {
		return schema.DefaultOutcomeStates()
	}
	given := o.set("states")
	for _, name := range given {
		if slices.Contains(schema.OutcomeStates(), schema.State(name)) {
			states = append(states, schema.State(name))
		} else {
			o.report("states", "nobody hears of a state %q: use %s", name, listed(schema.OutcomeStates()))
		}
	}
	if len(given) == 0 && !o.r.reportedAt(o.at("states")) {
		o.report("states", "is empty: name some, or remove it for all but in_progress")
	}
	return states
}
