package jeton

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/jeton-oauth/jeton/internal/scrub"
	"github.com/jeton-oauth/jeton/key"
)

// Authorization is a login that has begun: a person opens URL, and the
// authorization server sends the browser back to the redirect URL with a code,
// which [Engine.Redeem] exchanges. Whoever must survive a restart in between
// keeps all of it, as a secret.
type Authorization struct {
	// URL to open in a browser.
	URL string
	// State that the answer must repeat; it finds the login that an answer belongs to.
	State Secret
	// CodeVerifier of PKCE (RFC 7636).
	CodeVerifier Secret
	// RedirectURL as it was sent.
	RedirectURL string
	// Issuer that the answer may name (RFC 9207); empty if none is known.
	Issuer string
	// IssuerRequired: the server has said that its answers name the issuer.
	IssuerRequired bool
	// Expiry of URL; zero if it does not expire.
	Expiry time.Time
	// DPoPKey that the code is bound to; nil for none.
	DPoPKey *key.Key
}

// ownAuthorizationParams are written by Authorize and by nobody else.
var ownAuthorizationParams = []string{"response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method",
	"dpop_jkt", "request", "request_uri", "client_secret", "client_assertion", "client_assertion_type"}

// Authorize begins a login of the authorization_code grant. The request is
// pushed to the server first (RFC 9126) where the metadata of the issuer ask
// for it; else nothing is sent.
func (e *Engine) Authorize(ctx context.Context, c *Connection) (*Authorization, error) {
	prepared, err := e.prepareLogin(ctx, c, "authorization_code")
	if err != nil {
		return nil, err
	}
	a := &Authorization{RedirectURL: prepared.Grant.RedirectURL, Issuer: prepared.Issuer}
	if m := prepared.metadata; m != nil {
		a.IssuerRequired = m.IssuerInResponse
	}
	for _, field := range []*Secret{&a.State, &a.CodeVerifier} {
		text, err := randomText(e.Rand)
		if err != nil {
			return nil, NewError(InternalError, StageConfig, "no random numbers")
		}
		*field = NewSecret(text)
	}
	if a.DPoPKey, err = e.dpopKey(prepared, nil); err != nil {
		return nil, err
	}
	form, err := prepared.authorizationParams(a)
	if err != nil {
		return nil, err
	}
	if m := prepared.metadata; m != nil && m.RequirePushed {
		if form, err = e.push(ctx, prepared, a, form); err != nil {
			return nil, err
		}
	}
	a.URL = withQuery(prepared.AuthorizationURL, form)
	return a, nil
}

// prepareLogin is prepare for a grant that begins with a login: the endpoint
// that it begins at is needed too, and what the issuer says of logins.
func (e *Engine) prepareLogin(ctx context.Context, c *Connection, grant string) (*completed, error) {
	if err := wantGrant(c, grant); err != nil {
		return nil, err
	}
	prepared, err := e.prepare(ctx, c)
	if err != nil {
		return nil, err
	}
	if prepared.Issuer != "" {
		metadata, failed := e.discover(ctx, prepared)
		switch {
		case failed != nil && prepared.loginURL() == "":
			return nil, failed
		case failed == nil && metadata != prepared.metadata: // else everything that is needed is written, or known
			if prepared, err = e.completeWith(c, metadata, false); err != nil {
				return nil, err
			}
		}
	}
	if prepared.loginURL() == "" {
		f := prepared.noLoginURL()
		return nil, NewError(DocumentInvalid, StageDiscovery, f.Problem, f)
	}
	return prepared, nil
}

// wantGrant refuses a connection whose grant is another one: its token request
// would not present what the login has yielded.
func wantGrant(c *Connection, grant string) error {
	if c.Grant.Type == grant {
		return nil
	}
	return NewError(DocumentInvalid, StageConfig, "this connection has no login of this kind", Finding{Parameter: "grant.type", Certain: true,
		Problem: "the grant is not " + grant, Fix: "write grant.type: " + grant})
}

// loginURL is the endpoint at which a login begins; empty if none is known.
func (c *completed) loginURL() string {
	if c.Grant.Type == "device_code" {
		return c.DeviceAuthorizationURL
	}
	return c.AuthorizationURL
}

// noLoginURL is the finding for metadata that do not name that endpoint.
func (c *completed) noLoginURL() Finding {
	p, called := Parameter("authorization_url"), "authorization endpoint"
	if c.Grant.Type == "device_code" {
		p, called = "device_authorization_url", "device authorization endpoint"
	}
	return Finding{Parameter: p, Problem: "there is no " + called + ": the metadata of the issuer name none either", Fix: "write " + string(p), Certain: true}
}

// randomText is 256 random bits as 43 unreserved characters, as RFC 7636 section 4.1 wants.
func randomText(random io.Reader) (string, error) {
	var octets [32]byte
	if err := readRandom(random, octets[:]); err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(octets[:]), nil
}

// authorizationParams are the parameters of RFC 6749 section 4.1.1, RFC 7636
// section 4.3, RFC 8707 section 2.1 and RFC 9449 section 10.
func (c *completed) authorizationParams(a *Authorization) (url.Values, error) {
	form := url.Values{}
	set := func(name, value string) {
		if value != "" {
			form.Set(name, value)
		}
	}
	for name, value := range c.Grant.AuthorizationParams {
		set(name, value)
	}
	set("response_type", "code")
	set("client_id", c.Client.ID)
	set("redirect_uri", a.RedirectURL)
	if c.ScopeIn == "body" {
		set("scope", strings.Join(c.Scopes, c.ScopeSeparator))
	}
	set("state", a.State.Reveal())
	challenge := sha256.Sum256([]byte(a.CodeVerifier.Reveal()))
	set("code_challenge", base64.RawURLEncoding.EncodeToString(challenge[:]))
	set("code_challenge_method", "S256")
	if _, own := form["resource"]; !own {
		for _, resource := range c.Request.Params["resource"] {
			form.Add("resource", resource.Reveal())
		}
	}
	if a.DPoPKey != nil {
		thumbprint, err := a.DPoPKey.Thumbprint()
		if err != nil {
			return nil, keyError("client.dpop.key", err)
		}
		set("dpop_jkt", thumbprint)
	}
	return form, nil
}

