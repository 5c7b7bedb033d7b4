// Command inline writes a connection in Go, without a document: a client that
// authenticates with private_key_jwt. It brings its own authorization server, so
// that it runs without any set-up:
//
//	go run ./examples/inline
package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/oauthtest"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "inline:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer) error {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return err
	}
	keyPEM := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))

	srv, err := oauthtest.Start(oauthtest.Config{})
	if err != nil {
		return err
	}
	defer srv.Close()
	srv.AddClient(oauthtest.Client{ID: "warehouse", Keys: []oauthtest.Key{{Public: private.Public()}}})

	connection := &jeton.Connection{
		Name:     "warehouse",
		TokenURL: srv.TokenURL(),
		Client: jeton.Client{
			ID:   "warehouse",
			Auth: "private_key_jwt",
			Assertion: &jeton.Assertion{
				Key:      jeton.KeyList{jeton.KeyValue(keyPEM)}, // or jeton.KeyFile(path), and Resolve
				Lifetime: jeton.Duration(time.Minute),
			},
		},
		Grant:  jeton.GrantOptions{Type: "client_credentials"},
		Scopes: jeton.Scopes{"stock.read"},
	}
	token, err := new(jeton.Engine).Exchange(ctx, connection, nil)
	if err != nil {
		return err
	}
	seen := srv.TokenRequests()[0]
	fmt.Fprintf(out, "the server saw  %s, alg %s, iss %s\n", seen.AuthMethod, seen.ClientAssertion.Algorithm(), seen.ClientAssertion.Issuer())
	fmt.Fprintf(out, "token type      %s\n", token.TokenType)
	fmt.Fprintf(out, "scope           %s\n", token.Scope)
	fmt.Fprintf(out, "lifetime        %s\n", token.Expiry.Sub(token.Issued))
	fmt.Fprintf(out, "token           %v\n", token.AccessToken) // a Secret: Reveal shows it
	return nil
}
