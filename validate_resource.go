package jeton

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// replyVariable is {reply.NAME} in a URL of the resource: a member that
// response.keep hands out.
var replyVariable = regexp.MustCompile(`\{reply\.([^{}]*)\}`)

// checkResource looks at the places that a token may be sent to. An entry that
// means something else than it seems to would send the token there.
func (c *completed) checkResource() {
	used := map[string]bool{}
	for i, raw := range c.Resource.URLs {
		p := Parameter("resource.urls[" + strconv.Itoa(i) + "]")
		raw = c.expand(p, raw, used)
		filled, fromReply := c.fillFromReply(p, raw)
		if strings.Contains(filled, "{") {
			continue // the variable without a value has been reported
		}
		checkURL(&c.report, p, filled)
		c.checkPrefix(p, filled)
		if fromReply && strings.HasPrefix(filled, "http://") {
			c.report.fail(p, "a URL from the reply must be https", "write https://")
		}
		if fromReply && len(c.Resource.Hosts) == 0 {
			c.report.fail("resource.hosts", "a URL from the reply must lie under hosts that the document names", `write for example resource.hosts: ["*.example.com"]`)
		}
	}
	for i, pattern := range c.Resource.Hosts {
		name := strings.TrimPrefix(pattern, "*.")
		if name == "" || strings.Trim(name, ".") != name || strings.ContainsFunc(name, func(r rune) bool { return !isHostChar(r) || r == ':' }) {
			c.report.fail(Parameter("resource.hosts["+strconv.Itoa(i)+"]"), "this is neither a host name nor *. before one", "write for example api.example.com or *.example.com")
		}
	}
}

// fillFromReply puts an example in the place of {reply.NAME}, and reports
// whether the reply decides about the host: then the document must limit it.
func (c *completed) fillFromReply(p Parameter, raw string) (filled string, decidesHost bool) {
	for _, found := range replyVariable.FindAllStringSubmatch(raw, -1) {
		if !slices.Contains(c.Response.Keep, found[1]) {
			c.report.fail(p, "{reply."+found[1]+"} is no member that is kept", "add it to response.keep")
		}
	}
	decidesHost = replyDecidesHost(raw)
	if at := replyVariable.FindStringIndex(raw); at != nil && at[0] == 0 {
		raw = "https://reply.example" + raw[at[1]:]
	}
	return replyVariable.ReplaceAllString(raw, "reply"), decidesHost
}

// checkPrefix: what other URLs are compared with has one form only.
func (c *completed) checkPrefix(p Parameter, raw string) {
	u, err := url.Parse(raw)
	if err != nil {
		return
	}
	if u.RawQuery != "" || u.ForceQuery {
		c.report.fail(p, "a prefix of URLs has no query", "remove everything from ? on")
	}
	if strings.Contains(u.EscapedPath(), "%") {
		c.report.fail(p, "the path has an escape, which servers read in different ways", "write the path without %")
	}
	for i, segment := range strings.Split(u.Path, "/") {
		if segment == "." || segment == ".." || segment == "" && i > 0 && i < strings.Count(u.Path, "/") {
			c.report.fail(p, "the path has an empty segment, . or ..", "write the path that is meant")
			return
		}
	}
}
