package diagnosis

import "github.com/jeton-oauth/jeton"

const (
	boxErrors   = "https://developer.box.com/guides/api-calls/permissions-and-errors/common-errors/"
	boxSubject  = "https://support.box.com/hc/en-us/articles/360043691734"
	boxJWT      = "https://developer.box.com/guides/authentication/jwt/without-sdk/"
	boxClient   = "https://developer.box.com/guides/authentication/client-credentials/"
	boxAccess   = "https://support.box.com/hc/en-us/articles/360044192553"
	boxCodes    = "https://github.com/box/box-ios-sdk (tests of the code grant)"
	boxLifetime = "https://github.com/box/box-java-sdk/issues/404"
)

var (
	boxApproval = about("consent", "an administrator of the enterprise has not authorized the app, or not since it was changed", "Admin Console, Apps, Platform Apps Manager: add or reauthorize the app by its client id")
	boxSubType  = about("<assertion>.claims.box_sub_type", "box_sub_type does not fit the subject", "write claims: {box_sub_type: enterprise} for an enterprise id, {box_sub_type: user} for a user id")
	boxSub      = about("<assertion>.subject", "the subject is not a Box id that the app may speak for", "write, in quotes, the enterprise id (box_sub_type: enterprise) or the id of a user of that enterprise (box_sub_type: user)")
	boxMinute   = about("<assertion>.lifetime", "Box takes assertions of at most 60 seconds", "write lifetime: 45s")
)

// boxRules are the refusals of Box.
var boxRules = []jeton.Rule{
	{Words: []string{"app is not authorized by the enterprise*|app is not yet authorized for use"}, Blame: []jeton.Suspect{boxApproval}, Source: boxErrors},
	{Words: []string{"grant type is unauthorized for this client"}, Blame: []jeton.Suspect{
		about("grant.type", "the app is set up for another authentication method", "write the grant of the app's method: jwt_bearer, client_credentials or authorization_code"), clientSuspect}, Source: boxErrors},
	{Words: []string{"invalid grant type parameter or parameter missing"}, Blame: []jeton.Suspect{
		about("grant.parameter", "Box does not know this grant_type, or did not find it", "remove grant.parameter"),
		jeton.Suspect{Parameter: "request.encoding", Problem: "the body has to be a form", Fix: "write request.encoding: form", Proposed: "form"},
		about("token_url", "the host may be wrong", "write https://api.box.com/oauth2/token")}, Source: boxErrors},
	{Words: []string{"token based on the enterprise configuration*"}, Blame: []jeton.Suspect{
		about("consent", "the app may not have tokens for this user or content", "switch on Generate User Access Tokens and the right App Access Level in the Developer Console, then let the administrator reauthorize the app"), boxSub, boxSubType}, Source: boxAccess},
	{Words: []string{"authorization code has expired"}, When: []string{"authorization_code"}, Blame: []jeton.Suspect{
		about("consent", "the code has expired: it lives for seconds only (Box: 30)", "begin the login again, and redeem the code at once")}, Source: boxErrors},
	{Words: []string{"auth code doesnt exist or is invalid"}, Blame: []jeton.Suspect{
		about("consent", "the code was used before, or is not of this client", "begin the login again"), about("client.id", "the code may have been issued to another client", "redeem it with the client that began the login")}, Source: boxCodes},
	{Words: []string{"check the sub claim"}, Blame: []jeton.Suspect{boxSub, boxSubType, boxApproval}, Source: boxSubject},
	{Words: []string{"box sub type"}, When: []string{"assertion"}, Blame: []jeton.Suspect{boxSubType, boxSub}, Source: boxSubject},
	{Words: []string{"check the jti claim|unique jti value is required"}, Blame: []jeton.Suspect{
		jeton.Suspect{Parameter: "<assertion>.jti", Problem: "jti has to be there, of 16 to 128 characters, and new each time", Fix: "write jti: uuid", Proposed: "uuid"}}, Source: boxErrors},
	{Words: []string{"check the iss claim|client id specified is invalid"}, Blame: []jeton.Suspect{
		about("<assertion>.issuer", "the issuer has to be the client id", "write the client id of the app as issuer"), clientSuspect}, Source: boxErrors},
	{Words: []string{"check the aud claim"}, Blame: []jeton.Suspect{
		jeton.Suspect{Parameter: "<assertion>.audience", Problem: "the audience has to be the token endpoint", Fix: "write audience: token_url (https://api.box.com/oauth2/token)", Proposed: "token_url"}}, Source: boxJWT},
	{Words: []string{"public key identified by kid"}, Blame: []jeton.Suspect{
		about("<assertion>.headers.kid", "kid and key do not belong together", "write the Public Key ID that the Developer Console shows for this key"),
		about("<assertion>.key", "the key is not the one of this kid", "use the private key of that key pair, or add the public key in the Developer Console")}, Source: boxErrors},
	{Words: []string{"kid invalid", "lookup correct key|look up correct key"}, Blame: []jeton.Suspect{
		about("<assertion>.headers.kid", "the app has no key of this id", "write the Public Key ID that the Developer Console shows"), about("<assertion>.issuer", "the key may be of another app", "write the client id of the key's app")}, Source: boxErrors},
	{Words: []string{"date time must be before the expiration"}, Blame: []jeton.Suspect{
		about("clock", "the assertion has expired by Box's clock", "synchronise the clock, or write auto_skew: true"), boxMinute}, Source: boxErrors},
	{Words: []string{"check the exp claim"}, Blame: []jeton.Suspect{boxMinute, clockSuspect}, Source: boxLifetime},
	{Words: []string{"grant credentials are invalid"}, Blame: []jeton.Suspect{
		about("request.params.box_subject_id", "the app may not speak for this subject", "write params: {box_subject_type: enterprise, box_subject_id: ENTERPRISE_ID}; for a user switch on Generate User Access Tokens"), boxApproval,
		about("client.secret", "client id and secret may not be of one app", "copy both from the Developer Console again")}, Source: boxClient},
	{Codes: []string{"invalid_grant"}, Words: []string{"invalid refresh token"}, When: []string{"!refresh_token"}, Blame: []jeton.Suspect{
		about("grant.refresh_token", "the refresh token has expired, was revoked or was used before", "log in again for a new one, and let only one program renew"), consentSuspect}, Source: boxErrors},
	{Codes: []string{"password_reset_required", "terms_of_service_required"}, Blame: []jeton.Suspect{
		about("consent", "the user has something to accept or to set in Box first", "log in to Box as this user, and do it there")}, Source: boxErrors},
	{Codes: []string{"access_from_location_blocked"}, Blame: []jeton.Suspect{
		about("egress", "the enterprise does not admit logins from this location", "let an administrator admit the address of this machine")}, Source: boxErrors},
	{Codes: []string{"forbidden_by_policy"}, Blame: []jeton.Suspect{vendorSuspect}, Source: boxErrors},
	{Codes: []string{"access_denied_insufficient_permissions"}, Blame: []jeton.Suspect{
		about("scopes", "the token lacks a scope or the user the right to the item", "switch the scope on in the Developer Console, reauthorize the app, and ask for a new token"), vendorSuspect, boxSub}, Source: boxErrors},
}
