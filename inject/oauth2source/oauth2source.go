// Package oauth2source is for programs and libraries that take an
// oauth2.TokenSource of golang.org/x/oauth2:
//
//	option.WithTokenSource(oauth2source.New(ctx, source)) // source: a *jeton.CachingSource
//
// It is a package of its own so that a program which uses only jeton and inject
// does not link that module. Tokens are fetched by the source, never by x/oauth2.
package oauth2source

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/inject"
)

// timeout bounds one call: oauth2.TokenSource has no context of the caller.
const timeout = 30 * time.Second

// New returns an oauth2.TokenSource. ctx ends it; it is not the context of any
// one request. Each call takes at most 30 seconds.
//
// What it returns has no refresh token: the source refreshes, and nobody else.
// Neither does x/oauth2 tell it that a resource refused a token, nor does
// oauth2.NewClient look where a token goes: [inject.Client] does both.
func New(ctx context.Context, source inject.Source) oauth2.TokenSource {
	return &tokenSource{ctx, source}
}

type tokenSource struct {
	ctx    context.Context
	source inject.Source
}

// Token returns the token of the source. A token that is not presented as
// "Authorization: SCHEME TOKEN" is an error, for oauth2.Token cannot say it.
func (s *tokenSource) Token() (*oauth2.Token, error) {
	ctx, cancel := context.WithTimeout(s.ctx, timeout)
	defer cancel()
	token, err := s.source.Token(ctx)
	if err != nil {
		return nil, err
	}
	if problem := notPresentable(token); problem != "" {
		return nil, jeton.NewError(jeton.UnsupportedTokenType, jeton.StageConfig, "the token cannot be given to golang.org/x/oauth2: "+problem,
			jeton.Finding{Parameter: "usage", Problem: problem, Fix: "use inject.Transport", Certain: true})
	}
	scheme := token.Usage.Scheme
	if scheme == "" {
		scheme = token.TokenType
	}
	converted := &oauth2.Token{AccessToken: token.AccessToken.Reveal(), TokenType: scheme, Expiry: token.Expiry.Round(0)}
	extra := make(map[string]any, len(token.Extra)+1)
	for name, raw := range token.Extra {
		var value any
		if json.Unmarshal(raw, &value) == nil {
			extra[name] = value
		}
	}
	if token.Scope != "" {
		extra["scope"] = token.Scope
	}
	return converted.WithExtra(extra), nil
}

// notPresentable says what oauth2.Token.SetAuthHeader would leave out.
func notPresentable(token *jeton.Token) string {
	name, _ := token.Header()
	switch {
	case token.Usage.Query != "":
		return "it stands in the query"
	case token.Usage.Cookie != "":
		return "it stands in a cookie"
	case http.CanonicalHeaderKey(name) != "Authorization":
		return "it stands in the header " + name
	case token.Usage.Raw:
		return "it is presented without a scheme"
	case len(token.Usage.Headers) > 0:
		return "it is presented with further headers"
	case strings.EqualFold(token.TokenType, "DPoP"):
		return "every request needs a DPoP proof"
	}
	return ""
}
