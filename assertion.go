package jeton

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/jeton-oauth/jeton/internal/jsonbody"
	"github.com/jeton-oauth/jeton/key"
)

// defaultAssertionLifetime is exp - iat where the document does not say.
const defaultAssertionLifetime = 5 * time.Minute

// sign makes the JWT of one of the two assertions. a has its defaults applied
// (see complete); index says which of its keys signs.
func (r *TokenRequest) sign(p Parameter, a *Assertion, index int) (Secret, error) {
	private, algorithm, failed := r.signingKey(p, a, index)
	if failed != nil {
		return Secret{}, failed
	}
	if a, failed = keyed(p, a, private); failed != nil {
		return Secret{}, failed
	}
	header, failed := joseHeader(p, a, private)
	if failed != nil {
		return Secret{}, failed
	}
	claims, err := r.claims(p, a)
	if err != nil {
		return Secret{}, assertionError(p, err)
	}
	jwt, err := private.Sign(algorithm, header, claims)
	if err != nil {
		return Secret{}, assertionError(p, err)
	}
	signed := signedAssertion{jwt: NewSecret(jwt)}
	signed.Parameter, signed.Claims = p, claims
	r.assertions = append(r.assertions, signed)
	return signed.jwt, nil
}

func assertionError(p Parameter, err error) *Error {
	failed := keyError(p, err)
	failed.Stage, failed.Problem = StageAssertion, "the assertion cannot be signed"
	return failed
}

// signingKey returns the key of an assertion and the algorithm it signs with.
func (r *TokenRequest) signingKey(p Parameter, a *Assertion, index int) (*key.Key, string, *Error) {
	if r.Connection.Client.Auth == "client_secret_jwt" && p == "client.assertion" {
		return r.secretKey(a)
	}
	if index >= len(a.Key) {
		return nil, "", unread(p+".key", SecretSource{})
	}
	private, failed := r.keys.private(listParameter(p+".key", index, len(a.Key)), &a.Key[index], isHMAC(a.Algorithm))
	if failed != nil {
		return nil, "", failed
	}
	algorithm, failed := checkedAlgorithm(p, a, private)
	return private, algorithm, failed
}

// secretKey is the client secret as an HMAC key.
func (r *TokenRequest) secretKey(a *Assertion) (*key.Key, string, *Error) {
	private, err := key.FromHMAC([]byte(r.clientSecret()), r.Connection.Client.AllowWeakKey)
	if err != nil {
		return nil, "", keyError("client.secret", err)
	}
	if err := private.Check(a.Algorithm); err != nil {
		return nil, "", keyError("client.secret", err)
	}
	return private, a.Algorithm, nil
}

// checkedAlgorithm is the algorithm of the document if the key can do it, or the key's own.
func checkedAlgorithm(p Parameter, a *Assertion, private *key.Key) (string, *Error) {
	if a.Algorithm == "" {
		return private.DefaultAlgorithm(), nil
	}
	if err := private.Check(a.Algorithm); err != nil {
		failed := keyError(p+".key", err)
		if f := &failed.Findings[0]; f.Parameter == p+".key" {
			f.Parameter, f.Proposed = p+".algorithm", private.DefaultAlgorithm()
		}
		return "", failed
	}
	return a.Algorithm, nil
}

func isHMAC(algorithm string) bool { return strings.HasPrefix(algorithm, "HS") }

// textHeaders are strings (RFC 7515 sections 4.1.4, 4.1.9 and 4.1.10). YAML makes
// a number of a kid of digits, and loses a zero that it begins with.
var textHeaders = []string{"kid", "typ", "cty"}

// joseHeader returns the members beside alg. kid is sent only if the document
// or the key file gives one; what a certificate yields is computed from it.
func joseHeader(p Parameter, a *Assertion, private *key.Key) (map[string]any, *Error) {
	header := make(map[string]any, len(a.Headers)+len(a.CertificateHeaders)+2)
	header["typ"] = "JWT"
	if private.ID != "" {
		header["kid"] = private.ID
	}
	if len(a.CertificateHeaders) > 0 {
		computed, err := private.CertificateHeaders(a.CertificateHeaders)
		if err != nil {
			failed := keyError(p+".key", err)
			failed.Findings[0].Parameter = p + ".certificate_headers"
			return nil, failed
		}
		for name, value := range computed {
			header[name] = value
		}
	}
	for name, value := range a.Headers {
		if value == nil || value == "" { // typ: "" leaves the member out
			delete(header, name)
			continue
		}
		if _, text := value.(string); !text && slices.Contains(textHeaders, name) {
			return nil, NewError(DocumentInvalid, StageConfig, "the assertion cannot be signed", Finding{Parameter: p + ".headers." + Parameter(name), Certain: true,
				Problem: "this header member is text, and the value is none", Fix: "put the value in quotes"})
		}
		header[name] = value
	}
	if header["kid"] == "thumbprint" {
		thumbprint, err := private.Thumbprint()
		if err != nil {
			return nil, keyError(p+".key", err)
		}
		header["kid"] = thumbprint
	}
	return header, nil
}

