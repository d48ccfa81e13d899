package api_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

// submitted sends a request and gives what reached the store.
func submitted(t *testing.T, r *request) (report schema.Report, got answer) {
	t.Helper()
	store := newStore(t)
	accept := store.submit
	store.submit = func(ctx context.Context, said schema.Report) (string, error) {
		report = said
		return accept(ctx, said)
	}
	got = r.send(t, door(store))
	return report, got
}

// with adds members to a good report.
func withMembers(members string) string {
	return strings.TrimSuffix(goodBody, "}") + "," + members + "}"
}

// "A number where a string is expected is taken as its exact text. A blank string, or a value of another type, counts as
// absent. Unknown keys are ignored."
func TestHowTextsAreRead(t *testing.T) {
	for _, row := range []struct{ value, want string }{
		{`"abc"`, "abc"}, {`10644`, "10644"}, {`12345678901234567890`, "12345678901234567890"}, {`1.50`, "1.50"}, {`-0`, "-0"},
		{`1e5`, "1e5"}, {`"\u0061\u002dz"`, "a-z"}, {`""`, ""}, {`" \t"`, ""}, {`true`, ""}, {`null`, ""}, {`{}`, ""}, {`["a"]`, ""},
	} {
		report, got := submitted(t, post(withMembers(`"experience_id": `+row.value+` , "unknown":{"experience_id":"no"}`)))
		require.Equal(t, http.StatusOK, got.Code, row.value)
		require.Equal(t, row.want, report.ExperienceID, row.value)
	}
	report, _ := submitted(t, post(`{"endpoint":{"user_id":1, "CI":true, "user_name":{}, "email":"A@b"},"issue_code":" 1 ","provider":2,"issue\u005fcode":3}`))
	require.Equal(t, schema.Report{Endpoint: schema.Endpoint{UserID: "1", Email: "A@b"}, IssueCode: "3", Provider: "2", ReportedBy: "tool"}, report)
	report, _ = submitted(t, post(`{"endpoint":{"user_name":" abel "},"ISSUE_CODE":"9","issue_code":" 1 ","provider":"sn"}`))
	require.Equal(t, " 1 ", report.IssueCode, "texts are as they were sent, and keys have one spelling")
}

// "experience_id: 1 to 100 of A-Z a-z 0-9 . _ : @ -, not ., .., create or simulate. A present one that is not so … are #9". Nor is it another
// word that stands in an address where the id of an issue does: the issue could not be read.
func TestWhichExperienceIDsThereAre(t *testing.T) {
	hundred := strings.Repeat("a", 100)
	for _, id := range []string{"a", "A-Z.a_z:0@9", hundred, "...", "Create", "Outcomes", "cancel", "09ed4830f393739df33"} {
		report, got := submitted(t, post(withMembers(`"experience_id":"`+id+`"`)))
		require.Equal(t, http.StatusOK, got.Code, id)
		require.Equal(t, id, report.ExperienceID)
	}
	for _, id := range []string{`"."`, `".."`, `"create"`, `"simulate"`, `"outcomes"`, `"incidents"`, `"` + hundred + `a"`, `"a b"`, `" a"`, `"a/b"`, `"ä"`, `"a\n"`, `1E+5`, `"“a”"`} {
		_, got := submitted(t, post(withMembers(`"experience_id":`+id)))
		require.Equal(t, http.StatusBadRequest, got.Code, id)
		require.Equal(t, "Error occurred while creating experience issue.", got.Problem.Message)
		require.Contains(t, got.Problem.Detail, "experience_id")
		require.Empty(t, got.Header().Get("Retry-After"), "coming again does not help")
	}
}

// An issue whose id stood in the address of another call could never be read.
func TestNoIssueHasAnIdThatAnotherCallStandsAt(t *testing.T) {
	document, _ := described(t)
	words := map[string]bool{}
	for path := range document.Paths.Map() {
		if rest, is := strings.CutPrefix(path, strings.TrimSuffix(issuePath, "/")+"/"); is {
			word, _, _ := strings.Cut(rest, "/")
			words[word] = word != "{experience_id}"
		}
	}
	require.Contains(t, words, "{experience_id}")
	for word, taken := range words {
		if taken {
			got := post(withMembers(`"experience_id":"`+word+`"`)).send(t, door(newStore(t)))
			require.Equal(t, http.StatusBadRequest, got.Code, word)
			require.Contains(t, got.Problem.Detail, "Send an experience_id that is none of create, simulate, outcomes, incidents: these words stand in the addresses of other calls.")
		}
	}
}

