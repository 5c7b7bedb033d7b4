package inject

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/jeton-oauth/jeton"
)

// PerRPCCredentials puts a token on each call of a gRPC client. It has the
// methods of credentials.PerRPCCredentials in google.golang.org/grpc, which is
// not imported here:
//
//	grpc.NewClient(target, grpc.WithPerRPCCredentials(&inject.PerRPCCredentials{Source: source, URLs: []string{"https://api.example.com/"}}))
//
// gRPC has no place to see that a server refused a token (UNAUTHENTICATED): a
// program that wants a new one before the old one expires calls Reject of the
// source, for example from an interceptor.
type PerRPCCredentials struct {
	// Source of tokens.
	Source Source
	// URLs are the only places where the token is sent, as in [Transport]. gRPC
	// names a service as https://HOST/PACKAGE.SERVICE.
	URLs []string

	once   sync.Once
	places places
	err    error
}

// GetRequestMetadata returns the fields that present the token, with names in
// lower case. uri is the service that is called.
func (p *PerRPCCredentials) GetRequestMetadata(ctx context.Context, uri ...string) (map[string]string, error) {
	p.once.Do(func() { p.places, p.err = parsePlaces(p.URLs) })
	if p.err != nil {
		return nil, p.err
	}
	if len(uri) == 0 {
		return nil, notAllowed("the token was not sent", "gRPC did not name the service", "use a version of gRPC that does")
	}
	for _, raw := range uri {
		u, err := url.Parse(raw)
		if err != nil {
			return nil, notAllowed("the token was not sent", "the service has no URL", "look at the target of the client")
		}
		if err := p.places.admit(u, ""); err != nil {
			return nil, err
		}
	}
	token, err := p.Source.Token(ctx)
	if err != nil {
		return nil, err
	}
	if strings.EqualFold(token.TokenType, "DPoP") {
		return nil, jeton.NewError(jeton.UnsupportedTokenType, jeton.StageConfig, "a token bound by DPoP cannot be used with gRPC: a proof belongs to an HTTP request")
	}
	if token.Usage.Query != "" || token.Usage.Cookie != "" {
		const problem = "gRPC has neither a query nor cookies, where the token is to stand"
		return nil, jeton.NewError(jeton.UnsupportedTokenType, jeton.StageConfig, "the token cannot be used with gRPC: "+problem,
			jeton.Finding{Parameter: "usage", Problem: problem, Fix: "write usage.header, if the API takes one", Certain: true})
	}
	scratch := &http.Request{Header: http.Header{}}
	token.Authorize(scratch)
	metadata := make(map[string]string, len(scratch.Header))
	for name, values := range scratch.Header {
		metadata[strings.ToLower(name)] = values[0]
	}
	return metadata, nil
}

// RequireTransportSecurity is always true.
func (*PerRPCCredentials) RequireTransportSecurity() bool { return true }
