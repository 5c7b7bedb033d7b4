package jeton

import (
	"bytes"
	"encoding/json"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/jeton-oauth/jeton/internal/jsonbody"
)

// namesReply reports whether a text has {reply.NAME} in it.
func namesReply(text, name string) bool { return strings.Contains(text, "{reply."+name+"}") }

// onlyTemplate is a text that is {reply.NAME}, perhaps after a scheme: nothing
// in it is secret before it is filled.
var onlyTemplate = regexp.MustCompile(`^([A-Za-z]+ )?\{reply\.[^{}]+\}$`)

// shownTemplate is the value of a header or parameter of a step before it is filled.
func shownTemplate(text string) string {
	if onlyTemplate.MatchString(text) {
		return text
	}
	return Redacted
}

// replyText is what {reply.NAME} stands for: the newest token, its type, or a
// member that was kept, if that is a text, a number or a boolean.
func (t *Token) replyText(name string) (text string, ok bool) {
	switch {
	case t == nil:
		return "", false
	case name == "access_token":
		return t.AccessToken.Reveal(), true
	case name == "token_type":
		return t.TokenType, true
	}
	return keptText(t.Extra[name])
}

func keptText(raw json.RawMessage) (string, bool) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) != nil {
		return "", false
	}
	text, ok := jsonbody.Text(value)
	return text, ok && text != ""
}

// fillURL fills {reply.NAME} in a URL. What stands at the beginning is a URL of
// its own, without a query; anything else may not change the shape of the URL.
func fillURL(raw string, lookup func(name string) (string, bool)) (filled, problem string) {
	filled = replyVariable.ReplaceAllStringFunc(raw, func(found string) string {
		name := found[len("{reply.") : len(found)-1]
		text, ok := lookup(name)
		rest, first := strings.CutPrefix(raw, found)
		switch {
		case !ok:
			problem = "the reply has no text " + name
		case first && strings.ContainsAny(text, "?#"):
			problem = "the " + name + " of the reply has a query or a fragment"
		case first && strings.HasPrefix(rest, "/"): // one slash, where both sides have one
			return strings.TrimSuffix(text, "/")
		case first:
		case strings.ContainsFunc(text, changesURL) || strings.ContainsAny(text, "&;") || strings.Trim(text, ".") == "":
			problem = "the " + name + " of the reply would change the shape of the URL"
		}
		return text
	})
	if problem != "" {
		return "", problem
	}
	if found := urlProblems(filled); len(found) > 0 {
		return "", found[0].problem
	}
	return filled, ""
}

// fillStep fills URL, headers and parameters of a step from the replies before.
// filled are the texts in the URL that nothing may show: those whose name says
// that they are secret.
func (c *completed) fillStep(n int, token *Token) (secret []string, failed *Error) {
	p := stepParameter(n - 1)
	if replyVariable.MatchString(c.TokenURL) {
		target, problem := c.fillStepURL(token)
		if problem != "" {
			return nil, NewError(DeliveryNotAllowed, StageResponse, "step "+strconv.Itoa(n)+" was not sent: "+problem, Finding{Parameter: p + "url",
				Problem: problem, Fix: "check response.keep and resource.hosts, and what the replies before say", Certain: true})
		}
		for _, found := range replyVariable.FindAllStringSubmatch(c.TokenURL, -1) {
			if text, ok := token.replyText(found[1]); ok && sensitiveName(found[1]) {
				secret = append(secret, text)
			}
		}
		c.TokenURL = target
	}
	filler := &replyFiller{token: token}
	headers := make(map[string]SecretSource, len(c.Request.Headers))
	for _, name := range sortedNames(c.Request.Headers) {
		if value := c.Request.Headers[name]; !value.IsZero() {
			headers[name] = filler.header(p+"request.headers."+Parameter(name), value)
		}
	}
	params := make(map[string]ParamValues, len(c.Request.Params))
	for _, name := range sortedNames(c.Request.Params) {
		for _, value := range c.Request.Params[name] {
			params[name] = append(params[name], filler.param(p+"request.params."+Parameter(name), value))
		}
	}
	if len(filler.findings) > 0 {
		return nil, NewError(MalformedResponse, StageResponse, "step "+strconv.Itoa(n)+" was not sent: "+filler.findings[0].Problem, filler.findings...)
	}
	c.Request.Headers, c.Request.Params = headers, params
	return secret, nil
}

// fillStepURL fills the URL of a step. A host that a reply decides about is one
// that the document names: below resource.hosts, or that of token_url.
func (c *completed) fillStepURL(token *Token) (filled, problem string) {
	if filled, problem = fillURL(c.TokenURL, token.replyText); problem != "" {
		return "", problem
	}
	u, err := url.Parse(filled)
	switch {
	case err != nil:
		return "", "it has no valid form"
	case !replyDecidesHost(c.TokenURL):
	case !c.underHosts(u.Hostname()) && !strings.EqualFold(u.Host, hostOf(c.mainURL)):
		return "", "the host " + u.Hostname() + " is neither under resource.hosts nor that of token_url"
	}
	return filled, ""
}

// replyFiller fills texts and collects what does not work.
type replyFiller struct {
	token    *Token
	findings []Finding
}

func (f *replyFiller) fail(p Parameter, problem string) {
	f.findings = append(f.findings, Finding{Parameter: p, Problem: problem, Fix: "check response.keep, and what the replies before say", Certain: true})
}

func (f *replyFiller) text(p Parameter, template string) string {
	return replyVariable.ReplaceAllStringFunc(template, func(found string) string {
		name := found[len("{reply.") : len(found)-1]
		text, ok := f.token.replyText(name)
		if !ok {
			f.fail(p, "the reply has no text "+name)
		}
		return text
	})
}

func (f *replyFiller) header(p Parameter, source SecretSource) SecretSource {
	text := f.text(p, source.Value.Reveal())
	if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
		f.fail(p, "what a reply has brought has a control character, which cannot stand in a header")
	}
	return SecretValue(text)
}

// param: what comes from a reply is secret, whatever the name of the parameter.
func (f *replyFiller) param(p Parameter, value ParamValue) ParamValue {
	if !replyVariable.MatchString(value.Reveal()) {
		return value
	}
	return ParamValue{Secret: SecretValue(f.text(p, value.Reveal()))}
}
