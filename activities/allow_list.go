package activities

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"
)

// AllowList says where http_request may go: hosts, each with or without a port, and networks in CIDR notation. A name that is
// listed may resolve to any public address; to a private, loopback or link-local one only when that address, or a network that
// holds it, is listed too. So nobody who controls a name can point us at our own network.
type AllowList struct {
	hosts    []allowedHost
	networks []netip.Prefix
}

type allowedHost struct{ name, port string } // port "" is any

// ParseAllowList reads host[:port] and network entries, separated by commas. An empty list allows nothing.
func ParseAllowList(list string) (AllowList, error) {
	var allow AllowList
	for entry := range strings.SplitSeq(list, ",") {
		entry = strings.ToLower(strings.TrimSpace(entry))
		if entry == "" {
			continue
		}
		if network, err := netip.ParsePrefix(entry); err == nil {
			allow.networks = append(allow.networks, network.Masked())
			continue
		}
		host, err := parseHost(entry)
		if err != nil {
			return AllowList{}, err
		}
		allow.hosts = append(allow.hosts, host)
		if address, err := netip.ParseAddr(host.name); err == nil {
			allow.networks = append(allow.networks, netip.PrefixFrom(address, address.BitLen()))
		}
	}
	return allow, nil
}

func parseHost(entry string) (allowedHost, error) {
	if address, err := netip.ParseAddr(strings.Trim(entry, "[]")); err == nil {
		return allowedHost{name: address.String()}, nil
	}
	u, err := url.Parse("//" + entry)
	if err != nil || u.Hostname() == "" || u.Host != entry || strings.ContainsAny(entry, "*") {
		return allowedHost{}, fmt.Errorf("%q is no host[:port] and no network; list for example desk.example.com, 10.1.2.3:8443 or 10.1.0.0/16", entry)
	}
	return allowedHost{name: u.Hostname(), port: u.Port()}, nil
}

// forbiddenError is a request that may not be sent; it is final.
type forbiddenError struct{ sentence string }

func (e *forbiddenError) Error() string { return e.sentence }

// checkURL tells whether a request may be sent to u.
func (a AllowList) checkURL(u *url.URL) error {
	name, port := strings.ToLower(strings.TrimSuffix(u.Hostname(), ".")), u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	if slices.ContainsFunc(a.hosts, func(h allowedHost) bool { return h.name == name && (h.port == "" || h.port == port) }) {
		return nil
	}
	return &forbiddenError{fmt.Sprintf("%s is not on the list of hosts that may be called; an operator can add it to PROACTIVE_HTTP_ALLOW.", u.Host)}
}

// checkAddress is asked with every address that is about to be dialled, after names were resolved.
func (a AllowList) checkAddress(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return &forbiddenError{"the address could not be checked"}
	}
	ip := to.Addr().Unmap().WithZone("")
	if isPublic(ip) || slices.ContainsFunc(a.networks, func(n netip.Prefix) bool { return n.Contains(ip) }) {
		return nil
	}
	return &forbiddenError{"The host's name leads to an address that is not public; an operator can add the address or its network to PROACTIVE_HTTP_ALLOW."}
}

// notPublic are ranges that netip does not name: this network, shared address space, benchmarks, documentation, reserved, and
// the translation prefixes that could carry any of them.
var notPublic = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("2001::/23"),
	netip.MustParsePrefix("2001:db8::/32"),
}

func isPublic(ip netip.Addr) bool {
	return ip.IsGlobalUnicast() && !ip.IsPrivate() && !slices.ContainsFunc(notPublic, func(n netip.Prefix) bool { return n.Contains(ip) })
}

// maxRedirects is how often a request follows where an answer sends it.
const maxRedirects = 5

// client is an HTTP client that cannot leave the list: not by a redirect, not by what a name resolves to, not by a proxy of
// the environment.
func (a AllowList) client() *http.Client {
	dialer := &net.Dialer{Timeout: 5 * time.Second, Control: a.checkAddress}
	return &http.Client{
		Transport: checked{a, &http.Transport{
			DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				return dialer.DialContext(ctx, network, address)
			},
			TLSHandshakeTimeout:    5 * time.Second,
			MaxResponseHeaderBytes: 64 << 10,
			MaxIdleConnsPerHost:    8,
			MaxConnsPerHost:        64,
			IdleConnTimeout:        time.Minute,
			ForceAttemptHTTP2:      true,
		}},
		CheckRedirect: func(next *http.Request, before []*http.Request) error {
			if len(before) > maxRedirects {
				return &forbiddenError{"The host redirects too often."}
			}
			if next.URL.Host != before[0].URL.Host || next.URL.Scheme != before[0].URL.Scheme {
				next.Header = http.Header{"User-Agent": before[0].Header["User-Agent"]} // another host gets none of what the resolution sends to this one
			}
			return a.checkURL(next.URL)
		},
	}
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
