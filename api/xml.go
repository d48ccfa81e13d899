package api

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// readXML reads one root element of any name as a JSON text in which every element is a key: with elements in it an object,
// otherwise its text; elements of one name in one place become a list where the first stood. Attributes, comments and
// processing instructions say nothing. There is no DTD, and no entity beyond XML's own five.
func readXML(body []byte) ([]byte, error) {
	root, err := readElements(body)
	if err != nil {
		if p := (*problem)(nil); errors.As(err, &p) {
			return nil, p
		}
		return nil, unreadable("The body is not valid XML: " + err.Error() + ".")
	}
	document := root.appendJSON(nil)
	if depth(document) > maxDepth {
		return nil, tooDeep()
	}
	return document, nil
}

// element is a node of the body.
type element struct {
	name     string
	text     []byte
	children []*element
}

func readElements(body []byte) (root *element, err error) {
	decoder := xml.NewDecoder(bytes.NewReader(body))
	decoder.CharsetReader = onlyUTF8
	var open []*element
	for {
		start := decoder.InputOffset()
		token, err := decoder.Token()
		if err == io.EOF && root != nil {
			return root, nil
		}
		if err != nil {
			return nil, err
		}
		switch t := token.(type) {
		case xml.Directive:
			return nil, errors.New("a DTD is not accepted")
		case xml.StartElement:
			e := &element{name: t.Name.Local}
			switch {
			case len(open) > 0:
				parent := open[len(open)-1]
				parent.children = append(parent.children, e)
			case root != nil:
				return nil, errors.New("there is more than one root element")
			default:
				root = e
			}
			if open = append(open, e); len(open) > maxDepth+1 { // the innermost holds a text, and is no level
				return nil, tooDeep()
			}
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if err := referencesAreCharacters(body[start:decoder.InputOffset()]); err != nil {
				return nil, err
			}
			if len(open) > 0 {
				open[len(open)-1].text = append(open[len(open)-1].text, t...)
			} else if len(bytes.TrimSpace(t)) > 0 {
				return nil, errors.New("there is text outside the root element")
			}
		}
	}
}

// onlyUTF8 is asked for every declared encoding but UTF-8.
func onlyUTF8(charset string, input io.Reader) (io.Reader, error) {
	if strings.EqualFold(charset, "us-ascii") {
		return input, nil
	}
	return nil, fmt.Errorf("the encoding %s is not accepted, only UTF-8", strconv.Quote(charset))
}

// referencesAreCharacters finds what encoding/xml lets pass: &#xD800; and the like, which it turns into U+FFFD.
func referencesAreCharacters(raw []byte) error {
	if bytes.HasPrefix(raw, []byte("<![CDATA[")) {
		return nil
	}
	for {
		_, after, found := bytes.Cut(raw, []byte("&#"))
		if !found {
			return nil
		}
		digits, rest, _ := bytes.Cut(after, []byte(";"))
		base := 10
		if hex, is := bytes.CutPrefix(digits, []byte("x")); is {
			digits, base = hex, 16
		}
		if code, err := strconv.ParseUint(string(digits), base, 32); err != nil || code >= 0xD800 && code <= 0xDFFF {
			return errors.New("a character reference names no character")
		}
		raw = rest
	}
}
