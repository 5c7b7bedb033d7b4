package oauthtest

import (
	"net/http"
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
		body["token_type"] = s.cfg.tokenType()
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
	if t.thumbprint != "" {
		m["cnf"] = map[string]any{"x5t#S256": t.thumbprint}
	}
	return m
}

// resource is a protected resource. It shows whom the token speaks for.
func (s *Server) resource(r *request) *answer {
	scheme, value := r.authorization()
	if scheme == "" {
		return unauthorized(refuse("", "missing", "the Authorization header is missing"))
	}
	if !strings.EqualFold(scheme, "Bearer") || value == "" {
		return unauthorized(refuse(codeInvalidRequest, "auth_scheme", "the Authorization header must use the Bearer scheme"))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.access[value]
	switch {
	case !ok:
		return unauthorized(refuse(codeInvalidToken, "token", "the access token is not known"))
	case !r.now.Before(t.expires):
		return unauthorized(refuse(codeInvalidToken, "token_expired", "the access token is expired"))
	case !t.active(r.now):
		return unauthorized(refuse(codeInvalidToken, "token_revoked", "the access token has been revoked"))
	case t.thumbprint != "" && (len(r.chain) == 0 || thumbprint(r.chain[0]) != t.thumbprint):
		return unauthorized(refuse(codeInvalidToken, "token_binding", "the access token is bound to another client certificate"))
	}
	return &answer{
		status: http.StatusOK, header: http.Header{}, body: t.describe(),
		client: t.client, subject: t.subject,
	}
}

// unauthorized answers as RFC 6750 section 3 says: no error code when the
// request brought no token at all.
func unauthorized(r *refusal) *answer {
	a := &answer{status: http.StatusUnauthorized, header: http.Header{}, refusal: r}
	challenge := `Bearer realm="oauthtest"`
	if r.code != "" {
		challenge += `, error="` + r.code + `", error_description="` + r.reason + `"`
		a.body = map[string]any{"error": r.code, "error_description": r.reason}
	}
	if r.code == codeInvalidRequest {
		a.status = http.StatusBadRequest
	}
	a.header.Set("WWW-Authenticate", challenge)
	return a
}
