package oauthtest

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// introspect is RFC 7662, for anybody: this is a server for tests.
func (s *Server) introspect(r *request) *answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	body := map[string]any{"active": false}
	value := r.param("token")
	if t, ok := s.access[value]; ok && t.active(r.now) {
		body = t.describe()
		body["token_type"] = s.tokenType(t)
	} else if t, ok := s.refresh[value]; ok && t.active(r.now) {
		body = map[string]any{"client_id": t.client, "sub": t.subject, "scope": strings.Join(t.scopes, " "), "token_type": "refresh_token"}
	}
	if body["active"] == nil {
		body["active"], body["iss"] = true, s.Issuer()
	}
	return &answer{status: http.StatusOK, header: http.Header{}, body: body}
}

func (t *refreshToken) active(now time.Time) bool {
	return t.used.IsZero() && !t.family.revoked && (t.expires.IsZero() || now.Before(t.expires))
}

// describe lists what the token says, with the names of RFC 7662.
func (t *accessToken) describe() map[string]any {
	m := map[string]any{"sub": t.subject, "iat": t.issued.Unix(), "exp": t.expires.Unix()}
	if t.client != "" {
		m["client_id"] = t.client
	}
	if t.scope != "" {
		m["scope"] = t.scope
	}
	if len(t.audience) > 0 {
		m["aud"] = t.audience
	}
	if cnf := t.confirmation(); cnf != nil {
		m["cnf"] = cnf
	}
	if t.actor != nil {
		m["act"] = t.actor
	}
	return m
}

// resource is a protected resource. It shows whom the token speaks for.
func (s *Server) resource(r *request) *answer {
	scheme, value := r.authorization()
	dpop := strings.EqualFold(scheme, schemeDPoP) && s.cfg.DPoP != DPoPIgnored
	switch {
	case scheme == "":
		return s.unauthorized(s.cfg.demandsProof(), refuse("", "missing", "the Authorization header is missing"))
	case value == "", !dpop && !strings.EqualFold(scheme, "Bearer"):
		schemes := "Bearer or DPoP"
		if s.cfg.DPoP == DPoPIgnored {
			schemes = "Bearer"
		}
		return s.unauthorized(s.cfg.demandsProof(), refuse(codeInvalidRequest, "auth_scheme",
			"the Authorization header must have the scheme "+schemes+" and a token"))
	}
	t, problem := s.usable(r, value)
	if problem == nil {
		problem = s.checkBinding(r, t, dpop, value)
	}
	if problem == nil {
		problem = s.checkScopes(t)
	}
	if problem != nil {
		return s.unauthorized(dpop || t != nil && t.jkt != "", problem)
	}
	return &answer{
		status: http.StatusOK, header: http.Header{}, body: t.describe(),
		client: t.client, subject: t.subject,
	}
}

// usable finds a token that may be used now.
func (s *Server) usable(r *request, value string) (*accessToken, *refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.access[value]
	switch {
	case !ok:
		return nil, refuse(codeInvalidToken, "token", "the access token is not known")
	case !r.now.Before(t.expires):
		return nil, refuse(codeInvalidToken, "token_expired", "the access token is expired")
	case !t.active(r.now):
		return nil, refuse(codeInvalidToken, "token_revoked", "the access token has been revoked")
	}
	return t, nil
}

// checkBinding wants the certificate and the key that the token is bound to.
func (s *Server) checkBinding(r *request, t *accessToken, dpop bool, value string) *refusal {
	switch {
	case t.thumbprint != "" && (len(r.chain) == 0 || thumbprint(r.chain[0]) != t.thumbprint):
		return refuse(codeInvalidToken, "token_binding", "the access token is bound to another client certificate")
	case dpop && t.jkt == "":
		return refuse(codeInvalidToken, "auth_scheme", "the access token is not bound to a key: its scheme is Bearer")
	case !dpop && t.jkt != "":
		return refuse(codeInvalidToken, "auth_scheme", "the access token is bound to a key: its scheme is DPoP")
	case !dpop:
		return nil
	}
	jkt, problem := s.checkProof(r, value)
	if problem == nil && jkt != t.jkt {
		problem = refuse(codeInvalidToken, "token_binding", "the access token is bound to the key of another DPoP proof")
	}
	return problem
}

// checkScopes wants the scopes of Config.ResourceScopes.
func (s *Server) checkScopes(t *accessToken) *refusal {
	for _, wanted := range s.cfg.ResourceScopes {
		if !slices.Contains(strings.Fields(t.scope), wanted) {
			return &refusal{code: codeInsufficientScope, check: "scope", status: http.StatusForbidden, reason: "the access token lacks the scope " + wanted}
		}
	}
	return nil
}

// unauthorized answers as RFC 6750 section 3 and RFC 9449 section 7.1 say: no
// error code when the request brought no token at all.
func (s *Server) unauthorized(dpop bool, r *refusal) *answer {
	if a := s.dialectRefusal(nil, r, pathResource); a != nil {
		return a
	}
	a := &answer{status: orDefault(r.status, http.StatusUnauthorized), header: http.Header{}, refusal: r}
	challenge := `Bearer realm="oauthtest"`
	if dpop {
		challenge = `DPoP algs="` + strings.Join(s.proofAlgorithms(), " ") + `"`
	}
	if r.code != "" {
		challenge += `, error="` + r.code + `", error_description="` + quotable(r.reason) + `"`
		a.body = map[string]any{"error": r.code, "error_description": r.reason}
	}
	if r.code == codeInsufficientScope {
		challenge += `, scope="` + quotable(strings.Join(s.cfg.ResourceScopes, " ")) + `"`
	}
	if r.code == codeInvalidRequest {
		a.status = http.StatusBadRequest
	}
	a.header.Set("WWW-Authenticate", challenge)
	return a
}

// quotable fits into a quoted string of a header (RFC 9110 section 5.6.4).
func quotable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '"' || r == '\\' {
			return '\''
		}
		return r
	}, s)
}
