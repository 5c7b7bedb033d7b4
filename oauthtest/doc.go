// Package oauthtest is an OAuth 2.0 authorization server for tests.
//
//	srv := oauthtest.NewServer(oauthtest.Config{})
//	defer srv.Close()
//	srv.AddClient(oauthtest.Client{ID: "bot", Secret: "s3cret"}) // now fetch a token at srv.TokenURL()
//
// It knows the grants client_credentials, password, jwt_bearer (RFC 7523),
// refresh_token, authorization_code with PKCE (RFC 7636), device_code (RFC 8628)
// and token_exchange (RFC 8693), and the client authentications none,
// client_secret_basic, client_secret_post, client_secret_jwt, private_key_jwt,
// tls_client_auth and self_signed_tls_client_auth; pushed authorization requests
// (RFC 9126), DPoP with and without nonces (RFC 9449), and metadata in both
// places (RFC 8414, OpenID Connect Discovery). It checks them for real:
// signature, algorithm, issuer, subject, audience, expiry and replay. A refusal
// says which check failed, on the wire and in [Server.Requests].
//
// Nobody has to log in. The user of Config.ApproveAs approves at once, or does
// what [Server.Decide] says; [Server.Approve] and [Server.Browse] are the
// browser, [Server.ApproveDevice] is the user of a device:
//
//	srv.DecideNext(oauthtest.Deny(), oauthtest.SetResponse("state", "wrong")) // the next two logins
//	callback, err := srv.Approve(ctx, authorizationURL)                       // where the browser is sent
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
