package jeton_test

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/oauthtest"
)

// resource.tls, and no other part of the document, says how the resource is verified.
func TestProbeTLS(t *testing.T) {
	newServer := func(t *testing.T, fault oauthtest.CertificateFault) (*oauthtest.Server, *jeton.Connection) {
		srv := oauthtest.NewTestServer(t, oauthtest.Config{TLS: true, CertificateBound: true, BrokenCertificate: fault})
		issued := srv.IssueClientCertificate("app")
		srv.AddClient(oauthtest.Client{ID: "a", SubjectDN: issued.Leaf.Subject.String()})
		c := tlsConnection(srv.MTLSTokenURL(), func(o *jeton.TLS) {
			o.InsecureSkipVerify = true
			o.Client = jeton.TLSClient{Certificate: jeton.KeyValue(string(issued.CertificatePEM)), Key: jeton.KeyValue(string(issued.KeyPEM))}
		})
		c.Client = jeton.Client{ID: "a", Auth: "tls_client_auth"}
		c.Resource.Probe = "GET " + srv.MTLSResourceURL()
		c.Resource.TLS.CA = jeton.KeyValue(string(srv.CA()))
		return srv, c
	}
	for _, row := range []struct {
		name      string
		fault     oauthtest.CertificateFault
		change    func(*jeton.Connection)
		category  jeton.Category
		parameter jeton.Parameter
		says      string
	}{
		{"the certificate of the token", "", func(c *jeton.Connection) { c.Resource.TLS.Client = c.TLS.Client }, "", "", ""},
		{"no certificate", "", func(*jeton.Connection) {}, jeton.Provider4xxOther, "", "another client certificate"},
		{"another certificate", "", func(c *jeton.Connection) { c.Resource.TLS.Client = selfSigned(t, -day, 100*day) }, jeton.Provider4xxOther, "", "another client certificate"},
		{"an expired certificate", "", func(c *jeton.Connection) { c.Resource.TLS.Client = selfSigned(t, -2*day, -day) }, jeton.KeyExpired, "resource.tls.client.certificate", ""},
		{"unknown authority", "", func(c *jeton.Connection) { c.Resource.TLS.CA = jeton.KeySource{} }, jeton.TLSVerification, "resource.tls.ca", "not trusted"},
		{"not the pin", "", func(c *jeton.Connection) { c.Resource.TLS.Pin = "sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" }, jeton.TLSVerification, "resource.tls.pin", "pinned"},
		{"expired", oauthtest.CertificateExpired, func(*jeton.Connection) {}, jeton.TLSVerification, "clock", "not valid at this time"},
		{"wrong name", oauthtest.CertificateWrongName, func(*jeton.Connection) {}, jeton.TLSVerification, "resource.probe", "another name"},
		{"self-signed", oauthtest.CertificateSelfSigned, func(*jeton.Connection) {}, jeton.TLSVerification, "resource.tls.ca", "not trusted"},
		{"self-signed, and anybody will do", oauthtest.CertificateSelfSigned, func(c *jeton.Connection) {
			c.Resource.TLS = jeton.TLS{InsecureSkipVerify: true, Client: c.TLS.Client}
		}, "", "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, c := newServer(t, row.fault)
			row.change(c)
			engine := new(jeton.Engine)
			token, err := engine.Exchange(context.Background(), tokenOnly(c), nil)
			if err != nil {
				t.Fatalf("%v %+v", err, findings(err))
			}
			out := probeOnce(t, engine, c, token)
			var first jeton.Finding
			if found := findings(out.err); len(found) > 0 {
				first = found[0]
			}
			if jeton.CategoryOf(out.err) != row.category && row.category != "" || row.category == "" && out.err != nil || first.Parameter != row.parameter ||
				out.err != nil && !strings.Contains(out.err.Error(), row.says) || strings.Contains(first.Fix, " tls.") {
				t.Errorf("%s: %v %+v", jeton.CategoryOf(out.err), out.err, first)
			}
			if shown := out.recorder.Exchanges(); row.category == "" && shown[0].Request.ClientCertificate != "CN=app" {
				t.Errorf("the certificate is not shown: %+v", shown)
			}
		})
	}
}

// tokenOnly is a connection without its resource.
func tokenOnly(c *jeton.Connection) *jeton.Connection {
	bare := *c
	bare.Resource = jeton.Resource{}
	return &bare
}

// Nothing that stands between us and the resource is blamed on the token endpoint.
func TestProbeTransport(t *testing.T) {
	const unreachable, broken = jeton.NetworkError, jeton.MalformedResponse
	var requests atomic.Int32
	raw := func(reply string) string { return "http://" + rawServer(t, answers(&requests, reply)) }
	wantsCertificate := oauthtest.NewTestServer(t, oauthtest.Config{TLS: true})
	for _, row := range []struct {
		name, probe string
		change      func(*jeton.Connection)
		engine      *jeton.Engine
		category    jeton.Category
		parameter   jeton.Parameter
		says        string
	}{
		{"nobody listens", "https://127.0.0.1:1/", nil, nil, unreachable, "resource.probe", "connection refused"},
		{"no such host", "https://nowhere.invalid/", nil, nil, unreachable, "resource.probe", "nowhere.invalid"},
		{"closed in the handshake", "https://" + rawServer(t, answers(&requests, "")), nil, nil, unreachable, "", ""},
		{"closed without an answer", raw(""), nil, nil, unreachable, "resource.probe", "without an answer"},
		{"no HTTP", raw("220 mail.example ESMTP\r\n"), nil, nil, broken, "resource.probe", "not valid HTTP"},
		{"status 000", raw("HTTP/1.1 000 no\r\n\r\n"), nil, nil, broken, "resource.probe", "status"},
		{"https on an http port", strings.Replace(raw("HTTP/1.1 400 Bad Request\r\n\r\n"), "http:", "https:", 1), nil, nil, unreachable, "resource.probe", "does not speak TLS"},
		{"closed in the body", raw("HTTP/1.1 200 OK\r\nContent-Length: 600\r\n\r\n{"), nil, nil, broken, "resource.probe", "before the reply was complete"},
		{"egress", "http://127.0.0.1:1/", nil, &jeton.Engine{HTTP: jeton.NewHTTPClient(jeton.HTTPOptions{Egress: &jeton.Egress{}})}, jeton.EgressDenied, "egress", "the address of the resource"},
		{"a transport of its own", wantsCertificate.ResourceURL(), func(c *jeton.Connection) { c.Resource.TLS.InsecureSkipVerify = true },
			&jeton.Engine{HTTP: &http.Client{Transport: dripping{}}}, jeton.DocumentInvalid, "resource.tls", "resource.tls cannot be applied"},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := probeConnection("GET " + row.probe)
			if row.change != nil {
				row.change(c)
			}
			engine := row.engine
			if engine == nil {
				engine = new(jeton.Engine)
			}
			out := probeOnce(t, engine, c, hostileBearer(c))
			var first jeton.Parameter
			if found := findings(out.err); len(found) > 0 {
				first = found[0].Parameter
			}
			if jeton.CategoryOf(out.err) != row.category || row.parameter != "" && first != row.parameter || !strings.Contains(out.err.Error(), row.says) {
				t.Errorf("%s: %v %+v", jeton.CategoryOf(out.err), out.err, findings(out.err))
			}
		})
	}
}
