package peers_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/jeton-oauth/jeton/internal/peers"
)

// Authlib never says why. 400 it is where one method recognised its client and
// refused it, 401 where no method did, or the header names nobody.
var (
	authlibRefused = wants{400, "invalid_client", ""}
	authlibUnknown = wants{401, "invalid_client", ""}
)

func TestAuthlib(t *testing.T) {
	r := basicConfig(t)
	r.Server = peers.Authlib(t, r.config)
	t.Run("client secrets", r.testAuthlibSecrets)
	t.Run("client assertions", r.testAuthlibClientAssertions)
	t.Run("JWT bearer", r.testAuthlibJWTBearer)
	t.Run("password", r.testAuthlibPassword)
	t.Run("refresh", r.testAuthlibRefresh)
	t.Run("token requests", r.testAuthlibTokenRequests)
	if document := metadata(t, r.Issuer); document["issuer"] != r.Issuer || document["token_endpoint"] != r.TokenURL {
		t.Errorf("metadata: %v", document)
	}
}

func (r *rig) testAuthlibSecrets(t *testing.T) {
	form := []string{"grant_type", "client_credentials"}
	for name, test := range map[string]struct {
		form  []string
		edits []edit
		wants wants
	}{
		"basic, not encoded":  {form, []edit{basic("basic", oddSecret)}, wants{}},
		"basic, encoded":      {form, []edit{encodedBasic("basic", oddSecret)}, authlibUnknown},
		"basic, wrong":        {form, []edit{basic("basic", "wrong")}, authlibUnknown},
		"basic, unknown":      {form, []edit{basic("nobody", "wrong")}, authlibUnknown},
		"post":                {append([]string{"client_id", "post", "client_secret", sharedSecret}, form...), nil, wants{}},
		"post, wrong":         {append([]string{"client_id", "post", "client_secret", "wrong"}, form...), nil, authlibUnknown},
		"post, unknown":       {append([]string{"client_id", "nobody", "client_secret", "wrong"}, form...), nil, authlibRefused},
		"basic for post":      {form, []edit{basic("post", sharedSecret)}, authlibUnknown},
		"none":                {form, nil, authlibUnknown},
		"public, not allowed": {append([]string{"client_id", "public"}, form...), nil, authlibUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			post(t, plainClient, r.TokenURL, test.form, test.edits...).check(t, test.wants)
		})
	}
}

func (r *rig) testAuthlibClientAssertions(t *testing.T) {
	signers := map[string]key{"secret-jwt": r.hmac}
	for algorithm, k := range r.keys {
		signers[string(algorithm)] = k
	}
	for id, k := range signers {
		t.Run(id, func(t *testing.T) {
			good := func() claims { return assertion(id, id, r.TokenURL) }
			now := time.Now().Unix()
			accepted := map[string]claims{
				"token endpoint": good(),
				"list":           good().with(claims{"aud": []string{r.Issuer, r.TokenURL}}),
				"no iat":         good().with(claims{"iat": nil}),
				"a year":         good().with(claims{"exp": now + 365*24*3600}),
			}
			for name, c := range accepted {
				t.Run(name, func(t *testing.T) { r.authenticate(t, k.sign(t, c)).check(t, wants{}) })
			}
			for name, c := range map[string]claims{
				"issuer":         good().with(claims{"aud": r.Issuer}),
				"expired":        good().with(claims{"exp": now - 2}),
				"early":          good().with(claims{"nbf": now + 60}),
				"no exp":         good().with(claims{"exp": nil}),
				"no jti":         good().with(claims{"jti": nil}),
				"replayed":       accepted["token endpoint"],
				"foreign issuer": good().with(claims{"iss": "basic"}),
				"no sub":         good().with(claims{"sub": nil}),
				"unknown sub":    good().with(claims{"sub": "nobody"}),
			} {
				t.Run(name, func(t *testing.T) { r.authenticate(t, k.sign(t, c)).check(t, authlibRefused) })
			}
			t.Run("wrong key", func(t *testing.T) {
				other := key{jose.HS256, []byte(strings.Repeat("wrong", 10))}
				if id != "secret-jwt" {
					other = otherKey(t, k)
				}
				r.authenticate(t, other.sign(t, good())).check(t, authlibRefused)
				r.AwaitLog(t, "Assertion Error: bad_signature")
			})
		})
	}
	t.Run("other algorithm", func(t *testing.T) {
		k := key{jose.PS256, r.keys[jose.RS256].private}
		r.authenticate(t, k.sign(t, assertion("RS256", "RS256", r.TokenURL))).check(t, authlibRefused)
	})
	t.Run("not a JWT", func(t *testing.T) { r.authenticate(t, "nonsense").check(t, authlibRefused) })
}

