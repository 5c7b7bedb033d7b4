package jeton

import (
	"net"
	"net/netip"
	"net/url"
	"strings"
)

// maxURL bounds a URL of the document, in bytes.
const maxURL = 8 << 10

// checkURL reports what is wrong with an absolute URL of the document. http is
// for loopback alone, and warned about.
func checkURL(r *report, p Parameter, raw string) {
	problem, fix := urlProblem(raw)
	if problem != "" {
		r.fail(p, problem, fix)
		return
	}
	if u, err := url.Parse(raw); err == nil && u.Scheme == "http" {
		r.warn(p, "http is not encrypted; it is accepted because the host is this machine", "use https for anything but a test")
	}
}

// urlProblem names the part of a URL that cannot stand; empty if it can.
func urlProblem(raw string) (problem, fix string) {
	if len(raw) > maxURL {
		return "the URL is longer than 8 KiB", "check what was pasted"
	}
	if i := strings.IndexFunc(raw, func(r rune) bool { return r <= ' ' || r == 0x7f }); i >= 0 {
		return "the URL contains white space or a control character", "remove it"
	}
	if strings.ContainsAny(raw, "{}") {
		return "the URL has a variable without a value, or a stray brace", "write the value in vars"
	}
	u, err := url.Parse(raw)
	if err != nil {
		return "the URL cannot be parsed: " + parseProblem(err), "write an absolute URL such as https://as.example/oauth2/token"
	}
	switch {
	case u.Scheme != "https" && u.Scheme != "http":
		return "the URL does not start with https://", "write an absolute URL such as https://as.example/oauth2/token"
	case u.User != nil:
		return "the URL carries user information", "write credentials in client or grant, never in a URL"
	case u.Fragment != "" || strings.Contains(raw, "#"):
		return "the URL has a fragment", "remove everything from # on (RFC 6749 section 3.2)"
	case strings.Contains(raw, `\`):
		return "the URL contains a backslash", "write /"
	}
	return hostProblem(u)
}

func hostProblem(u *url.URL) (problem, fix string) {
	host, port := u.Hostname(), u.Port()
	switch {
	case host == "":
		return "the URL has no host", "write an absolute URL such as https://as.example/oauth2/token"
	case strings.ContainsFunc(host, func(r rune) bool { return r > 0x7e }):
		return "the host has letters outside ASCII, which may look like another name", "write the host in its ASCII form (xn--...), if it is the right one"
	case strings.Contains(host, "%"):
		return "the host has a zone or an escape", "write the plain host name or address"
	case strings.ContainsFunc(host, func(r rune) bool { return !isHostChar(r) }):
		return "the host has a character that is not allowed", "write the plain host name or address"
	case strings.HasSuffix(u.Host, ":") || port != "" && strings.Trim(port, "0") == "":
		return "the port is 0 or missing after the colon", "write a port from 1 to 65535, or none"
	case port != "" && (len(port) > 5 || port[0] == '0' || len(port) == 5 && port > "65535"):
		return "the port is over 65535, or begins with 0", "write a port from 1 to 65535, or none"
	case u.Scheme == "http" && !isLoopback(host):
		return "http would send credentials in the clear", "use https"
	}
	return "", ""
}

// isHostChar reports what host names and addresses are made of.
func isHostChar(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(".-_:", r)
}

// parseProblem is the reason of a url.Error without the URL, which may hold a secret.
func parseProblem(err error) string {
	if e, ok := err.(*url.Error); ok {
		switch e.Err.(type) {
		case url.EscapeError:
			return "a % is not followed by two hexadecimal digits"
		case url.InvalidHostError:
			return "the host has a character that is not allowed"
		}
	}
	return "it has no valid form"
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback() && !address.Is4In6()
}

// withoutQuery is a URL as it may be shown: no query, which may hold secrets.
func withoutQuery(raw string) string {
	bare, _, _ := strings.Cut(raw, "?")
	return bare
}

// loopbackWithoutPort reports a redirect URL on this machine that names no port.
func loopbackWithoutPort(raw string) bool {
	u, err := url.Parse(raw)
	if err != nil || !isLoopback(u.Hostname()) {
		return false
	}
	_, port, err := net.SplitHostPort(u.Host)
	return err != nil || port == ""
}
