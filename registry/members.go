package registry

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
)

// members are the members of a JSON object in their order, each value as its exact text.
type members []member

type member struct {
	name string
	text json.RawMessage
}

// readMembers reads an object; nothing and null are an empty one. Of a name that comes twice the last value counts, as for
// most readers of JSON.
func readMembers(object json.RawMessage) (members, error) {
	object = bytes.TrimSpace(object)
	if len(object) == 0 || string(object) == "null" {
		return nil, nil
	}
	if !json.Valid(object) || object[0] != '{' {
		return nil, errors.New("not an object of JSON")
	}
	d := json.NewDecoder(bytes.NewReader(object))
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	var ms members
	place := map[string]int{} // a reporter may send very many: looking through them for each would never end
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		var text json.RawMessage
		if err := d.Decode(&text); err != nil {
			return nil, err
		}
		i, twice := place[name.(string)]
		if twice {
			ms[i].text = text
			continue
		}
		place[name.(string)] = len(ms)
		ms = append(ms, member{name.(string), text})
	}
	return ms, nil
}

func (ms members) index(name string) int {
	return slices.IndexFunc(ms, func(m member) bool { return m.name == name })
}

func (ms members) has(name string) bool { return ms.index(name) >= 0 }

// get is nil when there is no such member.
func (ms members) get(name string) json.RawMessage {
	if i := ms.index(name); i >= 0 {
		return ms[i].text
	}
	return nil
}

func (ms members) set(name string, text json.RawMessage) members {
	if i := ms.index(name); i >= 0 {
		ms[i].text = text
		return ms
	}
	return append(ms, member{name, text})
}

func (ms members) json() json.RawMessage {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range ms {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(quoted(m.name))
		b.WriteByte(':')
		b.Write(m.text)
	}
	b.WriteByte('}')
	return b.Bytes()
}

// quoted is text as a JSON string. Unlike json.Marshal it leaves <, > and & as they are.
func quoted(text string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.Encode(text) //nolint:errcheck // a string always has a JSON form
	return bytes.TrimSpace(b.Bytes())
}
