package diagnosis

import "github.com/jeton-oauth/jeton"

// googleExchangeRules are about workload identity federation: the Security Token
// Service, the service account behind it, and the metadata server of a machine.
var googleExchangeRules = []jeton.Rule{
	{Words: []string{"rejected by the attribute condition"}, Blame: []jeton.Suspect{
		{Parameter: "grant.subject_token", Problem: "the claims of the token do not meet the condition of the workload identity provider", Fix: "give a token of the repository, branch or workload that the condition names"},
		{Parameter: "vendor", Problem: "the condition may be too narrow", Fix: "correct the attribute condition of the provider under Workload Identity Federation"},
		{Parameter: "request.params.audience", Problem: "the audience may name another provider than the one for this workload", Fix: "write the full name of the right provider"},
	}, Source: googleMeasured},
	{Words: []string{"audience in id token", "match*"}, Blame: []jeton.Suspect{
		{Parameter: "grant.subject_token", Problem: "the audience inside of the token is not one that the provider allows", Fix: "ask the issuer for a token with the provider as audience, https://iam.googleapis.com/projects/..., or one of its allowed audiences"},
		{Parameter: "request.params.audience", Problem: "the request may name another provider than the token was made for", Fix: "write //iam.googleapis.com/projects/<number>/locations/global/workloadIdentityPools/<pool>/providers/<provider>"},
	}, Source: googleMeasured},
	{Words: []string{"issuer in id token", "match*"}, Blame: []jeton.Suspect{
		{Parameter: "grant.subject_token", Problem: "the issuer of the token is not the one that the provider is configured with", Fix: "give a token of that issuer, or correct the issuer of the provider; a slash at the end counts"},
		{Parameter: "request.params.audience", Problem: "the audience may name the provider of another issuer", Fix: "write the full name of the right provider"},
	}, Source: googleMeasured},
	{Words: []string{"stale to sign in"}, Blame: []jeton.Suspect{
		{Parameter: "grant.subject_token", Problem: "the token that is exchanged has expired, or has no iat or exp", Fix: "read a new token for each exchange: write subject_token with file or command"},
		{Parameter: "clock", Problem: "the clock of the issuer may be wrong", Fix: "synchronise the clock of the machine that issues the token"},
	}, Source: googleMeasured},
	{Words: []string{"unable to verify the id token signature"}, Blame: []jeton.Suspect{
		{Parameter: "grant.subject_token", Problem: "the signature of the token does not verify with the keys of its issuer", Fix: "give a token that the issuer signed with a key of its published set"},
		{Parameter: "vendor", Problem: "the keys that were uploaded for the provider may be old", Fix: "upload the key set of the issuer anew"},
	}, Source: googleMeasured},
	{Words: []string{"connecting to the given credentials issuer"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "Google cannot read the metadata or keys of the issuer, or finds no key of the token's kid and type", Fix: "make the issuer's /.well-known/openid-configuration and its keys public, or upload the keys for the provider"},
		{Parameter: "grant.subject_token", Problem: "the issuer in the token may be wrong, or its key unknown", Fix: "give a token whose iss is the issuer of the provider"},
	}, Source: googleFederation},
	{Words: []string{"full resource name of the identity provider"}, Blame: []jeton.Suspect{
		{Parameter: "request.params.audience", Problem: "the audience is not the full name of a workload identity provider", Fix: "write request.params.audience: //iam.googleapis.com/projects/<number>/locations/global/workloadIdentityPools/<pool>/providers/<provider>, with the project's number and not its id"},
	}, Source: googleExchange},
	{Words: []string{"target service indicated by the audience"}, Blame: []jeton.Suspect{
		{Parameter: "request.params.audience", Problem: "the audience names no workload identity provider that exists and is enabled", Fix: "compare project number, pool and provider with Workload Identity Federation in the console"},
		{Parameter: "vendor", Problem: "pool or provider may be disabled or deleted", Fix: "enable it, or restore it within 30 days"},
	}, Source: googleMeasured},
	{Words: []string{"mapped attribute"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "the attribute mapping of the provider makes a value that is too long, or none", Fix: "map google.subject to a shorter claim, at most 127 bytes"},
		{Parameter: "grant.subject_token", Problem: "a claim of the token is too long", Fix: "give a token with a shorter sub"},
	}, Source: googleFederation},
	{Words: []string{"iam service accounts get access token|iam service accounts get open id token|iam service accounts sign jwt"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "the identity may not act for this service account", Fix: "grant it roles/iam.workloadIdentityUser or roles/iam.serviceAccountTokenCreator on the service account, and wait two minutes"},
		{Parameter: "steps", Problem: "the URL may name another service account than is meant", Fix: "write the e-mail address of the service account in the URL of the step"},
		{Parameter: "grant.subject_token", Problem: "the token may be that of another workload than the one with the role", Fix: "compare its sub with the principal of the role"},
	}, Source: googleImpersonate},
	{Words: []string{"missing required header metadata flavor"}, Blame: []jeton.Suspect{
		{Parameter: "request.headers.Metadata-Flavor", Problem: "the metadata server wants the header Metadata-Flavor", Fix: "write request.headers: {Metadata-Flavor: Google}", Proposed: "Google"},
	}, Source: googleMetadata},
}

