package jeton_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/key"
	"github.com/jeton-oauth/jeton/oauthtest"
)

// foreignJWT is a JWT that somebody else signed.
func foreignJWT(t testing.TB, claims string) string {
	t.Helper()
	private, err := key.FromSigner(testKeys()["ES256"], nil)
	if err != nil {
		t.Fatal(err)
	}
	compact, err := private.Sign("ES256", map[string]any{"kid": "workload"}, []byte(claims))
	if err != nil {
		t.Fatal(err)
	}
	return compact
}

// tokenWriter are sources whose assertion is another one each time, and what the
// token endpoint was sent.
type tokenWriter struct {
	reads int
	next  func(n int) (string, error)
	sent  []string
}

func (r *tokenWriter) read() (string, error) { r.reads++; return r.next(r.reads) }

func (r *tokenWriter) sources() jeton.Sources {
	return jeton.Sources{
		Env:      func(string) (string, bool) { s, err := r.read(); return s, err == nil },
		ReadFile: func(string) ([]byte, error) { s, err := r.read(); return []byte(s + "\n"), err },
		Run:      func(context.Context, []string) ([]byte, error) { s, err := r.read(); return []byte(s), err },
	}
}

func (r *tokenWriter) engine() *jeton.Engine {
	return &jeton.Engine{Now: func() time.Time { return goldenNow }, HTTP: &http.Client{Transport: goldenTripper(func(req *http.Request) (*http.Response, error) {
		_ = req.ParseForm()
		r.sent = append(r.sent, req.Form.Get("client_assertion")+req.Form.Get("assertion"))
		answer := httptest.NewRecorder()
		_, _ = answer.WriteString(`{"access_token":"t","token_type":"Bearer","expires_in":3600}`)
		return answer.Result(), nil
	})}}
}

// An assertion from outside is read for every token request, wherever it comes
// from and wherever it goes, and one that was given as a value is used as it is.
func TestAssertionFromOutsideIsReadAnew(t *testing.T) {
	for name, row := range map[string]struct {
		source jeton.SecretSource
		anew   bool
	}{
		"file":    {jeton.SecretSource{File: "/var/run/token"}, true},
		"env":     {jeton.SecretSource{Env: "TOKEN"}, true},
		"command": {jeton.SecretSource{Command: []string{"mint"}}, true},
		"value":   {jeton.SecretValue("assertion-0"), false},
		"base64":  {jeton.SecretSource{Base64: jeton.NewSecret("YXNzZXJ0aW9uLTA=")}, false},
	} {
		for place, c := range map[string]*jeton.Connection{
			"client": {Grant: jeton.GrantOptions{Type: "client_credentials"}, Client: jeton.Client{ID: "a", Assertion: &jeton.Assertion{Token: row.source}}},
			"grant":  {Grant: jeton.GrantOptions{Type: "jwt_bearer", Assertion: &jeton.Assertion{Token: row.source}}},
		} {
			t.Run(name+" "+place, func(t *testing.T) {
				c.TokenURL = "https://as.example/token"
				r := &tokenWriter{next: func(n int) (string, error) { return fmt.Sprintf("assertion-%d", n), nil }}
				if err := c.Resolve(t.Context(), r.sources()); err != nil {
					t.Fatal(err)
				}
				engine, before := r.engine(), *c
				for range 3 {
					if _, err := engine.Exchange(t.Context(), c, nil); err != nil {
						t.Fatal(err)
					}
				}
				want := "assertion-2 assertion-3 assertion-4"
				if !row.anew {
					want = "assertion-0 assertion-0 assertion-0"
				}
				if got := strings.Join(r.sent, " "); got != want {
					t.Errorf("sent %s, want %s", got, want)
				}
				if before.Client.Assertion != c.Client.Assertion || before.Grant.Assertion != c.Grant.Assertion {
					t.Error("Exchange changed the connection")
				}
			})
		}
	}
}

