package activities

import (
	"net"
	"net/http"
	"slices"
	"time"
)

// transport opens connections only to addresses that the list lets through, and knows no proxy of the environment. Requests to
// one host wait for a connection, on their own time, when it has many open: it must not use up ours.
func (a AllowList) transport() http.RoundTripper {
	dialer := &net.Dialer{Timeout: 5 * time.Second, Control: a.checkAddress, Resolver: a.resolver}
	return checked{a, &http.Transport{
		DialContext:            dialer.DialContext,
		TLSHandshakeTimeout:    5 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		MaxIdleConnsPerHost:    8,
		MaxConnsPerHost:        MaxPerHost,
		IdleConnTimeout:        time.Minute,
		ForceAttemptHTTP2:      true,
		// Else requests go on over a connection that was cut until the kernel gives it up, a quarter of an hour later.
		HTTP2: &http.HTTP2Config{SendPingTimeout: 10 * time.Second, PingTimeout: 5 * time.Second, WriteByteTimeout: 10 * time.Second},
	}}
}

// checked is a transport that asks the list before every request.
type checked struct {
	allow AllowList
	next  http.RoundTripper
}

func (c checked) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := c.allow.checkURL(r.URL); err != nil {
		return nil, err
	}
	return c.next.RoundTrip(r)
}

// maxRedirects is how often a request follows where an answer sends it.
const maxRedirects = 5

// client follows redirects on the list to hosts that are not busy, unless the redirect is an answer that was expected.
func (h *HTTPRequest) client(expected []int, places *visit) *http.Client {
	return &http.Client{Transport: h.transport, CheckRedirect: func(next *http.Request, before []*http.Request) error {
		if slices.Contains(expected, next.Response.StatusCode) {
			return http.ErrUseLastResponse
		}
		if err := h.allow.checkRedirect(next, before); err != nil {
			return err
		}
		if busy := places.enter(next.URL); busy != nil {
			return busy
		}
		return nil
	}}
}

// checkRedirect lets a request go on to where an answer sends it. Once it has left the host that it was made for, it carries
// nothing that the resolution sends there: the headers are taken off, and a body, which may hold secrets and names a person, is
// not repeated elsewhere at all.
func (a AllowList) checkRedirect(next *http.Request, before []*http.Request) error {
	if len(before) > maxRedirects {
		return &forbiddenError{"The host redirects too often."}
	}
	if err := a.checkURL(next.URL); err != nil {
		return err
	}
	first := before[0].URL
	atHome := func(r *http.Request) bool { return r.URL.Scheme == first.Scheme && r.URL.Host == first.Host }
	if atHome(next) && !slices.ContainsFunc(before, func(r *http.Request) bool { return !atHome(r) }) {
		return nil
	}
	if next.Body != nil && next.Body != http.NoBody {
		return &forbiddenError{"The host redirects the request with its body to another host, which is not followed."}
	}
	next.Header = http.Header{"User-Agent": {userAgent}}
	return nil
}
