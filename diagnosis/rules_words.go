package diagnosis

import "github.com/jeton-oauth/jeton"

// Phrases that many rules share.
const (
	bad = "invalid|wrong|incorrect|bad|not valid|isnt valid|mismatch*|not match*|doesnt match|does not match|didnt match|no match*|unexpected|unknown|not recognized|" +
		"not recognised|unrecognized|not found|cannot find|could not find|not allowed|not accepted|rejected|refused|fail*|must|should|expected|illegal|unsupported|not supported|" +
		"malformed|error|denied|does not exist|doesnt exist|not registered|not authorized|not permitted|unable|problem|cannot|exceed*|too many"
	missing = "missing|required|mandatory|must contain|must include|must provide|must be provided|must be present|must be supplied|must be specified|must specify|must be set|" +
		"not provided|not present|not specified|not set|not supplied|not included|not sent|not given|wasnt provided|isnt provided|absent|is empty|is blank|empty|cannot be null|null|no value|" +
		"lacks|lacking|is needed|omitted|must have|not contain|doesnt contain|does not contain|not in the request|not find"
	unknown = "not found|unknown|does not exist|doesnt exist|not exist|no such|not recognized|not recognised|unrecognized|not registered|isnt registered|could not find|couldnt find|" +
		"could not be found|cannot be found|cannot find|unable to find|not known|failed to find|unregistered|not been registered|no longer exists|was deleted|deleted|unable to locate|not available"
)

// suspects of several rules.
var (
	clockSuspect    = jeton.Suspect{Parameter: "clock", Problem: "the server does not accept the times of the assertion", Fix: "synchronise the clock, or write auto_skew: true"}
	lifetimeSuspect = jeton.Suspect{Parameter: "<assertion>.lifetime", Problem: "the lifetime may be longer than the server allows", Fix: "write a shorter lifetime, for example 1m"}
	audienceSuspect = jeton.Suspect{Parameter: "<assertion>.audience", Problem: "the server does not accept the audience of the assertion", Fix: "write the form that the server expects: token_url, issuer, host, or a text of its own"}
	jtiSuspect      = jeton.Suspect{Parameter: "<assertion>.jti", Problem: "the server does not accept the jti of the assertion: it is missing, or was used before", Fix: "write jti: uuid, and let every request have an assertion of its own"}
	keySuspect      = jeton.Suspect{Parameter: "<assertion>.key", Problem: "the key that signs is not one that the provider knows for this client", Fix: "upload the public key or certificate of this key at the provider, or use the key that is registered"}
	kidSuspect      = jeton.Suspect{Parameter: "<assertion>.headers.kid", Problem: "the provider does not find the key by its id", Fix: "write the key id that the provider shows"}
	algSuspect      = jeton.Suspect{Parameter: "<assertion>.algorithm", Problem: "the server does not accept the algorithm", Fix: "write the algorithm that is registered or documented"}
	issuerSuspect   = jeton.Suspect{Parameter: "<assertion>.issuer", Problem: "the server does not accept the issuer of the assertion", Fix: "write the issuer that the provider gave, often the client id"}
	subjectSuspect  = jeton.Suspect{Parameter: "<assertion>.subject", Problem: "the server does not accept the subject of the assertion", Fix: "write the user or client that the provider expects"}
	typSuspect      = jeton.Suspect{Parameter: "<assertion>.headers.typ", Problem: "the server does not accept the type of the assertion", Fix: "write the typ that the provider documents"}
	thumbSuspect    = jeton.Suspect{Parameter: "<assertion>.certificate_headers", Problem: "the provider does not find the certificate of the key", Fix: "write the thumbprint header that the provider documents, and upload the certificate there"}
	clientSuspect   = jeton.Suspect{Parameter: "client.id", Problem: "the server does not know this client id", Fix: "compare it with the provider's; it may belong to another environment or tenant"}
	secretSuspect   = jeton.Suspect{Parameter: "<credential>", Problem: "the server refuses what the client authenticates with: it is wrong or has expired", Fix: "copy it from the provider again (the value of a secret, not its id)"}
	methodSuspect   = jeton.Suspect{Parameter: "client.auth", Problem: "the client has to authenticate in another way", Fix: "write the method that is registered for the client"}
	urlSuspect      = jeton.Suspect{Parameter: "token_url", Problem: "the token endpoint may be that of another environment or tenant", Fix: "compare token_url with the provider's"}
	consentSuspect  = jeton.Suspect{Parameter: "consent", Problem: "a person has to allow the access at the provider first", Fix: "open the provider's consent page as the user or administrator"}
	scopeSuspect    = jeton.Suspect{Parameter: "scopes", Problem: "the server does not accept the scope", Fix: "compare the scopes with those that the provider lists and that the client was given"}
	grantSuspect    = jeton.Suspect{Parameter: "grant.type", Problem: "this client may not use this grant", Fix: "allow the grant for the client at the provider, or write another grant.type"}
	encodingSuspect = jeton.Suspect{Parameter: "request.encoding", Problem: "the server may not have read the parameters", Fix: "write request.encoding: json, form or query, as the provider documents"}
	vendorSuspect   = jeton.Suspect{Parameter: "vendor", Problem: "something has to be done on the provider's side", Fix: "ask the provider's administrator or support, with what the server says"}
	egressSuspect   = jeton.Suspect{Parameter: "egress", Problem: "the provider may admit only known addresses", Fix: "ask the provider whether the address of this machine is admitted"}
	waitSuspect     = jeton.Suspect{Parameter: "vendor", Problem: "too many requests in a short time", Fix: "wait, then keep the token until it expires instead of asking anew"}
	refreshSuspect  = jeton.Suspect{Parameter: "grant.refresh_token", Problem: "the refresh token is expired, revoked or was used before", Fix: "log in again at the provider for a new one"}
	usageSuspect    = jeton.Suspect{Parameter: "usage", Problem: "the resource does not find or accept the token as it is attached", Fix: "write the header and scheme that the API documents: usage.header, usage.scheme, usage.raw or usage.headers"}
	tlsSuspect      = jeton.Suspect{Parameter: "tls.client", Problem: "the server wants a client certificate, or another one", Fix: "write tls.client with the certificate that is registered at the provider"}
)

