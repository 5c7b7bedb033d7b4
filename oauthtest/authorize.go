package oauthtest

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// authorization is an authorization request that was found good.
type authorization struct {
	client   Client
	redirect string // where the response goes
	sent     bool   // redirect_uri was a parameter, so the token request must repeat it
	state    string
	nonce    string // of OpenID Connect, for the id_token
	scopes   []string
	audience []string
	jkt      string // the thumbprint of the DPoP key the code is bound to; empty: none
	pkce
}

// authorize is the authorization endpoint (RFC 6749 section 4.1.1), with nobody
// to log in: the user is there already, and decides as [Server.Decide] says.
func (s *Server) authorize(r *request) *answer {
	if r.problem != nil {
		return s.refusal(r, r.problem)
	}
	if r.http.Method != http.MethodGet && r.http.Method != http.MethodPost {
		return s.refusal(r, &refusal{code: codeInvalidRequest, check: "method", status: http.StatusMethodNotAllowed,
			reason: "the authorization endpoint takes GET and POST requests only"})
	}
	params, problem := s.authorizationParameters(r)
	if problem != nil {
		return s.refusal(r, problem)
	}
	// Until client and redirect URI are known to be good, an error must not
	// travel to it (RFC 6749 section 4.1.2.1).
	a, problem := s.addressee(params)
	if problem != nil {
		return s.refusal(r, problem)
	}
	if problem = s.checkAuthorization(a, params); problem == nil && s.cfg.RequirePAR && !r.params.Has("request_uri") {
		problem = refuse(codeInvalidRequest, "par", "the server takes pushed authorization requests only")
	}
	d := s.takeDecision()
	if problem == nil && d.Error != "" {
		problem = refuse(d.Error, "decision", orDefault(d.Description, "the user or the server decided against it"))
	}
	if problem == nil && d.Scope != "" {
		a.scopes = strings.Fields(d.Scope)
	}
	return s.respond(r, a, d, problem)
}

// authorizationParameters are those of the request, or those that were pushed
// and that request_uri stands for.
func (s *Server) authorizationParameters(r *request) (url.Values, *refusal) {
	if !r.params.Has("request_uri") {
		return r.params, nil
	}
	if r.params.Has("request") {
		return nil, refuse(codeInvalidRequest, "request_uri", "request and request_uri exclude each other")
	}
	return s.takePushed(r)
}

// addressee finds the client, and the redirect URI that the response may go to.
func (s *Server) addressee(params url.Values) (*authorization, *refusal) {
	c := &caller{}
	if problem := s.findClient(params.Get("client_id"), c); problem != nil {
		return nil, problem.with(codeInvalidRequest) // nobody authenticates here
	}
	a := &authorization{client: *c.client, redirect: params.Get("redirect_uri"), state: params.Get("state")}
	registered := c.client.RedirectURIs
	switch a.sent = a.redirect != ""; {
	case !a.sent && len(registered) != 1:
		return nil, refuse(codeInvalidRequest, "redirect_uri", "redirect_uri is missing")
	case !a.sent:
		a.redirect = registered[0]
		return a, nil
	}
	if problem := checkRedirectForm(a.redirect); problem != nil {
		return nil, problem
	}
	if len(registered) > 0 && !slices.ContainsFunc(registered, func(uri string) bool { return sameRedirect(uri, a.redirect) }) {
		return nil, refuse(codeInvalidRequest, "redirect_uri", fmt.Sprintf("the redirect_uri %q is not registered", a.redirect))
	}
	return a, nil
}

func checkRedirectForm(uri string) *refusal {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme == "" || strings.Contains(uri, "#") {
		return refuse(codeInvalidRequest, "redirect_uri", "the redirect_uri must be an absolute URI without a fragment")
	}
	return nil
}

// sameRedirect compares as RFC 6749 section 3.1.2.3 wants it, character by
// character, but for the port of a loopback address.
func sameRedirect(registered, asked string) bool {
	return registered == asked || withoutLoopbackPort(registered) == withoutLoopbackPort(asked)
}

