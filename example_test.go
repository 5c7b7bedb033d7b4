package jeton_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/oauthtest"
)

func ExampleEngine_Exchange() {
	srv := oauthtest.NewServer(oauthtest.Config{}) // in life: the provider's
	defer srv.Close()
	srv.AddClient(oauthtest.Client{ID: "reports", Secret: "s3cret"})

	c := &jeton.Connection{
		TokenURL: srv.TokenURL(),
		Client:   jeton.Client{ID: "reports", Secret: jeton.SecretList{jeton.SecretValue("s3cret")}},
		Grant:    jeton.GrantOptions{Type: "client_credentials"},
		Scopes:   jeton.Scopes{"reports.read"},
	}
	token, err := new(jeton.Engine).Exchange(context.Background(), c, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	request, _ := http.NewRequest(http.MethodGet, "https://api.example/v1/reports", nil)
	token.Authorize(request)
	fmt.Println(token.TokenType, token.Scope, token.Expiry.Sub(token.Issued), token.AccessToken)
	fmt.Println(request.Header.Get("Authorization") == "Bearer "+token.AccessToken.Reveal())
	// Output:
	// Bearer reports.read 1h0m0s [redacted]
	// true
}

// Every failure is an *Error: a stable category, and findings that name
// parameters.
func ExampleEngine_Exchange_failure() {
	srv := oauthtest.NewServer(oauthtest.Config{})
	defer srv.Close()
	srv.Fault(oauthtest.RetryAfter(http.StatusTooManyRequests, "30"))

	c := &jeton.Connection{
		TokenURL: srv.TokenURL(),
		Client:   jeton.Client{ID: "reports", Secret: jeton.SecretList{jeton.SecretValue("s3cret")}},
		Grant:    jeton.GrantOptions{Type: "client_credentials"},
	}
	_, err := new(jeton.Engine).Exchange(context.Background(), c, nil)
	var failed *jeton.Error
	if errors.As(err, &failed) {
		fmt.Println(failed.Category(), failed.Status, failed.RetryAfter, failed.ExitCode(), len(srv.TokenRequests()))
	}
	// Output: rate_limited 429 30s 6 1
}

// A program that keeps the refresh token between its runs.
func ExampleCachingSource() {
	srv := oauthtest.NewServer(oauthtest.Config{RotateRefreshTokens: true})
	defer srv.Close()
	srv.AddClient(oauthtest.Client{ID: "reports", Secret: "s3cret", Grants: []string{oauthtest.GrantRefreshToken}})
	c := &jeton.Connection{
		TokenURL: srv.TokenURL(),
		Client:   jeton.Client{ID: "reports", Secret: jeton.SecretList{jeton.SecretValue("s3cret")}},
		Grant:    jeton.GrantOptions{Type: "refresh_token", RefreshToken: jeton.SecretValue(srv.IssueRefreshToken("reports", "someone", ""))},
	}

	var kept *jeton.Token // in life: sealed, in a file or a database
	for run := range 2 {
		source, err := jeton.NewCachingSource(new(jeton.Engine), c, jeton.CachingSourceOptions{
			Initial: kept,
			OnToken: func(_ context.Context, _, next *jeton.Token) error {
				kept = next // before anybody gets it
				return nil
			},
		})
		if err != nil {
			fmt.Println(err)
			return
		}
		first, err := source.Token(context.Background())
		if err != nil {
			fmt.Println(err)
			return
		}
		source.Reject(context.Background(), first) // the API answered 401
		second, err := source.Token(context.Background())
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println("run", run+1, "generations", first.Generation, second.Generation, source.State().Valid)
		if err := source.Close(); err != nil {
			fmt.Println(err)
		}
	}
	fmt.Println(len(srv.TokenRequests()), "token requests, kept", kept.Generation)
	// Output:
	// run 1 generations 1 2 true
	// run 2 generations 2 3 true
	// 3 token requests, kept 3
}

func ExampleConnection_Validate() {
	c, err := jeton.Parse([]byte(`
token_url: http://as.example/token
client: {id: warehouse, auth: tls_client_auth}
grant: {type: client_credentials}
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range c.Validate() {
		fmt.Printf("%s: %s; %s\n", f.Parameter, f.Problem, f.Fix)
	}
	// Output:
	// token_url: http would send credentials in the clear; use https
	// tls.client: tls_client_auth needs a client certificate and its key; write tls.client
}

func ExampleParse() {
	_, err := jeton.Parse([]byte("token_uri: https://as.example/token\n"))
	fmt.Println(err)
	// Output: read connection document: token_uri: line 1: unknown field "token_uri"
}

func ExampleEngine_Explain() {
	c := &jeton.Connection{
		TokenURL: "https://as.example/oauth2/token",
		Client:   jeton.Client{ID: "reports", Auth: "client_secret_post", Secret: jeton.SecretList{jeton.SecretValue("s3cret")}},
		Grant:    jeton.GrantOptions{Type: "client_credentials"},
		Request:  jeton.RequestOptions{Params: map[string]jeton.ParamValues{"audience": jeton.Param("https://api.example/")}},
	}
	x, err := new(jeton.Engine).Explain(c, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(x.Request.Method, x.Request.URL)
	for _, p := range x.Request.Params {
		fmt.Println(p.Name, "=", p.Value)
	}
	fmt.Println(x.Usage)
	// Output:
	// POST https://as.example/oauth2/token
	// audience = https://api.example/
	// client_id = reports
	// client_secret = [redacted]
	// grant_type = client_credentials
	// Authorization: Bearer [redacted]
}

// A journalled reply is parsed again after a crash.
func ExampleParseReply() {
	c := &jeton.Connection{
		TokenURL: "https://as.example/oauth2/token",
		Grant:    jeton.GrantOptions{Type: "client_credentials"},
		Response: jeton.ResponseOptions{AccessToken: "data.token", ExpiresIn: "data.ttl", ExpiresFormat: "milliseconds"},
	}
	sent := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	token, err := jeton.ParseReply(c, jeton.RawReply{
		Status: http.StatusOK, Sent: sent, Received: sent.Add(time.Second),
		Body: []byte(`{"data": {"token": "opaque", "ttl": "900000"}}`),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(token.TokenType, token.Expiry.Format(time.TimeOnly), token.ExpiryFrom)
	for _, w := range token.Warnings {
		fmt.Println("warning:", w.Problem)
	}
	// Output:
	// Bearer 12:15:00 reply
	// warning: the reply has no token_type; Bearer is assumed
}
