package api

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/gin-gonic/gin"

	"proactive/schema"
	"proactive/wording"
)

// pageHeaders keep a page to itself: it loads what is ours, it stands in no frame, and no other site, cache or search engine
// learns of its link. visit.go adds no-store and nosniff.
var pageHeaders = map[string]string{
	"Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; " +
		"form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
	"Referrer-Policy":              "no-referrer",
	"X-Frame-Options":              "DENY",
	"X-Robots-Tag":                 "noindex",
	"Cross-Origin-Opener-Policy":   "same-origin",
	"Cross-Origin-Resource-Policy": "same-origin",
}

// stayWithTLS is for a year: browsers that were here over TLS come back over TLS alone.
const stayWithTLS = "max-age=31536000"

func (d *Door) pageHeaders(c *gin.Context) {
	h := c.Writer.Header()
	for name, value := range pageHeaders {
		h.Set(name, value)
	}
	if d.config.TLSCert != "" {
		h.Set("Strict-Transport-Security", stayWithTLS)
	}
}

// writePage shows how a conversation stands, and why the last reply did not act.
func (d *Door) writePage(c *gin.Context, status int, view schema.View, why schema.ReplyRefusal) {
	token := c.Param("token")
	var page bytes.Buffer
	form := wording.Form{Action: pagePath(token), CSRF: formProof(token), Refusal: why}
	if err := wording.Page(&page, view, form, time.Now()); err != nil {
		fail(c, fmt.Errorf("write the page of %s: %w", view.ExperienceID, err))
		return
	}
	writeHTML(c, status, page.Bytes())
}

// pagePath is where the page of a token is.
func pagePath(token string) string { return schema.ConversationPath + url.PathEscape(token) }

// writeProblemPage answers a person with a page that tells nothing but whether coming again helps.
func writeProblemPage(c *gin.Context, p *problem) {
	say := wording.FaultPage
	if p.status == http.StatusNotFound || p.status == http.StatusMethodNotAllowed {
		say = wording.NotFoundPage
	}
	var page bytes.Buffer
	if err := say(&page); err != nil {
		panic(err) // there is nothing in it that could be missing
	}
	writeHTML(c, p.status, page.Bytes())
}

func writeHTML(c *gin.Context, status int, page []byte) {
	c.Writer.Header().Set("Content-Type", "text/html;charset=UTF-8")
	c.Writer.WriteHeader(status)
	c.Writer.Write(page) //nolint:errcheck // the person has gone; there is nobody left to tell
}

// asset is a stylesheet or a script of the pages. Its name changes with its content, so a browser keeps it for good.
func (d *Door) asset(c *gin.Context) {
	content, contentType, known := wording.Asset(c.Param("name"))
	if !known {
		fail(c, schema.ErrNoRecord)
		return
	}
	c.Writer.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	c.Writer.Header().Set("Content-Type", contentType)
	c.Writer.WriteHeader(http.StatusOK)
	c.Writer.Write(content) //nolint:errcheck // the person has gone; there is nobody left to tell
}
