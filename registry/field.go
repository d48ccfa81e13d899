package registry

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// field is one field of a row as a file says it.
type field struct {
	name    string
	value   *yaml.Node
	implied bool // a file may leave it out: it is what the reader takes then
	hidden  bool // a credential: only whether it changes is ever shown
}

// shown is the value for people; "" of a document that there is not.
func (f field) shown() string {
	if f.implied && f.value.Tag == "" && f.value.Value == "null" {
		return ""
	}
	return shownNode(f.value)
}

// fields are the fields of one row, in the order in which people write them. Each method mirrors one of object's.
type fields []field

func (fs *fields) add(name string, value *yaml.Node, implied bool) {
	*fs = append(*fs, field{name: name, value: value, implied: implied})
}

func (fs *fields) text(name, text string) { fs.choice(name, text, "") }

// choice is text that absent stands for when the field is left out.
func (fs *fields) choice(name, text, absent string) { fs.add(name, textNode(text), text == absent) }

func (fs *fields) flag(name string, b, absent bool) {
	fs.add(name, plainNode(strconv.FormatBool(b)), b == absent)
}

func (fs *fields) number(name string, n, absent int) {
	fs.add(name, plainNode(strconv.Itoa(n)), n == absent)
}

func (fs *fields) duration(name string, d, absent time.Duration) {
	fs.add(name, plainNode(durationText(d)), d == absent)
}

func (fs *fields) texts(name string, texts []string) { fs.add(name, listNode(texts), len(texts) == 0) }

// json is an object; nil or absent when it is left out.
func (fs *fields) json(name string, text json.RawMessage, absent string) {
	fs.add(name, jsonNode(text), len(text) == 0 || string(text) == absent)
}

// credential is known by what it is stored as, which is never shown.
func (fs *fields) credential(name string, stored string) {
	*fs = append(*fs, field{name: name, value: textNode(stored), implied: stored == "", hidden: true})
}

// durationText is a duration as people write it: 5m and not 5m0s.
func durationText(d time.Duration) string {
	text := d.String()
	for _, empty := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, empty) {
			text = text[:len(text)-len("0s")]
		}
	}
	return text
}
