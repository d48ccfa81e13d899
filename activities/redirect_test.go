package activities

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const withSecrets = `{"method":"%s","url":"%s/hook?key=k3y","headers":{"Authorization":{"$secret":"TOKEN"},"X-Api-Key":{"$secret":"TOKEN"},"Cookie":"c00kie"}}`

func sendSecrets(t *testing.T, method, to string) *sending {
	s := send(t, withSecrets, method, to)
	s.secrets["TOKEN"] = "s3cret"
	s.allow = "127.0.0.1,localhost"
	return s
}

func TestARedirectOnTheSameHostKeepsWhatWasSent(t *testing.T) {
	d := newDesk(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/hook" {
			moved(307, "/there")(w, r)
		}
	})
	outcome, _ := sendSecrets(t, "POST", d.URL).gives()
	assert.Equal(t, "succeeded", outcome)
	require.Len(t, d.requests(), 2)
	assert.Equal(t, "s3cret", d.requests()[1].Header.Get("X-Api-Key"))
	assert.Contains(t, d.requests()[1].body, "issue-1")
}

func TestARedirectToAnotherHostCarriesNoHeaders(t *testing.T) {
	other := newDesk(t, status(200))
	for _, code := range []int{301, 302, 303, 307, 308} {
		d := newDesk(t, moved(code, other.at("localhost")+"/x"))
		before := len(other.requests())
		outcome, told := sendSecrets(t, "GET", d.URL).gives()
		assert.Equal(t, "succeeded", outcome)
		require.Len(t, other.requests(), before+1)
		got := other.requests()[before]
		for _, header := range []string{"Authorization", "X-Api-Key", "Cookie", "Referer"} {
			assert.Empty(t, got.Header.Get(header), "%d %s", code, header)
		}
		assert.Empty(t, got.body)
		assert.Contains(t, told, "localhost:", "the timeline names who answered")
	}
}

func TestABodyDoesNotFollowARedirectToAnotherHost(t *testing.T) {
	other := newDesk(t, status(200))
	for _, code := range []int{307, 308} {
		d := newDesk(t, moved(code, other.at("localhost")))
		outcome, told := sendSecrets(t, "POST", d.URL).gives()
		assert.Equal(t, "failed", outcome)
		assert.Contains(t, told, "redirects the request with its body to another host")
	}
	assert.Empty(t, other.requests())
	d := newDesk(t, moved(303, other.at("localhost")))
	outcome, _ := sendSecrets(t, "POST", d.URL).gives()
	assert.Equal(t, "succeeded", outcome, "see other: a GET without a body")
	assert.Empty(t, other.requests()[0].body)
}

func TestAnotherPortIsAnotherHost(t *testing.T) {
	other := newDesk(t, status(200))
	outcome, _ := sendSecrets(t, "GET", newDesk(t, moved(302, other.URL)).URL).gives()
	assert.Equal(t, "succeeded", outcome)
	assert.Empty(t, other.requests()[0].Header.Get("X-Api-Key"))
}

func TestARedirectOffTheListIsRefused(t *testing.T) {
	other := newDesk(t, status(200))
	for _, to := range []string{other.at("localhost"), "http://169.254.169.254/latest", "file:///etc/passwd", "http://127.0.0.1@evil.example.com/"} {
		s := sendSecrets(t, "GET", newDesk(t, moved(302, to)).URL)
		s.allow, s.attempt = "127.0.0.1", 3
		outcome, told := s.gives()
		assert.Equal(t, "failed", outcome, to)
		assert.Contains(t, told, "is not on the list", to)
		assert.Len(t, s.rows.notes, 1, "it is final")
	}
	assert.Empty(t, other.requests())
}

func TestHeadersDoNotComeBackWithARedirectBackHome(t *testing.T) {
	var home *desk
	other := newDesk(t, func(w http.ResponseWriter, r *http.Request) { moved(302, home.URL+"/forged")(w, r) })
	home = newDesk(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/hook" {
			moved(302, other.at("localhost"))(w, r)
		}
	})
	outcome, _ := sendSecrets(t, "GET", home.URL).gives()
	assert.Equal(t, "succeeded", outcome)
	require.Len(t, home.requests(), 2)
	assert.Equal(t, "/forged", home.requests()[1].URL.Path)
	assert.Empty(t, home.requests()[1].Header.Get("X-Api-Key"), "else the other host chose what is done in our name")
}

func TestRedirectsEnd(t *testing.T) {
	d := newDesk(t, moved(302, "/again"))
	outcome, told := sendSecrets(t, "GET", d.URL).gives()
	assert.Equal(t, "failed", outcome)
	assert.Contains(t, told, "redirects too often")
	assert.Len(t, d.requests(), 1+maxRedirects)
}
