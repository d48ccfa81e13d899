package registry

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"proactive/schema"
	"proactive/schema/demo"
)

// FuzzRead: whatever a file holds, reading it ends, and ends in a catalogue or in sentences that say where.
func FuzzRead(f *testing.F) {
	f.Add(demo.YAML)
	if format, err := os.ReadFile("testdata/format.yaml"); err != nil {
		f.Fatal(err)
	} else {
		f.Add(format)
	}
	for _, m := range mistakes {
		f.Add([]byte(m.text))
	}
	for _, n := range nonsense {
		f.Add([]byte(helpful + deploy(n.issue)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, _, err := Read(File{"c.yaml", data})
		var problems Problems
		if err != nil && !errors.As(err, &problems) {
			t.Fatalf("not a list of problems: %v", err)
		}
		for _, p := range problems {
			if p.File != "c.yaml" || p.Text == "" {
				t.Fatalf("a problem without its place: %#v", p)
			}
		}
		if err != nil {
			return
		}
		appliesTwiceAlike(t, c)
		for _, ch := range c.Channels {
			if !json.Valid(ch.Config) {
				t.Fatalf("no JSON: %s", ch.Config)
			}
		}
		for _, n := range c.NotificationContents {
			if n.Translations != nil && !json.Valid(n.Translations) {
				t.Fatalf("no JSON: %s", n.Translations)
			}
		}
		for _, r := range c.Resolutions {
			if !json.Valid(r.Parameters) {
				t.Fatalf("no JSON: %s", r.Parameters)
			}
			if r.Translations != nil && !json.Valid(r.Translations) {
				t.Fatalf("no JSON: %s", r.Translations)
			}
		}
	})
}

// appliesTwiceAlike applies a catalogue to an empty Postgres, and then to one that holds it already.
func appliesTwiceAlike(t *testing.T, c *Catalogue) {
	first := c.check(&schema.Catalogue{})
	decided := first.identify(schema.Catalogue{})
	if len(first.errors) > 0 {
		return
	}
	second := c.check(&decided)
	again := second.identify(decided)
	if len(second.errors) > 0 {
		t.Fatalf("what was applied is refused the second time: %v", second.errors)
	}
	if diff := cmp.Diff(decided, again); diff != "" {
		t.Fatal(diff)
	}
}

// FuzzInputSchema: whatever an action's input_schema says, and whatever a report brings, checking the one by the other ends in JSON
// that fits, or in a sentence. Nothing is loaded, and nothing takes long.
func FuzzInputSchema(f *testing.F) {
	for _, parameters := range []string{`{"process_id":"10644"}`, `{"count":"1e400000000","ids":["1"]}`, `{"any":{"a":[1,null]}}`, `[]`, `{"name":"` + strings.Repeat("a", 100) + `!"}`} {
		f.Add([]byte(ideal), []byte(parameters), true)
		f.Add([]byte(`{"type":"object","required":["process_id"],"additionalProperties":false,"properties":{"process_id":{"type":"string","pattern":"^[0-9]{1,10}$"}}}`), []byte(parameters), false)
		f.Add([]byte(`{"type":"object","properties":{"name":{"pattern":"(a*)*$"},"any":{"$ref":"#"},"count":{"multipleOf":1e-300}},"allOf":[{"$ref":"#/$defs/x"}],"$defs":{"x":{"$ref":"#"}}}`), []byte(parameters), true)
		f.Add([]byte(`{"$ref":"file:///etc/passwd"}`), []byte(parameters), false)
	}
	names := []string{"process_id", "count", "ids", "name", "any", "window"}
	f.Fuzz(func(t *testing.T, inputSchema, reported []byte, isText bool) {
		began := time.Now()
		merged, _, err := Merge(json.RawMessage(`{}`), names, reported, isText, inputSchema)
		if took := time.Since(began); took > 20*time.Second {
			t.Fatalf("%q takes %s", inputSchema, took)
		}
		if err == nil && !json.Valid(merged) {
			t.Fatalf("%s", merged)
		}
		var said *ParameterError
		if errors.As(err, &said) && (said.Reason == "" || strings.Contains(said.Error(), "\n")) {
			t.Fatalf("no sentence: %q", said.Error())
		}
	})
}

// FuzzMerge: whatever a report holds, merging it ends in parameters that are JSON or in an error, and never sets a request's url.
func FuzzMerge(f *testing.F) {
	f.Add([]byte(`{"count":"1","window":{"width":"2"},"ids":"3","url":"x"}`), true)
	f.Add([]byte(`{"gone":null,"share":1e5,"window":{"$secret":"A"}}`), false)
	names := []string{"count", "share", "force", "gone", "name", "ids", "window", "any", "url"}
	f.Fuzz(func(t *testing.T, reported []byte, isText bool) {
		static := json.RawMessage(`{"method":"GET","url":"https://a"}`)
		merged, _, err := MergeHTTPRequest(static, names, reported, isText, json.RawMessage(ideal))
		if err != nil {
			return
		}
		var request struct{ URL string }
		if err := json.Unmarshal(merged, &request); err != nil || request.URL != "https://a" {
			t.Fatalf("%s: %v", merged, err)
		}
	})
}
