// Package demo holds a catalogue to try proactive with. Its accounts have passwords that everybody knows.
package demo

import _ "embed"

// YAML is the catalogue, as registry.Read reads it.
//
//go:embed demo.yaml
var YAML []byte
