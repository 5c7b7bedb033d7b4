package diagnosis

import "github.com/jeton-oauth/jeton"

const (
	apigeeDocs = "https://cloud.google.com/apigee/docs/api-platform/reference/policies/oauth-http-status-code-reference"
	apigeeKeys = "https://cloud.google.com/apigee/docs/api-platform/reference/policies/verify-api-key-policy"
	kongDocs   = "https://developer.konghq.com/plugins/oauth2/"
	azureAPIM  = "https://learn.microsoft.com/azure/api-management/api-management-subscriptions"
	awsGateway = "https://repost.aws/knowledge-center/api-gateway-authentication-token-errors"
	wso2Codes  = "https://apim.docs.wso2.com/en/latest/troubleshooting/error-handling/"
	kubeAPI    = "https://kubernetes.io/docs/reference/access-authn-authz/rbac/"
)

// gatewayRules are refusals of API gateways, before a token endpoint or an API.
var gatewayRules = []jeton.Rule{
	{Words: []string{"required param grant type|un supported grant type"}, Blame: []jeton.Suspect{
		{Parameter: "request.encoding", Problem: "the gateway has read no grant_type, or does not know it", Fix: "write request.encoding: form, or query if the vendor wants grant_type in the URL"},
		{Parameter: "grant.parameter", Problem: "grant_type may be another word here", Fix: "write the word that the vendor documents"},
	}, Source: apigeeDocs},
	{Words: []string{"client id is invalid|invalid client identifier|oauth v2 invalid client identifier|invalid client invalid client id"}, Blame: []jeton.Suspect{
		{Parameter: "client.id", Problem: "the gateway knows no application with this key, or has not read it", Fix: "copy the consumer key of the application of this environment"},
		{Parameter: "client.auth", Problem: "the gateway may look for the client id elsewhere", Fix: "write client_secret_basic, or client_secret_post if the vendor says so"},
	}, Source: apigeeDocs},
	{Words: []string{"client credentials are invalid"}, Codes: []string{"invalid_client"}, Blame: []jeton.Suspect{
		{Parameter: "<credential>", Problem: "the secret does not fit the client id", Fix: "copy key and secret of the application again"},
		{Parameter: "client.id", Problem: "the key may be of another environment", Fix: "copy the key of the application of this environment"},
	}, Source: apigeeDocs},
	{Words: []string{"apikey not approved|api key not approved|app not approved|company status not active|developer status not active|company is not active|developer is not active"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "the key, its application or its developer is not approved or not active", Fix: "ask the vendor to approve the application"},
		{Parameter: "client.id", Problem: "the key of another application may be approved", Fix: "write an approved key"},
	}, Source: apigeeKeys},
	{Words: []string{"no api product match*|no apiproduct match*|invalid api key for given resource|invalid apikey for given resource|invalid api call as no api product match found"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "the application has no product (subscription) that covers this URL", Fix: "subscribe the application to the API product"},
		{Parameter: "scopes", Problem: "the token may lack the scope of the product", Fix: "write the scope that the vendor documents"},
	}, Source: apigeeKeys},
	{Words: []string{"unable to identify proxy for host|no route matched with those values"}, Blame: []jeton.Suspect{
		{Parameter: "token_url", Problem: "the gateway has nothing at this host and path", Fix: "compare host and path with the vendor's documentation"},
	}, Source: kongDocs},
	{Words: []string{"you must use https"}, Blame: []jeton.Suspect{
		{Parameter: "token_url", Problem: "the gateway takes HTTPS alone", Fix: "write https:// in token_url"},
	}, Source: kongDocs},
	{Words: []string{"invalid provision key"}, Blame: []jeton.Suspect{
		{Parameter: "request.params.provision_key", Problem: "the password grant of this gateway wants the provision_key of its plug-in", Fix: "write request.params.provision_key"},
	}, Source: kongDocs},
	{Words: []string{"subscription key"}, When: []string{"resource"}, Blame: []jeton.Suspect{
		{Parameter: "usage.headers.Ocp-Apim-Subscription-Key", Problem: "the gateway wants a subscription key beside the token", Fix: "write usage.headers: {Ocp-Apim-Subscription-Key: ...} with the key of the subscription"},
	}, Source: azureAPIM},
	{Words: []string{"missing subscription key|invalid subscription key"}, When: []string{"!resource"}, Blame: []jeton.Suspect{
		{Parameter: "request.headers.Ocp-Apim-Subscription-Key", Problem: "the gateway before the token endpoint wants a subscription key", Fix: "write request.headers: {Ocp-Apim-Subscription-Key: ...} with the key of the subscription"},
		{Parameter: "token_url", Problem: "the URL may be one of the API, not of the token endpoint", Fix: "compare it with the vendor's documentation"},
	}, Source: azureAPIM},
	{Words: []string{"missing authentication token"}, When: []string{"!resource"}, Statuses: []int{403}, Blame: []jeton.Suspect{
		{Parameter: "token_url", Problem: "the gateway (Amazon API Gateway) says so for a path that it does not have", Fix: "compare path and stage of token_url with the vendor's documentation"},
		{Parameter: "request.method", Problem: "the path may take another method", Fix: "write request.method as the vendor documents it"},
	}, Source: awsGateway},
	{Words: []string{"invalid client id or secret|invalid client id or client secret"}, When: []string{"resource"}, Blame: []jeton.Suspect{
		{Parameter: "usage.headers", Problem: "the API wants client id and secret in headers of their own (MuleSoft client id enforcement)", Fix: "write usage.headers: {client_id: ..., client_secret: ...}"},
	}, Source: "https://docs.mulesoft.com/gateway/latest/policies-included-client-id-enforcement"},
	{Codes: []string{"900902"}, Blame: []jeton.Suspect{
		{Parameter: "usage", Problem: "the token did not arrive in the header that the gateway reads", Fix: "write usage.header: Authorization and usage.scheme: Bearer"},
	}, Source: wso2Codes},
	{Codes: []string{"900900", "900901", "900905"}, When: []string{"resource"}, Blame: []jeton.Suspect{
		{Parameter: "usage", Problem: "the gateway does not take this token: another environment, another key type, or expired", Fix: "write usage.scheme: Bearer, and get the token from the key manager of this gateway"},
		{Parameter: "token_url", Problem: "the token may be of another key manager or of the sandbox", Fix: "write the token URL of the application's keys"},
	}, Source: wso2Codes},
	{Codes: []string{"900907", "900908", "900909"}, When: []string{"resource"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "the application is not subscribed to the API, or the subscription is blocked", Fix: "subscribe the application to the API in the developer portal"},
		{Parameter: "client.id", Problem: "another application may be subscribed", Fix: "write its consumer key"},
	}, Source: wso2Codes},
	{Codes: []string{"900910"}, When: []string{"resource"}, Blame: []jeton.Suspect{
		{Parameter: "scopes", Problem: "the token lacks the scope of the resource", Fix: "write the scope that the API shows"},
	}, Source: wso2Codes},
	{Words: []string{"at the cluster scope|in the namespace", "cannot"}, When: []string{"resource"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "the account of the token lacks a role (RBAC) for this call", Fix: "bind a role to the user or service account that the answer names"},
	}, Source: kubeAPI},
}
