package api

import (
	"bytes"
	"unicode/utf8"
)

// mend reads a body as the document prints its example: “{ … }”\ with typographic quotes around it, and in it ("experience_id":
// “09ed4830f393739df33”), and a trailing backslash. A text that was quoted properly keeps its typographic quotes.
func mend(body []byte) []byte {
	body = bytes.TrimSpace(bytes.TrimSuffix(body, []byte(`\`)))
	if r, size := utf8.DecodeRune(body); doubleQuote(r) || r == '‘' {
		if rest := bytes.TrimSpace(body[size:]); len(rest) > 0 && rest[0] == '{' {
			body = rest
		}
	}
	if r, size := utf8.DecodeLastRune(body); doubleQuote(r) || r == '’' {
		if rest := bytes.TrimSpace(body[:len(body)-size]); len(rest) > 0 && rest[len(rest)-1] == '}' {
			body = rest
		}
	}
	return straighten(body)
}

// straighten turns the typographic quotes that delimit a text into straight ones, and no-break spaces between texts, which
// the same word processors make, into spaces.
func straighten(body []byte) []byte {
	mended := make([]byte, 0, len(body))
	var open rune // the quote that began the text we are in
	for i := 0; i < len(body); {
		r, size := utf8.DecodeRune(body[i:])
		switch {
		case open != 0 && r == '\\' && i+1 < len(body):
			escaped, width := utf8.DecodeRune(body[i+1:])
			size += width
			if mended = append(mended, '\\'); doubleQuote(escaped) {
				mended = append(mended, '"')
			} else {
				mended = append(mended, body[i+1:i+size]...)
			}
		case open == '"' && r == '"', open != 0 && open != '"' && (r == '"' || doubleQuote(r)):
			open = 0
			mended = append(mended, '"')
		case open == 0 && (r == '"' || doubleQuote(r)):
			open = r
			mended = append(mended, '"')
		case open == 0 && r == '\u00a0':
			mended = append(mended, ' ')
		default:
			mended = append(mended, body[i:i+size]...)
		}
		i += size
	}
	return mended
}

func doubleQuote(r rune) bool { return r == '“' || r == '”' || r == '„' || r == '‟' }
