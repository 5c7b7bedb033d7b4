package peers_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/jeton-oauth/jeton/internal/peers"
)

// TestClockOffset: a server with another clock judges by it, and says it.
func TestClockOffset(t *testing.T) {
	for name, start := range map[string]func(testing.TB, peers.Config) *peers.Server{"oidc-provider": peers.OIDCProvider, "Authlib": peers.Authlib} {
		t.Run(name, func(t *testing.T) {
			r := basicConfig(t)
			r.config.ClockOffset = 10 * time.Minute
			r.Server = start(t, r.config)
			k := r.keys[jose.ES256]
			now := time.Now().Unix()
			good := func() claims { return assertion("ES256", "ES256", r.TokenURL) }
			answer := r.authenticate(t, k.sign(t, good().with(claims{"exp": now + 5*60})))
			if answer.Error != "invalid_client" {
				t.Errorf("an assertion that has ended by the clock of the server: %d %s", answer.Status, answer.Body)
			}
			date, err := http.ParseTime(answer.Header.Get("Date"))
			if ahead := time.Until(date); err != nil || ahead < 9*time.Minute || ahead > 11*time.Minute {
				t.Errorf("Date is %v ahead: %v", ahead, err)
			}
			r.authenticate(t, k.sign(t, good().with(claims{"exp": now + 15*60, "nbf": now + 9*60}))).check(t, wants{})
		})
	}
}

// TestFewerAlgorithms: the metadata list what is accepted, and nothing else is.
func TestFewerAlgorithms(t *testing.T) {
	for name, start := range map[string]func(testing.TB, peers.Config) *peers.Server{"oidc-provider": peers.OIDCProvider, "Authlib": peers.Authlib} {
		t.Run(name, func(t *testing.T) {
			r := basicConfig(t)
			k := r.keys[jose.RS256]
			r.config = peers.Config{AssertionAlgorithms: []string{"ES256", "RS256"}, Clients: []peers.Client{{ID: "app", AuthMethod: "private_key_jwt", JWKS: k.jwks(t)}}}
			r.Server = start(t, r.config)
			listed, _ := metadata(t, r.Issuer)["token_endpoint_auth_signing_alg_values_supported"].([]any)
			if len(listed) != 2 || !slices.Contains(listed, any("RS256")) {
				t.Errorf("the metadata list %v", listed)
			}
			r.authenticate(t, k.sign(t, assertion("app", "app", r.TokenURL))).check(t, wants{})
			other := key{jose.RS512, k.private}
			if answer := r.authenticate(t, other.sign(t, assertion("app", "app", r.TokenURL))); answer.Error != "invalid_client" {
				t.Errorf("RS512: %d %s", answer.Status, answer.Body)
			}
		})
	}
}
