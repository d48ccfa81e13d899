package registry

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const endProcessSchema = `{"type":"object","required":["process_id"],"additionalProperties":false,
  "properties":{"process_id":{"type":"string","pattern":"^[0-9]{1,10}$"}}}`

// ideal is a schema with a parameter of each type.
const ideal = `{"type":"object","properties":{"count":{"type":"integer"},"share":{"type":"number"},"force":{"type":"boolean"},
  "gone":{"type":["integer","null"]},"name":{"type":"string"},"ids":{"type":"array","items":{"type":"integer"}},
  "window":{"type":"object","properties":{"width":{"$ref":"#/$defs/px"}}},"any":{}},
  "$defs":{"px":{"type":"integer","minimum":1}}}`

func TestMergeLetsAReportFillOnlyWhatItMay(t *testing.T) {
	for _, c := range []struct {
		name, static, reported string
		fromReport             []string
		merged                 string
		ignored                []string
	}{
		{"a listed name fills", `{}`, `{"process_id":"42"}`, []string{"process_id"}, `{"process_id":"42"}`, nil},
		{"the resolution's value stands", `{"process_id":"1"}`, `{"process_id":"42"}`, []string{"process_id"}, `{"process_id":"1"}`, []string{"process_id"}},
		{"a null of the resolution stands too", `{"a":null}`, `{"a":1}`, []string{"a"}, `{"a":null}`, []string{"a"}},
		{"others are ignored, sorted", `{}`, `{"url":"http://evil","b":1,"a":2}`, []string{"a"}, `{"a":2}`, []string{"b", "url"}},
		{"nothing was reported", `{"a":1}`, ``, []string{"b"}, `{"a":1}`, nil},
		{"numbers keep every digit, objects their order", `{"z":1.50}`, `{"n":10644123456789012345678,"o":{"b":1e2,"a":0.10}}`, []string{"o", "n"},
			`{"z":1.50,"o":{"b":1e2,"a":0.10},"n":10644123456789012345678}`, nil},
		{"signs of HTML stay", `{}`, `{"a<b":"x&y"}`, []string{"a<b"}, `{"a<b":"x&y"}`, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			merged, ignored, err := Merge(json.RawMessage(c.static), c.fromReport, json.RawMessage(c.reported), false, nil)
			require.NoError(t, err)
			require.Equal(t, c.merged, string(merged))
			require.ElementsMatch(t, c.ignored, ignored)
		})
	}
}

func TestMergeSaysWhichParameterDoesNotFitAndWhy(t *testing.T) {
	for _, c := range []struct{ name, schema, reported, sentence string }{
		{"missing", endProcessSchema, `{}`, "Parameter process_id is missing."},
		{"wrong type", endProcessSchema, `{"process_id":42}`, "Parameter process_id must be of type string and is of type number."},
		{"wrong text", endProcessSchema, `{"process_id":"rm -rf"}`, "Parameter process_id does not match the pattern ^[0-9]{1,10}$."},
		{"deep within", ideal, `{"window":{"width":0}}`, "Parameter window.width must be at least 1."},
		{"in a list", ideal, `{"ids":[1,2,"x"]}`, "Parameter ids[2] must be of type integer and is of type string."},
		{"a number that cannot be calculated with", ideal, `{"window":{"width":1e999999999}}`, "The parameters hold a number with too large an exponent."},
		{"a mark for a secret", ideal, `{"any":[{"x":{"$secret":"DESK_TOKEN"}}]}`, "Parameter any holds $secret, which only a resolution may use."},
		{"not an object", ideal, `[]`, "Parameter input_parameters must be an object of JSON."},
	} {
		t.Run(c.name, func(t *testing.T) {
			names := []string{"process_id", "window", "ids", "any"}
			_, _, err := Merge(nil, names, json.RawMessage(c.reported), false, json.RawMessage(c.schema))
			var mismatch *ParameterError
			require.ErrorAs(t, err, &mismatch)
			require.Equal(t, c.sentence, err.Error())
		})
	}
}

func TestASentenceNeverQuotesWhatWasReported(t *testing.T) {
	schema := `{"type":"object","properties":{
	  "e":{"enum":["a"]},"c":{"const":"a"},"f":{"type":"string","maxLength":3},"p":{"pattern":"^a$"},"n":{"not":{}},
	  "u":{"uniqueItems":true},"o":{"anyOf":[{"const":1},{"const":2}]},"d":{"propertyNames":{"pattern":"^a$"}}}}`
	for name, reported := range map[string]string{"e": `"PRIVATE"`, "c": `"PRIVATE"`, "f": `"PRIVATE"`, "p": `"PRIVATE"`, "n": `"PRIVATE"`,
		"u": `["PRIVATE","PRIVATE"]`, "o": `"PRIVATE"`, "d": `{"PRIVATE":1}`} {
		_, _, err := Merge(nil, []string{name}, json.RawMessage(`{"`+name+`":`+reported+`}`), false, json.RawMessage(schema))
		var mismatch *ParameterError
		require.ErrorAs(t, err, &mismatch, name)
		require.NotContains(t, err.Error(), "PRIVATE")
	}
}

