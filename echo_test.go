package jeton

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/jeton-oauth/jeton/internal/scrub/echo"
)

// Every secret that a connection can hold is struck out when it comes back,
// whatever the kind of reply.
func TestEveryKindOfSecretIsScrubbed(t *testing.T) {
	const form = "kind-of-secret-%s+%%&\"\\<ü"
	canary := func(kind string) string { return fmt.Sprintf(form, kind) }
	c := &Connection{Client: Client{ID: "client", Auth: "client_secret_basic", Secret: SecretList{SecretValue(canary("secret"))}},
		Grant: GrantOptions{Type: "password", Username: "user", Password: SecretValue(canary("password"))},
		Request: RequestOptions{Headers: map[string]SecretSource{"X-Key": SecretValue("header-secret-0123")}, Params: map[string]ParamValues{
			"tenant": {{Secret: SecretValue(canary("param"))}}, "apikey": Param(canary("named param"))}},
		Usage: Usage{Headers: map[string]SecretSource{"X-Api": SecretValue("usage-secret-0123")}}}
	previous := &Token{AccessToken: NewSecret("previous-access-0123"), RefreshToken: NewSecret("previous-refresh-0123"), IDToken: NewSecret("previous-id-0123")}
	secrets := []string{canary("secret"), canary("password"), canary("param"), canary("named param"), "header-secret-0123", "usage-secret-0123",
		"previous-access-0123", "previous-refresh-0123", "previous-id-0123"}
	for name, encode := range echo.Forms {
		var echoed strings.Builder
		for _, secret := range secrets {
			echoed.WriteString(encode(secret) + " , ")
		}
		for kind, body := range map[string]string{"json": `{"error":"x","error_description":` + strconv.Quote(echoed.String()) + `}`, "text": echoed.String(), "html": "<title>" + echoed.String()} {
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.WriteHeader(400)
				_, _ = w.Write([]byte(body))
			}))
			recorder := new(Recorder)
			c.TokenURL = srv.URL
			_, err := new(Engine).Exchange(WithRecorder(context.Background(), recorder), c, previous)
			srv.Close()
			shown := fmt.Sprintf("%+v %#v %+v %+v", err, err, recorder.Timeline(), recorder.Exchanges())
			for _, secret := range secrets {
				if strings.Contains(shown, secret) || strings.Contains(shown, encode(secret)) {
					t.Errorf("%s in %s shows %q: %s", name, kind, secret, shown)
				}
			}
		}
	}
}
