package jeton

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jeton-oauth/jeton/internal/scrub"
)

// noAccessToken as response.access_token of a step: its reply brings no token,
// the one before stays.
const noAccessToken = "none"

func stepParameter(i int) Parameter { return Parameter("steps[" + strconv.Itoa(i) + "].") }

// completeSteps fills the variables and the defaults of the steps.
func (c *completed) completeSteps(used map[string]bool) {
	c.Steps = slices.Clone(c.Steps)
	for i := range c.Steps {
		s, p := &c.Steps[i], stepParameter(i)
		c.completeStepURL(p, s, used)
		s.Request.Params = c.filledParams(p+"request.params.", s.Request.Params)
		c.fill(p+"request.method", &s.Request.Method, http.MethodPost, "default")
		c.completeEncoding(p, &s.Request)
		for _, name := range sortedNames(s.Request.Headers) {
			c.setting(p+"request.headers."+Parameter(name), shownTemplate(s.Request.Headers[name].Value.Reveal()), s.Request.Headers[name].origin())
		}
		if !s.placesToken() {
			s.Request.Headers = maps.Clone(s.Request.Headers)
			if s.Request.Headers == nil {
				s.Request.Headers = map[string]SecretSource{}
			}
			s.Request.Headers["Authorization"] = SecretValue("Bearer {reply.access_token}")
			c.setting(p+"request.headers.Authorization", "Bearer {reply.access_token}", "default")
		}
	}
}

// completeStepURL splits a method off the URL and fills the variables.
func (c *completed) completeStepURL(p Parameter, s *Step, used map[string]bool) {
	c.takeMethod(p+"url", &s.URL, p, &s.Request)
	s.URL = c.expand(p+"url", s.URL, used)
	c.setting(p+"url", shownURL(s.URL), "document")
}

// placesToken reports whether the step itself says where the token goes, or
// that it sends other credentials.
func (s *Step) placesToken() bool {
	for name, value := range s.Request.Headers {
		if strings.EqualFold(name, "Authorization") || namesReply(value.Value.Reveal(), "access_token") {
			return true
		}
	}
	for _, values := range s.Request.Params {
		if slices.ContainsFunc(values, func(v ParamValue) bool { return namesReply(v.Reveal(), "access_token") }) {
			return true
		}
	}
	return false
}

// presents reports whether the token of the reply that c judges is the one of
// the connection: no later step brings another.
func (c *completed) presents() bool {
	return !slices.ContainsFunc(c.Steps[c.step:], func(s Step) bool { return s.Response.AccessToken != noAccessToken })
}

// atStep is c as it judges the reply to step n, counted from 1.
func (c *completed) atStep(n int) *completed {
	own, s := *c, c.Steps[n-1]
	own.step, own.Request, own.Response, own.Scopes = n, s.Request, s.Response, nil
	own.mainURL, own.TokenURL, own.MTLSTokenURL = c.TokenURL, s.URL, ""
	return &own
}

// askedOfStep is how messages speak of step n.
func askedOfStep(n int) *asked {
	p, name := stepParameter(n-1), "step "+strconv.Itoa(n)
	return &asked{parameter: p + "url", section: p, written: string(p) + "url", called: "the endpoint of " + name, request: "request of " + name, reply: "reply to " + name, name: name}
}

// retargetStep makes an error of the token endpoint one of a step.
func (a *asked) retargetStep(err *Error) *Error {
	err.Endpoint = strings.TrimSuffix(string(a.section), ".")
	words := strings.NewReplacer("the authorization server refused the request", a.name+": the server refused the request", "the authorization server", "the server",
		"the token URL", a.written, "token_url", a.written, "the token endpoint", a.called, "token request", a.request, "token reply", a.reply,
		"response.", string(a.section)+"response.", "request.", string(a.section)+"request.")
	err.Problem = words.Replace(err.Problem)
	if !strings.Contains(err.Problem, a.name) {
		err.Problem = a.name + ": " + err.Problem
	}
	for i := range err.Findings {
		f := &err.Findings[i]
		f.Problem, f.Fix = words.Replace(f.Problem), words.Replace(f.Fix)
		switch section, _, _ := strings.Cut(string(f.Parameter), "."); section {
		case "token_url":
			f.Parameter = a.parameter
		case "request", "response":
			f.Parameter = a.section + f.Parameter
		}
	}
	if len(err.Findings) == 0 && err.Status != 0 {
		err.Findings = []Finding{{Parameter: a.section + "request", Problem: "the server does not accept what " + a.name + " sends (status " + strconv.Itoa(err.Status) + ")",
			Fix: "compare " + a.written + " and " + string(a.section) + "request with what the provider asks for"}}
	}
	return err
}

// steps makes the requests that follow the main one: with token, which that one
// brought, and with what each reply gives to the next. Nothing is sent twice
// here: a step that refuses a token that was just issued will refuse it again.
func (a *attempt) steps(ctx context.Context, token *Token) (*Token, error) {
	if len(a.c.Steps) == 0 {
		return token, nil
	}
	ctx, cancel := context.WithTimeout(ctx, totalTimeout)
	defer cancel()
	first, known := token, a.main.secrets()
	for n := 1; n <= len(a.c.Steps); n++ {
		known = append(known, token.AccessToken.Reveal(), token.RefreshToken.Reveal(), token.IDToken.Reveal())
		next, err := a.step(ctx, n, token, known)
		if err != nil {
			return nil, withRenewed(err, first)
		}
		token = next
	}
	return token, nil
}

