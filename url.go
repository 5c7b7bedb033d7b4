package jeton

import (
	"net"
	"net/url"
	"strings"

	"github.com/jeton-oauth/jeton/internal/place"
)

// maxURL bounds a URL of the document, in bytes.
const maxURL = 8 << 10

// checkURL reports what is wrong with an absolute URL of the document. http is
// for loopback alone, and warned about.
func checkURL(r *report, p Parameter, raw string) {
	problems := urlProblems(raw)
	for _, found := range problems {
		r.fail(p, found.problem, found.fix)
	}
	if len(problems) > 0 {
		return
	}
	if strings.EqualFold(raw[:len("http:")], "http:") { // it begins with http: or https:
		r.warn(p, "http is not encrypted; it is accepted because the host is this machine", "use https for anything but a test")
	}
}

// urlProblem is what is wrong with a URL, and what to do.
type urlProblem struct{ problem, fix string }

// wholeURL is the example that messages give.
const wholeURL = "write an absolute URL such as https://as.example/oauth2/token"

// urlProblems names the parts of a URL that cannot stand; none if all can.
func urlProblems(raw string) (list []urlProblem) {
	add := func(wrong bool, problem, fix string) {
		if wrong {
			list = append(list, urlProblem{problem, fix})
		}
	}
	add(len(raw) > maxURL, "the URL is longer than 8 KiB", "check what was pasted")
	add(strings.ContainsFunc(raw, func(r rune) bool { return r <= ' ' || r == 0x7f }), "the URL contains white space or a control character", "remove it")
	add(strings.ContainsAny(raw, "{}"), "the URL has a variable without a value, or a stray brace", "write the value in vars")
	if len(list) > 0 {
		return list // what it would be parsed into means nothing
	}
	u, err := url.Parse(raw)
	if err != nil {
		return []urlProblem{{"the URL cannot be parsed: " + parseProblem(err), wholeURL}}
	}
	add(u.Scheme != "https" && u.Scheme != "http", "the URL does not start with https://", wholeURL)
	add(u.User != nil, "the URL carries user information", "write credentials in client or grant, never in a URL")
	add(u.Fragment != "" || strings.Contains(raw, "#"), "the URL has a fragment", "remove everything from # on (RFC 6749 section 3.2)")
	add(strings.Contains(raw, `\`), "the URL contains a backslash", "write /")
	host, port := u.Hostname(), u.Port()
	switch { // the most telling one: the others follow from it
	case host == "":
		add(true, "the URL has no host", wholeURL)
	case strings.ContainsFunc(host, func(r rune) bool { return r > 0x7e }):
		add(true, "the host has letters outside ASCII, which may look like another name", "write the host in its ASCII form (xn--...), if it is the right one")
	case strings.Contains(host, "%"):
		add(true, "the host has a zone or an escape", "write the plain host name or address")
	case strings.ContainsFunc(host, func(r rune) bool { return !isHostChar(r) }):
		add(true, "the host has a character that is not allowed", "write the plain host name or address")
	}
	add(strings.HasSuffix(u.Host, ":") || port != "" && strings.Trim(port, "0") == "", "the port is 0 or missing after the colon", "write a port from 1 to 65535, or none")
	add(len(port) > 5 || strings.Trim(port, "0") != "" && port[0] == '0' || len(port) == 5 && port > "65535", "the port is over 65535, or begins with 0", "write a port from 1 to 65535, or none")
	add(u.Scheme == "http" && host != "" && !IsLoopback(host), "http would send credentials in the clear", "use https")
	return list
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

// IsLoopback reports whether a host, as [url.URL.Hostname] gives it, is this
// machine: localhost, 127.0.0.0/8 or ::1. There alone http is accepted.
func IsLoopback(host string) bool { return place.IsLoopback(host) }

// withoutQuery is a URL as it may be shown: no query, which may hold secrets.
func withoutQuery(raw string) string {
	bare, _, _ := strings.Cut(raw, "?")
	return bare
}

// loopbackWithoutPort reports a redirect URL on this machine that names no port.
func loopbackWithoutPort(raw string) bool {
	u, err := url.Parse(raw)
	if err != nil || !IsLoopback(u.Hostname()) {
		return false
	}
	_, port, err := net.SplitHostPort(u.Host)
	return err != nil || port == ""
}