// push sends the authorization request to the server (RFC 9126 section 2) and
// returns the two parameters that stand for it.
func (e *Engine) push(ctx context.Context, c *completed, a *Authorization, form url.Values) (url.Values, error) {
	endpoint := pushedAuthorization
	endpoint.url, endpoint.dpop = c.metadata.PushedAuthorizationURL, a.DPoPKey
	if endpoint.url == "" {
		return nil, metadataFailure(c.Issuer, "the metadata demand pushed authorization requests and name no endpoint for them", "")
	}
	sent := e.now()
	object, err := e.ask(ctx, c, endpoint, form)
	if err != nil {
		return nil, err
	}
	uri, _ := object["request_uri"].(string)
	if uri == "" || len(uri) > maxURL || scrub.Escape(uri) != uri {
		failed := NewError(MalformedResponse, StageResponse, "the reply to the pushed authorization request has no usable request_uri",
			Finding{Parameter: endpoint.parameter, Problem: "the reply has no usable request_uri (RFC 9126 section 2.2)", Fix: endpoint.fix})
		recorderFrom(ctx).parsed(nil, failed)
		return nil, failed
	}
	if number, ok := numberOf(object["expires_in"]); ok && number > 0 {
		a.Expiry = sent.Add(seconds(number))
	}
	return url.Values{"client_id": {c.Client.ID}, "request_uri": {uri}}, nil
}

// Redeem exchanges the code of an answer: the query with which the browser came
// back to the redirect URL. State and issuer are compared before anything else
// is looked at; an answer that says why there is no code is an *Error of its
// category.
func (e *Engine) Redeem(ctx context.Context, c *Connection, a *Authorization, answer url.Values) (*Token, error) {
	if err := wantGrant(c, "authorization_code"); err != nil {
		return nil, err
	}
	if err := a.check(answer); err != nil {
		return nil, err
	}
	return e.exchange(ctx, c, nil, &login{code: NewSecret(answer.Get("code")), codeVerifier: a.CodeVerifier, redirectURL: a.RedirectURL}, a.DPoPKey)
}

// Answers reports whether an answer belongs to this login: whether its state is
// the one that was sent. Anything may call a redirect URL; what does not belong
// here is no reason to give up waiting.
func (a *Authorization) Answers(answer url.Values) bool {
	states := answer["state"]
	return len(states) == 1 && subtle.ConstantTimeCompare([]byte(states[0]), []byte(a.State.Reveal())) == 1
}

// check judges an answer (RFC 6749 sections 4.1.2 and 10.12, RFC 9207 section 2.4).
func (a *Authorization) check(answer url.Values) error {
	refuse := func(p Parameter, problem, fix string) error {
		return NewError(MalformedResponse, StageOAuth, "the answer of the authorization endpoint cannot be used: "+problem, Finding{Parameter: p, Problem: problem, Fix: fix, Certain: true})
	}
	if !a.Answers(answer) {
		return refuse("grant.redirect_url", "its state is not the one that was sent", "begin the login again; whatever called the redirect URL was not an answer to it")
	}
	for _, name := range []string{"iss", "code", "error", "error_description", "error_uri"} {
		if len(answer[name]) > 1 {
			return refuse("authorization_url", name+" stands in it twice", "ask the provider")
		}
	}
	issuer, named := answer.Get("iss"), answer.Has("iss")
	switch {
	case named && a.Issuer != "" && issuer != a.Issuer:
		return refuse("issuer", "it comes from another issuer than the one that was asked", "check issuer; if it is right, somebody is mixing up authorization servers (RFC 9207)")
	case !named && a.IssuerRequired:
		return refuse("issuer", "it does not name the issuer, which the server's metadata promise", "ask the provider")
	}
	if code := answer.Get("error"); code != "" {
		return a.refused(code, answer)
	}
	if code := answer.Get("code"); code == "" || len(code) > maxToken {
		return refuse("authorization_url", "it has no usable code", "check that authorization_url is the authorization endpoint")
	}
	return nil
}

// refused is an answer that says why there is no code (RFC 6749 section 4.1.2.1).
func (a *Authorization) refused(code string, answer url.Values) *Error {
	category, known := registered[strings.ToLower(code)]
	if !known {
		category = Provider4xxOther
	}
	failed := NewError(category, StageOAuth, "the authorization server refused the login")
	failed.Endpoint = "authorization_endpoint"
	scrubber := scrub.New([]string{a.State.Reveal(), a.CodeVerifier.Reveal(), answer.Get("code")})
	clean := func(s string, most int) string { return scrub.Cut(scrub.Escape(scrubber.Head(s, most)), most) }
	failed.Code, failed.Description, failed.URI = clean(code, 100), clean(answer.Get("error_description"), maxForeign), clean(answer.Get("error_uri"), 200)
	if category == ConsentRequired {
		failed.Findings = []Finding{{Parameter: "consent", Problem: "the person at the browser, or a rule of the provider, did not allow the access", Fix: "log in again and allow it, or ask an administrator of the provider for consent", Certain: true}}
	}
	return failed
}
