package oauthtest

import (
	"crypto"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// schemeDPoP is the scheme of the Authorization header (RFC 9449 section 7.1).
const schemeDPoP = "DPoP"

// proofWindow is how old a DPoP proof may be.
const proofWindow = time.Minute

// proofSent reports whether the request has a proof that counts.
func (s *Server) proofSent(r *request) bool {
	return s.cfg.DPoP != DPoPIgnored && len(r.http.Header.Values("DPoP")) > 0
}

// prove checks the proof of a token request, and remembers its key for the token.
func (s *Server) prove(r *request, who *caller) (problem *refusal) {
	if !s.proofSent(r) {
		if s.cfg.demandsProof() {
			return refuse(codeInvalidProof, "dpop_missing", "the DPoP proof is missing")
		}
		return nil
	}
	who.jkt, problem = s.checkProof(r, "")
	return problem
}

func refuseProof(check, format string, args ...any) *refusal {
	return refuse(codeInvalidProof, check, fmt.Sprintf(format, args...))
}

// checkProof is RFC 9449 section 4.3. token is the access token that the proof
// goes with at a resource, else empty. It returns the thumbprint of the key.
func (s *Server) checkProof(r *request, token string) (jkt string, problem *refusal) {
	p := r.proof
	switch n := len(r.http.Header.Values("DPoP")); {
	case n > 1:
		return "", refuseProof("dpop_repeated", "there is more than one DPoP header")
	case p == nil:
		return "", refuseProof("dpop_missing", "the DPoP proof is missing")
	case p.malformed != "":
		return "", refuseProof("dpop_format", "the DPoP proof is not a JWT: %s", p.malformed)
	case !strings.EqualFold(stringOf(p.Header["typ"]), "dpop+jwt"):
		return "", refuseProof("dpop_typ", "the 'typ' header of the DPoP proof must be dpop+jwt")
	}
	if jkt, problem = s.checkProofKey(p); problem != nil {
		return "", problem
	}
	if problem = checkProofTarget(r); problem != nil {
		return "", problem
	}
	if problem = checkProofTime(p, r.now); problem != nil {
		return "", problem
	}
	if token != "" && p.Claims["ath"] != thumbprintOf([]byte(token)) {
		return "", refuseProof("dpop_ath", "the 'ath' claim of the DPoP proof is not the hash of the access token")
	}
	return jkt, s.useProof(r, jkt)
}

// proofAlgorithms are the algorithms that proofs may use.
func (s *Server) proofAlgorithms() []string {
	if len(s.cfg.DPoPAlgorithms) > 0 {
		return s.cfg.DPoPAlgorithms
	}
	var list []string
	for _, alg := range asymmetric() {
		list = append(list, string(alg))
	}
	return list
}

// checkProofKey verifies the signature with the key inside, and returns the
// thumbprint of that key (RFC 7638).
func (s *Server) checkProofKey(p *JWT) (string, *refusal) {
	alg := p.Algorithm()
	if !slices.Contains(s.proofAlgorithms(), alg) {
		return "", refuseProof("dpop_alg", "the algorithm %q of the DPoP proof is not accepted: it must be one of %s",
			alg, strings.Join(s.proofAlgorithms(), ", "))
	}
	object, ok := p.Header["jwk"].(map[string]any)
	if !ok {
		return "", refuseProof("dpop_jwk", "the 'jwk' header of the DPoP proof is missing")
	}
	for _, member := range []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"} {
		if _, there := object[member]; there {
			return "", refuseProof("dpop_jwk", "the 'jwk' header of the DPoP proof has the private member %q", member)
		}
	}
	jwk, sum, err := readJWK(object)
	key := Key{Public: jwk.Key}
	switch {
	case err != nil:
		return "", refuseProof("dpop_jwk", "the 'jwk' header of the DPoP proof is not a public key")
	case !key.suits(alg):
		return "", refuseProof("dpop_alg", "the algorithm %s does not suit the key of the DPoP proof", alg)
	case key.weak() && !s.cfg.AllowWeakKeys:
		return "", refuseProof("dpop_jwk", "the RSA key of the DPoP proof is shorter than 2048 bits")
	}
	jws, err := jose.ParseSignedCompact(p.Raw, asymmetric())
	if err != nil {
		return "", refuseProof("dpop_format", "the DPoP proof is not a signed JWT")
	}
	if _, err := jws.Verify(jwk.Key); err != nil || !strictSalt(p.Raw, alg, key) {
		return "", refuseProof("dpop_signature", "the signature of the DPoP proof is invalid")
	}
	return sum, nil
}

