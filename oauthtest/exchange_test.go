package oauthtest_test

import (
	"testing"
	"time"

	"github.com/jeton-oauth/jeton/oauthtest"
)

const exchangeGrant = "urn:ietf:params:oauth:grant-type:token-exchange"

func TestExchange(t *testing.T) {
	const at, rt, id, jwt = oauthtest.TokenTypeAccessToken, oauthtest.TokenTypeRefreshToken, oauthtest.TokenTypeIDToken, oauthtest.TokenTypeJWT
	c := newClock()
	srv := newBot(t, oauthtest.Config{Now: c.Now, ApproveAs: "ann"})
	srv.AddClient(oauthtest.Client{ID: "narrow", Secret: "s3cret", Scopes: []string{"b", "c"}, Resources: []string{"https://api", "service"}})
	srv.AddClient(oauthtest.Client{ID: "other", Secret: "s3cret", Grants: []string{oauthtest.GrantPassword}})
	srv.AddSubjectToken("<saml/>", oauthtest.TokenTypeSAML2, "eve")
	srv.AddSubjectToken("foreign-jwt", jwt, "eve")
	srv.AddSubjectToken("custom", "urn:example:ticket", "eve")
	token := func(pairs ...string) string {
		t.Helper()
		return post(t, srv.HTTPClient(), srv.TokenURL(), form(bot(pairs...)...)).member("access_token")
	}
	old := token("grant_type", "client_credentials")
	c.Add(time.Hour)
	plain := token("grant_type", "client_credentials")
	revoked := token("grant_type", "client_credentials")
	srv.Revoke(revoked)
	user := post(t, srv.HTTPClient(), srv.TokenURL(), redemption(login(t, srv, "scope", "openid a b")))
	want(t, srv, user, "", "")
	acted := token("grant_type", exchangeGrant, "subject_token", user.member("access_token"), "subject_token_type", at, "actor_token", plain, "actor_token_type", at)

	type p = []string
	rows := []struct {
		name          string
		params        []string
		code, check   string
		subject       string
		scope         string
		issued, typ   string // default: an access token, Bearer
		actor, actor2 string
		audience      int
	}{
		{name: "access token", params: p{"subject_token", user.member("access_token"), "subject_token_type", at}, subject: "ann", scope: "openid a b"},
		{name: "access token asked for", params: p{"subject_token", plain, "subject_token_type", at, "requested_token_type", at}, subject: "bot"},
		{name: "refresh token", params: p{"subject_token", user.member("refresh_token"), "subject_token_type", rt}, subject: "ann", scope: "openid a b"},
		{name: "id token", params: p{"subject_token", user.member("id_token"), "subject_token_type", id}, subject: "ann"},
		{name: "id token as JWT", params: p{"subject_token", user.member("id_token"), "subject_token_type", jwt}, subject: "ann"},
		{name: "foreign SAML", params: p{"subject_token", "<saml/>", "subject_token_type", oauthtest.TokenTypeSAML2}, subject: "eve"},
		{name: "foreign, its own type", params: p{"subject_token", "custom", "subject_token_type", "urn:example:ticket", "scope", "z"}, subject: "eve", scope: "z"},
		{name: "narrower scope", params: p{"subject_token", user.member("access_token"), "subject_token_type", at, "scope", "a"}, subject: "ann", scope: "a"},
		{name: "what client and token share", params: p{"client_id", "narrow", "subject_token", user.member("access_token"), "subject_token_type", at}, subject: "ann", scope: "b"},
		{name: "actor", params: p{"subject_token", user.member("access_token"), "subject_token_type", at, "actor_token", "foreign-jwt", "actor_token_type", jwt}, subject: "ann", scope: "openid a b", actor: "eve"},
		{name: "actor of an actor", params: p{"subject_token", acted, "subject_token_type", at, "actor_token", "foreign-jwt", "actor_token_type", jwt}, subject: "ann", scope: "openid a b", actor: "eve", actor2: "bot"},
		{name: "actor stays", params: p{"subject_token", acted, "subject_token_type", at}, subject: "ann", scope: "openid a b", actor: "bot"},
		{name: "resources and audiences", params: p{"subject_token", plain, "subject_token_type", at, "resource", "https://x", "resource", "https://y", "audience", "s", "audience", "t"}, subject: "bot", audience: 4},
		{name: "known target", params: p{"client_id", "narrow", "subject_token", plain, "subject_token_type", at, "resource", "https://api", "audience", "service"}, subject: "bot", scope: "b c", audience: 2},
		{name: "JWT asked for", params: p{"subject_token", user.member("access_token"), "subject_token_type", at, "requested_token_type", jwt}, subject: "ann", scope: "openid a b", issued: jwt, typ: "N_A"},
		{name: "id token asked for", params: p{"subject_token", user.member("access_token"), "subject_token_type", at, "requested_token_type", id}, subject: "ann", scope: "openid a b", issued: id, typ: "N_A"},
		{name: "refresh token asked for", params: p{"subject_token", user.member("access_token"), "subject_token_type", at, "requested_token_type", rt}, subject: "ann", scope: "openid a b", issued: rt, typ: "N_A"},

		{name: "nothing", code: "invalid_request", check: "subject_token"},
		{name: "type alone", params: p{"subject_token_type", at}, code: "invalid_request", check: "subject_token"},
		{name: "type missing", params: p{"subject_token", plain}, code: "invalid_request", check: "subject_token_type"},
		{name: "wrong type", params: p{"subject_token", plain, "subject_token_type", id}, code: "invalid_request", check: "subject_token_type"},
		{name: "opaque token is no JWT", params: p{"subject_token", plain, "subject_token_type", jwt}, code: "invalid_request", check: "subject_token_type"},
		{name: "unknown token", params: p{"subject_token", "x", "subject_token_type", at}, code: "invalid_request", check: "subject_token"},
		{name: "expired token", params: p{"subject_token", old, "subject_token_type", at}, code: "invalid_request", check: "subject_token_expired"},
		{name: "revoked token", params: p{"subject_token", revoked, "subject_token_type", at}, code: "invalid_request", check: "subject_token_expired"},
		{name: "refresh token of another client", params: p{"client_id", "narrow", "subject_token", user.member("refresh_token"), "subject_token_type", rt}, code: "invalid_request", check: "subject_token"},
		{name: "actor type alone", params: p{"subject_token", plain, "subject_token_type", at, "actor_token_type", at}, code: "invalid_request", check: "actor_token"},
		{name: "actor type missing", params: p{"subject_token", plain, "subject_token_type", at, "actor_token", plain}, code: "invalid_request", check: "actor_token_type"},
		{name: "unknown actor", params: p{"subject_token", plain, "subject_token_type", at, "actor_token", "x", "actor_token_type", at}, code: "invalid_request", check: "actor_token"},
		{name: "expired actor", params: p{"subject_token", plain, "subject_token_type", at, "actor_token", old, "actor_token_type", at}, code: "invalid_request", check: "actor_token_expired"},
		{name: "SAML asked for", params: p{"subject_token", plain, "subject_token_type", at, "requested_token_type", oauthtest.TokenTypeSAML2}, code: "invalid_request", check: "requested_token_type"},
		{name: "requested_token_type twice", params: p{"subject_token", plain, "subject_token_type", at, "requested_token_type", at, "requested_token_type", jwt}, code: "invalid_request", check: "repeated"},
		{name: "wider scope", params: p{"subject_token", user.member("access_token"), "subject_token_type", at, "scope", "a z"}, code: "invalid_scope", check: "scope"},
		{name: "scope of the token, not of the client", params: p{"client_id", "narrow", "subject_token", user.member("access_token"), "subject_token_type", at, "scope", "a"}, code: "invalid_scope", check: "scope"},
		{name: "no common scope", params: p{"client_id", "narrow", "subject_token", token("grant_type", "client_credentials", "scope", "z"), "subject_token_type", at}, code: "invalid_scope", check: "scope"},
		{name: "unknown target", params: p{"client_id", "narrow", "subject_token", plain, "subject_token_type", at, "audience", "elsewhere"}, code: "invalid_target", check: "resource"},
		{name: "grant not allowed", params: p{"client_id", "other", "subject_token", plain, "subject_token_type", at}, code: "unauthorized_client", check: "grant"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			got := post(t, srv.HTTPClient(), srv.TokenURL(), changed(form(bot("grant_type", exchangeGrant)...), row.params...))
			want(t, srv, got, row.code, row.check)
			if row.code != "" {
				return
			}
			if row.issued == "" {
				row.issued, row.typ = at, "Bearer"
			}
			if got.member("issued_token_type") != row.issued || got.member("token_type") != row.typ || got.member("scope") != row.scope || lastRequest(t, srv).Subject != row.subject {
				t.Errorf("reply %s for %s", got.text, lastRequest(t, srv).Subject)
			}
			if (row.issued == rt) == (got.body["expires_in"] != nil) || got.body["refresh_token"] != nil {
				t.Errorf("reply %s", got.text)
			}
			r := get(t, srv.HTTPClient(), srv.ResourceURL(), bearer(got.member("access_token")))
			if row.issued != at {
				if r.status != 401 {
					t.Errorf("%s works as an access token", row.issued)
				}
				return
			}
			act, _ := r.body["act"].(map[string]any)
			next, _ := act["act"].(map[string]any)
			if sub, _ := act["sub"].(string); r.status != 200 || sub != row.actor || row.actor2 != "" && next["sub"] != row.actor2 {
				t.Errorf("resource %d %s", r.status, r.text)
			}
			if aud, _ := r.body["aud"].([]any); len(aud) != row.audience {
				t.Errorf("audience %v", aud)
			}
		})
	}
}

