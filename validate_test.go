package jeton_test

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jeton-oauth/jeton"
)

func certificatePEM(t testing.TB, k crypto.Signer, from, to time.Time) string {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "app"}, NotBefore: from, NotAfter: to}
	der, err := x509.CreateCertificate(rand.Reader, template, template, k.Public(), k)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// bearer is a valid jwt_bearer connection, changed.
func bearer(t testing.TB, change func(*jeton.Connection)) *jeton.Connection {
	c := &jeton.Connection{TokenURL: "https://as.example/token", Grant: jeton.GrantOptions{Type: "jwt_bearer",
		Assertion: &jeton.Assertion{Key: jeton.KeyList{jeton.KeyValue(keyPEM(t, testKeys()["ES256"]))}, Issuer: "i", Subject: "s"}}}
	change(c)
	return c
}

func selfSigned(t testing.TB, from, to time.Duration) jeton.TLSClient {
	k := testKeys()["ES256"]
	return jeton.TLSClient{Certificate: jeton.KeyValue(certificatePEM(t, k, time.Now().Add(from), time.Now().Add(to))), Key: jeton.KeyValue(keyPEM(t, k))}
}

const day = 24 * time.Hour

// What Validate finds: failures by their parameter, warnings with "w:" before it.
func TestValidate(t *testing.T) {
	cc := clientCredentials
	jb := func(change func(*jeton.Connection)) *jeton.Connection { return bearer(t, change) }
	signing := func(change func(*jeton.Assertion)) *jeton.Connection {
		return jb(func(c *jeton.Connection) { change(c.Grant.Assertion) })
	}
	post := func(names jeton.ClientParameters) *jeton.Connection {
		return cc(func(c *jeton.Connection) { c.Client.Auth, c.Client.Parameters = "client_secret_post", names })
	}
	named := func(name, secret string) *jeton.Connection {
		return cc(func(c *jeton.Connection) {
			c.Client = jeton.Client{ID: "a", Assertion: &jeton.Assertion{Key: jeton.KeyList{jeton.KeyValue(keyPEM(t, testKeys()["ES256"]))}, Parameter: name}}
			if secret != "" {
				c.Client.Secret = jeton.SecretList{jeton.SecretValue(secret)}
			}
		})
	}
	outside := func(change func(*jeton.Connection)) *jeton.Connection {
		return cc(func(c *jeton.Connection) {
			c.Client = jeton.Client{ID: "a", Assertion: &jeton.Assertion{Token: jeton.SecretValue("abc")}}
			change(c)
		})
	}
	places := func(token, expiry string) *jeton.Connection {
		return cc(func(c *jeton.Connection) { c.Response.AccessToken, c.Response.ExpiresIn = token, expiry })
	}
	usage := func(u jeton.Usage) *jeton.Connection { return cc(func(c *jeton.Connection) { c.Usage = u }) }
	usageOf := func(u jeton.Usage) *jeton.Connection {
		return &jeton.Connection{Type: "basic", Usage: u, Grant: jeton.GrantOptions{Username: "u", Password: jeton.SecretValue("p")}}
	}
	signingWithParam := func(name string) *jeton.Connection {
		return jb(func(c *jeton.Connection) {
			c.Grant.Assertion.Parameter, c.Request.Params = name, map[string]jeton.ParamValues{name: jeton.Param("x")}
		})
	}
	header := func(names ...string) *jeton.Connection {
		return cc(func(c *jeton.Connection) {
			c.Client.Auth = "client_secret_post"
			c.Request.Headers = map[string]jeton.SecretSource{}
			for _, name := range names {
				c.Request.Headers[name] = jeton.SecretValue("value")
			}
		})
	}
	value := func(v string) *jeton.Connection {
		return cc(func(c *jeton.Connection) {
			c.Request.Headers = map[string]jeton.SecretSource{"X-Own": jeton.SecretValue(v)}
		})
	}
	param := func(name string, values ...string) *jeton.Connection {
		return cc(func(c *jeton.Connection) {
			c.Client.Auth = "client_secret_post"
			c.Request.Params = map[string]jeton.ParamValues{name: jeton.Param(values...)}
		})
	}
	resource := func(urls ...string) *jeton.Connection {
		return cc(func(c *jeton.Connection) { c.Resource.URLs = urls })
	}
	probe := func(probe string, urls ...string) *jeton.Connection {
		return cc(func(c *jeton.Connection) { c.Resource.Probe, c.Resource.URLs = probe, urls })
	}
	probeFromReply := func(probe, url string) *jeton.Connection {
		return cc(func(c *jeton.Connection) {
			c.Response.Keep, c.Resource.Hosts = []string{"instance_url"}, []string{"*.salesforce.com"}
			c.Resource.Probe, c.Resource.URLs = probe, []string{url}
		})
	}
	fromReply := func(raw string, hosts ...string) *jeton.Connection {
		return cc(func(c *jeton.Connection) {
			c.Response.Keep, c.Resource.URLs, c.Resource.Hosts = []string{"instance_url"}, []string{raw}, hosts
		})
	}
	for _, row := range []struct {
		name string
		c    *jeton.Connection
		want string
	}{
		{"a valid one", cc(func(*jeton.Connection) {}), ""},
		{"a valid assertion", jb(func(*jeton.Connection) {}), ""},
		{"nothing", &jeton.Connection{}, "token_url grant.type w:client.id"},

		{"basic in base64, under another word", cc(func(c *jeton.Connection) { c.Client.BasicEncoding, c.Client.BasicScheme = "base64", "ID" }), ""},
		{"basic_encoding", cc(func(c *jeton.Connection) { c.Client.BasicEncoding = "hex" }), "client.basic_encoding"},
		{"basic_scheme of two words", cc(func(c *jeton.Connection) { c.Client.BasicScheme = "My Basic" }), "client.basic_scheme"},
		{"basic_scheme with a line break", cc(func(c *jeton.Connection) { c.Client.BasicScheme = "ID\r\nX: y" }), "client.basic_scheme"},
		{"basic_scheme without Basic", cc(func(c *jeton.Connection) { c.Client.Auth, c.Client.BasicScheme = "client_secret_post", "ID" }), "w:client"},
		{"basic in base64 with a colon in the id", cc(func(c *jeton.Connection) { c.Client.ID, c.Client.BasicEncoding = "a:b", "base64" }), ""},
		{"other names", post(jeton.ClientParameters{ClientID: "clientId", ClientSecret: "apiKey"}), ""},
		{"no client_id", post(jeton.ClientParameters{ClientID: "none"}), ""},
		{"other names that are swapped", post(jeton.ClientParameters{ClientID: "client_secret", ClientSecret: "client_id"}), ""},
		{"one name for two", post(jeton.ClientParameters{ClientID: "x", ClientSecret: "x"}), "client.parameters.client_secret"},
		{"the name of another parameter", post(jeton.ClientParameters{ClientID: "scope", ClientSecret: "grant_type"}), "client.parameters.client_id client.parameters.client_secret"},
		{"the name of the other one", post(jeton.ClientParameters{ClientID: "client_secret"}), "client.parameters.client_id"},
		{"a name with a line break", post(jeton.ClientParameters{ClientID: "a\r\nb", ClientSecret: "a b"}), "client.parameters.client_id client.parameters.client_secret"},
		{"user name and password under the names of the password grant", cc(func(c *jeton.Connection) {
			c.Client.Auth, c.Client.Parameters = "client_secret_post", jeton.ClientParameters{ClientID: "username", ClientSecret: "password"}
		}), ""},
		{"the names of the password grant, with that grant", cc(func(c *jeton.Connection) {
			c.Client.Auth, c.Client.Parameters = "client_secret_post", jeton.ClientParameters{ClientID: "username"}
			c.Grant = jeton.GrantOptions{Type: "password", Username: "u", Password: jeton.SecretValue("p")}
		}), "client.parameters.client_id"},
		{"other names with Basic", cc(func(c *jeton.Connection) {
			c.Client.Parameters = jeton.ClientParameters{ClientID: "x", ClientSecret: "y"}
		}),
			"w:client.parameters.client_id w:client.parameters.client_secret"},
		{"a parameter over another name", cc(func(c *jeton.Connection) {
			c.Client.Auth, c.Client.Parameters.ClientSecret = "client_secret_post", "apiKey"
			c.Request.Params = map[string]jeton.ParamValues{"apiKey": jeton.Param("x")}
		}), "w:request.params.apiKey"},
		{"a JWT as client secret", named("client_secret", ""), ""},
		{"a JWT as client secret beside one", named("client_secret", "s3cret"), "client.assertion.parameter"},
		{"a JWT under a name that is taken", named("grant_type", ""), "client.assertion.parameter"},
		{"a JWT as client_id", named("client_id", ""), "client.assertion.parameter"},
		{"a JWT under a name with a line break", named("a\nb", ""), "client.assertion.parameter"},
		{"two assertions under one name", jb(func(c *jeton.Connection) {
			c.Client = jeton.Client{ID: "a", Assertion: &jeton.Assertion{Key: c.Grant.Assertion.Key, Parameter: "assertion"}}
		}), "client.assertion.parameter"},
		{"a parameter over an assertion of another name", signingWithParam("jwt"), "request.params.jwt"},
		{"an assertion from outside", outside(func(*jeton.Connection) {}), ""},
		{"an assertion from outside without a client id", outside(func(c *jeton.Connection) { c.Client.ID = "" }), ""},
		{"an assertion from outside, and what would be signed", outside(func(c *jeton.Connection) {
			c.Client.Assertion.Key, c.Client.Assertion.Issuer, c.Client.Assertion.JTI = jeton.KeyList{jeton.KeyFile("x")}, "i", "none"
			c.Client.Assertion.Headers, c.Client.Assertion.AutoSkew = map[string]any{"kid": "x"}, true
		}), "client.assertion.key client.assertion.issuer client.assertion.auto_skew client.assertion.jti client.assertion.headers"},
		{"an assertion from outside with client_secret_jwt", outside(func(c *jeton.Connection) {
			c.Client.Auth, c.Client.Secret = "client_secret_jwt", jeton.SecretList{jeton.SecretValue(strings.Repeat("s", 32))}
		}), "client.assertion.token"},
		{"an assertion from outside with the scope inside", outside(func(c *jeton.Connection) { c.ScopeIn = "claim" }), "scope_in"},
		{"an assertion from outside that nobody has read", outside(func(c *jeton.Connection) { c.Client.Assertion.Token = jeton.SecretSource{File: "x"} }), "client.assertion.token"},
		{"an assertion from outside that is XML", outside(func(c *jeton.Connection) { c.Client.Assertion.Token = jeton.SecretValue("<a/>") }), "w:client.assertion.type"},
		{"a grant that is XML", jb(func(c *jeton.Connection) { c.Grant.Assertion = &jeton.Assertion{Token: jeton.SecretValue("<a/>")} }), "w:grant.parameter"},
		{"a grant from outside, without an endpoint", jb(func(c *jeton.Connection) {
			c.TokenURL, c.Grant.Assertion = "", &jeton.Assertion{Token: jeton.SecretValue("abc")}
		}), "token_url"},
		{"a grant from outside as the token", jb(func(c *jeton.Connection) {
			c.TokenURL, c.Grant.Assertion = "none", &jeton.Assertion{Token: jeton.SecretValue("abc")}
		}), ""},
		{"places of the reply", places("header:X-Token", "none"), ""},
		{"a header without a name", places("header:", "header:a b"), "response.access_token response.expires_in"},
		{"the body twice", places("body", "body"), "response.expires_in"},
		{"usage in the query", usage(jeton.Usage{Query: "access_token"}), "w:usage.query"},
		{"usage in a cookie", usage(jeton.Usage{Cookie: "session", Headers: map[string]jeton.SecretSource{"Authorization": jeton.SecretValue("Basic x")}}), ""},
		{"usage in both", usage(jeton.Usage{Query: "a", Cookie: "b"}), "usage.cookie w:usage.query"},
		{"usage in the query and a header", usage(jeton.Usage{Query: "a", Header: "X-Token"}), "usage.query w:usage.query"},
		{"usage in a cookie and a header", usage(jeton.Usage{Cookie: "a", Header: "X-Token"}), "usage.cookie"},
		{"usage in a cookie with a scheme", usage(jeton.Usage{Cookie: "a", Scheme: "Bearer"}), "w:usage.scheme"},
		{"usage in a cookie that is none", usage(jeton.Usage{Cookie: "a;b=c"}), "usage.cookie"},
		{"usage in a parameter that is none", usage(jeton.Usage{Query: "a\r\nb"}), "usage.query w:usage.query"},
		{"usage in a cookie, with DPoP", cc(func(c *jeton.Connection) { c.Usage.Cookie, c.Client.DPoP = "a", &jeton.DPoP{} }), "usage.cookie"},
		{"usage in the query of a user name", usageOf(jeton.Usage{Cookie: "a"}), "usage.cookie"},
		{"version", cc(func(c *jeton.Connection) { c.Version = 2 }), "version"},
		{"longest name", cc(func(c *jeton.Connection) { c.Name = strings.Repeat("a", 63) }), ""},
		{"name too long", cc(func(c *jeton.Connection) { c.Name = strings.Repeat("a", 64) }), "name"},
		{"name with a slash", cc(func(c *jeton.Connection) { c.Name = "a/b" }), "name"},
		{"name of dots", cc(func(c *jeton.Connection) { c.Name = ".." }), "name"},
		{"name with a line break", cc(func(c *jeton.Connection) { c.Name = "a\n" }), "name"},
		{"name with emoji", cc(func(c *jeton.Connection) { c.Name = "a😀" }), "name"},
		{"name from right to left", cc(func(c *jeton.Connection) { c.Name = "a\u202eb" }), "name"},
		{"name of 10 KB", cc(func(c *jeton.Connection) { c.Name = strings.Repeat("a", 10<<10) }), "name"},
		{"upper case name", cc(func(c *jeton.Connection) { c.Name = "A" }), "name"},
		{"paused", cc(func(c *jeton.Connection) { c.Paused = true }), "paused"},
		{"type", cc(func(c *jeton.Connection) { c.Type = "oauth1" }), "type"},
		{"kind", cc(func(c *jeton.Connection) { c.Kind = "role" }), "kind"},
		{"provider", cc(func(c *jeton.Connection) { c.Provider = "x" }), "provider"},
		{"steps", cc(func(c *jeton.Connection) { c.Steps = []jeton.Step{{}} }), "steps[0].url"},
		{"dpop", cc(func(c *jeton.Connection) { c.Client.DPoP = &jeton.DPoP{} }), ""},
		{"dpop with an HMAC secret", cc(func(c *jeton.Connection) {
			c.Client.DPoP = &jeton.DPoP{Key: jeton.KeySource{SecretSource: jeton.SecretValue("0123456789abcdef0123456789abcdef"), Encoding: "text"}}
		}), "client.dpop.key"},
		{"dpop with an algorithm that is none", cc(func(c *jeton.Connection) { c.Client.DPoP = &jeton.DPoP{Algorithm: "HS256"} }), "client.dpop.algorithm"},
		{"dpop and a header of the same name", cc(func(c *jeton.Connection) {
			c.Client.DPoP, c.Request.Headers = &jeton.DPoP{}, map[string]jeton.SecretSource{"dPoP": jeton.SecretValue("x")}
		}), "request.headers.dPoP"},
		{"device_code without its endpoint", cc(func(c *jeton.Connection) { c.Grant.Type = "device_code" }), "device_authorization_url"},
		{"authorization_code without its endpoint", cc(func(c *jeton.Connection) { c.Grant.Type = "authorization_code" }), "authorization_url"},
		{"token_exchange without a token", cc(func(c *jeton.Connection) { c.Grant.Type = "token_exchange" }), "grant.subject_token grant.subject_token_type"},
		{"no such grant", cc(func(c *jeton.Connection) { c.Grant.Type = "implicit" }), "grant.type"},
		{"rules without effect", cc(func(c *jeton.Connection) {
			c.Refresh.KeepAlive, c.Consent.Kind, c.Access.External = jeton.Duration(time.Minute), "user", true
			c.Rejected, c.Resource.TLS.Pin = &jeton.Rejected{}, "sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
		}), "w:refresh w:rejected w:consent w:access w:resource.tls"},
		{"rules with an effect", cc(func(c *jeton.Connection) {
			c.Refresh.Ahead, c.Refresh.SameToken, c.Resource.URLs = "20%", true, []string{"https://api.example/"}
		}), ""},

		{"resource", resource("https://api.example/v2/", "https://api.example:8443", "https://api.example/a/b"), ""},
		{"resource on this machine", resource("http://127.0.0.1:8080/v2/"), "w:resource.urls[0]"},
		{"resource without encryption", resource("https://api.example/", "http://api.example/"), "resource.urls[1]"},
		{"resource that is no URL", resource("api.example", "/v2/", "ftp://api.example/", ""), "resource.urls[0] resource.urls[1] resource.urls[2] resource.urls[3]"},
		{"resource with user information", resource("https://ada@api.example/"), "resource.urls[0]"},
		{"resource with a query", resource("https://api.example/?a=b"), "resource.urls[0]"},
		{"resource with an empty query", resource("https://api.example/?"), "resource.urls[0]"},
		{"resource with a fragment", resource("https://api.example/#a"), "resource.urls[0]"},
		{"resource that climbs", resource("https://api.example/v2/../v1/"), "resource.urls[0]"},
		{"resource with an escape", resource("https://api.example/v%32/"), "resource.urls[0]"},
		{"resource with an empty segment", resource("https://api.example//v2/"), "resource.urls[0]"},
		{"resource with a variable", cc(func(c *jeton.Connection) {
			c.Vars, c.Resource.URLs = map[string]string{"tenant": "acme"}, []string{"https://{tenant}.example/"}
		}), ""},
		{"resource with a variable without a value", resource("https://{tenant}.example/"), "vars.tenant"},
		{"resource with a variable that names a host", cc(func(c *jeton.Connection) {
			c.Vars, c.Resource.URLs = map[string]string{"tenant": "evil.example/"}, []string{"https://{tenant}.example/"}
		}), "vars.tenant"},
		{"resource from the reply", fromReply("{reply.instance_url}", "*.salesforce.com"), ""},
		{"resource from the reply, with a path", fromReply("{reply.instance_url}/services/", "*.salesforce.com"), ""},
		{"resource from the reply, in the host", fromReply("https://{reply.instance_url}.salesforce.com/", "*.salesforce.com"), ""},
		{"resource from the reply, in the path", fromReply("https://api.example/{reply.instance_url}/"), ""},
		{"resource from the reply, any host", fromReply("{reply.instance_url}"), "resource.hosts"},
		{"resource from the reply, any host, spelt out", fromReply("https://{reply.instance_url}.salesforce.com/"), "resource.hosts"},
		{"resource from the reply that is not kept", fromReply("{reply.other}", "api.example"), "resource.urls[0]"},
		{"resource hosts", fromReply("{reply.instance_url}", "*", "*.", "a b", "api.example.", "api.example:443", "a.example", "*.b.example"),
			"resource.hosts[0] resource.hosts[1] resource.hosts[2] resource.hosts[3] resource.hosts[4]"},

		{"probe", probe("GET https://api.example/v2/me?a=b"), ""},
		{"probe without a method", probe("https://api.example/v2/me"), ""},
		{"probe in small letters, with spaces", probe(" head   https://api.example/v2/me "), ""},
		{"probe with POST", probe("POST https://api.example/v2/me"), ""},
		{"probe that changes something", probe("DELETE https://api.example/v2/me"), "resource.probe"},
		{"probe with a method alone", probe("GET"), "resource.probe"},
		{"probe with a body", probe("POST https://api.example/v2/me a=b"), "resource.probe"},
		{"probe that is no URL", probe("GET /v2/me"), "resource.probe"},
		{"probe with a stray brace", probe("https://api.example/{"), "resource.probe"},
		{"probe with user information", probe("https://ada@api.example/"), "resource.probe"},
		{"probe with a fragment", probe("https://api.example/#a"), "resource.probe"},
		{"probe on this machine", probe("http://127.0.0.1:8080/me"), "w:resource.probe"},
		{"probe without encryption", probe("http://api.example/me"), "resource.probe"},
		{"probe with a variable without a value", probe("https://{tenant}.example/me"), "vars.tenant"},
		{"probe with a variable", cc(func(c *jeton.Connection) {
			c.Vars, c.Resource.Probe = map[string]string{"tenant": "acme"}, "https://{tenant}.example/me"
		}), ""},
		{"probe with a variable that names a host", cc(func(c *jeton.Connection) {
			c.Vars, c.Resource.Probe = map[string]string{"tenant": "evil.example/"}, "https://{tenant}.example/me"
		}), "vars.tenant"},
		{"probe under the URLs", probe("https://api.example/v2/me?a=b", "https://other.example/", "https://api.example/v2/"), ""},
		{"probe outside of the URLs", probe("https://api.example/v1/me", "https://other.example/", "https://api.example/v2/"), "resource.probe"},
		{"probe at another host", probe("https://evil.example/v2/me", "https://api.example/v2/"), "resource.probe"},
		{"probe that climbs out of the URLs", probe("https://api.example/v2/../me", "https://api.example/v2/"), "resource.probe"},
		{"probe that climbs out of the URLs by an escape", probe("https://api.example/v2/%2e%2e/me", "https://api.example/v2/"), "resource.probe"},
		{"probe beside a URL that is wrong", probe("https://api.example/v1/me", "/v2/"), "resource.urls[0]"},
		{"probe from the reply", probeFromReply("{reply.instance_url}/me", "{reply.instance_url}"), ""},
		{"probe from the reply, in the path", probeFromReply("https://api.example/{reply.instance_url}/me", "https://api.example/"), ""},
		{"probe from the reply that climbs", probeFromReply("https://api.example/v2/../{reply.instance_url}/me", "{reply.instance_url}"), "resource.probe"},
		{"probe from the reply, in the path, outside", probeFromReply("https://evil.example/{reply.instance_url}/me", "{reply.instance_url}"), ""},
		{"probe from the reply that is not kept", probeFromReply("{reply.other}/me", "{reply.instance_url}"), "resource.probe"},
		{"probe from the reply, any host", cc(func(c *jeton.Connection) {
			c.Response.Keep, c.Resource.Probe = []string{"instance_url"}, "{reply.instance_url}/me"
		}), "resource.hosts"},
		{"resource.tls and rejected beside a probe", cc(func(c *jeton.Connection) {
			c.Resource.Probe, c.Rejected = "https://api.example/me", &jeton.Rejected{Status: []int{200}}
			c.Resource.TLS.Pin = "sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
		}), ""},
		{"resource.tls that trusts anybody", cc(func(c *jeton.Connection) {
			c.Resource.Probe, c.Resource.TLS.InsecureSkipVerify = "https://api.example/me", true
		}), "w:resource.tls.insecure_skip_verify"},

		{"no token_url", cc(func(c *jeton.Connection) { c.TokenURL = "" }), "token_url"},
		{"only an issuer", cc(func(c *jeton.Connection) { c.TokenURL, c.Issuer = "", "https://as.example" }), ""},
		{"an issuer with a query", cc(func(c *jeton.Connection) { c.Issuer = "https://as.example?tenant=1" }), "issuer"},
		{"none", cc(func(c *jeton.Connection) { c.TokenURL = "none" }), "token_url"},
		{"every endpoint is checked", cc(func(c *jeton.Connection) {
			c.Issuer, c.MTLSTokenURL, c.AuthorizationURL, c.DeviceAuthorizationURL, c.RevocationURL = "a", "b", "c", "d", "e"
		}), "issuer mtls_token_url authorization_url device_authorization_url revocation_url"},

		{"no secret", cc(func(c *jeton.Connection) { c.Client.Auth, c.Client.Secret = "client_secret_post", nil }), "client.secret"},
		{"no id", cc(func(c *jeton.Connection) { c.Client.ID = "" }), "client.id"},
		{"a secret that nobody read", cc(func(c *jeton.Connection) { c.Client.Secret = jeton.SecretList{{Env: "X"}} }), "client.secret"},
		{"no client authentication", cc(func(c *jeton.Connection) { c.Client.Secret = nil }), "w:client.auth"},
		{"auth none beside a secret", cc(func(c *jeton.Connection) { c.Client.Auth = "none" }), "w:client.auth w:client.secret"},
		{"no such method", cc(func(c *jeton.Connection) { c.Client.Auth = "magic" }), "client.auth"},
		{"basic_encoding", cc(func(c *jeton.Connection) { c.Client.BasicEncoding = "x" }), "client.basic_encoding"},
		{"a colon in raw basic", cc(func(c *jeton.Connection) { c.Client.ID, c.Client.BasicEncoding = "a:b", "raw" }), "client.id"},
		{"a colon in basic", cc(func(c *jeton.Connection) { c.Client.ID = "a:b" }), ""},
		{"private_key_jwt without assertion", cc(func(c *jeton.Connection) { c.Client.Auth = "private_key_jwt" }), "client.assertion"},
		{"secret in the query", cc(func(c *jeton.Connection) { c.Client.Auth, c.Request.Method = "client_secret_post", "GET" }), "w:client.auth"},
		{"client_secret_jwt, short secret", cc(func(c *jeton.Connection) { c.Client.Auth = "client_secret_jwt" }), "client.secret"},
		{"client_secret_jwt, second secret short", cc(func(c *jeton.Connection) {
			c.Client.Auth, c.Client.Secret = "client_secret_jwt", jeton.SecretList{jeton.SecretValue(strings.Repeat("x", 32)), jeton.SecretValue("short")}
		}), "client.secret[1]"},
		{"tls_client_auth without certificate", cc(func(c *jeton.Connection) { c.Client.Auth, c.Client.Secret = "tls_client_auth", nil }), "tls.client"},
		{"password without user", cc(func(c *jeton.Connection) { c.Grant.Type = "password" }), "grant.username grant.password"},
		{"basic", &jeton.Connection{Type: "basic", Grant: jeton.GrantOptions{Username: "a:b", Password: jeton.SecretValue("pppp")}}, "grant.username"},

		{"scope with a quote", cc(func(c *jeton.Connection) { c.Scopes = jeton.Scopes{`a"b`} }), "scopes"},
		{"scope with a space", cc(func(c *jeton.Connection) { c.Scopes = jeton.Scopes{"a b"} }), "scopes"},
		{"empty scope", cc(func(c *jeton.Connection) { c.Scopes = jeton.Scopes{""} }), "scopes"},
		{"scope in an assertion that is not there", cc(func(c *jeton.Connection) { c.ScopeIn = "claim" }), "scope_in"},
		{"scope_in", cc(func(c *jeton.Connection) { c.ScopeIn = "header" }), "scope_in"},

		{"T14 host", header("Host"), "request.headers.Host"},
		{"T14 content-length", header("content-LENGTH"), "request.headers.content-LENGTH"},
		{"T14 underscore", header("X_Forwarded_For"), "request.headers.X_Forwarded_For"},
		{"T14 forwarded", header("x-forwarded-proto"), "request.headers.x-forwarded-proto"},
		{"T14 transfer_encoding", header("Transfer_Encoding"), "request.headers.Transfer_Encoding"},
		{"T14 connection", header("connection"), "request.headers.connection"},
		{"T14 cookie", header("Cookie"), "request.headers.Cookie"},
		{"T14 proxy", header("Proxy-Authorization"), "request.headers.Proxy-Authorization"},
		{"T14 trailer", header("Trailer"), "request.headers.Trailer"},
		{"T14 authorization is allowed", header("Authorization"), ""},
		{"T14 not a name: space", header("X Own"), "request.headers.X Own"},
		{"T14 not a name: colon", header("X-Own:"), "request.headers.X-Own:"},
		{"T14 not a name: line break", header("X-Own\r\nX-Evil"), "request.headers.X-Own\r\nX-Evil"},
		{"T14 not a name: letter", header("X-Öwn"), "request.headers.X-Öwn"},
		{"T14 no name", header(""), "request.headers"},
		{"T14 the same name twice", header("X-Own", "x-own"), "request.headers.x-own"},
		{"T14 line break in a value", value("a\r\nX-Evil: 1"), "request.headers.X-Own"},
		{"T14 NUL in a value", value("a\x00"), "request.headers.X-Own"},
		{"T14 DEL in a value", value("a\x7f"), "request.headers.X-Own"},
		{"T14 white space round a value", value(" a "), "w:request.headers.X-Own"},
		{"T14 tab inside a value", value("a\tb"), ""},
		{"T14 authorization beside basic", cc(func(c *jeton.Connection) {
			c.Request.Headers = map[string]jeton.SecretSource{"authorization": jeton.SecretValue("x")}
		}), "request.headers.authorization"},
		{"T14 usage.header", cc(func(c *jeton.Connection) { c.Usage.Header = "Host" }), "usage.header"},
		{"T14 usage.headers", cc(func(c *jeton.Connection) {
			c.Usage.Headers = map[string]jeton.SecretSource{"X-A": jeton.SecretValue("a\nb"), "Te": jeton.SecretValue("a")}
		}), "usage.headers.Te usage.headers.X-A"},
		{"T14 usage.scheme", cc(func(c *jeton.Connection) { c.Usage.Scheme = "Bearer\n" }), "usage.scheme"},
		{"raw with a scheme", cc(func(c *jeton.Connection) { c.Usage.Scheme, c.Usage.Raw = "Bearer", true }), "w:usage.scheme"},

		{"T15 client_id", param("client_id", "b"), "w:request.params.client_id"},
		{"T15 client_secret", param("client_secret", "b"), "w:request.params.client_secret"},
		{"T15 scope", param("scope", "b"), "w:request.params.scope"},
		{"T15 grant_type", param("grant_type", "b"), "w:request.params.grant_type"},
		{"T15 assertion", param("assertion", "b"), "request.params.assertion"},
		{"T15 client_assertion", param("client_assertion", "b"), "request.params.client_assertion"},
		{"T15 code", param("code", "b"), "request.params.code"},
		{"T15 code_verifier", param("code_verifier", "b"), "request.params.code_verifier"},
		{"T15 refresh_token", param("refresh_token", "b"), "request.params.refresh_token"},
		{"a list", param("resource", "https://a.example/", "urn:b"), ""},
		{"a resource with a fragment", param("resource", "https://a.example/#x"), "w:request.params.resource"},
		{"a list of something else", param("x", "1", "2"), "w:request.params.x"},
		{"a parameter without name", param("", "1"), "request.params"},
		{"method", cc(func(c *jeton.Connection) { c.Request.Method = "PUT" }), "request.method"},
		{"encoding", cc(func(c *jeton.Connection) { c.Request.Encoding = "xml" }), "request.encoding"},
		{"JSON in a GET", cc(func(c *jeton.Connection) { c.Request.Method, c.Request.Encoding = "GET", "json" }), "request.encoding"},

		{"T16 alg none", signing(func(a *jeton.Assertion) { a.Algorithm, a.Headers = "ES256", map[string]any{"alg": "none"} }), "grant.assertion.headers.alg"},
		{"T16 alg none, no algorithm", signing(func(a *jeton.Assertion) { a.Headers = map[string]any{"alg": "none"} }), "grant.assertion.headers.alg"},
		{"T16 alg that is no string", signing(func(a *jeton.Assertion) { a.Headers = map[string]any{"alg": []any{"ES256"}} }), "grant.assertion.headers.alg"},
		{"T16 alg empty", signing(func(a *jeton.Assertion) { a.Headers = map[string]any{"alg": ""} }), "grant.assertion.headers.alg"},
		{"T16 alg the same", signing(func(a *jeton.Assertion) { a.Headers = map[string]any{"alg": "ES256", "kid": "1", "own": 1} }), ""},
		{"T16 forbidden", signing(func(a *jeton.Assertion) {
			a.Headers = map[string]any{"jku": "https://evil.example", "x5u": 1, "jwk": nil, "crit": "", "b64": false}
		}), "grant.assertion.headers.b64 grant.assertion.headers.crit grant.assertion.headers.jku grant.assertion.headers.jwk grant.assertion.headers.x5u"},
		{"T16 no certificate for x5t", signing(func(a *jeton.Assertion) { a.CertificateHeaders = []string{"x5t"} }), "grant.assertion.certificate_headers"},

		{"T17 claims", signing(func(a *jeton.Assertion) {
			a.Claims = jeton.Members{{Name: "iss", Value: "x"}, {Name: "sub", Value: "x"}, {Name: "aud", Value: "x"}, {Name: "exp", Value: 1}, {Name: "iat", Value: 1}, {Name: "jti", Value: "1"}, {Name: "own", Value: 1}}
		}), "w:grant.assertion.claims.iss w:grant.assertion.claims.sub w:grant.assertion.claims.aud w:grant.assertion.claims.iat w:grant.assertion.claims.exp w:grant.assertion.claims.jti"},
		{"T17 claim without name", signing(func(a *jeton.Assertion) { a.Claims = jeton.Members{{Value: 1}} }), "grant.assertion.claims"},
		{"T17 10 minutes", signing(func(a *jeton.Assertion) { a.Lifetime = jeton.Duration(10 * time.Minute) }), ""},
		{"T17 11 minutes", signing(func(a *jeton.Assertion) { a.Lifetime = jeton.Duration(11 * time.Minute) }), "w:grant.assertion.lifetime"},
		{"T17 2 hours", signing(func(a *jeton.Assertion) { a.Lifetime = jeton.Duration(2 * time.Hour) }), "w:grant.assertion.lifetime"},
		{"negative lifetime", signing(func(a *jeton.Assertion) { a.Lifetime = -1 }), "grant.assertion.lifetime"},
		{"lifetime under a second", signing(func(a *jeton.Assertion) { a.Lifetime = jeton.Duration(time.Millisecond) }), "grant.assertion.lifetime"},
		{"negative backdate", signing(func(a *jeton.Assertion) { a.Backdate = -1 }), "grant.assertion.backdate"},
		{"backdate over lifetime", signing(func(a *jeton.Assertion) { a.Backdate = jeton.Duration(5 * time.Minute) }), "grant.assertion.backdate"},
		{"jti", signing(func(a *jeton.Assertion) { a.JTI = "counter" }), "grant.assertion.jti"},
		{"no key", signing(func(a *jeton.Assertion) { a.Key = nil }), "grant.assertion.key"},
		{"no assertion", jb(func(c *jeton.Connection) { c.Grant.Assertion = nil }), "grant.assertion"},
		{"no issuer", signing(func(a *jeton.Assertion) { a.Issuer = "" }), "w:grant.assertion.issuer"},
		{"audience issuer without issuer", signing(func(a *jeton.Assertion) { a.Audience = jeton.StringList{"issuer"} }), "grant.assertion.audience"},
		{"a public key", signing(func(a *jeton.Assertion) {
			a.Key = jeton.KeyList{jeton.KeyValue(publicPEM(t, testKeys()["ES256"].Public()))}
		}), "grant.assertion.key"},
		{"the second key is none", signing(func(a *jeton.Assertion) { a.Key = append(a.Key, jeton.KeyValue("no key")) }), "grant.assertion.key[1]"},
		{"H060 a certificate as key", signing(func(a *jeton.Assertion) {
			a.Key = jeton.KeyList{jeton.KeyValue(certificatePEM(t, testKeys()["ES256"], time.Now(), time.Now().Add(day)))}
		}), "grant.assertion.key"},
		{"an assertion that nobody sends", cc(func(c *jeton.Connection) {
			c.Grant.Assertion = &jeton.Assertion{Key: jeton.KeyList{jeton.KeyValue(keyPEM(t, testKeys()["ES256"]))}}
		}), "w:grant.assertion"},
		{"a JWT for the API by mistake", jb(func(c *jeton.Connection) {
			c.TokenURL, c.Grant.Assertion.Audience = "", jeton.StringList{"https://as.example/token"}
		}), "w:token_url"},
		{"a JWT for the API", jb(func(c *jeton.Connection) {
			c.TokenURL, c.Grant.Assertion.Audience = "none", jeton.StringList{"https://as.example/token"}
		}), ""},

		{"expires_format", cc(func(c *jeton.Connection) { c.Response.ExpiresFormat = "days" }), "response.expires_format"},
		{"default_lifetime 299s", cc(func(c *jeton.Connection) { c.Response.DefaultLifetime = jeton.Duration(299 * time.Second) }), "response.default_lifetime"},
		{"default_lifetime 300s", cc(func(c *jeton.Connection) { c.Response.DefaultLifetime = jeton.Duration(300 * time.Second) }), ""},
		{"default_lifetime 86401s", cc(func(c *jeton.Connection) { c.Response.DefaultLifetime = jeton.Duration(86401 * time.Second) }), "response.default_lifetime"},
		{"default_lifetime negative", cc(func(c *jeton.Connection) { c.Response.DefaultLifetime = -1 }), "response.default_lifetime"},
		{"max_lifetime negative", cc(func(c *jeton.Connection) { c.Response.MaxLifetime = -1 }), "response.max_lifetime"},
		{"a condition without path", cc(func(c *jeton.Connection) { c.Response.Success = jeton.Conditions{{Equals: 1}} }), "response.success"},
		{"a condition without kind", cc(func(c *jeton.Connection) { c.Response.Success = jeton.Conditions{{Path: "ok"}} }), "response.success"},
		{"a condition with a bad expression", cc(func(c *jeton.Connection) { c.Response.Success = jeton.Conditions{{Path: "ok", Matches: "("}} }), "response.success"},
		{"ahead", cc(func(c *jeton.Connection) { c.Refresh.Ahead = "9%" }), "refresh.ahead"},

		{"pin", cc(func(c *jeton.Connection) { c.TLS.Pin = "sha256/short" }), "tls.pin"},
		{"insecure", cc(func(c *jeton.Connection) { c.TLS.InsecureSkipVerify = true }), "w:tls.insecure_skip_verify"},
		{"ca", cc(func(c *jeton.Connection) { c.TLS.CA = jeton.KeyValue("none") }), "tls.ca"},
		{"client certificate", cc(func(c *jeton.Connection) { c.TLS.Client = selfSigned(t, -day, 100*day) }), ""},
		{"expired", cc(func(c *jeton.Connection) { c.TLS.Client = selfSigned(t, -10*day, -day) }), "tls.client.certificate"},
		{"not yet valid", cc(func(c *jeton.Connection) { c.TLS.Client = selfSigned(t, day, 100*day) }), "tls.client.certificate"},
		{"expires soon", cc(func(c *jeton.Connection) { c.TLS.Client = selfSigned(t, -day, 10*day) }), "w:tls.client.certificate"},
		{"client certificate over http", cc(func(c *jeton.Connection) {
			c.TokenURL, c.TLS.Client = "http://127.0.0.1:1/token", selfSigned(t, -day, 100*day)
		}), "w:token_url"},
		{"a key alone", cc(func(c *jeton.Connection) {
			c.TLS.Client = jeton.TLSClient{Key: jeton.KeyValue(keyPEM(t, testKeys()["ES256"]))}
		}), "tls.client.certificate"},

		{"vars", cc(func(c *jeton.Connection) {
			c.TokenURL, c.Vars = "https://{host}.example/{tenant}", map[string]string{"host": "as", "tenant": "t"}
		}), ""},
		{"a variable without value", cc(func(c *jeton.Connection) { c.TokenURL = "https://{host}.example/" }), "vars.host token_url"},
		{"a variable that nobody uses", cc(func(c *jeton.Connection) { c.Vars = map[string]string{"a": "b"} }), "w:vars.a"},
		{"a stray brace", cc(func(c *jeton.Connection) { c.TokenURL = "https://as.example/}" }), "token_url"},
		{"a reply in the token URL", cc(func(c *jeton.Connection) { c.TokenURL = "https://{reply.host}/" }), "token_url"},
	} {
		t.Run(row.name, func(t *testing.T) {
			var got []string
			found := row.c.Validate()
			for _, f := range found {
				p := string(f.Parameter)
				if f.Warning {
					p = "w:" + p
				}
				got = append(got, p)
				if f.Problem == "" || f.Fix == "" || len(f.Evidence) > 500 {
					t.Errorf("an incomplete finding: %+v", f)
				}
			}
			got = slices.Compact(got) // one parameter may be wrong in several ways
			if text := strings.Join(got, " "); text != row.want {
				t.Errorf("got  %s\nwant %s\n%+v", text, row.want, found)
			}
			checkValidateChangesNothing(t, row.c)
		})
	}
}

