package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"

	"github.com/jeton-oauth/jeton"
)

// faultBases are documents that work: TestFaults sees each of them work before it
// puts a fault in.
var faultBases = map[string]string{
	"plain":   tokenURL + "client: {id: plain, secret: {env: SECRET}}\n" + readScope,
	"writer":  tokenURL + "client: {id: writer, secret: {env: SECRET}}\n" + clientGrant + "scopes: [read, write]\n",
	"home":    tokenURL + "client: {id: home-$SERVER, auth: client_secret_post, secret: {env: SECRET}}\n" + readScope,
	"posted":  tokenURL + "client: {id: posted, auth: client_secret_post, secret: {env: SECRET}}\n" + readScope,
	"odd":     tokenURL + "client: {id: odd, secret: {env: ODD_SECRET}}\n" + readScope,
	"odd raw": tokenURL + "client: {id: odd, secret: {env: ODD_SECRET}, basic_encoding: raw}\n" + readScope,
	"hmac":    tokenURL + "client: {id: hmac, auth: client_secret_jwt, secret: {env: SECRET}}\n" + readScope,
	"signer":  tokenURL + "client:\n  id: signer\n  assertion: {key: {file: current.pem}}\n" + readScope,
	"kid":     tokenURL + "client:\n  id: signer\n  assertion: {key: {file: current.pem}, headers: {kid: current}}\n" + readScope,
	"alg":     tokenURL + "client:\n  id: signer\n  assertion: {key: {file: current.pem}, algorithm: RS256}\n" + readScope,
	"full": tokenURL + "client:\n  id: signer\n  auth: private_key_jwt\n  assertion:\n    key: {file: current.pem}\n    algorithm: RS256\n    issuer: signer\n    subject: signer\n    audience: $TOKEN_URL\n    lifetime: 2m\n    headers: {typ: JWT}\n" +
		readScope + "request: {method: POST, encoding: form}\n",
	"full kid": tokenURL + "client:\n  id: signer\n  auth: private_key_jwt\n  assertion:\n    key: {file: current.pem}\n    algorithm: RS256\n    audience: token_url\n    headers: {kid: current}\n" + readScope,
	"dated":    tokenURL + "client:\n  id: dated\n  assertion: {key: {file: dated.pem}, certificate_headers: [\"x5t#S256\"]}\n" + readScope,
	"jks":      tokenURL + "client:\n  id: keeper\n  assertion: {key: {file: two.jks, password: {env: STORE_PASSWORD}, alias: first}}\n" + readScope,
	"pkcs12":   tokenURL + "client:\n  id: archive\n  assertion: {key: {file: two.pkcs12, password: {env: STORE_PASSWORD}, alias: first}}\n" + readScope,
	"timed":    tokenURL + "client:\n  id: signer\n  assertion: {key: {file: current.pem}, claims: {nbf: auto}, auto_skew: true}\n" + readScope,

	"found":        "issuer: $ISSUER\nclient: {id: plain, secret: {env: SECRET}}\n" + readScope,
	"found signer": "issuer: $ISSUER\nclient:\n  id: signer\n  assertion: {key: {file: current.pem}, audience: token_url}\n" + readScope,

	"bearer":       tokenURL + "client: {id: public}\ngrant:\n  type: jwt_bearer\n  assertion: {key: {file: current.pem}, issuer: hr, subject: ada}\nscopes: [read]\n",
	"bearer kid":   tokenURL + "client: {id: public}\ngrant:\n  type: jwt_bearer\n  assertion: {key: {file: current.pem}, issuer: hr, subject: ada, headers: {kid: current}}\nscopes: [read]\n",
	"bearer hasty": tokenURL + "client: {id: public}\ngrant:\n  type: jwt_bearer\n  assertion: {key: {file: current.pem}, issuer: hasty, subject: ada, lifetime: 1m}\nscopes: [read]\n",
	"bearer timed": tokenURL + "client: {id: public}\ngrant:\n  type: jwt_bearer\n  assertion: {key: {file: current.pem}, issuer: hr, subject: ada, claims: {nbf: auto}, auto_skew: true}\nscopes: [read]\n",
	"password":     tokenURL + "client: {id: plain, secret: {env: SECRET}}\ngrant: {type: password, username: ada, password: {env: PASSWORD}}\nscopes: [read]\n",
	"refresh":      tokenURL + "client: {id: plain, secret: {env: SECRET}}\ngrant: {type: refresh_token, refresh_token: {file: refresh-$SERVER}}\n",
	"resource":     tokenURL + "client: {id: plain, secret: {env: SECRET}}\ngrant: {type: client_credentials}\nscopes: [read]\nrequest: {params: {resource: \"https://api.example/orders\"}}\n",
	"proven":       tokenURL + "client:\n  id: proven\n  secret: {env: SECRET}\n  dpop: {algorithm: ES256}\n" + readScope,
	"web":          "issuer: $ISSUER\nclient: {id: web, secret: {env: SECRET}}\ngrant: {type: authorization_code, redirect_url: \"$CALLBACK/callback\"}\nscopes: [openid, read]\n",
	"device":       "issuer: $ISSUER\nclient: {id: web, secret: {env: SECRET}}\ngrant: {type: device_code}\nscopes: [openid, read]\n",

	"secure": mtlsURL + "client: {id: plain, secret: {env: SECRET}}\n" + readScope + "tls: {ca: {file: ca.pem}}\n",
	"issued": mtlsURL + "client: {id: issued, auth: tls_client_auth}\n" + readScope + ownTLS + "{certificate: {file: issued.pem}}\n",
	"own":    mtlsURL + "client: {id: own, auth: self_signed_tls_client_auth}\n" + readScope + ownTLS + "{certificate: {file: own.pem}}\n",
	"sealed": tokenURL + "mtls_token_url: $MTLS_URL\nclient:\n  id: signer\n  assertion: {key: {file: current.pem}, audience: $MTLS_URL}\n" + readScope + ownTLS + "{certificate: {file: issued.pem}}\n",
	"bound":  mtlsURL + "client: {id: bound, secret: {env: SECRET}}\n" + readScope + ownTLS + "{certificate: {file: issued.pem}}\n",
}