// googleResourceRules are the answers of Google's APIs to a token.
var googleResourceRules = []jeton.Rule{
	{Words: []string{"expected oauth 2 access token"}, When: []string{"resource", "self_issued"}, Blame: []jeton.Suspect{
		{Parameter: "grant.assertion.audience", Problem: "the API does not take the JWT itself as token: often its audience is not the API", Fix: "write the base URL of the API as audience, such as https://pubsub.googleapis.com/, with issuer and subject the service account"},
		{Parameter: "grant.assertion.key", Problem: "the key may be disabled or belong to another service account", Fix: "write the key of the service account, with its private_key_id as kid"},
		{Parameter: "token_url", Problem: "the API may take access tokens only", Fix: "write https://oauth2.googleapis.com/token, and the scopes", Proposed: "https://oauth2.googleapis.com/token"},
	}, Source: googleSelfSigned},
	{Words: []string{"expected oauth 2 access token"}, When: []string{"resource"}, Blame: []jeton.Suspect{
		{Parameter: "usage", Problem: "the API finds no access token in the request, or does not accept it", Fix: "remove what usage changes, so that the header is Authorization: Bearer"},
		{Parameter: "response.access_token", Problem: "an ID token may have been taken for the access token", Fix: "write response.access_token: access_token", Proposed: "access_token"},
		{Parameter: "steps", Problem: "a federated token may be one that this API does not take", Fix: "add a step that exchanges it for the token of a service account (generateAccessToken)"},
	}, Source: googleFederation},
	{Codes: []string{"ACCESS_TOKEN_SCOPE_INSUFFICIENT"}, When: []string{"resource"}, Blame: []jeton.Suspect{
		{Parameter: "scopes", Problem: "the token does not have the scope that this method needs", Fix: "add the scope that the method documents, and log in again where a user consented"},
	}, Source: googleAPIErrors},
	{Words: []string{"insufficient authentication scopes"}, When: []string{"resource"}, Blame: []jeton.Suspect{
		{Parameter: "scopes", Problem: "the token does not have the scope that this method needs", Fix: "add the scope that the method documents, and log in again where a user consented"},
	}, Source: googleAPIErrors},
	{Codes: []string{"SERVICE_DISABLED", "accessNotConfigured", "BILLING_DISABLED"}, When: []string{"resource"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "the API, or billing, is not enabled in the project", Fix: "enable the API under APIs & Services of the project that the answer names"},
		{Parameter: "usage.headers", Problem: "the project that pays may be another one", Fix: "write usage.headers: {x-goog-user-project: <project>}"},
	}, Source: googleAPIErrors},
	{Codes: []string{"USER_PROJECT_DENIED", "CONSUMER_INVALID"}, When: []string{"resource"}, Blame: []jeton.Suspect{
		{Parameter: "usage.headers", Problem: "the identity may not use the project that is named for quota", Fix: "write another project in x-goog-user-project, or grant roles/serviceusage.serviceUsageConsumer"},
		{Parameter: "vendor", Problem: "the project may not exist any more", Fix: "look at the project in the console"},
	}, Source: googleAPIErrors},
	{Codes: []string{"IAM_PERMISSION_DENIED"}, When: []string{"resource"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "the identity lacks a permission on this resource", Fix: "grant the role with the permission that the answer names, under IAM"},
	}, Source: googleAPIErrors},
}
