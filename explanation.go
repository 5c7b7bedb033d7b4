package jeton

import (
	"net/http"
	"net/url"
)

// Explanation is the token request that would be sent, and where its values come from.
type Explanation struct {
	// Request with every secret masked; nil when none can be built (see Findings) or none is sent.
	Request *RedactedRequest `json:"request"`
	// Login is the request with which a login begins, where the grant begins with
	// one; what is random in it is [random].
	Login *RedactedRequest `json:"login,omitempty"`
	// Steps are the requests that follow, with {reply.NAME} in the place of what a reply will say.
	Steps []RedactedRequest `json:"steps,omitempty"`
	// SelfIssued is true when no token request is sent: the signed JWT itself, or the user name and password, is the token.
	SelfIssued bool `json:"self_issued"`
	// Assertions of a self-issued token, decoded; those of a request stand in Request.
	Assertions []DecodedAssertion `json:"assertions,omitempty"`
	// Usage is the header that presents the token, masked, for example "Authorization: Bearer [redacted]"; or the parameter, "?key=[redacted]".
	Usage string `json:"usage"`
	// Proxy that the request would go through, if any.
	Proxy string `json:"proxy,omitempty"`
	// Settings in effect and where each comes from.
	Settings []Setting `json:"settings"`
	// Findings of Validate.
	Findings []Finding `json:"findings"`
}

// usageLine shows how the token will be presented.
func usageLine(c *Connection) string {
	if c.Usage.Query != "" {
		return "?" + url.QueryEscape(c.Usage.Query) + "=" + Redacted
	}
	scheme := c.Usage.Scheme
	if scheme == "" {
		scheme = "Bearer"
		switch {
		case c.Type == "basic":
			scheme = "Basic"
		case c.Client.DPoP != nil && !selfIssued(c):
			scheme = "DPoP"
		}
	}
	name, value := (&Token{AccessToken: NewSecret("-"), TokenType: scheme, Usage: c.Usage}).Header()
	shown := value.Reveal()
	return name + ": " + shown[:len(shown)-1] + Redacted
}

// Explain builds the request of c as Exchange would, and sends nothing: of an
// issuer's metadata it knows only what [Engine.Discover] has read before. Where
// no request can be built it returns what is known, and the error.
func (e *Engine) Explain(c *Connection, prev *Token) (*Explanation, error) {
	prepared, err := e.completeWith(c, nil, true)
	if metadata := e.knownMetadata(prepared); err == nil && metadata != nil {
		prepared, err = e.completeWith(c, metadata, true)
	}
	if err == nil && prepared.needsDiscovery() && prepared.TokenURL == "" {
		err = NewError(NetworkError, StageDiscovery, "the token endpoint is not known before discovery", Finding{Parameter: "token_url", Certain: true,
			Problem: "token_url comes from the metadata of the issuer, which were not read", Fix: "read them: jeton explain --discover, or Engine.Discover; or write token_url"})
	}
	if err == nil && prepared.needsDiscovery() && prepared.TokenURL != "" {
		prepared.report.add(Finding{Parameter: "mtls_token_url", Warning: true, Problem: "the metadata of the issuer may name another endpoint for client certificates, and were not read",
			Fix: "read them: jeton explain --discover, or Engine.Discover; or write mtls_token_url"})
	}
	x := &Explanation{Settings: prepared.settings, Findings: prepared.report.findings, SelfIssued: selfIssued(&prepared.Connection) || prepared.Type == "basic"}
	if err != nil {
		return x, err
	}
	attempt := attempt{engine: e, c: prepared, previous: prev, choice: e.memory.choice(prepared)}
	if prepared.autoSkew() {
		attempt.offset = e.memory.offset(prepared.TokenURL)
	}
	if prev == nil {
		attempt.login = exampleLogin(prepared)
	}
	if x.Login, err = e.explainLogin(prepared, prev); err != nil {
		return x, err
	}
	if attempt.dpop, err = e.dpopKey(prepared, boundKey(prev)); err != nil {
		return x, err
	}
	request := attempt.newRequest()
	x.Usage = usageLine(&prepared.Connection)
	x.Steps = attempt.explainSteps()
	if x.SelfIssued {
		if _, err := request.issue(); err != nil {
			return x, err
		}
		for _, a := range request.assertions {
			x.Assertions = append(x.Assertions, a.decoded())
		}
		return x, nil
	}
	if err := request.apply(); err != nil {
		return x, err
	}
	shown := request.redacted()
	x.Request = &shown
	x.Proxy = e.proxyOf(request)
	return x, nil
}

// randomValue stands for what is different in every login.
const randomValue = "[random]"

// explainLogin shows the request with which the login begins; nil for a grant
// without a login, and where a refresh token stands in for it.
func (e *Engine) explainLogin(c *completed, prev *Token) (*RedactedRequest, error) {
	if prev != nil && !prev.RefreshToken.IsZero() || c.Type != "oauth2" {
		return nil, nil
	}
	switch c.Grant.Type {
	case "authorization_code":
		return e.explainAuthorization(c)
	case "device_code":
		endpoint := deviceAuthorization
		endpoint.url = c.DeviceAuthorizationURL
		return e.explainAsked(c, endpoint, c.deviceParams())
	}
	return nil, nil
}

// explainAuthorization is the address that a browser opens; or the request that
// is pushed before, where the metadata demand it.
func (e *Engine) explainAuthorization(c *completed) (*RedactedRequest, error) {
	bound, err := e.dpopKey(c, nil)
	if err != nil {
		return nil, err
	}
	form, err := c.authorizationParams(&Authorization{RedirectURL: c.Grant.RedirectURL, State: NewSecret(randomValue), DPoPKey: bound})
	if err != nil {
		return nil, err
	}
	var shown *RedactedRequest
	if m := c.metadata; m != nil && m.RequirePushed {
		endpoint := pushedAuthorization
		endpoint.url, endpoint.dpop = m.PushedAuthorizationURL, bound
		if shown, err = e.explainAsked(c, endpoint, form); shown == nil {
			return nil, err
		}
	} else {
		r := (&TokenRequest{Connection: &c.atEndpoint().Connection, Method: http.MethodGet, URL: c.AuthorizationURL, Form: form, keys: &c.keys}).redacted()
		shown = &r
	}
	for i := range shown.Params {
		if name := shown.Params[i].Name; name == "state" || name == "code_challenge" {
			shown.Params[i].Value = randomValue
		}
	}
	return shown, nil
}

func (e *Engine) explainAsked(c *completed, endpoint asked, form url.Values) (*RedactedRequest, error) {
	if endpoint.url == "" {
		return nil, nil // a finding says so
	}
	r, err := e.asking(c, endpoint).askedRequest(form)
	if err != nil {
		return nil, err
	}
	shown := r.redacted()
	return &shown, nil
}

// exampleLogin stands in for a login where a request is only shown.
func exampleLogin(c *completed) *login {
	switch c.Grant.Type {
	case "authorization_code":
		return &login{code: NewSecret(Redacted), codeVerifier: NewSecret(Redacted), redirectURL: c.Grant.RedirectURL}
	case "device_code":
		return &login{deviceCode: NewSecret(Redacted)}
	}
	return nil
}
