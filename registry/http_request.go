package registry

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
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
	err = check(parameters, schema)
	var mismatch *ParameterError
	if errors.As(err, &mismatch) && mismatch.Parameter == "url" && mismatch.Reason != missing {
		return badURL // the pattern would tell a person less
	}
	if err != nil {
		return err
	}
	var request struct{ URL string }
	if err := json.Unmarshal(parameters, &request); err != nil {
		return fmt.Errorf("read the parameters of an http_request: %w", err)
	}
	if u, err := url.Parse(request.URL); err != nil || u.Hostname() == "" {
		return badURL
	}
	return nil
}

var badURL = &ParameterError{Parameter: "url", Reason: "must be an absolute address that begins with http:// or https://, without user and password"}
