package main

import (
	"time"

	"github.com/jeton-oauth/jeton/oauthtest"
)

// simulatedRows are the entries of vendors.yaml that have a simulator.
var simulatedRows = map[string]bool{
	"entra_secret": true, "entra_cert": true, "entra_federated": true, "google_sa": true, "google_ssj": true,
	"salesforce_jwt": true, "salesforce_cc": true, "salesforce_cdp": true, "docusign": true, "okta": true, "auth0": true,
	"keycloak": true, "box": true, "github_app": true, "snowflake": true, "zoom": true, "servicenow": true, "netsuite": true,
	"adobe": true, "smart_epic": true, "apple_asc": true, "apple_siwa": true, "workday": true, "sap_sf": true, "sap_xsuaa": true,
	"marketo": true, "slack": true, "uipath": true, "fedex": true, "nhs": true, "maskinporten": true, "bloomberg": true, "ibm_iam": true,
}

func ahead(d time.Duration) oauthtest.Config { return oauthtest.Config{ClockOffset: d} }

func vendorRows() []vendorRow {
	edit := func(pairs ...string) []string { return pairs }
	wrongSecret := edit("{file: secret.txt}", "{env: ANOTHER}")
	otherRSA := edit("{file: rsa.pem}", "{file: other.pem}")
	other := func(s *simulated) { s.writeOtherKey() }
	return []vendorRow{
		{vendor: "entra-secret", row: "catalogue-entra_secret-1", refusal: "AADSTS7000215", edit: wrongSecret},
		{vendor: "entra-secret", row: "catalogue-entra_secret-2", refusal: "AADSTS7000222"},
		{vendor: "entra-secret", row: "catalogue-entra_secret-3", refusal: "AADSTS7000218", edit: edit("auth: client_secret_post\n  secret: {file: secret.txt}", "auth: none")},
		{vendor: "entra-secret", row: "catalogue-entra_secret-4", refusal: "AADSTS700016", edit: edit("client:\n  id: a", "client:\n  id: b")},
		{vendor: "entra-secret", row: "catalogue-entra_secret-5", refusal: "AADSTS7000112"},
		{vendor: "entra-secret", row: "catalogue-entra_secret-6", refusal: "AADSTS90002", edit: edit("{tenant: 1", "{tenant: 2")},
		{vendor: "entra-secret", row: "catalogue-entra_secret-7", refusal: "AADSTS900144", edit: edit("auth: client_secret_post", "auth: client_secret_basic")},
		{vendor: "entra-secret", row: "catalogue-entra_secret-8", refusal: "AADSTS901002", edit: edit("grant: ", "request: {params: {resource: https://graph.microsoft.com}}\ngrant: ")},
		{vendor: "entra-secret", row: "catalogue-entra_secret-9", refusal: "AADSTS70011", edit: edit("/.default", "/User.Read")},
		{vendor: "entra-secret", row: "catalogue-entra_secret-10", refusal: "AADSTS500011", edit: edit("graph.microsoft.com", "api.acme.example")},
		{vendor: "entra-secret", row: "catalogue-entra_secret-11", refusal: "AADSTS65001"},
		{vendor: "entra-secret", row: "catalogue-entra_secret-12", refusal: "AADSTS650056"},
		{vendor: "entra-secret", row: "catalogue-entra_secret-13", refusal: "AADSTS53003"},
		{vendor: "entra-secret", row: "catalogue-entra_secret-14", refusal: "AADSTS700082", edit: edit("{type: client_credentials}", "{type: refresh_token, refresh_token: {env: ANOTHER}}")},
		{vendor: "entra-secret", row: "catalogue-entra_secret-15", refusal: "AADSTS90055"},

		{vendor: "entra-certificate", row: "catalogue-entra_cert-1", refusal: "AADSTS700027 key not found", edit: edit(`certificate_headers: ["x5t#S256"]`, "certificate_headers: []\n    headers: {\"x5t#S256\": AAAA}")},
		{vendor: "entra-certificate", row: "catalogue-entra_cert-2", refusal: "AADSTS700027 expired"},
		{vendor: "entra-certificate", row: "catalogue-entra_cert-3", refusal: "AADSTS700027 signature", files: (*simulated).pairOtherKey},
		{vendor: "entra-certificate", row: "catalogue-entra_cert-4", refusal: "AADSTS700024", config: ahead(time.Hour)},
		{vendor: "entra-certificate", row: "catalogue-entra_cert-5", refusal: "AADSTS50027", edit: edit("algorithm: PS256", "algorithm: PS256\n    audience: [token_url, issuer-2]")},
		{vendor: "entra-certificate", row: "catalogue-entra_cert-6", refusal: "AADSTS50012"},
		{vendor: "entra-federated", row: "catalogue-entra_federated-1", refusal: "AADSTS70021", files: func(s *simulated) {
			s.write("token.jwt", s.ForeignToken("https://issuer.example", "somebody", "somewhere", time.Hour))
		}},
		{vendor: "entra-federated", row: "catalogue-entra_federated-2", refusal: "AADSTS700024", config: ahead(30 * time.Hour), files: func(s *simulated) { // expired by the server's clock alone
			s.write("token.jwt", s.ForeignToken(s.Account().Issuer, s.Account().Subject, "api://AzureADTokenExchange", -10*time.Hour))
		}},

		{vendor: "google-service-account", row: "catalogue-google_sa-1", refusal: "invalid_signature", edit: edit("{file: google.json}", "{file: other.pem}"), files: other},
		{vendor: "google-service-account", row: "catalogue-google_sa-2", refusal: "short_lived", edit: edit("algorithm: RS256", "algorithm: RS256\n    lifetime: 2h")},
		{vendor: "google-service-account", row: "catalogue-google_sa-3", refusal: "audience", edit: edit("algorithm: RS256", "algorithm: RS256\n    audience: https://accounts.google.com/o/oauth2/token")},
		{vendor: "google-service-account", row: "catalogue-google_sa-4", refusal: "iat_missing", edit: edit("algorithm: RS256", "algorithm: RS256\n    claims: {iat: null}")},
		{vendor: "google-service-account", row: "catalogue-google_sa-5", refusal: "id_token_only", edit: edit("drive.readonly", "drive.wrong")},
		{vendor: "google-service-account", row: "catalogue-google_sa-6", refusal: "bad_request"},
		{vendor: "google-service-account", row: "catalogue-google_sa-7", refusal: "unsupported_grant_type", edit: edit("type: jwt_bearer", "type: jwt_bearer\n  parameter: jwt-bearer")},
		{vendor: "google-service-account", row: "catalogue-google_sa-8", refusal: "unauthorized_client", edit: edit("algorithm: RS256", "algorithm: RS256\n    subject: bob@acme.example")},

		{vendor: "salesforce-jwt", row: "catalogue-salesforce_jwt-1", refusal: "not_approved", edit: edit("integration@acme", "someone@acme")},
		{vendor: "salesforce-jwt", row: "catalogue-salesforce_jwt-2", refusal: "audience", edit: edit("https://login.salesforce.com", "https://acme.my.salesforce.com/services/oauth2/token")},
		{vendor: "salesforce-jwt", row: "catalogue-salesforce_jwt-3", refusal: "invalid_assertion", edit: otherRSA, files: other},
		{vendor: "salesforce-jwt", row: "catalogue-salesforce_jwt-4", refusal: "inactive_user"},
		{vendor: "salesforce-jwt", row: "catalogue-salesforce_jwt-5", refusal: "invalid_client_id", edit: edit("issuer: 3MVG9", "issuer: 4MVG9")},
		{vendor: "salesforce-jwt", row: "catalogue-salesforce_jwt-6", refusal: "INVALID_SESSION_ID"},
		{vendor: "salesforce-client-credentials", row: "catalogue-salesforce_cc-1", refusal: "no_run_as_user"},
		{vendor: "salesforce-client-credentials", row: "catalogue-salesforce_cc-2", refusal: "invalid_client", edit: wrongSecret},

		{vendor: "docusign", row: "catalogue-docusign-1", refusal: "consent_required", edit: edit("[signature, impersonation]", "[signature]")},
		{vendor: "docusign", row: "catalogue-docusign-2", refusal: "issuer_not_found", edit: edit("issuer: a", "issuer: b")},
		{vendor: "docusign", row: "catalogue-docusign-3", refusal: "user_not_found", edit: edit("subject: b", "subject: c")},
		{vendor: "docusign", row: "catalogue-docusign-4", refusal: "103"},

		{vendor: "okta", row: "catalogue-okta-1", refusal: "audience", edit: edit("audience: token_url", "audience: https://acme.okta.com")},
		{vendor: "okta", row: "catalogue-okta-2", refusal: "dpop_missing", edit: edit("  dpop: {algorithm: ES256}\n", "")},
		{vendor: "okta", row: "catalogue-okta-3", refusal: "use_dpop_nonce"},
		{vendor: "okta", row: "catalogue-okta-4", refusal: "private_key_jwt", edit: edit("auth: private_key_jwt\n  assertion:\n    key: {file: rsa.pem}\n    algorithm: RS256\n    audience: token_url\n", "auth: client_secret_post\n  secret: {env: ANOTHER}\n")},

		{vendor: "auth0", row: "catalogue-auth0-1", refusal: "client_grant", edit: edit("https://api.acme.example/", "https://other.acme.example/")},
		{vendor: "keycloak", row: "catalogue-keycloak-1", refusal: "invalid_client", edit: wrongSecret},
		{vendor: "keycloak-private-key-jwt", row: "catalogue-keycloak-2", refusal: "audience", edit: edit("audience: issuer", "audience: https://sso.example/realms/demo")},

		{vendor: "box", row: "catalogue-box-1", refusal: "sub", edit: edit("enterprise}", "user}")},
		{vendor: "box", row: "catalogue-box-2", refusal: "signature", edit: otherRSA, files: other},
		{vendor: "box", row: "catalogue-box-3", refusal: "invalid_client", edit: wrongSecret},
		{vendor: "box", row: "catalogue-box-4", refusal: "invalid_refresh_token"},

		{vendor: "github-app", row: "catalogue-github_app-1", refusal: "exp_too_far", edit: edit("lifetime: 9m", "lifetime: 12m")},
		{vendor: "github-app", row: "catalogue-github_app-2", refusal: "not_decoded", edit: otherRSA, files: other},

		{vendor: "snowflake", row: "catalogue-snowflake-1", refusal: "390144", edit: edit("KEYPAIR_JWT", "OAUTH")},
		{vendor: "snowflake", row: "catalogue-snowflake-2", refusal: "394300", edit: edit("user: LOADER", "user: READER")},
		{vendor: "snowflake", row: "catalogue-snowflake-3", refusal: "394303", edit: edit("lifetime: 59m", "lifetime: 2h")},
		{vendor: "snowflake", row: "catalogue-snowflake-4", refusal: "394304", edit: edit("{file: rsa.pem}", "{file: other.pem}"), files: other},
		{vendor: "snowflake", row: "catalogue-snowflake-5", refusal: "394306"},

		{vendor: "zoom", row: "catalogue-zoom-1", refusal: "invalid_client", edit: wrongSecret},
		{vendor: "zoom", row: "catalogue-zoom-2", refusal: "unsupported_grant_type", edit: edit("parameter: account_credentials", "parameter: client_credentials")},
		{vendor: "zoom", row: "catalogue-zoom-3", refusal: "bad_request", edit: edit("request:\n", "request:\n  encoding: query\n")},
		{vendor: "servicenow", row: "catalogue-servicenow-1", refusal: "server_error", edit: wrongSecret},
		{vendor: "sap-successfactors", row: "catalogue-sap_sf-1", refusal: "signature", files: (*simulated).tamperSAML},
		{vendor: "sap-xsuaa", row: "catalogue-sap_xsuaa-1", refusal: "bad_credentials", edit: wrongSecret},
		{vendor: "smart-epic", row: "catalogue-smart_epic-1", refusal: "invalid_client", edit: edit("lifetime: 4m", "lifetime: 9m")},
		{vendor: "slack", row: "catalogue-slack-1", refusal: "invalid_client_id", edit: edit(`id: "1234`, `id: "9234`)},
		{vendor: "ibm-iam", row: "catalogue-ibm_iam-1", refusal: "BXNIM0415E", edit: edit("{file: apikey.txt}", "{env: ANOTHER}")},
		{vendor: "uipath", row: "catalogue-uipath-1", refusal: "html", edit: edit("/identity_/", "/identity/")},
		{vendor: "uipath", row: "catalogue-uipath-2", refusal: "invalid_client", edit: wrongSecret},
		{vendor: "marketo", row: "catalogue-marketo-1", refusal: "601"},
		{vendor: "marketo", row: "catalogue-marketo-2", refusal: "602"},
		{vendor: "fedex", row: "catalogue-fedex-1", refusal: "not_authorized", edit: wrongSecret},
		{vendor: "fedex", row: "catalogue-fedex-2", refusal: "entitlement"},

		{vendor: "maskinporten", row: "catalogue-maskinporten-1", refusal: "MP-100", edit: edit("issuer: a", "issuer: b")},
		{vendor: "maskinporten", row: "catalogue-maskinporten-2", refusal: "invalid_scope", edit: edit("acme:read", "acme:delete")},
		{vendor: "maskinporten", row: "catalogue-maskinporten-3", refusal: "used", edit: edit("lifetime: 2m", "lifetime: 2m\n    jti: none\n    claims: {jti: fixed}"), twice: true},
		{vendor: "maskinporten", row: "catalogue-maskinporten-4", refusal: "client_not_found", edit: edit("audience: ", "audience: https://ver2.maskinporten.no/ # ")},
		{vendor: "maskinporten", row: "catalogue-maskinporten-5", refusal: "expired", config: ahead(10 * time.Minute)},

		{vendor: "nhs", row: "catalogue-nhs-1", refusal: "aud", edit: edit("audience: token_url", "audience: https://int.api.service.nhs.uk/oauth2/token")},
		{vendor: "nhs", row: "catalogue-nhs-2", refusal: "kid", edit: edit("headers: {kid: test-1}", "headers: {}")},
		{vendor: "nhs", row: "catalogue-nhs-3", refusal: "typ", edit: edit("{kid: test-1}", `{kid: test-1, typ: ""}`)},
		{vendor: "nhs", row: "catalogue-nhs-4", refusal: "alg", edit: edit("RS512", "RS256")},
		{vendor: "nhs", row: "catalogue-nhs-5", refusal: "exp", config: ahead(time.Hour)},
		{vendor: "nhs", row: "catalogue-nhs-6", refusal: "jti_missing", edit: edit("audience: token_url", "audience: token_url\n    jti: none")},
		{vendor: "nhs", row: "catalogue-nhs-7", refusal: "jti", edit: edit("audience: token_url", "audience: token_url\n    claims: {jti: fixed}"), twice: true},
	}
}
