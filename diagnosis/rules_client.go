package diagnosis

import "github.com/jeton-oauth/jeton"

const (
	clientUnknown = "client not found|client is not found|client was not found|unknown client|client unknown|client is unknown|client does not exist|" +
		"client doesnt exist|client id not found|client id does not exist|client id doesnt exist|client not registered|" +
		"client is not registered|client not recognized|client is not recognized|no client|no such client|client not known|could not find client|" +
		"couldnt find client|client could not be found|client cannot be found|cannot find client|unable to find client|unable to locate client|" +
		"application not found|application was not found|application is not found|application with identifier|app not found|" +
		"application does not exist|application doesnt exist|app does not exist|unknown application|unknown app|no application|unregistered client|" +
		"unrecognized client|failed to find client|" +
		"invalid client id*|invalid oauth client|invalid client identifier|client id is invalid|client id invalid|client id is not valid|" +
		"client id not valid|client identifier invalid|client identifier is invalid|incorrect client id|wrong client id|bad client id|" +
		"not a valid client id|valid client id|" +
		"consumer key is invalid|invalid consumer key|consumer key unknown|invalid integration key|invalid api client|invalid app id|" +
		"invalid application id|app id is invalid|oauth client was not found|oauth client not found|no registered client|client mismatch|" +
		"client id mismatch|client ids do not match|" +
		"client id does not match|client does not match|client has been deleted|client was deleted|deleted client|client id provided|" +
		"value for client id|client id value|missing or invalid client id|client id is incorrect|client id is wrong|invalid app|invalid application|" +
		"client was not recognized|client id unknown|unknown client id|nonexistent client|client id parameter|no app|no oauth client|" +
		"client by client id|invalid consumer|app key|client registration|invalid appid*|appid|cannot load client|unable to load client|" +
		"client with id|client with client id|client lookup|client is null|client was null|client key invalid|invalid client key"
	badCredentials = "invalid credential*|bad credential*|invalid client credential*|bad client credential*|client credentials are invalid|" +
		"client credentials invalid|credentials are invalid|credentials invalid|wrong credential*|incorrect credential*|credentials are incorrect|" +
		"client credentials are incorrect|credentials are wrong|" +
		"incorrect client credential*|credentials not valid|credentials are not valid|credentials were not valid|credentials is invalid|" +
		"client id or secret|client id or client secret|client id and secret|client id and client secret|client id secret|client or secret|" +
		"client key or secret|consumer key or secret|key or secret|id or secret|app id or secret|" +
		"consumer credentials|client credentials given|credentials given|credentials supplied|credentials provided|provided credentials|" +
		"given credentials|supplied credentials|credentials mismatch|credentials do not match|client credentials do not match|" +
		"invalid user credentials|invalid client id and|invalid username or|unauthorized client or|credentials cannot be verified|verify credentials|" +
		"validate credentials|validate client credentials|authenticate client|invalid login|login failed|authentication credentials"
)

// codeBlame is of a code that the server does not accept any more.
var codeBlame = []jeton.Suspect{
	about("consent", "the code has expired, was used before, or is not of this login", "begin the login again"),
	about("grant.redirect_url", "the code may belong to another redirect URL", "write the redirect URL that is registered"),
	about("client.id", "the code may have been issued to another client", "redeem it with the client that began the login")}

