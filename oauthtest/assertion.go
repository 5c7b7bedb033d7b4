package oauthtest

import (
	"crypto"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"mime"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// assertionRules are what a JWT must fulfil, as client authentication or as grant
// (RFC 7523 section 3).
type assertionRules struct {
	parameter  string // for the description: "client_assertion", "assertion"
	issuer     string
	subjects   []string // empty: any
	audiences  []string
	algorithms []string // empty: all but none
	types      []string // empty: any
	keys       []Key
	secret     string
	lifetime   time.Duration

	// What vendors differ in, see Dialect. The zero values are the rules of the
	// server without one.
	order       []assertionStep // nil: assertionSteps
	needs       []string        // header members that must be there
	tolerance   time.Duration   // of iat and nbf in the future, and of lifetime; zero: skew
	leeway      time.Duration   // after exp
	age         time.Duration   // how old iat may be; zero: any
	span        bool            // iat must be there, and exp - iat counts as lifetime
	noSubject   bool            // sub is not looked at
	noAudience  bool            // aud is not looked at
	oneAudience bool            // aud must be a string
	once        bool            // jti must be there
}

// assertionStep is one of the checks of an assertion.
type assertionStep func(*Server, *JWT, assertionRules, time.Time) *refusal

// assertionSteps checks everything, the signature first, as a server must: what
// is not signed is not worth a description. Some vendors go another way.
func assertionSteps() []assertionStep {
	return []assertionStep{(*Server).checkSignature, (*Server).checkParties, (*Server).checkTimes, (*Server).checkReplay}
}

// verify checks everything.
func (s *Server) verify(j *JWT, rules assertionRules, now time.Time) *refusal {
	if j.malformed != "" {
		return rules.refuse("format", "the %s is not a JWT: %s", rules.parameter, j.malformed)
	}
	steps := rules.order
	if steps == nil {
		steps = assertionSteps()
	}
	for _, step := range steps {
		if problem := step(s, j, rules, now); problem != nil {
			return problem
		}
	}
	return nil
}

// refuse has no code yet: the place where the assertion came from gives it.
func (rules assertionRules) refuse(check, format string, args ...any) *refusal {
	return refuse("", check, fmt.Sprintf(format, args...))
}

func (s *Server) checkSignature(j *JWT, rules assertionRules, _ time.Time) *refusal {
	if problem := checkHeader(j, rules); problem != nil {
		return problem
	}
	alg := j.Algorithm()
	if strings.HasPrefix(alg, "HS") {
		return s.checkHMAC(j, rules, alg)
	}
	keys, problem := s.candidates(j, rules, alg)
	if problem != nil {
		return problem
	}
	jws, err := jose.ParseSignedCompact(j.Raw, asymmetric())
	if err != nil {
		return rules.refuse("format", "the %s is not a signed JWT", rules.parameter)
	}
	for _, k := range keys {
		if _, err := jws.Verify(k.public()); err == nil && strictSalt(j.Raw, alg, k) {
			return nil
		}
	}
	return rules.refuse("signature", "the signature of the %s is invalid", rules.parameter)
}

// checkHeader looks at alg, typ, and what else must be in the header.
func checkHeader(j *JWT, rules assertionRules) *refusal {
	alg := j.Algorithm()
	known := slices.Contains(append(asymmetric(), symmetric()...), jose.SignatureAlgorithm(alg))
	for _, name := range rules.needs {
		if _, there := j.Header[name]; !there {
			return rules.refuse(name, "the '%s' header of the %s is missing", name, rules.parameter).finer(name + "_missing")
		}
	}
	switch {
	case alg == "":
		return rules.refuse("alg", "the 'alg' header of the %s is missing", rules.parameter)
	case !known, len(rules.algorithms) > 0 && !slices.Contains(rules.algorithms, alg):
		return rules.refuse("alg", "the algorithm %q of the %s is not accepted", alg, rules.parameter)
	}
	return checkType(j, rules)
}

func (s *Server) checkHMAC(j *JWT, rules assertionRules, alg string) *refusal {
	if rules.secret == "" {
		return rules.refuse("alg", "the algorithm %s of the %s needs a shared secret, and none is registered", alg, rules.parameter)
	}
	if bits := map[string]int{"HS256": 256, "HS384": 384, "HS512": 512}[alg]; len(rules.secret)*8 < bits && !s.cfg.AllowWeakKeys {
		return rules.refuse("weak_key", "the shared secret is too short for %s, which needs %d bits", alg, bits)
	}
	jws, err := jose.ParseSignedCompact(j.Raw, symmetric())
	if err != nil {
		return rules.refuse("format", "the %s is not a signed JWT", rules.parameter)
	}
	// go-jose refuses short secrets too. HMAC fills a key with zeros up to the
	// block of the hash, so a secret filled here gives the same MAC.
	secret := []byte(rules.secret)
	for len(secret) < 64 {
		secret = append(secret, 0)
	}
	if _, err := jws.Verify(secret); err != nil {
		return rules.refuse("signature", "the signature of the %s is invalid", rules.parameter)
	}
	return nil
}

// candidates are the registered keys that may have signed.
func (s *Server) candidates(j *JWT, rules assertionRules, alg string) ([]Key, *refusal) {
	if len(rules.keys) == 0 {
		return nil, rules.refuse("key", "no key is registered that could verify the %s", rules.parameter)
	}
	keys := rules.keys
	if kid := j.KeyID(); kid != "" {
		keys = slices.DeleteFunc(slices.Clone(keys), func(k Key) bool { return k.ID != "" && k.ID != kid })
		if len(keys) == 0 {
			return nil, rules.refuse("kid", "no key with the 'kid' %q of the %s is registered", kid, rules.parameter)
		}
	}
	keys = slices.DeleteFunc(slices.Clone(keys), func(k Key) bool { return !k.suits(alg) })
	if len(keys) == 0 {
		return nil, rules.refuse("alg", "the algorithm %s of the %s does not suit the registered key", alg, rules.parameter)
	}
	if !s.cfg.AllowWeakKeys && slices.ContainsFunc(keys, Key.weak) {
		return nil, rules.refuse("weak_key", "the registered RSA key is shorter than 2048 bits")
	}
	return keys, nil
}

// strictSalt wants the salt of PS256 and its kin as long as the hash (RFC 7518
// section 3.5). go-jose takes any length, real servers do not.
func strictSalt(raw, alg string, k Key) bool {
	hash, ok := map[string]crypto.Hash{"PS256": crypto.SHA256, "PS384": crypto.SHA384, "PS512": crypto.SHA512}[alg]
	if !ok {
		return true
	}
	public, ok := k.public().(*rsa.PublicKey)
	dot := strings.LastIndexByte(raw, '.')
	signature, err := base64.RawURLEncoding.DecodeString(raw[dot+1:])
	if !ok || err != nil {
		return false
	}
	h := hash.New()
	h.Write([]byte(raw[:dot]))
	return rsa.VerifyPSS(public, hash, h.Sum(nil), signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}) == nil
}

