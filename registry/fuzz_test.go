package registry

import (
	"encoding/json"
	"errors"
	"os"
	"testing"

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
		c.check(&schema.Catalogue{})
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
