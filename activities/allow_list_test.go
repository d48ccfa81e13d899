package activities

import (
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func parsed(t *testing.T, list string) AllowList {
	t.Helper()
	allow, err := ParseAllowList(list)
	require.NoError(t, err)
	return allow
}

func TestWhichAddressesMayBeAskedFor(t *testing.T) {
	const list = " desk.example.com , api.example.com:8443,10.1.2.3:8443, [2001:db8::1]:80,192.168.0.0/16,fd00::/8,Root.Example.COM.,::1"
	for address, allowed := range map[string]bool{
		"https://desk.example.com":           true,
		"http://desk.example.com:9999/x":     true,
		"https://DESK.example.COM./":         true,
		"https://root.example.com":           true,
		"https://desk.example.com.evil.org":  false,
		"https://evildesk.example.com":       false,
		"https://sub.desk.example.com":       false,
		"https://desk.example.com@evil.org":  false,
		"https://evil.org/desk.example.com":  false,
		"https://evil.org#desk.example.com":  false,
		"https://evil.org?@desk.example.com": false,
		"https://api.example.com:8443":       true,
		"https://api.example.com":            false,
		"https://api.example.com:84430":      false,
		"http://10.1.2.3:8443":               true,
		"http://10.1.2.3":                    false,
		"http://010.1.2.3:8443":              false,
		"http://[::ffff:10.1.2.3]:8443":      true,
		"http://[2001:db8::1]":               true,
		"http://[2001:DB8:0:0::1]":           true,
		"https://[2001:db8::1]":              false,
		"http://192.168.7.7:22":              true,
		"http://192.169.7.7":                 false,
		"http://3232237319":                  false,
		"http://[fd12::1]":                   true,
		"http://[::1]:8080":                  true,
		"http://127.0.0.1":                   false,
		"http://":                            false,
	} {
		u, err := url.Parse(address)
		require.NoError(t, err)
		err = parsed(t, list).checkURL(u)
		assert.Equal(t, allowed, err == nil, address)
		if err != nil {
			assert.ErrorContains(t, err, "PROACTIVE_HTTP_ALLOW")
		}
	}
	u, _ := url.Parse("https://desk.example.com")
	assert.Error(t, parsed(t, "").checkURL(u), "an empty list allows nothing")
}

func TestAWrongEntryIsRefused(t *testing.T) {
	for _, entry := range []string{"*.example.com", ".", "..", "desk..example.com", "https://desk.example.com", "desk.example.com/x", "user@desk.example.com", "desk.example.com:", "desk.example.com:http",
		"desk.example.com:0", "desk.example.com:65536", "10.0.0.0/33", "desk example", "[::1", "a\\b"} {
		_, err := ParseAllowList("ok.example.com," + entry)
		assert.ErrorContains(t, err, strings.ReplaceAll(entry, `\`, `\\`), entry)
	}
}

func TestWhichAddressesMayBeDialled(t *testing.T) {
	public := []string{"1.1.1.1:443", "93.184.216.34:80", "[2606:4700::1111]:443"}
	private := []string{
		"127.0.0.1:80", "127.8.8.8:80", "0.0.0.0:80", "10.0.0.1:80", "172.16.0.1:80", "192.168.1.1:80", "169.254.169.254:80", "100.64.0.1:80",
		"100.100.100.200:80", "192.0.0.8:80", "198.18.0.1:80", "224.0.0.1:80", "240.0.0.1:80", "255.255.255.255:80", "192.0.2.1:80",
		"[::1]:80", "[::]:80", "[fe80::1]:80", "[fe80::1%eth0]:80", "[fc00::1]:80", "[fd00:ec2::254]:80", "[fec0::1]:80", "[ff02::1]:80",
		"[::ffff:127.0.0.1]:80", "[::ffff:10.0.0.1]:80", "[::127.0.0.1]:80", "[64:ff9b::7f00:1]:80", "[2002:7f00:1::]:80", "[2001:0:7f00:1::]:80", "[2001:db8::1]:80",
	}
	for _, address := range public {
		assert.NoError(t, parsed(t, "desk.example.com").checkAddress("tcp", address, nil), address)
	}
	for _, address := range private {
		assert.Error(t, parsed(t, "desk.example.com").checkAddress("tcp", address, nil), address)
		host, _, err := net.SplitHostPort(address)
		require.NoError(t, err)
		host, _, _ = strings.Cut(host, "%")
		assert.NoError(t, parsed(t, host).checkAddress("tcp", address, nil), "%s is listed", address)
	}
	assert.Error(t, parsed(t, "desk.example.com").checkAddress("tcp", "nonsense", nil))
}

func TestAListedPortGoesWithItsAddress(t *testing.T) {
	allow := parsed(t, "desk.example.com,10.1.2.3:8443,192.168.0.0/16")
	assert.NoError(t, allow.checkAddress("tcp", "10.1.2.3:8443", nil))
	assert.Error(t, allow.checkAddress("tcp", "10.1.2.3:22", nil), "not even when another name leads there")
	assert.NoError(t, allow.checkAddress("tcp", "192.168.9.9:22", nil))
}

func TestLocalhostMeansTheLoopbackAddresses(t *testing.T) {
	allow := parsed(t, "localhost:8080")
	for address, allowed := range map[string]bool{"127.0.0.1:8080": true, "127.1.1.1:8080": true, "[::1]:8080": true, "127.0.0.1:80": false, "10.0.0.1:8080": false} {
		assert.Equal(t, allowed, allow.checkAddress("tcp", address, nil) == nil, address)
	}
	d := newDesk(t, status(200))
	s := send(t, `{"method":"POST","url":"%s"}`, d.at("localhost"))
	s.allow = "localhost"
	outcome, _ := s.gives()
	assert.Equal(t, "succeeded", outcome)
	assert.Len(t, d.requests(), 1)
}

func TestAHostThatIsNotListedIsNotCalled(t *testing.T) {
	d := newDesk(t, status(200))
	s := send(t, `{"method":"POST","url":"%s"}`, d.URL)
	s.allow, s.attempt = "desk.example.com", 3
	outcome, told := s.gives()
	assert.Equal(t, "failed", outcome)
	assert.Contains(t, told, "127.0.0.1:")
	assert.Contains(t, told, "is not on the list")
	assert.Len(t, s.rows.notes, 1, "it is final")
	assert.Empty(t, d.requests())
}

func TestANameThatLeadsInsideIsNotCalledThoughItIsListed(t *testing.T) {
	d := newDesk(t, status(200))
	name, err := url.Parse(d.URL)
	require.NoError(t, err)
	// Any listed name that resolves to a loopback address; this one does without a name server.
	allow := AllowList{hosts: []allowedHost{{name: "localhost"}}}
	client := http.Client{Transport: allow.transport()}
	_, err = client.Get("http://localhost:" + name.Port())
	var forbidden *forbiddenError
	require.ErrorAs(t, err, &forbidden)
	assert.Contains(t, forbidden.Error(), "an address that is not public")
	assert.Empty(t, d.requests())
}

func TestTheProxyOfTheEnvironmentIsNotUsed(t *testing.T) {
	proxy, d := newDesk(t, status(200)), newDesk(t, status(200))
	t.Setenv("HTTP_PROXY", proxy.URL)
	t.Setenv("http_proxy", proxy.URL)
	t.Setenv("ALL_PROXY", proxy.URL)
	s := send(t, `{"method":"POST","url":"%s"}`, d.at("localhost"))
	s.allow = "localhost"
	s.gives()
	assert.Empty(t, proxy.requests())
	assert.Len(t, d.requests(), 1)
	transport, _ := parsed(t, "").transport().(checked).next.(*http.Transport)
	assert.Nil(t, transport.Proxy, "net/http reads the environment once, and never for localhost")
}
