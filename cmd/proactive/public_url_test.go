package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestThePublicURLIsAHostAlone(t *testing.T) {
	for given, want := range map[string]string{
		"https://help.example.com":   "https://help.example.com",
		"https://help.example.com/":  "https://help.example.com",
		"http://127.0.0.1:8080":      "http://127.0.0.1:8080",
		"https://[2001:db8::1]:8443": "https://[2001:db8::1]:8443",
	} {
		url, err := publicURL(given, "127.0.0.1:8080", false)
		require.NoError(t, err)
		require.Equal(t, want, url)
	}
	for _, given := range []string{
		"help.example.com", "ftp://help.example.com", "https://", "https:///x", "https://:443", "https://help.example.com/proactive", "https://help.example.com?",
		"https://help.example.com?a=b", "https://help.example.com#", "https://me@help.example.com", "javascript:alert(1)", "https://help.example.com:port", "https://a b",
	} {
		_, err := publicURL(given, "127.0.0.1:8080", false)
		require.ErrorContains(t, err, "is no http or https address of a host alone", given)
	}
}

func TestWithoutAPublicURLThisMachineReachesThePages(t *testing.T) {
	for _, c := range []struct {
		address string
		tls     bool
		want    string
	}{
		{"127.0.0.1:8080", false, "http://127.0.0.1:8080"},
		{"help.example.com:8443", true, "https://help.example.com:8443"},
		{"0.0.0.0:8080", false, "http://127.0.0.1:8080"},
		{":8080", false, "http://127.0.0.1:8080"},
		{"[::]:8080", true, "https://127.0.0.1:8080"},
	} {
		url, err := publicURL("", c.address, c.tls)
		require.NoError(t, err)
		require.Equal(t, c.want, url)
	}
}
