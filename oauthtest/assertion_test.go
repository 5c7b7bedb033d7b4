package oauthtest_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/jeton-oauth/jeton/oauthtest"
)

const jwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer"

// TestAssertion sends each assertion as a grant; the rules are the same for
// client authentication, where TestClientAuthentication looks.
func TestAssertion(t *testing.T) {
	k := keys()
	srv := oauthtest.NewTestServer(t, oauthtest.Config{Now: fixed})
	srv.AddAssertionIssuer(oauthtest.AssertionIssuer{
		Issuer: "me", Secret: longSecret, Subjects: []string{"alice"}, MaxLifetime: 5 * time.Minute,
		Keys: []oauthtest.Key{
			{ID: "rsa", Public: &k.rsa.PublicKey}, {ID: "p256", Public: k.p256}, {ID: "p384", Public: k.p384}, {ID: "ed", Public: k.ed},
		},
	})
	srv.AddAssertionIssuer(oauthtest.AssertionIssuer{Issuer: "weak", Keys: []oauthtest.Key{{Public: &k.weak.PublicKey}}})
	srv.AddAssertionIssuer(oauthtest.AssertionIssuer{Issuer: "keyless"})
	srv.AddAssertionIssuer(oauthtest.AssertionIssuer{Issuer: "bound", Keys: []oauthtest.Key{{Public: k.rsa, Algorithm: "PS256"}}})
	srv.AddAssertionIssuer(oauthtest.AssertionIssuer{
		Issuer: "picky", Keys: []oauthtest.Key{{Public: &k.p256.PublicKey, Algorithm: "ES256"}}, Algorithms: []string{"ES256"},
		Audiences: []string{"urn:only"}, Types: []string{"client-authentication+jwt"},
	})
	at := func(d time.Duration) int64 { return start.Add(d).Unix() }
	type m = map[string]any
	rows := []struct {
		name   string
		alg    string // default ES256
		key    any    // default p256
		header m
		change m
		check  string // empty: granted
	}{
		{name: "good"},
		{name: "RS256", alg: "RS256", key: k.rsa}, {name: "RS384", alg: "RS384", key: k.rsa}, {name: "RS512", alg: "RS512", key: k.rsa},
		{name: "PS256", alg: "PS256", key: k.rsa}, {name: "PS384", alg: "PS384", key: k.rsa}, {name: "PS512", alg: "PS512", key: k.rsa},
		{name: "ES384", alg: "ES384", key: k.p384}, {name: "EdDSA", alg: "EdDSA", key: k.ed},
		{name: "HS256", alg: "HS256", key: []byte(longSecret)}, {name: "HS512", alg: "HS512", key: []byte(longSecret)},
		{name: "HS256 with another secret", alg: "HS256", key: []byte(longSecret + "x"), check: "signature"},
		{name: "kid", header: m{"kid": "p256"}},
		{name: "kid unknown", header: m{"kid": "x"}, check: "kid"},
		{name: "kid of another key", header: m{"kid": "rsa"}, check: "alg"},
		{name: "key not registered", alg: "RS256", key: k.otherRSA, check: "signature"},
		{name: "issuer without key", change: m{"iss": "keyless"}, check: "key"},
		{name: "issuer without secret", alg: "HS256", key: []byte(longSecret), change: m{"iss": "keyless"}, check: "alg"},
		{name: "weak key", alg: "RS256", key: k.weak, change: m{"iss": "weak"}, check: "weak_key"},
		{name: "iss missing", change: m{"iss": nil}, check: "iss"},
		{name: "iss unknown", change: m{"iss": "x"}, check: "iss"},
		{name: "sub missing", change: m{"sub": nil}, check: "sub"},
		{name: "sub not allowed", change: m{"sub": "mallory"}, check: "sub"},
		{name: "sub a number", change: m{"sub": 7}, check: "sub"},
		{name: "aud missing", change: m{"aud": nil}, check: "aud"},
		{name: "aud issuer", change: m{"aud": srv.Issuer()}},
		{name: "aud with a slash more", change: m{"aud": srv.TokenURL() + "/"}, check: "aud"},
		{name: "aud array", change: m{"aud": []string{"urn:x", srv.TokenURL()}}},
		{name: "aud array without us", change: m{"aud": []string{"urn:x"}}, check: "aud"},
		{name: "aud array with a number", change: m{"aud": []any{srv.TokenURL(), 7}}, check: "aud"},
		{name: "exp missing", change: m{"exp": nil}, check: "exp"},
		{name: "exp now", change: m{"exp": at(0)}, check: "exp"},
		{name: "exp in a second", change: m{"exp": at(time.Second)}},
		{name: "exp with a fraction", change: m{"exp": json.RawMessage("1893553445.5")}},
		{name: "exp as exponent", change: m{"exp": json.RawMessage("1.893553500e9")}},
		{name: "exp a string", change: m{"exp": "1893553500"}, check: "exp"},
		{name: "exp enormous", change: m{"exp": json.RawMessage("1e300")}, check: "exp"},
		{name: "exp at the limit", change: m{"exp": at(5*time.Minute + 10*time.Second)}},
		{name: "exp too far", change: m{"exp": at(5*time.Minute + 11*time.Second)}, check: "exp_far"},
		{name: "iat in the past", change: m{"iat": at(-time.Hour)}},
		{name: "iat within the skew", change: m{"iat": at(10 * time.Second)}},
		{name: "iat in the future", change: m{"iat": at(11 * time.Second)}, check: "iat"},
		{name: "nbf in the future", change: m{"nbf": at(11 * time.Second)}, check: "nbf"},
		{name: "nbf in the past", change: m{"nbf": at(-time.Second)}},
		{name: "jti a number", change: m{"jti": 7}, check: "jti"},
		{name: "jti empty", change: m{"jti": ""}, check: "jti"},
		{name: "picky", change: m{"iss": "picky", "aud": "urn:only"}, header: m{"typ": "application/Client-Authentication+JWT"}},
		{name: "picky, typ", change: m{"iss": "picky", "aud": "urn:only"}, header: m{"typ": "JWT"}, check: "typ"},
		{name: "picky, aud", change: m{"iss": "picky"}, header: m{"typ": "client-authentication+jwt"}, check: "aud"},
		{name: "picky, alg", alg: "RS256", key: k.rsa, change: m{"iss": "picky"}, check: "alg"},
		{name: "alg other than the key's", alg: "HS256", key: []byte(longSecret), change: m{"iss": "bound"}, check: "alg"},
		{name: "alg the key suits but is not bound to", alg: "RS256", key: k.rsa, change: m{"iss": "bound"}, check: "alg"},
		{name: "alg the key is bound to", alg: "PS256", key: k.rsa, change: m{"iss": "bound"}},
		{name: "crit not understood", header: m{"crit": []string{"x"}, "x": 1}, check: "signature"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			claims := m{"iss": "me", "sub": "alice", "aud": srv.TokenURL(), "exp": at(time.Minute), "iat": at(0)}
			maps.Copy(claims, row.change)
			if row.alg == "" {
				row.alg, row.key = "ES256", k.p256
			}
			raw := sign(t, row.alg, row.key, row.header, claims)
			got := post(t, srv.HTTPClient(), srv.TokenURL(), form("grant_type", jwtBearer, "assertion", raw))
			code := ""
			if row.check != "" {
				code = "invalid_grant"
			}
			want(t, srv, got, code, row.check)
		})
	}
}

