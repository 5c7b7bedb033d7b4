package inject_test

import (
	"context"
	"errors"
	"maps"
	"testing"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/inject"
)

// perRPCCredentials is the interface of google.golang.org/grpc/credentials.
type perRPCCredentials interface {
	GetRequestMetadata(ctx context.Context, uri ...string) (map[string]string, error)
	RequireTransportSecurity() bool
}

var _ perRPCCredentials = (*inject.PerRPCCredentials)(nil)

func TestPerRPCCredentials(t *testing.T) {
	const service = "https://api.example.com/reports.v1.Reports"
	tenant := func(token *jeton.Token) {
		token.Usage.Headers = map[string]jeton.SecretSource{"X-Tenant": jeton.SecretValue("acme")}
	}
	broken := errors.New("no token")
	for _, row := range []struct {
		name     string
		source   *fakeSource
		urls     []string
		uri      []string
		want     map[string]string
		category jeton.Category
	}{
		{"bearer", &fakeSource{}, []string{"https://api.example.com"}, []string{service}, map[string]string{"authorization": "Bearer token-1"}, ""},
		{"further headers", &fakeSource{change: tenant}, []string{"https://api.example.com/"}, []string{service}, map[string]string{"authorization": "Bearer token-1", "x-tenant": "acme"}, ""},
		{"no URLs", &fakeSource{}, nil, []string{service}, nil, jeton.DeliveryNotAllowed},
		{"another host", &fakeSource{}, []string{apiURL}, []string{"https://evil.example/x"}, nil, jeton.DeliveryNotAllowed},
		{"another service", &fakeSource{}, []string{"https://api.example.com/other.v1.Other"}, []string{service}, nil, jeton.DeliveryNotAllowed},
		{"one of two", &fakeSource{}, []string{"https://api.example.com"}, []string{service, "https://evil.example/x"}, nil, jeton.DeliveryNotAllowed},
		{"no service", &fakeSource{}, []string{"https://api.example.com"}, nil, nil, jeton.DeliveryNotAllowed},
		{"no URL", &fakeSource{}, []string{"https://api.example.com"}, []string{"%"}, nil, jeton.DeliveryNotAllowed},
		{"DPoP", &fakeSource{change: func(token *jeton.Token) { token.TokenType = "DPoP" }}, []string{"https://api.example.com"}, []string{service}, nil, jeton.UnsupportedTokenType},
		{"no token", &fakeSource{err: broken}, []string{"https://api.example.com"}, []string{service}, nil, jeton.InternalError},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := &inject.PerRPCCredentials{Source: row.source, URLs: row.urls}
			got, err := c.GetRequestMetadata(context.Background(), row.uri...)
			if row.category != "" && (err == nil || jeton.CategoryOf(err) != row.category) {
				t.Errorf("error %v", err)
			}
			if row.category == "" && err != nil || !maps.Equal(got, row.want) {
				t.Errorf("got %v, %v", got, err)
			}
			if !c.RequireTransportSecurity() {
				t.Error("a token would go in the clear")
			}
		})
	}
}
