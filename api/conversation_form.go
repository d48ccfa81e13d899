package api

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"proactive/schema"
)

// maxForm bounds what a page's form holds, in bytes: a comment of schema.MaxComment characters fits in any script.
const maxForm = 16 << 10

// readReply reads what a person says by a form of their page. Only the body counts, never the query.
func (d *Door) readReply(c *gin.Context) (schema.Reply, *problem) {
	form, p := readForm(c)
	if p != nil {
		return schema.Reply{}, p
	}
	if !d.fromUs(c.Request) || !hmac.Equal([]byte(form.Get("csrf")), []byte(formProof(c.Param("token")))) {
		return schema.Reply{}, &problem{status: http.StatusForbidden, message: "Not a form of this page"}
	}
	reply, clear := replyOf(form)
	if !clear {
		return schema.Reply{}, replyProblem(schema.ReplyUnclear)
	}
	return reply, nil
}

// readForm reads the body as a browser writes a form.
func readForm(c *gin.Context) (url.Values, *problem) {
	media, _, err := mime.ParseMediaType(c.GetHeader("Content-Type"))
	if err != nil || media != "application/x-www-form-urlencoded" || c.GetHeader("Content-Encoding") != "" {
		return nil, unsupported("Send a Content-Type of application/x-www-form-urlencoded.")
	}
	body, err := readBody(c.Writer, c.Request, maxForm)
	if err != nil {
		return nil, problemOf(err, false)
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, replyProblem(schema.ReplyUnclear)
	}
	return form, nil
}

// formProof is what every form of a token's page carries. It can be computed from the token alone, and the token is known only to
// who has the link: so it proves that whoever made the browser post here has the link, as the person has who read the page. A
// click that is forged elsewhere lacks it, and so does a tool that posts to whatever link it meets.
func formProof(token string) string {
	mac := hmac.New(sha256.New, []byte(token))
	mac.Write([]byte("csrf"))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// fromUs tells whether a browser sent a form from one of our pages, as far as it says. As our pages ask for no referrer, browsers
// say "null" for the origin of our own forms (Fetch, "append a request Origin header").
func (d *Door) fromUs(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" {
		return false
	}
	origin := r.Header.Get("Origin")
	if origin == "" || origin == "null" {
		return true
	}
	if public, err := url.Parse(d.config.PublicURL); err == nil && public.Host != "" && strings.EqualFold(origin, public.Scheme+"://"+public.Host) {
		return true
	}
	from, err := url.Parse(origin)
	return err == nil && from.Host == r.Host
}

// replyOf is the form as a reply; false when it is none: a field is there twice, the reply is none of the list, or a number is
// none. Everything else is judged by what is asked.
func replyOf(form url.Values) (schema.Reply, bool) {
	for _, values := range form {
		if len(values) > 1 {
			return schema.Reply{}, false
		}
	}
	reply := schema.Reply{
		Kind:    schema.ReplyKind(form.Get("reply")),
		Later:   schema.Postponement(form.Get("later")),
		Code:    form.Get("code"),
		Comment: schema.Storable(strings.ReplaceAll(form.Get("comment"), "\r\n", "\n")), // a browser counts a line's end as one character
	}
	for name, number := range map[string]*int{"step": &reply.Step, "rating": &reply.Rating} {
		if text := form.Get(name); text != "" {
			var err error
			if *number, err = strconv.Atoi(text); err != nil {
				return schema.Reply{}, false
			}
		}
	}
	return reply, reply.Kind.Known()
}