const (
	tokenURL  = "token_url: $TOKEN_URL\n"
	mtlsURL   = "token_url: $MTLS_URL\n"
	readScope = clientGrant + "scopes: [read]\n"
	ownTLS    = "tls:\n  ca: {file: ca.pem}\n  client: "
)

// fault is one mistake in a document that works.
type fault struct {
	name string
	// in are the documents that get it: server and base, or the base alone for
	// both servers.
	in string
	// old is replaced by new; it stands in the document once. An empty old: the
	// document is as it was, and the world is not.
	old, new string
	// right are the parameters that put it right, or what is below them.
	right []jeton.Parameter
	// unknown: only without the metadata of the issuer, which put it right.
	unknown bool
	// again: the document works once, and not a second time.
	again bool
}

func right(list ...jeton.Parameter) []jeton.Parameter { return list }

// Pieces of documents that several faults change.
const (
	thisKey    = "key: {file: current.pem}"
	thisGrant  = "grant: {type: client_credentials}"
	thisSecret = "secret: {env: SECRET}"
	allSigners = "signer, found signer"
	allAssert  = "signer, bearer"
)

// issueFaults are the thirty that the test has to name, 27 of them at least. A
// name counts if it is right in each document that has the fault, with and without
// the metadata of the issuer.
var issueFaults = []fault{
	{name: "wrong key", in: allSigners, old: "current.pem", new: "other.pem", right: right("client.assertion.key")},
	{name: "wrong key", in: "full", old: "current.pem", new: "other.pem", right: right("client.assertion.key")},
	{name: "wrong key", in: "bearer", old: "current.pem", new: "other.pem", right: right("grant.assertion.key")},
	{name: "wrong key", in: "jks, pkcs12", old: "alias: first", new: "alias: second", right: right("client.assertion.key")},
	{name: "wrong alias", in: "jks, pkcs12", old: "alias: first", new: "alias: frist", right: right("client.assertion.key.alias")},
	{name: "wrong passphrase", in: "jks, pkcs12", old: "STORE_PASSWORD", new: "WRONG_STORE", right: right("client.assertion.key.password")},
	{name: "algorithm not registered", in: "alg, full, full kid", old: "RS256", new: "PS256", right: right("client.assertion.algorithm")},
	{name: "algorithm not offered", in: "alg, full", old: "RS256", new: "RS512", right: right("client.assertion.algorithm")},
	{name: "algorithm not offered", in: "hmac", old: "client_secret_jwt", new: "client_secret_jwt, assertion: {algorithm: HS512}", right: right("client.assertion.algorithm")},
	{name: "kid not registered", in: "kid, full kid", old: "kid: current", new: "kid: retired", right: right("client.assertion.headers.kid")},
	{name: "kid not registered", in: "bearer kid", old: "kid: current", new: "kid: retired", right: right("grant.assertion.headers.kid")},
	{name: "audience of another host", in: "signer", old: thisKey, new: thisKey + ", audience: https://login.other.example/token", right: right("client.assertion.audience")},
	{name: "audience of another host", in: "bearer", old: thisKey, new: thisKey + ", audience: https://login.other.example/token", right: right("grant.assertion.audience")},
	{name: "audience nearly right", in: "full", old: "audience: $TOKEN_URL", new: "audience: $TOKEN_URL/", right: right("client.assertion.audience")},
	{name: "audience nearly right", in: "full kid", old: "audience: token_url", new: "audience: $TOKEN_URL/", right: right("client.assertion.audience")},
	{name: "audience nearly right", in: "signer", old: thisKey, new: thisKey + ", audience: $ISSUER/", right: right("client.assertion.audience")},
	{name: "audience nearly right", in: allAssert, old: thisKey, new: thisKey + ", audience: $HTTPS_TOKEN_URL", right: right("client.assertion.audience", "grant.assertion.audience")},
	{name: "audience nearly right", in: "bearer", old: thisKey, new: thisKey + ", audience: $ISSUER/", right: right("grant.assertion.audience")},
	{name: "audience a text", in: allAssert, old: thisKey, new: thisKey + ", audience: token-endpoint", right: right("client.assertion.audience", "grant.assertion.audience")},
	{name: "iss and sub exchanged", in: "bearer", old: "issuer: hr, subject: ada", new: "issuer: ada, subject: hr", right: right("grant.assertion.issuer", "grant.assertion.subject")},
	{name: "iss is not the client", in: "full", old: "issuer: signer", new: "issuer: hr", right: right("client.assertion.issuer")},
	{name: "iss is not the client", in: allSigners, old: thisKey, new: thisKey + ", issuer: hr", right: right("client.assertion.issuer")},
	{name: "expired certificate", in: "oidc/issued", old: "issued.pem", new: "expired.pem", right: right("tls.client")},
	{name: "expired certificate", in: "dated", old: "dated.pem", new: "dated-expired.pem", right: right("client.assertion.key", "client.assertion.certificate_headers")},
	{name: "clock 10 minutes behind", in: "oidc ahead/timed, authlib ahead/timed, oidc ahead/bearer timed, authlib ahead/bearer timed", old: ", auto_skew: true", right: right("clock")},
	{name: "clock 10 minutes ahead", in: "oidc behind/timed, authlib behind/timed, oidc behind/bearer timed, authlib behind/bearer timed", old: ", auto_skew: true", right: right("clock")},
	{name: "secret not form-encoded", in: "oidc/odd", old: "{env: ODD_SECRET}", new: "{env: ODD_SECRET}, basic_encoding: raw", right: right("client.basic_encoding")},
	{name: "secret not form-encoded", in: "authlib/odd raw", old: ", basic_encoding: raw", right: right("client.basic_encoding")},
	{name: "basic versus post", in: "authlib/plain", old: "id: plain", new: "id: plain, auth: client_secret_post", right: right("client.auth")},
	{name: "basic versus post", in: "authlib/posted", old: "client_secret_post", new: "client_secret_basic", right: right("client.auth")},
	{name: "unknown scope", in: "authlib/plain", old: "[read]", new: "[raed]", right: right("scopes")},
	{name: "unknown scope", in: "authlib/bearer", old: "[read]", new: "[raed]", right: right("scopes")},
	{name: "unknown scope", in: "oidc/plain, oidc/signer, oidc/bearer", old: "[read]", new: "[write]", right: right("scopes")},
	{name: "wrong token URL path", in: allAssert + ", plain", old: "$TOKEN_URL", new: "$TOKEN_URL/v2", right: right("token_url")},
	{name: "wrong token URL path", in: "plain", old: "$TOKEN_URL", new: "$ISSUER", right: right("token_url")},
	{name: "http instead of https", in: "oidc/secure, oidc/issued", old: "$MTLS_URL", new: "$HTTP_MTLS_URL", right: right("token_url")},
	{name: "wrong CA", in: "oidc/secure, oidc/issued", old: "ca.pem", new: "other-ca.pem", right: right("tls.ca")},
	{name: "wrong CA", in: "oidc/secure", old: "tls: {ca: {file: ca.pem}}\n", right: right("tls.ca")},
	{name: "wrong host name", in: "oidc/secure, oidc/issued", old: "$MTLS_URL", new: "$OTHER_HOST_URL", right: right("token_url")},
	{name: "missing client certificate", in: "oidc/issued, oidc/bound", old: "\n  client: {certificate: {file: issued.pem}}", right: right("tls.client")},
	{name: "another client certificate", in: "oidc/issued", old: "issued.pem", new: "stranger.pem", right: right("tls.client")},
	{name: "another client certificate", in: "oidc/own", old: "own.pem", new: "foreign.pem", right: right("tls.client")},
	{name: "grant not allowed", in: "writer", old: thisGrant, new: "grant: {type: password, username: ada, password: {env: PASSWORD}}", right: right("grant.type")},
	{name: "grant not allowed", in: "refresh", old: "id: plain", new: "id: writer", right: right("grant.type", "client.id")},
	{name: "client unknown", in: "plain", old: "id: plain", new: "id: nobody", right: right("client.id")},
	{name: "client unknown", in: "signer", old: "id: signer", new: "id: nobody", right: right("client.id")},
	{name: "replayed jti", in: allAssert, old: thisKey, new: thisKey + ", claims: {jti: $UNIQUE}", right: right("client.assertion.jti", "client.assertion.claims.jti", "grant.assertion.jti", "grant.assertion.claims.jti"), again: true},
	{name: "lifetime too long", in: "bearer hasty", old: "lifetime: 1m", new: "lifetime: 10m", right: right("grant.assertion.lifetime")},
	{name: "wrong extraction key", in: "plain, bearer", old: "scopes: [read]", new: "scopes: [read]\nresponse: {access_token: token}", right: right("response.access_token")},
	{name: "HTML answer", in: "authlib/plain, authlib/signer", old: "$TOKEN_URL", new: "$PAGE_URL", right: right("token_url")},
	{name: "redirect", in: "plain, bearer", old: "$TOKEN_URL", new: "$REDIRECTING_URL", right: right("token_url")},
}

