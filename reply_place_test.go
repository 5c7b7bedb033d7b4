package jeton

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// A token that is no member of a JSON body.
func TestTokenBesideTheBody(t *testing.T) {
	header := func(values ...string) []string { return values }
	for _, row := range []struct {
		name, place, body string
		header            []string
		want              string
		category          Category
	}{
		{"header", "header:X-Auth-Token", `{"a":1}`, header("X-Auth-Token", "x"), "x", ""},
		{"header in other letters", "header:x-AUTH-token", `{}`, header("X-Auth-Token", "x"), "x", ""},
		{"header without a body", "header:X-Auth-Token", ``, header("X-Auth-Token", "x"), "x", ""},
		{"header with a text", "header:X-Auth-Token", `created`, header("X-Auth-Token", "x"), "x", ""},
		{"header with a scheme", "header:Authorization", ``, header("Authorization", "bearer  x"), "x", ""},
		{"header with another scheme", "header:Authorization", `{}`, header("Authorization", "Basic x"), "", NoTokenInResponse},
		{"header that is empty", "header:X-Auth-Token", `{"access_token":"y"}`, header("X-Auth-Token", " "), "", NoTokenInResponse},
		{"header that is missing", "header:X-Auth-Token", `{"access_token":"y"}`, nil, "", NoTokenInResponse},
		{"header that is missing, and no body", "header:X-Auth-Token", ``, nil, "", MalformedResponse},
		{"header that is missing, and a page", "header:X-Auth-Token", `<html>`, nil, "", MalformedResponse},
		{"header with a refusal", "header:X-Auth-Token", `{"error":"invalid_grant"}`, header("X-Auth-Token", "x"), "", InvalidGrant},
		{"header that is too long", "header:X-Auth-Token", ``, header("X-Auth-Token", strings.Repeat("x", 20000)), "", NoTokenInResponse},
		{"header with a colon in the name of the dialect", "header:", `{"header:":"x"}`, nil, "", NoTokenInResponse},

		{"body", "body", "x", nil, "x", ""},
		{"body with line ends", "body", "\r\n x \n", nil, "x", ""},
		{"body with a mark", "body", "\xef\xbb\xbfx", nil, "x", ""},
		{"body in quotes", "body", ` "x\u002dy" `, nil, "x-y", ""},
		{"body of digits", "body", "0012345678", nil, "0012345678", ""},
		{"body that is a number", "body", "12345678", nil, "12345678", ""},
		{"body like a form", "body", "session=x&a=b", nil, "session=x&a=b", ""},
		{"body that is a page", "body", "<html>", nil, "", MalformedResponse},
		{"body that is empty", "body", " \n", nil, "", MalformedResponse},
		{"body of two words", "body", "wrong password", nil, "", NoTokenInResponse},
		{"body of two lines", "body", "x\nX-Own: y", nil, "", NoTokenInResponse},
		{"body in quotes with a line end", "body", `"x\ny"`, nil, "", NoTokenInResponse},
		{"body of half a text", "body", `"x`, nil, "", MalformedResponse},
		{"body that is an object", "body", `{"access_token":"x"}`, nil, "", NoTokenInResponse},
		{"body that is a list", "body", `["x"]`, nil, "", NoTokenInResponse},
		{"body that is a refusal", "body", `{"error":"invalid_grant"}`, nil, "", InvalidGrant},
		{"body that is too long", "body", strings.Repeat("x", 20000), nil, "", NoTokenInResponse},
		{"a member of that name", "/body", `{"body":"x"}`, nil, "x", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			token, err := ParseReply(replyConnection(func(r *ResponseOptions) { r.AccessToken = row.place }), rawReply(200, row.body, row.header...))
			if row.want != "" {
				if err != nil || token.AccessToken.Reveal() != row.want {
					t.Fatalf("%v %v", token, err)
				}
				for _, w := range token.Warnings {
					if w.Parameter == "usage" && row.place != "/body" {
						t.Errorf("%+v", w)
					}
				}
				return
			}
			if CategoryOf(err) != row.category {
				t.Errorf("%v %v", token, err)
			}
			if shown := fmt.Sprintf("%+v", err); strings.Contains(shown, "xxxx") {
				t.Error(shown)
			}
		})
	}
}

// A refusal stays one, whatever its body.
func TestRefusalsBesideTheBody(t *testing.T) {
	for _, place := range []string{"body", "header:X-Auth-Token"} {
		for _, body := range []string{"x", "", "<html>", `{"access_token":"x"}`} {
			if token, err := ParseReply(replyConnection(func(r *ResponseOptions) { r.AccessToken = place }), rawReply(401, body, "X-Auth-Token", "x")); err == nil {
				t.Errorf("%s %q: %v", place, body, token)
			}
		}
	}
}

