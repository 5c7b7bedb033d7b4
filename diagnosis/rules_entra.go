package diagnosis

import (
	"slices"

	"github.com/jeton-oauth/jeton"
)

// The pages that the rules on Microsoft Entra ID are made from. What stands in
// none of them is marked with the page where the answer of a server is quoted.
const (
	entraCodes       = "https://learn.microsoft.com/entra/identity-platform/reference-error-codes"
	entraCertificate = "https://learn.microsoft.com/entra/identity-platform/certificate-credentials"
	entraFederation  = "https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations"
	entraFlexible    = "https://learn.microsoft.com/entra/workload-id/workload-identities-flexible-federated-identity-credentials"
	entraDevice      = "https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code"
	entraOnBehalf    = "https://learn.microsoft.com/entra/identity-platform/v2-oauth2-on-behalf-of-flow"
	entraPKCE        = "https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow"
	entraSecretless  = "https://learn.microsoft.com/troubleshoot/entra/entra-id/app-integration/confidential-client-application-authentication-error-aadsts7000218"
	entraAmbiguous   = "https://learn.microsoft.com/troubleshoot/entra/entra-id/app-integration/error-code-aadsts7000110-request-is-ambiguous"
	entraGovernment  = "https://learn.microsoft.com/troubleshoot/entra/entra-id/app-integration/error-aadsts900439-usgclientnotsupportedonpublicendpoint"
	entraTLS         = "https://learn.microsoft.com/troubleshoot/entra/entra-id/app-integration/application-using-tls-1dot0-1dot1-authentication-fail"
	entraSignIns     = "https://github.com/MicrosoftDocs/azure-docs articles/active-directory/reports-monitoring/reference-sign-ins-error-codes.md @02a4dd5bbcbd"
	entraPipelines   = "https://learn.microsoft.com/azure/devops/pipelines/release/troubleshoot-workload-identity"
	entraMSAL        = "https://github.com/AzureAD/microsoft-authentication-library-for-dotnet (recorded answers among the constants of its tests)"
	entraQuoted      = "answers of login.microsoftonline.com that are quoted in several public repositories"
	entraGraph       = "https://learn.microsoft.com/graph/resolve-auth-errors"
	entraARM         = "https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors"
)

// entraRules are the refusals of Microsoft Entra ID. An answer may carry two
// codes, a general one (AADSTS70002, AADSTS50012) and the one that says what was
// wrong: the general ones stand last.
var entraRules = slices.Concat(
	entraAssertionRules,
	entraFederationRules,
	entraClientRules,
	entraTenantRules,
	entraScopeRules,
	entraRequestRules,
	entraDeviceRules,
	entraRenewalRules,
	entraUserRules,
	entraPolicyRules,
	entraServiceRules,
	entraResourceRules,
	entraGeneralRules,
)

