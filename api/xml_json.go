package api

import "bytes"

// appendJSON renders what is in the element. Text beside elements is kept as "#text".
func (e *element) appendJSON(to []byte) []byte {
	if len(e.children) == 0 {
		return appendString(to, e.text)
	}
	to = append(to, '{')
	for i, same := range e.byName() {
		if i > 0 {
			to = append(to, ',')
		}
		to = appendString(to, []byte(same[0].name))
		to = append(to, ':')
		to = appendValues(to, same)
	}
	if text := bytes.TrimSpace(e.text); len(text) > 0 {
		to = append(to, `,"#text":`...)
		to = appendString(to, text)
	}
	return append(to, '}')
}

// byName gathers the children of one name, in the order in which the names first appear.
func (e *element) byName() [][]*element {
	var groups [][]*element
	place := make(map[string]int, len(e.children))
	for _, child := range e.children {
		i, known := place[child.name]
		if !known {
			i = len(groups)
			place[child.name] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], child)
	}
	return groups
}

func appendValues(to []byte, same []*element) []byte {
	if len(same) == 1 {
		return same[0].appendJSON(to)
	}
	to = append(to, '[')
	for i, e := range same {
		if i > 0 {
			to = append(to, ',')
		}
		to = e.appendJSON(to)
	}
	return append(to, ']')
}

// appendString renders valid UTF-8 as a JSON string. Of the control characters XML has three.
func appendString(to, text []byte) []byte {
	to = append(to, '"')
	for _, b := range text {
		switch b {
		case '"', '\\':
			to = append(to, '\\', b)
		case '\n':
			to = append(to, '\\', 'n')
		case '\r':
			to = append(to, '\\', 'r')
		case '\t':
			to = append(to, '\\', 't')
		default:
			to = append(to, b)
		}
	}
	return append(to, '"')
}