// moreFaults are what else goes wrong.
var moreFaults = []fault{
	{name: "wrong secret", in: "plain, posted, hmac", old: "{env: SECRET}", new: "{env: WRONG}", right: right("client.secret")},
	{name: "wrong secret", in: "oidc/odd, authlib/odd raw", old: "ODD_SECRET", new: "WRONG", right: right("client.secret")},
	{name: "wrong key beside a kid", in: "kid, full kid", old: "current.pem", new: "other.pem", right: right("client.assertion.key")},
	{name: "wrong key beside a kid", in: "bearer kid", old: "current.pem", new: "other.pem", right: right("grant.assertion.key")},
	{name: "audience of the other form", in: "authlib/signer", old: thisKey, new: thisKey + ", audience: issuer", right: right("client.assertion.audience")},
	{name: "audience of the other form", in: "authlib/found signer", old: "audience: token_url", new: "audience: issuer", right: right("client.assertion.audience")},
	{name: "sub is not the client", in: allSigners, old: thisKey, new: thisKey + ", subject: ada", right: right("client.assertion.subject", "client.id")},
	{name: "subject unknown", in: "bearer", old: "subject: ada", new: "subject: eve", right: right("grant.assertion.subject")},
	{name: "issuer unknown", in: "bearer", old: "issuer: hr", new: "issuer: finance", right: right("grant.assertion.issuer")},
	{name: "no jti", in: "signer", old: thisKey, new: thisKey + ", jti: none", right: right("client.assertion.jti")},
	{name: "exp written by hand", in: allAssert, old: thisKey, new: thisKey + ", claims: {exp: 1700000000}", right: right("client.assertion.claims.exp", "grant.assertion.claims.exp", "client.assertion.lifetime", "grant.assertion.lifetime")},
	{name: "assertion type", in: "signer", old: thisKey, new: thisKey + ", type: \"urn:ietf:params:oauth:client-assertion-type:saml2-bearer\"", right: right("client.assertion.type")},
	{name: "algorithm does not fit the key", in: "alg", old: "RS256", new: "ES256", right: right("client.assertion.algorithm", "client.assertion.key")},
	{name: "public key", in: "signer", old: "current.pem", new: "public.pem", right: right("client.assertion.key")},
	{name: "certificate without its key", in: "oidc/issued", old: "issued.pem", new: "two-owners.pem", right: right("tls.client")},
	{name: "key file missing", in: "signer", old: "current.pem", new: "curent.pem", right: right("client.assertion.key")},
	{name: "method without proof", in: "signer", old: "id: signer", new: "id: signer\n  auth: none", right: right("client.auth", "client.assertion")},
	{name: "issuer with a slash", in: "found, found signer", old: "$ISSUER", new: "$ISSUER/", right: right("issuer")},
	{name: "issuer of another path", in: "found", old: "$ISSUER", new: "$ISSUER/tenant", right: right("issuer")},
	{name: "https instead of http", in: "plain", old: "$TOKEN_URL", new: "$HTTPS_TOKEN_URL", right: right("token_url")},
	{name: "port closed", in: "plain, bearer", old: "$TOKEN_URL", new: "http://$CLOSED/token", right: right("token_url")},
	{name: "host unknown", in: "plain", old: "$TOKEN_URL", new: "https://login.invalid/token", right: right("token_url")},
	{name: "pin of another key", in: "oidc/secure", old: "tls: {ca: {file: ca.pem}}", new: "tls: {pin: sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=}", right: right("tls.pin")},
	{name: "refresh token unknown", in: "refresh", old: "refresh-$SERVER", new: "refresh-unknown", right: right("grant.refresh_token")},
	{name: "wrong password", in: "password", old: "{env: PASSWORD}", new: "{env: WRONG_PASSWORD}", right: right("grant.password", "grant.username")},
	{name: "user unknown", in: "password", old: "username: ada", new: "username: eve", right: right("grant.password", "grant.username")},
	{name: "client of another secret", in: "password", old: "id: plain", new: "id: odd", right: right("client.id", "client.secret")},
	{name: "JSON at a server of forms", in: "plain, posted, bearer", old: "scopes: [read]", new: "scopes: [read]\nrequest: {encoding: json}", right: right("request.encoding")},
	{name: "query at a server of forms", in: "oidc/plain, oidc/bearer", old: "scopes: [read]", new: "scopes: [read]\nrequest: {encoding: query}", right: right("request.encoding")},
	{name: "GET at a server of POST", in: "plain, signer", old: "scopes: [read]", new: "scopes: [read]\nrequest: {method: GET}", right: right("request.method")},
	{name: "grant_type unknown", in: "plain", old: "{type: client_credentials}", new: "{type: client_credentials, parameter: client_credential}", right: right("grant.parameter", "grant.type")},
	{name: "resource unknown", in: "oidc/resource", old: "https://api.example/orders", new: "https://api.example/order", right: right("request.params.resource")},
	{name: "scopes joined by a comma", in: "authlib/writer", old: "scopes: [read, write]", new: "scopes: [read, write]\nscope_separator: \",\"", right: right("scope_separator")},
	{name: "DPoP missing", in: "oidc/proven", old: "\n  dpop: {algorithm: ES256}", right: right("client.dpop")},
	{name: "DPoP algorithm not offered", in: "oidc/proven", old: "ES256", new: "PS256", right: right("client.dpop")},
	{name: "redirect URL not registered", in: "oidc/web", old: "$CALLBACK/callback", new: "$CALLBACK/answer", right: right("grant.redirect_url")},
	{name: "wrong secret at a login", in: "oidc/web, oidc/device", old: "{env: SECRET}", new: "{env: WRONG}", right: right("client.secret")},
	{name: "secret in quotes", in: "plain, posted", old: "{env: SECRET}", new: "{env: QUOTED_SECRET}", right: right("client.secret")},
	{name: "secret with a blank", in: "plain, posted", old: "{env: SECRET}", new: "{env: SPACED_SECRET}", right: right("client.secret")},
	{name: "secret of a template", in: "plain", old: "{env: SECRET}", new: "{env: TEMPLATE}", right: right("client.secret")},
	{name: "client of a template", in: "plain, signer", old: "id: ", new: "id: your-", right: right("client.id")},
	{name: "client unknown, with a certificate", in: "oidc/issued", old: "id: issued", new: "id: nobody", right: right("client.id")},
	{name: "client unknown, without a proof", in: "oidc/bearer", old: "id: public", new: "id: nobody", right: right("client.id")},
	{name: "secret for a client with a key", in: "plain", old: "id: plain", new: "id: signer", right: right("client.auth", "client.assertion", "client.id")},
	{name: "variable missing", in: "plain", old: "{env: SECRET}", new: "{env: SECERT}", right: right("client.secret")},
	{name: "field mistyped", in: "plain", old: "scopes:", new: "scope:", right: right("scope")},
	{name: "endpoint of another server", in: "home", old: "$TOKEN_URL", new: "$OTHER_TOKEN_URL", right: right("token_url")},
	{name: "introspection endpoint", in: "oidc/plain, oidc/signer", old: "$TOKEN_URL", new: "$INTROSPECTION_URL", right: right("token_url")},
	{name: "revocation endpoint", in: "oidc/plain, oidc/signer", old: "$TOKEN_URL", new: "$REVOCATION_URL", right: right("token_url")},
	{name: "authorization endpoint", in: "plain, bearer", old: "$TOKEN_URL", new: "$AUTHORIZATION_URL", right: right("token_url")},
	{name: "device endpoint", in: "plain, signer", old: "$TOKEN_URL", new: "$DEVICE_URL", right: right("token_url")},
	{name: "push endpoint", in: "oidc/plain", old: "$TOKEN_URL", new: "$PUSH_URL", right: right("token_url")},
	{name: "userinfo endpoint", in: "oidc/plain, oidc/bearer", old: "$TOKEN_URL", new: "$USERINFO_URL", right: right("token_url")},
	{name: "metadata in the place of the endpoint", in: "plain", old: "$TOKEN_URL", new: "$ISSUER/.well-known/oauth-authorization-server", right: right("token_url")},
	{name: "certificate over http", in: "oidc/issued, oidc/bound", old: "$MTLS_URL", new: "$TOKEN_URL", right: right("token_url"), unknown: true},
	{name: "audience of the plain endpoint", in: "oidc/sealed", old: ", audience: $MTLS_URL", right: right("client.assertion.audience")},
	{name: "key of another type", in: "signer", old: "current.pem", new: "ec.pem", right: right("client.assertion.key")},
	{name: "key of another type", in: "bearer", old: "current.pem", new: "ec.pem", right: right("grant.assertion.key")},
	{name: "certificate in the place of the key", in: "oidc/signer", old: "current.pem", new: "ca.pem", right: right("client.assertion.key")},
	{name: "login not allowed", in: "oidc/device", old: "id: web", new: "id: plain", right: right("grant.type")},
}

