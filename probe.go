package jeton

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jeton-oauth/jeton/internal/place"
	"github.com/jeton-oauth/jeton/internal/scrub"
)

// probed is the resource, as an endpoint that is asked.
var probed = asked{resource: true, parameter: "resource.probe", written: "resource.probe", called: "a request that the API answers",
	request: "probe", reply: "answer of the resource"}

// probeMethods are those of a request that only looks.
var probeMethods = []string{http.MethodGet, http.MethodHead, http.MethodPost}

// Probe makes the one request that resource.probe of c describes, with t
// presented as its usage says, and returns nil if the resource accepted it: a
// status of 2xx, with a body that does not say otherwise. It does nothing where
// no probe is written. Every failure is an *Error of [StageProbe].
//
// The request is made a second time in one case: the resource demands a nonce
// in the DPoP proof (RFC 9449 section 9). No redirect is followed, resource.tls
// says how the resource is verified, and the token goes nowhere outside of
// resource.urls, where those are written.
func (e *Engine) Probe(ctx context.Context, c *Connection, t *Token) error {
	recorder, started := recorderFrom(ctx), time.Now()
	if c.Resource.Probe == "" {
		recorder.stage(StageProbe, "skipped", 0, "no resource.probe is written")
		return nil
	}
	p, failed := e.newProbe(c, t)
	accepted := ""
	if failed == nil {
		accepted, failed = p.run(ctx)
	}
	if failed != nil {
		failed.Stage = StageProbe
		recorder.stage(StageProbe, "failed", time.Since(started), failed.Error())
		return failed
	}
	recorder.stage(StageProbe, "ok", time.Since(started), accepted)
	return nil
}

// probe is a probe that can be made.
type probe struct {
	engine *Engine
	// c is the connection, with the TLS settings of the resource in the place of
	// those of the authorization server, and with what this request carries as its
	// request section.
	c      *completed
	token  *Token
	target *url.URL
}

// newProbe looks at that part of a connection that a probe uses: the rest may
// have gone bad since the token was issued.
func (e *Engine) newProbe(c *Connection, t *Token) (*probe, *Error) {
	if t == nil || t.AccessToken.IsZero() {
		return nil, NewError(NoToken, StageProbe, "there is no token to probe the resource with")
	}
	own := &completed{Connection: *c, keys: exchangeKeys{keyring: &e.keys}}
	own.checkUsage()
	own.checkRules()
	own.checkResource()
	own.checkTLS("resource.tls", &c.Resource.TLS, e.now())
	for name, source := range t.Usage.Headers {
		if failed := unread("usage.headers."+Parameter(name), source); failed != nil && !source.IsZero() {
			own.report.failError(failed)
		}
	}
	if failed := own.report.err(); failed != nil {
		return nil, failed
	}
	method, raw := splitProbe(c.Resource.Probe)
	target, failed := own.probeTarget(raw, t)
	if failed != nil {
		return nil, failed
	}
	own.TLS, own.Request = c.Resource.TLS, probeRequest(method, t)
	if !own.TLS.Client.isZero() {
		if own.certificate, failed = own.keys.clientCertificate("resource.tls.client", &own.TLS.Client); failed != nil {
			return nil, failed
		}
	}
	return &probe{engine: e, c: own, token: t, target: target}, nil
}

// splitProbe understands "GET https://..."; a URL alone means GET.
func splitProbe(written string) (method, target string) {
	word, rest, found := strings.Cut(strings.TrimSpace(written), " ")
	if !found {
		return http.MethodGet, word
	}
	return strings.ToUpper(word), strings.TrimLeft(rest, " ")
}

// probeTarget fills the URL and holds it against resource.urls.
func (c *completed) probeTarget(raw string, t *Token) (*url.URL, *Error) {
	filled := c.expand("resource.probe", raw, map[string]bool{})
	problem, fix := "", "check response.keep and resource.hosts, and what the server's reply says"
	if replyVariable.MatchString(filled) {
		filled, problem = c.fillReply(filled, t)
	}
	u, err := url.Parse(filled)
	if problem == "" && err != nil {
		problem, fix = "it has no valid form", "write a whole URL"
	}
	if problem == "" && len(c.Resource.URLs) > 0 {
		urls, err := c.ResourceURLs(t)
		var failed *Error
		if errors.As(err, &failed) {
			return nil, failed
		}
		list, unusable := place.Parse(urls)
		if refused := list.Admit(u, ""); unusable != "" {
			problem, fix = "an entry of resource.urls cannot be used: "+unusable, "correct resource.urls"
		} else if refused != nil {
			problem, fix = outsideOfURLs(refused)
		}
	}
	if problem != "" {
		return nil, NewError(DeliveryNotAllowed, StageProbe, "the token was not sent to the URL of resource.probe: "+problem,
			Finding{Parameter: "resource.probe", Problem: problem, Fix: fix, Certain: true})
	}
	return u, nil
}

