package oauthtest_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"go.uber.org/goleak"

	"github.com/jeton-oauth/jeton/oauthtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start is where the clocks of the tests stand.
var start = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)

// clock is a clock that a test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: start} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func fixed() time.Time { return start }

// testKeys are made once: RSA keys cost time.
type testKeys struct {
	rsa, otherRSA *rsa.PrivateKey
	weak          *rsa.PrivateKey
	p256          *ecdsa.PrivateKey
	p384          *ecdsa.PrivateKey
	ed            ed25519.PrivateKey
}

var keys = sync.OnceValue(func() testKeys {
	var k testKeys
	k.rsa, _ = rsa.GenerateKey(rand.Reader, 2048)
	k.otherRSA, _ = rsa.GenerateKey(rand.Reader, 2048)
	k.weak, _ = rsa.GenerateKey(rand.Reader, 1024)
	k.p256, _ = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	k.p384, _ = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	_, k.ed, _ = ed25519.GenerateKey(rand.Reader)
	return k
})

const longSecret = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

// sign makes a JWT. Claims that are nil are left out.
func sign(t testing.TB, alg string, key crypto.PrivateKey, header, claims map[string]any) string {
	t.Helper()
	claims = maps.Clone(claims)
	maps.DeleteFunc(claims, func(_ string, v any) bool { return v == nil })
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	return signBytes(t, alg, key, header, payload)
}

func signBytes(t testing.TB, alg string, key crypto.PrivateKey, header map[string]any, payload []byte) string {
	t.Helper()
	o := &jose.SignerOptions{}
	for name, v := range header {
		o.WithHeader(jose.HeaderKey(name), v)
	}
	if secret, ok := key.([]byte); ok { // go-jose wants long ones; zeros do not change the MAC
		key = append(append([]byte{}, secret...), make([]byte, max(0, 64-len(secret)))...)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(alg), Key: key}, o)
	if err != nil {
		t.Fatal(err)
	}
	jws, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := jws.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// reply is an answer of a server.
type reply struct {
	status int
	header http.Header
	body   map[string]any
	text   string
}

func (r reply) member(name string) string {
	s, _ := r.body[name].(string)
	return s
}

// form makes url.Values of name, value, name, value.
func form(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return v
}

func post(t testing.TB, c *http.Client, target string, values url.Values, change ...func(*http.Request)) reply {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, target, strings.NewReader(values.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for _, f := range change {
		f(r)
	}
	return do(t, c, r)
}

func get(t testing.TB, c *http.Client, target string, change ...func(*http.Request)) reply {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, target, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range change {
		f(r)
	}
	return do(t, c, r)
}

func do(t testing.TB, c *http.Client, r *http.Request) reply {
	t.Helper()
	res, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	out := reply{status: res.StatusCode, header: res.Header, text: string(data)}
	_ = json.Unmarshal(data, &out.body)
	return out
}

func basic(id, secret string) func(*http.Request) {
	return func(r *http.Request) { r.SetBasicAuth(url.QueryEscape(id), url.QueryEscape(secret)) }
}

func bearer(token string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }
}

// want compares the outcome: an empty code means a token.
func want(t testing.TB, srv *oauthtest.Server, got reply, code, check string) {
	t.Helper()
	all := srv.TokenRequests()
	last := all[len(all)-1]
	if got.member("error") != code {
		t.Fatalf("got %d %s, want error %q", got.status, got.text, code)
	}
	if code == "" && (got.status != 200 || got.member("access_token") == "") {
		t.Fatalf("got %d %s, want a token", got.status, got.text)
	}
	if last.Granted != (code == "") || last.Error != code || last.Check != check {
		t.Fatalf("recorded granted=%v error=%q check=%q reason=%q, want error=%q check=%q",
			last.Granted, last.Error, last.Check, last.Reason, code, check)
	}
	if last.Status != got.status {
		t.Fatalf("recorded status %d, got %d", last.Status, got.status)
	}
	if code == "invalid_client" && got.status != 401 || code != "" && code != "invalid_client" && got.status == 401 {
		t.Fatalf("status %d with %s", got.status, code)
	}
}

// verified checks a JWT of the server with the keys it publishes.
func verified(t testing.TB, srv *oauthtest.Server, raw, typ string) map[string]any {
	t.Helper()
	set, err := oauthtest.ParseJWKS([]byte(get(t, srv.HTTPClient(), srv.URL+"/jwks").text))
	if err != nil {
		t.Fatal(err)
	}
	jws, err := jose.ParseSignedCompact(raw, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		t.Fatalf("%q: %v", raw, err)
	}
	payload, err := jws.Verify(set[0].Public)
	if err != nil || jws.Signatures[0].Header.ExtraHeaders[jose.HeaderType] != typ {
		t.Fatalf("header %v: %v", jws.Signatures[0].Header, err)
	}
	var claims map[string]any
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}
