package jeton

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jeton-oauth/jeton/key"
)

// NonceStore keeps the nonces that servers demand in DPoP proofs, one for each
// origin (RFC 9449 section 8). It must be safe for concurrent use.
type NonceStore interface {
	// Nonce is the newest nonce of an origin such as https://as.example; empty if there is none.
	Nonce(origin string) string
	// KeepNonce replaces it.
	KeepNonce(origin, nonce string)
}

// nonces is the NonceStore of an engine that was given none.
type nonces struct {
	mu       sync.Mutex
	byOrigin map[string]string
}

func (n *nonces) Nonce(origin string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.byOrigin[origin]
}

func (n *nonces) KeepNonce(origin, nonce string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.byOrigin == nil || len(n.byOrigin) >= memorySize {
		n.byOrigin = make(map[string]string)
	}
	n.byOrigin[origin] = nonce
}

func (e *Engine) nonceStore() NonceStore {
	if e.Nonces != nil {
		return e.Nonces
	}
	return &e.nonces
}

// nonceOf is the nonce that the server of a request wants in proofs, as far as
// it is known; empty for a request without a proof.
func (e *Engine) nonceOf(r *TokenRequest) string {
	if r.dpop == nil {
		return ""
	}
	return e.nonceAt(r.URL)
}

func (e *Engine) nonceAt(target string) string {
	u, err := url.Parse(target)
	if err != nil {
		return ""
	}
	return e.nonceStore().Nonce(originOf(u))
}

func boundKey(prev *Token) *key.Key {
	if prev == nil {
		return nil
	}
	return prev.DPoPKey
}

// maxNonce bounds a nonce, in bytes.
const maxNonce = 1 << 10

// replyNonce is the nonce of a reply; empty for none, and for one that could
// not stand in a proof (RFC 9449 section 8.1).
func replyNonce(h http.Header) string {
	values := h.Values("DPoP-Nonce")
	if len(values) != 1 || len(values[0]) > maxNonce ||
		strings.ContainsFunc(values[0], func(r rune) bool { return r < 0x21 || r > 0x7e || r == '"' || r == '\\' }) {
		return ""
	}
	return values[0]
}

// originOf is scheme and host of a URL, in lower case and without the scheme's own port.
func originOf(u *url.URL) string {
	scheme, host := strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	switch scheme {
	case "https":
		host = strings.TrimSuffix(host, ":443")
	case "http":
		host = strings.TrimSuffix(host, ":80")
	}
	return scheme + "://" + host
}

// proof is what one DPoP proof is about.
type proof struct {
	method string
	target *url.URL
	nonce  string
	token  string // at the resource; empty at the authorization server
	now    time.Time
}

// claims are those of RFC 9449 section 4.2; htu has neither query nor fragment.
func (p proof) claims(random io.Reader) ([]byte, error) {
	id, err := newUUID(random)
	if err != nil {
		return nil, err
	}
	bare := url.URL{Scheme: p.target.Scheme, Host: p.target.Host, Path: p.target.Path, RawPath: p.target.RawPath}
	if bare.Path == "" { // RFC 3986 section 6.2.3: what is sent is /
		bare.Path = "/"
	}
	claims := Members{{"jti", id}, {"htm", p.method}, {"htu", bare.String()}, {"iat", p.now.Unix()}}
	if p.token != "" {
		sum := sha256.Sum256([]byte(p.token))
		claims = append(claims, Member{"ath", base64.RawURLEncoding.EncodeToString(sum[:])})
	}
	if p.nonce != "" {
		claims = append(claims, Member{"nonce", p.nonce})
	}
	return claims.appendJSON(make([]byte, 0, 384))
}

// prove puts a DPoP proof on a request to the authorization server.
func (r *TokenRequest) prove() error {
	if r.dpop == nil {
		return nil
	}
	target, err := url.Parse(r.URL)
	if err != nil {
		return NewError(InternalError, StageAssertion, "the URL of the request cannot be parsed")
	}
	claims, err := proof{method: r.Method, target: target, nonce: r.nonce, now: r.Now}.claims(r.rand)
	if err != nil {
		return assertionError("client.dpop", err)
	}
	jwt, err := r.dpop.SignProof(dpopAlgorithm(r.Connection, r.dpop), claims)
	if err != nil {
		return assertionError("client.dpop.key", err)
	}
	r.Header.Set("DPoP", jwt)
	signed := signedAssertion{jwt: NewSecret(jwt)}
	signed.Parameter, signed.Claims = "client.dpop", claims
	r.assertions = append(r.assertions, signed)
	return nil
}