func TestAssertionForm(t *testing.T) {
	k := keys()
	srv := oauthtest.NewTestServer(t, oauthtest.Config{Now: fixed})
	srv.AddAssertionIssuer(oauthtest.AssertionIssuer{Issuer: "me", Keys: []oauthtest.Key{{Public: k.p256}, {Public: k.rsa}}})
	claims := `{"iss":"me","sub":"alice","aud":"` + srv.TokenURL() + `","exp":1893553500`
	good := signBytes(t, "ES256", k.p256, nil, []byte(claims+"}"))
	part := strings.Split(good, ".")
	b64 := base64.RawURLEncoding.EncodeToString
	rows := map[string]struct{ raw, check string }{
		"good":             {good, ""},
		"one part":         {part[0], "format"},
		"two parts":        {part[0] + "." + part[1], "format"},
		"many dots":        {strings.Repeat(".", 100_000), "format"},
		"padded":           {part[0] + "." + part[1] + "." + part[2] + "==", "format"},
		"header no JSON":   {b64([]byte("x")) + "." + part[1] + "." + part[2], "format"},
		"header no base64": {"%%." + part[1] + "." + part[2], "format"},
		"claims an array":  {signBytes(t, "ES256", k.p256, nil, []byte("[]")), "format"},
		"claims null":      {signBytes(t, "ES256", k.p256, nil, []byte("null")), "iss"},
		"duplicate name":   {signBytes(t, "ES256", k.p256, nil, []byte(claims+`,"iss":"me"}`)), "format"},
		"alg none":         {b64([]byte(`{"alg":"none"}`)) + "." + part[1] + ".", "alg"},
		"alg None, case":   {b64([]byte(`{"alg":"nOnE"}`)) + "." + part[1] + ".", "alg"},
		"alg missing":      {b64([]byte(`{}`)) + "." + part[1] + "." + part[2], "alg"},
		"alg of one char":  {b64([]byte(`{"alg":"E"}`)) + "." + part[1] + "." + part[2], "alg"},
		"claims changed":   {part[0] + "." + b64([]byte(claims+`,"x":1}`)) + "." + part[2], "signature"},
		"no signature":     {part[0] + "." + part[1] + ".", "signature"},
		"salt too long":    {longSalt(t, claims+"}"), "signature"},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			got := post(t, srv.HTTPClient(), srv.TokenURL(), form("grant_type", jwtBearer, "assertion", row.raw))
			code := ""
			if row.check != "" {
				code = "invalid_grant"
			}
			want(t, srv, got, code, row.check)
		})
	}
}