// withoutLoopbackPort is for addresses only: what localhost is, the resolver
// decides (RFC 8252 section 8.3).
func withoutLoopbackPort(uri string) string {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "http" || u.User != nil {
		return uri
	}
	if ip := net.ParseIP(u.Hostname()); ip == nil || !ip.IsLoopback() || u.Port() == "" {
		return uri
	}
	return strings.Replace(uri, u.Host, strings.TrimSuffix(u.Host, ":"+u.Port()), 1)
}

// checkAuthorization reads what is left. Its refusals may travel to the client.
func (s *Server) checkAuthorization(a *authorization, params url.Values) *refusal {
	for _, name := range []string{"request", "registration"} {
		if params.Has(name) {
			return refuse(codeRequestNotSupported, name, "the parameter "+name+" is not supported")
		}
	}
	switch response, mode := params.Get("response_type"), params.Get("response_mode"); {
	case response == "":
		return refuse(codeInvalidRequest, "response_type", "response_type is missing")
	case response != "code":
		return refuse(codeUnsupportedResponseType, "response_type", fmt.Sprintf("the response_type %q is not supported", response))
	case mode != "" && mode != "query":
		return refuse(codeInvalidRequest, "response_mode", fmt.Sprintf("the response_mode %q is not supported", mode))
	case !a.client.allows(GrantAuthorizationCode):
		return refuse(codeUnauthorizedClient, "grant", "the client is not authorized to use authorization_code")
	}
	var problem *refusal
	if a.pkce, problem = s.readPKCE(params); problem != nil {
		return problem
	}
	if a.scopes, problem = scopesOf(params.Get("scope"), a.client.Scopes); problem != nil {
		return problem
	}
	a.audience = append(slices.Clone(params["resource"]), params["audience"]...)
	if problem = checkTarget(a.audience, &caller{client: &a.client}); problem != nil {
		return problem
	}
	if s.cfg.DPoP != DPoPIgnored {
		a.jkt = params.Get("dpop_jkt")
	}
	if a.jkt != "" && !isThumbprint(a.jkt) {
		return refuse(codeInvalidRequest, "dpop_jkt", "dpop_jkt is not a SHA-256 thumbprint in base64url")
	}
	a.nonce = params.Get("nonce")
	return nil
}

// respond sends the user back to the client, with a code or with the problem.
func (s *Server) respond(r *request, a *authorization, d Decision, problem *refusal) *answer {
	if problem != nil && s.cfg.Errors == ErrorsSilent {
		return s.refusal(r, problem)
	}
	out := &answer{status: http.StatusFound, header: http.Header{}, client: a.client.ID, refusal: problem}
	if r.http.Method == http.MethodPost {
		out.status = http.StatusSeeOther // or a browser might post to the client what was posted here
	}
	response := url.Values{}
	if problem != nil {
		response.Set("error", problem.code)
		response.Set("error_description", s.description(problem))
	} else {
		subject := s.subjectOf(orDefault(d.User, s.user()))
		response.Set("code", s.newCode(a, subject, r.now))
		out.subject = subject
	}
	if a.state != "" {
		response.Set("state", a.state)
	}
	if !s.cfg.OmitIssParameter {
		response.Set("iss", s.Issuer())
	}
	if d.Rewrite != nil {
		d.Rewrite(response)
	}
	out.header.Set("Location", withQuery(a.redirect, response))
	return out
}

// withQuery keeps the query that a redirect URI has of its own.
func withQuery(uri string, values url.Values) string {
	encoded := values.Encode()
	switch {
	case encoded == "":
		return uri
	case strings.HasSuffix(uri, "?"):
		return uri + encoded
	case strings.Contains(uri, "?"):
		return uri + "&" + encoded
	}
	return uri + "?" + encoded
}

// user is who is logged in.
func (s *Server) user() string { return orDefault(s.cfg.ApproveAs, "user") }

// subjectOf returns the sub of a user. A name that nobody registered is its own.
func (s *Server) subjectOf(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return orDefault(s.users[name].Subject, name)
}
