package main

import (
	"fmt"
	"net"
	"net/url"
	"strings"
)

// publicURL is where people reach the pages: as given, else where this machine itself reaches the API.
func publicURL(given, apiAddr string, tls bool) (string, error) {
	if given == "" {
		return localURL(apiAddr, tls), nil
	}
	u, err := url.Parse(given)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil ||
		strings.Trim(u.Path, "/") != "" || strings.ContainsAny(given, "?#") {
		return "", fmt.Errorf("%q is no http or https address of a host alone, such as https://help.example.com", given)
	}
	return u.Scheme + "://" + u.Host, nil
}

// localURL is an address that is listened on, as a URL. One that stands for every address is this machine.
func localURL(address string, tls bool) string {
	host, port, err := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err == nil && (host == "" || ip != nil && ip.IsUnspecified()) {
		address = net.JoinHostPort("127.0.0.1", port)
	}
	if tls {
		return "https://" + address
	}
	return "http://" + address
}
