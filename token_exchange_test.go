package jeton_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jeton-oauth/jeton"
)

const (
	typeAccess = "urn:ietf:params:oauth:token-type:access_token"
	typeJWT    = "urn:ietf:params:oauth:token-type:jwt"
)

func exchangeConnection() *jeton.Connection {
	c := loginConnection("token_exchange")
	c.Grant.SubjectToken, c.Grant.SubjectTokenType = jeton.SecretValue("subject-canary"), typeAccess
	return c
}

func exchangedReply(changes object) object {
	m := tokenReply(object{"issued_token_type": typeAccess, "refresh_token": nil})
	for name, value := range changes {
		if m[name] = value; value == nil {
			delete(m, name)
		}
	}
	return m
}

// TestTokenExchangeReply: RFC 8693 section 2.2.1.
func TestTokenExchangeReply(t *testing.T) {
	for _, row := range []struct {
		name      string
		changes   object
		requested string
		warnings  []jeton.Parameter
		extra     string
		header    string
	}{
		{"an access token", nil, typeAccess, nil, `"` + typeAccess + `"`, "Bearer fake-access-token"},
		{"of whatever type", object{"issued_token_type": typeJWT}, "", nil, `"` + typeJWT + `"`, "Bearer fake-access-token"},
		{"of another type", object{"issued_token_type": typeJWT}, typeAccess, []jeton.Parameter{"grant.requested_token_type"}, `"` + typeJWT + `"`, "Bearer fake-access-token"},
		{"no type", object{"issued_token_type": nil}, "", []jeton.Parameter{"grant.requested_token_type"}, "", "Bearer fake-access-token"},
		{"an empty type", object{"issued_token_type": ""}, "", []jeton.Parameter{"grant.requested_token_type"}, "", "Bearer fake-access-token"},
		{"a type that is no string", object{"issued_token_type": []string{typeJWT}}, "", []jeton.Parameter{"grant.requested_token_type"}, "", "Bearer fake-access-token"},
		{"a type that nobody should see", object{"issued_token_type": "urn:\x1b[2J"}, "", []jeton.Parameter{"grant.requested_token_type"}, "", "Bearer fake-access-token"},
		{"the subject token as type", object{"issued_token_type": "urn:subject-canary"}, typeJWT, []jeton.Parameter{"grant.requested_token_type"}, `"urn:subject-canary"`, "Bearer fake-access-token"},
		{"no access token", object{"token_type": "N_A", "issued_token_type": typeJWT}, typeJWT, []jeton.Parameter{"usage"}, `"` + typeJWT + `"`, "Bearer fake-access-token"},
		{"no access token, in other letters", object{"token_type": "n_a"}, "", []jeton.Parameter{"usage"}, `"` + typeAccess + `"`, "Bearer fake-access-token"},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := exchangeConnection()
			c.Grant.RequestedTokenType = row.requested
			token, err := newFakeServer().on(fakeToken, say(200, exchangedReply(row.changes))).engine().Exchange(context.Background(), c, nil)
			if err != nil {
				t.Fatal(err)
			}
			var warnings []jeton.Parameter
			for _, w := range token.Warnings {
				warnings = append(warnings, w.Parameter)
				if !w.Warning || strings.Contains(fmt.Sprint(w), "subject-canary") || strings.Contains(fmt.Sprint(w), "\x1b") {
					t.Errorf("%+v", w)
				}
			}
			if !slices.Equal(warnings, row.warnings) || string(token.Extra["issued_token_type"]) != row.extra {
				t.Errorf("warnings %v, extra %s", warnings, token.Extra)
			}
			r, _ := http.NewRequest("GET", "https://api.example/", nil)
			token.Authorize(r)
			if got := r.Header.Get("Authorization"); got != row.header {
				t.Errorf("Authorization: %s", got)
			}
		})
	}
	// Another grant knows neither member.
	token, err := newFakeServer().on(fakeToken, say(200, tokenReply(nil))).engine().Exchange(context.Background(), loginConnection("client_credentials"), nil)
	if err != nil || len(token.Extra) != 0 || len(token.Warnings) != 0 {
		t.Errorf("%v %+v", err, token)
	}
	_, err = newFakeServer().on(fakeToken, say(200, tokenReply(object{"token_type": "N_A"}))).engine().Exchange(context.Background(), loginConnection("client_credentials"), nil)
	failedAs(t, err, jeton.UnsupportedTokenType)
	// A journalled reply says the same.
	c := exchangeConnection()
	token, err = jeton.ParseReply(c, jeton.RawReply{Status: 200, Body: []byte(say(200, exchangedReply(nil)).body), Sent: time.Now()})
	if err != nil || string(token.Extra["issued_token_type"]) != `"`+typeAccess+`"` {
		t.Errorf("%v %+v", err, token)
	}
}

