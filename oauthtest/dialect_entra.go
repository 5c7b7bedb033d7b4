package oauthtest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// The Entra ID of Microsoft: one token endpoint per tenant, and errors that are
// told apart by a number. https://learn.microsoft.com/entra/identity-platform/reference-error-codes
const (
	entraTenant = "11111111-2222-4333-8444-555555555555"
	entraClient = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
	entraGraph  = "https://graph.microsoft.com"

	federatedIssuer   = "https://token.actions.githubusercontent.com"
	federatedSubject  = "repo:acme/app:ref:refs/heads/main"
	federatedAudience = "api://AzureADTokenExchange"
)

func entraDialects() []*Dialect {
	return []*Dialect{entraSecret(), entraCertificate(), entraFederated()}
}

// aadsts is a refusal of Entra.
func aadsts(status int, code, number, text, means, how string, checks ...string) VendorRefusal {
	name := "AADSTS" + number
	number, _, _ = strings.Cut(number, " ")
	body := `{"error":"` + code + `","error_description":` +
		quoted("AADSTS"+number+": "+text+"\r\nTrace ID: {trace}\r\nCorrelation ID: {id}\r\nTimestamp: {time}") +
		`,"error_codes":[` + number + `],"timestamp":"{time}","trace_id":"{trace}","correlation_id":"{id}","error_uri":"https://login.microsoftonline.com/error?code=` + number + `"}`
	return no(name, status, body, means, how, checks...)
}

// entra is what the flows have in common.
func entra(d *Dialect) *Dialect {
	d.tokenPath, d.apiPath = "/{tenant}/oauth2/v2.0/token", "/v1.0/organization"
	d.values = map[string]string{"tenant": entraTenant}
	d.config = func(c *Config) { setLifetime(c, 3599*time.Second) }
	d.before = entraBefore
	d.grants = map[string]string{"client_credentials": GrantClientCredentials, "refresh_token": GrantRefreshToken}
	d.after = entraScope
	d.reply = func(s *Server, _ *request, _ *accessToken, body map[string]any) {
		delete(body, "scope")
		body["ext_expires_in"] = body["expires_in"]
	}
	d.resource = known(map[string]any{"value": []any{map[string]any{"id": entraTenant, "displayName": "Contoso"}}})
	d.Rules = append([]string{
		"the path names the tenant",
		"client_credentials takes one scope, which ends with /.default, of a resource that the tenant has: Microsoft Graph or the app itself",
		"the parameter resource belongs to the older endpoint",
	}, d.Rules...)
	d.Refusals = append(d.Refusals,
		aadsts(400, "unauthorized_client", "700016", "Application with identifier '{client}' was not found in the directory 'Contoso'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.", "the tenant has no such application", "another client_id", "client_unknown"),
		aadsts(400, "unauthorized_client", "7000112", "Application '{client}'(demo) is disabled.", "somebody disabled the application", ""),
		aadsts(400, "invalid_request", "90002", "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.", "there is no such tenant", "another tenant in the path", "tenant"),
		aadsts(400, "invalid_request", "900144", "The request body must contain the following parameter: '{reason}'.", "a parameter is missing", "leave client_id, grant_type or scope out", "parameter"),
		aadsts(400, "invalid_request", "901002", "The 'resource' request parameter is not supported.", "resource is of the older endpoint", "send the parameter resource", "resource"),
		aadsts(400, "invalid_scope", "70011", "The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope {scope} is not valid.", "the scope does not end with /.default", "a scope without /.default", "scope"),
		aadsts(400, "invalid_resource", "500011", "The resource principal named {reason} was not found in the tenant named Contoso. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant.", "the tenant does not have the API of the scope", "the scope of an API that is not there", "scope_resource"),
		aadsts(400, "invalid_grant", "65001", "The user or administrator has not consented to use the application with ID '{client}' named 'demo'. Send an interactive authorization request for this user and resource.", "nobody has consented", ""),
		aadsts(400, "unauthorized_client", "650056", "Misconfigured application. This could be due to one of the following: the client has not listed any permissions for 'AAD Graph' in the requested permissions in the client's application registration. Or, the admin has not consented in the tenant. Or, check the application identifier in the request to ensure it matches the configured client application identifier.", "no permission is listed, or no admin has consented", ""),
		aadsts(400, "interaction_required", "53003", "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.", "a policy of the tenant forbids it", ""),
		aadsts(400, "invalid_grant", "700082", "The refresh token has expired due to inactivity. The token was issued on 2026-01-01T00:00:00Z and was inactive for 90.00:00:00.", "the refresh token was not used for 90 days", "a refresh token that is dead", "refresh_token", "refresh_expired", "refresh_revoked"),
		aadsts(503, "temporarily_unavailable", "90055", "The tenant is throttled.", "too many requests", ""),
		aadsts(400, "unsupported_grant_type", "70003", "The app requested an unsupported grant type '{grant_type}'.", "the grant is not known", "another grant_type", "grant_type"),
		lostPage(http.StatusNotFound, ""),
		noAPI("InvalidAuthenticationToken", 401, `{"error":{"code":"InvalidAuthenticationToken","message":"Access token has expired or is not yet valid.","innerError":{"date":"{time}","request-id":"{id}","client-request-id":"{id}"}}}`, "the API does not accept the token", "another token", "*"),
	)
	return d
}

