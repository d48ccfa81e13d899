package schema

import (
	"bytes"
	"strings"
)

// StorableJSON tells whether every text in a valid JSON value, keys too, can be kept: Postgres has no NUL character, and a lone
// surrogate is no character at all. Both can be in JSON only as \u escapes.
func StorableJSON(text []byte) bool {
	for {
		i := bytes.IndexByte(text, '\\')
		if i < 0 {
			return true
		}
		if text[i+1] != 'u' {
			text = text[i+2:]
			continue
		}
		unit := hex4(text[i+2:])
		text = text[i+6:]
		switch {
		case unit == 0, unit >= 0xDC00 && unit <= 0xDFFF:
			return false
		case unit >= 0xD800 && unit <= 0xDBFF:
			if len(text) < 6 || text[0] != '\\' || text[1] != 'u' || hex4(text[2:])&0xFC00 != 0xDC00 {
				return false
			}
			text = text[6:]
		}
	}
}

// hex4 reads the four digits of an escape in valid JSON.
func hex4(digits []byte) (unit uint32) {
	for _, b := range digits[:4] {
		switch {
		case b <= '9':
			b -= '0'
		case b <= 'F':
			b -= 'A' - 10
		default:
			b -= 'a' - 10
		}
		unit = unit<<4 | uint32(b)
	}
	return unit
}

// Storable is a text without what no row can hold: a NUL character, or bytes that are no UTF-8.
func Storable(text string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", "\uFFFD"), "\uFFFD")
}
