package api

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"proactive/schema"
	"proactive/schema/table"
)

// sayWhatItIs is for a body without a word on what it is, or with a form's: those two a browser sends for somebody else's page, with the
// password that it has kept for us.
const sayWhatItIs = "Send a Content-Type of application/json or application/xml: a form is no record."

// readRecord reads the body: one field each, of JSON or of XML, where ServiceNow has <request><entry>.
func (d *Door) readRecord(c *gin.Context, t *table.Table, shown bool) (map[string]string, error) {
	language, err := syntaxOf(c.Request.Header)
	if err != nil {
		return nil, err
	}
	if language == byFirstCharacter {
		return nil, unsupported(sayWhatItIs)
	}
	body, err := readBody(c.Writer, c.Request, d.config.MaxBody)
	if err != nil {
		return nil, err
	}
	document, fromXML, err := parse(body, language)
	if err != nil {
		return nil, err
	}
	if document[0] != '{' && !(fromXML && string(document) == `""`) {
		return nil, unreadable("The body must be one object with the fields of a record.")
	}
	if !schema.StorableJSON(document) {
		return nil, unreadable("The body holds NUL characters or lone surrogates, which cannot be stored.")
	}
	given := map[string]string{}
	read := func(name string, value json.RawMessage) {
		if _, twice := given[name]; twice && err == nil {
			err = table.Mistakef("%s is given twice: say it once.", strconv.Quote(name))
		}
		if err == nil {
			given[name], err = textOf(t.Field(name), name, value, shown)
		}
	}
	members(document, func(name string, value json.RawMessage) {
		if fromXML && name == "entry" && value[0] == '{' {
			members(value, read)
			return
		}
		read(name, value)
	})
	return given, err
}

// textOf is a value as the text that its field is stored from.
func textOf(f *table.Field, name string, value json.RawMessage, shown bool) (string, error) {
	switch value[0] {
	case '"':
		return decode(value), nil
	case 'n':
		return "", nil
	case '{':
		if f != nil && f.Type == table.JSON {
			return string(value), nil
		}
		return innerText(f, name, value, shown)
	case '[':
		if f != nil && (f.Type == table.JSON || f.Type == table.Texts) {
			return string(value), nil
		}
		var list []string
		if f == nil || f.Type != table.List || json.Unmarshal(value, &list) != nil {
			return "", table.Mistakef("%s must be a text.", name)
		}
		return strings.Join(list, ","), nil
	}
	return string(value), nil
}

// innerText reads what the Table API answers with for a reference: {"link", "value"}, or with sysparm_display_value also "display_value".
func innerText(f *table.Field, name string, object json.RawMessage, shown bool) (text string, err error) {
	parts := map[string]json.RawMessage{}
	members(object, func(part string, value json.RawMessage) { parts[part] = value })
	for _, part := range map[bool][]string{true: {"display_value", "value"}, false: {"value", "display_value"}}[shown] {
		if value := parts[part]; len(value) > 0 && value[0] != '{' {
			return textOf(f, name, value, shown)
		}
	}
	return "", table.Mistakef("%s must be a text, or an object with a value.", name)
}