// checkType compares media types: case does not count, "application/" may be left out.
func checkType(j *JWT, rules assertionRules) *refusal {
	if len(rules.types) == 0 {
		return nil
	}
	typ := normalType(stringOf(j.Header["typ"]))
	for _, t := range rules.types {
		if normalType(t) == typ {
			return nil
		}
	}
	return rules.refuse("typ", "the 'typ' header of the %s must be %s", rules.parameter, strings.Join(rules.types, " or "))
}

func normalType(t string) string {
	if media, _, err := mime.ParseMediaType(t); err == nil {
		t = media
	}
	return strings.TrimPrefix(strings.ToLower(t), "application/")
}

// checkParties looks at iss, sub and aud. They compare as plain strings (RFC 7523
// section 3): a slash more is another audience.
func (s *Server) checkParties(j *JWT, rules assertionRules, _ time.Time) *refusal {
	iss, sub := j.Issuer(), j.Subject()
	switch {
	case iss == "":
		return rules.refuse("iss", "the 'iss' claim of the %s is missing", rules.parameter)
	case iss != rules.issuer:
		return rules.refuse("iss", "the 'iss' claim of the %s must be %q", rules.parameter, rules.issuer)
	case sub == "" && !rules.noSubject:
		return rules.refuse("sub", "the 'sub' claim of the %s is missing", rules.parameter)
	case !rules.noSubject && len(rules.subjects) > 0 && !slices.Contains(rules.subjects, sub):
		return rules.refuse("sub", "the 'sub' claim of the %s names a subject that the issuer may not speak for", rules.parameter)
	}
	return checkAudience(j, rules)
}

