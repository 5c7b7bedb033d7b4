package oauthtest_test

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/jeton-oauth/jeton/oauthtest"
)

// authServer is a TLS server with one client for every client authentication.
func authServer(t *testing.T) (*oauthtest.Server, map[string]oauthtest.Certificate) {
	t.Helper()
	srv := oauthtest.NewTestServer(t, oauthtest.Config{TLS: true, Now: fixed})
	certs := map[string]oauthtest.Certificate{
		"issued":     srv.IssueClientCertificate("bot"),
		"other name": srv.IssueClientCertificate("robot"),
		"self":       srv.SelfSignedCertificate("bot"),
		"other self": srv.SelfSignedCertificate("bot"),
		"expired":    srv.IssueCertificate(oauthtest.CertificateRequest{CommonName: "bot", NotAfter: start.Add(-time.Hour)}),
		"with org": srv.IssueCertificate(oauthtest.CertificateRequest{
			CommonName: "bot", Subject: pkix.Name{Organization: []string{"Acme"}}}),
	}
	k := keys()
	for _, c := range []oauthtest.Client{
		{ID: "secret", Secret: "s%+ &:ü"},
		{ID: "long", Secret: longSecret},
		{ID: "only post", Secret: "s", AuthMethods: []string{oauthtest.AuthPost}},
		{ID: "key", Keys: []oauthtest.Key{{ID: "k1", Public: &k.rsa.PublicKey}}},
		{ID: "tls", SubjectDN: "CN=bot"},
		{ID: "tls org", SubjectDN: "cn=bot, O=Acme"},
		{ID: "self", Certificate: certs["self"].Leaf},
		{ID: "either", SubjectDN: "CN=bot", Certificate: certs["self"].Leaf},
		{ID: "public"},
	} {
		srv.AddClient(c)
	}
	srv.AddUser(oauthtest.User{Name: "u", Password: "p"})
	return srv, certs
}

