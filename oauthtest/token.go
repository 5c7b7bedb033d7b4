package oauthtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// signingKeyID is the kid at /jwks.
const signingKeyID = "oauthtest"

// accessToken is an issued access token.
type accessToken struct {
	client, subject, scope string
	audience               []string
	issued, expires        time.Time
	family                 *family // nil: no refresh token goes with it
	thumbprint             string  // of the certificate it is bound to; empty: none
	revoked                bool
}

func (t *accessToken) active(now time.Time) bool {
	return !t.revoked && now.Before(t.expires) && (t.family == nil || !t.family.revoked)
}

// family is everything that descends from one grant.
type family struct{ revoked bool }

// refreshToken is an issued refresh token.
type refreshToken struct {
	client, subject string
	scopes          []string
	audience        []string
	family          *family
	expires         time.Time // zero: never
	used            time.Time // when it was rotated away; zero: not yet
}

func newSigningKey() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic("oauthtest: generate key: " + err.Error())
	}
	return key
}

// newValue returns a token of 256 random bits. The prefix tells a reader of a
// test log what it is.
func newValue(prefix string) string {
	return prefix + base64.RawURLEncoding.EncodeToString(randomBytes(32))
}

// issue makes the tokens of a grant and the reply.
func (s *Server) issue(g *granted, who *caller) *answer {
	now := s.now()
	t := &accessToken{
		client: who.id(), subject: g.subject, scope: strings.Join(g.scopes, " "), audience: g.audience,
		issued: now, expires: now.Add(s.cfg.lifetime()), family: g.family, thumbprint: who.thumbprint,
	}
	if g.refresh {
		t.family = &family{}
	}
	value := newValue("at-")
	if s.cfg.AccessTokenFormat == FormatJWT {
		value = s.signAccessToken(t)
	}
	body := map[string]any{
		"access_token": value,
		"token_type":   s.cfg.tokenType(),
		"expires_in":   int64(math.Ceil(s.cfg.lifetime().Seconds())),
	}
	if s.cfg.ExpiresIn != nil {
		body["expires_in"] = s.cfg.ExpiresIn
	}
	if s.cfg.OmitExpiresIn {
		delete(body, "expires_in")
	}
	if t.scope != "" {
		body["scope"] = t.scope
	}
	if g.renewed != "" {
		body["refresh_token"] = g.renewed
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.addAccess(value, t)
	if g.refresh {
		body["refresh_token"] = s.addRefresh(&refreshToken{
			client: t.client, subject: t.subject, scopes: g.scopes, audience: g.audience, family: t.family,
		}, now)
	}
	return &answer{status: http.StatusOK, header: http.Header{}, body: body}
}

// addAccess stores the token. The caller holds the lock.
func (s *Server) addAccess(value string, t *accessToken) {
	if s.cfg.SingleLive {
		for _, old := range s.access {
			if old.client == t.client && old.subject == t.subject {
				old.revoked = true
			}
		}
	}
	// A benchmark may ask for millions: throw away the expired ones now and then.
	if s.sweep++; s.sweep >= 4096 {
		s.sweep = 0
		for v, old := range s.access {
			if !old.active(t.issued) {
				delete(s.access, v)
			}
		}
	}
	s.access[value] = t
}

// addRefresh stores a refresh token and returns its value. The caller holds the lock.
func (s *Server) addRefresh(t *refreshToken, now time.Time) string {
	if s.cfg.RefreshLifetime > 0 {
		t.expires = now.Add(s.cfg.RefreshLifetime)
	}
	value := newValue("rt-")
	s.refresh[value] = t
	return value
}

// signAccessToken makes a JWT as in RFC 9068.
func (s *Server) signAccessToken(t *accessToken) string {
	claims := map[string]any{
		"iss": s.Issuer(), "sub": t.subject, "iat": t.issued.Unix(), "exp": t.expires.Unix(), "jti": newValue(""),
	}
	if t.client != "" {
		claims["client_id"] = t.client
	}
	if t.scope != "" {
		claims["scope"] = t.scope
	}
	switch len(t.audience) {
	case 0:
		claims["aud"] = s.Issuer()
	case 1:
		claims["aud"] = t.audience[0]
	default:
		claims["aud"] = t.audience
	}
	if t.thumbprint != "" {
		claims["cnf"] = map[string]any{"x5t#S256": t.thumbprint}
	}
	signer, err := jose.NewSigner(
		jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: s.key, KeyID: signingKeyID}},
		(&jose.SignerOptions{}).WithType("at+jwt"))
	if err == nil {
		var jws *jose.JSONWebSignature
		if jws, err = signer.Sign(encodeJSON(claims)); err == nil {
			var value string
			if value, err = jws.CompactSerialize(); err == nil {
				return value
			}
		}
	}
	panic("oauthtest: sign access token: " + err.Error()) // the key is our own: this is a bug
}

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
	case !t.used.IsZero() && r.now.Sub(t.used) >= s.cfg.Grace:
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
	g := &granted{subject: t.subject, scopes: scopes, audience: t.audience, family: t.family}
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
