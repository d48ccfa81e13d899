package journey

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/stretchr/testify/require"
)

// person is somebody who was sent a link, without JavaScript.
type person struct {
	w    *world
	link string
}

// page is what a person sees.
type page struct {
	Status int
	Header http.Header
	Text   string
}

// asks tells whether the page lets the person give a reply.
func (p page) asks(reply string) bool {
	return strings.Contains(p.Text, `name="reply" value="`+reply+`"`)
}

// field is the value of a hidden field.
func (p page) field(name string) string {
	if found := regexp.MustCompile(`name="` + name + `" value="([^"]+)"`).FindStringSubmatch(p.Text); found != nil {
		return found[1]
	}
	return ""
}

var browserless = &http.Client{Timeout: time.Minute}

// opens reads the page.
func (p person) opens() page {
	p.w.t.Helper()
	response, err := browserless.Get(p.link)
	require.NoError(p.w.t, err)
	return p.reads(response)
}

func (p person) reads(response *http.Response) page {
	p.w.t.Helper()
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(p.w.t, err)
	return page{response.StatusCode, response.Header, string(text)}
}

// answers gives a reply on the page as it is, with further fields name=value, and gives the page that follows.
func (p person) answers(on page, reply string, more ...string) page {
	p.w.t.Helper()
	form := url.Values{"csrf": {on.field("csrf")}, "step": {on.field("step")}, "reply": {reply}}
	for _, field := range more {
		name, value, _ := strings.Cut(field, "=")
		form.Set(name, value)
	}
	response, err := browserless.PostForm(p.link, form)
	require.NoError(p.w.t, err)
	return p.reads(response)
}

// says waits until the page asks for a reply, gives it, and gives the page that follows.
func (p person) says(reply string, more ...string) page {
	p.w.t.Helper()
	var now page
	eventually(p.w.t, "the page lets the person say "+reply, func() bool {
		now = p.opens()
		return now.asks(reply)
	})
	after := p.answers(now, reply, more...)
	require.Equal(p.w.t, http.StatusOK, after.Status, after.Text)
	return after
}
