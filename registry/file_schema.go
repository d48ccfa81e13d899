package registry

import _ "embed"

// FileSchema is the JSON Schema (draft 2020-12) of a catalogue's file, for editors. It accepts whatever Read accepts, and some that Read does
// not: it sees no other row, and no database.
//
//go:embed catalogue.schema.json
var FileSchema []byte
