package registry

import (
	_ "embed"
	"encoding/json"
	"net/url"
)

// HTTPRequestSchema is the JSON Schema of the parameters of our own flow action http_request, as MergeHTTPRequest makes them.
//
//go:embed http_request.schema.json
var HTTPRequestSchema []byte

// CheckHTTPRequest tells whether parameters are what http_request accepts: once when the catalogue is applied, and again before
// a request is sent. What it does not accept is a *ParameterError.
func CheckHTTPRequest(parameters json.RawMessage) error {
	schema, err := compiled.get(HTTPRequestSchema)
	if err != nil {
		return err
	}
	if len(parameters) == 0 {
		parameters = json.RawMessage(`{}`)
	}
	if err := check(parameters, schema); err != nil {
		return err
	}
	var request struct{ URL string }
	if err := json.Unmarshal(parameters, &request); err != nil {
		return &ParameterError{Reason: "are no JSON object"}
	}
	u, err := url.Parse(request.URL)
	if err != nil || u.Hostname() == "" {
		return &ParameterError{Parameter: "url", Reason: "is no absolute address that begins with http:// or https://"}
	}
	return nil
}