func TestClientAuthentication(t *testing.T) {
	srv, certs := authServer(t)
	k := keys()
	assertion := func(alg string, key any, id string) []string {
		raw := sign(t, alg, key, nil, map[string]any{
			"iss": id, "sub": id, "aud": srv.TokenURL(), "exp": start.Add(time.Minute).Unix(),
		})
		return []string{"client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", "client_assertion", raw}
	}
	rows := []struct {
		name        string
		params      []string
		header      func(*http.Request)
		certificate string
		code, check string
		method      string
	}{
		{name: "basic", header: basic("secret", "s%+ &:ü"), method: "client_secret_basic"},
		{name: "basic, client_id beside it", header: basic("secret", "s%+ &:ü"), params: []string{"client_id", "secret"}, method: "client_secret_basic"},
		{name: "basic, other client_id", header: basic("secret", "s%+ &:ü"), params: []string{"client_id", "x"}, code: "invalid_request", check: "client_id"},
		{name: "basic, wrong secret", header: basic("secret", "x"), code: "invalid_client", check: "secret"},
		{name: "basic, unknown client", header: basic("x", "x"), code: "invalid_client", check: "client_id"},
		{name: "basic, not form-encoded", header: rawBasic("secret", "s%+ &:ü"), code: "invalid_client", check: "basic"},
		{name: "basic, no base64", header: func(r *http.Request) { r.Header.Set("Authorization", "Basic %%%") }, code: "invalid_client", check: "basic"},
		{name: "basic, no colon", header: func(r *http.Request) {
			r.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte("secret")))
		}, code: "invalid_client", check: "basic"},
		{name: "bearer in its place", header: bearer("x"), code: "invalid_client", check: "auth_scheme"},
		{name: "post", params: []string{"client_id", "secret", "client_secret", "s%+ &:ü"}, method: "client_secret_post"},
		{name: "post, wrong secret", params: []string{"client_id", "secret", "client_secret", "x"}, code: "invalid_client", check: "secret"},
		{name: "post, no client_id", params: []string{"client_secret", "x"}, code: "invalid_client", check: "client_id"},
		{name: "post only", params: []string{"client_id", "only post", "client_secret", "s"}, method: "client_secret_post"},
		{name: "post only, by basic", header: basic("only post", "s"), code: "invalid_client", check: "auth_method"},
		{name: "basic and post", header: basic("secret", "s%+ &:ü"), params: []string{"client_id", "secret", "client_secret", "s%+ &:ü"}, code: "invalid_request", check: "one_method"},
		{name: "post and assertion", params: append(assertion("RS256", k.rsa, "key"), "client_secret", "x"), code: "invalid_request", check: "one_method"},
		{name: "secret jwt", params: assertion("HS256", []byte(longSecret), "long"), method: "client_secret_jwt"},
		{name: "secret jwt, wrong secret", params: assertion("HS256", []byte(longSecret+"x"), "long"), code: "invalid_client", check: "signature"},
		{name: "secret jwt, short secret", params: assertion("HS256", []byte("s%+ &:ü"), "secret"), code: "invalid_client", check: "weak_key"},
		{name: "private key jwt", params: assertion("RS256", k.rsa, "key"), method: "private_key_jwt"},
		{name: "private key jwt, client_id beside it", params: append(assertion("PS256", k.rsa, "key"), "client_id", "key"), method: "private_key_jwt"},
		{name: "private key jwt, other key", params: assertion("RS256", k.otherRSA, "key"), code: "invalid_client", check: "signature"},
		{name: "private key jwt, other client_id", params: append(assertion("RS256", k.rsa, "key"), "client_id", "long"), code: "invalid_client", check: "sub"},
		{name: "private key jwt, unknown client", params: assertion("RS256", k.rsa, "x"), code: "invalid_client", check: "client_id"},
		{name: "private key jwt, wrong type", params: append([]string{"client_assertion_type", "x"}, assertion("RS256", k.rsa, "key")[2:]...), code: "invalid_request", check: "client_assertion_type"},
		{name: "public key as HMAC secret", params: assertion("HS256", []byte(longSecret), "key"), code: "invalid_client", check: "alg"},
		{name: "tls", params: []string{"client_id", "tls"}, certificate: "issued", method: "tls_client_auth"},
		{name: "tls, DN spelled otherwise", params: []string{"client_id", "tls org"}, certificate: "with org", method: "tls_client_auth"},
		{name: "tls, other name", params: []string{"client_id", "tls"}, certificate: "other name", code: "invalid_client", check: "certificate_subject"},
		{name: "tls, self-signed", params: []string{"client_id", "tls"}, certificate: "self", code: "invalid_client", check: "certificate_chain"},
		{name: "tls, expired", params: []string{"client_id", "tls"}, certificate: "expired", code: "invalid_client", check: "certificate_validity"},
		{name: "tls, no certificate", params: []string{"client_id", "tls"}, code: "invalid_client", check: "certificate"},
		{name: "self-signed", params: []string{"client_id", "self"}, certificate: "self", method: "self_signed_tls_client_auth"},
		{name: "self-signed, another", params: []string{"client_id", "self"}, certificate: "other self", code: "invalid_client", check: "certificate_match"},
		{name: "self-signed, no certificate", params: []string{"client_id", "self"}, code: "invalid_client", check: "certificate"},
		{name: "either, issued", params: []string{"client_id", "either"}, certificate: "issued", method: "tls_client_auth"},
		{name: "either, self-signed", params: []string{"client_id", "either"}, certificate: "self", method: "self_signed_tls_client_auth"},
		{name: "secret over a connection with certificate", header: basic("secret", "s%+ &:ü"), certificate: "issued", method: "client_secret_basic"},
		{name: "none", params: []string{"client_id", "public"}, method: "none"},
		{name: "none, unknown client", params: []string{"client_id", "x"}, code: "invalid_client", check: "client_id"},
		{name: "none, with a made-up secret", params: []string{"client_id", "public", "client_secret", "x"}, code: "invalid_client", check: "secret"},
		{name: "none, by a client with a secret", params: []string{"client_id", "secret"}, code: "invalid_client", check: "missing"},
		{name: "nothing", code: "invalid_client", check: "client_id"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			var cert []tls.Certificate
			if row.certificate != "" {
				cert = append(cert, certs[row.certificate].TLS)
			}
			target := srv.TokenURL()
			if row.certificate != "" {
				target = srv.MTLSTokenURL()
			}
			change := []func(*http.Request){}
			if row.header != nil {
				change = append(change, row.header)
			}
			params := append([]string{"grant_type", "password", "username", "u", "password", "p"}, row.params...)
			got := post(t, srv.HTTPClient(cert...), target, form(params...), change...)
			want(t, srv, got, row.code, row.check)
			all := srv.TokenRequests()
			last := all[len(all)-1]
			if row.code == "" && last.AuthMethod != row.method {
				t.Errorf("authenticated by %q, want %q", last.AuthMethod, row.method)
			}
			if (last.Certificate != nil) != (row.certificate != "") {
				t.Errorf("recorded certificate: %v", last.Certificate)
			}
			challenge := got.header.Get("WWW-Authenticate") != ""
			if wanted := row.header != nil && row.code == "invalid_client"; challenge != wanted {
				t.Errorf("WWW-Authenticate is %q", got.header.Get("WWW-Authenticate"))
			}
		})
	}
}