// "input_parameters or investigative_details that are no objects, and values that cannot be stored (a NUL character, a lone
// surrogate) are #9 with the field named".
func TestWhatCannotBeKept(t *testing.T) {
	for field, members := range map[string][]string{
		"input_parameters": {`"input_parameters":"x"`, `"input_parameters":5`, `"input_parameters":[]`, `"input_parameters":true`,
			`"input_parameters":{"a":{"b":["\u0000"]}}`, `"input_parameters":{"\ud800":1}`},
		"investigative_details": {`"investigative_details":[1]`, `"investigative_details":{"a\u0000":1}`, `"investigative_details":{"a":"\udc00\ud800"}`,
			`"investigative_details":{"a":"\ud83d\u0041"}`, `"investigative_details":{"a":"\\\u0000"}`},
		"endpoint.email":     {`"endpoint":{"email":"a\u0000"}`},
		"endpoint.CI":        {`"endpoint":{"CI":"\u0000"}`},
		"endpoint.user_id":   {`"endpoint":{"user_id":"\uDFFF"}`},
		"endpoint.user_name": {`"endpoint":{"user_name":"\ud800x"}`},
		"issue_code":         {`"issue_code":"\u0000"`},
		"provider":           {`"provider":"s\u0000n"`},
		"experience_id":      {`"experience_id":"\u0000"`},
	} {
		for _, member := range members {
			_, got := submitted(t, post(withMembers(member)))
			require.Equal(t, http.StatusBadRequest, got.Code, member)
			require.Equal(t, "Error occurred while creating experience issue.", got.Problem.Message, member)
			require.Contains(t, got.Problem.Detail, "Send "+field+" ", member)
		}
	}
	for _, fine := range []string{`"investigative_details":{"a":"\\u0000 \ud83d\ude00 \uD83D\uDE00 \"\\"}`, `"unknown":"\u0000"`, `"input_parameters":null`,
		`"input_parameters":""`} {
		_, got := submitted(t, post(withMembers(fine)))
		require.Equal(t, http.StatusOK, got.Code, fine)
	}
}

// "keys and values verbatim, any keys": order, duplicates, numbers and blanks stay.
func TestWhatIsKeptVerbatim(t *testing.T) {
	details := `{"z": 1.0, "cpu usage":"78%","z":12345678901234567890, "a":[{ "b" : "}\"," }], "<&>":"\u00e9é"}`
	report, got := submitted(t, post(withMembers(`"investigative_details" : `+details+` ,"input_parameters":{}`)))
	require.Equal(t, http.StatusOK, got.Code)
	require.Equal(t, details, string(report.InvestigativeDetails))
	require.Equal(t, `{}`, string(report.InputParameters))
	require.False(t, report.ParametersAreText)
}

// "One root of any name, one element per field, nested elements for objects." Repeated elements are a list; attributes and
// comments say nothing; CDATA is text; text beside elements is kept.
func TestHowXMLIsRead(t *testing.T) {
	report, got := submitted(t, post(`<?xml version="1.0" encoding="utf-8"?><!-- hello -->
		<request xmlns="urn:x" a="1">
		  <endpoint><CI/><user_name>
		    abel.tuter </user_name></endpoint>
		  <issue_code>00100</issue_code><x:provider xmlns:x="y">sn</x:provider><experience_id> x1 </experience_id>
		  <input_parameters><process_id>10644</process_id><note><![CDATA[a < "b" & \c]]></note></input_parameters>
		  <investigative_details><z>1</z><disk u="%">a&amp;&lt;&#x41;</disk><z>2</z><deep>see<!-- - --><b/> this</deep></investigative_details>
		</request>`).with("Content-Type", "application/xml"))
	require.Equal(t, http.StatusOK, got.Code, got.Body.String())
	require.Equal(t, schema.Endpoint{UserName: "abel.tuter"}, report.Endpoint)
	require.Equal(t, []string{"00100", "sn", "x1"}, []string{report.IssueCode, report.Provider, report.ExperienceID})
	require.Equal(t, `{"process_id":"10644","note":"a < \"b\" & \\c"}`, string(report.InputParameters))
	require.Equal(t, `{"z":["1","2"],"disk":"a&<A","deep":{"b":"","#text":"see this"}}`, string(report.InvestigativeDetails))
	require.True(t, report.ParametersAreText)
	require.True(t, json.Valid(report.InvestigativeDetails))
}
