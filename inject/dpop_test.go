package inject_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/inject"
	"github.com/jeton-oauth/jeton/oauthtest"
)

// TestDPoP: the server and its resource demand nonces of their own; each proof
// is for its request, and the nonce costs one more request, once.
func TestDPoP(t *testing.T) {
	for _, row := range []struct {
		name   string
		config oauthtest.Config
		method string
		body   io.Reader
		want   int // status
	}{
		{"a nonce for the whole origin", oauthtest.Config{DPoP: oauthtest.DPoPNonce}, "GET", nil, 200},
		{"a resource with its own origin", oauthtest.Config{DPoP: oauthtest.DPoPNonce, SeparateResource: true}, "GET", nil, 200},
		{"a nonce for one use", oauthtest.Config{DPoP: oauthtest.DPoPNonce, DPoPNonceOnce: true, SeparateResource: true}, "GET", nil, 200},
		{"no nonce", oauthtest.Config{DPoP: oauthtest.DPoPRequired}, "GET", nil, 200},
		{"a body that can be sent again", oauthtest.Config{DPoP: oauthtest.DPoPNonce, SeparateResource: true}, "POST", strings.NewReader("text"), 200},
		{"a body that cannot", oauthtest.Config{DPoP: oauthtest.DPoPNonce, SeparateResource: true}, "POST", struct{ io.Reader }{strings.NewReader("text")}, 401},
	} {
		t.Run(row.name, func(t *testing.T) {
			srv := oauthtest.NewTestServer(t, row.config)
			source := boundSource(t, srv)
			client := inject.Client(source, srv.ResourceURL())
			request, err := http.NewRequest(row.method, srv.ResourceURL()+"?page=2", row.body)
			if err != nil {
				t.Fatal(err)
			}
			reply, err := client.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			page, _ := io.ReadAll(reply.Body)
			_ = reply.Body.Close()
			if reply.StatusCode != row.want {
				t.Fatalf("status %d, want %d: %s %s", reply.StatusCode, row.want, reply.Header.Get("WWW-Authenticate"), page)
			}
			if token, err := source.Token(context.Background()); err != nil || token.Generation != 1 {
				t.Errorf("generation %d, %v: a demand for a nonce is no rejection of the token", token.Generation, err)
			}
			if row.want != 200 {
				return
			}
			before := len(srv.Requests())
			if reply, err = client.Get(srv.ResourceURL()); err != nil || reply.StatusCode != 200 {
				t.Fatalf("the second request: %v, %v", reply, err)
			}
			_ = reply.Body.Close()
			if made := len(srv.Requests()) - before; made != 1 {
				t.Errorf("the second request took %d requests, want 1: the nonce was known", made)
			}
		})
	}
}

// boundSource is a source of tokens that are bound to a key.
func boundSource(t *testing.T, srv *oauthtest.Server) *jeton.CachingSource {
	t.Helper()
	srv.AddClient(oauthtest.Client{ID: "reports", Secret: "s3cret"})
	connection := &jeton.Connection{
		TokenURL: srv.TokenURL(),
		Client:   jeton.Client{ID: "reports", Secret: jeton.SecretList{jeton.SecretValue("s3cret")}, DPoP: &jeton.DPoP{}},
		Grant:    jeton.GrantOptions{Type: "client_credentials"},
	}
	source, err := jeton.NewCachingSource(nil, connection, jeton.CachingSourceOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = source.Close() })
	return source
}

// TestDPoPNonceWithoutEnd: a resource that always asks for another nonce gets
// two requests, and its answer goes to the caller.
func TestDPoPNonceWithoutEnd(t *testing.T) {
	srv := oauthtest.NewTestServer(t, oauthtest.Config{DPoP: oauthtest.DPoPRequired})
	source := boundSource(t, srv)
	requests := 0
	transport := &inject.Transport{Source: source, URLs: []string{"https://api.example"}, Base: roundTripper(func(r *http.Request) (*http.Response, error) {
		requests++
		if r.Header.Get("DPoP") == "" {
			t.Error("a request without a proof")
		}
		header := http.Header{"Dpop-Nonce": {strings.Repeat("n", requests)}, "Www-Authenticate": {`DPoP error="use_dpop_nonce"`}}
		return &http.Response{StatusCode: 401, Header: header, Body: io.NopCloser(new(bytes.Reader))}, nil
	})}
	reply, err := (&http.Client{Transport: transport}).Get("https://api.example/")
	if err != nil || reply.StatusCode != 401 {
		t.Fatal(reply, err)
	}
	if requests != 2 {
		t.Errorf("%d requests, want 2", requests)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