// dpopAlgorithm is the algorithm of proofs: the document's, or the key's own
// where that is none or for another kind of key, which a kept token may have.
func dpopAlgorithm(c *Connection, k *key.Key) string {
	if d := c.Client.DPoP; d != nil && d.Algorithm != "" && k.Check(d.Algorithm) == nil {
		return d.Algorithm
	}
	return k.DefaultAlgorithm()
}

// dpopKeys are the keys that an engine made because a document names none.
type dpopKeys struct {
	mu   sync.Mutex
	made map[[sha256.Size]byte]*key.Key
}

// dpopKey is the key that a token of this connection is bound to: the
// document's; else the one that bound is bound to already, because a refresh
// token may work with no other (RFC 9449 section 5); else one that is made once.
func (e *Engine) dpopKey(c *completed, bound *key.Key) (*key.Key, error) {
	d := c.Client.DPoP
	if d == nil {
		return nil, nil
	}
	if !d.Key.IsZero() {
		private, failed := e.keys.private("client.dpop.key", &d.Key, false)
		if failed != nil {
			return nil, failed
		}
		return private, nil
	}
	if bound != nil && (d.Algorithm == "" || bound.Check(d.Algorithm) == nil) {
		return bound, nil
	}
	id := hashParts(c.Issuer, c.TokenURL, c.Client.ID, c.Name, d.Algorithm)
	e.dpopKeys.mu.Lock()
	defer e.dpopKeys.mu.Unlock()
	if made := e.dpopKeys.made[id]; made != nil {
		return made, nil
	}
	made, err := makeDPoPKey(d.Algorithm)
	if err != nil {
		return nil, keyError("client.dpop.algorithm", err)
	}
	if e.dpopKeys.made == nil || len(e.dpopKeys.made) >= memorySize {
		e.dpopKeys.made = make(map[[sha256.Size]byte]*key.Key)
	}
	e.dpopKeys.made[id] = made
	return made, nil
}

