package diagnosis

import (
	"slices"
	"strings"

	"github.com/jeton-oauth/jeton"
)

// An endpoint beside the token endpoint, at which a login begins. The engine
// says in the problem of an error which one has answered.
type endpoint struct {
	said      string
	parameter jeton.Parameter
	called    string
}

var loginEndpoints = []endpoint{
	{"device authorization", "device_authorization_url", "device authorization endpoint"},
	{"pushed authorization request", "issuer", "pushed authorization request endpoint"}, // no field names it: the metadata do
}

// atPush: the authorization request was refused where it was pushed (RFC 9126).
func atPush(err *jeton.Error) bool {
	return strings.Contains(err.Problem, "refused the pushed authorization request")
}

// retarget turns what is said of the token endpoint into what is true of the
// endpoint that has answered, which is sent a form in any case.
func retarget(blame []suspect, err *jeton.Error) []suspect {
	for _, e := range loginEndpoints {
		if !strings.Contains(err.Problem, e.said) {
			continue
		}
		blame = slices.DeleteFunc(slices.Clone(blame), func(s suspect) bool { return s.parameter == "request.encoding" })
		words := strings.NewReplacer("token endpoint", e.called, "token_url", string(e.parameter))
		for i, s := range blame {
			if s.parameter == "token_url" {
				blame[i] = suspect{e.parameter, words.Replace(s.problem), words.Replace(s.fix)}
			}
		}
	}
	return blame
}
