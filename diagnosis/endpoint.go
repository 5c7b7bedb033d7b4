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
func retarget(blame []jeton.Suspect, err *jeton.Error) []jeton.Suspect {
	e, ok := loginEndpoints[err.Endpoint]
	if !ok {
		return blame
	}
	blame = slices.DeleteFunc(slices.Clone(blame), func(s jeton.Suspect) bool {
		return s.Parameter == "request.encoding" || s.Parameter == "request.method"
	})
	words := strings.NewReplacer("token endpoint", e.called, "token_url", string(e.parameter))
	for i, s := range blame {
		if s.Parameter == "token_url" {
			blame[i] = about(e.parameter, words.Replace(s.Problem), words.Replace(s.Fix))
		}
	}
	return blame
}