// longSalt signs PS256 with the longest salt the key has room for, as Go's
// crypto.Signer does by default.
func longSalt(t *testing.T, claims string) string {
	t.Helper()
	b64 := base64.RawURLEncoding.EncodeToString
	input := b64([]byte(`{"alg":"PS256"}`)) + "." + b64([]byte(claims))
	sum := sha256.Sum256([]byte(input))
	sig, err := rsa.SignPSS(rand.Reader, keys().rsa, crypto.SHA256, sum[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthAuto})
	if err != nil {
		t.Fatal(err)
	}
	raw := input + "." + b64(sig)
	jws, err := jose.ParseSignedCompact(raw, []jose.SignatureAlgorithm{jose.PS256})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := jws.Verify(&keys().rsa.PublicKey); err != nil {
		t.Fatalf("the test is void: go-jose refuses the signature itself: %v", err)
	}
	return raw
}

func TestReplay(t *testing.T) {
	k := keys()
	c := newClock()
	srv := oauthtest.NewTestServer(t, oauthtest.Config{Now: c.Now})
	for _, iss := range []string{"a", "ab"} {
		srv.AddAssertionIssuer(oauthtest.AssertionIssuer{Issuer: iss, Keys: []oauthtest.Key{{Public: k.p256}}})
	}
	srv.AddClient(oauthtest.Client{ID: "key", Keys: []oauthtest.Key{{Public: k.p256}}})
	claims := func(iss, sub, jti string) map[string]any {
		return map[string]any{"iss": iss, "sub": sub, "aud": srv.TokenURL(), "exp": c.Now().Add(time.Minute).Unix(), "jti": jti}
	}
	grant := func(iss, jti string) reply {
		return post(t, srv.HTTPClient(), srv.TokenURL(), form("grant_type", jwtBearer, "assertion", sign(t, "ES256", k.p256, nil, claims(iss, "s", jti))))
	}
	want(t, srv, grant("a", "bc"), "", "")
	want(t, srv, grant("a", "bc"), "invalid_grant", "jti")
	want(t, srv, grant("ab", "c"), "", "")
	want(t, srv, grant("a", "d"), "", "")

	client := func(jti string) reply {
		return post(t, srv.HTTPClient(), srv.TokenURL(), form("grant_type", "client_credentials",
			"client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
			"client_assertion", sign(t, "ES256", k.p256, nil, claims("key", "key", jti))))
	}
	want(t, srv, client("x"), "", "")
	want(t, srv, client("x"), "invalid_client", "jti")

	c.Add(time.Minute) // the first assertions have expired: their jtis may come again
	want(t, srv, grant("a", "bc"), "", "")
	want(t, srv, client("x"), "", "")
	srv.Reset()
	want(t, srv, client("x"), "", "")
}

func TestRequireJTI(t *testing.T) {
	k := keys()
	srv := oauthtest.NewTestServer(t, oauthtest.Config{Now: fixed, RequireJTI: true})
	srv.AddAssertionIssuer(oauthtest.AssertionIssuer{Issuer: "me", Keys: []oauthtest.Key{{Public: k.p256}}})
	raw := sign(t, "ES256", k.p256, nil, map[string]any{"iss": "me", "sub": "s", "aud": srv.Issuer(), "exp": start.Add(time.Minute).Unix()})
	want(t, srv, post(t, srv.HTTPClient(), srv.TokenURL(), form("grant_type", jwtBearer, "assertion", raw)), "invalid_grant", "jti")
}

