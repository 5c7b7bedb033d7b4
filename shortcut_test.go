package jeton

import (
	"encoding/json"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jeton-oauth/jeton/internal/jsonbody"
)

// The tests of this file hold a way that is short to the long one that it stands for.

func TestAppendPlainIsMarshalPlain(t *testing.T) {
	values := []any{"", "a", "https://as.example/?a=b&c=<d>", `quote "`, `back\slash`, "\u007f", "é", "\u2028", "a\xff", "a\nb", "~", " ", int64(0), int64(-5), int64(1795273200),
		5, 1.5, true, nil, []string{"a"}, map[string]any{"a": "<"}, json.Number("1.50")}
	for c := range 256 {
		values = append(values, string([]byte{'a', byte(c)}))
	}
	for _, value := range values {
		want, err := marshalPlain(value)
		got, gotErr := appendPlain([]byte("x"), value)
		if err != nil || gotErr != nil || string(got) != "x"+string(want) {
			t.Errorf("%q gives %s, %v; want %s, %v", value, got, gotErr, want, err)
		}
	}
	if _, err := appendPlain(nil, func() {}); err == nil {
		t.Error("a function became JSON")
	}
}

func TestIsConnectionName(t *testing.T) {
	pattern := regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,62}$`)
	names := []string{"", "a", "0", "a.b-c_d", ".a", "-a", "_", "A", "aB", "a b", "a\n", "é", strings.Repeat("a", 63), strings.Repeat("a", 64)}
	for c := range 256 {
		names = append(names, string([]byte{byte(c)}), string([]byte{'a', byte(c)}))
	}
	for _, name := range names {
		if isConnectionName(name) != pattern.MatchString(name) {
			t.Errorf("%q: %t", name, isConnectionName(name))
		}
	}
}

func TestHostOf(t *testing.T) {
	for _, raw := range []string{"https://as.example/token", "https://as.example", "https://AS.example:8443/a?b=https://c/d", "http://localhost:80?x=/y",
		"http://[::1]:8080/token", "https://as.example/a/b/../c"} {
		u, err := url.Parse(raw)
		if err != nil || len(urlProblems(raw)) > 0 || hostOf(raw) != u.Host {
			t.Errorf("%s: %q, %v", raw, hostOf(raw), err)
		}
	}
}

// TestExchangeKeys: a key that was found in an exchange is found again by its
// source, and by no other one.
func TestExchangeKeys(t *testing.T) {
	const secret = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	source := KeyValue(secret)
	keys := exchangeKeys{keyring: new(keyring)}
	first, failed := keys.private("p", &source, true)
	if failed != nil {
		t.Fatal(failed)
	}
	if again, _ := keys.private("p", &source, true); again != first || len(keys.found) != 1 {
		t.Errorf("%d keys were kept", len(keys.found))
	}
	equal := KeyValue(secret)
	if again, _ := keys.private("p", &equal, true); again != first {
		t.Error("an equal source gives another key")
	}
	for name, change := range map[string]func(*KeySource){
		"value":        func(s *KeySource) { s.Value = NewSecret(secret + "00") },
		"password":     func(s *KeySource) { s.Password = SecretValue("x") },
		"key password": func(s *KeySource) { s.KeyPassword = SecretValue("x") },
		"alias":        func(s *KeySource) { s.Alias = "x" },
		"encoding":     func(s *KeySource) { s.Encoding = "hex" },
		"weak":         func(s *KeySource) { s.AllowWeakKey = true },
	} {
		other := source
		change(&other)
		if again, failed := keys.private("p", &other, true); again == first || failed != nil {
			t.Errorf("%s: the same key, or %v", name, failed)
		}
	}
	if again, _ := keys.private("p", &source, false); again == first {
		t.Error("an HMAC secret is a private key")
	}
	source.Value = Secret{}
	if _, failed := keys.private("p", &source, true); failed == nil {
		t.Error("a source that was not read gives a key")
	}
}

// TestExpiryOfOwnAssertion: what is computed is what the claims say.
func TestExpiryOfOwnAssertion(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 999, time.UTC)
	for name, a := range map[string]*Assertion{
		"plain":           {Lifetime: Duration(5 * time.Minute)},
		"backdate":        {Lifetime: Duration(90*time.Second + time.Millisecond), Backdate: Duration(30*time.Second + time.Millisecond)},
		"own claim":       {Lifetime: Duration(time.Minute), Claims: Members{{"exp", 1795273200}}},
		"no number":       {Lifetime: Duration(time.Minute), Claims: Members{{"exp", "later"}}},
		"beyond the year": {Lifetime: Duration(1<<63 - 1)},
	} {
		r := &TokenRequest{Connection: &Connection{}, Now: now}
		claims, err := r.claims("grant.assertion", a)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := r.expiry(a, signedAssertion{DecodedAssertion: DecodedAssertion{Claims: claims}})
		want, wantOK := claimsExpiry(claims)
		if !got.Equal(want) || ok != wantOK {
			t.Errorf("%s: %v, %t; the claims say %v, %t", name, got, ok, want, wantOK)
		}
		if _, err := jsonbody.Decode(claims); err != nil {
			t.Errorf("%s: %s", name, err)
		}
	}
}
