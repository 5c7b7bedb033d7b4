package diagnosis

import "github.com/jeton-oauth/jeton"

// entraFederationRules are about an assertion of another issuer (workload
// identity federation), which Entra compares with the federated credentials of
// the app registration: issuer, subject and audience, each to the letter.
var entraFederationRules = []jeton.Rule{
	{Codes: []string{"AADSTS700213", "AADSTS7002131", "AADSTS7002203"}, Blame: []jeton.Suspect{
		{Parameter: "<assertion>.subject", Problem: "no federated credential of the app has the subject of this assertion", Fix: "write the subject exactly as it stands under Certificates & secrets, Federated credentials, or change it there; upper and lower case count"},
		{Parameter: "client.id", Problem: "the federated credential may belong to another app registration", Fix: "write the client id of the registration that holds it"},
	}, Source: entraFederation},
	{Codes: []string{"AADSTS700211"}, Blame: []jeton.Suspect{
		{Parameter: "<assertion>.issuer", Problem: "no federated credential of the app has the issuer of this assertion", Fix: "write the issuer exactly as it stands in the federated credential; a slash at the end counts"},
		{Parameter: "client.id", Problem: "the federated credential may belong to another app registration", Fix: "write the client id of the registration that holds it"},
		{Parameter: "token_url", Problem: "the token may be asked of another tenant than the one with the federated credential", Fix: "write the tenant of the app registration in token_url"},
	}, Source: entraFederation},
	{Codes: []string{"AADSTS700212", "AADSTS7002121", "AADSTS700214", "AADSTS700227"}, Blame: []jeton.Suspect{
		{Parameter: "<assertion>.audience", Problem: "no federated credential of the app has the audience of this assertion", Fix: "write the audience of the federated credential, which is api://AzureADTokenExchange unless another one was chosen"},
		{Parameter: "client.id", Problem: "the federated credential may belong to another app registration", Fix: "write the client id of the registration that holds it"},
	}, Source: entraFederation},
	{Codes: []string{"AADSTS70021"}, Blame: []jeton.Suspect{
		{Parameter: "<assertion>.subject", Problem: "no federated credential of the app has the issuer, subject and audience of this assertion", Fix: "compare subject with the federated credential to the letter; after a change there, wait some minutes"},
		{Parameter: "<assertion>.issuer", Problem: "the issuer may differ from the federated credential", Fix: "write the issuer exactly as it stands there, the slash at the end included"},
		{Parameter: "<assertion>.audience", Problem: "the audience may differ from the federated credential", Fix: "write api://AzureADTokenExchange, unless the federated credential has another audience"},
	}, Source: entraFederation},
	{Codes: []string{"AADSTS7000226"}, Blame: []jeton.Suspect{
		{Parameter: "<assertion>.issuer", Problem: "the issuer is not the client id, so that Entra looks for a federated credential, and the app has none", Fix: "leave issuer out for a certificate of the app, or add a federated credential under Certificates & secrets"},
		{Parameter: "client.id", Problem: "the client id may be that of another registration", Fix: "write the client id of the registration with the federated credential"},
	}, Source: entraFederation},
	{Codes: []string{"AADSTS700222", "AADSTS700226", "AADSTS700229", "AADSTS700231", "AADSTS700236", "AADSTS7002142"}, Blame: []jeton.Suspect{
		{Parameter: "<assertion>", Problem: "Entra does not take this token of its own as a federated credential", Fix: "present the token of a managed identity of the same tenant (app-only, and not itself gained by federation), or one of an issuer outside of Entra"},
		{Parameter: "token_url", Problem: "the token may be asked of another tenant than the one that issued the assertion", Fix: "write the tenant of the managed identity in token_url"},
	}, Source: entraFederation},
	{Codes: []string{"AADSTS700223", "AADSTS700238", "AADSTS7002381"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "a policy of the tenant forbids federation with this issuer", Fix: "ask the administrator of the tenant to allow the issuer (workload identity policies), or use a certificate"},
		{Parameter: "<assertion>.claims", Problem: "the policy may demand a claim that this assertion does not have", Fix: "add the claim that the answer names, if the issuer can give it"},
	}, Source: entraPipelines},
	{Codes: []string{"AADSTS700233", "AADSTS700234", "AADSTS700235", "AADSTS700237", "AADSTS7002241", "AADSTS700263"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "the expression of the federated credential, or the number of credentials that fit, is not one that Entra can use", Fix: "correct the federated credential under Certificates & secrets: one credential for the subject, with operators and an issuer that are supported"},
	}, Source: entraFlexible},
}