// checkProofTarget compares htm and htu with the request.
func checkProofTarget(r *request) *refusal {
	if htm := r.proof.Claims["htm"]; htm != r.http.Method {
		return refuseProof("dpop_htm", "the 'htm' claim of the DPoP proof must be %q", r.http.Method)
	}
	htu := stringOf(r.proof.Claims["htu"])
	if strings.ContainsAny(htu, "?#") {
		return refuseProof("dpop_htu", "the 'htu' claim of the DPoP proof must have neither query nor fragment")
	}
	scheme := "http"
	if r.http.TLS != nil {
		scheme = "https"
	}
	want := scheme + "://" + r.http.Host + r.http.URL.EscapedPath()
	if got := normalURI(htu); got == "" || got != normalURI(want) {
		return refuseProof("dpop_htu", "the 'htu' claim of the DPoP proof must be %q", want)
	}
	return nil
}

// normalURI is the comparison of RFC 3986 section 6.2.2 and 6.2.3, as far as
// URLs of this server need it. It is empty for what is no absolute URL.
func normalURI(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme == "" || u.Host == "" || u.User != nil {
		return ""
	}
	scheme, host, port := strings.ToLower(u.Scheme), strings.ToLower(u.Hostname()), u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[scheme]
	}
	return scheme + "://" + net.JoinHostPort(host, port) + orDefault(u.EscapedPath(), "/")
}

func checkProofTime(p *JWT, now time.Time) *refusal {
	iat, ok := numericDate(p.Claims["iat"])
	switch {
	case !ok:
		return refuseProof("dpop_iat", "the 'iat' claim of the DPoP proof is missing or no number of seconds")
	case iat.Sub(now) > skew:
		return refuseProof("dpop_iat", "the 'iat' claim of the DPoP proof is in the future")
	case now.Sub(iat) > proofWindow:
		return refuseProof("dpop_iat", "the DPoP proof is older than %s", proofWindow)
	}
	return nil
}

// useProof checks nonce and jti, which end with their use. It comes last: a
// proof that was refused for another reason uses nothing up.
func (s *Server) useProof(r *request, jkt string) *refusal {
	jti := stringOf(r.proof.Claims["jti"])
	if jti == "" {
		return refuseProof("dpop_jti", "the 'jti' claim of the DPoP proof is missing or no string")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	nonce := stringOf(r.proof.Claims["nonce"])
	if s.cfg.DPoP == DPoPNonce && !s.jar(r.path).good(nonce, r.now) {
		reason := "the 'nonce' claim of the DPoP proof is missing"
		if nonce != "" {
			reason = "the 'nonce' claim of the DPoP proof is not one of this server, or has ended"
		}
		return refuse(codeUseNonce, "dpop_nonce", reason)
	}
	// Nobody else has the key: jtis are distinct per key.
	if s.seen("dpop:"+jkt+":"+jti, r.now.Add(proofWindow+skew), r.now) {
		return refuseProof("dpop_jti", "the 'jti' claim of the DPoP proof has been used before")
	}
	if s.cfg.DPoPNonceOnce {
		s.jar(r.path).use(nonce)
	}
	return nil
}

// readJWK reads the key of a proof, and its thumbprint.
func readJWK(object map[string]any) (jose.JSONWebKey, string, error) {
	var jwk jose.JSONWebKey
	data, err := json.Marshal(object)
	if err != nil {
		return jwk, "", err
	}
	if err := jwk.UnmarshalJSON(data); err != nil {
		return jwk, "", err
	}
	if err := checkKeys([]Key{{Public: jwk.Key}}); err != nil {
		return jwk, "", err
	}
	sum, err := jwk.Thumbprint(crypto.SHA256)
	return jwk, base64.RawURLEncoding.EncodeToString(sum), err
}
