package oauthtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"maps"
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
	jkt                    string  // of the DPoP key it is bound to; empty: none
	actor                  map[string]any
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
	jkt             string    // of the DPoP key a public client has to use; empty: any
	login           bool      // a user logged in: scope openid gives an id_token
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
func (s *Server) issue(r *request, g *granted, who *caller) *answer {
	now := s.now()
	if a := s.issueAgain(r, g, who); a != nil {
		return a
	}
	t := &accessToken{
		client: who.id(), subject: g.subject, scope: strings.Join(g.scopes, " "), audience: g.audience,
		issued: now, expires: now.Add(s.cfg.lifetime()), family: g.family, thumbprint: who.thumbprint, jkt: who.jkt, actor: g.actor,
	}
	if g.refresh && t.family == nil {
		t.family = &family{}
	}
	if g.kind != "" && g.kind != TokenTypeAccessToken {
		return s.issueOther(g, t, who)
	}
	value := newValue("at-")
	if s.cfg.AccessTokenFormat == FormatJWT {
		value = s.signAccessToken(t)
	}
	body := s.reply(t, value)
	s.dialectReply(r, t, body)
	if g.renewed != "" {
		body["refresh_token"] = g.renewed
	}
	if g.kind != "" {
		body["issued_token_type"] = g.kind
	}
	if g.login && slices.Contains(g.scopes, "openid") {
		body["id_token"] = s.newIDToken(t, g.nonce)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.addAccess(value, t)
	if g.refresh {
		body["refresh_token"] = s.addRefresh(newRefresh(t, g, who), now)
	}
	return &answer{status: s.granted(), header: http.Header{}, body: body}
}

// reply has the members that every grant gives.
func (s *Server) reply(t *accessToken, value string) map[string]any {
	body := map[string]any{
		"access_token": value,
		"token_type":   s.tokenType(t),
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
	return body
}

func (s *Server) tokenType(t *accessToken) string {
	if t.jkt != "" {
		return orDefault(s.cfg.TokenType, "DPoP")
	}
	return orDefault(s.cfg.TokenType, "Bearer")
}

// newRefresh binds the refresh token of a public client to the key of its proof
// (RFC 9449 section 5): no client authentication protects it.
func newRefresh(t *accessToken, g *granted, who *caller) *refreshToken {
	r := &refreshToken{
		client: t.client, subject: t.subject, scopes: g.scopes, audience: g.audience, family: t.family, login: g.login,
	}
	if who.method == AuthNone {
		r.jkt = t.jkt
	}
	return r
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
		s.forget(t.issued)
	}
	s.access[value] = t
}

// forget throws away what has ended. Codes stay for an hour, because a second
// use must be seen, and a late poll told why. The caller holds the lock.
func (s *Server) forget(now time.Time) {
	ended := func(expires time.Time) bool { return now.Sub(expires) > time.Hour }
	maps.DeleteFunc(s.access, func(_ string, t *accessToken) bool { return !t.active(now) })
	maps.DeleteFunc(s.others, func(_ string, t subjectToken) bool { return ended(t.expires) })
	maps.DeleteFunc(s.codes, func(_ string, c *code) bool { return ended(c.expires) })
	maps.DeleteFunc(s.pushed, func(_ string, p *pushed) bool { return ended(p.expires) })
	maps.DeleteFunc(s.devices, func(_ string, d *device) bool { return ended(d.expires) })
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
func (s *Server) signAccessToken(t *accessToken) string { return s.sign("at+jwt", s.accessClaims(t)) }

func (s *Server) accessClaims(t *accessToken) map[string]any {
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
	if cnf := t.confirmation(); cnf != nil {
		claims["cnf"] = cnf
	}
	if t.actor != nil {
		claims["act"] = t.actor
	}
	return claims
}

// confirmation is what the token is bound to (RFC 7800), or nil.
func (t *accessToken) confirmation() map[string]any {
	if t.thumbprint == "" && t.jkt == "" {
		return nil
	}
	cnf := map[string]any{}
	if t.thumbprint != "" {
		cnf["x5t#S256"] = t.thumbprint
	}
	if t.jkt != "" {
		cnf["jkt"] = t.jkt
	}
	return cnf
}

// newIDToken makes an id_token (OpenID Connect Core section 2), for the user t
// speaks for. It is a subject token from now on.
func (s *Server) newIDToken(t *accessToken, nonce string) string {
	claims := map[string]any{
		"iss": s.Issuer(), "sub": t.subject, "aud": t.client, "iat": t.issued.Unix(), "exp": t.expires.Unix(), "jti": newValue(""),
	}
	if nonce != "" {
		claims["nonce"] = nonce
	}
	value := s.sign("JWT", claims)
	s.addOther(value, subjectToken{kind: TokenTypeIDToken, subject: t.subject, expires: t.expires})
	return value
}

// sign makes a JWT with the key at /jwks.
func (s *Server) sign(typ string, claims map[string]any) string {
	signer, err := jose.NewSigner(
		jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: s.key, KeyID: signingKeyID}},
		(&jose.SignerOptions{}).WithType(jose.ContentType(typ)))
	if err == nil {
		var jws *jose.JSONWebSignature
		if jws, err = signer.Sign(encodeJSON(claims)); err == nil {
			var value string
			if value, err = jws.CompactSerialize(); err == nil {
				return value
			}
		}
	}
	panic("oauthtest: sign token: " + err.Error()) // the key is our own: this is a bug
}
