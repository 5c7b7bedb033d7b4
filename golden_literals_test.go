package jeton_test

import (
	"time"

	"github.com/jeton-oauth/jeton"
)

// goldenLiterals are golden documents written in Go: by name, the same
// connection, which must give the same request.
var goldenLiterals = map[string]func() *jeton.Connection{
	"auth-default-basic": func() *jeton.Connection {
		return &jeton.Connection{Version: 1, Name: "auth-default-basic", TokenURL: goldenTokenURL, Grant: goldenClientGrant,
			Client: jeton.Client{ID: "client-1", Secret: goldenSecrets(jeton.SecretSource{Env: "CLIENT_SECRET"})}, Scopes: jeton.Scopes{"read", "write", "admin"}}
	},
	"auth-basic-form-vector": func() *jeton.Connection {
		const vector = "client %&+-_.!~*'()"
		return &jeton.Connection{TokenURL: goldenTokenURL, Grant: goldenClientGrant,
			Client: jeton.Client{ID: vector, Secret: goldenSecrets(jeton.SecretValue(vector))}}
	},
	"auth-private-key-jwt": func() *jeton.Connection {
		return &jeton.Connection{TokenURL: goldenTokenURL, Grant: goldenClientGrant, Scopes: jeton.Scopes{"read", "write"},
			Client: jeton.Client{ID: "client-1", Assertion: &jeton.Assertion{Key: goldenKeys(jeton.KeyFile("ec-256.pem"))}}}
	},
	"auth-private-key-jwt-with-secret": func() *jeton.Connection {
		return &jeton.Connection{TokenURL: goldenTokenURL, Grant: goldenClientGrant,
			Client: jeton.Client{ID: "client-1", Auth: "private_key_jwt", Secret: goldenSecrets(jeton.SecretSource{Env: "CLIENT_SECRET"}),
				Assertion: &jeton.Assertion{Type: "urn:example:custom-assertion-type", Key: goldenKeys(jeton.KeyFile("rsa.pem")),
					Issuer: "other-issuer", Subject: "other-subject", JTI: "none"}}}
	},
	"auth-secret-jwt": func() *jeton.Connection {
		return &jeton.Connection{TokenURL: goldenTokenURL, Grant: goldenClientGrant,
			Client: jeton.Client{ID: "client-1", Auth: "client_secret_jwt", Secret: goldenSecrets(jeton.SecretSource{Env: "HMAC_SECRET"})}}
	},
	"grant-password": func() *jeton.Connection {
		return &jeton.Connection{TokenURL: goldenTokenURL, Scopes: jeton.Scopes{"offline"},
			Client: jeton.Client{ID: "client-1", Secret: goldenSecrets(jeton.SecretSource{Env: "CLIENT_SECRET"})},
			Grant:  jeton.GrantOptions{Type: "password", Username: "ann", Password: jeton.SecretValue("p&w=1 +")}}
	},
	"grant-refresh-token": func() *jeton.Connection {
		return &jeton.Connection{TokenURL: goldenTokenURL, Scopes: jeton.Scopes{"read"},
			Client: jeton.Client{ID: "client-1", Auth: "client_secret_post", Secret: goldenSecrets(jeton.SecretSource{Env: "CLIENT_SECRET"})},
			Grant:  jeton.GrantOptions{Type: "refresh_token", RefreshToken: jeton.SecretValue("rt/1+2==")}}
	},
	"grant-jwt-bearer-with-client": func() *jeton.Connection {
		return &jeton.Connection{TokenURL: goldenTokenURL, Issuer: "https://as.example/", Scopes: jeton.Scopes{"read", "write"}, ScopeIn: "claim",
			Client: jeton.Client{ID: "client-1", Assertion: &jeton.Assertion{Key: goldenKeys(jeton.KeyFile("ec-256.pem")),
				Audience: jeton.StringList{"issuer"}, Headers: map[string]any{"kid": "client-key"}}},
			Grant: jeton.GrantOptions{Type: "jwt_bearer", Assertion: &jeton.Assertion{Key: goldenKeys(jeton.KeyFile("rsa.pem")),
				Subject: "ann", Lifetime: jeton.Duration(time.Minute), JTI: "none"}}}
	},
	"assertion-claims": func() *jeton.Connection {
		type nested struct {
			Y []any    `json:"y"`
			B string   `json:"b"`
			A struct{} `json:"a"`
		}
		return &jeton.Connection{TokenURL: "https://as.example:8443/oauth/token", Grant: goldenClientGrant,
			Client: jeton.Client{ID: "client-1", Assertion: &jeton.Assertion{Key: goldenKeys(jeton.KeyFile("rsa.pem")), Claims: jeton.Members{
				{Name: "zeta", Value: 1}, {Name: "nbf", Value: "auto"}, {Name: "jti", Value: "my-own-jti"},
				{Name: "alpha", Value: nested{Y: []any{1, 2.5, -3, true, nil, "x"}, B: "b"}},
				{Name: "sub", Value: "another"}, {Name: "https://example.com/roles", Value: []string{"admin"}}, {Name: "exp", Value: 1893600000}}}}}
	},
	"assertion-times": func() *jeton.Connection {
		return &jeton.Connection{TokenURL: "https://as.example:8443/oauth/token", Grant: goldenClientGrant,
			Client: jeton.Client{ID: "client-1", Assertion: &jeton.Assertion{Key: goldenKeys(jeton.KeyFile("rsa.pem")), Lifetime: jeton.Duration(90 * time.Second),
				Backdate: jeton.Duration(10 * time.Second), JTI: "none", Claims: jeton.Members{{Name: "nbf", Value: "auto"}}}}}
	},
	"request-params": func() *jeton.Connection {
		return &jeton.Connection{TokenURL: goldenTokenURL, Grant: goldenClientGrant, Client: jeton.Client{ID: "client-1", Secret: goldenSecrets(jeton.SecretValue("s"))},
			Request: jeton.RequestOptions{Encoding: "form", Params: map[string]jeton.ParamValues{
				"resource": jeton.Param("https://a.example/", "https://b.example/", "urn:c"), "audience": jeton.Param("https://api.example/"),
				"account_id": jeton.Param("0042"), "apikey": {{Secret: jeton.SecretSource{Env: "CLIENT_SECRET"}}}}}}
	},
	"tls-client-auth": func() *jeton.Connection {
		return &jeton.Connection{TokenURL: goldenTokenURL, MTLSTokenURL: "https://mtls.as.example/token", Grant: goldenClientGrant,
			Client: jeton.Client{ID: "client-1", Auth: "tls_client_auth"},
			TLS: jeton.TLS{CA: jeton.KeyFile("ca.crt"), Client: jeton.TLSClient{
				Certificate: jeton.KeyFile("client.crt"), Key: jeton.KeyFile("client.key")}}}
	},
	"vendor-netsuite": func() *jeton.Connection {
		return &jeton.Connection{TokenURL: "https://{account}.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token",
			Vars: map[string]string{"account": "1234567-sb1"}, Grant: goldenClientGrant,
			Client: jeton.Client{ID: "7f0c", Assertion: &jeton.Assertion{Key: goldenKeys(jeton.KeyFile("rsa.pem")), Algorithm: "PS256",
				Headers: map[string]any{"kid": "cert-id"}, Lifetime: jeton.Duration(time.Hour), JTI: "none"},
				Parameters: jeton.ClientParameters{ClientID: "none"}},
			Scopes: jeton.Scopes{"rest_webservices", "restlets"}, ScopeIn: "claim_array"}
	},
	"vendor-google": func() *jeton.Connection {
		return &jeton.Connection{ScopeIn: "claim", Scopes: jeton.Scopes{"https://www.googleapis.com/auth/drive", "https://www.googleapis.com/auth/gmail.send"},
			Grant: jeton.GrantOptions{Type: "jwt_bearer", Assertion: &jeton.Assertion{Key: goldenKeys(jeton.KeyFile("google.json")), Lifetime: jeton.Duration(time.Hour)}}}
	},
	"vendor-app-store-connect": func() *jeton.Connection {
		return &jeton.Connection{TokenURL: "none", Grant: jeton.GrantOptions{Type: "jwt_bearer", Assertion: &jeton.Assertion{
			Key: goldenKeys(jeton.KeyFile("ec-256.pem")), Issuer: "57246542-96fe-1a63-e053-0824d011072a", Audience: jeton.StringList{"appstoreconnect-v1"},
			Lifetime: jeton.Duration(20 * time.Minute), JTI: "none", Headers: map[string]any{"kid": "2X9R4HXF34"},
			Claims: jeton.Members{{Name: "scope", Value: []string{"GET /v1/apps?filter[platform]=IOS"}}}}}}
	},
}

const goldenTokenURL = "https://as.example/token"

var goldenClientGrant = jeton.GrantOptions{Type: "client_credentials"}

func goldenSecrets(list ...jeton.SecretSource) jeton.SecretList { return list }

func goldenKeys(list ...jeton.KeySource) jeton.KeyList { return list }