// faultRun is one fault in one document.
type faultRun struct {
	fault
	server, base string
	known        bool // with the metadata of the issuer
	found        jeton.Finding
}

func (r faultRun) document() string {
	document := faultBases[r.base]
	if r.known && !strings.HasPrefix(document, "issuer:") {
		document = "issuer: $ISSUER\n" + document
	}
	return document
}

func (r faultRun) isRight() bool {
	return slices.ContainsFunc(r.right, func(p jeton.Parameter) bool {
		below, found := strings.CutPrefix(string(r.found.Parameter), string(p))
		return found && (below == "" || strings.ContainsAny(below[:1], ".["))
	})
}

// runs are the documents that get the fault.
func (f fault) runs() (list []faultRun) {
	for _, where := range strings.Split(f.in, ", ") {
		servers := []string{"oidc", "authlib"}
		server, base, one := strings.Cut(where, "/")
		if one {
			servers = []string{server}
		} else {
			base = where
		}
		for _, server := range servers {
			for _, known := range []bool{false, true} {
				if known && !f.unknown || !known && !strings.HasPrefix(faultBases[base], "issuer:") {
					list = append(list, faultRun{fault: f, server: server, base: base, known: known})
				}
			}
		}
	}
	return list
}

// TestFaults seeds one fault at a time into documents that work with the real
// servers, and counts how often the first finding names a parameter that puts it right.
func TestFaults(t *testing.T) {
	w := newFaultWorld(t)
	works := map[string]bool{}
	var all []faultRun
	for _, f := range append(slices.Clone(issueFaults), moreFaults...) {
		for _, r := range f.runs() {
			document := r.document()
			if id := r.server + "\n" + document; !works[id] {
				works[id] = true
				if report := w.test(t, r.server, document); !report.OK && !report.asked {
					t.Errorf("%s: the document without a fault does not work: %+v\n%s", r.server, report.Findings, document)
					continue
				}
			}
			if strings.Count(document, r.old) != 1 {
				t.Errorf("%s: %q does not stand in %s once", r.name, r.old, r.base)
				continue
			}
			document = strings.Replace(document, r.old, r.new, 1)
			w.unique++
			if r.again && !w.test(t, r.server, document).OK {
				t.Errorf("%s: it does not work once", r.name)
			}
			report := w.test(t, r.server, document)
			if report.OK || report.asked {
				t.Errorf("%s on %s: the document works with the fault:\n%s", r.name, r.server, document)
			}
			r.found = report.first()
			all = append(all, r)
		}
	}
	tally(t, all)
}

// tally demands 27 of the thirty, and nine of ten of all runs.
func tally(t *testing.T, all []faultRun) {
	missed, named := map[string]bool{}, map[string]bool{}
	wrong := 0
	var table strings.Builder
	rows := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	for _, r := range all {
		if r.isRight() {
			continue
		}
		wrong++
		missed[r.name] = true
		metadata := ""
		if r.known {
			metadata = "metadata"
		}
		fmt.Fprintf(rows, "%s\t%s\t%s\t%s\t%s: %s\t%s\n", r.name, r.server, r.base, metadata, r.found.Parameter, r.found.Problem, r.found.Evidence)
	}
	rows.Flush()
	first := 0
	for _, f := range issueFaults {
		if !named[f.name] && !missed[f.name] {
			first++
		}
		named[f.name] = true
	}
	t.Logf("%d of %d faults of the issue are named first in every document, and %d of all %d runs; not first:\n%s", first, len(named), len(all)-wrong, len(all), table.String())
	if first < 27 || len(named) < 30 {
		t.Errorf("%d of %d faults are named first, and not 27 of 30", first, len(named))
	}
	if wrong*10 > len(all) {
		t.Errorf("the first finding is wrong in %d of %d runs", wrong, len(all))
	}
}
