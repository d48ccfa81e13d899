package load

import (
	"encoding/base64"
	"fmt"
)

// CreatePath is where reports are posted. The rivals take them there, too.
const CreatePath = "/api/sn_pren/self_remediation/experience_issue/create"

// A Report is what a monitoring tool says: this is wrong, with this person.
type Report struct {
	ID     string // experience_id
	Code   string
	Person int
	CI     string // the computer that it is about; may be ""
}

// Request is the whole HTTP request of a report, the same for everybody who takes one.
func (r Report) Request() []byte {
	body := fmt.Sprintf(`{"endpoint": {"user_name": "person.%d", "CI": %q}, "issue_code": %q, "provider": "sn", "experience_id": %q, `+
		`"input_parameters": {"process_id": "4711"}, `+
		`"investigative_details": {"cpu usage": "97%%", "process": "indexer", "since": "2026-01-01T08:00:00Z", "samples": [91, 95, 97, 97]}}`,
		r.Person, r.CI, r.Code, r.ID)
	return Post(CreatePath, "Basic "+base64.StdEncoding.EncodeToString([]byte("username:password")), body)
}

// Post is an HTTP request with a JSON body.
func Post(path, authorization, body string) []byte {
	return fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: bench\r\nAuthorization: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		path, authorization, len(body), body)
}
