package diagnosis

import (
	"net/http"

	"github.com/jeton-oauth/jeton"
)

// pageWords are about a page for people in the place of an answer. Words in passing
// say little there: where it was found, and what it is for, say more.
var pageWords = []jeton.Rule{
	{When: []string{"html", "!resource"}, Statuses: []int{http.StatusNotFound, http.StatusGone}, Blame: []jeton.Suspect{
		about("token_url", "there is nothing at this URL: a page says so", "compare token_url with the provider's documentation")}},
	{When: []string{"html", "!resource"}, Words: []string{"sign in|signin|log in|login|log on|logon|forgot password|forgot your password|remember me|keep me signed in"},
		Not: []string{"proxy|captive|guest|hotspot|rate limit*|too many|maintenance|blocked|firewall|captcha"}, Blame: []jeton.Suspect{
			about("token_url", "the URL is that of a page on which people sign in", "write the token endpoint, which the provider documents beside it")}},
}

// unreadWords are about a request of which the server has read nothing, or not as it
// was meant.
var unreadWords = []jeton.Rule{
	// Another endpoint has answered.
	{When: []string{"!resource"}, Words: []string{"bearer", "scheme|authorization header|access token", "must be|expected|require*|only|missing"}, Not: []string{"jwt bearer|assertion|grant type|refresh token|subject token"}, Blame: []jeton.Suspect{
		about("token_url", "an API has answered, which wants an access token: this is no token endpoint", "compare token_url with the provider's documentation")}},
	{When: []string{"!resource"}, Codes: []string{"invalid_token"}, Words: []string{"no access token|access token is missing|missing access token|access token not provided|access token was not provided"}, Blame: []jeton.Suspect{
		about("token_url", "an API has answered, which misses an access token (RFC 6750): this is no token endpoint", "compare token_url with the provider's documentation")}},
	{When: []string{"get", "!resource"}, Statuses: []int{http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented}, Blame: []jeton.Suspect{
		about("request.method", "token endpoints take POST (RFC 6749 section 3.2), and GET was sent", "write request.method: POST, unless the provider documents GET"), urlSuspect}},
	{When: []string{"!resource", "!device_code"}, Words: []string{"device code", "not allowed|not enabled|not permitted|not supported|not registered|unauthorized"}, Blame: []jeton.Suspect{
		about("token_url", "the server speaks of the grant for devices, which was not asked for: this may be the device authorization endpoint", "write the token endpoint"), grantSuspect}},
	{When: []string{"json", "silent", "!own_grant_type", "!resource"}, Codes: []string{"unsupported_grant_type"}, Blame: []jeton.Suspect{formSuspect, unknownGrantSuspect}},
	{When: []string{"query", "silent", "!own_grant_type", "!resource"}, Codes: []string{"unsupported_grant_type"}, Blame: []jeton.Suspect{formSuspect, unknownGrantSuspect}},
	{When: []string{"json", "!resource"}, Words: []string{unauthenticated}, Blame: []jeton.Suspect{formSuspect, methodSuspect}},
	{When: []string{"query", "!resource"}, Words: []string{unauthenticated}, Blame: []jeton.Suspect{formSuspect, methodSuspect}},
	{When: []string{"basic", "!resource"}, Words: []string{"encoded|encoding|url encod*|urlencod*|url decod*|escap*|percent", "authorization header|basic|client secret|client id|client credential*"}, Not: []string{"content type|media type|body|base64|base 64|form urlencoded|assertion|token"}, Blame: []jeton.Suspect{
		about("client.basic_encoding", "the server does not find client id and secret encoded as it expects", "write client.basic_encoding: form (RFC 6749 section 2.3.1), or raw for a server that does not decode"), secretSuspect, methodSuspect}},
	{When: []string{"separator"}, Codes: []string{"invalid_scope"}, Blame: []jeton.Suspect{
		about("scope_separator", "the scopes are not separated by the space of RFC 6749 section 3.3", "remove scope_separator, unless the provider documents it"), scopeSuspect}},
	// A key is looked up by its id first.
	{When: []string{"assertion", "kid"}, Words: []string{keyNotFound}, Not: []string{"signature*"}, Blame: []jeton.Suspect{kidSuspect, keySuspect, algSuspect}},
	{When: []string{"assertion"}, Words: []string{keyNotFound}, Not: []string{"signature*"}, Blame: []jeton.Suspect{keySuspect, kidSuspect, algSuspect}},
}

// formSuspect is an encoding that the document has chosen.
var formSuspect = about("request.encoding", "the server may read its parameters from a form alone (RFC 6749 section 3.2), and they were sent in another way", "remove request.encoding, unless the provider documents it")

const (
	unauthenticated = "no client authentication|no client credentials|no authentication|client authentication is required|client authentication missing|missing client authentication|missing client credential*"
	keyNotFound     = "key not found|keys not found|key is not found|no matching key*|no suitable key*|no applicable key*|unable to find key|cannot find key|" +
		"could not find key|key cannot be found|key could not be found|key is not registered|key not registered|" +
		"key is not known|key not known|unknown key|no key of|no key for|no key with|no key found|no keys found|find a key|find the key"
)
