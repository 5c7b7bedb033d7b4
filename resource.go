package jeton

import (
	"net/url"
	"strings"
)

// ResourceURLs are the only places where a token of c may be sent: resource.urls
// with the variables filled, and with what the reply of t said in the place of
// {reply.NAME}. A host that the reply decides about is held to resource.hosts.
// The error is an *Error with category delivery_not_allowed: a URL that cannot
// be filled admits nothing, and is not left out in silence.
func (c *Connection) ResourceURLs(t *Token) ([]string, error) {
	filler := &completed{Connection: *c}
	used := map[string]bool{}
	urls := make([]string, 0, len(c.Resource.URLs))
	for _, raw := range c.Resource.URLs {
		filled := filler.expand("resource.urls", raw, used)
		if err := filler.report.err(); err != nil {
			return nil, err
		}
		if !replyVariable.MatchString(filled) {
			urls = append(urls, filled)
			continue
		}
		filled, problem := c.fillReply(filled, t)
		if problem != "" {
			return nil, NewError(DeliveryNotAllowed, StageConfig, "it is not known where the token may be sent: "+problem, Finding{Parameter: "resource.urls",
				Problem: raw + ": " + problem, Fix: "check response.keep and resource.hosts, and what the server's reply says", Certain: true})
		}
		urls = append(urls, filled)
	}
	return urls, nil
}

// fillReply fills {reply.NAME} from the members that t keeps.
func (c *Connection) fillReply(raw string, t *Token) (filled, problem string) {
	filled, problem = fillURL(raw, func(name string) (string, bool) {
		if t == nil {
			return "", false
		}
		return keptText(t.Extra[name])
	})
	if problem != "" {
		return "", problem
	}
	u, err := url.Parse(filled)
	switch {
	case err != nil || u.Scheme != "https":
		return "", "a URL from the reply must be https"
	case !c.underHosts(u.Hostname()) && replyDecidesHost(raw):
		return "", "the host " + u.Hostname() + " is not under resource.hosts"
	}
	return filled, ""
}

// underHosts compares a host with resource.hosts, where *. stands for one label or more.
func (c *Connection) underHosts(host string) bool {
	host = strings.ToLower(host)
	for _, pattern := range c.Resource.Hosts {
		pattern = strings.ToLower(pattern)
		if suffix, wild := strings.CutPrefix(pattern, "*"); wild && strings.HasSuffix(host, suffix) && len(host) > len(suffix) || host == pattern {
			return true
		}
	}
	return false
}

// replyDecidesHost reports whether {reply.NAME} stands before the path.
func replyDecidesHost(raw string) bool {
	at := replyVariable.FindStringIndex(raw)
	if at == nil {
		return false
	}
	before := raw[:at[0]]
	if _, host, found := strings.Cut(before, "://"); found {
		before = host
	}
	before, _, beyond := strings.Cut(before, "/")
	return !beyond || before == ""
}
