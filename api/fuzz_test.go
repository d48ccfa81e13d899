package api

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"proactive/schema"
)

// seeds are the documented examples and some trouble.
func seeds(f *testing.F, more ...string) {
	files, err := filepath.Glob("testdata/document_request*")
	if err != nil || len(files) == 0 {
		f.Fatal("no examples", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	for _, text := range more {
		f.Add([]byte(text))
	}
}

// Whatever bytes come, reading them does not panic; what it accepts can be stored, and, written down as plain JSON, is read
// again as the same report.
func FuzzReadJSON(f *testing.F) {
	seeds(f, `{"endpoint":{"CI":1},"issue_code":"\u0000","provider":"\ud800","input_parameters":{"a":[{}],"a":1e9}}`,
		`{“endpoint”: {“email”:"a@b" } , "issue_code":“\”1”, "provider" :2}\`, `[[[[]]]]`, `{"a":"\`, `"“`, "“{”\\", `{"":{`+"\u00a0"+`}}`)
	f.Fuzz(func(t *testing.T, body []byte) { readAndCheck(t, body, inJSON) })
}

func FuzzReadXML(f *testing.F) {
	seeds(f, `<r><endpoint><CI>1</CI></endpoint><issue_code>1</issue_code><provider><![CDATA[a]]]]><![CDATA[>]]></provider></r>`,
		`<a b="c"><x:d xmlns:x="y">&#x10FFFF;&lt;</x:d><d/>t<!-- - --></a>`, `<!DOCTYPE a []><a>&e;</a>`, `<a>&#xD800;</a>`, `<a>`, `<?xml version="1.0" encoding="x"?><a/>`)
	f.Fuzz(func(t *testing.T, body []byte) { readAndCheck(t, body, inXML) })
}

func readAndCheck(t *testing.T, body []byte, s syntax) {
	if !utf8.Valid(body) {
		return // readBody has refused it
	}
	if plain := bytes.TrimSpace(body); s == inJSON && json.Valid(plain) && !bytes.Equal(mend(plain), plain) {
		t.Fatalf("the lenient reading changes what is proper JSON: %q becomes %q", plain, mend(plain))
	}
	document, fromXML, err := parse(body, s)
	if err != nil {
		return
	}
	if !json.Valid(document) || !utf8.Valid(document) || depth(document) > maxDepth {
		t.Fatalf("the foreign shape is no proper JSON: %q", document)
	}
	said := readForeign(document, fromXML)
	report, err := said.report()
	if err != nil {
		return
	}
	checkStorable(t, report)
	again, err := readForeign(plainJSON(t, report), fromXML).report()
	if err != nil {
		t.Fatalf("%q is accepted once and then refused: %v", body, err)
	}
	if diff := cmp.Diff(report, again); diff != "" {
		t.Fatal(diff)
	}
}

func checkStorable(t *testing.T, r schema.Report) {
	for _, text := range []string{r.Endpoint.CI, r.Endpoint.UserID, r.Endpoint.UserName, r.Endpoint.Email, r.IssueCode, r.Provider, r.ExperienceID,
		everyText(t, r.InputParameters), everyText(t, r.InvestigativeDetails)} {
		if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
			t.Fatalf("cannot be stored: %q", text)
		}
	}
}

// everyText are all keys and texts of an object, read by somebody else than us.
func everyText(t *testing.T, object json.RawMessage) string {
	if object == nil {
		return ""
	}
	var all strings.Builder
	decoder := json.NewDecoder(strings.NewReader(string(object)))
	decoder.UseNumber()
	for {
		token, err := decoder.Token()
		if err != nil {
			if !json.Valid(object) || object[0] != '{' {
				t.Fatalf("no object: %q", object)
			}
			return all.String()
		}
		if text, ok := token.(string); ok {
			all.WriteString(text)
		}
	}
}

// plainJSON writes a report as its documented example looks. The objects go in as they are.
func plainJSON(t *testing.T, r schema.Report) []byte {
	text := func(s string) []byte { quoted, _ := json.Marshal(s); return quoted }
	b := []byte(`{"endpoint":{"CI":`)
	for _, part := range [][]byte{
		text(r.Endpoint.CI), []byte(`,"user_id":`), text(r.Endpoint.UserID), []byte(`,"user_name":`), text(r.Endpoint.UserName),
		[]byte(`,"email":`), text(r.Endpoint.Email), []byte(`},"issue_code":`), text(r.IssueCode), []byte(`,"provider":`), text(r.Provider),
		[]byte(`,"experience_id":`), text(r.ExperienceID), []byte(`,"input_parameters":`), orNull(r.InputParameters),
		[]byte(`,"investigative_details":`), orNull(r.InvestigativeDetails), []byte(`}`),
	} {
		b = append(b, part...)
	}
	if !json.Valid(b) {
		t.Fatalf("not JSON: %q", b)
	}
	return b
}

func orNull(raw json.RawMessage) json.RawMessage {
	if raw == nil {
		return json.RawMessage("null")
	}
	return raw
}