// clientWords are about the client, the user, and what either proves itself with.
var clientWords = []jeton.Rule{
	{When: []string{"client_secret_given"}, Words: []string{"secret*|appsecret*|app secret*", "invalid|incorrect|错误|无效|wrong|not valid|isnt valid|does not match|doesnt match|not match|mismatch*|not correct|bad|fail*"}, Not: []string{"missing|required|method|more than one|both|client id or|id or secret|id and|should not|must not|expired|unauthorized grant|key or"}, Blame: []jeton.Suspect{secretSuspect, clientSuspect, methodSuspect}},
	{Words: []string{"secret*|api key*|apikey", "expired|has expired|expires|rotated|revoked|expiry|no longer valid"}, Not: []string{"jwt|assertion"}, Blame: []jeton.Suspect{
		about("<credential>", "the secret has expired or was revoked", "make a new secret at the provider and write it here"), clientSuspect}},
	{Words: []string{"multiple|more than one|both|two|mixed|several|different ways|only one|twice|body and header*|header and body|headers and body|" +
		"header and the body|body and the header|one mechanism|single mechanism|one method", "authentication|authorization information|credential*|auth method*|client auth*|authenticate|client secret"}, Not: []string{"scope*|multi factor"}, Blame: []jeton.Suspect{
		about("client.auth", "the client authenticates in more than one way at once", "write one method in client.auth, and remove client_id, client_secret and Authorization from request.params and request.headers"), about("request.params", "a parameter may carry a second proof", "remove client_id and client_secret from request.params")}},
	{When: []string{"!resource"}, Words: []string{"auth method*|authentication method*|token endpoint auth*|authentication scheme*|authentication mechanism*|method of authentication|" +
		"client auth type|client secret basic|client secret post|client secret jwt|basic authentication|basic auth|http basic|authorization header|" +
		"authentication header|basic header|authentication type|basic scheme|authorization http header|client authentication scheme",
		"not allowed|not supported|unsupported|must|mismatch*|not registered|not match*|does not match|doesnt match|invalid|only|require*|should|" +
			"expected|missing|not found|not permitted|empty|not present|malformed|use|cannot|doesnt|does not|wrong|not enabled|incorrect|not valid|" +
			"not accepted|no"}, Blame: []jeton.Suspect{
		methodSuspect, clientSuspect, secretSuspect}},
	{Words: []string{"no client authentication|client authentication required|client authentication is required|requires client authentication|" +
		"client authentication missing|client authentication is missing|missing client authentication|missing client credential*|" +
		"no client credentials|client credentials missing|client credentials are missing|client credentials required|client credentials are required|" +
		"client credentials not|client credentials were not|no credentials|credentials required|credentials missing|credentials not provided|" +
		"credentials are missing|neither client|client is not authenticated|client not authenticated|client secret or client assertion|" +
		"client assertion or client secret|public client*|confidential client*|no authentication|client must be authenticated|" +
		"authentication is required|authentication required|full authentication|unauthenticated client|must authenticate|no client auth*|" +
		"not authenticate itself|authorization is required|authorization required|client authorization"},
		When: []string{"!resource"}, Blame: []jeton.Suspect{
			about("client.auth", "the server finds no authentication of the client where it looks for one", "write client.auth as the provider documents, with client.secret or client.assertion"), secretSuspect, clientSuspect}},
	{When: []string{"!client_secret_given", "!resource"}, Words: []string{"client secret|secret", missing}, Not: []string{"public client*"}, Blame: []jeton.Suspect{
		about("client.secret", "the client has a secret, and none was sent", "write client.secret"), methodSuspect}},
	{When: []string{"client_secret_given"}, Words: []string{"client secret|secret", missing}, Blame: []jeton.Suspect{
		about("client.auth", "the server does not find the client secret where it looks for it", "write client.auth: client_secret_post, or client_secret_basic"), encodingSuspect}},
	{When: []string{"authorization_code"}, Words: []string{"redirect uri*|redirect url*|callback url*|reply url*|redirecturi|redirection uri*|redirect"}, Blame: []jeton.Suspect{
		about("grant.redirect_url", "the server does not accept the redirect URL", "write exactly the one that is registered at the provider"), clientSuspect}},
	{When: []string{"authorization_code"}, Words: []string{"authorization code|auth code|the code|code is|code has|code was|code expired|invalid code|code not|code already|bad code|verification code|" +
		"matching code|grant code|this code|code invalid|access code|code used|temporary code|authcode|code parameter|code found|oauth code", "expired|invalid|used|redeemed|not found|already|malformed|incorrect|unknown|consumed|not valid|wrong|bad|does not exist|doesnt exist|" +
		"not exist|no longer|no matching|mismatch*|not match*|revoked|decrypt|failed|was issued"}, Not: []string{"client secret|client id|client credential*|redirect uri|redirect url"}, Blame: codeBlame},
	{When: []string{"authorization_code"}, Words: []string{"code verifier|code challenge*|pkce|verifier|proof key"}, Blame: []jeton.Suspect{
		about("grant.type", "the code verifier is not the one of this login (RFC 7636)", "begin the login again; a program redeems with the Authorization that it began with"), about("consent", "the login has to begin anew", "log in again")}},
	{When: []string{"authorization_code"}, Words: []string{"expired|already been used|already used|already redeemed|one time use"}, Not: []string{"secret*"}, Blame: codeBlame},
	{When: []string{"refresh_token"}, Words: []string{"issued to another client|another client|different client|not issued to this client|not issued to|wasnt issued|was not issued|other client|" +
		"belong to this client|belong to the client|client mismatch|does not belong|doesnt belong|issued for"}, Not: []string{"already|refresh token is invalid"}, Blame: []jeton.Suspect{
		clientSuspect, refreshSuspect}},
	{When: []string{"refresh_token"}, Words: []string{"refresh token*|token|session|offline|refresh", "expired|revoked|invalid|not found|used|unknown|inactive|reuse*|rotated|malformed|not active|does not exist|doesnt exist|no longer|" +
		"blacklist*|already|incorrect|not valid|bad|stale|not recognized|unable|missing|deleted|failed"}, Not: []string{"client secret|client id|client credential*|grant type|scope*|not granted|unsupported grant|invalid client"}, Blame: []jeton.Suspect{
		refreshSuspect, consentSuspect, clientSuspect}},
	{When: []string{"token_exchange"}, Words: []string{"audience*|signature|expired|issuer"}, Not: []string{"audience parameter|requested audience|invalid audience param*"}, Blame: []jeton.Suspect{
		about("grant.subject_token", "the server does not accept the token that is given", "give a token that still works, made for this server by an issuer that it trusts"), about("request.params.audience", "the server may not know the audience", "write the one that the provider lists")}},
	{When: []string{"token_exchange"}, Words: []string{"subject token type|subject issuer|token type"}, Blame: []jeton.Suspect{about("grant.subject_token_type", "the server does not accept the type of the token that is given", "write the type that the provider documents")}},
	{When: []string{"password"}, Words: []string{"user|username|user name|account|login|email", unknown}, Blame: []jeton.Suspect{
		about("grant.username", "the server does not know the user", "write the user name as the provider shows it"), about("grant.password", "the password may be wrong", "check it, and whether the account is locked")}},
	{When: []string{"password"}, Words: []string{"username|user name|user|password|resource owner|account|login|signin|sign in|signing in|credential*|bad credentials"}, Not: []string{"client credential*|client id|client secret|invalid client"}, Blame: []jeton.Suspect{
		about("grant.password", "the server refuses the user name or password", "check both, and whether the account is locked"), about("grant.username", "the user name may be wrong", "write it as the provider shows it"), about("vendor", "the account may be locked, or need a second factor", "ask the provider's administrator")}},
	{Words: []string{"=invalid client|=missing client|=no client|=client invalid|=client is invalid|=bad client"}, When: []string{"secret", "!assertion"}, Blame: []jeton.Suspect{clientSuspect, secretSuspect, methodSuspect}},
	{Words: []string{"api key*|apikey|subscription key|api token|application key", bad + "|" + missing + "|" + unknown}, When: []string{"!resource", "!api_key"}, Blame: []jeton.Suspect{secretSuspect, clientSuspect, about("request.headers", "the server may want a key of its own in a header", "write request.headers as the provider documents")}},
	{Words: []string{"api key*|apikey|subscription key|api token|application key", bad + "|" + missing + "|" + unknown}, When: []string{"!resource"}, Blame: []jeton.Suspect{
		about("request.params.apikey", "the server does not accept the API key", "copy it from the provider again; it may belong to another account or be in another place (request.headers)"), about("request.headers", "the key may have to stand in a header", "write request.headers as the provider documents"), secretSuspect}},
	{Words: []string{badCredentials}, Blame: []jeton.Suspect{secretSuspect, clientSuspect, urlSuspect}},
	{Words: []string{clientUnknown}, Not: []string{"unknown client assertion"}, When: []string{"grant_assertion", "unauthenticated"}, Blame: []jeton.Suspect{issuerSuspect, clientSuspect, urlSuspect}},
	{Words: []string{clientUnknown}, Not: []string{"unknown client assertion"}, Blame: []jeton.Suspect{clientSuspect, urlSuspect, secretSuspect}},
	{Words: []string{"secret*|client password|shared key|secret key", bad}, Blame: []jeton.Suspect{secretSuspect, clientSuspect, methodSuspect}},
	{When: []string{"!resource"}, Words: []string{"client|application|app|consumer", unknown}, Not: []string{"token|tokens|key|keys|grant|grants|scope*|user|users|redirect*|certificate*|secret*|session|code|url|endpoint|permission*|role*|resource|" +
		"assertion|signature|audience|authentication|tenant|unknown client assertion|jwk*|jwt"}, Blame: []jeton.Suspect{clientSuspect, urlSuspect, secretSuspect}},
	{Words: []string{"tenant*|realm|organization|organisation|environment|instance|workspace|site|region|domain", bad + "|" + unknown}, When: []string{"!resource"}, Blame: []jeton.Suspect{urlSuspect, clientSuspect}},
}