func entraBefore(_ *Server, r *request) *refusal {
	for _, name := range []string{"client_id", "grant_type"} {
		if r.param(name) == "" {
			return refuse(codeInvalidRequest, "parameter", name)
		}
	}
	if r.param("resource") != "" {
		return refuse(codeInvalidRequest, "resource", "the parameter resource is not supported")
	}
	if r.param("scope") == "" && r.param("grant_type") == "client_credentials" {
		return refuse(codeInvalidRequest, "parameter", "scope")
	}
	return nil
}

// entraScope holds the scope of an application to its form.
func entraScope(s *Server, r *request, _ *caller, _ *granted) *refusal {
	if r.param("grant_type") != "client_credentials" {
		return nil
	}
	resource, ok := strings.CutSuffix(r.param("scope"), "/.default")
	if !ok || strings.Contains(resource, " ") {
		return refuse(codeInvalidScope, "scope", "the scope must be that of one resource, with /.default at its end")
	}
	if !slices.Contains([]string{entraGraph, entraClient, "api://" + entraClient}, resource) {
		return refuse("invalid_resource", "scope_resource", resource)
	}
	return nil
}

func entraSecret() *Dialect {
	return entra(&Dialect{
		Name: "entra-secret", Title: "Microsoft Entra ID, client secret", Shape: "A",
		register: secretClient(Client{ID: entraClient, AuthMethods: []string{AuthPost, AuthBasic}}),
		Refusals: []VendorRefusal{
			aadsts(401, "invalid_client", "7000215", "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{client}'.", "the secret is wrong", "another secret", "secret"),
			aadsts(401, "invalid_client", "7000222", "The provided client secret keys for app '{client}' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds.", "the secret has expired", ""),
			aadsts(401, "invalid_client", "7000218", "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.", "the client does not authenticate", "no secret", "missing"),
		},
		document: `provider: entra-secret
token_url: $URL/{tenant}/oauth2/v2.0/token
vars: {tenant: $TENANT}
client:
  id: $CLIENT_ID
  auth: client_secret_post
  secret: {file: secret.txt}
grant: {type: client_credentials}
scopes: [https://graph.microsoft.com/.default]
resource: {urls: [$URL/], probe: GET $API_URL}
`,
	})
}