// What token_exchange issued can be exchanged on, and is what it is said to be.
func TestExchangeAgain(t *testing.T) {
	srv := newBot(t, oauthtest.Config{AccessTokenFormat: oauthtest.FormatJWT})
	first := ask(t, srv)
	for kind, typ := range map[string]string{
		oauthtest.TokenTypeAccessToken: "at+jwt", oauthtest.TokenTypeJWT: "JWT", oauthtest.TokenTypeIDToken: "JWT", oauthtest.TokenTypeRefreshToken: "",
	} {
		exchange := func(token, is, want string) reply {
			return post(t, srv.HTTPClient(), srv.TokenURL(), form(bot("grant_type", exchangeGrant, "subject_token", token, "subject_token_type", is, "requested_token_type", want)...))
		}
		got := exchange(first.member("access_token"), oauthtest.TokenTypeJWT, kind)
		want(t, srv, got, "", "")
		if typ != "" {
			if claims := verified(t, srv, got.member("access_token"), typ); claims["sub"] != "bot" || claims["iss"] != srv.Issuer() {
				t.Errorf("%s: claims %v", kind, claims)
			}
		}
		want(t, srv, exchange(got.member("access_token"), kind, oauthtest.TokenTypeAccessToken), "", "")
		if kind == oauthtest.TokenTypeRefreshToken {
			want(t, srv, post(t, srv.HTTPClient(), srv.TokenURL(), form(bot("grant_type", "refresh_token", "refresh_token", got.member("access_token"))...)), "", "")
		}
	}
	srv.AddSubjectToken("t", oauthtest.TokenTypeJWT, "eve")
	srv.Reset()
	want(t, srv, post(t, srv.HTTPClient(), srv.TokenURL(), form(bot("grant_type", exchangeGrant, "subject_token", "t", "subject_token_type", oauthtest.TokenTypeJWT)...)), "", "")
}

// Only an access token is bound to the key of the proof.
func TestExchangeWithProof(t *testing.T) {
	srv := newBot(t, oauthtest.Config{Now: fixed})
	es := &prover{alg: "ES256", key: keys().p256}
	token := ask(t, srv).member("access_token")
	for kind, typ := range map[string]string{oauthtest.TokenTypeAccessToken: "DPoP", oauthtest.TokenTypeJWT: "N_A"} {
		got := post(t, srv.HTTPClient(), srv.TokenURL(), form(bot("grant_type", exchangeGrant, "subject_token", token, "subject_token_type", oauthtest.TokenTypeAccessToken,
			"requested_token_type", kind)...), with(es.proof(t, "POST", srv.TokenURL(), nil, nil)))
		want(t, srv, got, "", "")
		if got.member("token_type") != typ {
			t.Errorf("%s: %s", kind, got.text)
		}
		if typ == "N_A" && verified(t, srv, got.member("access_token"), "JWT")["cnf"] != nil {
			t.Error("the JWT is bound to the key")
		}
	}
}