func checkAudience(j *JWT, rules assertionRules) *refusal {
	if rules.noAudience {
		return nil
	}
	switch aud := j.Claims["aud"].(type) {
	case nil:
		return rules.refuse("aud", "the 'aud' claim of the %s is missing", rules.parameter)
	case []any:
		if rules.oneAudience {
			return rules.refuse("aud", "the 'aud' claim of the %s must be a string, and not a list of %d", rules.parameter, len(aud)).finer("aud_array")
		}
	}
	for _, aud := range j.Audience() {
		if slices.Contains(rules.audiences, aud) {
			return nil
		}
	}
	return rules.refuse("aud", "the 'aud' claim of the %s must be %s", rules.parameter, strings.Join(rules.audiences, " or "))
}

func (s *Server) checkTimes(j *JWT, rules assertionRules, now time.Time) *refusal {
	times := map[string]time.Time{}
	for _, name := range []string{"exp", "iat", "nbf"} {
		claim, ok := j.Claims[name]
		if !ok || claim == nil && s.dialect != nil {
			continue
		}
		t, ok := numericDate(claim)
		if !ok {
			return rules.refuse(name, "the '%s' claim of the %s must be a number of seconds", name, rules.parameter)
		}
		times[name] = t
	}
	tolerance := orDefault(rules.tolerance, skew)
	expiry, ok := times["exp"]
	switch {
	case !ok:
		return rules.refuse("exp", "the 'exp' claim of the %s is missing", rules.parameter).finer("exp_missing")
	case !now.Before(expiry.Add(rules.leeway)):
		return rules.refuse("exp", "the %s is expired", rules.parameter)
	case expiry.Sub(now) > rules.lifetime+tolerance:
		return rules.refuse("exp_far", "the %s expires too far in the future; at most %s are allowed", rules.parameter, rules.lifetime)
	}
	for _, name := range []string{"iat", "nbf"} {
		if t, ok := times[name]; ok && t.Sub(now) > tolerance {
			return rules.refuse(name, "the '%s' claim of the %s is in the future", name, rules.parameter)
		}
	}
	return checkIssued(times, rules, now)
}

// checkIssued is for those who look at iat more closely.
func checkIssued(times map[string]time.Time, rules assertionRules, now time.Time) *refusal {
	issued, ok := times["iat"]
	switch {
	case !ok && (rules.span || rules.age > 0):
		return rules.refuse("iat", "the 'iat' claim of the %s is missing", rules.parameter).finer("iat_missing")
	case rules.span && times["exp"].Sub(issued) > rules.lifetime:
		return rules.refuse("exp_far", "the %s lives too long; at most %s are allowed", rules.parameter, rules.lifetime)
	case rules.age > 0 && now.Sub(issued) > rules.age:
		return rules.refuse("iat", "the %s was issued more than %s ago", rules.parameter, rules.age).finer("iat_old")
	}
	return nil
}

// numericDate reads a number of seconds, possibly with a fraction (RFC 7519 section 2).
func numericDate(v any) (time.Time, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return time.Time{}, false
	}
	seconds, err := n.Float64()
	if err != nil || math.Abs(seconds) > 1e11 {
		return time.Time{}, false
	}
	whole, fraction := math.Modf(seconds)
	return time.Unix(int64(whole), int64(fraction*1e9)), true
}

// checkReplay remembers the jti until the assertion expires. It comes last: an
// assertion that was refused for another reason may be corrected and sent again.
func (s *Server) checkReplay(j *JWT, rules assertionRules, now time.Time) *refusal {
	expiry, _ := numericDate(j.Claims["exp"])
	claim, ok := j.Claims["jti"]
	jti := stringOf(claim)
	switch {
	case !ok && !s.cfg.RequireJTI && !rules.once:
		return nil
	case jti == "":
		return rules.refuse("jti", "the 'jti' claim of the %s is missing or no string", rules.parameter).finer("jti_missing")
	}
	// The length keeps ("a", "bc") and ("ab", "c") apart.
	id := fmt.Sprintf("%d:%s%s", len(rules.issuer), rules.issuer, jti)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen(id, expiry.Add(rules.leeway), now) {
		return rules.refuse("jti", "the 'jti' claim of the %s has been used before", rules.parameter)
	}
	return nil
}

// seen reports whether id came before, and remembers it until expiry. The caller
// holds the lock.
func (s *Server) seen(id string, expiry, now time.Time) bool {
	if until, before := s.replays[id]; before && now.Before(until) {
		return true
	}
	// Looking at all of them each time would be slow where many come in a minute.
	if len(s.replays) >= max(1024, 2*s.replaysLeft) {
		maps.DeleteFunc(s.replays, func(_ string, until time.Time) bool { return !now.Before(until) })
		s.replaysLeft = len(s.replays)
	}
	s.replays[id] = expiry
	return false
}
