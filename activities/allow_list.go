package activities

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// AllowList says where we may go: hosts, each with or without a port, and networks in CIDR notation. There is one for HTTP and one
// for mail.
//
// A host that is listed may be called, or an address in a listed network. A name may resolve to any public address;
// to a private, loopback or link-local one only when that address, with its port where one is given, or a network that holds it
// is listed too. So nobody who controls a name can point us at our own network. One name is meant as what it says: a listed
// localhost stands for the loopback addresses as well.
type AllowList struct {
	hosts    []allowedHost
	networks []netip.Prefix
	setting  string        // that holds it, for sentences; "" is httpAllow
	resolver *net.Resolver // of names; nil is the system's
	secrets  SecretHosts   // where secrets may go: nowhere else, whatever the list allows
}

// WithSecrets is the list for those who send secrets too.
func (a AllowList) WithSecrets(s SecretHosts) AllowList {
	a.secrets = s
	return a
}

// The settings that hold the lists.
const (
	httpAllow = "PROACTIVE_HTTP_ALLOW"
	smtpAllow = "PROACTIVE_SMTP_ALLOW"
)

// forMail is the list as that of servers which take mail.
func (a AllowList) forMail() AllowList {
	a.setting = smtpAllow
	return a
}

// allowedHost is a name or an address; addresses are what may be dialled though it is not public.
type allowedHost struct {
	name      string
	port      string // "" is any
	addresses []netip.Prefix
}

func (h allowedHost) hasPort(port string) bool { return h.port == "" || h.port == port }

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
	}
	return allow, nil
}

func parseHost(entry string) (allowedHost, error) {
	bare, bracketed := strings.CutPrefix(entry, "[")
	if bracketed {
		bare, bracketed = strings.CutSuffix(bare, "]")
	}
	if address, err := netip.ParseAddr(bare); err == nil && (bracketed || bare == entry) {
		return meant(address.Unmap().String(), ""), nil
	}
	u, err := url.Parse("//" + entry)
	if err != nil || canonical(u.Hostname()) == "" || u.Host != entry || strings.HasSuffix(entry, ":") || strings.Contains(entry, "..") || strings.ContainsAny(entry, "*\\ ") {
		return allowedHost{}, fmt.Errorf("%q is no host[:port] and no network; list for example desk.example.com, 10.1.2.3:8443 or 10.1.0.0/16", entry)
	}
	if port, err := strconv.ParseUint(u.Port(), 10, 16); u.Port() != "" && (err != nil || port == 0) {
		return allowedHost{}, fmt.Errorf("%q has no port from 1 to 65535", entry)
	}
	return meant(canonical(u.Hostname()), u.Port()), nil
}

// canonical is a host's one spelling: in lower case, without the dot of the root, an address as netip writes it.
func canonical(host string) string {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if address, err := netip.ParseAddr(host); err == nil {
		return address.Unmap().String()
	}
	return host
}

// maxSpelt is how much of a host a sentence names, in bytes: longer than any name of DNS with its port.
const maxSpelt = 260

// spelt is a host as a sentence names it. A redirect leads to whatever the other host writes, and an escape in a URL may stand
// for any byte: what does not print is shown as an escape, since no row takes text that is not UTF-8.
func spelt(host string) string {
	quoted := strconv.Quote(host)
	quoted = quoted[1 : len(quoted)-1]
	if len(quoted) > maxSpelt {
		return strings.ToValidUTF8(quoted[:maxSpelt], "") + "…"
	}
	return quoted
}

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

// meant is a host with the addresses that its entry itself allows.
func meant(name, port string) allowedHost {
	host := allowedHost{name: name, port: port}
	if address, err := netip.ParseAddr(name); err == nil {
		host.addresses = []netip.Prefix{netip.PrefixFrom(address.WithZone(""), address.BitLen())}
	} else if name == "localhost" {
		host.addresses = loopback
	}
	return host
}

// forbiddenError is a request that may not be sent; it is final.
type forbiddenError struct{ sentence string }

func (e *forbiddenError) Error() string { return e.sentence }

// checkURL tells whether a request may be sent to u.
func (a AllowList) checkURL(u *url.URL) error {
	return a.checkHost(u.Hostname(), portOf(u), u.Host)
}

func portOf(u *url.URL) string {
	return cmp.Or(u.Port(), map[string]string{"http": "80", "https": "443"}[u.Scheme])
}

// checkHost tells whether a host may be called; called is what a sentence calls it.
func (a AllowList) checkHost(host, port, called string) error {
	name := canonical(host)
	if slices.ContainsFunc(a.hosts, func(h allowedHost) bool { return h.name == name && h.hasPort(port) }) {
		return nil
	}
	if ip, err := netip.ParseAddr(name); err == nil && holds(a.networks, ip.WithZone("")) {
		return nil
	}
	return &forbiddenError{fmt.Sprintf("%s is not on the list of hosts that may be called; an operator can add it to %s.", spelt(called), cmp.Or(a.setting, httpAllow))}
}

// checkAddress is asked with every address that is about to be dialled, after names were resolved.
func (a AllowList) checkAddress(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return &forbiddenError{"The host's address could not be checked."}
	}
	ip, port := to.Addr().Unmap().WithZone(""), strconv.Itoa(int(to.Port()))
	if isPublic(ip) || holds(a.networks, ip) ||
		slices.ContainsFunc(a.hosts, func(h allowedHost) bool { return h.hasPort(port) && holds(h.addresses, ip) }) {
		return nil
	}
	return &forbiddenError{"The host's name leads to an address that is not public; an operator can add the address or its network to " +
		cmp.Or(a.setting, httpAllow) + "."}
}

func holds(networks []netip.Prefix, ip netip.Addr) bool {
	return slices.ContainsFunc(networks, func(n netip.Prefix) bool { return n.Contains(ip) })
}

// notPublic are ranges that netip does not name: this network, shared address space, protocol assignments, the relays of 6to4,
// benchmarks, documentation, reserved; and in IPv6 those that stand in the global range.
var notPublic = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("192.88.99.0/24"), netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("2001::/23"), netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("3fff::/20"),
}

// global is all of IPv6 that was given out as public; the rest is local, or a translation that could carry any address of IPv4.
var global = netip.MustParsePrefix("2000::/3")

func isPublic(ip netip.Addr) bool {
	return ip.IsGlobalUnicast() && !ip.IsPrivate() && (ip.Is4() || global.Contains(ip)) && !holds(notPublic, ip)
}
