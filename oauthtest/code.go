package oauthtest

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
	"time"
)

// code is an authorization code, and what it is bound to.
type code struct {
	authorization
	subject string
	expires time.Time
	used    bool
	family  *family // of the tokens that were issued from it
}

// newCode stores a code and returns its value.
func (s *Server) newCode(a *authorization, subject string, now time.Time) string {
	value := newValue("code-")
	s.mu.Lock()
	defer s.mu.Unlock()
	s.codes[value] = &code{authorization: *a, subject: subject, expires: now.Add(s.cfg.codeLifetime()), family: &family{}}
	return value
}

// codeGrant is RFC 6749 section 4.1.3. A request that is refused leaves the code
// as it is, so that a test sees one refusal after the other; a second use ends
// the tokens of the first (section 4.1.2).
func (s *Server) codeGrant(r *request, who *caller) (*granted, *refusal) {
	value := r.param("code")
	if value == "" {
		return nil, refuse(codeInvalidRequest, "code", "code is missing")
	}
	asked := append(slices.Clone(r.params["resource"]), r.params["audience"]...)
	if problem := checkTarget(asked, who); problem != nil {
		return nil, problem
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.codes[value]
	switch {
	case !ok:
		return nil, refuse(codeInvalidGrant, "code", "the code is not known")
	case c.client.ID != who.id():
		return nil, refuse(codeInvalidGrant, "code_client", "the code was issued to another client")
	case c.used:
		c.family.revoked = true
		return nil, refuse(codeInvalidGrant, "code_reused", "the code has been used before; the tokens issued from it are revoked")
	case !r.now.Before(c.expires):
		return nil, refuse(codeInvalidGrant, "code_expired", "the code is expired")
	}
	if problem := c.checkRedirect(r.param("redirect_uri")); problem != nil {
		return nil, problem
	}
	if problem := s.checkVerifier(c.pkce, r.param("code_verifier")); problem != nil {
		return nil, problem
	}
	if c.jkt != "" && c.jkt != who.jkt {
		return nil, refuse(codeInvalidGrant, "code_binding", "the code is bound to the key of another DPoP proof")
	}
	for _, target := range asked {
		if len(c.audience) > 0 && !slices.Contains(c.audience, target) {
			return nil, refuse(codeInvalidTarget, "resource", "the resource was not part of the authorization request")
		}
	}
	c.used = true
	return &granted{
		subject: c.subject, scopes: c.scopes, audience: c.audience, nonce: c.nonce, login: true,
		refresh: who.client.allows(GrantRefreshToken), family: c.family,
	}, nil
}

// checkRedirect wants the redirect_uri of the authorization request again, to
// the letter, port and all.
func (c *code) checkRedirect(uri string) *refusal {
	switch {
	case c.sent && uri == "":
		return refuse(codeInvalidGrant, "redirect_uri", "redirect_uri is missing: the authorization request had one")
	case uri != "" && uri != c.redirect:
		return refuse(codeInvalidGrant, "redirect_uri", "redirect_uri differs from the one of the authorization request")
	}
	return nil
}

// The methods of PKCE.
const (
	methodS256  = "S256"
	methodPlain = "plain"
)

// pkce is what an authorization request says about PKCE.
type pkce struct {
	challenge string // empty: nothing
	method    string
}

func (s *Server) challengeMethods() []string {
	switch {
	case s.cfg.PKCE == PKCEIgnored:
		return nil
	case s.cfg.AllowPlainPKCE:
		return []string{methodS256, methodPlain}
	}
	return []string{methodS256}
}

// readPKCE is RFC 7636 section 4.3 and 4.4.
func (s *Server) readPKCE(params url.Values) (pkce, *refusal) {
	if s.cfg.PKCE == PKCEIgnored {
		return pkce{}, nil
	}
	p := pkce{challenge: params.Get("code_challenge"), method: orDefault(params.Get("code_challenge_method"), methodPlain)}
	switch {
	case p.challenge == "" && params.Has("code_challenge_method"):
		return p, refuse(codeInvalidRequest, "code_challenge", "code_challenge_method stands without code_challenge")
	case p.challenge == "" && s.cfg.PKCE == PKCEOptional:
		return p, nil
	case p.challenge == "":
		return p, refuse(codeInvalidRequest, "code_challenge", "code_challenge is missing: the server requires PKCE")
	case !slices.Contains(s.challengeMethods(), p.method):
		return p, refuse(codeInvalidRequest, "code_challenge_method",
			"code_challenge_method must be "+strings.Join(s.challengeMethods(), " or ")+"; without one it is plain")
	case p.method == methodS256 && !isThumbprint(p.challenge), p.method == methodPlain && !isVerifier(p.challenge):
		return p, refuse(codeInvalidRequest, "code_challenge", "code_challenge does not have the form of "+p.method)
	}
	return p, nil
}

// checkVerifier is RFC 7636 section 4.6, and RFC 9700 section 2.1.1 against who
// took the challenge out of the authorization request.
func (s *Server) checkVerifier(p pkce, verifier string) *refusal {
	switch {
	case s.cfg.PKCE == PKCEIgnored, p.challenge == "" && verifier == "":
		return nil
	case p.challenge == "":
		return refuse(codeInvalidGrant, "code_verifier", "code_verifier is there, but the authorization request had no code_challenge")
	case verifier == "":
		return refuse(codeInvalidGrant, "code_verifier", "code_verifier is missing: the authorization request had a code_challenge")
	case !isVerifier(verifier):
		return refuse(codeInvalidGrant, "code_verifier", "code_verifier must be 43 to 128 unreserved characters")
	}
	if p.method == methodS256 {
		verifier = thumbprintOf([]byte(verifier))
	}
	if subtle.ConstantTimeCompare([]byte(verifier), []byte(p.challenge)) != 1 {
		return refuse(codeInvalidGrant, "code_verifier", "code_verifier does not fit the code_challenge")
	}
	return nil
}

// isVerifier is the form of RFC 7636 section 4.1.
func isVerifier(v string) bool {
	return len(v) >= 43 && len(v) <= 128 && !strings.ContainsFunc(v, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-._~", r)
	})
}

// thumbprintOf is the SHA-256 in base64url, without padding.
func thumbprintOf(data []byte) string {
	sum := sha256.Sum256(data)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// isThumbprint reports the form of thumbprintOf.
func isThumbprint(v string) bool {
	b, err := base64.RawURLEncoding.Strict().DecodeString(v)
	return err == nil && len(b) == sha256.Size
}
