package api

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"proactive/schema"
)

// said is a report as a tool has it in mind; every text is what it is, without blanks around it.
type said struct{ ci, userName, email, code, provider, id, parameter, detail string }

// One report is read alike as JSON, as the document prints its example, and as XML.
func FuzzReadInEveryShape(f *testing.F) {
	f.Add("d049b28e936aa1106f98f6db5cba10d5", "abel.tuter", "abel.tuter@example.com", "100", "sn", "09ed4830f393739df33", "10644", "78%")
	f.Add("", "fred.luddy", "", "300", "sn", "", "", "a \"quoted\" <b>&amp;</b> ]]> text\nof two\tlines\r\n")
	f.Add("“", "„x‟", "’", `\`, `\"`, "a b", "\u00a0", "\u2028 \U0001F600 \ufffd {[,:]}")
	f.Fuzz(func(t *testing.T, ci, userName, email, code, provider, id, parameter, detail string) {
		s := said{trim(ci), trim(userName), trim(email), trim(code), trim(provider), trim(id), parameter, detail}
		all := s.ci + s.userName + s.email + s.code + s.provider + s.id + parameter + detail
		if !utf8.ValidString(all) || strings.ContainsFunc(all, func(r rune) bool { return !inXML10(r) }) {
			return // no XML can hold it
		}
		want, wantErr := reportIn(t, s.json(), inJSON)
		for what, document := range map[string][]byte{"typographic": s.typographic(), "XML": s.xml()} {
			syntax := inJSON
			if what == "XML" {
				syntax = inXML
			}
			got, err := reportIn(t, document, syntax)
			if fmt.Sprint(err) != fmt.Sprint(wantErr) {
				t.Fatalf("%s is judged %v and JSON %v: %s", what, err, wantErr, document)
			}
			if diff := cmp.Diff(want, got); diff != "" && err == nil {
				t.Fatalf("%s\n%s", document, diff)
			}
		}
	})
}

func trim(text string) string { return strings.TrimSpace(text) }

// inXML10 are the characters of XML 1.0.
func inXML10(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= ' ' && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000
}

// reportIn reads a document; objects are compared by what they say.
func reportIn(t *testing.T, body []byte, s syntax) (schema.Report, error) {
	document, fromXML, err := parse(body, s)
	if err != nil {
		t.Fatalf("%q is not read: %v", body, err)
	}
	report, err := readForeign(document, fromXML).report()
	report.ParametersAreText = false
	for _, object := range []*json.RawMessage{&report.InputParameters, &report.InvestigativeDetails} {
		if *object != nil {
			var value map[string]any
			if json.Unmarshal(*object, &value) != nil {
				t.Fatalf("no object: %q", *object)
			}
			*object, _ = json.Marshal(value)
		}
	}
	return report, err
}

const shape = `{"endpoint":{"CI":%s,"user_name":%s,"email":%s},"issue_code":%s,"provider":%s,"experience_id":%s,` +
	`"input_parameters":{"process_id":%s},"investigative_details":{"cpu_usage":%s}}`

func (s said) written(shape string, text func(string) string) []byte {
	return fmt.Appendf(nil, shape, text(s.ci), text(s.userName), text(s.email), text(s.code), text(s.provider), text(s.id), text(s.parameter), text(s.detail))
}

func (s said) json() []byte {
	return s.written(shape, func(text string) string { quoted, _ := json.Marshal(text); return string(quoted) })
}

// typographic is what a word processor makes of it: “{“endpoint”: …}”\
func (s said) typographic() []byte {
	return s.written(`“`+strings.ReplaceAll(shape, ":", ":\u00a0")+`”\`, func(text string) string {
		quoted, _ := json.Marshal(text)
		var ascii strings.Builder
		for _, unit := range utf16.Encode([]rune(string(quoted[1 : len(quoted)-1]))) {
			if unit <= '~' {
				ascii.WriteByte(byte(unit))
			} else {
				fmt.Fprintf(&ascii, `\u%04x`, unit)
			}
		}
		return "“" + ascii.String() + "”"
	})
}

func (s said) xml() []byte {
	return s.written(`<report><endpoint><CI>%s</CI><user_name>%s</user_name><email>%s</email></endpoint><issue_code>%s</issue_code>`+
		`<provider>%s</provider><experience_id>%s</experience_id><input_parameters><process_id>%s</process_id></input_parameters>`+
		`<investigative_details><cpu_usage>%s</cpu_usage></investigative_details></report>`, func(text string) string {
		var b bytes.Buffer
		xml.EscapeText(&b, []byte(text)) //nolint:errcheck // to memory
		return b.String()
	})
}

// FuzzPath: every way to write a path leads to one, which has no doubled slash.
func FuzzPath(f *testing.F) {
	for _, path := range []string{"//api/sn_srf/v1/self_remediation/experience_issue/create/", "/api/sn_pren/v12/v3/x", "/", "", "/api/sn_pren/", "/api/sn_pren//v1//"} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		path = "/" + path
		one := canonical(path)
		if strings.Contains(one, "//") || !strings.HasPrefix(one, "/") {
			t.Fatalf("%q becomes %q", path, one)
		}
		for _, other := range []string{strings.ReplaceAll(path, "/", "//"), path + "/", srf(one)} {
			if again := canonical(other); again != one {
				t.Fatalf("%q becomes %q, and %q %q", path, one, other, again)
			}
		}
	})
}

// srf is a path by the API's earlier name, with a version.
func srf(path string) string {
	if rest, ours := strings.CutPrefix(path, "/api/sn_pren/"); ours {
		return "/api/sn_srf/v7/" + rest
	}
	return path
}
