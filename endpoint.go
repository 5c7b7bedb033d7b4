package jeton

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/jeton-oauth/jeton/key"
)

// asked is an endpoint beside the token endpoint, or the resource, and how
// messages speak of it.
type asked struct {
	// parameter of the document that findings name.
	parameter Parameter
	// member of the metadata that names the endpoint; empty for the metadata themselves.
	member string
	// written, called, request and reply stand for the words token_url, the
	// token endpoint, token request and token reply.
	written, called, request, reply string
	// fix of findings where the document cannot name the endpoint; else empty.
	fix string
	// resource: it is no endpoint of the authorization server, but the API that the
	// token is for, with TLS settings and a stage of its own.
	resource bool
	// section of a step, such as "steps[0].", and its name; else empty.
	section Parameter
	name    string

	url  string
	dpop *key.Key // for a proof; nil for none
}

// The endpoints beside the token endpoint.
var (
	wellKnownMetadata = asked{parameter: "issuer", written: "issuer", called: "the issuer identifier",
		request: "request for metadata", reply: "metadata document"}
	deviceAuthorization = asked{parameter: "device_authorization_url", member: "device_authorization_endpoint", written: "device_authorization_url",
		called: "the device authorization endpoint", request: "device authorization request", reply: "device authorization response"}
	pushedAuthorization = asked{parameter: "authorization_url", member: "pushed_authorization_request_endpoint", written: "pushed_authorization_request_endpoint",
		called: "the pushed authorization request endpoint", request: "pushed authorization request", reply: "reply to a pushed authorization request",
		fix: "ask the provider: the metadata of the issuer demand pushed authorization requests (RFC 9126), and name this endpoint"}
)

// retarget makes an error of the token endpoint one of the endpoint that was
// asked; it changes nothing if that is nil.
func (a *asked) retarget(err *Error) *Error {
	if a == nil {
		return err
	}
	if a.section != "" {
		return a.retargetStep(err)
	}
	err.Endpoint = a.member
	pairs := []string{"the token URL", a.written, "token_url", a.written, "the token endpoint", a.called, "token request", a.request, "token reply", a.reply,
		"refused the request", "refused the " + a.request}
	if a.resource {
		err.Stage = StageProbe
		pairs = append(pairs, "the authorization server", "the resource", " tls.", " resource.tls.", "the tls section", "resource.tls", "so tls has", "so it has")
	}
	words := strings.NewReplacer(pairs...)
	err.Problem = words.Replace(err.Problem)
	if err.category == MalformedResponse && len(err.Findings) == 0 {
		err.Findings = []Finding{{Parameter: a.parameter, Problem: err.Problem, Fix: "check that " + a.written + " is " + a.called}}
	}
	if a.member != "" && !strings.Contains(err.Problem, a.called) && !strings.Contains(err.Problem, a.request) {
		err.Problem = a.called + ": " + err.Problem
	}
	for i := range err.Findings {
		f := &err.Findings[i]
		f.Problem, f.Fix = words.Replace(f.Problem), words.Replace(f.Fix)
		switch f.Parameter {
		case "request.method", "request.encoding": // those of the token request
			f.Parameter, f.Fix = a.parameter, "check "+a.written
		case "token_url":
			f.Parameter = a.parameter
		}
		if a.resource && (f.Parameter == "tls" || strings.HasPrefix(string(f.Parameter), "tls.")) {
			f.Parameter = "resource." + f.Parameter
		}
		if f.Parameter == a.parameter && a.fix != "" {
			f.Fix = a.fix
		}
	}
	return err
}

// ask sends a form to an endpoint, authenticated as the client, and returns the
// object that it answers. As in an exchange it is sent again only where the next
// request differs; nothing that it presents can be used up.
func (e *Engine) ask(ctx context.Context, c *completed, endpoint asked, form url.Values) (map[string]any, error) {
	a := e.asking(c, endpoint)
	a.recorder = recorderFrom(ctx)
	for {
		object, err := a.ask(ctx, form)
		if err == nil {
			e.memory.remember(c, a.choice)
			return object, nil
		}
		if ctx.Err() != nil || !a.next(err) {
			return nil, err
		}
	}
}

// asking is the first attempt at an endpoint.
func (e *Engine) asking(c *completed, endpoint asked) *attempt {
	if alias := c.alias(endpoint.member, endpoint.url); alias != "" {
		endpoint.url = alias
	}
	a := &attempt{engine: e, c: c.atEndpoint(), asked: &endpoint, choice: e.memory.choice(c), dpop: endpoint.dpop}
	if a.c.autoSkew() {
		a.offset = e.memory.offset(endpoint.url)
	}
	return a
}

