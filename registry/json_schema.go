package registry

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// compiled remembers schemas by their text. An action's schema is the same for every report, and compiling one takes about as
// long as everything else that is done about a report.
var compiled = schemaCache{schemas: map[string]*jsonschema.Schema{}}

// maxCompiled bounds the cache; when it is full it is emptied, as a catalogue with that many schemas is rare.
const maxCompiled = 512

type schemaCache struct {
	mu      sync.Mutex
	schemas map[string]*jsonschema.Schema
}

func (c *schemaCache) get(text json.RawMessage) (*jsonschema.Schema, error) {
	key := string(text)
	c.mu.Lock()
	schema := c.schemas[key]
	c.mu.Unlock()
	if schema != nil {
		return schema, nil
	}
	schema, err := compile(text)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.schemas) >= maxCompiled {
		clear(c.schemas)
	}
	c.schemas[key] = schema
	return schema, nil
}

// schemaURL names the schema to the library; a relative $ref in it becomes another name below, which is not loaded.
const schemaURL = "mem:///input_schema.json"

// compile reads a JSON Schema (draft 2020-12 unless it says otherwise). It loads nothing from elsewhere.
func compile(text json.RawMessage) (*jsonschema.Schema, error) {
	doc, err := decode(text)
	if err != nil {
		return nil, err
	}
	if _, ok := doc.(map[string]any); !ok {
		return nil, errors.New("a JSON Schema is an object")
	}
	if err := checkNumbers(doc); err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.UseLoader(noLoader{})
	if err := c.AddResource(schemaURL, doc); err != nil {
		return nil, fmt.Errorf("this is no valid JSON Schema: %w", err)
	}
	schema, err := c.Compile(schemaURL)
	if err != nil {
		return nil, fmt.Errorf("this is no valid JSON Schema: %s", oneLine(err))
	}
	return schema, nil
}

// noLoader refuses every reference that leaves the schema: a catalogue must not make us read files or call addresses.
type noLoader struct{}

func (noLoader) Load(url string) (any, error) {
	return nil, fmt.Errorf("it refers to %s: only references within the schema itself (#/…) are followed", strings.TrimPrefix(url, "mem:///"))
}

// oneLine makes the library's report, one cause a line, a sentence.
func oneLine(err error) string {
	lines := strings.Split(err.Error(), "\n")
	if len(lines) > 1 {
		lines = lines[1:]
	}
	for i, line := range lines {
		lines[i] = strings.TrimLeft(line, "- ")
	}
	return strings.ReplaceAll(strings.Join(lines, "; "), schemaURL, "")
}

// decode reads one JSON value and keeps numbers as their text.
func decode(text json.RawMessage) (any, error) {
	return jsonschema.UnmarshalJSON(bytes.NewReader(text))
}