func TestExpiryWords(t *testing.T) {
	jwt := func(life time.Duration) string {
		return "eyJhbGciOiJub25lIn0." + b64(fmt.Sprintf(`{"exp":%d}`, replySent.Add(life).Unix())) + ".x"
	}
	for _, row := range []struct {
		name, token string
		change      func(*ResponseOptions)
		header      []string
		life        time.Duration
		from        string
	}{
		{"none", "x", func(r *ResponseOptions) { r.ExpiresIn = "none" }, nil, 300 * time.Second, "default"},
		{"none, with a default", "x", func(r *ResponseOptions) { r.ExpiresIn, r.DefaultLifetime = "none", Duration(2*time.Hour) }, nil, 2 * time.Hour, "default"},
		{"none, and a JWT that lives longer", jwt(3 * time.Hour), func(r *ResponseOptions) { r.ExpiresIn, r.DefaultLifetime = "none", Duration(2*time.Hour) }, nil, 2 * time.Hour, "default"},
		{"none, and a JWT that dies before", jwt(time.Hour), func(r *ResponseOptions) { r.ExpiresIn, r.DefaultLifetime = "none", Duration(2*time.Hour) }, nil, time.Hour, "jwt"},
		{"jwt", jwt(3 * time.Hour), func(r *ResponseOptions) { r.ExpiresIn = "jwt" }, nil, 3 * time.Hour, "jwt"},
		{"jwt of a token that is none", "x", func(r *ResponseOptions) { r.ExpiresIn = "jwt" }, nil, 300 * time.Second, "default"},
		{"header", "x", func(r *ResponseOptions) { r.ExpiresIn = "header:x-expires" }, []string{"X-Expires", "90"}, 90 * time.Second, "reply"},
		{"header in milliseconds", "x", func(r *ResponseOptions) { r.ExpiresIn, r.ExpiresFormat = "header:x-expires", "milliseconds" }, []string{"X-Expires", "90000"}, 90 * time.Second, "reply"},
		{"header that is missing", "x", func(r *ResponseOptions) { r.ExpiresIn = "header:x-expires" }, nil, 300 * time.Second, "default"},
	} {
		t.Run(row.name, func(t *testing.T) {
			token, err := ParseReply(replyConnection(row.change), rawReply(200, `{"token_type":"bearer","expires_in":60,"none":1,"jwt":1,"access_token":"`+row.token+`"}`, row.header...))
			if err != nil {
				t.Fatal(err)
			}
			if life := token.Expiry.Sub(token.Issued); life != row.life || token.ExpiryFrom != row.from || len(token.Warnings) > 0 {
				t.Errorf("lives %v from %s, %v", life, token.ExpiryFrom, token.Warnings)
			}
		})
	}
	_, err := ParseReply(replyConnection(func(r *ResponseOptions) { r.ExpiresIn = "header:x-expires" }), rawReply(200, `{"access_token":"x"}`, "X-Expires", "soon"))
	if CategoryOf(err) != BadExpiresIn {
		t.Error(err)
	}
}

// What is recorded of a reply shows no token, wherever it stands.
func TestRecorderHidesTheTokenBesideTheBody(t *testing.T) {
	for place, body := range map[string]string{"body": "48151623421516", "header:Server": `{}`, "header:X-Request-Id": ``} {
		for _, body := range []string{body, `"48151623421516"`, "tok-48151623421516"} {
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Server", "48151623421516")
				w.Header().Set("X-Request-Id", "48151623421516")
				if place == "body" {
					w.Header().Del("Server")
					w.Header().Del("X-Request-Id")
				}
				_, _ = w.Write([]byte(body))
			}))
			recorder := new(Recorder)
			c := replyConnection(func(r *ResponseOptions) { r.AccessToken = place })
			c.TokenURL = srv.URL
			_, err := new(Engine).Exchange(WithRecorder(context.Background(), recorder), c, nil)
			srv.Close()
			if err != nil {
				t.Errorf("%s: %v", place, err)
			}
			for _, x := range recorder.Exchanges() {
				for _, h := range x.Response.Headers {
					if name, _ := inHeader(place); strings.EqualFold(h.Name, name) && h.Value != Redacted {
						t.Errorf("%s: %v", place, h)
					}
				}
				if place == "body" && strings.Contains(x.Response.Body, "4815") {
					t.Errorf("%s: %s", place, x.Response.Body)
				}
			}
		}
	}
}