// entraAssertion are the refusals of signed assertions.
func entraAssertion() []VendorRefusal {
	return []VendorRefusal{
		aadsts(401, "invalid_client", "700024", "Client assertion is not within its valid time range. Current time: {time}, assertion valid from 2026-01-01T08:57:37.0000000Z, expiry time of assertion 2026-01-01T09:57:37.0000000Z. Review the documentation at https://docs.microsoft.com/azure/active-directory/develop/active-directory-certificate-credentials .", "the assertion is expired or not valid yet", "a clock that is wrong, or an assertion that is old", "exp", "iat", "nbf", "exp_far"),
		aadsts(401, "invalid_client", "7000218", "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.", "the client does not authenticate", "no assertion", "missing"),
	}
}

func entraCertificate() *Dialect {
	d := entra(&Dialect{
		Name: "entra-certificate", Title: "Microsoft Entra ID, certificate", Shape: "B",
		Rules: []string{
			"the header names the certificate: x5t#S256, or x5t, which are base64url and not hex",
			"aud is one string, the token endpoint of the tenant; PS256 or RS256; the time range has 5 minutes of tolerance",
		},
		register: func(s *Server, a *Account) {
			a.ClientID = entraClient
			a.keep("rsa.pem")
			s.AddClient(Client{ID: entraClient, Keys: []Key{{Public: handedOut().rsa.Public()}}})
		},
		rules: func(s *Server, _ *request, rules *assertionRules) {
			rules.audiences = []string{s.TokenURL(), s.URL + "/" + entraTenant + "/v2.0"}
			rules.algorithms = []string{"PS256", "RS256"}
			rules.oneAudience = true
			rules.lifetime, rules.tolerance, rules.leeway = 24*time.Hour, 5*time.Minute, 5*time.Minute
			rules.order = append([]assertionStep{registeredThumbprint}, assertionSteps()...)
		},
		Refusals: append(entraAssertion(),
			aadsts(401, "invalid_client", "700027 key not found", "The certificate with identifier used to sign the client assertion is not registered on application. [Reason - The key was not found., Please visit the Azure Portal, Graph Explorer or directly use MS Graph to see configured keys for app Id '{client}'. Review the documentation at https://docs.microsoft.com/en-us/graph/deployments for the appropriate service endpoint and build a query request URL, such as 'https://graph.microsoft.com/beta/applications/{client}'].", "no certificate with this thumbprint is registered", "another certificate, or no x5t#S256", "thumbprint"),
			aadsts(401, "invalid_client", "700027 expired", "Client assertion contains an invalid signature. [Reason - The key used is expired., Thumbprint of key used by client: '0000000000000000000000000000000000000000', Found key 'Start=01/01/2024 00:00:00, End=01/01/2025 00:00:00'].", "the certificate has expired", ""),
			aadsts(401, "invalid_client", "700027 signature", "The certificate with identifier used to sign the client assertion is registered on application, but the client assertion contains an invalid signature. [Reason - The provided signature value did not match the expected signature value.].", "the key does not go with the certificate", "the thumbprint of the certificate with another key", "signature", "key"),
			aadsts(400, "invalid_client", "50027", "JWT token is invalid or malformed.", "the assertion is malformed, such as with a list in aud", "a list as audience", "aud_array", "format"),
			aadsts(401, "invalid_client", "50012", "Client assertion contains an invalid signature. [Reason - The certificate chain is not accepted.].", "signature, chain or thumbprint is not accepted", ""),
			aadsts(401, "invalid_client", "700023", "Client assertion audience claim does not match Realm issuer. Review the documentation at https://docs.microsoft.com/azure/active-directory/develop/active-directory-certificate-credentials .", "aud is not the token endpoint of the tenant", "another audience", "aud"),
			aadsts(401, "invalid_client", "5002738", "Invalid JWT token. The signature algorithm is not supported. Supported signing algorithms are: 'PS256,RS256'", "the algorithm is not supported", "another algorithm", "alg"),
			aadsts(401, "invalid_client", "700021", "Client assertion application identifier doesn't match 'client_id' parameter. Review the documentation at https://docs.microsoft.com/azure/active-directory/develop/active-directory-certificate-credentials .", "iss or sub is not the client", "another issuer", "iss", "sub"),
		),
		document: `provider: entra-certificate
token_url: $URL/{tenant}/oauth2/v2.0/token
vars: {tenant: $TENANT}
client:
  id: $CLIENT_ID
  auth: private_key_jwt
  assertion:
    key: {file: rsa.pem}
    algorithm: PS256
    certificate_headers: ["x5t#S256"]
    claims: {nbf: auto}
grant: {type: client_credentials}
scopes: [https://graph.microsoft.com/.default]
resource: {urls: [$URL/], probe: GET $API_URL}
`,
	})
	return d
}

