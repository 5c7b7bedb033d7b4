package oauthtest

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// issuerPath is the path of the issuer, without a slash at the end: RFC 8414
// section 3.1 takes that away before it puts the well-known part in.
func (s *Server) issuerPath() string {
	u, err := url.Parse(s.Issuer())
	if err != nil {
		return ""
	}
	return strings.TrimRight(u.EscapedPath(), "/")
}

func (s *Server) servesMetadata(at MetadataPlace) bool {
	return s.cfg.MetadataAt == "" || s.cfg.MetadataAt == at
}

// metadata is RFC 8414, and OpenID Connect Discovery for who asks there.
func (s *Server) metadata(*request) *answer {
	body := map[string]any{
		"issuer":                                           orDefault(s.cfg.MetadataIssuer, s.Issuer()),
		"authorization_endpoint":                           s.AuthorizationURL(),
		"token_endpoint":                                   s.TokenURL(),
		"pushed_authorization_request_endpoint":            s.PARURL(),
		"device_authorization_endpoint":                    s.DeviceAuthorizationURL(),
		"introspection_endpoint":                           s.IntrospectionURL(),
		"jwks_uri":                                         s.URL + pathJWKS,
		"token_endpoint_auth_methods_supported":            s.supportedMethods(),
		"token_endpoint_auth_signing_alg_values_supported": append(asymmetric(), symmetric()...),
		"grant_types_supported":                            s.supportedGrants(),
		"response_types_supported":                         []string{"code"},
		"response_modes_supported":                         []string{"query"},
		"require_pushed_authorization_requests":            s.cfg.RequirePAR,
		"authorization_response_iss_parameter_supported":   !s.cfg.OmitIssParameter,
		"request_uri_parameter_supported":                  false, // but for pushed ones
		"subject_types_supported":                          []string{"public"},
		"id_token_signing_alg_values_supported":            []string{string(jose.ES256)},
	}
	if methods := s.challengeMethods(); len(methods) > 0 {
		body["code_challenge_methods_supported"] = methods
	}
	if s.cfg.DPoP != DPoPIgnored {
		body["dpop_signing_alg_values_supported"] = s.proofAlgorithms()
	}
	if s.cfg.TLS {
		body["mtls_endpoint_aliases"] = map[string]any{
			"token_endpoint":                        s.MTLSTokenURL(),
			"pushed_authorization_request_endpoint": s.mtlsURL + pathPAR,
			"device_authorization_endpoint":         s.mtlsURL + pathDeviceAuthorization,
			"introspection_endpoint":                s.mtlsURL + pathIntrospect,
		}
		body["tls_client_certificate_bound_access_tokens"] = s.cfg.CertificateBound
	}
	for _, name := range s.cfg.OmitMetadata {
		delete(body, name)
	}
	if s.cfg.Metadata != nil {
		s.cfg.Metadata(body)
	}
	return &answer{status: http.StatusOK, header: http.Header{}, body: body}
}

// supportedMethods leaves out what needs TLS where there is none.
func (s *Server) supportedMethods() []string {
	var methods []string
	for _, m := range authMethods() {
		if s.cfg.TLS || m != AuthTLS && m != AuthSelfSignedTLS {
			methods = append(methods, m)
		}
	}
	return methods
}

func (s *Server) supportedGrants() []string {
	var names []string
	for _, name := range grantNames() {
		names = append(names, wireName(name))
	}
	for name := range s.cfg.GrantNames {
		names = append(names, name)
	}
	return names
}

// jwks publishes the key of JWT access tokens and id_tokens.
func (s *Server) jwks(*request) *answer {
	keys := []jose.JSONWebKey{{Key: &s.key.PublicKey, KeyID: signingKeyID, Algorithm: string(jose.ES256), Use: "sig"}}
	return &answer{status: http.StatusOK, header: http.Header{}, body: map[string]any{"keys": keys}}
}

// home is the web page that a client gets when its token URL is wrong.
func (s *Server) home(r *request) *answer {
	a := &answer{status: http.StatusOK, header: http.Header{"Content-Type": {"text/html; charset=utf-8"}}}
	if r.http.URL.Path != pathHome {
		a.status = http.StatusNotFound
	}
	metadata := pathMetadata + s.issuerPath()
	a.text = []byte(`<!DOCTYPE html>
<html><head><title>oauthtest</title></head><body>
<h1>An OAuth 2.0 authorization server for tests</h1>
<ul>
<li>token endpoint: POST ` + pathToken + `</li>
<li>authorization endpoint: GET ` + pathAuthorize + `</li>
<li>pushed authorization requests: POST ` + pathPAR + `</li>
<li>device authorization: POST ` + pathDeviceAuthorization + `, <a href="` + pathDevice + `">` + pathDevice + `</a></li>
<li>metadata: <a href="` + metadata + `">` + metadata + `</a></li>
<li>introspection: POST ` + pathIntrospect + `</li>
<li>protected resource: GET ` + pathResource + `</li>
</ul></body></html>
`)
	return a
}