// claims writes iss, sub, aud, iat, exp, jti and the scope claim, then the
// document's own; a claim that is replaced keeps its place.
func (r *TokenRequest) claims(p Parameter, a *Assertion) ([]byte, error) {
	issued, expires := r.lifetime(a)
	claims := make(Members, 0, 8+len(a.Claims))
	for _, named := range []Member{{"iss", a.Issuer}, {"sub", a.Subject}} {
		if named.Value != "" {
			claims = append(claims, named)
		}
	}
	if audience := audienceClaim(a.Audience); audience != nil {
		claims = append(claims, Member{"aud", audience})
	}
	claims = append(claims, Member{"iat", issued}, Member{"exp", expires})
	if a.JTI != "none" {
		jti, err := newUUID(r.rand)
		if err != nil {
			return nil, err
		}
		claims = append(claims, Member{"jti", jti})
	}
	if scope := r.scopeClaim(p); scope != nil {
		claims = append(claims, Member{"scope", scope})
	}
	for _, own := range a.Claims {
		if own.Name == "nbf" && isAuto(own.Value) {
			own.Value = issued
		}
		claims.set(own.Name, own.Value)
	}
	return claims.appendJSON(make([]byte, 0, 384))
}

// lifetime is iat and exp of an assertion.
func (r *TokenRequest) lifetime(a *Assertion) (issued, expires int64) {
	issued = r.Now.Add(-time.Duration(a.Backdate)).Unix()
	return issued, issued + int64(time.Duration(a.Lifetime)/time.Second)
}

// expiry is the end of an assertion that was signed. Claims of the document are
// read again: one of them may be exp.
func (r *TokenRequest) expiry(a *Assertion, signed signedAssertion) (time.Time, bool) {
	if len(a.Claims) > 0 {
		return claimsExpiry(signed.Claims)
	}
	_, expires := r.lifetime(a)
	return epochTime(float64(expires))
}

// audienceClaim is a string for one value and an array for several.
func audienceClaim(audience StringList) any {
	switch len(audience) {
	case 0:
		return nil
	case 1:
		return audience[0]
	}
	return []string(audience)
}

// scopeClaim is the scope inside the assertion that carries it: the grant's if
// the grant is one, else the client's.
func (r *TokenRequest) scopeClaim(p Parameter) any {
	c := r.Connection
	if len(c.Scopes) == 0 || (c.Grant.Type == "jwt_bearer") != (p == "grant.assertion") { // see scopeCarrier
		return nil
	}
	switch c.ScopeIn {
	case "claim":
		return r.scope()
	case "claim_array":
		return []string(c.Scopes)
	}
	return nil
}

func isAuto(value any) bool {
	if raw, ok := value.(json.RawMessage); ok {
		return string(raw) == `"auto"`
	}
	return value == "auto"
}

// readRandom fills b from an injected source of randomness; nil is crypto/rand.
func readRandom(random io.Reader, b []byte) error {
	if random == nil {
		random = rand.Reader
	}
	_, err := io.ReadFull(random, b)
	return err
}

// newUUID returns a random UUID (RFC 9562 version 4): 122 random bits.
func newUUID(random io.Reader) (string, error) {
	var b [16]byte
	if err := readRandom(random, b[:]); err != nil {
		return "", err
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	var text [36]byte
	hex.Encode(text[:8], b[:4])
	hex.Encode(text[9:13], b[4:6])
	hex.Encode(text[14:18], b[6:8])
	hex.Encode(text[19:23], b[8:10])
	hex.Encode(text[24:], b[10:])
	text[8], text[13], text[18], text[23] = '-', '-', '-', '-'
	return string(text[:]), nil
}

// decodeAssertion splits a JWT of ours for display: its header, and the claims as they were signed.
func (s signedAssertion) decoded() DecodedAssertion {
	d := s.DecodedAssertion
	head, _, _ := strings.Cut(s.jwt.Reveal(), ".")
	if header, err := base64.RawURLEncoding.DecodeString(head); err == nil {
		d.Header = header
	}
	return d
}

// jwtExpiry reads exp of a JWT without verifying it: a hint for the expiry,
// never a reason to trust the token (RFC 6749 section 1.4).
func jwtExpiry(token string) (time.Time, bool) {
	parts := strings.SplitN(token, ".", 4)
	if len(parts) != 3 {
		return time.Time{}, false
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return time.Time{}, false
	}
	return claimsExpiry(payload)
}

// claimsExpiry reads exp of claims.
func claimsExpiry(payload []byte) (time.Time, bool) {
	claims, err := jsonbody.Decode(payload)
	if err != nil {
		return time.Time{}, false
	}
	object, _ := claims.(map[string]any)
	number, ok := object["exp"].(json.Number)
	if !ok {
		return time.Time{}, false
	}
	seconds, err := number.Float64()
	if err != nil {
		return time.Time{}, false
	}
	return epochTime(seconds)
}

func epochTime(seconds float64) (time.Time, bool) {
	if seconds < 0 || seconds > maxEpoch {
		return time.Time{}, false
	}
	return time.Unix(int64(seconds), 0), true
}

// maxEpoch is the end of the year 9999, the last that RFC 3339 can write.
const maxEpoch = 253402300799
