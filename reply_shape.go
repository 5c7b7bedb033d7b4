package jeton

import "github.com/jeton-oauth/jeton/internal/jsonbody"

// otherReplies are recognised by members that a token reply has not: what was
// asked is another endpoint of the authorization server.
var otherReplies = []struct {
	name    string
	members []string
}{
	{"the device authorization endpoint (RFC 8628)", []string{"device_code", "user_code"}},
	{"the pushed authorization request endpoint (RFC 9126)", []string{"request_uri", "expires_in"}},
	{"the metadata of the server (RFC 8414)", []string{"issuer", "token_endpoint"}},
	{"the metadata of the server (RFC 8414)", []string{"issuer", "jwks_uri"}},
	{"the keys of the server (RFC 7517)", []string{"keys"}},
	{"the introspection endpoint (RFC 7662)", []string{"active"}},
}

// otherReply is the finding for a reply without a token that another endpoint gives.
func otherReply(body any) (Finding, bool) {
	object, ok := body.(map[string]any)
	if !ok {
		return Finding{}, false
	}
	for _, other := range otherReplies {
		if !hasMembers(object, other.members) {
			continue
		}
		f := Finding{Parameter: "token_url", Problem: "the URL is not that of the token endpoint: the reply is what " + other.name + " says", Fix: "write the token endpoint", Certain: true}
		if said, _ := jsonbody.Text(object["token_endpoint"]); said != "" && len(urlProblems(said)) == 0 {
			f.Proposed = said
		}
		return f, true
	}
	return Finding{}, false
}

func hasMembers(object map[string]any, names []string) bool {
	for _, name := range names {
		if _, ok := object[name]; !ok {
			return false
		}
	}
	return true
}