// of a demand for a nonce that comes again after the one retry
var (
	dpopNonceSuspect = jeton.Suspect{Parameter: "client.dpop", Problem: "the server demands a nonce in the proof (RFC 9449 section 8), and did not accept the proof that had one, or gave none", Fix: "look at the header DPoP-Nonce of its reply; compare key and algorithm of client.dpop with what the provider lists"}
	noNonceSuspect   = jeton.Suspect{Parameter: "vendor", Problem: "the reply that demands a nonce may not name it", Fix: "ask the provider: the nonce stands in the header DPoP-Nonce"}
)

// about makes a suspect with words of its own.
func about(p jeton.Parameter, problem, fix string) jeton.Suspect {
	return jeton.Suspect{Parameter: p, Problem: problem, Fix: fix}
}

// genericRules are the rules on words, for any server. They outrank those on the
// code, and the first that fits takes the first place. KNOBS.md section 7.
var genericRules = [][]jeton.Rule{resourceWords, pageWords, unreadWords, connectionWords, plainCodes, assertionWords, permissionWords, clientWords, requestWords}

// connectionWords are about the way to the server, and what stands before it.
var connectionWords = []jeton.Rule{
	{When: []string{"login"}, Words: []string{"pushed*"}, Blame: []jeton.Suspect{
		about("issuer", "the server wants the authorization request pushed first (RFC 9126)", "write issuer, if its metadata say that they demand it; else ask the provider to take logins of this client that were not pushed")}},
	{Words: []string{"dpop nonce|nonce in dpop|use dpop nonce"}, When: []string{"dpop"}, Blame: []jeton.Suspect{dpopNonceSuspect, noNonceSuspect}},
	{Words: []string{"dpop|proof of possession|cnf"}, Blame: []jeton.Suspect{
		about("client.dpop", "the server misses a proof of possession, or does not accept it (RFC 9449)", "write client.dpop: {algorithm: ES256}; if it is there, compare its algorithm and key with those that the provider lists"),
		about("clock", "a proof is good for a few seconds only", "synchronise the clock")}},
	{Words: []string{"https required|ssl required|requires https|require https|use https|must be https|over https|https only|https is required|plain http|" +
		"http request to an https|insecure connection|secure connection is|ssl is required|requires ssl|requires tls|over ssl|over tls"}, Not: []string{"redirect"}, Blame: []jeton.Suspect{
		about("token_url", "the server wants https", "write token_url with https")}},
	{Words: []string{"client certificate*|client cert|tls certificate*|mtls|mutual tls|mutual ssl|ssl certificate*|peer certificate*|x509 client|" +
		"certificate bound|tls client auth|self signed tls client auth|transport certificate|certificate based authentication|holder of key|hok|" +
		"proof of possession of the certificate"}, Not: []string{"x5t|thumbprint|x5c"}, Blame: []jeton.Suspect{
		tlsSuspect, methodSuspect, clientSuspect}},
	{Words: []string{"ip address*|ip range*|ip restrict*|your ip|source ip|client ip|remote ip|ip whitelist*|ip allow*|ip filter*|allowlist*|allow list*|" +
		"whitelist*|white list*|trusted ip*|network location|untrusted network|trusted network*|from this ip|ip not|ip is not|ip blocked|geo block*|" +
		"country|this location|ip security|invalid ip|白名单|ホワイトリスト|화이트리스트"}, Not: []string{"redirect*|callback*|reply url*"}, Blame: []jeton.Suspect{egressSuspect, vendorSuspect}},
	{Words: []string{"too many|rate limit*|ratelimit*|throttl*|quota*|too frequent*|request limit*|limit exceeded|exceeded the limit|exceeded maximum number|" +
		"slow down|concurrent request*|spike arrest|rate exceeded|request was limited"}, Not: []string{"too many param*|authorization pending|too many value*"}, Blame: []jeton.Suspect{waitSuspect}},
	{Words: []string{"cannot read prop*|of undefined|of null|nullpointer*|null pointer|nil pointer|nonetype|undefined method|object reference not set"}, Blame: []jeton.Suspect{
		encodingSuspect, about("vendor", "the server stumbles over the request", "ask the provider, with the request (jeton explain)")}},
	{Words: []string{"temporarily|try again|retry later|unavailable|maintenance|timed out|timeout|internal error|internal server error|unexpected error|" +
		"unknown error|server error|out of service|upstream|bad gateway|overloaded"},
		Not: []string{"invalid|client|access denied|missing|unsupported"}, Blame: []jeton.Suspect{about("vendor", "the server is in trouble", "try again later, or ask the provider")}},
	{When: []string{"html"}, Words: []string{"maintenance|temporarily|be right back|down for"}, Blame: []jeton.Suspect{about("vendor", "the server shows a page instead of an answer: it may be down for maintenance", "try again later, or look at the provider's status page")}},
	{When: []string{"html"}, Words: []string{"proxy authentication|squid|zscaler|proxy error|blue coat|bluecoat|forcepoint|cache administrator|netskope|web filter|category|content blocked|internet policy"}, Blame: []jeton.Suspect{
		about("egress", "a proxy on the way has answered instead of the server", "let the proxy pass requests to this host, or set HTTPS_PROXY and NO_PROXY"), urlSuspect}},
	{When: []string{"html"}, Statuses: []int{401, 403, 406, 429, 503}, Words: []string{"access denied|forbidden|blocked|firewall|waf|cloudflare|incapsula|imperva|akamai|attention required|captcha|just a moment|security|" +
		"request rejected|request unsuccessful|unusual traffic|support id|not acceptable|error 1020|error 1006|edgesuite"}, Blame: []jeton.Suspect{
		egressSuspect, urlSuspect, vendorSuspect}},
}

