package jeton

import (
	"slices"
	"strconv"
)

// maxSteps bounds a flow: each step is a request with a deadline of its own.
const maxSteps = 10

// checkSteps looks at the requests that follow the main one.
func (c *completed) checkSteps() {
	if len(c.Steps) == 0 {
		return
	}
	switch {
	case c.Type != "oauth2":
		c.report.fail("steps", "only a connection of type oauth2 has steps", "remove steps, or write type: oauth2")
		return
	case len(c.Steps) > maxSteps:
		c.report.fail("steps", "there are more than "+strconv.Itoa(maxSteps)+" steps", "use a connection with fewer requests")
	}
	if c.Client.DPoP != nil {
		c.report.fail("client.dpop", "steps present the token without a DPoP proof, so none can be bound to a key", "remove client.dpop or steps")
	}
	kept := []string{"access_token", "token_type"}
	if !selfIssued(&c.Connection) {
		kept = append(kept, c.Response.Keep...)
	}
	for i := range c.Steps {
		s := &stepCheck{c: c, Step: &c.Steps[i], p: stepParameter(i), kept: kept}
		s.checkURL()
		s.checkRequest()
		s.checkResponse()
		kept = append(kept, s.Response.Keep...)
	}
}

// keptMembers are the names that {reply.NAME} can have in resource.urls.
func (c *completed) keptMembers() []string {
	kept := slices.Clone(c.Response.Keep)
	for _, s := range c.Steps {
		kept = append(kept, s.Response.Keep...)
	}
	return kept
}

// stepCheck looks at one step.
type stepCheck struct {
	*Step
	c *completed
	p Parameter
	// kept are the names that the replies before give.
	kept []string
}

func (s *stepCheck) checkURL() {
	report, p := &s.c.report, s.p+"url"
	if s.URL == "" {
		report.require(p, false, "the step has no URL")
		return
	}
	s.checkNames(p, s.URL)
	if namesReply(s.URL, "access_token") {
		report.fail(p, "a token in a URL is written into logs on its way", "write it in "+string(s.p)+"request.headers or params")
		return
	}
	filled := replyExample(s.URL)
	if placeholder.MatchString(filled) {
		return // the variable without a value has been reported
	}
	checkURL(report, p, filled)
	if replyDecidesHost(s.URL) && len(s.c.Resource.Hosts) == 0 && selfIssued(&s.c.Connection) {
		report.fail("resource.hosts", "a URL from the reply must lie under hosts that the document names", `write for example resource.hosts: ["*.example.com"]`)
	}
}

func (s *stepCheck) checkRequest() {
	c, p := s.c, s.p+"request."
	c.checkOneOf(p+"method", s.Request.Method, "POST", "GET")
	c.checkOneOf(p+"encoding", s.Request.Encoding, "form", "json", "query")
	if s.Request.Method == "GET" && s.Request.Encoding == "json" {
		c.report.fail(p+"encoding", "a GET request has no body to hold JSON", "write "+string(p)+"method: POST, or "+string(p)+"encoding: query")
	}
	c.checkHeaders(p+"headers", s.Request.Headers)
	for _, name := range sortedNames(s.Request.Headers) {
		s.checkNames(p+"headers."+Parameter(name), s.Request.Headers[name].Value.Reveal())
	}
	for _, name := range sortedNames(s.Request.Params) {
		if name == "" {
			c.report.fail(p+"params", "a parameter has no name", "write the name")
		}
		for _, v := range s.Request.Params[name] {
			own := p + "params." + Parameter(name)
			s.checkNames(own, v.Reveal())
			if namesReply(v.Reveal(), "access_token") && s.Request.Encoding == "query" {
				c.report.warn(own, "the token stands in the URL of the request, which is written into logs on its way", "send it in a header or a body, if the provider takes it there")
			}
		}
	}
}

// checkResponse says of the reply to a step what is said of a token reply.
func (s *stepCheck) checkResponse() {
	own := &completed{Connection: Connection{Response: s.Response}}
	own.checkResponse()
	for _, f := range own.report.findings {
		if f.Parameter = s.p + f.Parameter; f.Warning {
			s.c.report.add(f)
		} else {
			s.c.report.failWith(DocumentInvalid, f)
		}
	}
}

// checkNames finds {reply.NAME} of what no reply before gives.
func (s *stepCheck) checkNames(p Parameter, text string) {
	for _, found := range replyVariable.FindAllStringSubmatch(text, -1) {
		if !slices.Contains(s.kept, found[1]) {
			s.c.report.fail(p, "{reply."+found[1]+"} is no member that a reply before is asked for", "add it to response.keep, or to that of an earlier step")
		}
	}
}

// replyExample puts an example in the place of {reply.NAME} in a URL.
func replyExample(raw string) string {
	if at := replyVariable.FindStringIndex(raw); at != nil && at[0] == 0 {
		raw = "https://reply.example" + raw[at[1]:]
	}
	return replyVariable.ReplaceAllString(raw, "reply")
}

// checkStepSources is checkSources for the steps.
func (c *completed) checkStepSources(check func(p Parameter, s SecretSource)) {
	for i := range c.Steps {
		p := stepParameter(i) + "request."
		for name, s := range c.Steps[i].Request.Headers {
			if !s.IsZero() && s.Value.IsZero() { // white space at its ends is said of headers elsewhere
				check(p+"headers."+Parameter(name), s)
			}
		}
		for name, values := range c.Steps[i].Request.Params {
			for _, v := range values {
				check(p+"params."+Parameter(name), v.Secret)
			}
		}
	}
}