func (r *rig) testAuthlibJWTBearer(t *testing.T) {
	for algorithm, k := range r.keys {
		t.Run(string(algorithm), func(t *testing.T) {
			good := func() claims { return assertion(string(algorithm), "alice", r.TokenURL) }
			now := time.Now().Unix()
			accepted := map[string]claims{
				"token endpoint": good(),
				"issuer":         good().with(claims{"aud": r.Issuer}),
				"list":           good().with(claims{"aud": []string{"https://other.example", r.TokenURL}}),
				"no jti":         good().with(claims{"jti": nil}),
			}
			for name, c := range accepted {
				t.Run(name, func(t *testing.T) {
					answer := r.bearer(t, k.sign(t, c))
					answer.check(t, wants{})
					if answer.Scope != "read" || answer.RefreshToken != "" {
						t.Errorf("got %s", answer.Body)
					}
				})
			}
			for name, test := range map[string]struct {
				claims      claims
				description string
			}{
				"wrong audience": {good().with(claims{"aud": "https://other.example"}), `Invalid claim "aud"`},
				"expired":        {good().with(claims{"exp": now - 2}), "The token is expired"},
				"early":          {good().with(claims{"nbf": now + 60}), "The token is not valid yet"},
				"replayed":       {accepted["token endpoint"], `Invalid claim "jti"`},
				"no exp":         {good().with(claims{"exp": nil}), `Missing "exp" claim`},
				"no sub":         {good().with(claims{"sub": nil}), `Missing "sub" claim`},
				"unknown issuer": {good().with(claims{"iss": "nobody"}), `Invalid "iss" value in assertion`},
				"no issuer":      {good().with(claims{"iss": nil}), `Invalid "iss" value in assertion`},
				"unknown user":   {good().with(claims{"sub": "mallory"}), `Invalid "sub" value in assertion`},
			} {
				t.Run(name, func(t *testing.T) {
					r.bearer(t, k.sign(t, test.claims)).check(t, wants{400, "invalid_grant", test.description})
				})
			}
			t.Run("wrong key", func(t *testing.T) {
				r.bearer(t, otherKey(t, k).sign(t, good())).check(t, wants{400, "invalid_grant", ""})
			})
		})
	}
	t.Run("HS256", func(t *testing.T) {
		good := assertion("hmac-issuer", "service", r.Issuer)
		r.bearer(t, r.hmac.sign(t, good)).check(t, wants{})
		long := assertion("hmac-issuer", "service", r.Issuer).with(claims{"exp": time.Now().Unix() + 600})
		r.bearer(t, r.hmac.sign(t, long)).check(t, wants{400, "invalid_grant", `Invalid "exp" value in assertion: too far ahead`})
		confused := key{jose.HS256, []byte(r.keys[jose.RS256].jwks(t))}
		r.bearer(t, confused.sign(t, assertion("RS256", "alice", r.Issuer))).
			check(t, wants{400, "invalid_grant", "No key of the issuer fits the assertion"})
	})
	t.Run("client credentials are not looked at", func(t *testing.T) {
		text := r.keys[jose.ES256].sign(t, assertion("ES256", "alice", r.TokenURL))
		form := []string{"grant_type", peers.JWTBearer, "assertion", text}
		post(t, plainClient, r.TokenURL, form, basic("basic", "wrong")).check(t, wants{})
	})
	t.Run("not a JWT", func(t *testing.T) { r.bearer(t, "nonsense").check(t, wants{400, "invalid_grant", ""}) })
	t.Run("no assertion", func(t *testing.T) {
		r.bearer(t, "").check(t, wants{400, "invalid_request", `Missing "assertion" in request`})
	})
}

func (r *rig) testAuthlibPassword(t *testing.T) {
	client := basic("basic", oddSecret)
	answer := r.login(t, password, "read", client)
	answer.check(t, wants{})
	if answer.RefreshToken == "" || answer.Scope != "read" {
		t.Errorf("got %s", answer.Body)
	}
	r.login(t, "wrong", "read", client).check(t, wants{400, "invalid_request", `Invalid "username" or "password" in request.`})
}

func (r *rig) testAuthlibRefresh(t *testing.T) {
	client := basic("basic", oddSecret)
	first := r.login(t, password, "read write", client)
	second := r.refresh(t, first.RefreshToken, "", client)
	second.check(t, wants{})
	if second.RefreshToken == "" || second.RefreshToken == first.RefreshToken || second.Scope != "read write" {
		t.Fatalf("not rotated: %s", second.Body)
	}
	r.refresh(t, first.RefreshToken, "", client).check(t, wants{400, "invalid_grant", ""})
	// Reuse revoked the family.
	r.refresh(t, second.RefreshToken, "", client).check(t, wants{400, "invalid_grant", ""})

	other := r.login(t, password, "read", client)
	r.refresh(t, other.RefreshToken, "read write", client).
		check(t, wants{400, "invalid_scope", "The requested scope is invalid, unknown, or malformed."})
	r.refresh(t, other.RefreshToken, "", client).check(t, wants{})
}

func (r *rig) testAuthlibTokenRequests(t *testing.T) {
	request := func(form ...string) reply {
		return post(t, plainClient, r.TokenURL, append([]string{"client_id", "post", "client_secret", sharedSecret}, form...))
	}
	if answer := request("grant_type", "client_credentials", "scope", "read write"); answer.Scope != "read" {
		t.Errorf("the scope of others is dropped: %s", answer.Body)
	}
	request("grant_type", "client_credentials", "scope", "unknown").
		check(t, wants{400, "invalid_scope", "The requested scope is invalid, unknown, or malformed."})
	request("grant_type", "unknown").check(t, wants{400, "unsupported_grant_type", ""})
	request("grant_type", "password", "username", "alice", "password", password).
		check(t, wants{400, "unauthorized_client", ""})
}

func TestAuthlibKeepsRefreshToken(t *testing.T) {
	server := peers.Authlib(t, peers.Config{
		KeepRefreshToken: true,
		Users:            map[string]string{"alice": password},
		Clients:          []peers.Client{{ID: "app", Secret: sharedSecret, Grants: []string{"password", "refresh_token"}}},
	})
	r := &rig{Server: server}
	client := basic("app", sharedSecret)
	first := r.login(t, password, "", client)
	for range 2 {
		again := r.refresh(t, first.RefreshToken, "", client)
		if again.Status != http.StatusOK || again.RefreshToken != "" {
			t.Errorf("got %d %s", again.Status, again.Body)
		}
	}
}
