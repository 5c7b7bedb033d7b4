package diagnosis

import "github.com/jeton-oauth/jeton"

// entraTenantRules are about the tenant and the cloud in the URLs.
var entraTenantRules = []jeton.Rule{
	{Codes: []string{"AADSTS90002", "AADSTS900021", "AADSTS900023", "AADSTS90051", "AADSTS50029", "AADSTS50049"}, Blame: []jeton.Suspect{
		{Parameter: "token_url", Problem: "Entra knows no tenant of this name in this cloud", Fix: "write the Directory (tenant) ID of the app registration in token_url; for a national cloud write its host, such as login.microsoftonline.us"},
		{Parameter: "authorization_url", Problem: "the tenant in authorization_url may be wrong too", Fix: "write the same tenant in both URLs"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS900439", "AADSTS900440"}, Blame: []jeton.Suspect{
		{Parameter: "token_url", Problem: "tenant and host belong to different clouds", Fix: "write login.microsoftonline.us for a tenant of the US government, login.microsoftonline.com for one of the public cloud"},
		{Parameter: "authorization_url", Problem: "the login goes to the same host", Fix: "write the same host in both URLs"},
	}, Source: entraGovernment},
	{Codes: []string{"AADSTS90038", "AADSTS90043", "AADSTS900382", "AADSTS900432", "AADSTS51005", "AADSTS1000104"}, Blame: []jeton.Suspect{
		{Parameter: "token_url", Problem: "the tenant belongs to another cloud than this host", Fix: "write the host of the cloud of the tenant: login.microsoftonline.com, login.microsoftonline.us or login.partner.microsoftonline.cn"},
		{Parameter: "vendor", Problem: "the tenant may not admit accounts of another cloud", Fix: "ask the administrator of the tenant"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS9002331", "AADSTS9002346"}, Blame: []jeton.Suspect{
		{Parameter: "token_url", Problem: "the application is for personal Microsoft accounts only, and this is the endpoint of an organization", Fix: "write /consumers/ in place of the tenant in token_url, authorization_url and device_authorization_url", Proposed: "https://login.microsoftonline.com/consumers/oauth2/v2.0/token"},
		{Parameter: "client.id", Problem: "the account types of the app registration may be wrong", Fix: "choose accounts in any organizational directory and personal accounts, under Authentication of the registration"},
	}, Source: entraQuoted},
	{Codes: []string{"AADSTS9002332"}, Blame: []jeton.Suspect{
		{Parameter: "token_url", Problem: "the application is for accounts of an organization only, and this is the endpoint of personal accounts", Fix: "write the tenant id or /organizations/ in place of /consumers/ in all URLs"},
		{Parameter: "client.id", Problem: "the account types of the app registration may be wrong", Fix: "admit personal accounts under Authentication of the registration"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS50194", "AADSTS9001023", "AADSTS90124", "AADSTS90130", "AADSTS50059", "AADSTS50128", "AADSTS90019", "AADSTS90126"}, Blame: []jeton.Suspect{
		{Parameter: "token_url", Problem: "the request does not say which tenant is meant, or the application cannot be used at /common/ or /consumers/", Fix: "write the Directory (tenant) ID in place of common in token_url and authorization_url"},
		{Parameter: "grant.username", Problem: "the tenant may be looked up by the user name", Fix: "write the user name with its domain"},
		{Parameter: "vendor", Problem: "the application may be meant for several tenants, and be registered for one", Fix: "choose accounts in any organizational directory under Authentication of the registration"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS90027"}, Blame: []jeton.Suspect{
		{Parameter: "token_url", Problem: "this version of the endpoint issues no tokens for personal accounts", Fix: "write the endpoint of version 2.0, /oauth2/v2.0/token"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS700005", "AADSTS7000012", "AADSTS70000121"}, Blame: []jeton.Suspect{
		{Parameter: "token_url", Problem: "the code or refresh token was issued by another tenant than the one in token_url", Fix: "write the same tenant (or common, or consumers) in token_url as in authorization_url"},
		{Parameter: "authorization_url", Problem: "the login went to another tenant", Fix: "write the same tenant in both URLs, and log in again"},
		{Parameter: "grant.refresh_token", Problem: "the refresh token belongs to another tenant", Fix: "log in at this tenant for a new one"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS100007", "AADSTS100032"}, Blame: []jeton.Suspect{
		{Parameter: "token_url", Problem: "the regional endpoint is not for clients like this one", Fix: "write the global host, login.microsoftonline.com"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS5000224", "AADSTS5000225", "AADSTS5000229"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "Microsoft has blocked the tenant, for example because nobody used it", Fix: "let an administrator of the tenant ask Microsoft to unblock it"},
		{Parameter: "token_url", Problem: "the tenant in token_url may be an old one", Fix: "compare it with the Directory (tenant) ID in the portal"},
	}, Source: entraQuoted},
}

// entraScopeRules are about the API that the token is for.
var entraScopeRules = []jeton.Rule{
	{Codes: []string{"AADSTS1002012"}, Blame: []jeton.Suspect{
		{Parameter: "scopes", Problem: "with client_credentials the one scope is the API with /.default", Fix: "write scopes: [https://graph.microsoft.com/.default], with the Application ID URI of the API in place of the host"},
	}, Source: entraMSAL},
	{Codes: []string{"AADSTS70011", "AADSTS28002", "AADSTS28003", "AADSTS700023"}, When: []string{"client_credentials"}, Blame: []jeton.Suspect{
		{Parameter: "scopes", Problem: "the scope is not valid: with client_credentials it is the API with /.default", Fix: "write scopes: [https://graph.microsoft.com/.default], with the Application ID URI of the API in place of the host"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS28000", "AADSTS700022"}, Blame: []jeton.Suspect{
		{Parameter: "scopes", Problem: "the scopes belong to more than one API, and a token is for one", Fix: "write the scopes of one API, and make a connection for each API"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS70011", "AADSTS28002", "AADSTS28003", "AADSTS700023", "AADSTS650053", "AADSTS650054"}, Blame: []jeton.Suspect{
		{Parameter: "scopes", Problem: "the API does not have such a scope, or there is none", Fix: "write scopes as they stand under Expose an API of the API's registration, such as api://.../access_as_user"},
		{Parameter: "scope_separator", Problem: "Entra wants a space between scopes", Fix: "remove scope_separator"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS90014", "AADSTS900144"}, Words: []string{"parameter scope|field scope"}, Blame: []jeton.Suspect{
		{Parameter: "scopes", Problem: "the request has no scope", Fix: "write scopes, such as [https://graph.microsoft.com/.default]"},
		{Parameter: "scope_in", Problem: "the scope may be sent in another place than the body", Fix: "write scope_in: body", Proposed: "body"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS90014", "AADSTS900144"}, Words: []string{"parameter resource|field resource"}, Blame: []jeton.Suspect{
		{Parameter: "request.params.resource", Problem: "this endpoint of version 1 wants the API in the parameter resource", Fix: "write request.params.resource with the Application ID URI of the API"},
		{Parameter: "token_url", Problem: "version 2.0 wants a scope in its place", Fix: "write /oauth2/v2.0/token, and scopes"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS901002"}, Blame: []jeton.Suspect{
		{Parameter: "request.params.resource", Problem: "this endpoint does not take the parameter resource", Fix: "remove request.params.resource, and write scopes: [<resource>/.default]"},
		{Parameter: "scopes", Problem: "version 2.0 wants the API in the scope", Fix: "write the API with /.default in scopes"},
		{Parameter: "grant.authorization_params", Problem: "resource may stand in the parameters of the login", Fix: "remove it there"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS500011", "AADSTS50001"}, Blame: []jeton.Suspect{
		{Parameter: "scopes", Problem: "the tenant has no API of the name that the scope gives", Fix: "write the Application ID URI of the API exactly, then /.default; a slash too many counts"},
		{Parameter: "request.params.resource", Problem: "the resource may be misspelt", Fix: "write the Application ID URI of the API exactly"},
		{Parameter: "vendor", Problem: "the API may not be installed in this tenant, or be another tenant's", Fix: "let an administrator install the API (consent), or write the tenant of the API in token_url"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS500014"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "the API is disabled in this tenant, often because a subscription has ended", Fix: "enable the API under Enterprise applications, or renew the subscription"},
		{Parameter: "scopes", Problem: "the scope may name another API than the one that is wanted", Fix: "compare it with the documentation of the API"},
	}, Source: entraQuoted},
	{Codes: []string{"AADSTS90009"}, Blame: []jeton.Suspect{
		{Parameter: "scopes", Problem: "the application asks for a token for itself by a name", Fix: "write the scope with the Application (client) ID: <client id>/.default"},
		{Parameter: "request.params.resource", Problem: "the resource names the application itself", Fix: "write the Application (client) ID"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS50010", "AADSTS501461"}, Blame: []jeton.Suspect{
		{Parameter: "scopes", Problem: "the audience that the scope names is not one that the application may have", Fix: "write the scope with the Application (client) ID, or with a domain that the tenant has verified"},
		{Parameter: "vendor", Problem: "the application has no audience, or no signing key of its own", Fix: "set the Application ID URI under Expose an API"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS65005", "AADSTS650057"}, Blame: []jeton.Suspect{
		{Parameter: "scopes", Problem: "the API of the scope is not among the permissions of the app registration", Fix: "add a permission of this API under API permissions, and grant consent, or write the scope of an API that is listed there"},
		{Parameter: "request.params.resource", Problem: "the resource is not among the permissions", Fix: "write a resource that is listed under API permissions"},
		{Parameter: "consent", Problem: "the permission is not granted", Fix: "add it under API permissions, and let an administrator consent"},
	}, Source: entraCodes},
}

// entraRequestRules are about the form of the request, and of the login.
var entraRequestRules = []jeton.Rule{
	{Codes: []string{"AADSTS90014", "AADSTS900144"}, Words: []string{"parameter grant type|field grant type"}, Blame: []jeton.Suspect{
		{Parameter: "request.encoding", Problem: "Entra found no grant_type in the body", Fix: "write request.encoding: form", Proposed: "form"},
		{Parameter: "request.method", Problem: "the parameters may not be in a body", Fix: "write request.method: POST", Proposed: "POST"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS90014", "AADSTS900144"}, Words: []string{"parameter client id|field client id|parameter appid"}, Blame: []jeton.Suspect{
		{Parameter: "client.id", Problem: "the request has no client id", Fix: "write client.id"},
		{Parameter: "request.encoding", Problem: "Entra may not have read the body", Fix: "write request.encoding: form", Proposed: "form"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS90014", "AADSTS900144"}, Words: []string{"parameter client secret|field client secret|parameter client assertion|field client assertion"}, Blame: []jeton.Suspect{
		{Parameter: "client.auth", Problem: "the request has no credential of the client", Fix: "write client.secret with auth: client_secret_post, or client.assertion"},
		{Parameter: "client.secret", Problem: "the client secret is missing", Fix: "write it"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS90014", "AADSTS900144"}, Words: []string{"parameter refresh token|field refresh token"}, Blame: []jeton.Suspect{
		{Parameter: "grant.refresh_token", Problem: "the request has no refresh token", Fix: "write grant.refresh_token"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS90014", "AADSTS900144"}, Words: []string{"parameter redirect uri|field redirect uri"}, Blame: []jeton.Suspect{
		{Parameter: "grant.redirect_url", Problem: "the request has no redirect URL", Fix: "write grant.redirect_url as it is registered"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS90014", "AADSTS900144"}, Words: []string{"parameter username|field username|parameter password|field password"}, Blame: []jeton.Suspect{
		{Parameter: "grant.username", Problem: "the request has no user name or no password", Fix: "write grant.username and grant.password"},
		{Parameter: "grant.password", Problem: "the password may be empty", Fix: "write grant.password"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS90014", "AADSTS900144"}, Words: []string{"parameter assertion|field assertion"}, Blame: []jeton.Suspect{
		{Parameter: "grant.assertion", Problem: "the request has no assertion", Fix: "write grant.assertion, or another grant.type"},
		{Parameter: "grant.type", Problem: "Entra takes this grant for one with an assertion", Fix: "write the grant.type that is meant"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS900561", "AADSTS90056", "AADSTS90010"}, Not: []string{"algorithm"}, Blame: []jeton.Suspect{
		{Parameter: "request.method", Problem: "the token endpoint takes POST only", Fix: "write request.method: POST", Proposed: "POST"},
		{Parameter: "token_url", Problem: "the URLs of token endpoint and login may be mixed up", Fix: "write .../oauth2/v2.0/token in token_url, and .../oauth2/v2.0/authorize in authorization_url"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS90010"}, Blame: []jeton.Suspect{
		{Parameter: "<assertion>.algorithm", Problem: "Entra does not know the algorithm", Fix: "write algorithm: PS256 or RS256"},
		{Parameter: "request.method", Problem: "the method of the request may not be supported", Fix: "write request.method: POST", Proposed: "POST"},
	}, Source: entraSignIns},
	{Codes: []string{"AADSTS70003"}, Blame: []jeton.Suspect{
		{Parameter: "grant.type", Problem: "Entra does not know this grant type", Fix: "write one that Entra documents, such as client_credentials; it has no token_exchange (on behalf of is jwt_bearer with requested_token_use)"},
		{Parameter: "grant.parameter", Problem: "the word that is sent as grant_type is not one of Entra's", Fix: "remove grant.parameter"},
		{Parameter: "token_url", Problem: "this may be an endpoint of version 1, which knows fewer grants", Fix: "write /oauth2/v2.0/token"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS9002313"}, When: []string{"refresh_token"}, Blame: []jeton.Suspect{
		{Parameter: "grant.refresh_token", Problem: "the refresh token is not one of Entra's, or was cut", Fix: "write it whole, without quotes and line breaks, or log in again for a new one"},
		{Parameter: "request.encoding", Problem: "Entra cannot read the request", Fix: "write request.encoding: form", Proposed: "form"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS90121", "AADSTS9002313", "AADSTS90004", "AADSTS90107", "AADSTS90015"}, When: []string{"!login"}, Blame: []jeton.Suspect{
		{Parameter: "request.encoding", Problem: "Entra cannot read the request", Fix: "write request.encoding: form", Proposed: "form"},
		{Parameter: "request.params", Problem: "a parameter may hold characters that do not belong there", Fix: "compare the request (jeton explain) with Entra's documentation"},
		{Parameter: "token_url", Problem: "the URL may be that of another endpoint", Fix: "write .../oauth2/v2.0/token"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS50011", "AADSTS70004", "AADSTS500112", "AADSTS500113", "AADSTS700009", "AADSTS900971", "AADSTS90102"}, Blame: []jeton.Suspect{
		{Parameter: "grant.redirect_url", Problem: "the redirect URL is missing, or not one of those that are registered", Fix: "write it exactly as under Authentication of the app registration, or add it there; at the token endpoint it must be that of the login"},
		{Parameter: "client.id", Problem: "the client id may be that of another registration", Fix: "write the client id of the registration that has the redirect URL"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS90023", "AADSTS90100", "AADSTS9002313"}, Words: []string{"redirect uri|reply address|reply url"}, Blame: []jeton.Suspect{
		{Parameter: "grant.redirect_url", Problem: "Entra does not take the redirect URL", Fix: "write it exactly as under Authentication of the app registration"},
	}, Source: entraQuoted},
	{Codes: []string{"AADSTS90023"}, Words: []string{"cross origin"}, Blame: []jeton.Suspect{
		{Parameter: "grant.redirect_url", Problem: "the redirect URL is registered under the wrong platform for the way in which the code is redeemed", Fix: "register the redirect URL under the platform Web, or Mobile and desktop applications"},
	}, Source: entraQuoted},
	{Codes: []string{"AADSTS9002325", "AADSTS9002326", "AADSTS9002327"}, Blame: []jeton.Suspect{
		{Parameter: "grant.redirect_url", Problem: "the redirect URL is registered for a single-page application, whose codes only a browser may redeem", Fix: "register the redirect URL under the platform Web, or Mobile and desktop applications, and remove it from Single-page application"},
		{Parameter: "grant.refresh_token", Problem: "the refresh token was given to a single-page application", Fix: "log in again after the redirect URL was registered under another platform"},
	}, Source: entraPKCE},
	{Codes: []string{"AADSTS501481", "AADSTS501491", "AADSTS50147", "AADSTS50148"}, Blame: []jeton.Suspect{
		{Parameter: "consent", Problem: "the code verifier is not the one of this login (PKCE)", Fix: "begin the login again, and redeem the code with what began it"},
		{Parameter: "grant.authorization_params", Problem: "a code_challenge may be written by hand", Fix: "remove code_challenge and code_challenge_method from the parameters"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS70005", "AADSTS700051", "AADSTS700054", "AADSTS70007"}, Blame: []jeton.Suspect{
		{Parameter: "grant.authorization_params", Problem: "the login asks for a response_type or response_mode that the application may not use", Fix: "remove response_type and response_mode, so that a code is asked for"},
		{Parameter: "authorization_url", Problem: "the URL may carry response_type or response_mode", Fix: "write it without parameters"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS90005", "AADSTS51001", "AADSTS50143", "AADSTS16002", "AADSTS160021", "AADSTS50058", "AADSTS90007"}, Blame: []jeton.Suspect{
		{Parameter: "grant.authorization_params", Problem: "a parameter of the login (prompt=none, sid, login_hint, domain_hint) does not fit to a session of the user", Fix: "remove prompt, sid, login_hint and domain_hint, or write those that fit together"},
		{Parameter: "consent", Problem: "nobody is logged in", Fix: "log in again in a browser"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS1002016"}, Blame: []jeton.Suspect{
		{Parameter: "egress", Problem: "the connection came to Entra with an old version of TLS", Fix: "look for a proxy between this machine and login.microsoftonline.com that speaks TLS 1.0 or 1.1, and let it speak TLS 1.2"},
	}, Source: entraTLS},
	{Codes: []string{"AADSTS90023", "AADSTS90100", "AADSTS90013", "AADSTS90117", "AADSTS165900", "AADSTS50050", "AADSTS90004", "AADSTS9002313", "AADSTS90015", "AADSTS90107", "AADSTS90121"}, When: []string{"login"}, Blame: []jeton.Suspect{
		{Parameter: "grant.authorization_params", Problem: "a parameter of the login is not valid", Fix: "compare the parameters with Entra's documentation"},
		{Parameter: "grant.redirect_url", Problem: "the redirect URL may be written in a form that Entra does not take", Fix: "write it exactly as it is registered"},
		{Parameter: "scopes", Problem: "the scopes may be written in a form that Entra does not take", Fix: "compare them with API permissions of the registration"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS90014", "AADSTS900144", "AADSTS90023", "AADSTS90100", "AADSTS90013", "AADSTS90117", "AADSTS165900", "AADSTS50050"}, Blame: []jeton.Suspect{
		{Parameter: "request.params", Problem: "a parameter of the request is missing or not valid; the answer names it", Fix: "compare the request (jeton explain) with what the answer names"},
		{Parameter: "request.encoding", Problem: "Entra may not have read the body", Fix: "write request.encoding: form", Proposed: "form"},
	}, Source: entraCodes},
}
