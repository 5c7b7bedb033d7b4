package jeton_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/jeton-oauth/jeton"
)

// goldenIssued is what the token endpoint answers to a login: a token and what renews it.
const goldenIssued = `{"access_token":"golden-token","token_type":"Bearer","expires_in":3600,"refresh_token":"golden-refresh-token"}`

// goldenCode is the code of every login.
const goldenCode = "golden-code"

// exchange makes the token request of c. Where the grant begins with a login,
// the login comes first; and where the reply brought a refresh token, a renewal
// comes after it.
func (w *wire) exchange(c *jeton.Connection) (*jeton.Token, error) {
	ctx, engine := context.Background(), w.engine()
	token, err := w.login(ctx, engine, c)
	switch c.Grant.Type {
	case "authorization_code", "device_code", "token_exchange":
	default:
		return token, err
	}
	if err != nil || token.RefreshToken.IsZero() {
		return token, err
	}
	w.next = "then, to renew the token"
	return engine.Exchange(ctx, c, token)
}

func (w *wire) login(ctx context.Context, engine *jeton.Engine, c *jeton.Connection) (*jeton.Token, error) {
	switch c.Grant.Type {
	case "authorization_code":
		login, err := engine.Authorize(ctx, c)
		if err != nil {
			return nil, err
		}
		w.browser(login.URL)
		answer := url.Values{"code": {goldenCode}, "state": {login.State.Reveal()}}
		if login.Issuer != "" {
			answer.Set("iss", login.Issuer)
		}
		w.next = "then, with the code"
		return engine.Redeem(ctx, c, login, answer)
	case "device_code":
		login, err := engine.AuthorizeDevice(ctx, c)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&w.text, "\n[a person opens %s and enters %s]\n", login.VerificationURI, login.UserCode)
		w.next = "then, to poll"
		return engine.PollDevice(ctx, c, login)
	}
	return engine.Exchange(ctx, c, nil)
}

// browser writes what a person opens.
func (w *wire) browser(target string) {
	w.sent++
	bare, query, _ := strings.Cut(target, "?")
	if w.text.Len() > 0 {
		w.text.WriteString("\n")
	}
	fmt.Fprintf(&w.text, "[a person opens] %s\n\n", bare)
	own := ""
	if strings.Contains(w.c.AuthorizationURL, "?") {
		own = w.c.AuthorizationURL
	}
	w.params(query, own)
}

// then says why another request follows.
func (w *wire) then() string {
	if w.next == "" {
		return "then, after the refusal"
	}
	said := w.next
	w.next = ""
	return said
}

// answerEndpoint plays every endpoint but a token endpoint that always issues
// the same token; false if target is that.
func (w *wire) answerEndpoint(response http.ResponseWriter, target *url.URL) bool {
	switch {
	case strings.Contains(target.Path, "/.well-known/"):
		w.next = "then, after discovery"
		if strings.HasPrefix(target.Host, "openid.") && !strings.HasSuffix(target.Path, "/openid-configuration") {
			http.NotFound(response, nil)
			return true
		}
		writeGolden(response, http.StatusOK, goldenMetadata(w.c, target))
	case target.Path == "/par":
		writeGolden(response, http.StatusCreated, map[string]any{"request_uri": "urn:ietf:params:oauth:request_uri:golden", "expires_in": 60})
	case target.Path == "/device":
		writeGolden(response, http.StatusOK, map[string]any{"device_code": "golden-device-code", "user_code": "WDJB-MJHT", "verification_uri": "https://as.example/device",
			"expires_in": 900})
	case target.Path == "/login/token":
		if strings.HasPrefix(target.Host, "nonce.") && !strings.Contains(w.text.String(), `"nonce":"golden-nonce"`) {
			response.Header().Set("DPoP-Nonce", "golden-nonce")
			writeGolden(response, http.StatusBadRequest, map[string]any{"error": "use_dpop_nonce"})
			return true
		}
		response.Header().Set("Content-Type", "application/json")
		issued := goldenIssued
		if w.c.Client.DPoP != nil {
			issued = strings.Replace(issued, "Bearer", "DPoP", 1)
		}
		_, _ = response.Write([]byte(issued))
	default:
		return false
	}
	return true
}

func goldenMetadata(c *jeton.Connection, target *url.URL) map[string]any {
	origin := "https://" + target.Host
	m := map[string]any{"issuer": strings.ReplaceAll(c.Issuer, "{tenant}", "acme"), "token_endpoint": origin + "/login/token", "authorization_endpoint": origin + "/authorize",
		"device_authorization_endpoint": origin + "/device", "pushed_authorization_request_endpoint": origin + "/par",
		"authorization_response_iss_parameter_supported": true,
		"mtls_endpoint_aliases":                          map[string]any{"token_endpoint": "https://mtls.as.example/login/token"}}
	if strings.HasPrefix(target.Host, "par.") {
		m["require_pushed_authorization_requests"] = true
	}
	return m
}

// proofAtResource shows a proof but for its jti, once its signature and hash hold.
func proofAtResource(t *testing.T, proof string, token *jeton.Token) string {
	var claims map[string]any
	payload, _ := base64.RawURLEncoding.DecodeString(strings.Split(proof, ".")[1])
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(token.AccessToken.Reveal()))
	if claims["ath"] != base64.RawURLEncoding.EncodeToString(sum[:]) || claims["jti"] == "" {
		t.Errorf("the proof at the resource has the claims %v", claims)
	}
	return fmt.Sprintf("  for %v %v, with ath\n  [signature ok: verified with %s]\n", claims["htm"], claims["htu"], verifier(t, proof))
}

func writeGolden(response http.ResponseWriter, status int, body map[string]any) {
	response.Header().Set("Content-Type", "application/json")
	response.WriteHeader(status)
	_ = json.NewEncoder(response).Encode(body)
}
