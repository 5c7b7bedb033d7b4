package jeton_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

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

// A person enters a code elsewhere. A program that keeps time itself polls with
// PollDevice; AwaitDevice does the waiting too.
func ExampleEngine_AuthorizeDevice() {
	srv := oauthtest.NewServer(oauthtest.Config{DeviceInterval: time.Second})
	defer srv.Close()
	srv.AddClient(oauthtest.Client{ID: "signage"})

	ctx, engine := context.Background(), new(jeton.Engine)
	c := &jeton.Connection{
		Issuer: srv.Issuer(),
		Client: jeton.Client{ID: "signage"},
		Grant:  jeton.GrantOptions{Type: "device_code"},
	}
	login, err := engine.AuthorizeDevice(ctx, c)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(login.VerificationURI != "", login.UserCode != "", login.Interval)

	_, err = engine.PollDevice(ctx, c, login)
	var failed *jeton.Error
	if errors.As(err, &failed) {
		fmt.Println(failed.Code)
	}
	if err := srv.ApproveDevice(login.UserCode, "ada"); err != nil { // the person
		fmt.Println(err)
		return
	}
	token, err := engine.AwaitDevice(ctx, c, login, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(token.TokenType, token.RefreshToken)
	// Output:
	// true true 1s
	// authorization_pending
	// Bearer [redacted]
}

// A token that is bound to a key needs a new proof for every request, and a
// second try if the API wants a nonce in it.
func ExampleToken_Challenged() {
	srv := oauthtest.NewServer(oauthtest.Config{DPoP: oauthtest.DPoPNonce, SeparateResource: true})
	defer srv.Close()
	srv.AddClient(oauthtest.Client{ID: "reports", Secret: "s3cret"})

	c := &jeton.Connection{
		Issuer: srv.Issuer(),
		Client: jeton.Client{ID: "reports", Secret: jeton.SecretList{jeton.SecretValue("s3cret")}, DPoP: &jeton.DPoP{Algorithm: "ES256"}},
		Grant:  jeton.GrantOptions{Type: "client_credentials"},
	}
	token, err := new(jeton.Engine).Exchange(context.Background(), c, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 2 {
		request, err := http.NewRequest(http.MethodGet, srv.ResourceURL(), nil)
		if err != nil {
			fmt.Println(err)
			return
		}
		token.Authorize(request) // Authorization: DPoP ..., and the proof in DPoP
		reply, err := http.DefaultClient.Do(request)
		if err != nil {
			fmt.Println(err)
			return
		}
		_ = reply.Body.Close()
		again := token.Challenged(reply)
		fmt.Println(reply.StatusCode, again)
		if !again {
			break
		}
	}
	// Output:
	// 401 true
	// 200 false
}
