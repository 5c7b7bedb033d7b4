// Package place decides whether a URL lies at or below one of the places where a
// token may go, as resource.urls lists them.
//
//	list, problem := place.Parse([]string{"https://api.example.com/v2/"})
//	refusal := list.Admit(target, "") // nil: the token may be sent there
//
// Everything that sends a token asks here, so that there is one rule. What two
// servers may read in two ways is refused.
package place

import (
	"net/netip"
	"net/url"
	"strings"
)

// Refusal says why a token must not be sent, and what to do about it.
type Refusal struct {
	Problem, Fix string
	// Outside: the URL would do, if it were listed.
	Outside bool
}

// place is one entry of the list of URLs to which a token may be sent.
type place struct {
	scheme, host, port string
	// written is the host as it stands in the list, port included: most requests have the same.
	written string
	// path decoded, and as it is written in a request.
	path, escaped string
}

// List is the whole list; the zero List covers nothing.
type List []place

// Parse reads a list. An entry that cannot be used makes the whole list
// unusable: the problem says why, and is empty if there is none.
func Parse(urls []string) (list List, problem string) {
	list = make(List, 0, len(urls))
	for _, raw := range urls {
		p, problem := parsePlace(raw)
		if problem != "" {
			return nil, problem
		}
		list = append(list, p)
	}
	return list, ""
}

// parsePlace names what is wrong with an entry.
func parsePlace(raw string) (place, string) {
	u, err := url.Parse(raw)
	switch {
	case strings.ContainsAny(raw, "{}*"):
		return place{}, "a variable or a wildcard has no value here"
	case err != nil || u.Host == "" || u.Hostname() == "":
		return place{}, "it is no absolute URL"
	case u.Scheme != "https" && !(u.Scheme == "http" && IsLoopback(u.Hostname())):
		return place{}, "http would show the token on the way; only https will do, but for a loopback address"
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.Contains(raw, "#"):
		return place{}, "user information, a query or a fragment has no meaning here"
	}
	if problem := unsafePath(u); problem != "" {
		return place{}, problem
	}
	p := place{scheme: u.Scheme, host: u.Hostname(), port: portOf(u), written: u.Host, path: u.Path, escaped: u.EscapedPath()}
	if p.path == "" {
		p.path, p.escaped = "/", "/"
	}
	return p, ""
}

// Admit says why a token must not go to u with this Host header; nil if it may.
func (list List) Admit(u *url.URL, host string) *Refusal {
	if u == nil || u.Opaque != "" || u.Host == "" {
		return &Refusal{Problem: "the request has no plain absolute URL", Fix: "use an absolute URL"}
	}
	if host != "" && host != u.Host && !strings.EqualFold(host, u.Host) {
		return &Refusal{Problem: "the Host header names another host than the URL", Fix: "leave Request.Host alone"}
	}
	if problem := unsafePath(u); problem != "" {
		return &Refusal{Problem: problem, Fix: "write the path without it"}
	}
	for i := range list {
		if list[i].covers(u) {
			return nil
		}
	}
	return &Refusal{Problem: "the URL is outside of those that are listed", Fix: "add the URL, if the token is meant for it", Outside: true}
}

// covers reports whether u lies at or below the place. Both the decoded path
// and the one that is sent must: a server may read either.
func (p *place) covers(u *url.URL) bool {
	if u.Scheme != p.scheme {
		return false
	}
	if u.Host != p.written && (!strings.EqualFold(u.Hostname(), p.host) || portOf(u) != p.port) {
		return false
	}
	return under(u.Path, p.path) && (u.RawPath == "" || under(u.EscapedPath(), p.escaped))
}

func under(path, prefix string) bool {
	if path == "" {
		path = "/"
	}
	return strings.HasPrefix(path, prefix) &&
		(len(path) == len(prefix) || strings.HasSuffix(prefix, "/") || path[len(prefix)] == '/')
}

// unsafePath names what two servers may read in two ways: what looks to be below
// a path here could lead out of it there. The path was decoded once.
func unsafePath(u *url.URL) string {
	path := u.Path
	if plainPath(path) {
		return ""
	}
	switch {
	case strings.Contains(path, "//"):
		return "the path has an empty segment"
	case strings.IndexByte(path, '\\') >= 0:
		return "the path has a backslash"
	case path != "" && path[0] != '/':
		return "the path does not begin with /"
	case strings.Contains(path, "/.") && hasDots(path):
		return "the path has a segment . or .."
	case strings.IndexByte(path, '%') >= 0 && encodedTwice(path):
		return "the path is encoded twice"
	}
	for i := range len(path) {
		if path[i] < ' ' || path[i] == 0x7f {
			return "the path has a control character"
		}
	}
	return ""
}

// plainPath passes over the paths of most requests, in one go.
func plainPath(path string) bool {
	before := byte(0)
	for i := range len(path) {
		c := path[i]
		if c < ' ' || c == 0x7f || c == '%' || c == '\\' || before == '/' && (c == '/' || c == '.') {
			return false
		}
		before = c
	}
	return path == "" || path[0] == '/'
}

// hasDots looks for . and .. as whole segments; some servers cut parameters off first (..;x).
func hasDots(path string) bool {
	for segment := range strings.SplitSeq(path, "/") {
		name, _, _ := strings.Cut(segment, ";")
		if name == "." || name == ".." {
			return true
		}
	}
	return false
}

func encodedTwice(path string) bool {
	path = strings.ToLower(path)
	return strings.Contains(path, "%2e") || strings.Contains(path, "%2f") || strings.Contains(path, "%5c") || strings.Contains(path, "%25")
}

func portOf(u *url.URL) string {
	switch port := u.Port(); {
	case port != "":
		return port
	case u.Scheme == "http":
		return "80"
	}
	return "443"
}

// SameOrigin compares scheme, host and port.
func SameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Hostname(), b.Hostname()) && portOf(a) == portOf(b)
}

// IsLoopback reports whether a host, as [url.URL.Hostname] gives it, is this
// machine: localhost, 127.0.0.0/8 or ::1. There alone http is accepted.
func IsLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback() && !address.Is4In6()
}
