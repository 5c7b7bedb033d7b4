package oauthtest

import (
	"net/http"

	"github.com/go-jose/go-jose/v4"
)

// metadata is RFC 8414, and OpenID Connect Discovery for who asks there.
func (s *Server) metadata(*request) *answer {
	algorithms := append(asymmetric(), symmetric()...)
	var methods []string
	for _, m := range authMethods() {
		if s.cfg.TLS || m != AuthTLS && m != AuthSelfSignedTLS {
			methods = append(methods, m)
		}
	}
	names := []string{GrantClientCredentials, GrantPassword, wireJWTBearer, GrantRefreshToken}
	for name := range s.cfg.GrantNames {
		names = append(names, name)
	}
	body := map[string]any{
		"issuer":                                s.Issuer(),
		"token_endpoint":                        s.TokenURL(),
		"token_endpoint_auth_methods_supported": methods,
		"token_endpoint_auth_signing_alg_values_supported": algorithms,
		"grant_types_supported":                            names,
		"response_types_supported":                         []string{},
		"introspection_endpoint":                           s.IntrospectionURL(),
	}
	if s.cfg.AccessTokenFormat == FormatJWT {
		body["jwks_uri"] = s.URL + pathJWKS
	}
	if s.cfg.TLS {
		body["mtls_endpoint_aliases"] = map[string]any{
			"token_endpoint":         s.MTLSTokenURL(),
			"introspection_endpoint": s.mtlsURL + pathIntrospect,
		}
		body["tls_client_certificate_bound_access_tokens"] = s.cfg.CertificateBound
	}
	return &answer{status: http.StatusOK, header: http.Header{}, body: body}
}

// jwks publishes the key of JWT access tokens. Opaque tokens have none.
func (s *Server) jwks(*request) *answer {
	keys := []jose.JSONWebKey{}
	if s.cfg.AccessTokenFormat == FormatJWT {
		keys = append(keys, jose.JSONWebKey{Key: &s.key.PublicKey, KeyID: signingKeyID, Algorithm: string(jose.ES256), Use: "sig"})
	}
	return &answer{status: http.StatusOK, header: http.Header{}, body: map[string]any{"keys": keys}}
}

// home is the web page that a client gets when its token URL is wrong.
func (s *Server) home(r *request) *answer {
	a := &answer{status: http.StatusOK, header: http.Header{"Content-Type": {"text/html; charset=utf-8"}}}
	if r.http.URL.Path != pathHome {
		a.status = http.StatusNotFound
	}
	a.text = []byte(`<!DOCTYPE html>
<html><head><title>oauthtest</title></head><body>
<h1>An OAuth 2.0 authorization server for tests</h1>
<ul>
<li>token endpoint: POST ` + pathToken + `</li>
<li>metadata: <a href="` + pathMetadata + `">` + pathMetadata + `</a></li>
<li>introspection: POST ` + pathIntrospect + `</li>
<li>protected resource: GET ` + pathResource + `</li>
</ul></body></html>
`)
	return a
}
