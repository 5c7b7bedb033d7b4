// Package jeton obtains OAuth 2.0 access tokens for programs that call other
// companies' APIs. A [Connection] says who the authorization server is, which
// grant is used, how the client authenticates and with which key; an [Engine]
// makes the one token request that follows from it.
//
//	c, err := jeton.Load("netsuite.yaml")            // or a &jeton.Connection{...} of your own
//	token, err := new(jeton.Engine).Exchange(ctx, c, nil)
//	token.Authorize(request)                         // Authorization: Bearer ...
//
// The document's fields are described in docs/connection.md and by `jeton
// schema`; the words are those of RFC 6749, 7515-7519, 7521, 7523 and 8705.
// This package knows no server, no store and no page: those are built on it.
package jeton
