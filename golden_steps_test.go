package jeton_test

import (
	"net/http"
	"net/url"
	"strings"
)

// answerStep plays the servers of the golden pairs with more than one request, as
// the vendors answer; false if target is none of them.
func (w *wire) answerStep(response http.ResponseWriter, target *url.URL) bool {
	next := len(w.c.Steps) > 0 // each of these hosts has one flow
	status, body := http.StatusOK, map[string]any(nil)
	switch at := target.Host + target.Path; {
	case strings.HasPrefix(at, "api.github.com/app/installations/"):
		status = http.StatusCreated
		body = map[string]any{"token": "ghs_golden", "expires_at": "2030-01-01T13:00:00Z", "permissions": map[string]any{"contents": "read"}, "repository_selection": "selected"}
	case strings.HasSuffix(at, ".example.com/services/oauth2/token"):
		body = map[string]any{"access_token": "core-token", "token_type": "Bearer", "scope": "cdp_query_api api", "instance_url": "https://acme.my.example.com", "id": "https://login.example.com/id/00D/005"}
	case strings.HasSuffix(at, "/services/a360/token"):
		body = map[string]any{"access_token": "cdp-token", "token_type": "Bearer", "issued_token_type": "urn:ietf:params:oauth:token-type:jwt", "expires_in": 7194, "instance_url": "acme.c360a.example.com"}
	case strings.HasPrefix(at, "login.veevavault.com/auth/oauth/session/"):
		body = map[string]any{"responseStatus": "SUCCESS", "sessionId": "veeva-session", "userId": 12021, "vaultId": 1776}
	case strings.HasPrefix(at, "api.adaptive.example/"):
		body = map[string]any{"data": map[string]any{"session": "adaptive-session", "life": "1893510000000", "ok": true}, "tenant": "t-17"}
	case target.Host == "account-d.docusign.com" && target.Path == "/oauth/userinfo":
		body = map[string]any{"sub": "u", "accounts": []any{map[string]any{"account_id": "a-1", "is_default": true, "base_uri": "https://demo.docusign.net"}}}
	default:
		if next {
			w.next = "then, step 1"
		}
		return false
	}
	if next {
		w.next = "then, the next step"
	}
	writeGolden(response, status, body)
	return true
}
