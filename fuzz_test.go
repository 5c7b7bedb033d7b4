package jeton

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jeton-oauth/jeton/internal/scrub"
)

func b64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// FuzzReply: whatever a server sends, the result is a token that can be used
// or an error of a known category, and nothing shows what was sent to it.
func FuzzReply(f *testing.F) {
	const planted = "planted-secret-0417+%&\"ü"
	for _, body := range []string{
		`{"access_token":"x","token_type":"bearer","expires_in":"3600"}`, `{"access_token":"x","expires_in":1e999}`, `{"access_token":"x","access_token":"y"}`, "\xef\xbb\xbf{}", `[{"access_token":"x"}]`,
		`{"data":{"access_token":"x"}}`, `{"error":{"code":1}}`, `{"error":"invalid_client","error_description":"` + planted + `"}`, `<html><title>` + planted + `</title>`, "access_token=x&scope=a+b", "error=x",
		`{"error":"x","error_description":"` + url.QueryEscape(planted) + base64.StdEncoding.EncodeToString([]byte(planted)) + `"}`, `{"ok":false}`, `{"fault":{"detail":{}}}`, strings.Repeat("[", 100), "", "null", `{"scope":["` + planted + `"],"access_token":"x"}`,
		`{"access_token":"eyJhbGciOiJub25lIn0.` + b64(`{"exp":1795273200}`) + `.x"}`, `{"access_token":"x","refresh_token":5,"id_token":[]}`,
	} {
		for _, status := range []int{200, 302, 401, 429, 503} {
			f.Add(status, "application/json", "30", body)
		}
	}
	f.Add(200, "application/x-www-form-urlencoded", "Sat, 21 Nov 2026 12:00:30 GMT", "access_token=%41&expires_in=60")
	f.Add(307, "https://evil.example/"+planted, "", "")
	connections := map[string]*Connection{}
	for _, format := range []string{"seconds", "milliseconds", "epoch", "epoch_ms", "rfc3339"} {
		connections[format] = &Connection{TokenURL: "https://as.example/", Grant: GrantOptions{Type: "password", Username: "u", Password: SecretValue(planted)},
			Client: Client{ID: "a", Secret: SecretList{SecretValue(planted)}}, Response: ResponseOptions{ExpiresFormat: format, Keep: []string{"a", "/b/0"}}}
	}
	for place, expiry := range map[string]string{"header:Location": "header:Retry-After", "body": "none"} {
		copied := *connections["seconds"]
		copied.Response.AccessToken, copied.Response.ExpiresIn = place, expiry
		connections[place] = &copied
	}
	f.Fuzz(func(t *testing.T, status int, header, retryAfter, body string) {
		reply := RawReply{Status: status, Body: []byte(body), Sent: replySent, Received: replySent.Add(time.Second), Scope: "read",
			Header: http.Header{"Content-Type": {header}, "Location": {header}, "Retry-After": {retryAfter}, "Date": {retryAfter}}}
		for format, c := range connections {
			token, err := ParseReply(c, reply)
			if (token == nil) == (err == nil) {
				t.Fatalf("%s: token %v, error %v", format, token, err)
			}
			if err != nil {
				checkError(t, err, planted, body)
				continue
			}
			access := token.AccessToken.Reveal()
			if access == "" || len(access) > maxToken || !headerSafe(access) || status < 200 || status > 299 {
				t.Fatalf("%s: the access token %q", format, access)
			}
			if life := token.Expiry.Sub(token.Issued); life <= 0 || life > longestLifetime {
				t.Fatalf("%s: a life of %v", format, life)
			}
			if _, value := token.Header(); !headerSafe(strings.Replace(value.Reveal(), " ", "", 1)) || token.TokenType == "" {
				t.Fatalf("%s: token type %q", format, token.TokenType)
			}
			if shown := fmt.Sprintf("%v %+v", token.Scope, token.Warnings); strings.Contains(shown, planted) || scrub.Escape(token.Scope) != token.Scope {
				t.Fatalf("%s: %q", format, shown)
			}
		}
	})
}

func checkError(t *testing.T, err error, planted, body string) {
	t.Helper()
	e, ok := err.(*Error)
	if !ok {
		t.Fatalf("a %T", err)
	}
	if _, known := outcomes[e.Category()]; !known || e.Category() == InternalError || e.Problem == "" {
		t.Fatalf("category %q, problem %q", e.Category(), e.Problem)
	}
	if e.RetryAfter != 0 && (e.RetryAfter < time.Second || e.RetryAfter > time.Hour) {
		t.Fatalf("retry after %v", e.RetryAfter)
	}
	texts := append(findingTexts(e.Findings), e.Error(), e.Code, e.Description, e.URI)
	for _, text := range texts {
		if strings.Contains(text, planted) || strings.Contains(text, url.QueryEscape(planted)) || strings.Contains(text, base64.StdEncoding.EncodeToString([]byte(planted))) {
			t.Fatalf("%q shows the secret: %q", body, text)
		}
		if scrub.Escape(text) != text || len([]rune(text)) > 1200 {
			t.Fatalf("%q gives %q", body, text)
		}
	}
}
