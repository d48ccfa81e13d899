package api_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"proactive/api"
)

const goodXML = `<r><endpoint><user_name>abel.tuter</user_name></endpoint><issue_code>100</issue_code><provider>sn</provider></r>`

// "Request by Content-Type … Missing, or application/x-www-form-urlencoded: the first character decides … Anything else: 415."
func TestTheLanguageOfABody(t *testing.T) {
	handler := door(newStore(t))
	for _, row := range []struct {
		contentType, body string
		status            int
	}{
		{"application/json", goodBody, 200},
		{"application/json;charset=UTF-8", goodBody, 200},
		{"APPLICATION/JSON", goodBody, 200},
		{"application/vnd.acme+json", goodBody, 200},
		{"application/xml", goodXML, 200},
		{"text/xml; charset=utf-8", goodXML, 200},
		{"application/soap+xml", goodXML, 200},
		{"", goodBody, 200},
		{"", " \n" + goodXML, 200},
		{"application/x-www-form-urlencoded", goodBody, 200},
		{"application/x-www-form-urlencoded", goodXML, 200},
		{"", "\ufeff" + goodXML, 200},
		{"application/json", "\ufeff" + goodBody, 200},
		{"application/json", goodXML, 400},
		{"application/xml", goodBody, 400},
		{"text/plain", goodBody, 415},
		{"multipart/form-data; boundary=x", goodBody, 415},
		{"application/", goodBody, 415},
		{"json", goodBody, 415},
	} {
		r := post(row.body).without("Content-Type")
		if row.contentType != "" {
			r.with("Content-Type", row.contentType)
		}
		require.Equal(t, row.status, r.send(t, handler).Code, row)
	}
	require.Equal(t, http.StatusUnsupportedMediaType, post(goodBody).with("Content-Encoding", "gzip").send(t, handler).Code)
}

// "Bodies over 1 MiB (configurable), nesting over 32, invalid UTF-8, broken JSON or XML: 400, Exception while reading
// request, detail says which."
func TestABodyThatCannotBeRead(t *testing.T) {
	handler := door(newStore(t))
	nested := func(n int) string {
		return strings.Replace(goodBody, "{", `{"input_parameters":`+strings.Repeat(`{"a":`, n-1)+"1"+strings.Repeat("}", n-1)+",", 1)
	}
	nestedXML := func(n int) string {
		return strings.Replace(goodXML, "<r>", "<r><input_parameters>"+strings.Repeat("<a>", n-1)+"1"+strings.Repeat("</a>", n-1)+"</input_parameters>", 1)
	}
	for _, row := range []struct{ contentType, body, detail string }{
		{"application/json", `{"endpoint":`, "not valid JSON"},
		{"application/json", goodBody + goodBody, "not valid JSON"},
		{"application/json", `{"endpoint":{},}`, "not valid JSON"},
		{"application/json", "{\"a\":\"\x01\"}", "not valid JSON"},
		{"application/json", "{\"a\":\"\xff\"}", "not valid UTF-8"},
		{"application/json", nested(33), "deeper than 32"},
		{"application/json", strings.Repeat("[", 900_000), "deeper than 32"},
		{"application/json", `{"a":"` + strings.Repeat("x", 1<<20) + `"}`, "larger than 1048576 bytes"},
		{"application/xml", "<a>", "not valid XML"},
		{"application/xml", "<a></b>", "not valid XML"},
		{"application/xml", "<a/><b/>", "more than one root"},
		{"application/xml", "<a/>x", "outside the root"},
		{"application/xml", "<!-- nothing -->", "not valid XML"},
		{"application/xml", `<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>`, "DTD"},
		{"application/xml", "<a>&nbsp;</a>", "not valid XML"},
		{"application/xml", "<a>&#0;</a>", "not valid XML"},
		{"application/xml", "<a>&#xD800;</a>", "names no character"},
		{"application/xml", "<a>&#57343;</a>", "names no character"},
		{"application/xml", "<?xml version='1.0' encoding='ISO-8859-1'?><a/>", "only UTF-8"},
		{"application/xml", "<a>\xff</a>", "not valid UTF-8"},
		{"application/xml", nestedXML(33), "deeper than 32"},
		{"application/xml", strings.Repeat("<a>", 300_000), "deeper than 32"},
	} {
		got := post(row.body).with("Content-Type", row.contentType).send(t, handler)
		require.Equal(t, http.StatusBadRequest, got.Code)
		require.Equal(t, "Exception while reading request", got.Problem.Message)
		require.Contains(t, got.Problem.Detail, row.detail)
	}
	require.Equal(t, http.StatusOK, post(nested(32)).send(t, handler).Code, "32 levels are not too deep")
	require.Equal(t, http.StatusOK, post(nestedXML(32)).with("Content-Type", "text/xml").send(t, handler).Code)
}

func TestTheLargestBodyIsConfigurable(t *testing.T) {
	handler := api.New(api.Config{MaxBody: 100}, newStore(t), api.With{}).Handler()
	exactly := goodBody + strings.Repeat(" ", 100-len(goodBody))
	require.Equal(t, http.StatusOK, post(exactly).send(t, handler).Code)
	got := post(exactly+" ").send(t, handler)
	require.Contains(t, got.Problem.Detail, "larger than 100 bytes")
	chunked := httptest.NewRequest(http.MethodPost, createPath, io.MultiReader(strings.NewReader(exactly+" ")))
	chunked.SetBasicAuth("tool", "tool-secret")
	require.EqualValues(t, -1, chunked.ContentLength)
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, chunked)
	require.Contains(t, recorder.Body.String(), "larger than 100 bytes")
}

// An empty body, and JSON that is no object, can be read: they lack an endpoint.
func TestABodyThatSaysNothing(t *testing.T) {
	handler := door(newStore(t))
	for _, body := range []string{"", " \n", "null", "[]", `"x"`, "5", "true", "{}", `{"endpoint":null}`, `{"endpoint":"x"}`, `{"endpoint":[1]}`} {
		got := post(body).send(t, handler)
		require.Equal(t, "Invalid request. Provide endpoint details.", got.Problem.Message, fmt.Sprintf("%q", body))
	}
	for _, body := range []string{"", "<r/>", "<r>hello</r>", "<r><endpoint>x</endpoint></r>", "<r><endpoint><email> </email></endpoint></r>"} {
		got := post(body).with("Content-Type", "application/xml").send(t, handler)
		require.Equal(t, "Invalid request. Provide endpoint details.", got.Problem.Message, fmt.Sprintf("%q", body))
	}
}
