package diagnosis

import "github.com/jeton-oauth/jeton"

// The pages on the endpoint for the tokens of managed identities.
const (
	azureIdentityToken = "https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token"
	azureIdentitySDK   = "https://github.com/Azure/azure-sdk-for-net/blob/main/sdk/identity/Azure.Identity/TROUBLESHOOTING.md"
	azureIdentityMSAL  = "https://github.com/AzureAD/microsoft-authentication-library-for-dotnet tests of managed identities"
)

// azureIdentityRules are the answers of the endpoints for managed identities:
// the metadata service of a machine (IMDS), its agents, and App Service.
var azureIdentityRules = []jeton.Rule{
	{Words: []string{"required metadata header not specified"}, Blame: []jeton.Suspect{
		{Parameter: "request.headers.Metadata", Problem: "the metadata service wants the header Metadata", Fix: "write request.headers: {Metadata: \"true\"}", Proposed: "true"},
	}, Source: azureIdentityToken},
	{Codes: []string{"bad_request_102"}, Blame: []jeton.Suspect{
		{Parameter: "request.headers.Metadata", Problem: "the metadata service wants the header Metadata", Fix: "write request.headers: {Metadata: \"true\"}", Proposed: "true"},
		{Parameter: "request.params", Problem: "a parameter may be missing", Fix: "write request.encoding: query, and params api-version and resource"},
	}, Source: azureIdentityToken},
	{Codes: []string{"unknown_source"}, Words: []string{"unknown source"}, Blame: []jeton.Suspect{
		{Parameter: "token_url", Problem: "the endpoint does not know this URL", Fix: "write the URL that the platform gives (IDENTITY_ENDPOINT), or that of the metadata service, /metadata/identity/oauth2/token"},
	}, Source: azureIdentityToken},
	{Words: []string{"multiple user assigned identities"}, Blame: []jeton.Suspect{
		{Parameter: "request.params.client_id", Problem: "the machine has several identities, and the request names none", Fix: "write request.params.client_id with the client id of the managed identity"},
		{Parameter: "client.id", Problem: "the client id may not be sent", Fix: "write it in request.params"},
	}, Source: azureIdentitySDK},
	{Words: []string{"user assigned or delegated managed identity found|managed identity found for specified"}, Blame: []jeton.Suspect{
		{Parameter: "request.params.client_id", Problem: "no managed identity with this id is assigned here", Fix: "write the client id of a user-assigned identity, or remove it for the identity of the machine itself"},
		{Parameter: "client.id", Problem: "the client id may be that of an app registration", Fix: "write the client id of the managed identity"},
		{Parameter: "vendor", Problem: "the identity may not be assigned to this resource", Fix: "assign it under Identity, User assigned, of the resource"},
	}, Source: azureIdentityMSAL},
	{Codes: []string{"invalid_request"}, Words: []string{"identity not found"}, When: []string{"client_credentials", "!assertion"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "this machine has no managed identity", Fix: "switch System assigned on under Identity of the machine, or assign a user-assigned identity"},
		{Parameter: "request.params.client_id", Problem: "the id may be that of an identity that is not assigned to this machine", Fix: "write the client id of one that is"},
		{Parameter: "client.id", Problem: "the client id may be that of another identity", Fix: "write the client id of the managed identity"},
	}, Source: azureIdentitySDK},
	{Words: []string{"failed to retrieve token from the active directory"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "the machine has no managed identity that Entra knows", Fix: "switch the managed identity of the machine on"},
		{Parameter: "request.params.resource", Problem: "the resource may be misspelt", Fix: "write the Application ID URI of the API, such as https://management.azure.com/"},
	}, Source: azureIdentityToken},
}