func TestTokenExchangeDocument(t *testing.T) {
	for _, row := range []struct {
		name      string
		change    func(*jeton.GrantOptions)
		parameter jeton.Parameter
		warning   bool
		proposed  string
	}{
		{"as it should be", func(*jeton.GrantOptions) {}, "", false, ""},
		{"no subject token", func(g *jeton.GrantOptions) { g.SubjectToken = jeton.SecretSource{} }, "grant.subject_token", false, ""},
		{"no type of it", func(g *jeton.GrantOptions) { g.SubjectTokenType = "" }, "grant.subject_token_type", false, ""},
		{"a word as type", func(g *jeton.GrantOptions) { g.SubjectTokenType = "access_token" }, "grant.subject_token_type", true, typeAccess},
		{"a word as wanted type", func(g *jeton.GrantOptions) { g.RequestedTokenType = "jwt" }, "grant.requested_token_type", true, typeJWT},
		{"an actor without a type", func(g *jeton.GrantOptions) { g.ActorToken = jeton.SecretValue("actor") }, "grant.actor_token_type", false, ""},
		{"a type without an actor", func(g *jeton.GrantOptions) { g.ActorTokenType = typeJWT }, "grant.actor_token_type", false, ""},
		{"an actor", func(g *jeton.GrantOptions) { g.ActorToken, g.ActorTokenType = jeton.SecretValue("actor"), typeJWT }, "", false, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := exchangeConnection()
			row.change(&c.Grant)
			found := c.Validate()
			switch {
			case row.parameter == "":
				if len(found) != 0 {
					t.Errorf("%+v", found)
				}
			case len(found) != 1 || found[0].Parameter != row.parameter || found[0].Warning != row.warning || found[0].Proposed != row.proposed:
				t.Errorf("%+v", found)
			}
		})
	}
}

// A refresh token that came along is presented next, and its reply needs no issued_token_type.
func TestTokenExchangeIsRenewed(t *testing.T) {
	s := newFakeServer().on(fakeToken, say(200, exchangedReply(object{"refresh_token": "r1"})), say(200, tokenReply(object{"refresh_token": "r2"})))
	e, c := s.engine(), exchangeConnection()
	c.Grant.Parameter = "urn:custom"
	first, err := e.Exchange(context.Background(), c, nil)
	if err != nil {
		t.Fatal(err)
	}
	second, err := e.Exchange(context.Background(), c, first)
	if err != nil || len(second.Warnings) != 0 || second.RefreshToken.Reveal() != "r2" {
		t.Fatalf("%v %+v", err, second)
	}
	sent := s.at(fakeToken)
	if sent[0].form.Get("grant_type") != "urn:custom" || sent[0].form.Get("subject_token") != "subject-canary" || sent[0].form.Get("scope") != "read write" {
		t.Errorf("sent %v", sent[0].form)
	}
	if want := (url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"r1"}, "client_id": {clientID}, "client_secret": {clientSecret}}); sent[1].form.Encode() != want.Encode() {
		t.Errorf("sent %v", sent[1].form)
	}
}

// A subject token is not used up by a refusal, a refresh token may be.
func TestTokenExchangeTriesTheNextSecret(t *testing.T) {
	refused := say(401, object{"error": "invalid_client"})
	for _, row := range []struct {
		previous *jeton.Token
		requests int
	}{{nil, 2}, {&jeton.Token{AccessToken: jeton.NewSecret("no refresh token")}, 2}, {&jeton.Token{RefreshToken: jeton.NewSecret("r1")}, 1}} {
		s := newFakeServer().on(fakeToken, refused, say(200, exchangedReply(nil)))
		c := exchangeConnection()
		c.Client.Secret = append(c.Client.Secret, jeton.SecretValue("the next secret"))
		_, err := s.engine().Exchange(context.Background(), c, row.previous)
		if (err == nil) != (row.requests == 2) || s.count() != row.requests {
			t.Errorf("%v after %d requests", err, s.count())
		}
	}
}

// A clock that is off is seen where a login begins, so that the code is not lost to it.
func TestAutoSkewOfALogin(t *testing.T) {
	now := time.Unix(1893499200, 0)
	date := now.Add(10 * time.Minute).UTC().Format(http.TimeFormat)
	s := pushes(say(401, object{"error": "invalid_client"}, "Date", date), say(201, object{"request_uri": "urn:x"}, "Date", date))
	e, c := s.engine(), issuerConnection("authorization_code")
	e.Now = func() time.Time { return now }
	c.Client = jeton.Client{ID: clientID, Assertion: &jeton.Assertion{AutoSkew: true, Key: jeton.KeyList{jeton.KeyValue(keyPEM(t, testKeys()["ES256"]))}}}
	login, _ := mustAuthorize(t, e, c)
	if _, err := e.Redeem(context.Background(), c, login, answerTo(login)); err != nil {
		t.Fatal(err)
	}
	mustAuthorize(t, e, c) // the next login knows it from the first request on
	var offsets []int
	for _, r := range slices.Concat(s.at(fakePAR), s.at(fakeToken)) {
		_, claims := claimsOf(t, r.form.Get("client_assertion"))
		offsets = append(offsets, int(claims["iat"].(float64))-int(now.Unix()))
	}
	if !slices.Equal(offsets, []int{0, 600, 600, 600}) {
		t.Errorf("signed with offsets %v", offsets)
	}
}