func rawBasic(id, secret string) func(*http.Request) {
	return func(r *http.Request) { r.SetBasicAuth(id, secret) }
}

func TestRawBasic(t *testing.T) {
	srv := oauthtest.NewTestServer(t, oauthtest.Config{RawBasic: true})
	const id, secret = "a b%", "s%41+ü"
	srv.AddClient(oauthtest.Client{ID: id, Secret: secret})
	grant := form("grant_type", "client_credentials")
	want(t, srv, post(t, srv.HTTPClient(), srv.TokenURL(), grant, rawBasic(id, secret)), "", "")
	want(t, srv, post(t, srv.HTTPClient(), srv.TokenURL(), grant, rawBasic(url.QueryEscape(id), url.QueryEscape(secret))), "invalid_client", "client_id")
}

func TestPlainListenerDoesNotAskForCertificates(t *testing.T) {
	srv, certs := authServer(t)
	got := post(t, srv.HTTPClient(certs["issued"].TLS), srv.TokenURL(),
		form("grant_type", "client_credentials", "client_id", "tls"))
	want(t, srv, got, "invalid_client", "certificate")
}

func TestCertificateBoundToken(t *testing.T) {
	srv := oauthtest.NewTestServer(t, oauthtest.Config{TLS: true, CertificateBound: true, Now: fixed})
	srv.AddClient(oauthtest.Client{ID: "bot", SubjectDN: "CN=bot"})
	mine, other := srv.IssueClientCertificate("bot"), srv.IssueClientCertificate("bot")
	got := post(t, srv.HTTPClient(mine.TLS), srv.MTLSTokenURL(), form("grant_type", "client_credentials", "client_id", "bot"))
	want(t, srv, got, "", "")
	for name, row := range map[string]struct {
		cert   tls.Certificate
		status int
	}{"same": {mine.TLS, 200}, "another": {other.TLS, 401}} {
		r := get(t, srv.HTTPClient(row.cert), srv.MTLSResourceURL(), bearer(got.member("access_token")))
		if r.status != row.status {
			t.Errorf("%s certificate: got %d %s", name, r.status, r.text)
		}
	}
}

func TestClientCAs(t *testing.T) {
	other := oauthtest.NewTestServer(t, oauthtest.Config{TLS: true})
	foreign := other.IssueClientCertificate("bot")
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(other.CA())
	for name, row := range map[string]struct {
		cfg         oauthtest.Config
		code, check string
	}{
		"own authority only": {oauthtest.Config{TLS: true}, "invalid_client", "certificate_chain"},
		"another":            {oauthtest.Config{TLS: true, ClientCAs: pool}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			srv := oauthtest.NewTestServer(t, row.cfg)
			srv.AddClient(oauthtest.Client{ID: "bot", SubjectDN: "CN=bot"})
			got := post(t, srv.HTTPClient(foreign.TLS), srv.MTLSTokenURL(), form("grant_type", "client_credentials", "client_id", "bot"))
			want(t, srv, got, row.code, row.check)
		})
	}
}

// The files of a certificate are what a tool would be given.
func TestCertificateFiles(t *testing.T) {
	srv, _ := authServer(t)
	c := srv.IssueClientCertificate("bot")
	pair, err := tls.X509KeyPair(c.CertificatePEM, c.KeyPEM)
	if err != nil {
		t.Fatal(err)
	}
	got := post(t, srv.HTTPClient(pair), srv.MTLSTokenURL(), form("grant_type", "client_credentials", "client_id", "tls"))
	want(t, srv, got, "", "")
}