// checkValidateChangesNothing compares a connection before and after, secrets included.
func checkValidateChangesNothing(t *testing.T, c *jeton.Connection) {
	t.Helper()
	copied := deepCopy(reflect.ValueOf(*c)).Interface().(jeton.Connection)
	c.Validate()
	_, _ = new(jeton.Engine).Explain(c, nil)
	if !reflect.DeepEqual(*c, copied) {
		t.Errorf("Validate or Explain changed the connection: %+v, before %+v", *c, copied)
	}
}

// deepCopy copies all that is exported; a Secret is shared, for it cannot change.
func deepCopy(v reflect.Value) reflect.Value {
	out := reflect.New(v.Type()).Elem()
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			out.Set(reflect.New(v.Type().Elem()))
			out.Elem().Set(deepCopy(v.Elem()))
		}
	case reflect.Struct:
		out.Set(v)
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				out.Field(i).Set(deepCopy(v.Field(i)))
			}
		}
	case reflect.Slice:
		if !v.IsNil() {
			out.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
			for i := range v.Len() {
				out.Index(i).Set(deepCopy(v.Index(i)))
			}
		}
	case reflect.Map:
		if !v.IsNil() {
			out.Set(reflect.MakeMap(v.Type()))
			for _, k := range v.MapKeys() {
				out.SetMapIndex(k, deepCopy(v.MapIndex(k)))
			}
		}
	default:
		out.Set(v)
	}
	return out
}