// assertionWords are about the JWT that was sent.
var assertionWords = []jeton.Rule{
	{When: []string{"assertion"}, Words: []string{"certificate expired|certificate has expired|certificate is expired|expired certificate*|cert expired|cert has expired|key expired|" +
		"key has expired|key is expired|key used is expired|expired key|certificate is not valid|certificate revoked|certificate has been revoked|" +
		"revoked certificate|outdated certificate|key has been revoked|certificate not yet valid"}, Blame: []jeton.Suspect{
		about("<assertion>.key", "the key or its certificate has expired or was revoked at the provider", "make a new key, upload its certificate at the provider, and write it here"), thumbSuspect}},
	// exp and iat as claims: missing, or not a number.
	{When: []string{"assertion"}, Words: []string{"iat|issued at|iat claim", missing + "|number|numeric|integer|format|type"}, Not: []string{"future|past|expired|skew|ahead|too old|minutes|seconds"}, Blame: []jeton.Suspect{
		about("<assertion>.claims.iat", "the claim iat is missing, or is no number of seconds", "remove iat from claims: it is written by itself"), clockSuspect}},
	{When: []string{"assertion"}, Words: []string{"nbf|not before", missing + "|number|numeric|integer|format"}, Not: []string{"future|past|expired|skew|ahead"}, Blame: []jeton.Suspect{
		about("<assertion>.claims.nbf", "the claim nbf is missing, or is no number of seconds", "write claims: {nbf: auto}"), clockSuspect}},
	{When: []string{"assertion"}, Words: []string{"exp|expiration|expiry|expires at", missing + "|number|numeric|integer|format|milliseconds"}, Not: []string{"future|past|expired|skew|ahead|minutes|hour*|days|too"}, Blame: []jeton.Suspect{
		about("<assertion>.claims.exp", "the claim exp is missing, or is no number of seconds", "remove exp from claims: it is written by itself"), lifetimeSuspect, clockSuspect}},
	{When: []string{"assertion"}, Words: []string{"exp|exp*|lifetime|life time|lifespan|validity|valid for|ttl|time to live|lived|duration|maximum age|max age|age of",
		"too far|too long|too large|too big|too high|too distant|too much|exceed*|maximum|max|more than|greater than|longer|not be more|no more than|" +
			"at most|less than|limit*|beyond|no later|within|short lived|above|is over|minutes in|seconds in|further|hour in|minutes from|too far in"},
		Not: []string{"too short|in the past|has expired|is expired|jwt expired|token expired|already expired|not yet|iat is|issued at must|issued in the future|" +
			"expired jwt|expired assertion|expired token|has already expired|clock*"}, Blame: []jeton.Suspect{
			about("<assertion>.lifetime", "the assertion is valid for longer than the server allows", "write a shorter lifetime"), clockSuspect}},
	{When: []string{"assertion"}, Words: []string{"replay*|already used|used before|been used|used already|reuse*|re used|reusing|duplicate*|non unique|not unique|must be unique|single use|" +
		"one time|used once|only once|used more than|previously used|already seen|already exist*|already processed|already consumed|jti|jwt id|" +
		"has been presented|second time|is not fresh"},
		Not: []string{"duplicate param*|refresh token|authorization code|code was already"}, Blame: []jeton.Suspect{jtiSuspect}},
	{When: []string{"assertion"}, Words: []string{"expired|not yet valid|not yet active|not active yet|token is not active|jwt is not active|assertion is not active|not before|nbf|iat|" +
		"issued at|in the future|in the past|from the future|time range|timeframe|time frame|clock*|skew|too old|too early|stale|exp|expiration|" +
		"expiry|expires|validity period|valid period|time window|not valid yet|outdated|issue time|issuance time|time of issue|after now|before now|" +
		"no longer valid|not currently valid|will be active|becomes valid|time based|time claim*|before current time|after current time|current time|" +
		"server time|system time|unexpired|time validation|not within"},
		Not: []string{"secret * expired|secret expired|secret has expired|secrets are expired|code expired|expired code|authorization code|refresh token|subject token"}, Blame: []jeton.Suspect{clockSuspect, lifetimeSuspect, audienceSuspect}},
	{When: []string{"assertion"}, Words: []string{"alg|algorithm*|signing method|signature method|signature type|jwa",
		"unsupported|not supported|not allowed|must|expected|mismatch*|unexpected|not accepted|unknown|wrong|only|require*|not permitted|disallowed|" +
			"not registered|illegal|weak|bad|missing|should|not match*|doesnt match|does not match|not valid|forbidden|incorrect|prohibited|invalid alg*|" +
			"invalid signature alg*|invalid signing alg*|invalid jwt alg*|not one of|unacceptable|cannot be used|differs|configured|insecure|none|isnt|" +
			"not secure|unrecognized|not recognized|another"},
		Not: []string{"signature verif*|verify signature|verification failed"}, Blame: []jeton.Suspect{algSuspect, keySuspect, about("<assertion>.headers.alg", "the alg header is not accepted", "remove alg from headers, and write algorithm")}},
	{When: []string{"assertion"}, Words: []string{"assertion type", bad + "|" + missing}, Blame: []jeton.Suspect{
		about("client.assertion.type", "the server does not accept the type of the client assertion", "leave client.assertion.type out: the default is urn:ietf:params:oauth:client-assertion-type:jwt-bearer"), methodSuspect}},
	{When: []string{"assertion"}, Words: []string{"typ|typ header|type header|header type|jwt type|token type header", bad + "|" + missing}, Not: []string{"grant type|content type|response type|subject token type|key type"}, Blame: []jeton.Suspect{typSuspect}},
	{When: []string{"assertion"}, Words: []string{"kid|key id|key identifier|keyid|key ids|kid header"}, Blame: []jeton.Suspect{kidSuspect, keySuspect}},
	{When: []string{"assertion"}, Words: []string{"x5t|x5t s256|thumbprint*|x5c|fingerprint*"}, Blame: []jeton.Suspect{thumbSuspect, keySuspect, kidSuspect}},
	{When: []string{"client_assertion"}, Words: []string{"audience parameter|audience is required|audience required|missing audience|missing parameter audience|required parameter audience|" +
		"audience is missing|no audience|audience not found|missing required parameter audience"}, Not: []string{"jwt|assertion|claim|claims"}, Blame: []jeton.Suspect{
		about("request.params.audience", "the server wants the parameter audience: which API the token is for", "write request.params: {audience: ...} with the API identifier"), audienceSuspect}},
	{When: []string{"assertion"}, Words: []string{"audience*|aud|recipient*|intended for|auds"}, Blame: []jeton.Suspect{audienceSuspect, urlSuspect}},
	{When: []string{"grant_assertion"}, Words: []string{"iss|issuer|issuers", "sub|subject"}, Blame: []jeton.Suspect{
		about("<assertion>.issuer", "issuer and subject of the assertion are not what the server expects", "write the client as issuer and the user as subject, as the provider documents them"), subjectSuspect, consentSuspect}},
	{When: []string{"client_assertion"}, Words: []string{"iss|issuer|issuers", "sub|subject"}, Blame: []jeton.Suspect{
		about("<assertion>.issuer", "issuer and subject of the assertion are not what the server expects", "for the authentication of a client, leave both out: they are the client id (RFC 7523 section 3)"), subjectSuspect, clientSuspect}},
	{When: []string{"assertion"}, Words: []string{"certificate*|cert"}, Not: []string{"signature"}, Blame: []jeton.Suspect{keySuspect, thumbSuspect, kidSuspect}},
	{Words: []string{"jwks*|jwk|key set|openid configuration|public key|verification key|discovery document", "fetch*|retrieve*|download*|reached|unreachable|timeout|timed out|connect|resolve|http error|load"}, Not: []string{"signature"}, Blame: []jeton.Suspect{
		about("vendor", "the provider could not fetch the public keys that are registered for the client", "check the JWKS address that is registered at the provider: it must be reachable from there"), keySuspect, egressSuspect}},
	{When: []string{"assertion"}, Words: []string{"signature*|signed|signing|verification fail*|verify fail*|failed verification|failed to verify|could not be verified|could not verify|" +
		"cannot be verified|cannot verify|not verified|unable to verify|integrity|verify the jwt|verify jwt|jwt verification|jwt verify*|verify error"}, Not: []string{"unsigned request"}, Blame: []jeton.Suspect{
		about("<assertion>.key", "the signature does not verify with the key that the provider knows", "upload the public key or certificate of this key at the provider, or use the key that is registered"), algSuspect, kidSuspect}},
	{When: []string{"assertion"}, Words: []string{"key not found|keys not found|no matching key*|no suitable key*|matching key|unable to find key|cannot find key|could not find key|" +
		"key cannot be found|no applicable key|public key*|jwks|jwks uri|jwk set|jwk|key set|no keys|no key|verification key|find a key|find the key|" +
		"unknown key|private key|invalid key|wrong key|key pair|keys for client|rsa key|ec key|client keys"}, Not: []string{"private key jwt"}, Blame: []jeton.Suspect{keySuspect, kidSuspect, algSuspect}},
	{When: []string{"assertion"}, Words: []string{"iss|issuer|issuers"}, Blame: []jeton.Suspect{issuerSuspect, clientSuspect, urlSuspect}},
	{When: []string{"assertion"}, Words: []string{"sub|subject"}, Not: []string{"subject token"}, Blame: []jeton.Suspect{subjectSuspect, consentSuspect}},
	{When: []string{"grant_assertion"}, Words: []string{"user|username|user name|user id|userid|principal|login name|impersonat*|user account|email|mail|person|login|member|employee|account", bad + "|" + unknown + "|inactive|not assigned|not active|no access"}, Not: []string{"client credentials"}, Blame: []jeton.Suspect{subjectSuspect, consentSuspect, issuerSuspect}},
	{When: []string{"assertion"}, Words: []string{"claim*", bad + "|" + missing}, Blame: []jeton.Suspect{
		about("<assertion>.audience", "the server misses a claim of the assertion, or does not accept one; most often it is the audience", "compare the assertion (jeton explain) with the provider's documentation"), about("<assertion>.claims", "the provider may want further claims", "write claims as the provider documents"), clockSuspect}},
	{When: []string{"assertion"}, Words: []string{"malformed|decoded|decode|parse|parsed|parsing|well formed|deserializ*|three part*|3 parts|segments|compact|unparsable|not a jwt|" +
		"not a valid jwt|not a jws|corrupt*|format|encoded|encoding|illegal base64|dot*|characters", "jwt|assertion|token|jws|json web"}, Blame: []jeton.Suspect{
		about("<assertion>", "the server cannot read the assertion as a signed JWT", "look at it (jeton explain): headers, claims and algorithm as the provider documents them; also request.params must not replace it"),
		keySuspect, audienceSuspect}},
	{When: []string{"assertion"}, Words: []string{"invalid jwt|jwt invalid|jwt is invalid|jwt is not valid|jwt not valid|invalid assertion|assertion is invalid|assertion is not valid|" +
		"assertion invalid|invalid client assertion|invalid private key jwt|invalid client secret jwt|assertion validation|assertion verification|" +
		"assertion failed|bad assertion|jwt validation|validation of jwt|jwt token is invalid|invalid json web token|jwt authentication|" +
		"assertion was invalid|assertion could not be validated|assertion not valid|assertion provided is invalid|assertion rejected|invalid token|" +
		"token is invalid|token invalid|bad token|invalid provider token|unknown key|unknown admin api key|invalid user key|token verification failed"}, Blame: []jeton.Suspect{
		keySuspect, audienceSuspect, issuerSuspect}},
	{When: []string{"assertion"}, Words: []string{"assertion", missing}, Blame: []jeton.Suspect{
		about("<assertion>", "the server misses the assertion", "compare the request (jeton explain) with the provider's documentation: the name of the parameter, and where it stands"), encodingSuspect, methodSuspect}},
}

