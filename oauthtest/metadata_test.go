package oauthtest_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/jeton-oauth/jeton/oauthtest"
)

const (
	wellKnownOAuth  = "/.well-known/oauth-authorization-server"
	wellKnownOpenID = "/.well-known/openid-configuration"
)

func TestMetadataPlace(t *testing.T) {
	rows := []struct {
		name   string
		cfg    oauthtest.Config
		issuer string // what follows the URL of the server; else Config.Issuer
		there  []string
		absent []string
	}{
		{"no path", oauthtest.Config{}, "", []string{wellKnownOAuth, wellKnownOpenID}, nil},
		{"slash", oauthtest.Config{IssuerPath: "/"}, "/", []string{wellKnownOAuth, wellKnownOpenID}, nil},
		{"path", oauthtest.Config{IssuerPath: "/tenant/1"}, "/tenant/1", []string{wellKnownOAuth + "/tenant/1", "/tenant/1" + wellKnownOpenID},
			[]string{wellKnownOAuth, wellKnownOpenID, "/tenant/1" + wellKnownOAuth, wellKnownOpenID + "/tenant/1", wellKnownOAuth + "/tenant/1/"}},
		{"path with a slash", oauthtest.Config{IssuerPath: "/tenant/"}, "/tenant/", []string{wellKnownOAuth + "/tenant", "/tenant" + wellKnownOpenID}, nil},
		{"issuer with a path", oauthtest.Config{Issuer: "https://as.example/t", IssuerPath: "/x"}, "", []string{wellKnownOAuth + "/t", "/t" + wellKnownOpenID}, []string{wellKnownOAuth + "/x"}},
		{"RFC 8414 only", oauthtest.Config{MetadataAt: oauthtest.MetadataOAuth}, "", []string{wellKnownOAuth}, []string{wellKnownOpenID}},
		{"OpenID Connect only", oauthtest.Config{MetadataAt: oauthtest.MetadataOpenID, IssuerPath: "/t"}, "/t", []string{"/t" + wellKnownOpenID}, []string{wellKnownOAuth, wellKnownOAuth + "/t"}},
		{"nowhere", oauthtest.Config{MetadataAt: oauthtest.MetadataNone}, "", nil, []string{wellKnownOAuth, wellKnownOpenID}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			srv := newBot(t, row.cfg)
			issuer := srv.URL + row.issuer
			if row.cfg.Issuer != "" {
				issuer = row.cfg.Issuer
			}
			for _, path := range row.there {
				if got := get(t, srv.HTTPClient(), srv.URL+path); got.status != 200 || got.member("issuer") != issuer || srv.Issuer() != issuer {
					t.Errorf("%s: %d, issuer %q, want %q", path, got.status, got.member("issuer"), issuer)
				}
				if srv.MetadataURL() != srv.URL+path && srv.OpenIDMetadataURL() != srv.URL+path {
					t.Errorf("%s is neither %s nor %s", path, srv.MetadataURL(), srv.OpenIDMetadataURL())
				}
			}
			for _, path := range row.absent {
				if got := get(t, srv.HTTPClient(), srv.URL+path); got.status != 404 {
					t.Errorf("%s: %d", path, got.status)
				}
			}
		})
	}
	// Faults and records know the documents by one name, wherever they are.
	srv := newBot(t, oauthtest.Config{IssuerPath: "/t"})
	srv.Next(oauthtest.Status(503).On(wellKnownOAuth))
	if got := get(t, srv.HTTPClient(), srv.MetadataURL()); got.status != 503 || lastRequest(t, srv).Endpoint != wellKnownOAuth {
		t.Errorf("got %d at %s", got.status, lastRequest(t, srv).Endpoint)
	}
}

// Every endpoint that the metadata name is there, on both listeners.
func TestMetadataEndpoints(t *testing.T) {
	srv := newBot(t, oauthtest.Config{TLS: true})
	got := get(t, srv.HTTPClient(), srv.MetadataURL())
	aliases, _ := got.body["mtls_endpoint_aliases"].(object)
	endpoints := map[string]any{"jwks_uri": got.body["jwks_uri"]}
	for name, value := range got.body {
		if strings.HasSuffix(name, "_endpoint") {
			endpoints[name] = value
		}
	}
	for name, value := range aliases {
		endpoints["alias of "+name] = value
		if value == got.body[name] || got.body[name] == nil {
			t.Errorf("alias of %s is %v", name, value)
		}
	}
	if len(endpoints) != 6+4 {
		t.Errorf("endpoints %v", endpoints)
	}
	for name, value := range endpoints {
		target, _ := value.(string)
		if r := post(t, srv.HTTPClient(), target, form("x", "y")); r.status == 404 {
			t.Errorf("%s: %s is not there", name, target)
		}
	}
}

