package endurance

import (
	"context"
	"crypto/sha256"
	"io"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strings"
	"sync"
	"time"

	"proactive/devstack/mailbox"
)

// people read their mail, follow the links in it and answer, in a browser without JavaScript.
type people struct {
	apis [2]string
	http *http.Client

	mu    sync.Mutex
	links map[string][]string       // by address: the paths of the links in their mails
	mails map[[sha256.Size]byte]int // by the hash of the link's secret: how many mails there were with it
}

func newPeople(apis [2]string) *people {
	return &people{apis: apis, http: &http.Client{Timeout: 10 * time.Second}, links: map[string][]string{}, mails: map[[sha256.Size]byte]int{}}
}

// gets is told of every mail that arrives.
func (p *people) gets(m mailbox.Message) {
	if len(m.Links) == 0 || len(m.To) == 0 {
		return
	}
	link, err := url.Parse(m.Links[0])
	if err != nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.links[m.To[0]] = append(p.links[m.To[0]], link.Path)
	p.mails[sha256.Sum256([]byte(path.Base(link.Path)))]++
}

// received is how many mails there were with each secret.
func (p *people) received() map[[sha256.Size]byte]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := make(map[[sha256.Size]byte]int, len(p.mails))
	for hash, n := range p.mails {
		all[hash] = n
	}
	return all
}

// mails of a person so far.
func (p *people) mailsOf(person string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.links[person+"@example.com"]
}

// interest is for how long somebody looks for the next question.
const interest = 45 * time.Second

// answer gives the replies of an errand, one after the other, each when it is asked for, and tells which were heard. Mails that the
// person had before are about something else.
func (p *people) answer(ctx context.Context, e errand, before int) (t talk) {
	for _, reply := range e.Replies {
		sleep(ctx, e.Thinks)
		switch p.say(ctx, e, before, reply) {
		case accepted:
			if t.Unclear != "" { // the next question followed, so it was heard
				t.Heard, t.Unclear = append(t.Heard, t.Unclear), ""
			}
			t.Heard = append(t.Heard, reply)
		case unclear:
			t.Unclear = reply
		default:
			return t
		}
	}
	return t
}

// say gives a reply as soon as the page asks for it: accepted when that was acknowledged, unclear when it is not known whether it was
// heard, strange when it was never asked for.
func (p *people) say(ctx context.Context, e errand, before int, reply string) said {
	result, over := strange, time.Now().Add(interest)
	for api := e.API; time.Now().Before(over) && sleep(ctx, asksBack); api++ {
		links := p.mailsOf(e.Person)
		if len(links) == before {
			continue
		}
		at := p.apis[api%2] + links[len(links)-1]
		status, page := p.opens(at)
		if status != http.StatusOK {
			continue
		}
		if !strings.Contains(page, `name="reply" value="`+reply+`"`) {
			if result == unclear {
				return unclear
			}
			continue
		}
		if p.posts(at, page, reply) == http.StatusOK {
			return accepted
		}
		result = unclear // also a conflict: the service may have tried again what had been committed, and found it done
	}
	return result
}

// opens reads a page; status 0 is no answer.
func (p *people) opens(at string) (status int, page string) {
	response, err := p.http.Get(at)
	return read(response, err)
}

var field = regexp.MustCompile(`name="(csrf|step)" value="([^"]+)"`)

func (p *people) posts(at, page, reply string) (status int) {
	form := url.Values{"reply": {reply}}
	for _, found := range field.FindAllStringSubmatch(page, -1) {
		form.Set(found[1], found[2])
	}
	response, err := p.http.PostForm(at, form)
	status, _ = read(response, err)
	return status
}

func read(response *http.Response, err error) (int, string) {
	if err != nil {
		return 0, ""
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, ""
	}
	return response.StatusCode, string(text)
}