// ask makes one attempt at an endpoint.
func (a *attempt) ask(ctx context.Context, form url.Values) (map[string]any, error) {
	started := time.Now()
	r, err := a.askedRequest(form)
	if err != nil {
		a.recorder.failedBefore(err, time.Since(started))
		return nil, err
	}
	a.recorder.signed(r, time.Since(started))
	sent := a.engine.now()
	reply, err := a.engine.roundTrip(ctx, a.c, r, a.recorder)
	if err != nil {
		return nil, err
	}
	reply.Sent, reply.Received = sent, a.engine.now()
	if offset, ok := reply.clockOffset(); ok && offset.Abs() <= maxSkew {
		a.engine.memory.rememberOffset(r.URL, offset)
	}
	var object map[string]any
	a.engine.judge(reply, func() {
		var failed *Error
		if object, failed = a.c.objectIn(reply); failed != nil {
			err = finishError(a.asked.retarget(failed), r, reply)
		}
	})
	if err != nil {
		a.recorder.parsed(nil, err)
		return nil, err
	}
	a.recorder.stage(StageOAuth, "ok", 0, "the authorization server accepted the "+a.asked.request)
	return object, nil
}

// askedRequest is the form, the client authentication and the proof.
func (a *attempt) askedRequest(form url.Values) (*TokenRequest, error) {
	r := &TokenRequest{Connection: &a.c.Connection, Now: a.engine.now().Add(a.offset), Method: http.MethodPost, URL: a.asked.url, Header: http.Header{}, Form: url.Values{},
		Certificate: a.c.certificate, keys: &a.c.keys, rand: a.engine.Rand, asked: a.asked, choice: a.choice, dpop: a.dpop}
	a.engine.writeOwnHeaders(r)
	for name, values := range form {
		r.Form[name] = values
	}
	if err := clientAuths[a.c.Client.Auth].Apply(r); err != nil {
		return nil, err
	}
	for _, name := range []string{"client_id", "client_secret"} { // as in the token request the document's own win
		r.applyParam(name, a.c.Request.Params[name])
	}
	for name, value := range a.c.Request.Headers {
		r.Header.Set(name, value.Value.Reveal())
	}
	r.Header.Set("Content-Type", r.mediaType())
	r.nonce = a.engine.nonceOf(r)
	a.sent(r)
	return r, r.prove()
}

// objectIn is the object of a reply that is no refusal.
func (c *completed) objectIn(reply RawReply) (map[string]any, *Error) {
	if reply.Status >= 300 && reply.Status < 400 {
		return nil, redirected(reply)
	}
	success := reply.Status >= 200 && reply.Status < 300
	body, err := c.body(reply)
	if err != nil {
		if failed, ok := err.(*Error); ok && success {
			return nil, failed
		}
		return nil, refused(reply, serverError{})
	}
	if said, failed := errorIn(body); failed || !success {
		return nil, refused(reply, said)
	}
	object, ok := body.(map[string]any)
	if !ok {
		return nil, malformed(reply, "the reply is no object (status "+strconv.Itoa(reply.Status)+")", nil)
	}
	return object, nil
}

// atEndpoint is c as it authenticates at another endpoint than the token
// endpoint: in a form, and with an assertion for the issuer where the document
// does not name the audience, so that one endpoint cannot use at another what it
// was sent (draft-ietf-oauth-rfc7523bis, CVE-2025-27370).
func (c *completed) atEndpoint() *completed {
	own := *c
	own.Request.Encoding, own.Request.Method = "form", http.MethodPost
	if a := c.Client.Assertion; a != nil && !c.audienceWritten && c.Issuer != "" {
		copied := *a
		copied.Audience = StringList{c.Issuer}
		copied.Headers = withDefault(a.Headers, "typ", "client-authentication+jwt")
		own.Client.Assertion = &copied
	}
	return &own
}

// alias is what the metadata name for requests with a client certificate in the
// place of an endpoint (RFC 8705 section 5); empty for none, and for an endpoint
// that is not the one of the metadata: what is written wins.
func (c *completed) alias(member, target string) string {
	if c.certificate == nil || c.metadata == nil {
		return ""
	}
	if plain := c.metadata.endpoints()[member]; plain == nil || *plain != target {
		return ""
	}
	return c.metadata.MTLS[member]
}
