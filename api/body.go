package api

import (
	"bytes"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"
)

// syntax is the language of a request's body.
type syntax int

const (
	byFirstCharacter syntax = iota // < is XML, everything else JSON
	inJSON
	inXML
)

// syntaxOf reads Content-Type. Missing, or what plain curl --data sends, leaves it to the body's first character.
func syntaxOf(header http.Header) (syntax, error) {
	if coding := header.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return 0, unsupported("Send the body without a Content-Encoding.")
	}
	contentType := header.Get("Content-Type")
	if strings.TrimSpace(contentType) == "" {
		return byFirstCharacter, nil
	}
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) {
		return 0, unsupported("Send a Content-Type of application/json or application/xml.")
	}
	switch {
	case media == "application/x-www-form-urlencoded":
		return byFirstCharacter, nil
	case media == "application/json", strings.HasSuffix(media, "+json"):
		return inJSON, nil
	case media == "application/xml", media == "text/xml", strings.HasSuffix(media, "+xml"):
		return inXML, nil
	}
	return 0, unsupported("Send a Content-Type of application/json or application/xml.")
}

// readBody reads the whole body: valid UTF-8, no more than limit bytes, without a byte order mark and surrounding blanks.
func readBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	tooLarge := unreadable(fmt.Sprintf("The body is larger than %d bytes.", limit))
	if r.ContentLength > limit {
		return nil, tooLarge
	}
	var body bytes.Buffer
	if r.ContentLength > 0 {
		body.Grow(int(r.ContentLength) + bytes.MinRead) // so that reading to the end does not grow it again
	}
	if _, err := body.ReadFrom(http.MaxBytesReader(w, r.Body, limit)); err != nil {
		if _, over := errors.AsType[*http.MaxBytesError](err); over {
			return nil, tooLarge
		}
		return nil, unreadable("The body ended before it was complete.")
	}
	if !utf8.Valid(body.Bytes()) {
		return nil, unreadable("The body is not valid UTF-8.")
	}
	return bytes.TrimSpace(bytes.TrimPrefix(body.Bytes(), []byte("\ufeff"))), nil
}

// parse leads a body to the one foreign shape, a JSON text that is valid and not too deep. An empty body is not broken, it
// says nothing: it becomes {} and is then refused for what it lacks.
func parse(body []byte, s syntax) (document []byte, fromXML bool, err error) {
	if len(body) == 0 {
		return []byte("{}"), false, nil
	}
	if s == inXML || s == byFirstCharacter && body[0] == '<' {
		document, err = readXML(body)
		return document, true, err
	}
	document, err = readJSON(body)
	return document, false, err
}
