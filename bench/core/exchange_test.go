package core

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/jeton-oauth/jeton"
)

// exchangeCase is one kind of token request.
type exchangeCase struct {
	name string
	// signer of the assertion in it; empty: none.
	signer     string
	connection func(tokenURL string, s *signer) *jeton.Connection
}

func clientCredentials(tokenURL string, client jeton.Client) *jeton.Connection {
	client.ID = "7f1b0f6c-reporting"
	return &jeton.Connection{Version: 1, Name: "reporting", TokenURL: tokenURL, Client: client,
		Grant: jeton.GrantOptions{Type: "client_credentials"}, Scopes: jeton.Scopes{"read", "write"}}
}

func withSecret(method string) func(string, *signer) *jeton.Connection {
	return func(tokenURL string, _ *signer) *jeton.Connection {
		return clientCredentials(tokenURL, jeton.Client{Auth: method, Secret: jeton.SecretList{jeton.SecretValue("9cIyWb-2Fm~Qe0L.tRrQ7uY1xZ3nK8vA")}})
	}
}

func withAssertion(tokenURL string, s *signer) *jeton.Connection {
	return clientCredentials(tokenURL, jeton.Client{Assertion: s.assertion()})
}

func jwtBearer(tokenURL string, s *signer) *jeton.Connection {
	a := s.assertion()
	a.Issuer, a.Subject = "7f1b0f6c-reporting", "reporting@project.example"
	return &jeton.Connection{Version: 1, Name: "reporting", TokenURL: tokenURL,
		Grant: jeton.GrantOptions{Type: "jwt_bearer", Assertion: a}, Scopes: jeton.Scopes{"read", "write"}}
}

var exchangeCases = []exchangeCase{
	{"client_secret_post", "", withSecret("client_secret_post")},
	{"client_secret_basic", "", withSecret("client_secret_basic")},
	{"private_key_jwt_ES256", "ES256", withAssertion},
	{"private_key_jwt_RS256", "RS256", withAssertion},
	{"jwt_bearer_RS256", "RS256", jwtBearer},
}

// BenchmarkExchange shows one token request against a token endpoint in another
// process, over a connection that is kept open:
//
//	plain  http.Client.Do of the very octets that Jeton sends, made before; the
//	       reply through encoding/json into a struct; the bare signature
//	jeton  Engine.Exchange
func BenchmarkExchange(b *testing.B) {
	for _, c := range exchangeCases {
		b.Run(c.name, func(b *testing.B) {
			s := new(signer)
			if c.signer != "" {
				s = signerOf(b, c.signer)
			}
			connection := c.connection(stubURL(b), s)
			sent := recordRequest(b, connection)
			engine := new(jeton.Engine)
			alternate(b, way{name: "plain", op: sent.plain(s)}, way{name: "jeton", op: func() error {
				token, err := engine.Exchange(context.Background(), connection, nil)
				sink = token
				return err
			}})
		})
	}
}

// request is what Jeton sends, octet by octet.
type request struct {
	method, url string
	header      http.Header
	body        []byte
}

// RoundTrip notes what would be sent, and sends nothing.
func (r *request) RoundTrip(sent *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(sent.Body)
	if err != nil {
		return nil, err
	}
	*r = request{sent.Method, sent.URL.String(), sent.Header.Clone(), body}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader([]byte(stubReply)))}, nil
}

func recordRequest(b *testing.B, connection *jeton.Connection) *request {
	b.Helper()
	r := new(request)
	engine := &jeton.Engine{HTTP: &http.Client{Transport: r}}
	if _, err := engine.Exchange(context.Background(), connection, nil); err != nil {
		b.Fatal(err)
	}
	return r
}

// plain is the least that a program in Go would do by hand.
func (r *request) plain(s *signer) func() error {
	client := &http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone()}
	sign := func() error { return nil }
	if s.private != nil {
		sign = s.raw(r.body[:min(len(r.body), 300)])
	}
	return func() error {
		if err := sign(); err != nil {
			return err
		}
		req, err := http.NewRequest(r.method, r.url, bytes.NewReader(r.body))
		if err != nil {
			return err
		}
		req.Header = r.header.Clone()
		response, err := client.Do(req)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		var token struct {
			AccessToken string `json:"access_token"`
			TokenType   string `json:"token_type"`
			ExpiresIn   int    `json:"expires_in"`
			Scope       string `json:"scope"`
		}
		body, err := io.ReadAll(response.Body)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(body, &token); err != nil {
			return err
		}
		if response.StatusCode != http.StatusOK || token.AccessToken == "" {
			return fmt.Errorf("status %d", response.StatusCode)
		}
		sink = token.AccessToken
		return nil
	}
}