// withRenewed hands out with the error of a step what the main request brought:
// its refresh token may be the only one that is good by now.
func withRenewed(err error, first *Token) error {
	if failed, ok := err.(*Error); ok && !first.RefreshToken.IsZero() {
		renewed := *first
		renewed.Expiry, renewed.ExpiryFrom = time.Unix(0, 0), ""
		failed.renewed = &renewed
	}
	return err
}

// step makes one of them; known are the secrets that were sent or received before.
func (a *attempt) step(ctx context.Context, n int, token *Token, known []string) (*Token, error) {
	recorder := a.recorder.step(n)
	own := a.c.atStep(n)
	filled, failed := own.fillStep(n, token)
	if failed != nil {
		failed = finishStep(failed, known)
		recorder.parsed(nil, failed)
		return nil, failed
	}
	this := &attempt{engine: a.engine, c: own, recorder: recorder, asked: askedOfStep(n)}
	r := this.stepRequest(append(known, filled...))
	reply, err := this.send(ctx, r)
	if err != nil {
		return nil, err
	}
	var next *Token
	a.engine.judge(reply, func() {
		if next, err = own.parse(reply); err != nil {
			err = finishError(stepFailure(this.asked, err), r, reply)
		}
	})
	recorder.parsed(next, err)
	if err != nil {
		return nil, err
	}
	return next.after(token, scrub.New(r.secrets())), nil
}

// stepRequest is the request of a step that is filled; known are further
// secrets that nothing may show.
func (a *attempt) stepRequest(known []string) *TokenRequest {
	r := a.c.request(a.engine.now(), nil)
	r.asked, r.known = a.asked, known
	a.engine.writeOwnHeaders(r)
	r.applyExtras()
	return r
}

// explainSteps shows the steps before anything is filled.
func (a *attempt) explainSteps() (list []RedactedRequest) {
	for i, s := range a.c.Steps {
		own := &attempt{engine: a.engine, c: a.c.atStep(i + 1), asked: askedOfStep(i + 1)}
		shown := own.stepRequest(nil).redacted()
		for j, h := range shown.Headers {
			for name, value := range s.Request.Headers {
				if strings.EqualFold(name, h.Name) {
					shown.Headers[j].Value = shownTemplate(value.Value.Reveal())
				}
			}
		}
		for j, p := range shown.Params {
			if values := s.Request.Params[p.Name]; len(values) == 1 && onlyTemplate.MatchString(values[0].Reveal()) {
				shown.Params[j].Value = values[0].Reveal()
			}
		}
		list = append(list, shown)
	}
	return list
}

// after is the token of a step as that of the flow: what only the replies
// before have brought stays.
func (t *Token) after(before *Token, scrubber *scrub.Scrubber) *Token {
	t.Scope = scrubber.Text(t.Scope)
	t.cutForeign()
	if t.AccessToken.IsZero() {
		kept := *before
		kept.Extra, kept.Warnings = t.Extra, t.Warnings
		t = &kept
	}
	t.RefreshToken = before.RefreshToken // the main request presents it
	if t.IDToken.IsZero() {
		t.IDToken = before.IDToken
	}
	if t.Scope == "" {
		t.Scope = before.Scope
	}
	extra := make(map[string]json.RawMessage, len(before.Extra)+len(t.Extra))
	maps.Copy(extra, before.Extra)
	maps.Copy(extra, t.Extra)
	if len(extra) > 0 {
		t.Extra = extra
	}
	t.Warnings = append(slices.Clone(before.Warnings), t.Warnings...)
	return t
}

// parseStep is [ParseReply] for the reply to a step.
func (c *completed) parseStep(reply RawReply) (*Token, error) {
	if reply.Step < 0 || reply.Step > len(c.Steps) {
		return nil, NewError(DocumentInvalid, StageConfig, "the reply cannot be parsed", Finding{Parameter: "steps", Certain: true,
			Problem: "the connection has no step " + strconv.Itoa(reply.Step), Fix: "use the connection with which the request was made"})
	}
	own := c.atStep(reply.Step)
	token, err := own.parse(reply)
	if err != nil {
		return nil, finishError(stepFailure(askedOfStep(reply.Step), err), own.request(reply.Sent, nil), reply)
	}
	token.cutForeign()
	return token, nil
}

// stepFailure makes an error of a token reply one of a step. A refused step
// says nothing about the grant: a login or a refresh token stays good.
func stepFailure(at *asked, err error) error {
	failed, ok := err.(*Error)
	if !ok {
		return err
	}
	if failed = at.retarget(failed); failed.category == InvalidGrant || failed.category == NoRefreshToken {
		failed.category = Provider4xxOther
	}
	return failed
}

// finishStep strikes secrets out of an error that came before the request.
func finishStep(failed *Error, known []string) *Error {
	scrubber := scrub.New(known)
	clean := func(s string) string { return scrub.Cut(scrub.Escape(scrubber.Head(s, maxForeign)), maxForeign) }
	failed.Problem = clean(failed.Problem)
	for i := range failed.Findings {
		failed.Findings[i].Problem = clean(failed.Findings[i].Problem)
	}
	return failed
}