// makeDPoPKey makes a key for an algorithm; ES256, which every server of RFC
// 9449 is likely to know, for none.
func makeDPoPKey(algorithm string) (*key.Key, error) {
	var signer crypto.Signer
	var err error
	switch {
	case algorithm == "EdDSA":
		_, signer, err = ed25519.GenerateKey(rand.Reader)
	case algorithm == "ES384":
		signer, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case algorithm == "ES512":
		signer, err = ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	case strings.HasPrefix(algorithm, "RS"), strings.HasPrefix(algorithm, "PS"):
		signer, err = rsa.GenerateKey(rand.Reader, 2048)
	default:
		signer, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	if err != nil {
		return nil, err
	}
	return key.FromSigner(signer, nil)
}

// dpopAlgorithm is the algorithm of a connection before its key is read.
func (c *completed) dpopAlgorithm() string {
	if d := c.Client.DPoP; d.Algorithm != "" || !d.Key.IsZero() {
		return d.Algorithm
	}
	return "ES256"
}

// checkDPoP reads the key of proofs and holds it against the algorithm.
func (c *completed) checkDPoP() {
	d := c.Client.DPoP
	if d == nil {
		return
	}
	if c.Type != "oauth2" || selfIssued(&c.Connection) {
		c.report.warn("client.dpop", "no token request is made, so no token is bound to a key", "remove it")
		return
	}
	c.checkOneOf("client.dpop.algorithm", d.Algorithm, "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
	for name := range c.Request.Headers {
		if http.CanonicalHeaderKey(name) == "Dpop" {
			c.report.fail("request.headers."+Parameter(name), "the proof of client.dpop is sent in this header", "remove it")
		}
	}
	if d.Key.IsZero() {
		c.setting("client.dpop.key", Redacted, "made and kept with the token")
		return
	}
	private, failed := c.keys.private("client.dpop.key", &d.Key, false)
	if failed != nil {
		c.report.failError(failed)
		return
	}
	if private.Public() == nil {
		c.report.failWith(KeyUnusable, Finding{Parameter: "client.dpop.key", Problem: "an HMAC secret cannot prove possession: everybody who checks it has it", Fix: "use an EC, Ed25519 or RSA key", Certain: true})
		return
	}
	if d.Algorithm != "" && private.Check(d.Algorithm) != nil {
		failed := keyError("client.dpop.key", private.Check(d.Algorithm))
		failed.Findings[0].Parameter, failed.Findings[0].Proposed = "client.dpop.algorithm", private.DefaultAlgorithm()
		c.report.failError(failed)
		return
	}
	c.setting("client.dpop.algorithm", d.Algorithm, "document")
	if d.Algorithm == "" {
		c.setting("client.dpop.algorithm", private.DefaultAlgorithm(), "default (from the key)")
	}
	c.setting("client.dpop.key", Redacted, d.Key.origin())
}

// bind ties a token to the key of its proof. A server that answers with a
// bearer token has not bound it.
func (a *attempt) bind(t *Token) {
	if a.dpop == nil {
		return
	}
	if t.TokenType != "DPoP" {
		t.Warnings = append(t.Warnings, Finding{Parameter: "client.dpop", Problem: "the server issued a bearer token: it is not bound to the key", Certain: true, Warning: true,
			Fix: "ask the provider to bind the tokens of this client (dpop_bound_access_tokens), or remove client.dpop"})
	}
	t.DPoPKey = a.dpop // the refresh token may be bound all the same
	a.engine.present(&a.c.Connection, t)
}

// present gives a token what its proofs need.
func (e *Engine) present(c *Connection, t *Token) {
	t.dpopAlgorithm, t.nonces, t.now, t.rand = dpopAlgorithm(c, t.DPoPKey), e.nonceStore(), e.Now, e.Rand
}

// Adopt makes a token that was kept elsewhere one of this engine: it is
// presented as c says, with proofs of the key that was kept with it, else of the
// key that c names. No key is made: the token is not bound to it.
func (e *Engine) Adopt(c *Connection, t *Token) error {
	t.Usage = c.Usage
	d := c.Client.DPoP
	if t.DPoPKey == nil && d != nil && !d.Key.IsZero() {
		private, failed := e.keys.private("client.dpop.key", &d.Key, false)
		if failed != nil {
			return failed
		}
		t.DPoPKey = private
	}
	if t.DPoPKey != nil {
		e.present(c, t)
	}
	return nil
}

// needsProof reports whether the token is presented with a DPoP proof.
func (t *Token) needsProof() bool { return t.DPoPKey != nil && t.TokenType == "DPoP" }

// proof returns the DPoP proof that goes with this token to a resource.
func (t *Token) proof(method string, target *url.URL) (string, error) {
	p := proof{method: method, target: target, token: t.AccessToken.Reveal(), now: time.Now()}
	if t.now != nil {
		p.now = t.now()
	}
	if t.nonces != nil {
		p.nonce = t.nonces.Nonce(originOf(target))
	}
	claims, err := p.claims(t.rand)
	if err != nil {
		return "", err
	}
	algorithm := t.dpopAlgorithm
	if algorithm == "" {
		algorithm = t.DPoPKey.DefaultAlgorithm()
	}
	return t.DPoPKey.SignProof(algorithm, claims)
}

// Challenged keeps the DPoP nonce of a resource's reply and reports whether the
// request should be sent once more with it (RFC 9449 section 9): with a new
// proof, which Authorize makes. Once is enough: a server that asks again does
// not mean the nonce. It reports false for a token that is not bound to a key.
func (t *Token) Challenged(reply *http.Response) bool {
	if !t.needsProof() || t.nonces == nil || reply.Request == nil || reply.Request.URL == nil {
		return false
	}
	nonce, origin := replyNonce(reply.Header), originOf(reply.Request.URL)
	if nonce == "" {
		return false
	}
	t.nonces.KeepNonce(origin, nonce)
	return reply.StatusCode == http.StatusUnauthorized && demandsNonce(reply.Header)
}

// nonceChallenge is the challenge of the scheme DPoP that demands a nonce, alone or after others.
var nonceChallenge = regexp.MustCompile(`(?i:(^|,)\s*DPoP\s).*\berror\s*=\s*"?use_dpop_nonce\b`)

func demandsNonce(h http.Header) bool {
	return slices.ContainsFunc(h.Values("WWW-Authenticate"), nonceChallenge.MatchString)
}