func TestALongNameIsShortened(t *testing.T) {
	_, _, err := Merge(nil, []string{"o"}, json.RawMessage(`{"o":{"`+strings.Repeat("x", 5000)+`\n":1}}`), false,
		json.RawMessage(`{"properties":{"o":{"additionalProperties":false}}}`))
	var mismatch *ParameterError
	require.ErrorAs(t, err, &mismatch)
	require.Less(t, len(err.Error()), 200)
}

func TestTextFromXMLBecomesWhatTheSchemaSays(t *testing.T) {
	for _, c := range []struct{ reported, merged string }{
		{`{"count":"10644123456789012345678"}`, `{"count":10644123456789012345678}`},
		{`{"share":" 0.50 "}`, `{"share":0.50}`},
		{`{"force":"true"}`, `{"force":true}`},
		{`{"gone":""}`, `{"gone":null}`},
		{`{"gone":"7"}`, `{"gone":7}`},
		{`{"name":"0042"}`, `{"name":"0042"}`},
		{`{"any":"1"}`, `{"any":"1"}`},
		{`{"ids":["1","2"]}`, `{"ids":[1,2]}`},
		{`{"ids":"1"}`, `{"ids":[1]}`},
		{`{"ids":""}`, `{"ids":[]}`},
		{`{"window":{"width":"3"}}`, `{"window":{"width":3}}`},
		{`{"window":""}`, `{"window":{}}`},
	} {
		merged, _, err := Merge(nil, []string{"count", "share", "force", "gone", "name", "any", "ids", "window"}, json.RawMessage(c.reported), true, json.RawMessage(ideal))
		require.NoError(t, err, c.reported)
		require.Equal(t, c.merged, string(merged))
	}
}

func TestTextThatIsNoNumberFailsTheCheck(t *testing.T) {
	for _, text := range []string{"x", "007", "+1", "0x1f", "1_000", "NaN", "1.5"} {
		_, _, err := Merge(nil, []string{"count"}, json.RawMessage(`{"count":"`+text+`"}`), true, json.RawMessage(ideal))
		var mismatch *ParameterError
		require.ErrorAs(t, err, &mismatch, text)
		require.Equal(t, "count", mismatch.Parameter)
	}
}

func TestOnlyReportedTextIsCoerced(t *testing.T) {
	_, _, err := Merge(json.RawMessage(`{"count":"1"}`), nil, nil, true, json.RawMessage(ideal))
	require.Error(t, err, "a resolution is written in JSON types")
}

func TestAReporterCannotSetWhereARequestGoes(t *testing.T) {
	static := `{"method":"POST","url":"https://desk.example.com/hook","input":{"team":"blue"}}`
	merged, ignored, err := MergeHTTPRequest(json.RawMessage(static), []string{"url", "method", "process_id", "team"},
		json.RawMessage(`{"url":"http://evil","method":"DELETE","process_id":"1","team":"red","headers":{}}`), false, nil)
	require.NoError(t, err)
	require.Equal(t, `{"method":"POST","url":"https://desk.example.com/hook","input":{"team":"blue","url":"http://evil","method":"DELETE","process_id":"1"}}`, string(merged))
	require.Equal(t, []string{"headers", "team"}, ignored)
	require.NoError(t, CheckHTTPRequest(merged))
}

func TestABrokenSchemaIsAFaultAndNoMismatch(t *testing.T) {
	for _, schema := range []string{`{"type":"nonsense"}`, `{"$ref":"http://example.com/schema.json"}`, `{"$ref":"file:///etc/passwd"}`, `{"$ref":"other.json"}`, `[]`, `{`} {
		_, _, err := Merge(nil, nil, nil, false, json.RawMessage(schema))
		var mismatch *ParameterError
		require.Error(t, err, schema)
		require.False(t, errors.As(err, &mismatch), schema)
	}
}

func TestASchemaLoadsNoFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "other.json")
	require.NoError(t, os.WriteFile(path, []byte(`{"type":"object"}`), 0o600))
	_, err := compile(json.RawMessage(`{"type":"object","$ref":"file://` + path + `"}`))
	require.ErrorContains(t, err, "only references within the schema itself (#/…) are followed")
}

func TestTheCacheOfSchemasIsBounded(t *testing.T) {
	for i := range 3 * maxCompiled {
		text, _ := json.Marshal(map[string]any{"minProperties": i})
		_, err := compiled.get(text)
		require.NoError(t, err)
	}
	require.LessOrEqual(t, len(compiled.schemas), maxCompiled)
}

func TestVeryManyReportedParametersAreReadInOneGo(t *testing.T) {
	var body strings.Builder
	for i := range 200_000 {
		fmt.Fprintf(&body, `,"a%06d":1`, i)
	}
	began := time.Now()
	_, ignored, err := Merge(nil, []string{"x"}, []byte("{"+body.String()[1:]+"}"), false, nil)
	require.NoError(t, err)
	require.Len(t, ignored, 200_000)
	require.Less(t, time.Since(began), time.Minute, "no benchmark, a guard: it takes minutes when each looks through those before it")
}