// entraAssertionRules are about a JWT as client credential or as grant, and about
// the client certificate of the connection.
var entraAssertionRules = []jeton.Rule{
	{Codes: []string{"AADSTS700023", "AADSTS50012", "AADSTS700027", "AADSTS50027"}, Words: []string{"audience"}, When: []string{"client_assertion"}, Blame: []jeton.Suspect{
		{Parameter: "client.assertion.audience", Problem: "the audience of the client assertion is not the token endpoint of this tenant", Fix: "write audience: token_url", Proposed: "token_url"},
		{Parameter: "token_url", Problem: "the token endpoint may be that of another tenant or cloud", Fix: "write the tenant and the host that the audience names"},
	}, Source: entraCertificate},
	{Codes: []string{"AADSTS50013"}, When: []string{"grant_assertion"}, Not: []string{"client assertion"}, Blame: []jeton.Suspect{
		{Parameter: "grant.assertion.audience", Problem: "the token that was presented cannot be verified: often it was made for another API, such as Microsoft Graph", Fix: "present an access token whose audience is this client, and which has not expired"},
		{Parameter: "grant.assertion.key", Problem: "the key that signed the token may not be one that Entra knows for its issuer", Fix: "present a token that Entra issued"},
	}, Source: entraOnBehalf},
	{Codes: []string{"AADSTS700027", "AADSTS50012", "AADSTS50013"}, Words: []string{"unsupported", "algorithm"}, Blame: []jeton.Suspect{
		{Parameter: "<assertion>.algorithm", Problem: "Entra does not accept the algorithm of the assertion", Fix: "write algorithm: PS256 or RS256; Entra takes RSA certificates only"},
		{Parameter: "<assertion>.key", Problem: "the key may be no RSA key", Fix: "use an RSA key, and upload its certificate under Certificates & secrets of the app registration"},
	}, Source: entraCertificate},
	{Codes: []string{"AADSTS700027", "AADSTS50012", "AADSTS50013"}, Words: []string{"key was not found|key not found|certificate not registered|not registered on application"}, Blame: []jeton.Suspect{
		{Parameter: "<assertion>.key", Problem: "the certificate of this key is not registered for the app", Fix: "upload the certificate under Certificates & secrets of the app registration, or use the key whose certificate is there"},
		{Parameter: "<assertion>.certificate_headers", Problem: "the thumbprint that was sent may be that of another certificate", Fix: "write certificate_headers: [\"x5t#S256\"], and give key a file that holds the certificate, so that the thumbprint is computed"},
		{Parameter: "client.id", Problem: "the certificate may belong to another app registration", Fix: "compare client.id with the Application (client) ID of the registration that holds the certificate"},
	}, Source: entraMSAL},
	{Codes: []string{"AADSTS700027", "AADSTS50012", "AADSTS50013"}, Words: []string{"key used is expired|certificate used is expired|client assertion is expired|certificate is expired|certificate has expired"}, Blame: []jeton.Suspect{
		{Parameter: "<assertion>.key", Problem: "the certificate of this key has expired", Fix: "make a new key and certificate, upload the certificate under Certificates & secrets of the app registration, and write the new key"},
		{Parameter: "clock", Problem: "the clock of this machine may be wrong", Fix: "synchronise the clock"},
	}, Source: entraMSAL},
	{Codes: []string{"AADSTS700027", "AADSTS50012", "AADSTS50013", "AADSTS50006", "AADSTS50099", "AADSTS900384"}, When: []string{"assertion"}, Blame: []jeton.Suspect{
		{Parameter: "<assertion>.key", Problem: "the signature of the assertion does not verify with the registered certificate", Fix: "use the private key that belongs to the certificate under Certificates & secrets of the app registration"},
		{Parameter: "<assertion>.certificate_headers", Problem: "the thumbprint may name another certificate than the one of this key", Fix: "write certificate_headers: [\"x5t#S256\"], and let the thumbprint be computed from the certificate of the key"},
		{Parameter: "<assertion>.algorithm", Problem: "the algorithm may be one that Entra does not take", Fix: "write algorithm: PS256 or RS256"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS700024"}, Blame: []jeton.Suspect{
		{Parameter: "clock", Problem: "the assertion is not valid at the time that Entra reads it", Fix: "synchronise the clock, or write auto_skew: true in the assertion"},
		{Parameter: "<assertion>.lifetime", Problem: "the assertion may have been kept until after its end", Fix: "write lifetime: 5m, and sign a new assertion for each request"},
		{Parameter: "<assertion>.claims.exp", Problem: "the times may be fixed in the claims", Fix: "remove exp, nbf and iat from claims, so that they are made anew for each request"},
	}, Source: entraCertificate},
	{Codes: []string{"AADSTS500133"}, Blame: []jeton.Suspect{
		{Parameter: "clock", Problem: "the assertion of the grant is outside of its valid time", Fix: "synchronise the clock, and present a token that has not expired"},
		{Parameter: "<assertion>.lifetime", Problem: "the assertion may be too old when it arrives", Fix: "sign a new assertion for each request"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS500131"}, Blame: []jeton.Suspect{
		{Parameter: "<assertion>.audience", Problem: "the assertion of the grant was made for another application than this client", Fix: "present a token whose audience is the Application ID of this client, not that of Microsoft Graph"},
		{Parameter: "client.id", Problem: "another client presents the assertion than the one that it was made for", Fix: "write the client id that the audience of the assertion names"},
	}, Source: entraOnBehalf},
	{Codes: []string{"AADSTS700021"}, Blame: []jeton.Suspect{
		{Parameter: "<assertion>.issuer", Problem: "the assertion names another application than client_id", Fix: "leave issuer and subject out, so that both are client.id"},
		{Parameter: "<assertion>.subject", Problem: "the subject is not the client id", Fix: "leave issuer and subject out, so that both are client.id"},
		{Parameter: "client.id", Problem: "the client id may be that of another registration", Fix: "write the Application (client) ID of the registration that holds the certificate"},
	}, Source: entraMSAL},
	{Codes: []string{"AADSTS50048"}, Blame: []jeton.Suspect{
		{Parameter: "<assertion>.subject", Problem: "subject and issuer of the client assertion differ", Fix: "leave issuer and subject out, so that both are client.id"},
		{Parameter: "<assertion>.issuer", Problem: "the issuer is not the client id", Fix: "leave issuer and subject out, so that both are client.id"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS5002738"}, Blame: []jeton.Suspect{
		{Parameter: "<assertion>.algorithm", Problem: "Entra does not accept the algorithm of the assertion", Fix: "write algorithm: PS256 or RS256, with an RSA key"},
	}, Source: entraMSAL},
	{Codes: []string{"AADSTS5002723"}, Blame: []jeton.Suspect{
		{Parameter: "<assertion>.certificate_headers", Problem: "the header of the assertion names no certificate", Fix: "write certificate_headers: [\"x5t#S256\"], and give key a file that holds the certificate"},
		{Parameter: "<assertion>.headers.kid", Problem: "no key id is sent either", Fix: "write headers: {kid: ...}, if the key is registered by a key id"},
	}, Source: entraMSAL},
	{Codes: []string{"AADSTS5002727"}, Blame: []jeton.Suspect{
		{Parameter: "<assertion>.headers.typ", Problem: "Entra wants the type JWT in the header of the assertion", Fix: "write headers: {typ: JWT}", Proposed: "JWT"},
		{Parameter: "<assertion>.audience", Problem: "the audience issuer makes another typ", Fix: "write audience: token_url, which makes typ JWT", Proposed: "token_url"},
	}, Source: entraCertificate},
	{Codes: []string{"AADSTS50027"}, When: []string{"assertion"}, Blame: []jeton.Suspect{
		{Parameter: "<assertion>.audience", Problem: "Entra does not accept the assertion as a JWT: often the audience is a list, or not the token endpoint of the tenant", Fix: "write audience: token_url, one value and no list", Proposed: "token_url"},
		{Parameter: "<assertion>.claims", Problem: "a claim may be missing, or not as Entra expects it", Fix: "send iss, sub, aud, exp and jti, with iss and sub the client id"},
		{Parameter: "<assertion>.headers.typ", Problem: "the type in the header may be another than JWT", Fix: "write headers: {typ: JWT}"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS50027", "AADSTS50120", "AADSTS90016"}, Blame: []jeton.Suspect{
		{Parameter: "<assertion>", Problem: "Entra does not accept the token that was presented as a JWT", Fix: "present a JWT of three parts, with iss, sub, aud and exp"},
		{Parameter: "vendor", Problem: "a JWT that Entra was given by another party is malformed", Fix: "ask the administrator of the tenant for the entry in the sign-in log"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS90014", "AADSTS900144"}, Words: []string{"field iss|parameter iss"}, Blame: []jeton.Suspect{
		{Parameter: "<assertion>.issuer", Problem: "the assertion has no iss", Fix: "leave issuer out, so that it is client.id, and do not remove iss in claims"},
	}, Source: entraMSAL},
	{Codes: []string{"AADSTS90014", "AADSTS900144"}, Words: []string{"field aud|parameter aud"}, Blame: []jeton.Suspect{
		{Parameter: "<assertion>.audience", Problem: "the assertion has no aud", Fix: "write audience: token_url", Proposed: "token_url"},
	}, Source: entraMSAL},
	{Codes: []string{"AADSTS90014", "AADSTS900144"}, Words: []string{"field sub|parameter sub"}, Blame: []jeton.Suspect{
		{Parameter: "<assertion>.subject", Problem: "the assertion has no sub", Fix: "leave subject out, so that it is client.id"},
	}, Source: entraMSAL},
	{Codes: []string{"AADSTS700030"}, Blame: []jeton.Suspect{
		{Parameter: "<assertion>.key", Problem: "the app does not admit the subject name of this certificate", Fix: "use a certificate with a subject name that the app registration trusts, or add its name there"},
		{Parameter: "<assertion>.certificate_headers", Problem: "a certificate that is trusted by its name must be sent along", Fix: "write certificate_headers: [\"x5t#S256\", x5c]"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS50032"}, When: []string{"assertion"}, Blame: []jeton.Suspect{
		{Parameter: "<assertion>.key", Problem: "the RSA key is too short for Entra", Fix: "make a key of 2048 bits or more, and upload its certificate"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS240002"}, Blame: []jeton.Suspect{
		{Parameter: "grant.assertion", Problem: "an ID token cannot be exchanged for an access token", Fix: "present an access token that was made for this client"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS392200"}, Blame: []jeton.Suspect{
		{Parameter: "tls.client.certificate", Problem: "no client certificate came with the connection", Fix: "write tls.client with the certificate that is registered for the app, and check that no proxy ends the TLS connection"},
		{Parameter: "client.auth", Problem: "the request asks for a token that is bound to a certificate", Fix: "write auth: tls_client_auth, or remove what asks for a bound token"},
	}, Source: entraMSAL},
	{Codes: []string{"AADSTS392204", "AADSTS500181"}, Blame: []jeton.Suspect{
		{Parameter: "tls.client.certificate", Problem: "the client certificate of the connection has expired, or is not the one that the assertion names", Fix: "use one valid certificate for tls.client and for the assertion"},
		{Parameter: "<assertion>.key", Problem: "the assertion may be signed with the key of another certificate", Fix: "sign with the key of the client certificate"},
	}, Source: entraMSAL},
	{Codes: []string{"AADSTS50171"}, Blame: []jeton.Suspect{
		{Parameter: "mtls_token_url", Problem: "this audience is for token requests with a client certificate (mutual TLS) only", Fix: "write the mTLS token endpoint in mtls_token_url"},
		{Parameter: "<assertion>.audience", Problem: "the audience of the assertion is the mTLS endpoint", Fix: "write audience: token_url"},
		{Parameter: "tls.client.certificate", Problem: "the client certificate may be missing", Fix: "write tls.client"},
	}, Source: entraMSAL},
	{Codes: []string{"AADSTS392196", "AADSTS3921996"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "the API or the tenant does not take tokens that are bound to a certificate", Fix: "ask for a token that is not bound, or have the API enabled for bound tokens"},
		{Parameter: "scopes", Problem: "the scope may name another API than the one that takes bound tokens", Fix: "write the scope of an API that takes them"},
	}, Source: entraMSAL},
}
