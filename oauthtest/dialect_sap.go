package oauthtest

import (
	"net/http"
	"strings"
	"time"
)

// SAP: SuccessFactors with a SAML assertion, and XSUAA with a certificate on a
// host of its own.
const (
	successKey     = "ZGVtbyBBUEkga2V5IG9mIHRoZSBzaW11bGF0b3I"
	successUser    = "sfadmin"
	successCompany = "ACMEdemo"
	successAud     = "www.successfactors.com"
	wireSAMLBearer = "urn:ietf:params:oauth:grant-type:saml2-bearer"

	xsuaaClient = "sb-demo!t1"
)

func sapDialects() []*Dialect {
	return []*Dialect{
		successFactors(), xsuaa(),
		xsuaa().variant("sap-xsuaa-certificate", "SAP BTP XSUAA, certificate", "A", xsuaaCertificateDocument),
	}
}

func successFactors() *Dialect {
	failed := func(text string) string {
		return `{"errorHttpCode":"401","errorMessage":` + quoted(text) + `}`
	}
	return &Dialect{
		Name: "sap-successfactors", Title: "SAP SuccessFactors, SAML bearer", Shape: "C",
		Rules: []string{
			"client_id is the API key, company_id the company; the assertion is SAML 2.0, base64url, signed with RSA-SHA256",
			"its Recipient is the token endpoint, its audience " + successAud + ", its attribute api_key the API key",
			"the simulator knows exclusive canonical form only as it writes it itself: sign with SignSAML of its account, not with a tool of yours",
		},
		Refusals: []VendorRefusal{
			no("signature", 401, failed("Unable to verify the signature of the SAML assertion. Please ensure that the assertion has been signed and the signature has been generated with the private key of the certificate registered for the client."), "another key, or no signature", "an assertion of another key", "signature"),
			no("api_key", 401, failed("Unable to verify the SAML assertion - api_key doesn't match client_id"), "the API key of the assertion is another one", "another client_id", "api_key"),
			no("recipient", 401, failed("The recipient attribute value must be set as the URL of the API server"), "Recipient is not the token endpoint", "an assertion for another server", "recipient"),
			no("audience", 401, failed("Unable to verify the SAML assertion - the audience is not valid"), "the audience is another one", "an assertion for somebody else", "aud"),
			no("expired", 401, failed("The SAML assertion has expired"), "it is expired", "an old assertion", "exp"),
			no("unknown_key", 401, failed("API key does not exist in company"), "the API key or the company is not known", "another client_id or company_id", "client_unknown", "client_missing", "company_id"),
			no("bad_assertion", 400, `{"errorHttpCode":"400","errorMessage":"Unable to parse the SAML assertion"}`, "it is no SAML assertion", "something else as assertion", "format", "assertion"),
			no("grant_type", 400, `{"errorHttpCode":"400","errorMessage":"Invalid grant type"}`, "the grant type", "another grant_type", "grant_type"),
			lostPage(http.StatusNotFound, ""),
			noAPI("LGN0022", 401, `{"error":{"code":"LGN0022","message":{"lang":"en-US","value":"[LGN0022]Authentication failed: invalid token"}}}`, "the API does not accept the token", "another token", "*"),
		},
		tokenPath: "/oauth/token", apiPath: "/odata/v2/User",
		config: func(c *Config) { setLifetime(c, 24*time.Hour) },
		register: func(s *Server, a *Account) {
			a.ClientID, a.Subject = successKey, successUser
			a.keep()
			a.Files["saml.xml"] = []byte(s.SignSAML(successUser, 24*time.Hour))
			a.values["COMPANY"] = successCompany
			s.AddClient(Client{ID: successKey, AuthMethods: []string{AuthNone}})
		},
		grants: map[string]string{wireSAMLBearer: "saml2_bearer"},
		own:    map[string]grantFunc{"saml2_bearer": samlGrant},
		before: func(_ *Server, r *request) *refusal {
			if r.param("company_id") != successCompany {
				return refuse(codeInvalidRequest, "company_id", "the company is not known")
			}
			return nil
		},
		resource: known(map[string]any{"d": map[string]any{"results": []any{}}}),
		document: `provider: sap-successfactors
token_url: $TOKEN_URL
client: {id: $CLIENT_ID, auth: none}
grant:
  type: jwt_bearer
  parameter: urn:ietf:params:oauth:grant-type:saml2-bearer
  assertion:
    token: {file: saml.xml}
request:
  params: {company_id: $COMPANY, new_token: "true"}
resource: {urls: [$URL/], probe: GET $API_URL}
`,
	}
}