// permissionWords are about what the client may do.
var permissionWords = []jeton.Rule{
	{Words: []string{"scope*", "separat*|delimit*|comma*|semicolon*|space*"}, Blame: []jeton.Suspect{
		about("scope_separator", "the scopes are separated in another way than the server expects", "write scope_separator as the provider documents it, for example \",\""), scopeSuspect}},
	{When: []string{"device_code"}, Words: []string{"declined|denied|cancelled|canceled|refused"}, Blame: []jeton.Suspect{loginDenied}},
	{When: []string{"login"}, Words: []string{"denied|cancelled|canceled|declined|rejected"}, Not: []string{"scope*"}, Blame: []jeton.Suspect{
		about("consent", "the person who logged in, or a rule of the provider, did not allow the access", "log in again and allow it, or ask an administrator of the provider for consent")}},
	{Words: []string{"consent*|hasnt approved|has not approved|not approved|not been approved|approve|interaction required|interaction is required|" +
		"user interaction|user denied|resource owner denied|denied the request|denied access|denied by user|login required|preauthorized|" +
		"pre authorized|pre authorised|pre approved|not yet authorized|authorize the app*|authorize app*|delegation|delegated|has not authorized|" +
		"hasnt authorized|not authorized the|has not granted|hasnt granted|client grant|grants|mfa|multi factor|multifactor|second factor|two factor|" +
		"terms of|re authoriz*|reauth*|log in again|login again|re authenticat*|sign in again|reconnect|must be authorized|admin approval|" +
		"not logged in|authorization revoked|user revoked|access revoked|authorisation of the user|uninstalled|not installed|installation|" +
		"authorized by|再度認可|重新授权|not authorised by|not allowed by the user|approval"},
		When: []string{"!login"}, Not: []string{"approved scope*|consent to scope|credential*|api key*|code verifier|pushed"}, Blame: []jeton.Suspect{consentSuspect, about("<assertion>.subject", "the access is for this subject, who has not allowed it", "compare it with the account that consented"), scopeSuspect}},
	{Words: []string{"scope*", bad + "|" + missing + "|" + unknown + "|not granted|not assigned|unauthorized|not enabled|not defined|insufficient|more than|exceeds|restricted|no scope*|empty|duplicate|" +
		"at least one|not configured|permission*|privilege*|outside|beyond"}, Blame: []jeton.Suspect{
		scopeSuspect, about("scope_in", "the provider may want the scope in another place", "write scope_in: claim, claim_array or none, as the provider documents"), about("vendor", "the client may not have been given this scope", "ask the provider's administrator to allow the scope for the client")}},
	{Words: []string{"scope*"}, When: []string{"!resource"}, Blame: []jeton.Suspect{scopeSuspect, about("scope_separator", "the provider may want another separator", "write scope_separator: \",\" if it says so")}},
	{Words: []string{"not allowed for this client|not authorized to use|not authorized for this grant|client is not allowed to use|client not allowed|" +
		"not authorized to request|not allowed to use|not enabled for this client|not enabled for the client|not authorized for this client|" +
		"cannot use this grant|not permitted to use|is not enabled for client credentials|flow is not|flow not|client credentials flow|" +
		"client credentials grant|not enabled to retrieve service account|service accounts not|direct access grants"},
		Not: []string{"audience|authentication method|auth method|endpoint auth|scope*|endpoint authentication"}, Blame: []jeton.Suspect{grantSuspect, clientSuspect, consentSuspect}},
	{Words: []string{"grant type*|grants|oauth flow|flow|response type*|the grant|this grant|grant is|client credentials grant|password grant|grant flow", "not allowed|not permitted|unauthorized|isnt allowed|not authorized|not enabled|disabled|not registered|not configured|forbidden|not granted|" +
		"isnt enabled|restricted|cannot use|may not use|not assigned|not available|disallowed|no grant*"},
		Not: []string{"authentication method|auth method|endpoint auth*|invalid grant"}, Blame: []jeton.Suspect{grantSuspect, clientSuspect, consentSuspect}},
	{Words: []string{"client credentials|authorization code|refresh token|device code|password|jwt bearer|token exchange", "does not support|doesnt support|not support|not supported|unsupported|not offered"}, Not: []string{"param*|authentication method|auth method*"}, Blame: []jeton.Suspect{grantSuspect, about("grant.parameter", "the server may want another word as grant_type", "write the word that the provider documents"), vendorSuspect}},
	{Words: []string{"only", "may use|can use|allowed to use|permitted to use|able to use"}, Not: []string{"scope*|https"}, Blame: []jeton.Suspect{grantSuspect, clientSuspect, vendorSuspect}},
	{Words: []string{"grant type*|granttype", missing}, Not: []string{"unsupported|not supported"}, Blame: []jeton.Suspect{
		encodingSuspect, about("request.method", "the server may read parameters from the body of a POST alone", "write request.method: POST"), about("grant.parameter", "the server wants another word as grant_type", "write the word that the provider documents")}},
	{Words: []string{"grant type*|granttype", bad}, Blame: []jeton.Suspect{
		about("grant.parameter", "the server does not know this grant_type", "write the word that the provider documents"), about("grant.type", "the server may not offer this grant", "write a grant type that the provider documents"), encodingSuspect}},
	{Words: []string{"explicitly enabled|must be enabled|needs to be enabled|has to be enabled|be enabled for|enable it|enable the|not been enabled|flow disabled"}, Not: []string{"grant type*|token|scope*"}, Blame: []jeton.Suspect{vendorSuspect, grantSuspect}},
	{Words: []string{"policy|policies|access rule*|rule"}, Not: []string{"password policy|token|assertion|authentication method*|auth method*"}, Blame: []jeton.Suspect{
		about("vendor", "a policy of the provider does not allow the request", "let the provider's administrator look at its policies, for this client and scope"), scopeSuspect, consentSuspect}},
	{Words: []string{"disabled|deactivated|suspended|inactive|locked|blocked|not enabled|not activated|pending approval|terminated|archived|trial|subscription*|" +
		"license*|licence*|billing|payment required|not provisioned|contact support|not entitled|entitlement*|not subscribed|not verified|unverified|" +
		"under review|contact your administrator|contact your admin|not published|has been removed|developer mode|draft|read only mode|hibernat*|" +
		"organization has been|set up|not configured|not been configured|required action|action required|not onboarded|is not active|" +
		"status not active|banned|not confirmed|unconfirmed|must be verified|verify your|agreement|not signed|not accepted the"},
		Not: []string{"token|jwt|assertion|secret|password|key|certificate|grant type*|scope*|signature|redirect*"}, Blame: []jeton.Suspect{
			about("vendor", "the client, account or service is switched off or not set up at the provider", "let the provider's administrator enable it, with what the server says"), clientSuspect}},
}
