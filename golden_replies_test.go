package jeton_test

import (
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// goldenReplies are what vendors answer where success is not 2xx, or the reply
// does not say when the token ends (KNOBS 5.1 and 5.2), by host and path.
var goldenReplies = map[string]served{
	"slack.com/api/oauth.v2.access":           ok(`{"ok":true,"app_id":"A1","authed_user":{"id":"U1"},"scope":"chat:write,users:read","token_type":"bot","access_token":"xoxb-golden","expires_in":43200,"team":{"id":"T9TK3CUKW","name":"Slack"}}`),
	"refused.slack.com/api/oauth.v2.access":   ok(`{"ok":false,"error":"invalid_client_id"}`),
	"silent.slack.com/api/oauth.v2.access":    ok(`{"ok":false,"access_token":"xoxb-golden","token_type":"bot"}`),
	"oauth2.googleapis.com/token":             ok(`{"id_token":"eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJzcGVsbGVkLXdyb25nIn0.c2lnbmF0dXJl"}`),
	"acme.veevavault.com/api/v24.1/auth":      ok(`{"responseStatus":"SUCCESS","sessionId":"veeva-session","userId":12021,"vaultIds":[{"id":1776,"name":"Acme","url":"https://acme.veevavault.com/api"}],"vaultId":1776}`),
	"refused.veevavault.com/api/v24.1/auth":   ok(`{"responseStatus":"FAILURE","errors":[{"type":"USERNAME_OR_PASSWORD_INCORRECT","message":"Authentication failed for user: ann@acme.example."}],"errorType":"AUTHENTICATION_FAILED"}`),
	"warned.veevavault.com/api/v24.1/auth":    ok(`{"responseStatus":"EXCEPTION","sessionId":"veeva-session"}`),
	"cloud.uipath.com/identity/token":         status(200, "<!DOCTYPE html><html><head><title>UiPath Automation Cloud</title></head><body></body></html>", "Content-Type", "text/html"),
	"acme.my.salesforce.com/services/token":   ok(`{"access_token":"00D-golden!token","signature":"c2ln","scope":"api","instance_url":"https://acme.my.salesforce.com","id":"https://login.salesforce.com/id/00D/005","token_type":"Bearer","issued_at":"1893499200000"}`),
	"aa.example/v2/authentication":            ok(`{"token":"eyJhbGciOiJSUzUxMiJ9.` + base64.RawURLEncoding.EncodeToString([]byte(`{"sub":"17","exp":1893500400}`)) + `.c2lnbmF0dXJl","user":{"id":17}}`),
	"prod-uk-a.online.tableau.com/auth/login": status(201, `{"credentials":{"site":{"id":"s-1"},"user":{"id":"u-1"},"token":"tableau-golden","estimatedTimeToExpiration":"240:00:00"}}`),
}

// answerAsVendor gives the reply of a vendor; false if target is none of theirs.
func (w *wire) answerAsVendor(response http.ResponseWriter, target *url.URL) bool {
	reply, known := goldenReplies[target.Host+target.Path]
	if !known || !strings.Contains(w.c.Labels["reply"], "vendor") { // other pairs have these hosts too
		return false
	}
	for name, values := range reply.header {
		response.Header()[name] = values
	}
	response.WriteHeader(reply.status)
	_, _ = io.WriteString(response, reply.body)
	return true
}
