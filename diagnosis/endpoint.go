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

// atStep: a request after the first one was refused (steps of the document).
func atStep(err *jeton.Error) bool { return strings.HasPrefix(err.Endpoint, "steps[") }

// ofStep turns what is said of a resource or of the token request into what is
// true of a step.
func ofStep(blame []jeton.Suspect, step string) []jeton.Suspect {
	blame = slices.Clone(blame)
	for i, s := range blame {
		switch p := string(s.Parameter); {
		case p == "resource.probe", p == "token_url":
			blame[i] = about(jeton.Parameter(step+".url"), "the request of this step may go to another place, or be another one", "compare it with what the provider documents")
		case strings.HasPrefix(p, "usage"):
			blame[i] = about(jeton.Parameter(step+".request.headers"), "the step may present the token of the step before in another way than is wanted", "write the header that the provider documents: request.headers of this step, with {reply.access_token}")
		case strings.HasPrefix(p, "request."), strings.HasPrefix(p, "response."):
			blame[i].Parameter = jeton.Parameter(step + "." + p)
		}
	}
	return blame
}

// retarget turns what is said of the token endpoint into what is true of the
// endpoint that has answered, which is sent a form in any case.
func retarget(blame []jeton.Suspect, err *jeton.Error) []jeton.Suspect {
	if atStep(err) {
		return ofStep(blame, err.Endpoint)
	}
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

// otherEndpoint: the metadata name the URL to which the request went, and as
// another endpoint than the one for tokens.
func (r *refusal) otherEndpoint() []jeton.Finding {
	m, target := r.f.Metadata, r.tokenURL()
	if m == nil || r.c.TokenURL == "" || target == m.TokenURL || r.err.Status == 0 || r.err.Endpoint != "" || r.err.Stage == jeton.StageProbe {
		return nil
	}
	if slices.ContainsFunc(r.err.Findings, func(f jeton.Finding) bool { return f.Parameter == "token_url" && f.Certain }) {
		return nil // its reply says so already
	}
	for _, other := range []struct{ name, said string }{
		{"authorization endpoint", m.AuthorizationURL}, {"device authorization endpoint", m.DeviceAuthorizationURL}, {"revocation endpoint", m.RevocationURL},
		{"pushed authorization request endpoint", m.PushedAuthorizationURL}, {"place of the metadata themselves", m.Source},
	} {
		if other.said == target {
			return []jeton.Finding{{Parameter: "token_url", Problem: "the issuer's metadata name this URL, and as the " + other.name, Fix: "write the token endpoint, or leave token_url out", Proposed: m.TokenURL,
				Evidence: limit("sent to " + target + "; token_endpoint of the metadata: " + orElse(m.TokenURL, "none")), Certain: true}}
		}
	}
	return nil
}

// foreignParams are parameters that no token request has, and the endpoints that
// want them: a server that misses one of them is asked in the wrong place.
var foreignParams = map[string]string{"token": "the introspection or revocation endpoint", "response_type": "the authorization endpoint", "user_code": "the page for user codes", "request_uri": "the authorization endpoint"}

// foreignParam blames the URL where the server misses a parameter of another endpoint.
func (r *refusal) foreignParam() (jeton.Suspect, bool) {
	if r.err.Endpoint != "" || r.features["resource"] || r.features["login"] || !missingWords.matches(r.words, r.set) {
		return jeton.Suspect{}, false
	}
	for _, found := range paramInText().FindAllStringSubmatch(strings.ToLower(r.said), -1) {
		name := found[1] + found[2]
		if place, ok := foreignParams[name]; ok && !r.wasSent(name) {
			return about("token_url", "the server misses the parameter "+name+", which is for "+place, "write the token endpoint"), true
		}
	}
	return jeton.Suspect{}, false
}

// paramInText is a name that a text quotes or calls a parameter.
var paramInText = expression(`["'\x60]([a-z_]+)["'\x60]|\b(?:parameters?|params?)(?: |: |\(s\) )([a-z_]+)\b`)

// rightEndpoint proposes what the metadata name, where it is certain that the URL
// is wrong.
func rightEndpoint(c *jeton.Connection, certain []jeton.Finding, m *jeton.Metadata) []jeton.Finding {
	if m == nil || m.TokenURL == c.TokenURL {
		return certain
	}
	for i := range certain {
		if certain[i].Parameter == "token_url" && certain[i].Proposed == "" {
			certain[i].Proposed = m.TokenURL
		}
	}
	return certain
}
