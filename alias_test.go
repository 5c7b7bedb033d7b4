package jeton_test

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/oauthtest"
)

// TestMTLSAliasOfALogin: where a login begins, and where its token is asked for, with a client certificate.
func TestMTLSAliasOfALogin(t *testing.T) {
	certificate := oauthtest.NewTestServer(t, oauthtest.Config{TLS: true}).SelfSignedCertificate("app")
	for _, row := range []struct {
		name, grant string
		certificate bool
		change      func(c *jeton.Connection, origin string)
		want        []string
	}{
		{"pushed", "authorization_code", true, nil, []string{"/mtls/par", "/mtls/token"}},
		{"pushed without a certificate", "authorization_code", false, nil, []string{"/par", "/token"}},
		{"device", "device_code", true, nil, []string{"/mtls/device", "/mtls/token"}},
		{"device without a certificate", "device_code", false, nil, []string{"/device", "/token"}},
		{"device endpoint written as the metadata have it", "device_code", true, func(c *jeton.Connection, origin string) { c.DeviceAuthorizationURL = origin + "/device" }, []string{"/mtls/device", "/mtls/token"}},
		{"another device endpoint written", "device_code", true, func(c *jeton.Connection, origin string) { c.DeviceAuthorizationURL = origin + "/written" }, []string{"/written", "/mtls/token"}},
		{"another token endpoint written", "device_code", true, func(c *jeton.Connection, origin string) { c.TokenURL = origin + "/own" }, []string{"/mtls/device", "/own"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			var seen, proofs []string
			var metadata object
			srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodGet {
					_ = json.NewEncoder(w).Encode(metadata)
					return
				}
				seen, proofs = append(seen, r.URL.Path), append(proofs, r.Header.Get("DPoP"))
				_, _ = io.WriteString(w, say(200, boundReply(deviceReply(object{"request_uri": "urn:x"}))).body)
			}))
			defer srv.Close()
			metadata = object{"issuer": srv.URL, "token_endpoint": srv.URL + "/token", "authorization_endpoint": srv.URL + "/authorize", "device_authorization_endpoint": srv.URL + "/device",
				"pushed_authorization_request_endpoint": srv.URL + "/par", "require_pushed_authorization_requests": true, "mtls_endpoint_aliases": object{
					"token_endpoint": srv.URL + "/mtls/token", "device_authorization_endpoint": srv.URL + "/mtls/device", "pushed_authorization_request_endpoint": srv.URL + "/mtls/par"}}
			e, c := new(jeton.Engine), issuerConnection(row.grant)
			c.Issuer, c.Client = srv.URL, jeton.Client{ID: clientID, DPoP: &jeton.DPoP{}}
			c.TLS.CA = jeton.KeyValue(string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw})))
			if row.certificate {
				c.Client.Auth = "self_signed_tls_client_auth"
				c.TLS.Client = jeton.TLSClient{Certificate: jeton.KeyValue(string(certificate.CertificatePEM)), Key: jeton.KeyValue(string(certificate.KeyPEM))}
			}
			if row.change != nil {
				row.change(c, srv.URL)
			}
			var err error
			if row.grant == "device_code" {
				var d *jeton.DeviceAuthorization
				if d, err = e.AuthorizeDevice(context.Background(), c); err == nil {
					_, err = e.PollDevice(context.Background(), c, d)
				}
			} else {
				login, _ := mustAuthorize(t, e, c)
				_, err = e.Redeem(context.Background(), c, login, answerTo(login))
			}
			if err != nil {
				t.Fatal(err, findings(err))
			}
			if !slices.Equal(seen, row.want) {
				t.Errorf("requests at %v, want %v", seen, row.want)
			}
			for i, proof := range proofs {
				if proof == "" && row.grant == "device_code" && i == 0 { // which knows none
					continue
				}
				if claims, _ := verifiedProof(t, proof, "ES256"); claims["htu"] != srv.URL+seen[i] {
					t.Errorf("htu = %v at %s", claims["htu"], seen[i])
				}
			}
		})
	}
}
