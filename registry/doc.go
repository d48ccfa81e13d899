// Package registry is the catalogue as data: it reads it from YAML, checks it, applies it to a store, and checks what an action
// is about to get against the action's JSON Schema.
//
// It knows no SQL, no HTTP and no Temporal; what it needs of the store it says as a small interface beside its use.
package registry
