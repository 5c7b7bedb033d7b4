// Package oauthtest is an OAuth 2.0 authorization server for tests.
//
//	srv := oauthtest.NewServer(oauthtest.Config{})
//	defer srv.Close()
//	srv.AddClient(oauthtest.Client{ID: "bot", Secret: "s3cret"}) // now fetch a token at srv.TokenURL()
//
// It knows the grants client_credentials, password, jwt_bearer (RFC 7523) and
// refresh_token, and the client authentications none, client_secret_basic,
// client_secret_post, client_secret_jwt, private_key_jwt, tls_client_auth and
// self_signed_tls_client_auth. It checks them for real: signature, algorithm,
// issuer, subject, audience, expiry and replay. A refusal says which check
// failed, on the wire and in [Server.Requests].
//
// It also misbehaves on demand, so that a client can be shown every reply that
// real servers have been seen to send:
//
//	srv.Next(oauthtest.Status(503), oauthtest.Hangup())   // the next two token requests
//	srv.Fault(oauthtest.RetryAfter(429, "30"))            // all of them, until srv.ClearFaults()
//	srv.Next(oauthtest.Set("expires_in", "3600"))         // a real token, one member changed
//
// Nothing here needs a *testing.T: a demonstration can run the same server.
// [NewTestServer] ties one to a test.
//
// The server is for tests: it keeps everything in memory, shows what it was sent,
// and answers introspection to anybody.
package oauthtest