func TestMetadataMembers(t *testing.T) {
	list := func(values ...any) []any { return values }
	rows := []struct {
		name, member string
		cfg          oauthtest.Config
		want         any // nil: absent
	}{
		{"PKCE", "code_challenge_methods_supported", oauthtest.Config{}, list("S256")},
		{"PKCE plain", "code_challenge_methods_supported", oauthtest.Config{AllowPlainPKCE: true}, list("S256", "plain")},
		{"PKCE ignored", "code_challenge_methods_supported", oauthtest.Config{PKCE: oauthtest.PKCEIgnored}, nil},
		{"PAR", "require_pushed_authorization_requests", oauthtest.Config{}, false},
		{"PAR required", "require_pushed_authorization_requests", oauthtest.Config{RequirePAR: true}, true},
		{"iss", "authorization_response_iss_parameter_supported", oauthtest.Config{}, true},
		{"no iss", "authorization_response_iss_parameter_supported", oauthtest.Config{OmitIssParameter: true}, false},
		{"DPoP", "dpop_signing_alg_values_supported", oauthtest.Config{DPoPAlgorithms: []string{"ES256", "EdDSA"}}, list("ES256", "EdDSA")},
		{"DPoP ignored", "dpop_signing_alg_values_supported", oauthtest.Config{DPoP: oauthtest.DPoPIgnored}, nil},
		{"grants", "grant_types_supported", oauthtest.Config{GrantNames: map[string]string{"urn:x": oauthtest.GrantJWTBearer}},
			list("client_credentials", "password", jwtBearer, "refresh_token", "authorization_code", deviceGrant, exchangeGrant, "urn:x")},
		{"response types", "response_types_supported", oauthtest.Config{}, list("code")},
		{"wrong issuer", "issuer", oauthtest.Config{MetadataIssuer: "https://evil.example"}, "https://evil.example"},
		{"left out", "token_endpoint", oauthtest.Config{OmitMetadata: []string{"issuer", "token_endpoint"}}, nil},
		{"changed", "token_endpoint", oauthtest.Config{Metadata: func(m map[string]any) { m["token_endpoint"] = 7 }}, 7.0},
		{"changed last", "issuer", oauthtest.Config{MetadataIssuer: "x", OmitMetadata: []string{"issuer"}, Metadata: func(m map[string]any) { m["issuer"] = "y" }}, "y"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			srv := newBot(t, row.cfg)
			for _, target := range []string{srv.MetadataURL(), srv.OpenIDMetadataURL()} {
				value, there := get(t, srv.HTTPClient(), target).body[row.member]
				wanted, isList := row.want.([]any)
				got, _ := value.([]any)
				if there != (row.want != nil) || isList && !slices.Equal(got, wanted) || !isList && value != row.want {
					t.Errorf("%s: %s is %v, want %v", target, row.member, value, row.want)
				}
			}
		})
	}
	srv := newBot(t, oauthtest.Config{MetadataIssuer: "https://evil.example"})
	if got := response(t, srv, authorizationRequest()); got.Get("iss") != srv.URL {
		t.Errorf("a lie in the metadata reached the authorization response: %v", got)
	}
}

func TestConfigMistakes(t *testing.T) {
	for name, cfg := range map[string]oauthtest.Config{
		"PKCE":                {PKCE: "no"},
		"DPoP":                {DPoP: "no"},
		"place of metadata":   {MetadataAt: "no"},
		"algorithm":           {DPoPAlgorithms: []string{"HS256"}},
		"path without slash":  {IssuerPath: "t"},
		"path with two":       {IssuerPath: "//t"},
		"path with dots":      {IssuerPath: "/../t"},
		"path with query":     {IssuerPath: "/t?x"},
		"path with wildcards": {IssuerPath: "/{t}"},
	} {
		if s, err := oauthtest.Start(cfg); err == nil {
			s.Close()
			t.Errorf("%s: no error", name)
		}
	}
	srv := newBot(t, oauthtest.Config{})
	for name, c := range map[string]oauthtest.Client{
		"redirect URI": {ID: "x", RedirectURIs: []string{"/relative"}},
		"grant":        {ID: "x", Grants: []string{"urn:x"}},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			srv.AddClient(c)
		}()
	}
	srv.AddClient(oauthtest.Client{ID: "x", Grants: []string{deviceGrant, exchangeGrant, oauthtest.GrantTokenExchange, oauthtest.GrantAuthorizationCode}})
}

// Faults reach every endpoint.
func TestFaultAtEndpoints(t *testing.T) {
	srv := newBot(t, oauthtest.Config{})
	for path, values := range map[string][]string{"/authorize": nil, "/par": nil, "/device_authorization": nil, "/device": nil} {
		srv.Next(oauthtest.RetryAfter(503, "7").On(path))
		if got := post(t, srv.HTTPClient(), srv.URL+path, form(values...)); got.status != 503 || got.header.Get("Retry-After") != "7" || !lastRequest(t, srv).Faulted {
			t.Errorf("%s: %d", path, got.status)
		}
	}
	srv.Next(oauthtest.Set("interval", "5").On("/device_authorization"), oauthtest.Omit("request_uri").On("/par"),
		oauthtest.EchoSecrets(400), oauthtest.Fault{Header: http.Header{"Location": {"https://evil.example/"}}}.On("/authorize"))
	if got := startDevice(t, srv); got.member("interval") != "5" {
		t.Errorf("device: %s", got.text)
	}
	if got := post(t, srv.HTTPClient(), srv.PARURL(), pushing()); got.status != 201 || got.member("request_uri") != "" {
		t.Errorf("PAR: %s", got.text)
	}
	if got, err := srv.Approve(t.Context(), srv.AuthorizationURL()+"?"+authorizationRequest().Encode()); err != nil || got != "https://evil.example/" {
		t.Errorf("authorize: %s %v", got, err)
	}
	got := post(t, srv.HTTPClient(), srv.TokenURL(), redemption("the-code", "device_code", "the-device", "actor_token", "the-actor"))
	for _, secret := range []string{"the-code", "the-device", "the-actor", verifier} {
		if !strings.Contains(got.text, secret) {
			t.Errorf("%s is not echoed", secret)
		}
	}
}
