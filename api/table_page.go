package api

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"proactive/schema/table"
)

// page is an answer of rows in the making, in the format of the visit. Each row is written as it comes, so that what is kept of it is
// what is sent.
type page struct {
	c    *gin.Context
	view view
	json bool
	base string // of links
	rows [][]byte
	size int // bytes
	next bytes.Buffer
}

// maxPage bounds an answer, in bytes.
const maxPage = 32 << 20

func (d *Door) newPage(c *gin.Context, v view) *page {
	return &page{c: c, view: v, json: visitOf(c).format == asJSON, base: d.base(c)}
}

// base is where callers reach us, for links.
func (d *Door) base(c *gin.Context) string {
	if d.config.PublicURL != "" {
		return strings.TrimRight(d.config.PublicURL, "/")
	}
	if c.Request.TLS != nil {
		return "https://" + c.Request.Host
	}
	return "http://" + c.Request.Host
}

// add writes a row.
func (p *page) add(values []table.Value) error {
	p.next.Reset()
	if p.json {
		p.addJSON(values)
	} else {
		p.addXML(values)
	}
	p.rows = append(p.rows, bytes.Clone(p.next.Bytes()))
	if p.size += p.next.Len(); p.size > maxPage {
		return table.Mistakef("The answer would have more than %d MiB: ask for fewer rows with %s, or for fewer fields with %s.", maxPage>>20, paramLimit, paramFields)
	}
	return nil
}

// addTagged writes the one row, and says which version of it this is: what is behind the fields of the answer is its sys_mod_count.
func (p *page) addTagged(values []table.Value) error {
	if len(values) > len(p.view.fields) {
		p.c.Writer.Header().Set("ETag", strconv.Quote(values[len(values)-1].Value))
	}
	return p.add(values)
}

// part is one of the texts that a value is made of. A value with one part that has no name is that text.
type part struct{ name, text string }

// parts are the forms of the Table API: a text, or of a reference a link beside it; with sysparm_display_value=all both texts.
func (p *page) parts(path table.Path, v table.Value) []part {
	display, link := path.Field.Shown(v.Value), ""
	if path.Field.Type == table.Reference {
		display = v.Display
		if v.Value != "" && !p.view.linkless {
			link = p.base + "/api/now/table/" + path.Field.Refers + "/" + url.PathEscape(v.Value)
		}
	}
	first := part{"value", v.Value}
	if p.view.displays != storedValues {
		first = part{"display_value", display}
	}
	if p.view.displays != bothValues && link == "" {
		return []part{{"", first.text}}
	}
	all := []part{first}
	if link != "" {
		all = append(all, part{"link", link})
	}
	if p.view.displays == bothValues {
		all = append(all, part{"value", v.Value})
	}
	return all
}

func (p *page) addJSON(values []table.Value) {
	p.next.WriteByte('{')
	for i, path := range p.view.fields {
		if i > 0 {
			p.next.WriteByte(',')
		}
		p.text(path.String())
		p.next.WriteByte(':')
		parts := p.parts(path, values[i])
		if parts[0].name == "" {
			p.text(parts[0].text)
			continue
		}
		for j, part := range parts {
			p.next.WriteByte("{,"[min(j, 1)])
			p.text(part.name)
			p.next.WriteByte(':')
			p.text(part.text)
		}
		p.next.WriteByte('}')
	}
	p.next.WriteByte('}')
}

// text writes a JSON string.
func (p *page) text(s string) {
	encoder := json.NewEncoder(&p.next)
	encoder.SetEscapeHTML(false)
	encoder.Encode(s)                 // a string can always be written, and so can a buffer
	p.next.Truncate(p.next.Len() - 1) // the encoder's newline
}

func (p *page) addXML(values []table.Value) {
	p.next.WriteString("<result>")
	for i, path := range p.view.fields {
		p.open(path.String())
		for _, part := range p.parts(path, values[i]) {
			if part.name != "" {
				p.open(part.name)
			}
			xml.EscapeText(&p.next, []byte(part.text)) //nolint:errcheck // a buffer can always be written
			if part.name != "" {
				p.close(part.name)
			}
		}
		p.close(path.String())
	}
	p.next.WriteString("</result>")
}

func (p *page) open(name string)  { p.next.WriteString("<" + name + ">") }
func (p *page) close(name string) { p.next.WriteString("</" + name + ">") }

// write answers with a list.
func (p *page) write(status int) {
	begin, comma, end := xmlHeader+"<response>", "", "</response>"
	if p.json {
		begin, comma, end = `{"result":[`, ",", `]}`
	}
	p.send(status, begin, comma, end)
}

// writeOne answers with the one row.
func (p *page) writeOne(status int) {
	begin, end := xmlHeader+"<response>", "</response>"
	if p.json {
		begin, end = `{"result":`, `}`
	}
	p.send(status, begin, "", end)
}

func (p *page) send(status int, begin, comma, end string) {
	p.c.Writer.Header().Set("Content-Type", visitOf(p.c).format.contentType())
	p.c.Writer.WriteHeader(status)
	p.c.Writer.WriteString(begin) //nolint:errcheck // the caller has gone; there is nobody left to tell
	for i, row := range p.rows {
		if i > 0 {
			p.c.Writer.WriteString(comma) //nolint:errcheck // as above
		}
		if _, err := p.c.Writer.Write(row); err != nil {
			return
		}
	}
	p.c.Writer.WriteString(end) //nolint:errcheck // as above
}

// pageHeader says how many rows there are, and where the other pages are.
func (d *Door) pageHeader(c *gin.Context, l listing, read, total int) {
	if total >= 0 {
		c.Writer.Header().Set("X-Total-Count", strconv.Itoa(total))
	}
	if l.quiet {
		return
	}
	limit, offset := l.selection.Limit, l.selection.Offset
	prev, last := max(0, offset-limit), max(0, total-1)/limit*limit
	if total >= 0 {
		prev = min(prev, last) // from beyond the end back to where there are rows
	}
	links := []string{d.pageLink(c, l, 0, "first")}
	if offset > 0 {
		links = append(links, d.pageLink(c, l, prev, "prev"))
	}
	if total < 0 && read == limit || offset+read < total && read > 0 {
		links = append(links, d.pageLink(c, l, offset+limit, "next"))
	}
	if total >= 0 {
		links = append(links, d.pageLink(c, l, last, "last"))
	}
	c.Writer.Header().Set("Link", strings.Join(links, ","))
}

func (d *Door) pageLink(c *gin.Context, l listing, offset int, rel string) string {
	query := url.Values{}
	for name, values := range l.query {
		query[name] = values
	}
	query.Set(paramLimit, strconv.Itoa(l.selection.Limit))
	query.Set(paramOffset, strconv.Itoa(offset))
	return fmt.Sprintf(`<%s%s?%s>;rel="%s"`, d.base(c), c.Request.URL.EscapedPath(), query.Encode(), rel)
}
