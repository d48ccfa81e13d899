package journey

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// awkward is what shells, SQL, HTML and templates would like to read as something else than text. It has a witness: a file that
// only a shell would make.
func awkward(t *testing.T) (text, witness string) {
	witness = filepath.Join(t.TempDir(), "witness")
	return `'; DROP TABLE incident; -- $(touch ` + witness + ") `touch " + witness + "`; touch " + witness +
		"\n| touch " + witness + ` & <script>alert("x")</script> ]]> &amp; <!-- {{.}} %s %00 ${HOME} \' \" \\ ` + "\t\u202e\u00fcn\u00efcode\U0001F4A5", witness
}

// verbatimWorld has a provider, a code and a person who are called as awkwardly as the rest, and a hook that does not help.
func verbatimWorld(t *testing.T) (w *world, text, witness string) {
	w = newWorld(t)
	text, witness = awkward(t)
	w.applies(`
providers: [{provider_code: ` + quoted(text) + `}]
users: [{user_name: ` + quoted(text) + `, first_name: ` + quoted(text) + `}]
issues: [{provider: ` + quoted(text) + `, issue_code: ` + quoted(text) + `, short_description: ` + quoted(text) + `,
          resolution: quick-hook, assignment_group: ` + quoted(text) + `, deployed: true}]`)
	w.serveAndRun()
	w.hook.answers(http.StatusTeapot)
	return w, text, witness
}

func quoted(text string) string {
	out, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(out)
}

// Whatever stands in a field is a text, from the request to the incident.
func TestAwkwardTextInJSONStaysText(t *testing.T) {
	t.Parallel()
	w, text, witness := verbatimWorld(t)
	q := quoted(text + "\r\u0001") // which XML could not carry
	details := `{` + q + `: ` + q + `, "nested": {` + q + `: [` + q + `, 1.50, null]}, "nested": 2}`
	a := w.posts(`{"endpoint": {"user_name": ` + quoted(text) + `, "CI": ` + q + `, "user_id": ` + q + `, "email": ` + q + `},
		"issue_code": ` + quoted(text) + `, "provider": ` + quoted(text) + `, "input_parameters": {"process_id": ` + q + `},
		"investigative_details": ` + details + `, ` + q + `: ` + q + `}`)
	i := w.ends(w.accepted(a), "closed_incomplete", "action_failed")
	require.Equal(t, text+"\r\u0001", i.CI)
	require.Equal(t, text, i.User.UserName)
	w.provesVerbatim(i.ExperienceID, text, witness)
	require.Equal(t, details, w.value(`SELECT investigative_details #>> '{0,details}' FROM incident WHERE correlation_id = $1`, i.ExperienceID))
	require.Contains(t, w.hookHeard()[0], text+"\r\u0001")
}

func TestAwkwardTextInXMLStaysText(t *testing.T) {
	t.Parallel()
	w, text, witness := verbatimWorld(t)
	x := escaped(text)
	body := `<request><endpoint><user_name>` + x + `</user_name><CI>` + x + `</CI></endpoint><issue_code>` + x + `</issue_code><provider>` + x +
		`</provider><input_parameters><process_id>` + x + `</process_id></input_parameters>` +
		`<investigative_details><cpu_usage>` + x + `</cpu_usage></investigative_details></request>`
	inXMLBoth := http.Header{"Content-Type": {"application/xml"}, "Accept": {"application/xml"}}
	a, err := w.client.send(http.MethodPost, createPath, body, inXMLBoth)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, a.Status, a.Text)
	id, _ := inXML(t, a)
	w.ends(id, "closed_incomplete", "action_failed")
	w.provesVerbatim(id, text, witness)
	require.Equal(t, text, w.value(`SELECT investigative_details -> 0 -> 'details' ->> 'cpu_usage' FROM incident`))
	require.Contains(t, w.hookHeard(), text)

	a, err = w.client.send(http.MethodGet, issuePath+id, "", http.Header{"Accept": {"text/xml"}})
	require.NoError(t, err)
	var document struct {
		CI       string `xml:"result>ci"`
		Code     string `xml:"result>issue_code"`
		Provider string `xml:"result>provider"`
		User     string `xml:"result>user>user_name"`
	}
	require.NoError(t, xml.Unmarshal([]byte(a.Text), &document), a.Text)
	for _, field := range []string{document.CI, document.Code, document.Provider, document.User} {
		require.Equal(t, text, field)
	}
}

// Where a field cannot hold such a text it is refused in order, and read back as text in the refusal too.
func TestAwkwardTextWhereNoneBelongsIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.serveAndRun()
	text, witness := awkward(t)
	w.refused(w.posts(report(text, "fred.luddy", nil)), "Invalid issue code or provider, please provide valid details.")
	w.refused(w.posts(report("quick", "fred.luddy", map[string]any{"provider": text})), "Invalid issue code or provider, please provide valid details.")
	w.refused(w.posts(report("quick", text, nil)), "Could not resolve user from endpoint details, please provide valid details.")
	w.refused(w.posts(report("quick", "fred.luddy", map[string]any{"experience_id": text})), technical)
	w.refused(w.posts(report("quick", "fred.luddy", map[string]any{"investigative_details": text})), technical)
	w.ends(w.accepted(w.posts(onProcess("process", 0, map[string]any{"input_parameters": map[string]string{"process_id": text}}))),
		"closed_incomplete", "no_device")
	w.enrolls(abelsLaptop)
	w.ends(w.accepted(w.posts(onProcess("process", 0, map[string]any{"input_parameters": map[string]string{"process_id": text}}))),
		"closed_incomplete", "invalid_parameters")
	require.NoFileExists(t, witness)
	require.Equal(t, "2", w.value(`SELECT count(*) FROM incident`))
}

// provesVerbatim looks at what the fallback left, and that no shell ran.
func (w *world) provesVerbatim(id, text, witness string) {
	w.t.Helper()
	description := w.incident(id)
	lines := strings.SplitN(text, "\n", 2)
	require.Contains(w.t, description, lines[0]+"\n")
	require.Contains(w.t, description, lines[1])
	for _, column := range []string{"short_description", "assignment_group", "correlation_display"} {
		require.Equal(w.t, text, w.value(`SELECT `+column+` FROM incident WHERE correlation_id = $1`, id), column)
	}
	_, err := os.Stat(witness)
	require.ErrorIs(w.t, err, os.ErrNotExist)
}

// hookHeard are the process ids that the hook was sent.
func (w *world) hookHeard() (heard []string) {
	w.t.Helper()
	for _, call := range w.hook.called() {
		var body struct {
			InputParameters struct {
				ProcessID string `json:"process_id"`
			} `json:"input_parameters"`
		}
		require.NoError(w.t, json.Unmarshal([]byte(call), &body), call)
		heard = append(heard, body.InputParameters.ProcessID)
	}
	require.NotEmpty(w.t, heard)
	return heard
}

func escaped(text string) string {
	var b bytes.Buffer
	if err := xml.EscapeText(&b, []byte(text)); err != nil {
		panic(err)
	}
	return b.String()
}
