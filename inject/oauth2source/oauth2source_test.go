package oauth2source_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/inject/oauth2source"
	"github.com/jeton-oauth/jeton/oauthtest"
)

type fixed struct{ token *jeton.Token }

func (f fixed) Token(ctx context.Context) (*jeton.Token, error) {
	if f.token == nil {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return f.token, nil
}

func (fixed) Reject(context.Context, *jeton.Token) {}

func TestToken(t *testing.T) {
	expiry := time.Now().Add(time.Hour)
	for _, row := range []struct {
		name   string
		change func(*jeton.Token)
		want   string
	}{
		{"bearer", func(*jeton.Token) {}, "Bearer access"},
		{"a scheme of its own", func(token *jeton.Token) { token.Usage.Scheme = "Zoho-oauthtoken" }, "Zoho-oauthtoken access"},
		{"another header", func(token *jeton.Token) { token.Usage.Header = "X-Token" }, ""},
		{"the header in lower case", func(token *jeton.Token) { token.Usage.Header = "authorization" }, "Bearer access"},
		{"raw", func(token *jeton.Token) { token.Usage.Raw = true }, ""},
		{"further headers", func(token *jeton.Token) {
			token.Usage.Headers = map[string]jeton.SecretSource{"X-Tenant": jeton.SecretValue("acme")}
		}, ""},
		{"DPoP", func(token *jeton.Token) { token.TokenType = "DPoP" }, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			token := &jeton.Token{AccessToken: jeton.NewSecret("access"), RefreshToken: jeton.NewSecret("refresh"), TokenType: "Bearer", Scope: "a b",
				Expiry: expiry, Extra: map[string]json.RawMessage{"instance_url": json.RawMessage(`"https://x.example"`)}}
			row.change(token)
			got, err := oauth2source.New(context.Background(), fixed{token}).Token()
			if row.want == "" {
				if jeton.CategoryOf(err) != jeton.UnsupportedTokenType {
					t.Errorf("error %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			r := &http.Request{Header: http.Header{}}
			got.SetAuthHeader(r)
			if r.Header.Get("Authorization") != row.want || !got.Expiry.Equal(expiry) || got.RefreshToken != "" || !got.Valid() {
				t.Errorf("%q, expiry %v", r.Header, got.Expiry)
			}
			if got.Extra("instance_url") != "https://x.example" || got.Extra("scope") != "a b" {
				t.Errorf("extra %v %v", got.Extra("instance_url"), got.Extra("scope"))
			}
		})
	}
}

// TestDeadline: a source that hangs does not hang its caller for ever, and the
// context that was given ends the call.
func TestDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		if _, err := oauth2source.New(context.Background(), fixed{}).Token(); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 30*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if _, err := oauth2source.New(ctx, fixed{}).Token(); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

func ExampleNew() {
	srv := oauthtest.NewServer(oauthtest.Config{}) // in life: the provider's
	defer srv.Close()
	srv.AddClient(oauthtest.Client{ID: "reports", Secret: "s3cret"})
	connection := &jeton.Connection{
		TokenURL: srv.TokenURL(),
		Client:   jeton.Client{ID: "reports", Secret: jeton.SecretList{jeton.SecretValue("s3cret")}},
		Grant:    jeton.GrantOptions{Type: "client_credentials"},
	}
	source, err := jeton.NewCachingSource(new(jeton.Engine), connection, jeton.CachingSourceOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer source.Close()

	// In life: option.WithTokenSource(tokens), or whatever takes an oauth2.TokenSource.
	tokens := oauth2source.New(context.Background(), source)
	for range 3 {
		token, err := tokens.Token()
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(token.Type(), token.Valid(), token.RefreshToken == "")
	}
	fmt.Println(len(srv.TokenRequests()), "token request")
	// Output:
	// Bearer true true
	// Bearer true true
	// Bearer true true
	// 1 token request
}
