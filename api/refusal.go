package api

import (
	"slices"

	"proactive/schema"
)

// sentences are the documented error messages, to the letter ("Status codes"), and what to do when the refusal itself does
// not say it.
var sentences = map[schema.Refusal]struct{ message, todo string }{
	schema.NoEndpoint: {"Invalid request. Provide endpoint details.",
		"Send an object endpoint with at least one of CI, user_id, user_name and email that is not blank."},
	schema.NoIssueCode: {"Invalid issue code, please provide a valid issue code.",
		"Send issue_code as a text that is not blank: the code of an issue that is deployed in the registry."},
	schema.NoProvider: {"Invalid provider, please provide a valid provider.",
		"Send provider as a text that is not blank: the provider_code of a provider."},
	schema.UnknownIssue: {"Invalid issue code or provider, please provide valid details.",
		"Deploy this issue_code under this provider, or send a pair that is deployed and active."},
	schema.NoResolution: {"Issue code does not have a proper resolution.",
		"Give the issue code an active resolution that has what its type needs."},
	schema.NoUser: {"Could not resolve user from endpoint details, please provide valid details.",
		"Send details in endpoint that lead to exactly one active person, or the CI of a computer that is assigned to one."},
	schema.BeingResolved: {"An experience issue is being resolved with given issue code for specified user.",
		"Wait until the issue of this person under this code is closed or in action_wait."},
	schema.NotAwaited: {"Existing experience issue with given experience_id is still under execution or is closed.",
		"Send another experience_id, or report when the issue is in action_wait for this code, person and provider."},
	schema.TechnicalFailure: {"Error occurred while creating experience issue.",
		"Send the report again later; if it stays, give the X-Transaction-ID of this answer to whoever runs this server."},
}

// order is that of the documentation; number counts from 1.
var order = []schema.Refusal{schema.NoEndpoint, schema.NoIssueCode, schema.NoProvider, schema.UnknownIssue, schema.NoResolution, schema.NoUser,
	schema.BeingResolved, schema.NotAwaited, schema.TechnicalFailure}

func number(why schema.Refusal) int { return slices.Index(order, why) + 1 }
