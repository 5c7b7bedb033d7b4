// Package inject puts a token on outgoing requests, and on nothing that goes
// elsewhere.
//
//	source, err := jeton.NewCachingSource(engine, connection, jeton.CachingSourceOptions{})
//	client := inject.Client(source, "https://api.example.com/v2/")
//	reply, err := client.Get("https://api.example.com/v2/reports")   // Authorization: Bearer ...
//
// [Transport] does it for an http.Client with settings of its own,
// [PerRPCCredentials] for gRPC, and package oauth2source for programs that take
// an oauth2.TokenSource.
package inject

import (
	"context"

	"github.com/jeton-oauth/jeton"
)

// Source is where tokens come from. A [jeton.CachingSource] is one.
type Source interface {
	// Token returns a token that can be used now. It is shared and not changed.
	Token(ctx context.Context) (*jeton.Token, error)
	// Reject says that the resource refused this token. A source compares
	// generations: an older token changes nothing.
	Reject(ctx context.Context, token *jeton.Token)
}