// requestWords are about the form of the request.
var requestWords = []jeton.Rule{
	{Words: []string{"method not allowed|http method*|request method*|get method|post method|method get|method post|only post|only get|use post|use get|" +
		"must be post|must use post|post request*|get request*|http verb|method is not|not support get|not support post|cannot get|cannot post"}, When: []string{"!html"}, Blame: []jeton.Suspect{
		about("request.method", "the endpoint does not take this method", "write the other of POST and GET, or check token_url"), urlSuspect}},
	{Words: []string{"body is mandatory|missing body|missingbody|empty body|body is required|no body|body is empty|body missing|body cannot be empty|" +
		"body must not be empty|required request body|body required|invalid body|bad body|request body is"}, When: []string{"!html"}, Blame: []jeton.Suspect{
		encodingSuspect, about("request.method", "the parameters may have to stand in the body of a POST", "write request.method: POST")}},
	{Statuses: []int{404, 405, 410, 501}, Words: []string{"route*|path|page|url|endpoint|resource method|resource|mapping|not found|no handler|cannot post|cannot get|operation|no static|no matching|servlet"}, Not: []string{"client*|user*|application|account|tenant*|identity|grant|api key|scope*|realm"}, Blame: []jeton.Suspect{
		urlSuspect, about("request.method", "the endpoint may not take this method", "write the other of POST and GET")}},
	{When: []string{"!assertion", "!resource"}, Words: []string{"signature*|sign|hmac", bad + "|" + missing + "|not conform"}, Blame: []jeton.Suspect{
		secretSuspect, about("request.params", "the provider wants a signature over the parameters, or another one", "compare with the provider's documentation: Jeton does not make signatures of that kind")}},
	{Words: []string{"content type*|media type*|mediatype|mime type*|x www form urlencoded|form urlencoded|form encoded|urlencoded|json body|request body|" +
		"the body|parse body|post body|invalid json|malformed json|json parse*|parse json|not valid json|query string|query parameter*|" +
		"url parameter*|in the query|form param*|not readable|unexpected token|form data"}, When: []string{"!html"}, Blame: []jeton.Suspect{
		encodingSuspect, about("request.headers", "a header of the request may say another content type", "remove Content-Type from request.headers"), urlSuspect}},
	{Words: []string{"duplicate*|more than once|multiple times|repeated|twice|multiple values", "param*|client id|client secret|scope|grant type|resource|value*"}, Blame: []jeton.Suspect{
		about("request.params", "a parameter is sent more than once", "remove it from request.params")}},
	{When: []string{"!assertion", "!resource"}, Words: []string{"audience*|aud"}, Blame: []jeton.Suspect{
		about("request.params.audience", "the server does not accept the audience parameter, or misses it", "write request.params: {audience: ...} with the API identifier that the provider lists"), scopeSuspect, consentSuspect}},
	{When: []string{"!resource"}, Words: []string{"resource*|target*|api|apis|service|resource server", bad + "|" + missing + "|" + unknown}, Not: []string{"resource owner"}, Blame: []jeton.Suspect{
		about("request.params.resource", "the server does not know the resource, or misses it", "write the resource identifier that the provider lists"), scopeSuspect, about("request.params.audience", "the server may want the audience parameter", "write the API identifier that the provider lists")}},
	{When: []string{"!assertion", "!resource"}, Statuses: []int{200, 400, 403, 404, 405, 422}, Words: []string{"permission*|privilege*|insufficient*|access denied|not authorized to access|forbidden|access is denied|not have access"}, Blame: []jeton.Suspect{
		about("vendor", "the client may lack a permission at the provider", "let the provider's administrator grant it"), scopeSuspect, consentSuspect}},
	{Words: []string{"url|uri|path|endpoint|page|route|resource", "not found|no handler|no mapping|cannot find|does not exist|unknown|not exist|no route|no matching"}, When: []string{"!assertion"}, Blame: []jeton.Suspect{
		about("token_url", "the endpoint does not answer as a token endpoint", "compare token_url with the provider's documentation")}},
}
