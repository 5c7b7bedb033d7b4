package jeton_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/oauthtest"
)

// A person logs in at a browser; later tokens come from the refresh token.
func ExampleEngine_Authorize() {
	srv := oauthtest.NewServer(oauthtest.Config{ApproveAs: "ada"}) // in life: the provider's
	defer srv.Close()
	srv.AddClient(oauthtest.Client{ID: "planner", Secret: "s3cret"})

	ctx, engine := context.Background(), new(jeton.Engine)
	c := &jeton.Connection{
		Issuer: srv.Issuer(), // its metadata name the endpoints
		Client: jeton.Client{ID: "planner", Secret: jeton.SecretList{jeton.SecretValue("s3cret")}},
		Grant:  jeton.GrantOptions{Type: "authorization_code", RedirectURL: "https://planner.example/callback"},
		Scopes: jeton.Scopes{"calendar.read"},
	}
	login, err := engine.Authorize(ctx, c)
	if err != nil {
		fmt.Println(err)
		return
	}
	// The browser opens login.URL and comes back to the redirect URL.
	callback, err := srv.Approve(ctx, login.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	request, err := http.NewRequest(http.MethodGet, callback, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	token, err := engine.Redeem(ctx, c, login, request.URL.Query())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(token.TokenType, token.Scope, token.RefreshToken)

	renewed, err := engine.Exchange(ctx, c, token)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(renewed.AccessToken.Equal(token.AccessToken), renewed.Scope)

	_, err = engine.Redeem(ctx, c, login, url.Values{"state": {"another"}, "code": {"x"}})
	fmt.Println(err)
	// Output:
	// Bearer calendar.read [redacted]
	// false calendar.read
	// the answer of the authorization endpoint cannot be used: its state is not the one that was sent
}