// registeredThumbprint wants the certificate of the header to be the registered one.
func registeredThumbprint(_ *Server, j *JWT, rules assertionRules, _ time.Time) *refusal {
	c := handedOut().rsaC
	if j.Header["x5t#S256"] == thumbprint(c) || j.Header["x5t"] == thumbprintSHA1(c) {
		return nil
	}
	return rules.refuse("thumbprint", "the header of the %s names no certificate that is registered", rules.parameter)
}

func entraFederated() *Dialect {
	return entra(&Dialect{
		Name: "entra-federated", Title: "Microsoft Entra ID, workload identity federation", Shape: "G",
		Rules: []string{
			"iss, sub and aud of the token from elsewhere are those of the federated credential, letter by letter",
		},
		register: func(s *Server, a *Account) {
			a.ClientID, a.Issuer, a.Subject = entraClient, federatedIssuer, federatedSubject
			a.keep()
			a.Files["token.jwt"] = []byte(s.ForeignToken(federatedIssuer, federatedSubject, federatedAudience, 24*time.Hour))
			s.AddClient(Client{ID: entraClient, Keys: []Key{{Public: &s.key.PublicKey}}})
		},
		claimedClient: func(r *request) string { return r.param("client_id") },
		rules: func(_ *Server, _ *request, rules *assertionRules) {
			rules.issuer, rules.subjects, rules.audiences = federatedIssuer, []string{federatedSubject}, []string{federatedAudience}
			rules.oneAudience = true
			rules.lifetime, rules.tolerance, rules.leeway = 48*time.Hour, 5*time.Minute, 5*time.Minute
			rules.order = []assertionStep{(*Server).checkParties, (*Server).checkSignature, (*Server).checkTimes}
		},
		Refusals: append(entraAssertion(),
			aadsts(400, "invalid_request", "70021", "No matching federated identity record found for presented assertion. Assertion Issuer: '"+federatedIssuer+"'. Assertion Subject: '{reason}'. Assertion Audience: '"+federatedAudience+"'. https://docs.microsoft.com/en-us/azure/active-directory/develop/workload-identity-federation", "no federated credential has this issuer, subject and audience", "a token of somebody else", "iss", "sub", "aud", "aud_array"),
			aadsts(400, "invalid_client", "50027", "JWT token is invalid or malformed.", "the assertion is malformed", "a file that is no JWT", "format"),
			aadsts(401, "invalid_client", "50013", "Assertion failed signature validation. [Reason - The provided signature value did not match the expected signature value.].", "the token was not signed by its issuer", "another key", "signature", "key", "alg", "kid"),
		),
		document: `provider: entra-federated
token_url: $URL/{tenant}/oauth2/v2.0/token
vars: {tenant: $TENANT}
client:
  id: $CLIENT_ID
  auth: private_key_jwt
  assertion:
    token: {file: token.jwt}
grant: {type: client_credentials}
scopes: [https://graph.microsoft.com/.default]
resource: {urls: [$URL/], probe: GET $API_URL}
`,
	})
}

// ForeignToken makes a JWT of somewhere else, as a cluster or a build system
// gives it to a workload, signed with a key that the simulated vendor trusts.
func (s *Server) ForeignToken(issuer, subject, audience string, lifetime time.Duration) string {
	now := s.now()
	return s.sign("JWT", map[string]any{
		"iss": issuer, "sub": subject, "aud": audience, "jti": fmt.Sprintf("%x", randomBytes(8)),
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(lifetime).Unix(),
	})
}