// H069: URLs, and more of them.
func testHostileURLs(t *testing.T) {
	for _, row := range []struct{ name, url, says string }{
		{"userinfo", "https://user:pass@as.example/", "user information"},
		{"empty userinfo", "https://@as.example/", "user information"},
		{"fragment", "https://as.example/#x", "fragment"},
		{"empty fragment", "https://as.example/#", "fragment"},
		{"tab", "https://as.example/\tx", "white space"},
		{"space in the host", "https://as example/", "white space"},
		{"line break", "https://as.example/\r\nHost: evil", "white space"},
		{"NUL", "https://as.example/\x00", "control"},
		{"homograph", "https://аs.example/", "outside ASCII"},
		{"full width", "https://as.example／evil/", "outside ASCII"},
		{"escaped homograph", "https://%D0%B0s.example/", "outside ASCII"},
		{"zero width", "https://as\u200b.example/", "outside ASCII"},
		{"zone", "https://[::1%25eth0]/", "zone"},
		{"port 0", "https://as.example:0/", "port"},
		{"port 00", "https://as.example:00/", "port"},
		{"port 0443", "https://as.example:0443/", "port"},
		{"port missing", "https://as.example:/", "port"},
		{"port 65536", "https://as.example:65536/", "port"},
		{"port 100000", "https://as.example:100000/", "port"},
		{"port -1", "https://as.example:-1/", ""},
		{"port letters", "https://as.example:https/", ""},
		{"65 KB", "https://as.example/" + strings.Repeat("a", 65<<10), "longer than 8 KiB"},
		{"no host", "https:///token", "no host"},
		{"opaque", "https:as.example", "no host"},
		{"one slash", "https:/as.example", "no host"},
		{"relative", "/token", "https://"},
		{"no scheme", "as.example/token", "https://"},
		{"another scheme", "ftp://as.example/", "https://"},
		{"javascript", "javascript:alert(1)", "https://"},
		{"file", "file:///etc/passwd", "https://"},
		{"backslash", `https://as.example\@evil.example/`, ""},
		{"backslash in the path", `https://as.example/a\b`, "backslash"},
		{"escape", "https://as.example/%zz", "hexadecimal"},
		{"escape in the host", "https://%61s.example/", ""},
		{"markup in the host", "https://as<b>.example/", "not allowed"},
		{"comma in the host", "https://as.example,evil.example/", "not allowed"},
		{"open bracket", "https://[::1/", ""},
		{"http", "http://as.example/", "in the clear"},
		{"http, private", "http://10.0.0.1/", "in the clear"},
		{"http, any address", "http://0.0.0.0/", "in the clear"},
		{"http, mapped", "http://[::ffff:127.0.0.1]/", "in the clear"},
		{"http, decimal", "http://2130706433/", "in the clear"},
		{"http, octal", "http://0177.0.0.1/", "in the clear"},
		{"http, name that begins like it", "http://localhost.evil.example/", "in the clear"},
		{"http, localhost with a dot", "http://localhost./", "in the clear"},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := clientCredentials(func(c *jeton.Connection) { c.TokenURL = row.url })
			expectFindings(t, c, "token_url")
			if found := fmt.Sprintf("%+v", c.Validate()); !strings.Contains(found, row.says) {
				t.Errorf("%s does not say %q", found, row.says)
			}
			for _, f := range c.Validate() {
				if text := fmt.Sprintf("%+v", f); strings.Contains(text, "pass") || strings.Contains(text, "evil") {
					t.Errorf("the finding shows the URL: %s", text)
				}
			}
		})
	}
	for _, legal := range []string{"https://as.example", "https://as.example/token?a=b&c=%20", "https://AS.example./", "HTTPS://as.example:65535/", "https://[2001:db8::1]:8443/",
		"https://xn--bcher-kva.example/", "https://a_b.example/", "https://as.example/ü/;x=1"} {
		expectFindings(t, clientCredentials(func(c *jeton.Connection) { c.TokenURL = legal }))
	}
	for _, loopback := range []string{"http://localhost/", "http://LOCALHOST:1/", "http://127.0.0.1/", "http://127.255.1.2/", "http://[::1]:8080/"} {
		found := clientCredentials(func(c *jeton.Connection) { c.TokenURL = loopback }).Validate()
		if len(found) != 1 || !found[0].Warning || found[0].Parameter != "token_url" {
			t.Errorf("%s: %+v", loopback, found)
		}
	}
}

