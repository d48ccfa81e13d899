package browser

import (
	"bytes"
	"maps"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"proactive/schema"
	"proactive/wording"
)

// policy is the Content-Security-Policy that pages are served with.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; " +
	"base-uri 'none'; frame-ancestors 'none'"

// gallery serves previews, each at its language and name.
func gallery(t *testing.T, previews map[string]string) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if content, contentType, found := wording.Asset(path.Base(r.URL.Path)); found {
			w.Header().Set("Content-Type", contentType)
			w.Write(content) //nolint:errcheck // the test sees what is missing
			return
		}
		if strings.HasSuffix(r.URL.Path, "/events") {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if !strings.HasPrefix(r.URL.Path, "/mail-") { // programs for mail have policies of their own
			w.Header().Set("Content-Security-Policy", policy)
		}
		w.Write([]byte(previews[strings.TrimPrefix(r.URL.Path, "/")])) //nolint:errcheck // the test sees what is missing
	}))
	t.Cleanup(server.Close)
	return server
}

// everyPage is every different page that any registry row can have, in every language, and the two that no issue has.
func everyPage(t *testing.T) map[string]string {
	t.Helper()
	all, seen := map[string]string{}, map[string]bool{}
	for _, language := range []string{"en", "de"} {
		rows := registryRows(language)
		for _, kind := range slices.Sorted(maps.Keys(rows)) {
			v := rows[kind]
			previews, err := wording.Previews(v, time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC))
			require.NoError(t, err)
			for _, p := range previews {
				if p.Kind == wording.PreviewPage && !seen[p.HTML] {
					all[language+"-"+kind+"-"+p.Name], seen[p.HTML] = p.HTML, true
				}
			}
		}
	}
	var missing, broken bytes.Buffer
	require.NoError(t, wording.NotFoundPage(&missing))
	require.NoError(t, wording.FaultPage(&broken))
	all["not-found"], all["fault"] = missing.String(), broken.String()
	return all
}

// registryRows are registry rows of every kind.
func registryRows(language string) map[string]schema.View {
	row := func(mode schema.Engagement, resolution schema.ResolutionType) schema.View {
		return schema.View{
			Organisation: "Example Service Desk", Contact: "+49 30 1234567", Language: language, TimeZone: "Europe/Berlin",
			Provider: "ServiceNow", IssueCode: "100", Found: "High CPU usage",
			Prompt: "Your computer is busy with one program. May we help?", ConsentText: "We would end that program. Unsaved work in it is lost.",
			Instructions: []string{"Empty the trash.", "Start your computer again."}, URL: "https://help.example.com/disk/full",
			Conversation: schema.Conversation{Mode: mode, Resolution: resolution, Times: schema.ConversationTimes{
				Accept: 8 * time.Hour, Consent: 2 * time.Hour, Confirm: 2 * time.Hour, Feedback: 10 * time.Minute}},
		}
	}
	sensitive := row(schema.Engage, schema.ResolveByAction)
	sensitive.Conversation.Consent, sensitive.Conversation.Sensitive = true, true
	return map[string]schema.View{
		"sensitive": sensitive,
		"self-help": row(schema.Engage, schema.ResolveBySelfHelp),
		"url":       row(schema.Engage, schema.ResolveByURL),
		"incident":  row(schema.Engage, schema.ResolveByIncident),
		"tip":       row(schema.NotifyOnly, schema.ResolveBySelfHelp),
	}
}

// Each page is looked at twice: on a phone and at a desk, once light and once dark; the next page the other way round.
func TestEveryPageIsAccessibleHoweverItIsLookedAt(t *testing.T) {
	program := Axe(t)
	pages := everyPage(t)
	server := gallery(t, pages)
	names := slices.Sorted(maps.Keys(pages))
	for half := range slices.Chunk(names, (len(names)+1)/2) { // each in a browser of its own, as that takes a while
		t.Run("from "+half[0], func(t *testing.T) {
			t.Parallel()
			b := New(t)
			for i, name := range half {
				for _, as := range []Look{{Width: Phone, Dark: i%2 == 0}, {Width: Desk, Dark: i%2 == 1}} {
					lookAt(t, b.Open(server.URL+"/"+name, as), program, name+"-"+as.String())
				}
			}
		})
	}
}

// lookAt looks for barriers and takes a picture, and closes the page.
func lookAt(t *testing.T, p *Page, axe, name string) {
	t.Helper()
	for _, f := range p.Findings(axe) {
		assert.Fail(t, "axe-core finds", "%s: %s", name, f)
	}
	assert.Empty(t, p.Heard(), "%s: what the browser complains about", name)
	assert.False(t, p.TooWide(), "%s: it is too wide", name)
	p.Shoot(name)
	p.Close()
}

// What the check above relies on.
func TestABadPageIsNoticed(t *testing.T) {
	program := Axe(t)
	const bad = `<!doctype html><html><title>x</title><body><main><h1>x</h1><input><p style="color:#999">faint</p><script>1</script></main>`
	server := gallery(t, map[string]string{"bad": bad})
	p := New(t).Open(server.URL+"/bad", Look{Width: Phone})
	var rules []string
	for _, f := range p.Findings(program) {
		rules = append(rules, f.ID)
	}
	assert.Contains(t, rules, "label")
	assert.Contains(t, rules, "html-has-lang")
	assert.Eventually(t, func() bool { return strings.Contains(strings.Join(p.Heard(), "\n"), "Content Security Policy") },
		time.Minute, 20*time.Millisecond, "the browser's complaint is on its way")
}

// Prompts are written by others, and may hold anything.
func TestLongTextsDoNotBreakThePage(t *testing.T) {
	b := New(t)
	v := registryRows("de")["sensitive"]
	v.Prompt = strings.Repeat("Donaudampfschifffahrtsgesellschaftskapitän", 25)
	v.ConsentText = strings.Repeat("Ein Satz, der länger ist, als man denkt. ", 25)
	v.Organisation, v.Found, v.Contact = strings.Repeat("O", 200), strings.Repeat("F", 200), strings.Repeat("1", 200)
	pages := map[string]string{}
	previews, err := wording.Previews(v, time.Now())
	require.NoError(t, err)
	for _, p := range previews {
		pages[p.Name] = p.HTML
	}
	server := gallery(t, pages)
	for _, name := range []string{"page-asked", "page-consent", "page-running", "page-confirm", "page-feedback", "page-ended-with-incident", "mail-ask"} {
		p := b.Open(server.URL+"/"+name, Look{Width: Narrow})
		assert.False(t, p.TooWide(), name)
		p.Shoot(name)
		p.Close()
	}
}
