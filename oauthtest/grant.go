package oauthtest

import (
	"crypto/subtle"
	"fmt"
	"slices"
	"strings"
)

// granted is what a grant allows: the rest of a token is the same for all.
type granted struct {
	subject  string
	scopes   []string
	audience []string
	refresh  bool           // give a refresh token
	family   *family        // of the refresh token that was used; nil: a new one
	renewed  string         // the refresh token that takes the place of the used one
	actor    map[string]any // the act claim (RFC 8693 section 4.1); nil: none
	nonce    string         // of the authorization request, for the id_token
	login    bool           // a user logged in: scope openid gives an id_token
	kind     string         // the token type of RFC 8693 that is issued; empty but for token_exchange
}

// grantFunc decides one grant. The caller is authenticated, and may use it.
type grantFunc func(*Server, *request, *caller) (*granted, *refusal)

// grants is the table of grants. A new one is one line here and one function.
func grants() map[string]grantFunc {
	return map[string]grantFunc{
		GrantClientCredentials: (*Server).clientCredentials,
		GrantPassword:          (*Server).password,
		GrantJWTBearer:         (*Server).jwtBearer,
		GrantRefreshToken:      (*Server).refreshGrant,
		GrantAuthorizationCode: (*Server).codeGrant,
		GrantDeviceCode:        (*Server).deviceGrant,
		GrantTokenExchange:     (*Server).exchangeGrant,
	}
}

// grantNames in the order the metadata lists them.
func grantNames() []string {
	return []string{
		GrantClientCredentials, GrantPassword, GrantJWTBearer, GrantRefreshToken,
		GrantAuthorizationCode, GrantDeviceCode, GrantTokenExchange,
	}
}

// wireName returns the value of grant_type: the extension grants have URNs.
func wireName(grant string) string {
	switch grant {
	case GrantJWTBearer:
		return wireJWTBearer
	case GrantDeviceCode:
		return wireDeviceCode
	case GrantTokenExchange:
		return wireTokenExchange
	}
	return grant
}

// grantOf returns the grant that the request asks for, or "" for one unknown.
// On the wire the extension grants are known by their URNs alone.
func (s *Server) grantOf(r *request) string {
	wire := r.param("grant_type")
	if s.dialect != nil && s.dialect.grants != nil {
		return s.dialect.grants[wire]
	}
	if name, ok := s.cfg.GrantNames[wire]; ok {
		return name
	}
	for _, name := range grantNames() {
		if wire == wireName(name) {
			return name
		}
	}
	return ""
}

// token is the token endpoint.
func (s *Server) token(r *request) *answer {
	if problem := s.before(r); problem != nil {
		return s.refusal(r, problem)
	}
	if r.problem != nil {
		return s.refusal(r, r.problem)
	}
	who, problem := s.authenticate(r)
	if problem == nil {
		problem = s.prove(r, who)
	}
	if problem == nil {
		var g *granted
		if g, problem = s.grant(r, who); problem == nil {
			a := s.issue(r, g, who)
			a.client, a.method, a.subject = who.id(), who.method, g.subject
			return a
		}
	}
	a := s.refusal(r, problem)
	a.client, a.method = who.id(), who.method
	return a
}

func (s *Server) grant(r *request, who *caller) (*granted, *refusal) {
	if r.param("grant_type") == "" && s.grantOf(r) == "" {
		return nil, refuse(codeInvalidRequest, "grant_type", "grant_type is missing").finer("grant_missing")
	}
	name := s.grantOf(r)
	if name == "" {
		return nil, refuse(codeUnsupportedGrantType, "grant_type",
			fmt.Sprintf("the grant_type %q is not supported", r.param("grant_type")))
	}
	if who.client != nil && !who.client.allows(name) {
		return nil, refuse(codeUnauthorizedClient, "grant", "the client is not authorized to use this grant_type")
	}
	g, problem := s.decideGrant(name)(s, r, who)
	if problem != nil {
		return nil, problem
	}
	if problem := s.after(r, who, g); problem != nil {
		return nil, problem
	}
	if problem := g.target(r, who); problem != nil {
		return nil, problem
	}
	return g, nil
}

// target reads resource (RFC 8707) and audience.
func (g *granted) target(r *request, who *caller) *refusal {
	asked := append(slices.Clone(r.params["resource"]), r.params["audience"]...)
	if problem := checkTarget(asked, who); problem != nil {
		return problem
	}
	if len(asked) > 0 {
		g.audience = asked
	}
	return nil
}

