package oauthtest

import (
	"slices"
	"strings"
	"time"
)

// refreshGrant is RFC 6749 section 6.
func (s *Server) refreshGrant(r *request, who *caller) (*granted, *refusal) {
	value := r.param("refresh_token")
	if value == "" {
		return nil, refuse(codeInvalidRequest, "refresh_token", "refresh_token is missing")
	}
	// Looked at before the token is used up: a wrong parameter must not cost the login.
	if problem := checkTarget(append(slices.Clone(r.params["resource"]), r.params["audience"]...), who); problem != nil {
		return nil, problem
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.refresh[value]
	switch {
	case !ok:
		return nil, refuse(codeInvalidGrant, "refresh_token", "the refresh token is not known")
	case t.client != who.id():
		return nil, refuse(codeInvalidGrant, "refresh_client", "the refresh token was issued to another client")
	case t.family.revoked:
		return nil, refuse(codeInvalidGrant, "refresh_revoked", "the refresh token has been revoked")
	case !t.expires.IsZero() && !r.now.Before(t.expires):
		return nil, refuse(codeInvalidGrant, "refresh_expired", "the refresh token is expired")
	case t.jkt != "" && t.jkt != who.jkt:
		return nil, refuse(codeInvalidGrant, "refresh_binding", "the refresh token is bound to the key of another DPoP proof")
	// Of two requests at once the one that was read first may come second: then
	// its time lies before the use, and only a grace may let it pass.
	case !t.used.IsZero() && (s.cfg.Grace == 0 || r.now.Sub(t.used) >= s.cfg.Grace):
		t.family.revoked = !s.cfg.KeepFamilyOnReuse
		return nil, refuse(codeInvalidGrant, "refresh_reused", "the refresh token has been used before")
	}
	scopes := t.scopes
	if asked := r.param("scope"); asked != "" {
		narrowed, problem := scopesOf(asked, t.scopes)
		if problem != nil {
			return nil, problem
		}
		if len(t.scopes) > 0 {
			scopes = narrowed
		}
	}
	g := &granted{subject: t.subject, scopes: scopes, audience: t.audience, family: t.family, login: t.login}
	if s.cfg.RotateRefreshTokens {
		if t.used.IsZero() {
			t.used = r.now
		}
		next := *t
		next.used = time.Time{}
		g.renewed = s.addRefresh(&next, r.now)
	}
	return g, nil
}

// IssueRefreshToken makes a refresh token, as if the subject had logged in and
// consented elsewhere. scope is space-delimited.
func (s *Server) IssueRefreshToken(clientID, subject, scope string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addRefresh(&refreshToken{
		client: clientID, subject: subject, scopes: strings.Fields(scope), family: &family{},
	}, s.now())
}

// Revoke ends a token: an access token alone, a refresh token with its whole
// family. It reports whether the token is known.
func (s *Server) Revoke(token string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t, ok := s.access[token]; ok {
		t.revoked = true
		return true
	}
	if t, ok := s.refresh[token]; ok {
		t.family.revoked = true
		return true
	}
	return false
}
