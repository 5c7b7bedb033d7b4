package diagnosis

import "github.com/jeton-oauth/jeton"

const maskinportenDocs = "https://docs.digdir.no/docs/Maskinporten/maskinporten_feilsoking"

// norwayRules are the refusals of Maskinporten and ID-porten (Digdir). Some
// descriptions begin with a code such as MP-110, others have the text alone.
var norwayRules = []jeton.Rule{
	{Words: []string{"mp 110|invalid assertion client authentication failed invalid jwt claim aud"}, Blame: []jeton.Suspect{
		{Parameter: "<assertion>.audience", Problem: "aud is not the issuer of this environment, its trailing slash included", Fix: "write audience: https://maskinporten.no/ or https://test.maskinporten.no/, as issuer stands in the metadata; the token URL is no longer taken"},
		{Parameter: "token_url", Problem: "the request may have gone to another environment than aud names", Fix: "write the token URL of the same environment"},
	}, Source: maskinportenDocs},
	{Words: []string{"mp 120|signed with an invalid certificate"}, Blame: []jeton.Suspect{
		{Parameter: "<assertion>.key", Problem: "the enterprise certificate is not valid, or is a test certificate in production (or the other way round)", Fix: "sign with a valid virksomhetssertifikat of this environment"},
		{Parameter: "token_url", Problem: "this may be the other environment", Fix: "write the token URL of the environment that the certificate belongs to"},
	}, Source: maskinportenDocs},
	{Words: []string{"pre registered jwk|no key identifier kid|key identifier kid"}, Blame: []jeton.Suspect{
		{Parameter: "<assertion>.headers.kid", Problem: "the client has registered keys, and the JWT names none of them", Fix: "write headers: {kid: ...} with the kid of a key that is registered on the client"},
		{Parameter: "<assertion>.key", Problem: "the public key of this key may not be registered on the client", Fix: "register it on the client"},
	}, Source: maskinportenDocs},
	{Words: []string{"mp 121|client authentication failed expired key"}, Blame: []jeton.Suspect{
		{Parameter: "<assertion>.key", Problem: "the key that is registered on the client has expired: it lives one year from its registration", Fix: "register the public key on the client again, or a new one, and sign with it"},
		{Parameter: "<assertion>.headers.kid", Problem: "the kid may name an old key of the client", Fix: "write the kid of a key that is still valid"},
	}, Source: maskinportenDocs},
	{Words: []string{"mp 122|does not match certificate orgno|invalid organization number for client"}, Blame: []jeton.Suspect{
		{Parameter: "<assertion>.key", Problem: "the certificate was issued to another organisation than the one that owns the client", Fix: "sign with the certificate of the organisation that owns the client"},
		{Parameter: "<assertion>.issuer", Problem: "the client may be the one of another organisation", Fix: "write the client id of a client of this organisation"},
	}, Source: maskinportenDocs},
	{Words: []string{"mp 123|invalid jwt header x5c|failed to extract certificate from jwt"}, Blame: []jeton.Suspect{
		{Parameter: "<assertion>.certificate_headers", Problem: "x5c is missing or is not an array of certificates", Fix: "write certificate_headers: [x5c] and no headers.x5c; with a registered key write headers.kid instead"},
		{Parameter: "<assertion>.headers.x5c", Problem: "a written x5c has to be a list, even for one certificate", Fix: "remove it: certificate_headers computes it"},
	}, Source: maskinportenDocs},
	{Words: []string{"mp 124|could not validate jwt signature"}, Blame: []jeton.Suspect{
		{Parameter: "<assertion>.key", Problem: "the signature does not verify with the certificate or the registered key: expired, or of the other environment", Fix: "sign with a valid certificate of this environment, or with the key that is registered on the client"},
		{Parameter: "<assertion>.headers.kid", Problem: "the kid may name another key of the client", Fix: "write the kid under which this key is registered"},
		{Parameter: "<assertion>.algorithm", Problem: "only RS256, RS384 and RS512 are taken", Fix: "write algorithm: RS256"},
	}, Source: maskinportenDocs},
	{Words: []string{"mp 130|authentication of client by jwt failed jwt is expired"}, Blame: []jeton.Suspect{
		{Parameter: "clock", Problem: "the JWT had expired when it arrived, or the clocks differ by more than 10 seconds", Fix: "synchronise the clock, or write auto_skew: true"},
		{Parameter: "<assertion>.lifetime", Problem: "the JWT may live 120 seconds at most", Fix: "write lifetime: 100s, and let every request be signed anew"},
	}, Source: maskinportenDocs},
	{Words: []string{"issue time is after now"}, Blame: []jeton.Suspect{
		{Parameter: "clock", Problem: "this machine's clock is ahead of the server's", Fix: "synchronise the clock, or write auto_skew: true"},
		{Parameter: "<assertion>.backdate", Problem: "iat may lie 10 seconds ahead at most", Fix: "write backdate: 5s"},
	}, Source: maskinportenDocs},
	{Words: []string{"mp 012|grant is used before"}, Blame: []jeton.Suspect{
		{Parameter: "<assertion>.jti", Problem: "a JWT with this jti was sent before", Fix: "write jti: uuid and no claim jti, so that every request is signed anew", Proposed: "uuid"},
	}, Source: maskinportenDocs},
	{Words: []string{"mp 011|invalid assertion invalid parameter value"}, Blame: []jeton.Suspect{
		{Parameter: "<assertion>.claims", Problem: "the JWT has a claim that is not known here, or a broken value", Fix: "remove claims that the documentation of the JWT grant does not list, and line breaks in values"},
		{Parameter: "<assertion>", Problem: "what was sent may be no well-formed JWT", Fix: "let jeton sign it"},
	}, Source: maskinportenDocs},
	{Words: []string{"combination consumer org in claim"}, Blame: []jeton.Suspect{
		{Parameter: "<assertion>.claims.consumer_org", Problem: "consumer_org names the organisation that owns the client itself", Fix: "remove claims.consumer_org, or write the organisation on whose behalf the token is wanted"},
	}, Source: maskinportenDocs},
	{Words: []string{"mp 200|token request contains invalid scopes for client"}, Blame: []jeton.Suspect{
		{Parameter: "scopes", Problem: "the scope is not registered on this client, or is misspelt", Fix: "register the scope on the client in the self-service, or correct it"},
	}, Source: maskinportenDocs},
	{Words: []string{"mp 201|scopes not allowed for maskinporten|scopes with integration types only allowed"}, Blame: []jeton.Suspect{
		{Parameter: "scopes", Problem: "the scope is for another kind of client (integration type)", Fix: "make a client of the integration type that the scope allows, or ask for another scope"},
		{Parameter: "client.id", Problem: "the client has the wrong integration type", Fix: "make a new client with the right integration type and write its id"},
	}, Source: maskinportenDocs},
	{Words: []string{"mp 250|has not been granted access to the scope"}, Blame: []jeton.Suspect{
		{Parameter: "scopes", Problem: "the provider of the API has not given this organisation access to the scope", Fix: "ask the provider of the API for access, or write a scope to which there is access"},
		{Parameter: "consent", Problem: "access has to be given by the provider of the API", Fix: "ask the provider of the API"},
	}, Source: maskinportenDocs},
	{Words: []string{"mp 251|has not delegated access to the scope"}, Blame: []jeton.Suspect{
		{Parameter: "consent", Problem: "the consumer has not delegated the scope to the supplier in Altinn", Fix: "let the consumer delegate the right API to the supplier in Altinn"},
		{Parameter: "<assertion>.claims.consumer_org", Problem: "consumer_org may name the wrong organisation", Fix: "write the organisation number of the consumer"},
		{Parameter: "scopes", Problem: "another scope may be the one that was delegated", Fix: "write the scope that was delegated"},
	}, Source: maskinportenDocs},
	{Words: []string{"mp 301|unknown authorization details type"}, Blame: []jeton.Suspect{
		{Parameter: "<assertion>.claims.authorization_details", Problem: "the type of authorization_details is not supported", Fix: "write a type that the metadata lists, for example urn:altinn:systemuser"},
	}, Source: maskinportenDocs},
	{Words: []string{"mp 302|unknown fields in the authorization details"}, Blame: []jeton.Suspect{
		{Parameter: "<assertion>.claims.authorization_details", Problem: "authorization_details has a member that its type does not know", Fix: "remove the member that is named"},
	}, Source: maskinportenDocs},
	{Words: []string{"mp 303|invalid authorization details value*"}, Blame: []jeton.Suspect{
		{Parameter: "<assertion>.claims.authorization_details", Problem: "a value in authorization_details is not valid", Fix: "correct the value that is named"},
	}, Source: maskinportenDocs},
	{Words: []string{"mp 100|authentication of client by jwt failed client not found"}, Blame: []jeton.Suspect{
		{Parameter: "<assertion>.issuer", Problem: "this environment has no client with the id in iss", Fix: "write the client id as issuer, and compare it with the self-service"},
		{Parameter: "<assertion>.audience", Problem: "the client may be of another environment than the audience", Fix: "write the issuer of the environment in which the client was made"},
		{Parameter: "token_url", Problem: "the request may have gone to another environment", Fix: "write the token URL of the environment in which the client was made"},
	}, Source: maskinportenDocs},
	// The text of MP-100 is the beginning of others, and so stands after them.
	{Words: []string{"invalid assertion client authentication failed"}, Not: []string{"invalid jwt", "kid", "certificate", "expired", "signature"}, When: []string{"grant_assertion"}, Blame: []jeton.Suspect{
		{Parameter: "grant.assertion.issuer", Problem: "this environment has no client with the id in iss", Fix: "write the client id as issuer, and compare it with the self-service"},
		{Parameter: "grant.assertion.key", Problem: "the key may not be registered on the client", Fix: "register its public key on the client, and write its kid"},
		{Parameter: "token_url", Problem: "the request may have gone to another environment", Fix: "write the token URL of the environment in which the client was made"},
	}, Source: maskinportenDocs},
	{Words: []string{"client not found"}, When: []string{"grant_assertion", "!secret"}, Blame: []jeton.Suspect{
		{Parameter: "grant.assertion.issuer", Problem: "this environment has no client with the id in iss", Fix: "write the client id as issuer, and compare it with the provider's"},
		{Parameter: "grant.assertion.audience", Problem: "the client may be of another environment than the audience", Fix: "write the issuer of the environment in which the client was made"},
	}, Source: maskinportenDocs},
}
