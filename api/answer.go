package api

import (
	"bytes"
	"encoding/json"
	"encoding/xml"

	"github.com/gin-gonic/gin"
)

// success is the platform's shape of a good answer.
type success struct {
	XMLName xml.Name `json:"-" xml:"response"`
	Result  any      `json:"result" xml:"result"`
}

// failure is the platform's shape of every other answer; in XML the detail stands first.
type failure struct {
	Error struct {
		Message string `json:"message"`
		Detail  string `json:"detail"`
	} `json:"error"`
	Status string `json:"status"`
}

type failureXML struct {
	XMLName xml.Name `xml:"response"`
	Detail  string   `xml:"error>detail"`
	Message string   `xml:"error>message"`
	Status  string   `xml:"status"`
}

func writeSuccess(c *gin.Context, status int, result any) {
	document := success{Result: result}
	write(c, status, visitOf(c).format, document, document)
}

func writeFailure(c *gin.Context, p *problem) {
	var document failure
	document.Error.Message, document.Error.Detail, document.Status = p.message, p.detail, "failure"
	write(c, p.status, visitOf(c).format, document, failureXML{Message: p.message, Detail: p.detail, Status: "failure"})
}

const xmlHeader = `<?xml version="1.0" encoding="UTF-8"?>`

// write answers with one of two renderings of the same document. That they can be rendered is not left to chance: they are
// structs of strings, numbers and times.
func write(c *gin.Context, status int, f format, inJSON, inXML any) {
	var body bytes.Buffer
	var err error
	if f == asJSON {
		encoder := json.NewEncoder(&body)
		encoder.SetEscapeHTML(false)
		err = encoder.Encode(inJSON)
		body.Truncate(max(0, body.Len()-1)) // the encoder's newline
	} else {
		body.WriteString(xmlHeader)
		err = xml.NewEncoder(&body).Encode(inXML)
	}
	if err != nil {
		panic(err)
	}
	c.Writer.Header().Set("Content-Type", f.contentType())
	c.Writer.WriteHeader(status)
	c.Writer.Write(body.Bytes()) //nolint:errcheck // the caller has gone; there is nobody left to tell
}
