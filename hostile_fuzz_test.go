package jeton_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/internal/scrub"
)

// FuzzHostile begins with the whole corpus: whatever a server sends, there is a
// token that can be presented, or an error of a known kind that shows nothing of
// what was sent; and the same reply gives the same verdict again.
func FuzzHostile(f *testing.F) {
	seen := map[string]bool{}
	for _, row := range append(hostileReplies(), hostileBeyond()...) {
		for _, c := range row.cases {
			if len(c.reply.body) > 1000 || seen[c.reply.body] { // two seconds are for more than the seeds
				continue
			}
			seen[c.reply.body] = true
			f.Add(c.reply.status, c.reply.header.Get("Content-Type"), c.reply.header.Get("Date"), c.reply.body)
		}
	}
	grants := hostileGrants(f, "https://as.example/token")
	nested := *grants[2].connection
	nested.Response = jeton.ResponseOptions{AccessToken: "data.access_token", ExpiresIn: "/expires_on", ExpiresFormat: "epoch", Keep: []string{"scope", "/data/0"}}
	nested.Usage.Raw = true
	connections := []*jeton.Connection{grants[0].connection, grants[2].connection, &nested}
	sent := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, status int, contentType, date, body string) {
		if len(body) > 64<<10 {
			return // the reader of a reply stops there
		}
		reply := jeton.RawReply{Status: status, Body: []byte(body), Sent: sent, Received: sent.Add(time.Second), Scope: "read write",
			Header: http.Header{"Content-Type": {contentType}, "Date": {date}}}
		for _, c := range connections {
			token, err := jeton.ParseReply(c, reply)
			again, errAgain := jeton.ParseReply(c, reply)
			if one, other := verdict(token, err), verdict(again, errAgain); one != other {
				t.Fatalf("%s, then %s", one, other)
			}
			if err != nil {
				refusalIsFit(t, token, err)
			} else {
				tokenIsFit(t, token)
			}
			shown := verdict(token, err)
			for _, canary := range []string{hostileSecret, "s3cret+"} {
				if strings.Contains(shown, canary) || strings.Contains(shown, strings.ReplaceAll(canary, "+", "%2B")) {
					t.Fatalf("%q shows the secret: %s", body, shown)
				}
			}
		}
	})
}

// verdict is all that can be shown of an outcome.
func verdict(token *jeton.Token, err error) string {
	shown := fmt.Sprintf("%v %+v", err, findings(err))
	if token != nil {
		shown += fmt.Sprintf("%s %s %v %s %q %+v", token.TokenType, token.Expiry, token.ExpiryFrom, token.Extra, token.Scope, token.Warnings)
	}
	return shown
}

func refusalIsFit(t *testing.T, token *jeton.Token, err error) {
	t.Helper()
	var e *jeton.Error
	if token != nil || !errors.As(err, &e) || e.Category() == jeton.InternalError || e.Category() == "" || e.Problem == "" {
		t.Fatalf("%v, %T %v", token, err, err)
	}
	for _, text := range []string{err.Error(), e.Code, e.URI, fmt.Sprintf("%+v", e.Findings)} {
		if scrub.Escape(text) != text || len(text) > 16<<10 {
			t.Fatalf("%d bytes: %.500q", len(text), text)
		}
	}
	if e.HasClockOffset && e.ClockOffset.Abs() > 200*365*24*time.Hour {
		t.Fatalf("a clock offset of %v", e.ClockOffset)
	}
}

func tokenIsFit(t *testing.T, token *jeton.Token) {
	t.Helper()
	access := token.AccessToken.Reveal()
	if access == "" || len(access) > 16<<10 || strings.ContainsFunc(access, func(r rune) bool { return r <= ' ' || r > '~' }) {
		t.Fatalf("the access token %q", access)
	}
	if strings.ContainsFunc(token.RefreshToken.Reveal(), func(r rune) bool { return r < ' ' || r == 0x7f || r == '\ufffd' }) {
		t.Fatalf("the refresh token %q", token.RefreshToken.Reveal())
	}
	if life := token.Expiry.Sub(token.Issued); life <= 0 || life > tenYears {
		t.Fatalf("a life of %v", life)
	}
	r := &http.Request{Header: http.Header{}}
	token.Authorize(r)
	if value := r.Header.Get("Authorization"); token.TokenType == "" || strings.ContainsAny(value, "\r\n\x00") {
		t.Fatalf("%q as %q", token.TokenType, value)
	}
	for _, w := range token.Warnings {
		if text := fmt.Sprintf("%+v", w); scrub.Escape(text) != text || len(text) > 8<<10 || !w.Warning {
			t.Fatalf("%d bytes: %.500q", len(text), text)
		}
	}
	if scrub.Escape(token.Scope) != token.Scope || len(token.Scope) > 32<<10 {
		t.Fatalf("%.500q", token.Scope)
	}
}
