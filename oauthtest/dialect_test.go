package oauthtest_test

import (
	"encoding/hex"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jeton-oauth/jeton/oauthtest"
)

// TestDialectFacts holds what is written of every vendor to a form.
func TestDialectFacts(t *testing.T) {
	for _, name := range oauthtest.Vendors() {
		d := oauthtest.VendorDialect(name)
		if d.Name != name || d.Title == "" || len(d.Shape) != 1 || !strings.Contains("ABCDEFG", d.Shape) || len(d.Rules) == 0 {
			t.Errorf("%s: %q %q, %d rules", name, d.Title, d.Shape, len(d.Rules))
		}
		seen := map[string]bool{}
		for _, r := range d.Refusals {
			if seen[r.Name] || r.Name == "" || r.Means == "" || !r.Hangup && (r.Status < 200 || r.Status > 599) {
				t.Errorf("%s: refusal %+v", name, r)
			}
			seen[r.Name] = true
		}
		if len(seen) == 0 {
			t.Errorf("%s has no refusal", name)
		}
	}
	if oauthtest.VendorDialect("nobody") != nil {
		t.Error("a vendor that is not there")
	}
}

// TestVendorFaults: each refusal comes by its name, with its status and body.
func TestVendorFaults(t *testing.T) {
	for _, name := range oauthtest.Vendors() {
		t.Run(name, func(t *testing.T) {
			srv := oauthtest.NewTestServer(t, oauthtest.Config{Vendor: name})
			for _, r := range oauthtest.VendorDialect(name).Refusals {
				srv.Next(srv.VendorFault(r.Name))
				target := srv.TokenURL()
				if r.Resource {
					target = srv.ResourceURL()
				} else if target == srv.URL {
					srv.Next() // there is no token endpoint to be refused at
					srv.ClearFaults()
					continue
				}
				if r.Hangup {
					if res, err := srv.HTTPClient().Get(target); err == nil {
						t.Errorf("%s: an answer with status %d", r.Name, res.StatusCode)
						res.Body.Close()
					}
					continue
				}
				got := post(t, srv.HTTPClient(), target, form("grant_type", "x"))
				if got.status != r.Status {
					t.Errorf("%s: status %d, want %d: %s", r.Name, got.status, r.Status, got.text)
				}
				if strings.ContainsAny(got.text, "{") && strings.Contains(got.header.Get("Content-Type"), "json") && got.body == nil && !strings.HasPrefix(got.text, "[") {
					t.Errorf("%s: no JSON: %s", r.Name, got.text)
				}
				for _, left := range []string{"{reason}", "{client}", "{scope}", "{grant_type}", "{audience}", "{tenant}", "{id}", "{time}", "{trace}", "{issuer}"} {
					if strings.Contains(got.text, left) {
						t.Errorf("%s: %s is not filled: %s", r.Name, left, got.text)
					}
				}
			}
		})
	}
}

func TestVendorConfig(t *testing.T) {
	for _, c := range []struct {
		config oauthtest.Config
		says   string
	}{
		{oauthtest.Config{Vendor: "nobody"}, "unknown vendor"},
		{oauthtest.Config{Vendor: "zoom", VendorFault: "nonsense"}, "invalid_client"},
		{oauthtest.Config{VendorFault: "invalid_client"}, "without a vendor"},
	} {
		if _, err := oauthtest.Start(c.config); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%+v: %v", c.config, err)
		}
	}
	srv := oauthtest.NewTestServer(t, oauthtest.Config{Vendor: "zoom"})
	defer func() {
		if recover() == nil {
			t.Error("a fault that the vendor does not have")
		}
	}()
	srv.VendorFault("nonsense")
}

// TestSameToken: Marketo gives the token that it has, with what is left of its life.
func TestSameToken(t *testing.T) {
	c := newClock()
	srv := oauthtest.NewTestServer(t, oauthtest.Config{Vendor: "marketo", Now: c.Now})
	a := srv.Account()
	fetch := func() reply {
		return get(t, srv.HTTPClient(), srv.TokenURL()+"?"+form("grant_type", "client_credentials", "client_id", a.ClientID, "client_secret", a.Secret).Encode())
	}
	first := fetch()
	c.Add(3000 * time.Second)
	second := fetch()
	if first.member("access_token") == "" || first.member("access_token") != second.member("access_token") || second.body["expires_in"] != 599.0 {
		t.Errorf("%s then %s", first.text, second.text)
	}
	c.Add(600 * time.Second)
	if third := fetch(); third.member("access_token") == first.member("access_token") || third.body["expires_in"] != 3599.0 {
		t.Errorf("after its end: %s", third.text)
	}
	if old := get(t, srv.HTTPClient(), srv.ResourceURL(), bearer(first.member("access_token"))); old.status != 200 || !strings.Contains(old.text, `"602"`) {
		t.Errorf("the API of an old token: %d %s", old.status, old.text)
	}
}

// TestOneLiveToken: a second token of Zoom ends the first.
func TestOneLiveToken(t *testing.T) {
	srv := oauthtest.NewTestServer(t, oauthtest.Config{Vendor: "zoom"})
	a := srv.Account()
	fetch := func() string {
		return post(t, srv.HTTPClient(), srv.TokenURL(), form("grant_type", "account_credentials", "account_id", "demoAccountID_123"),
			func(r *http.Request) { r.SetBasicAuth(a.ClientID, a.Secret) }).member("access_token")
	}
	first, second := fetch(), fetch()
	if got := get(t, srv.HTTPClient(), srv.ResourceURL(), bearer(first)); got.status != http.StatusUnauthorized {
		t.Errorf("the first token: %d %s", got.status, got.text)
	}
	if got := get(t, srv.HTTPClient(), srv.ResourceURL(), bearer(second)); got.status != http.StatusOK {
		t.Errorf("the second token: %d %s", got.status, got.text)
	}
}

// TestOncePerRequest: the API of a self-issued token wants each request to have its own.
func TestOncePerRequest(t *testing.T) {
	now := time.Now()
	srv := oauthtest.NewTestServer(t, oauthtest.Config{Vendor: "bloomberg-hapi", Now: func() time.Time { return now }})
	a := srv.Account()
	host := strings.TrimPrefix(srv.URL, "https://")
	token := sign(t, "HS256", hexSecret(t, a.Secret), nil, map[string]any{
		"iss": a.ClientID, "client_id": a.ClientID, "iat": now.Unix(), "exp": now.Add(20 * time.Second).Unix(), "jti": "once",
		"method": "GET", "path": "/eap/catalogs", "host": host, "region": "ny"})
	with := func(r *http.Request) { r.Header.Set("JWT", token) }
	if got := get(t, srv.HTTPClient(), srv.ResourceURL(), with); got.status != http.StatusOK {
		t.Errorf("%d %s", got.status, got.text)
	}
	if got := get(t, srv.HTTPClient(), srv.ResourceURL(), with); got.status != http.StatusUnauthorized {
		t.Errorf("the second time: %d %s", got.status, got.text)
	}
}

func hexSecret(t *testing.T, text string) []byte {
	t.Helper()
	secret, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return secret
}