// samlGrant is RFC 7522 section 2.1, as far as a text can be looked at without an
// XML parser.
func samlGrant(s *Server, r *request, who *caller) (*granted, *refusal) {
	if r.param("assertion") == "" {
		return nil, refuse(codeInvalidRequest, "assertion", "assertion is missing")
	}
	saml, ok := readSAML(r.param("assertion"))
	switch {
	case !ok:
		return nil, refuse(codeInvalidGrant, "format", "the assertion is no SAML assertion in base64url")
	case !saml.signedBy(&handedOut().rsa.PublicKey):
		return nil, refuse(codeInvalidGrant, "signature", "the signature of the assertion is invalid")
	case saml.apiKey != who.id():
		return nil, refuse(codeInvalidGrant, "api_key", "the api_key of the assertion differs from client_id")
	case saml.recipient != s.TokenURL():
		return nil, refuse(codeInvalidGrant, "recipient", "the Recipient of the assertion must be "+s.TokenURL())
	case saml.audience != successAud:
		return nil, refuse(codeInvalidGrant, "aud", "the audience of the assertion must be "+successAud)
	case !r.now.Before(saml.until):
		return nil, refuse(codeInvalidGrant, "exp", "the assertion is expired")
	}
	return &granted{subject: saml.subject}, nil
}

const xsuaaCertificateDocument = `provider: sap-xsuaa-certificate
token_url: $MTLS_TOKEN_URL
client:
  id: $CLIENT_ID
  auth: tls_client_auth
grant: {type: client_credentials}
tls:
  ca: {file: ca.pem}
  client: {key: {file: client.pem}}
resource: {urls: [$URL/], probe: GET $API_URL, tls: {ca: {file: ca.pem}}}
`

func xsuaa() *Dialect {
	return &Dialect{
		Name: "sap-xsuaa", Title: "SAP BTP XSUAA, client secret", Shape: "A",
		Rules: []string{
			"https; with a client certificate the token endpoint is on another host, which mtls_endpoint_aliases name; client_id is in the body",
			"with a secret: client_secret_basic, on the first host",
		},
		Refusals: []VendorRefusal{
			no("bad_credentials", 401, jsonError("unauthorized", "Bad credentials"), "id or secret is wrong", "another secret", "secret", "client_unknown", "client_missing", "missing", "auth_method", "basic"),
			no("certificate", 401, jsonError("invalid_client", "Client certificate is not valid for this client"), "the certificate is missing or not the registered one", "the first host, or another certificate", "certificate", "certificate_chain", "certificate_subject", "certificate_validity"),
			no("invalid_scope", 400, jsonError("invalid_scope", "{scope} is invalid. Please use a valid scope name in the request"), "the scope", "another scope", "scope"),
			no("unsupported_grant_type", 400, jsonError("unsupported_grant_type", "Unsupported grant type: {grant_type}"), "the grant type", "another grant_type", "grant_type"),
			lostPage(http.StatusNotFound, ""),
			noAPI("unauthorized", 401, jsonError("invalid_token", "The token is invalid or expired"), "the API does not accept the token", "another token", "*"),
		},
		tokenPath: "/oauth/token", apiPath: "/sap/rest/authorization/v2/apps",
		config: func(c *Config) {
			setLifetime(c, 43199*time.Second)
			c.TLS, c.AccessTokenFormat, c.TokenType = true, orDefault(c.AccessTokenFormat, FormatJWT), orDefault(c.TokenType, "bearer")
		},
		register: func(s *Server, a *Account) {
			a.ClientID = xsuaaClient
			a.keep("secret.txt")
			c := s.IssueClientCertificate("demo")
			a.Files["client.pem"] = append(append([]byte{}, c.KeyPEM...), c.CertificatePEM...)
			s.AddClient(Client{ID: xsuaaClient, Secret: a.Secret, SubjectDN: "CN=demo", AuthMethods: []string{AuthBasic, AuthTLS}})
		},
		grants: map[string]string{"client_credentials": GrantClientCredentials},
		reply: func(_ *Server, _ *request, _ *accessToken, body map[string]any) {
			body["jti"] = strings.ReplaceAll(newUUID(), "-", "")
		},
		resource: known(map[string]any{"apps": []any{}}),
		document: `provider: sap-xsuaa
token_url: $TOKEN_URL
client:
  id: $CLIENT_ID
  auth: client_secret_basic
  secret: {file: secret.txt}
grant: {type: client_credentials}
tls: {ca: {file: ca.pem}}
resource: {urls: [$URL/], probe: GET $API_URL, tls: {ca: {file: ca.pem}}}
`,
	}
}
