package diagnosis

import "github.com/jeton-oauth/jeton"

// entraPolicyRules are about what an administrator of the tenant decided.
var entraPolicyRules = []jeton.Rule{
	{Codes: []string{"AADSTS500021", "AADSTS500022", "AADSTS5000211", "AADSTS50002"}, Blame: []jeton.Suspect{
		{Parameter: "egress", Problem: "a proxy or a policy of this network admits some tenants only, and not this one", Fix: "ask the administrator of the network to admit the tenant, or go out another way"},
		{Parameter: "token_url", Problem: "the tenant may be the wrong one", Fix: "write the tenant that the network admits"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS500212", "AADSTS500213"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "the access policy between the two tenants does not allow this user or application", Fix: "ask the administrators of both tenants (cross-tenant access settings)"},
		{Parameter: "token_url", Problem: "the tenant may be the wrong one", Fix: "write the tenant of the account in token_url"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS500531"}, Blame: []jeton.Suspect{
		{Parameter: "egress", Problem: "Entra admits no sign-in from the country of this address", Fix: "go out through an address of another country"},
	}, Source: entraQuoted},
	{Codes: []string{"AADSTS53003", "AADSTS530032", "AADSTS530034", "AADSTS530035", "AADSTS50131"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "Conditional Access or a security default of the tenant blocks this sign-in", Fix: "ask the administrator of the tenant which policy it is (sign-in log), and for an exception for this application"},
		{Parameter: "egress", Problem: "the policy may admit known addresses only", Fix: "let the administrator add the address of this machine to the named locations"},
		{Parameter: "consent", Problem: "a new login with what the policy demands may do", Fix: "log in again in a browser"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS53000", "AADSTS53001", "AADSTS53002", "AADSTS53008", "AADSTS53009", "AADSTS530001", "AADSTS530002", "AADSTS530003", "AADSTS530004", "AADSTS530021", "AADSTS50005", "AADSTS50097", "AADSTS50127", "AADSTS50129", "AADSTS50155", "AADSTS50187", "AADSTS240001", "AADSTS221000"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "a policy of the tenant wants a managed device or an approved application", Fix: "log in on a device that the tenant manages, or ask the administrator for an exception"},
		{Parameter: "consent", Problem: "the login came from a device that does not do", Fix: "log in again on another device"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS7000118"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "the API may not be used by this tenant", Fix: "ask the owner of the API to admit the tenant"},
		{Parameter: "scopes", Problem: "the scope may name another API than the one that is wanted", Fix: "compare it with the documentation of the API"},
	}, Source: entraQuoted},
}

// entraServiceRules are about Entra itself, the directory of the company behind
// it, and load.
var entraServiceRules = []jeton.Rule{
	{Codes: []string{"AADSTS90055", "AADSTS50196", "AADSTS90024", "AADSTS50088", "AADSTS500881"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "too many requests", Fix: "wait, and keep the token until it expires instead of asking anew"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS50033", "AADSTS50086", "AADSTS50087", "AADSTS90006", "AADSTS90012", "AADSTS90033", "AADSTS90036", "AADSTS90090", "AADSTS90091", "AADSTS90092", "AADSTS90093", "AADSTS70012", "AADSTS51000", "AADSTS230109", "AADSTS40008", "AADSTS40010", "AADSTS40014", "AADSTS90085", "AADSTS17003"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "Entra, or a service behind it, could not answer", Fix: "try again after a while; if it stays so, give the trace id to Microsoft"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS50107", "AADSTS50008", "AADSTS5000819", "AADSTS50169", "AADSTS90020"}, When: []string{"grant_assertion"}, Blame: []jeton.Suspect{
		{Parameter: "grant.assertion.issuer", Problem: "the issuer of the assertion is no identity provider that the tenant is federated with", Fix: "write the issuer of the domain's federation settings"},
		{Parameter: "grant.assertion", Problem: "the assertion may lack what Entra expects in it, such as the e-mail address", Fix: "compare it with the claims that the federation demands"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS20001", "AADSTS20012", "AADSTS20033", "AADSTS50008", "AADSTS5000819", "AADSTS50107", "AADSTS50169", "AADSTS90020", "AADSTS90081", "AADSTS90082", "AADSTS90086", "AADSTS90087", "AADSTS90123", "AADSTS50017", "AADSTS220501", "AADSTS50166", "AADSTS50170", "AADSTS50172", "AADSTS50177", "AADSTS50178", "AADSTS50181", "AADSTS1100000", "AADSTS1100001"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "the identity provider that Entra asks for this user did not confirm the login", Fix: "ask the administrator of that identity provider"},
		{Parameter: "consent", Problem: "another account may do", Fix: "log in with an account that the tenant itself holds"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS80001", "AADSTS80002", "AADSTS80003", "AADSTS80005", "AADSTS80007", "AADSTS80010", "AADSTS80011", "AADSTS80012", "AADSTS80013", "AADSTS80014", "AADSTS81001", "AADSTS81004", "AADSTS81005", "AADSTS81006", "AADSTS81007", "AADSTS81009", "AADSTS81010", "AADSTS81011", "AADSTS81012", "AADSTS50180", "AADSTS50168"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "the company's own directory (authentication agent, Kerberos) did not confirm the password or the session", Fix: "ask the administrator of the directory; the agent's log has the reason"},
		{Parameter: "consent", Problem: "the session of the user may be of no use", Fix: "log in again in a browser"},
	}, Source: entraCodes},
	{Codes: []string{"AADSTS50000", "AADSTS50042", "AADSTS50043", "AADSTS50124", "AADSTS501241", "AADSTS501621", "AADSTS50130"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "Entra cannot make the token: a setting of the application or of its claims is wrong", Fix: "let the owner of the application look at its manifest and claims mapping, and give the trace id to Microsoft"},
		{Parameter: "client.id", Problem: "the client id may be that of another application", Fix: "compare it with the Application (client) ID"},
	}, Source: entraCodes},
}

// entraResourceRules are the answers of Microsoft's APIs to a token that Entra issued.
var entraResourceRules = []jeton.Rule{
	{Codes: []string{"InvalidAuthenticationTokenAudience"}, When: []string{"resource"}, Blame: []jeton.Suspect{
		{Parameter: "scopes", Problem: "the token is for another API than this one", Fix: "write the scope of this API, such as https://management.azure.com/.default"},
		{Parameter: "request.params.resource", Problem: "the resource is another API", Fix: "write the Application ID URI of this API"},
	}, Source: entraARM},
	{Codes: []string{"InvalidAuthenticationTokenTenant", "InvalidAuthenticationTokenIssuer"}, When: []string{"resource"}, Blame: []jeton.Suspect{
		{Parameter: "token_url", Problem: "the token comes from another tenant than the one of the subscription", Fix: "write the tenant of the subscription in token_url"},
	}, Source: entraARM},
	{Codes: []string{"AKV10022", "AKV10032"}, When: []string{"resource"}, Blame: []jeton.Suspect{
		{Parameter: "scopes", Problem: "the token is for another API than Key Vault, or comes from another tenant", Fix: "write scopes: [https://vault.azure.net/.default]", Proposed: "https://vault.azure.net/.default"},
		{Parameter: "token_url", Problem: "the tenant may be another one than that of the vault", Fix: "write the tenant of the vault in token_url"},
	}, Source: "https://learn.microsoft.com/azure/key-vault/general/common-error-codes"},
	{Codes: []string{"InvalidAuthenticationToken", "AuthenticationFailed", "Unauthorized"}, Words: []string{"audience|wrong issuer|invalid issuer"}, When: []string{"resource"}, Blame: []jeton.Suspect{
		{Parameter: "scopes", Problem: "the token is for another API than this one", Fix: "write the scope of this API with /.default"},
		{Parameter: "token_url", Problem: "the token may come from another tenant, or from an endpoint of another version", Fix: "compare token_url with the documentation of the API"},
	}, Source: entraGraph},
	{Codes: []string{"Authorization_RequestDenied", "Authorization_IdentityNotFound", "ErrorAccessDenied"}, When: []string{"resource"}, Blame: []jeton.Suspect{
		{Parameter: "consent", Problem: "the application does not have the permission that this call needs", Fix: "add the permission under API permissions (application permission for client_credentials), and press Grant admin consent"},
		{Parameter: "scopes", Problem: "the token may not carry the permission", Fix: "add its scope, then log in again"},
		{Parameter: "vendor", Problem: "the user or application may lack a role in the directory", Fix: "let an administrator assign the role"},
	}, Source: entraGraph},
	{Codes: []string{"AuthorizationFailed", "LinkedAuthorizationFailed"}, When: []string{"resource"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "the application has no role on this Azure resource", Fix: "assign a role to it under Access control (IAM) of the subscription or resource"},
	}, Source: entraARM},
}
