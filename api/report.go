package api

import (
	"encoding/json"
	"slices"
	"strings"

	"proactive/schema"
)

// foreign is a report in the caller's shape: each value is valid JSON text as it was sent, nil when it was not.
type foreign struct {
	endpoint, issueCode, provider, experienceID json.RawMessage
	inputParameters, investigativeDetails       json.RawMessage
	ci, userID, userName, email                 json.RawMessage // of endpoint
	fromXML                                     bool
}

// readForeign picks the known fields out of a valid JSON text; unknown keys are ignored, of repeated ones the last stands.
func readForeign(document []byte, fromXML bool) foreign {
	f := foreign{fromXML: fromXML}
	members(document, func(key string, value json.RawMessage) {
		switch key {
		case "endpoint":
			f.endpoint = value
		case "issue_code":
			f.issueCode = value
		case "provider":
			f.provider = value
		case "experience_id":
			f.experienceID = value
		case "input_parameters":
			f.inputParameters = value
		case "investigative_details":
			f.investigativeDetails = value
		}
	})
	members(f.endpoint, func(key string, value json.RawMessage) {
		switch key {
		case "CI":
			f.ci = value
		case "user_id":
			f.userID = value
		case "user_name":
			f.userName = value
		case "email":
			f.email = value
		}
	})
	return f
}

// report is the noun. It refuses with 1 to 3 of the documented refusals, then with the technical error for what cannot be
// kept; whether the report may become an issue is the store's to say.
func (f foreign) report() (schema.Report, error) {
	report := schema.Report{
		Endpoint:  schema.Endpoint{CI: f.text(f.ci), UserID: f.text(f.userID), UserName: f.text(f.userName), Email: f.text(f.email)},
		IssueCode: f.text(f.issueCode), Provider: f.text(f.provider), ExperienceID: f.text(f.experienceID),
		InputParameters: f.object(f.inputParameters), InvestigativeDetails: f.object(f.investigativeDetails),
		ParametersAreText: f.fromXML,
	}
	switch {
	case report.Endpoint == schema.Endpoint{}:
		return report, schema.NoEndpoint
	case report.IssueCode == "":
		return report, schema.NoIssueCode
	case report.Provider == "":
		return report, schema.NoProvider
	}
	return report, f.keepable(report)
}

// keepable names the first field whose value cannot be kept.
func (f foreign) keepable(report schema.Report) error {
	for _, field := range []struct {
		name  string
		value json.RawMessage
	}{
		{"endpoint.CI", f.ci}, {"endpoint.user_id", f.userID}, {"endpoint.user_name", f.userName}, {"endpoint.email", f.email},
		{"issue_code", f.issueCode}, {"provider", f.provider}, {"experience_id", f.experienceID},
		{"input_parameters", f.inputParameters}, {"investigative_details", f.investigativeDetails},
	} {
		if !schema.StorableJSON(field.value) {
			return schema.Refuse(schema.TechnicalFailure, "Send "+field.name+" without NUL characters and lone surrogates, which cannot be stored.")
		}
	}
	switch {
	case report.ExperienceID != "" && !validExperienceID(report.ExperienceID):
		return schema.Refuse(schema.TechnicalFailure, "Send an experience_id of 1 to 100 of A-Z a-z 0-9 . _ : @ - that is neither . nor ..")
	case slices.Contains(reservedIDs, report.ExperienceID):
		return schema.Refuse(schema.TechnicalFailure,
			"Send an experience_id that is none of "+strings.Join(reservedIDs, ", ")+": these words stand in the addresses of other calls.")
	case report.InputParameters == nil && !f.absent(f.inputParameters):
		return schema.Refuse(schema.TechnicalFailure, "Send input_parameters as an object.")
	case report.InvestigativeDetails == nil && !f.absent(f.investigativeDetails):
		return schema.Refuse(schema.TechnicalFailure, "Send investigative_details as an object.")
	}
	return nil
}

// text is a string as it was sent, or a number's exact text. A blank string and a value of another type count as absent.
// Blanks around a text are the indentation in XML, and part of the text in JSON.
func (f foreign) text(value json.RawMessage) string {
	if len(value) == 0 {
		return ""
	}
	text := ""
	switch first := value[0]; {
	case first == '"':
		text = decode(value)
	case first == '-', first >= '0' && first <= '9':
		text = string(value)
	}
	if trimmed := strings.TrimSpace(text); trimmed == "" || f.fromXML {
		return trimmed
	}
	return text
}

func (f foreign) object(value json.RawMessage) json.RawMessage {
	if len(value) == 0 || value[0] != '{' {
		return nil
	}
	return value
}

// absent tells a missing object from a value of another type: null and a blank text, which is what XML has for an empty
// element, say nothing.
func (f foreign) absent(value json.RawMessage) bool {
	return len(value) == 0 || value[0] == 'n' || value[0] == '"' && strings.TrimSpace(decode(value)) == ""
}

// reservedIDs stand in paths where the id of an issue does, so an issue of such an id could not be read.
var reservedIDs = []string{"create", "simulate", "outcomes", "incidents"}

// validExperienceID: the id stands in paths, logs and workflow ids.
func validExperienceID(id string) bool {
	if len(id) == 0 || len(id) > 100 || id == "." || id == ".." {
		return false
	}
	for _, b := range []byte(id) {
		switch {
		case b >= 'A' && b <= 'Z', b >= 'a' && b <= 'z', b >= '0' && b <= '9', strings.IndexByte("._:@-", b) >= 0:
		default:
			return false
		}
	}
	return true
}
