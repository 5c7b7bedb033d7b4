package inject_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/inject"
	"github.com/jeton-oauth/jeton/oauthtest"
)

// exampleSource is a source of tokens from srv.
func exampleSource(srv *oauthtest.Server) *jeton.CachingSource {
	srv.AddClient(oauthtest.Client{ID: "reports", Secret: "s3cret"})
	connection := &jeton.Connection{
		TokenURL: srv.TokenURL(),
		Client:   jeton.Client{ID: "reports", Secret: jeton.SecretList{jeton.SecretValue("s3cret")}},
		Grant:    jeton.GrantOptions{Type: "client_credentials"},
	}
	source, err := jeton.NewCachingSource(new(jeton.Engine), connection, jeton.CachingSourceOptions{})
	if err != nil {
		panic(err)
	}
	return source
}

// The test server has a resource beside its token endpoint. It revokes the
// first token behind the back of the client.
func ExampleClient() {
	srv := oauthtest.NewServer(oauthtest.Config{}) // in life: the provider's
	defer srv.Close()
	source := exampleSource(srv)
	defer source.Close()

	client := inject.Client(source, srv.ResourceURL())
	for range 2 {
		reply, err := client.Get(srv.ResourceURL())
		if err != nil {
			fmt.Println(err)
			return
		}
		_, _ = io.Copy(io.Discard, reply.Body)
		_ = reply.Body.Close()
		token, err := source.Token(context.Background())
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(reply.StatusCode, "with token", token.Generation)
		srv.Revoke(token.AccessToken.Reveal())
	}
	_, err := client.Get("https://elsewhere.example/")
	var failed *jeton.Error
	if errors.As(err, &failed) {
		fmt.Println(failed)
	}
	fmt.Println(len(srv.TokenRequests()), "token requests")
	// Output:
	// 200 with token 1
	// 200 with token 2
	// the token was not sent: the URL is outside of those that are listed
	// 2 token requests
}

func ExampleTransport() {
	srv := oauthtest.NewServer(oauthtest.Config{})
	defer srv.Close()
	source := exampleSource(srv)
	defer source.Close()

	connection := &jeton.Connection{ // the sections of a document that the transport uses
		Resource: jeton.Resource{URLs: []string{srv.ResourceURL()}},
		Rejected: &jeton.Rejected{Status: []int{401, 419}},
	}
	transport := &inject.Transport{Source: source, URLs: connection.Resource.URLs, Rejected: connection.Rejected}
	client := &http.Client{Transport: transport, CheckRedirect: transport.CheckRedirect}
	reply, err := client.Get(srv.ResourceURL())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer reply.Body.Close()
	fmt.Println(reply.StatusCode)
	// Output: 200
}

func ExamplePerRPCCredentials() {
	srv := oauthtest.NewServer(oauthtest.Config{})
	defer srv.Close()
	source := exampleSource(srv)
	defer source.Close()

	// In life: grpc.WithPerRPCCredentials(credentials).
	credentials := &inject.PerRPCCredentials{Source: source, URLs: []string{"https://api.example.com/"}}
	metadata, err := credentials.GetRequestMetadata(context.Background(), "https://api.example.com/reports.v1.Reports")
	if err != nil {
		fmt.Println(err)
		return
	}
	token, err := source.Token(context.Background())
	fmt.Println(metadata["authorization"] == "Bearer "+token.AccessToken.Reveal(), err)
	_, err = credentials.GetRequestMetadata(context.Background(), "https://elsewhere.example/reports.v1.Reports")
	fmt.Println(err)
	// Output:
	// true <nil>
	// the token was not sent: the URL is outside of those that are listed
}