// A variable cannot change which host is asked.
func TestVarsCannotNameAnotherHost(t *testing.T) {
	for _, hostile := range []string{"evil.example/", "evil.example?", "evil.example#", "user@evil", "evil:80", `evil\`, "a b", "a\tb", "a\nb", "a\u00a0b", "a\u2028b", "a%2fb", "%",
		"{other}", "[::1]", "..", ".", "...", "a/../b", "\x00", "a\x7f"} {
		c := clientCredentials(func(c *jeton.Connection) {
			c.TokenURL, c.Vars = "https://{account}.example/oauth/{account}/token", map[string]string{"account": hostile}
		})
		var failing []jeton.Parameter
		for _, f := range c.Validate() {
			if !f.Warning {
				failing = append(failing, f.Parameter)
			}
		}
		if !slices.Contains(failing, "vars.account") {
			t.Errorf("%q: %v", hostile, failing)
		}
		a := bearer(t, func(c *jeton.Connection) {
			c.Grant.Assertion.Audience, c.Vars = jeton.StringList{"https://{account}.example"}, map[string]string{"account": hostile}
		})
		expectFindings(t, a, "vars.account")
	}
	for _, homograph := range []string{"аs", "evil／x"} {
		expectFindings(t, clientCredentials(func(c *jeton.Connection) {
			c.TokenURL, c.Vars = "https://{account}.example/", map[string]string{"account": homograph}
		}), "token_url")
	}
}

// T17: further claims come last, a replaced one keeps its place, jti is fresh in every attempt.
func TestClaimsPrecedence(t *testing.T) {
	c := bearer(t, func(c *jeton.Connection) {
		c.Grant.Assertion.Audience = jeton.StringList{"replaced"}
		c.Grant.Assertion.Claims = jeton.Members{{Name: "z", Value: 1}, {Name: "aud", Value: json.RawMessage(`["x"]`)}, {Name: "nbf", Value: "auto"}, {Name: "sub", Value: "other"}}
	})
	seen := map[string]bool{}
	for range 20 {
		x, err := new(jeton.Engine).Explain(c, nil)
		if err != nil {
			t.Fatal(err)
		}
		claims := string(x.Request.Assertions[0].Claims)
		var order []string
		for _, name := range []string{"iss", "sub", "aud", "iat", "exp", "jti", "z", "nbf"} {
			order = append(order, fmt.Sprintf("%05d", strings.Index(claims, `"`+name+`":`)))
		}
		if !slices.IsSorted(order) || !strings.Contains(claims, `"aud":["x"]`) || !strings.Contains(claims, `"sub":"other"`) {
			t.Fatalf("%s", claims)
		}
		var decoded struct {
			JTI      string
			NBF, IAT int64
		}
		if err := json.Unmarshal([]byte(claims), &decoded); err != nil || seen[decoded.JTI] || decoded.NBF != decoded.IAT {
			t.Fatalf("%s", claims)
		}
		seen[decoded.JTI] = true
	}
}

// How the client authenticates where the document does not say.
func TestClientAuthDefaults(t *testing.T) {
	assertion := func() *jeton.Assertion {
		return &jeton.Assertion{Key: jeton.KeyList{jeton.KeyValue(keyPEM(t, testKeys()["ES256"]))}}
	}
	for want, change := range map[string]func(*jeton.Connection){
		"client_secret_basic": func(*jeton.Connection) {},
		"none":                func(c *jeton.Connection) { c.Client.Secret = nil },
		"private_key_jwt":     func(c *jeton.Connection) { c.Client.Assertion = assertion() },
		"client_secret_jwt": func(c *jeton.Connection) {
			c.Client.Assertion = &jeton.Assertion{Algorithm: "HS256"}
			c.Client.Secret = jeton.SecretList{jeton.SecretValue(strings.Repeat("x", 32))}
		},
		"tls_client_auth": func(c *jeton.Connection) {
			c.Client.Auth, c.Client.Secret, c.TLS.Client = "tls_client_auth", nil, selfSigned(t, -day, 100*day)
		},
	} {
		x, err := new(jeton.Engine).Explain(clientCredentials(change), nil)
		if err != nil {
			t.Fatalf("%s: %v %+v", want, err, findings(err))
		}
		for _, s := range x.Settings {
			if s.Parameter == "client.auth" && s.Value != want {
				t.Errorf("client.auth is %s, want %s", s.Value, want)
			}
		}
		sent := map[string]bool{}
		for _, p := range x.Request.Params {
			sent[p.Name] = true
		}
		if sent["client_id"] == (want == "client_secret_basic") || sent["client_assertion"] != strings.HasSuffix(want, "_jwt") {
			t.Errorf("%s sends %v", want, x.Request.Params)
		}
	}
}

// A query of token_url is kept, and shown without its secrets.
func TestExplainMasksTheQuery(t *testing.T) {
	for _, method := range []string{"POST", "GET"} {
		x, err := new(jeton.Engine).Explain(clientCredentials(func(c *jeton.Connection) {
			c.Request.Method = method
			c.TokenURL = "https://as.example/token?api_key=canary-123&tenant=acme"
		}), nil)
		if err != nil {
			t.Fatal(err)
		}
		if shown := asJSON(t, x.Request); strings.Contains(shown, "canary") || !strings.Contains(shown, "tenant=acme") {
			t.Errorf("%s", shown)
		}
	}
}