func checkTarget(asked []string, who *caller) *refusal {
	if who.client == nil || len(who.client.Resources) == 0 {
		return nil
	}
	for _, target := range asked {
		if !slices.Contains(who.client.Resources, target) {
			return refuse(codeInvalidTarget, "resource", fmt.Sprintf("the resource %q is not known", target))
		}
	}
	return nil
}

// clientCredentials is RFC 6749 section 4.4, for confidential clients only.
func (s *Server) clientCredentials(r *request, who *caller) (*granted, *refusal) {
	if who.method == AuthNone {
		return nil, refuse(codeUnauthorizedClient, "grant", "client_credentials needs client authentication")
	}
	scopes, problem := scopesOf(r.param("scope"), who.client.Scopes)
	return &granted{subject: who.client.ID, scopes: scopes}, problem
}

// password is RFC 6749 section 4.3.
func (s *Server) password(r *request, who *caller) (*granted, *refusal) {
	name := r.param("username")
	if name == "" || r.param("password") == "" {
		return nil, refuse(codeInvalidRequest, "username", "username or password is missing")
	}
	s.mu.Lock()
	user, ok := s.users[name]
	s.mu.Unlock()
	if subtle.ConstantTimeCompare([]byte(user.Password), []byte(r.param("password"))) != 1 || !ok {
		return nil, refuse(codeInvalidGrant, "password", "the user name or password is wrong")
	}
	scopes, problem := scopesOf(r.param("scope"), who.client.Scopes)
	return &granted{
		subject: orDefault(user.Subject, user.Name), scopes: scopes,
		refresh: who.client.allows(GrantRefreshToken),
	}, problem
}

// jwtBearer is RFC 7523 section 2.1. The client may be nobody.
func (s *Server) jwtBearer(r *request, who *caller) (*granted, *refusal) {
	if r.assertion == nil {
		return nil, refuse(codeInvalidRequest, "assertion", "assertion is missing")
	}
	s.mu.Lock()
	issuer, ok := s.issuers[r.assertion.Issuer()]
	s.mu.Unlock()
	switch {
	case r.assertion.malformed == "" && !ok:
		return nil, refuse(codeInvalidGrant, "iss", fmt.Sprintf("the issuer %q of the assertion is not trusted", r.assertion.Issuer())).finer("iss_unknown")
	case issuer.RequireClient && who.client == nil:
		return nil, refuse(codeInvalidClient, "missing", "client authentication is missing")
	}
	rules := assertionRules{
		parameter:  "assertion",
		issuer:     issuer.Issuer,
		subjects:   issuer.Subjects,
		audiences:  orAudiences(issuer.Audiences, s.ownAudiences()),
		algorithms: issuer.Algorithms,
		types:      issuer.Types,
		keys:       issuer.Keys,
		secret:     issuer.Secret,
		lifetime:   orDefault(issuer.MaxLifetime, s.cfg.maxAssertionLifetime()),
	}
	s.adjust(r, &rules)
	if problem := s.verify(r.assertion, rules, r.now); problem != nil {
		return nil, problem.with(codeInvalidGrant)
	}
	scopes, problem := assertedScopes(r, who, issuer)
	return &granted{subject: r.assertion.Subject(), scopes: scopes}, problem
}

// assertedScopes takes the scope from the parameter, or else from the claim, a
// string or an array, where Google and others want it.
func assertedScopes(r *request, who *caller, issuer AssertionIssuer) ([]string, *refusal) {
	asked := r.param("scope")
	if asked == "" {
		switch claim := r.assertion.Claims["scope"].(type) {
		case string:
			asked = claim
		case []any:
			var list []string
			for _, v := range claim {
				list = append(list, stringOf(v))
			}
			asked = strings.Join(list, " ")
		}
	}
	allowed := issuer.Scopes
	if who.client != nil {
		allowed = who.client.Scopes
	}
	return scopesOf(asked, allowed)
}

// scopesOf checks the charset of RFC 6749 section 3.3 and what is allowed.
// Nothing asked means everything allowed.
func scopesOf(asked string, allowed []string) ([]string, *refusal) {
	if asked == "" {
		return allowed, nil
	}
	scopes := strings.Split(asked, " ")
	for _, scope := range scopes {
		if scope == "" || strings.ContainsFunc(scope, func(r rune) bool { return r <= ' ' || r == '"' || r == '\\' || r > '~' }) {
			return nil, refuse(codeInvalidScope, "scope", "the scope is malformed: scopes are separated by single spaces")
		}
		if len(allowed) > 0 && !slices.Contains(allowed, scope) {
			return nil, refuse(codeInvalidScope, "scope", fmt.Sprintf("the scope %q is not allowed", scope))
		}
	}
	return scopes, nil
}