// The rules of TestAssertion, with what only client authentication has: iss and
// sub are the client.
func TestClientAssertion(t *testing.T) {
	k := keys()
	srv := oauthtest.NewTestServer(t, oauthtest.Config{Now: fixed})
	srv.AddClient(oauthtest.Client{ID: "key", Keys: []oauthtest.Key{{Public: k.p256}}, Audiences: []string{srv.Issuer()}})
	rows := map[string]struct {
		iss, sub, aud any
		client        string
		check         string
	}{
		"good":                        {"key", "key", srv.Issuer(), "", ""},
		"iss missing":                 {nil, "key", srv.Issuer(), "", "iss"},
		"iss another":                 {"x", "key", srv.Issuer(), "", "iss"},
		"sub missing":                 {"key", nil, srv.Issuer(), "key", "sub"},
		"sub and client_id missing":   {"key", nil, srv.Issuer(), "", "client_id"},
		"aud the token URL (RFC bis)": {"key", "key", srv.TokenURL(), "", "aud"},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			raw := sign(t, "ES256", k.p256, nil, map[string]any{"iss": row.iss, "sub": row.sub, "aud": row.aud, "exp": start.Add(time.Minute).Unix()})
			got := post(t, srv.HTTPClient(), srv.TokenURL(), form("grant_type", "client_credentials", "client_id", row.client,
				"client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", "client_assertion", raw))
			code := ""
			if row.check != "" {
				code = "invalid_client"
			}
			want(t, srv, got, code, row.check)
		})
	}
}

func TestAllowWeakKeys(t *testing.T) {
	k := keys()
	srv := oauthtest.NewTestServer(t, oauthtest.Config{Now: fixed, AllowWeakKeys: true})
	srv.AddAssertionIssuer(oauthtest.AssertionIssuer{Issuer: "me", Secret: "short", Keys: []oauthtest.Key{{Public: &k.weak.PublicKey}}})
	claims := map[string]any{"iss": "me", "sub": "s", "aud": srv.Issuer(), "exp": start.Add(time.Minute).Unix()}
	for name, row := range map[string]struct {
		alg   string
		key   any
		check string
	}{
		"RSA 1024": {"RS256", k.weak, ""}, "short secret": {"HS384", []byte("short"), ""},
		"another short secret": {"HS256", []byte("shirt"), "signature"},
	} {
		got := post(t, srv.HTTPClient(), srv.TokenURL(), form("grant_type", jwtBearer, "assertion", sign(t, row.alg, row.key, nil, claims)))
		code := ""
		if row.check != "" {
			code = "invalid_grant"
		}
		t.Log(name)
		want(t, srv, got, code, row.check)
	}
}

func TestClockOffset(t *testing.T) {
	k := keys()
	srv := oauthtest.NewTestServer(t, oauthtest.Config{Now: fixed, ClockOffset: -10 * time.Minute})
	srv.AddAssertionIssuer(oauthtest.AssertionIssuer{Issuer: "me", Keys: []oauthtest.Key{{Public: k.p256}}})
	send := func(offset time.Duration) reply {
		at := start.Add(offset)
		raw := sign(t, "ES256", k.p256, nil, map[string]any{
			"iss": "me", "sub": "s", "aud": srv.Issuer(), "iat": at.Unix(), "exp": at.Add(time.Minute).Unix()})
		return post(t, srv.HTTPClient(), srv.TokenURL(), form("grant_type", jwtBearer, "assertion", raw))
	}
	got := send(0)
	want(t, srv, got, "invalid_grant", "iat")
	if date := got.header.Get("Date"); date != "Wed, 02 Jan 2030 02:54:05 GMT" {
		t.Errorf("Date is %q", date)
	}
	want(t, srv, send(-10*time.Minute), "", "")
}

func TestParseJWKS(t *testing.T) {
	k := keys()
	one, _ := json.Marshal(jose.JSONWebKey{Key: &k.p256.PublicKey, KeyID: "a", Algorithm: "ES256"})
	rows := map[string]struct {
		doc  string
		want int // 0: an error
	}{
		"set":        {`{"keys":[` + string(one) + `]}`, 1},
		"single key": {string(one), 1},
		"empty set":  {`{"keys":[]}`, 0},
		"secret":     {`{"keys":[{"kty":"oct","k":"AAAA"}]}`, 0},
		"no JSON":    {`x`, 0},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			got, err := oauthtest.ParseJWKS([]byte(row.doc))
			if (err != nil) != (row.want == 0) || err == nil && (len(got) != row.want || got[0].ID != "a" || got[0].Algorithm != "ES256") {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}