// outsideOfURLs puts into words that the rule of resource.urls refuses a probe.
func outsideOfURLs(refused *place.Refusal) (problem, fix string) {
	if refused.Outside {
		return "the URL lies outside of resource.urls, where alone the token may go", "write a URL below one of resource.urls, or add it there if the token is meant for it"
	}
	return refused.Problem, refused.Fix
}

// probeRequest is the request section of a probe. What the document puts into
// header fields stands there too, so that it is masked; Authorization is masked
// after its scheme, if it has one.
func probeRequest(method string, t *Token) RequestOptions {
	o := RequestOptions{Method: method, Encoding: "query", Headers: maps.Clone(t.Usage.Headers)}
	if method == http.MethodPost {
		o.Encoding = "form" // with nothing in it
	}
	if t.Usage.Query != "" {
		o.Encoding, o.Params = "query", map[string]ParamValues{t.Usage.Query: {{Secret: SecretSource{Value: t.AccessToken}}}}
		return o
	}
	if name, value := t.Header(); t.Usage.Raw || http.CanonicalHeaderKey(name) != "Authorization" {
		if o.Headers == nil {
			o.Headers = map[string]SecretSource{}
		}
		o.Headers[name] = SecretSource{Value: value}
	}
	return o
}

// run makes the request, and once more for a nonce. It returns what there is to
// say of an answer that accepts the token.
func (p *probe) run(ctx context.Context) (string, *Error) {
	ctx, cancel := context.WithTimeout(ctx, totalTimeout)
	defer cancel()
	for again := false; ; again = true {
		r, failed := p.request()
		if failed != nil {
			return "", failed
		}
		sent := p.engine.now()
		reply, err := p.engine.roundTrip(ctx, p.c, r, recorderFrom(ctx))
		if reply.Status == 0 {
			return "", p.finish(err, r, reply)
		}
		reply.Sent, reply.Received = sent, p.engine.now()
		demanded := p.token.Challenged(&http.Response{StatusCode: reply.Status, Header: reply.Header, Request: &http.Request{URL: p.target}})
		if demanded && !again {
			continue
		}
		if broken := err != nil && !errors.Is(err, errTooLarge) && !errors.Is(err, errEncoding); broken && reply.Status < 300 {
			return "", p.finish(err, r, reply)
		}
		var note string
		p.engine.judge(reply, func() {
			if note, failed = p.judge(r, reply); failed != nil {
				failed = p.finish(failed, r, reply)
			}
		})
		return note, failed
	}
}

// request is the probe with the token on it.
func (p *probe) request() (*TokenRequest, *Error) {
	r := &TokenRequest{Connection: &p.c.Connection, Previous: p.token, Method: p.c.Request.Method, URL: p.target.String(),
		Header: http.Header{}, Form: url.Values{}, Certificate: p.c.certificate, asked: &probed}
	p.engine.writeOwnHeaders(r)
	r.Header.Set("Accept", "application/json, */*;q=0.5")
	p.token.Authorize(&http.Request{Method: r.Method, URL: p.target, Header: r.Header})
	if name := p.token.Usage.Query; name != "" { // as a parameter it is masked where the request is shown
		bare := *p.target
		bare.RawQuery = withoutParam(bare.RawQuery, name)
		r.URL = bare.String()
		r.Form.Set(name, p.token.AccessToken.Reveal())
	}
	if proof := r.Header.Get("DPoP"); proof != "" {
		signed := signedAssertion{jwt: NewSecret(proof)}
		signed.Parameter, signed.Claims = "client.dpop", jwtClaims(proof)
		r.assertions = append(r.assertions, signed)
	} else if p.token.needsProof() {
		return nil, NewError(KeyUnusable, StageProbe, "the DPoP proof for the resource cannot be signed",
			Finding{Parameter: "client.dpop.key", Problem: "the proof cannot be signed", Fix: "check the key", Certain: true})
	}
	return r, nil
}

