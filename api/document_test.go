package api_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares with a file of testdata, or writes it.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(path, got, 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got))
}

func example(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return string(text)
}

// The document's example is understood as JSON, as XML, and as the document prints it: typographic quotes around it (and, as
// in its answer, in it), and a trailing backslash. All ways of saying it are one report.
func TestTheDocumentsExample(t *testing.T) {
	for _, row := range []struct{ file, contentType string }{
		{"document_request.json", "application/json"},
		{"document_request_as_printed.txt", "application/json"},
		{"document_request_as_printed.txt", "application/x-www-form-urlencoded"},
		{"document_request_all_typographic.txt", "application/json"},
	} {
		report, got := submitted(t, post(example(t, row.file)).with("Content-Type", row.contentType))
		require.Equal(t, 200, got.Code, got.Body.String())
		golden(t, "document_report.golden", reportText(t, report))
		golden(t, "document_answer.json.golden", got.Body.Bytes())
		require.Equal(t, "application/json;charset=UTF-8", got.Header().Get("Content-Type"))
	}
	report, got := submitted(t, post(example(t, "document_request.xml")).with("Content-Type", "application/xml").with("Accept", "application/xml"))
	golden(t, "document_report_xml.golden", reportText(t, report))
	golden(t, "document_answer.xml.golden", got.Body.Bytes())
	require.Equal(t, "application/xml;charset=UTF-8", got.Header().Get("Content-Type"))
}

func TestTheShapeOfARefusal(t *testing.T) {
	_, got := submitted(t, post(`{}`))
	golden(t, "refusal.json.golden", got.Body.Bytes())
	_, got = submitted(t, post(`{}`).with("Accept", "text/xml"))
	golden(t, "refusal.xml.golden", got.Body.Bytes())
	require.Equal(t, "text/xml;charset=UTF-8", got.Header().Get("Content-Type"))
}

// The lenient reading changes only what delimits: a text that was quoted properly keeps its typographic quotes.
func TestTypographicQuotesWithinATextStay(t *testing.T) {
	report, got := submitted(t, post("“"+withMembers(`“investigative_details”:{"said":"“no”", “again”:“a \” b”}`)+"”\\ "))
	require.Equal(t, 200, got.Code, got.Body.String())
	require.JSONEq(t, `{"said":"“no”","again":"a \" b"}`, string(report.InvestigativeDetails))
	report, _ = submitted(t, post(withMembers(`"investigative_details":{"said":"“no”\u00a0"}`)))
	require.Equal(t, `{"said":"“no”\u00a0"}`, string(report.InvestigativeDetails), "what is strict JSON is not mended")
}

func reportText(t *testing.T, report schema.Report) []byte {
	t.Helper()
	text, err := json.MarshalIndent(report, "", "  ")
	require.NoError(t, err)
	return append(text, '\n')
}
