package jeton

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/jeton-oauth/jeton/internal/place"
)

// replyVariable is {reply.NAME} in a URL of the resource: a member that
// response.keep hands out.
var replyVariable = regexp.MustCompile(`\{reply\.([^{}]*)\}`)

// checkResource looks at the places that a token may be sent to. An entry that
// means something else than it seems to would send the token there.
func (c *completed) checkResource() {
	used := map[string]bool{}
	var examples []string // of each place, whatever the reply will say
	for i, raw := range c.Resource.URLs {
		p := Parameter("resource.urls[" + strconv.Itoa(i) + "]")
		raw = c.expand(p, raw, used)
		filled, fromReply := c.fillFromReply(p, raw)
		if strings.Contains(filled, "{") {
			continue // the variable without a value has been reported
		}
		checkURL(&c.report, p, filled)
		c.checkPrefix(p, filled)
		c.checkReplyHost(p, filled, fromReply)
		examples = append(examples, filled)
	}
	c.checkProbe(examples, used)
	for i, pattern := range c.Resource.Hosts {
		name := strings.TrimPrefix(pattern, "*.")
		if name == "" || strings.Trim(name, ".") != name || strings.ContainsFunc(name, func(r rune) bool { return !isHostChar(r) || r == ':' }) {
			c.report.fail(Parameter("resource.hosts["+strconv.Itoa(i)+"]"), "this is neither a host name nor *. before one", "write for example api.example.com or *.example.com")
		}
	}
}

// checkReplyHost: where the reply decides about the host, the document limits it.
func (c *completed) checkReplyHost(p Parameter, filled string, fromReply bool) {
	if fromReply && strings.HasPrefix(filled, "http://") {
		c.report.fail(p, "a URL from the reply must be https", "write https://")
	}
	if fromReply && len(c.Resource.Hosts) == 0 {
		c.report.fail("resource.hosts", "a URL from the reply must lie under hosts that the document names", `write for example resource.hosts: ["*.example.com"]`)
	}
}

// checkProbe looks at the request that resource.probe describes. examples are
// the places where the token may go.
func (c *completed) checkProbe(examples []string, used map[string]bool) {
	const p = "resource.probe"
	if c.Resource.Probe == "" {
		return
	}
	method, raw := splitProbe(c.Resource.Probe)
	if !slices.Contains(probeMethods, method) {
		c.report.fail(p, "a probe begins with GET, HEAD or POST, or with its URL", "write for example GET https://api.example.com/v2/me")
		return
	}
	raw = c.expand(p, raw, used)
	filled, fromReply := c.fillFromReply(p, raw)
	if placeholder.MatchString(filled) {
		return // the variable without a value has been reported
	}
	checkURL(&c.report, p, filled)
	if len(urlProblems(filled)) > 0 {
		return
	}
	c.checkReplyHost(p, filled, fromReply)
	list, problem := place.Parse(examples)
	u, err := url.Parse(filled)
	if len(c.Resource.URLs) == 0 || len(examples) < len(c.Resource.URLs) || problem != "" || err != nil {
		return // an entry that cannot be used has been reported
	}
	refused := list.Admit(u, "")
	if refused == nil || refused.Outside && replyVariable.MatchString(raw+" "+strings.Join(c.Resource.URLs, " ")) {
		return // what the reply says decides
	}
	problem, fix := outsideOfURLs(refused)
	c.report.fail(p, problem, fix)
}

// fillFromReply puts an example in the place of {reply.NAME}, and reports
// whether the reply decides about the host: then the document must limit it.
func (c *completed) fillFromReply(p Parameter, raw string) (filled string, decidesHost bool) {
	for _, found := range replyVariable.FindAllStringSubmatch(raw, -1) {
		if !slices.Contains(c.keptMembers(), found[1]) {
			c.report.fail(p, "{reply."+found[1]+"} is no member that is kept", "add it to response.keep")
		}
	}
	return replyExample(raw), replyDecidesHost(raw)
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
