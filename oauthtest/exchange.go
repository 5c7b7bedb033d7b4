package oauthtest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// The token types of RFC 8693 section 3, for [Server.AddSubjectToken].
const (
	TokenTypeAccessToken  = typePrefix + "access_token"
	TokenTypeRefreshToken = typePrefix + "refresh_token"
	TokenTypeIDToken      = typePrefix + "id_token"
	TokenTypeJWT          = typePrefix + "jwt"
	TokenTypeSAML1        = typePrefix + "saml1"
	TokenTypeSAML2        = typePrefix + "saml2"
)

const typePrefix = "urn:ietf:params:oauth:token-type:"

// subjectToken is a token that stands for somebody.
type subjectToken struct {
	kind    string
	subject string
	scopes  []string       // empty: any
	actor   map[string]any // who acts for the subject already
	expires time.Time      // zero: never
}

// AddSubjectToken makes a token of somewhere else known, for token_exchange:
// as subject_token and as actor_token it stands for the subject. kind is its
// type, a TokenType... constant or any other URI.
func (s *Server) AddSubjectToken(token, kind, subject string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.foreign[token] = subjectToken{kind: kind, subject: subject}
}

// addOther stores what was issued beside access and refresh tokens.
func (s *Server) addOther(value string, t subjectToken) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.others[value] = t
}

// exchangeGrant is RFC 8693 section 2.1.
func (s *Server) exchangeGrant(r *request, who *caller) (*granted, *refusal) {
	subject, problem := s.presentedToken(r, who, "subject_token")
	if problem != nil {
		return nil, problem
	}
	if subject == nil {
		return nil, refuse(codeInvalidRequest, "subject_token", "subject_token is missing")
	}
	actor, problem := s.presentedToken(r, who, "actor_token")
	if problem != nil {
		return nil, problem
	}
	kind := orDefault(r.param("requested_token_type"), TokenTypeAccessToken)
	if !slices.Contains([]string{TokenTypeAccessToken, TokenTypeRefreshToken, TokenTypeIDToken, TokenTypeJWT}, kind) {
		return nil, refuse(codeInvalidRequest, "requested_token_type", fmt.Sprintf("the requested_token_type %q is not supported", kind))
	}
	scopes, problem := exchangedScopes(r.param("scope"), subject.scopes, who)
	if problem != nil {
		return nil, problem
	}
	g := &granted{subject: subject.subject, scopes: scopes, kind: kind, actor: subject.actor}
	if actor != nil {
		g.actor = map[string]any{"sub": actor.subject}
		if subject.actor != nil { // the chain of RFC 8693 section 4.1
			g.actor["act"] = subject.actor
		}
	}
	return g, nil
}

// exchangedScopes lets nobody exchange a token for one that may do more.
func exchangedScopes(asked string, had []string, who *caller) ([]string, *refusal) {
	allowed := who.client.Scopes
	if len(had) > 0 && len(allowed) > 0 {
		had = slices.DeleteFunc(slices.Clone(had), func(scope string) bool { return !slices.Contains(allowed, scope) })
		if len(had) == 0 {
			return nil, refuse(codeInvalidScope, "scope", "the client is allowed none of the scopes of the subject_token")
		}
	}
	if len(had) > 0 {
		allowed = had
	}
	return scopesOf(asked, allowed)
}

// presentedToken finds the token that a parameter holds, nil if it is not
// there. RFC 8693 section 2.2.2 wants invalid_request for whatever is wrong.
func (s *Server) presentedToken(r *request, who *caller, name string) (*subjectToken, *refusal) {
	value, kind := r.param(name), r.param(name+"_type")
	switch {
	case value == "" && kind == "":
		return nil, nil
	case value == "":
		return nil, refuse(codeInvalidRequest, name, name+"_type stands without "+name)
	case kind == "":
		return nil, refuse(codeInvalidRequest, name+"_type", name+"_type is missing")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t, found, active := s.lookUp(value, who, r.now)
	switch {
	case !found:
		return nil, refuse(codeInvalidRequest, name, "the "+name+" is not known")
	case t.kind != kind && !s.alsoJWT(t, kind):
		return nil, refuse(codeInvalidRequest, name+"_type", fmt.Sprintf("the %s is not of the type %q", name, kind))
	case !active:
		return nil, refuse(codeInvalidRequest, name+"_expired", "the "+name+" is expired or has been revoked")
	}
	return &t, nil
}

// alsoJWT: an access token in the form of a JWT may be called either.
func (s *Server) alsoJWT(t subjectToken, kind string) bool {
	return kind == TokenTypeJWT && (t.kind == TokenTypeIDToken || t.kind == TokenTypeAccessToken && s.cfg.AccessTokenFormat == FormatJWT)
}

// lookUp finds a token of any kind. A refresh token is of use to its own client
// alone. The caller holds the lock.
func (s *Server) lookUp(value string, who *caller, now time.Time) (t subjectToken, found, active bool) {
	if a, ok := s.access[value]; ok {
		return subjectToken{kind: TokenTypeAccessToken, subject: a.subject, scopes: strings.Fields(a.scope), actor: a.actor}, true, a.active(now)
	}
	if r, ok := s.refresh[value]; ok && r.client == who.id() {
		return subjectToken{kind: TokenTypeRefreshToken, subject: r.subject, scopes: r.scopes}, true, r.active(now)
	}
	if t, found = s.others[value]; !found {
		t, found = s.foreign[value]
	}
	return t, found, t.expires.IsZero() || now.Before(t.expires)
}

// issueOther makes a token that is no access token: token_type is N_A (RFC 8693
// section 2.2.1).
func (s *Server) issueOther(g *granted, t *accessToken, who *caller) *answer {
	t.jkt, t.thumbprint = "", "" // nothing will ask for key or certificate
	var value string
	switch g.kind {
	case TokenTypeIDToken:
		value = s.newIDToken(t, "")
	case TokenTypeJWT:
		value = s.sign("JWT", s.accessClaims(t))
		s.addOther(value, subjectToken{kind: g.kind, subject: g.subject, scopes: g.scopes, actor: g.actor, expires: t.expires})
	default:
		t.family = &family{}
		s.mu.Lock()
		value = s.addRefresh(newRefresh(t, g, who), t.issued)
		s.mu.Unlock()
	}
	a := &answer{status: http.StatusOK, header: http.Header{}, body: s.reply(t, value)}
	a.body["token_type"], a.body["issued_token_type"] = "N_A", g.kind
	if g.kind == TokenTypeRefreshToken {
		delete(a.body, "expires_in") // its life is another one
	}
	return a
}
