package jeton

import (
	"net/http"
	"net/url"
	"strings"
)

// besidesHeader reports whether the token stands in the query or in a cookie,
// where it has no scheme.
func (u *Usage) besidesHeader() bool { return u.Query != "" || u.Cookie != "" }

// place puts the token on r. The URL of r, which others may hold, is not changed
// but replaced.
func (t *Token) place(r *http.Request) {
	switch {
	case t.Usage.Query != "":
		if r.URL == nil {
			return
		}
		u := *r.URL
		u.RawQuery = withoutParam(u.RawQuery, t.Usage.Query)
		if u.RawQuery != "" {
			u.RawQuery += "&"
		}
		u.RawQuery += url.QueryEscape(t.Usage.Query) + "=" + url.QueryEscape(t.AccessToken.Reveal())
		u.ForceQuery = false
		r.URL = &u
	case t.Usage.Cookie != "":
		if inCookie(t.AccessToken.Reveal()) { // else it could end the cookie and begin another
			r.Header.Set("Cookie", withCookie(r.Header["Cookie"], t.Usage.Cookie, t.AccessToken.Reveal()))
		}
	default:
		name, value := t.Header()
		r.Header.Set(name, value.Reveal())
	}
}

// withoutParam is a query without the pairs of one name.
func withoutParam(query, name string) string {
	kept := make([]string, 0, 8)
	for pair := range strings.SplitSeq(query, "&") {
		escaped, _, _ := strings.Cut(pair, "=")
		if own, err := url.QueryUnescape(escaped); pair == "" || err == nil && own == name {
			continue
		}
		kept = append(kept, pair)
	}
	return strings.Join(kept, "&")
}

// withCookie is the field Cookie with one cookie set beside those that are there.
func withCookie(fields []string, name, value string) string {
	kept := make([]string, 0, 8)
	for _, field := range fields {
		for pair := range strings.SplitSeq(field, ";") {
			pair = strings.TrimSpace(pair)
			if own, _, _ := strings.Cut(pair, "="); pair == "" || strings.TrimSpace(own) == name {
				continue
			}
			kept = append(kept, pair)
		}
	}
	return strings.Join(append(kept, name+"="+value), "; ")
}

// inCookie reports whether a token can be the value of a cookie (RFC 6265
// section 4.1.1).
func inCookie(token string) bool { return headerSafe(token) && !strings.ContainsAny(token, `",;\`) }

// checkTokenPlace looks at a token that is presented in the query or in a cookie.
func (c *completed) checkTokenPlace() {
	u := &c.Usage
	if !u.besidesHeader() {
		return
	}
	p, words := Parameter("usage.query"), "the token stands in the query"
	if u.Query == "" {
		p, words = "usage.cookie", "the token stands in a cookie"
	}
	switch {
	case u.Query != "" && u.Cookie != "":
		c.report.fail("usage.cookie", "the token stands in the query already", "write one of query and cookie")
	case u.Header != "":
		c.report.fail(p, "usage.header names another place for the token", "write one of header, query and cookie")
	}
	if u.Scheme != "" || u.Raw {
		c.report.warn("usage.scheme", words+", where it has no scheme", "remove scheme and raw")
	}
	if c.Client.DPoP != nil {
		c.report.fail(p, "a token that is bound to a key is presented in the Authorization header (RFC 9449 section 7.1)", "remove it, or client.dpop")
	}
	if c.Type == "basic" {
		c.report.fail(p, "user name and password are presented in the Authorization header (RFC 7617)", "remove it, or write type: oauth2")
	}
	if strings.ContainsFunc(u.Query, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		c.report.fail("usage.query", "the name has a control character", "write the name of a parameter, such as access_token")
	}
	if strings.ContainsFunc(u.Cookie, func(r rune) bool { return !isTokenChar(r) }) {
		c.report.fail("usage.cookie", "this is no name of a cookie (RFC 6265 section 4.1.1)", "write letters, digits and hyphens")
	}
	if u.Query != "" {
		c.report.warn("usage.query", "the token stands in URLs, which servers and proxies log (RFC 6750 section 2.3, RFC 9700 section 4.3.2)", "use a header, if the API takes one")
	}
}