// jwtClaims are the claims of a JWT of ours.
func jwtClaims(jwt string) json.RawMessage {
	_, rest, _ := strings.Cut(jwt, ".")
	payload, _, _ := strings.Cut(rest, ".")
	claims, err := base64.RawURLEncoding.DecodeString(payload)
	if err != nil || !json.Valid(claims) {
		return json.RawMessage("{}")
	}
	return claims
}

// finish makes an error fit to be shown.
func (p *probe) finish(err error, r *TokenRequest, reply RawReply) *Error {
	var failed *Error
	if !errors.As(finishError(err, r, reply), &failed) {
		return NewError(InternalError, StageProbe, "the probe failed")
	}
	return failed
}

// shown is the URL without what may be secret in it.
func (p *probe) shown(r *TokenRequest) string {
	return scrub.Cut(scrub.Escape(scrub.New(r.secrets()).Text(withoutQuery(p.target.String()))), maxForeign)
}

// judge says why the resource did not accept the token, or what there is to say
// of the answer with which it did.
func (p *probe) judge(r *TokenRequest, reply RawReply) (note string, failed *Error) {
	success := reply.Status >= 200 && reply.Status < 300
	said, saysSo := p.reason(r, reply)
	switch {
	case reply.Status >= 300 && reply.Status < 400:
		return "", p.redirected(reply)
	case success && p.c.Rejected != nil && p.c.Rejected.Matches(reply.Status, reply.Header, reply.Body):
		failed = p.refused(reply, "the answer of the resource (status "+strconv.Itoa(reply.Status)+") is the one that rejected describes")
	case success && saysSo:
		failed = p.refused(reply, "the resource answers with status "+strconv.Itoa(reply.Status)+", and that it failed")
	case success:
		note = strconv.Itoa(reply.Status) + " from " + p.shown(r)
		if webPage(reply.Body) {
			note += "; the answer is a web page"
		}
		return note, nil
	case reply.Status == http.StatusUnauthorized:
		failed = p.refused(reply, "the resource does not accept the token (status 401)")
	case reply.Status == http.StatusForbidden:
		failed = p.refused(reply, "the resource does not permit this with the token (status 403)")
	default:
		failed = p.refused(reply, "the resource answered with status "+statusText(reply.Status))
	}
	failed.Code, failed.Description, failed.URI = said.code, said.description, said.uri
	return "", failed
}

// refused is an answer that is no acceptance. The status alone decides about the
// category: the codes of RFC 6749 speak of another server.
func (p *probe) refused(reply RawReply, problem string) *Error {
	failed := NewError(categoryOf(reply, ""), StageProbe, problem)
	switch reply.Status {
	case http.StatusNotFound, http.StatusGone:
		failed.Findings = []Finding{{Parameter: "resource.probe", Problem: "there is nothing at this URL (status " + strconv.Itoa(reply.Status) + "), or nothing that this token may see",
			Fix: "check that resource.probe is " + probed.called}}
	case http.StatusMethodNotAllowed:
		failed.Findings = []Finding{p.methodFinding(reply)}
	}
	return failed.withReply(reply)
}

// methodFinding proposes a method that the resource names in Allow.
func (p *probe) methodFinding(reply RawReply) Finding {
	f := Finding{Parameter: "resource.probe", Problem: "the resource does not take this method (status 405)", Fix: "write another of GET, HEAD and POST before the URL", Certain: true}
	allow := strings.Join(reply.Header.Values("Allow"), ", ")
	if allow == "" {
		return f
	}
	f.Evidence = "Allow: " + allow
	methods := strings.FieldsFunc(strings.ToUpper(allow), func(r rune) bool { return r == ',' || r == ' ' })
	written, raw := splitProbe(p.c.Resource.Probe)
	for _, method := range probeMethods {
		if method != written && slices.Contains(methods, method) {
			f.Proposed = method + " " + raw
			break
		}
	}
	return f
}

// redirected is a 3xx: the token is not sent on.
func (p *probe) redirected(reply RawReply) *Error {
	target := locationHost(reply.Header.Get("Location"))
	return NewError(Provider4xxOther, StageProbe, "the resource redirects to "+strconv.Quote(target), Finding{Parameter: "resource.probe", Certain: true,
		Problem: "the resource redirects (status " + strconv.Itoa(reply.Status) + "), and a token is never sent on",
		Fix:     "write the URL that answers itself; an API that redirects to a sign-in page wants another URL for programs", Evidence: "redirects to " + target}).withReply(reply)
}
