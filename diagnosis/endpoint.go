package diagnosis

import (
	"slices"
	"strings"

	"github.com/jeton-oauth/jeton"
)

// loginEndpoint is an endpoint beside the token endpoint, at which a login begins.
type loginEndpoint struct {
	parameter jeton.Parameter
	called    string
}

// loginEndpoints are those that are asked directly, by their names in metadata.
var loginEndpoints = map[string]loginEndpoint{
	"device_authorization_endpoint":         {"device_authorization_url", "device authorization endpoint"},
	"pushed_authorization_request_endpoint": {"issuer", "pushed authorization request endpoint"}, // no field names it: the metadata do
}

// atPush: the authorization request was refused where it was pushed (RFC 9126).
func atPush(err *jeton.Error) bool {
	return err.Endpoint == "pushed_authorization_request_endpoint" && err.Stage == jeton.StageOAuth
}

// retarget turns what is said of the token endpoint into what is true of the
// endpoint that has answered, which is sent a form in any case.
func retarget(blame []suspect, err *jeton.Error) []suspect {
	e, ok := loginEndpoints[err.Endpoint]
	if !ok {
		return blame
	}
	blame = slices.DeleteFunc(slices.Clone(blame), func(s suspect) bool { return s.parameter == "request.encoding" })
	words := strings.NewReplacer("token endpoint", e.called, "token_url", string(e.parameter))
	for i, s := range blame {
		if s.parameter == "token_url" {
			blame[i] = suspect{e.parameter, words.Replace(s.problem), words.Replace(s.fix)}
		}
	}
	return blame
}