// What has expired or cannot be read any more is not sent; it is read again the
// next time.
func TestAssertionFromOutsideFails(t *testing.T) {
	fresh, expired := foreignJWT(t, `{"exp":1893499260}`), foreignJWT(t, `{"exp":1893499200}`)
	answers := []func() (string, error){
		func() (string, error) { return fresh, nil }, // of Resolve
		func() (string, error) { return expired, nil },
		func() (string, error) { return "", fs.ErrNotExist },
		func() (string, error) { return "a b", nil },
		func() (string, error) { return fresh, nil },
	}
	r := &tokenWriter{next: func(n int) (string, error) { return answers[n-1]() }}
	c := &jeton.Connection{TokenURL: "https://as.example/token", Grant: jeton.GrantOptions{Type: "client_credentials"},
		Client: jeton.Client{ID: "a", Assertion: &jeton.Assertion{Token: jeton.SecretSource{File: "/var/run/token"}}}}
	if err := c.Resolve(t.Context(), r.sources()); err != nil {
		t.Fatal(err)
	}
	engine := r.engine()
	for i, want := range []string{"key_expired client.assertion.token: the assertion expired on 2030-01-01T12:00:00Z", "key_unusable client.assertion.token: the file /var/run/token: no such file",
		"key_unusable client.assertion.token: it is neither a JWT", ""} {
		recorder := new(jeton.Recorder)
		_, err := engine.Exchange(jeton.WithRecorder(t.Context(), recorder), c, nil)
		got := ""
		for _, f := range findings(err) {
			got = fmt.Sprintf("%s %s: %s", jeton.CategoryOf(err), f.Parameter, f.Problem)
		}
		if want == "" && err != nil || want != "" && !strings.HasPrefix(got, want) {
			t.Errorf("%d: %v: %s, want %s", i, err, got, want)
		}
		for _, secret := range []string{fresh, expired, fresh[strings.LastIndex(fresh, ".")+1:], expired[strings.LastIndex(expired, ".")+1:]} {
			if shown := fmt.Sprintf("%+v %+v %+v", err, findings(err), recorder.Timeline()); strings.Contains(shown, secret) {
				t.Errorf("%d: shown: %s", i, shown)
			}
		}
	}
	if len(r.sent) != 1 || r.sent[0] != fresh {
		t.Errorf("%d requests, want that of the last assertion alone", len(r.sent))
	}
}

// Explain decodes a JWT from outside and never shows its signature; what is no
// JWT is not decoded.
func TestExplainAssertionFromOutside(t *testing.T) {
	jwt := foreignJWT(t, `{"sub":"system:serviceaccount:prod:reports","exp":1893499260}`)
	for name, row := range map[string]struct{ token, claims string }{
		"a JWT":                  {jwt, `{"sub":"system:serviceaccount:prod:reports","exp":1893499260}`},
		"XML":                    {"<Assertion>secret-of-saml</Assertion>", ""},
		"opaque":                 {"a.b.secret-opaque", ""},
		"claims that are none":   {"e30." + base64.RawURLEncoding.EncodeToString([]byte(`["secret-list"]`)) + ".c2ln", ""},
		"claims twice":           {"e30." + base64.RawURLEncoding.EncodeToString([]byte(`{"a":"secret-1","a":"secret-2"}`)) + ".c2ln", ""},
		"a header that is none":  {"!!." + base64.RawURLEncoding.EncodeToString([]byte(`{"a":"secret-1"}`)) + ".c2ln", ""},
		"claims of half a token": {strings.Repeat("A", 40<<10) + ".e30.c2ln", ""},
	} {
		t.Run(name, func(t *testing.T) {
			c := &jeton.Connection{TokenURL: "https://as.example/token", Grant: jeton.GrantOptions{Type: "jwt_bearer", Assertion: &jeton.Assertion{Token: jeton.SecretValue(row.token)}}}
			engine := &jeton.Engine{Now: func() time.Time { return goldenNow }}
			x, err := engine.Explain(c, nil)
			if err != nil {
				t.Fatal(err)
			}
			var claims string
			for _, a := range x.Request.Assertions {
				claims += string(a.Claims)
			}
			if claims != row.claims {
				t.Errorf("claims %s, want %s", claims, row.claims)
			}
			text, err := json.Marshal(x)
			if err != nil {
				t.Fatal(err)
			}
			for _, secret := range []string{row.token, row.token[strings.LastIndex(row.token, ".")+1:], "secret-"} {
				if strings.Contains(string(text), secret) {
					t.Errorf("%s shows %s", text, secret)
				}
			}
		})
	}
}

// A server takes an assertion that was made elsewhere for what it is, and refuses one that is not for it.
func TestAssertionFromOutsideIsAccepted(t *testing.T) {
	srv := oauthtest.NewTestServer(t, oauthtest.Config{})
	public := []oauthtest.Key{{Public: testKeys()["ES256"].Public()}}
	srv.AddClient(oauthtest.Client{ID: "workload", Keys: public})
	made := func(audience, id string) *jeton.Assertion {
		return &jeton.Assertion{Token: jeton.SecretValue(foreignJWT(t, fmt.Sprintf(`{"iss":"workload","sub":"workload","aud":%q,"jti":%q,"iat":%d,"exp":%d}`,
			audience, id, time.Now().Unix(), time.Now().Add(time.Minute).Unix())))}
	}
	for name, row := range map[string]struct {
		c    *jeton.Connection
		want jeton.Category
	}{
		"client":           {&jeton.Connection{Client: jeton.Client{ID: "workload", Assertion: made(srv.TokenURL(), "1")}, Grant: jeton.GrantOptions{Type: "client_credentials"}}, ""},
		"another audience": {&jeton.Connection{Client: jeton.Client{ID: "workload", Assertion: made("https://other.example/", "2")}, Grant: jeton.GrantOptions{Type: "client_credentials"}}, jeton.InvalidClient},
	} {
		row.c.TokenURL = srv.TokenURL()
		token, err := new(jeton.Engine).Exchange(t.Context(), row.c, nil)
		if row.want == "" && err != nil || row.want != "" && jeton.CategoryOf(err) != row.want {
			t.Errorf("%s: %v %v", name, token, err)
		}
	}
}
