package provider_test

import (
	"testing"

	"github.com/jeton-oauth/jeton/provider"
)

func TestParse(t *testing.T) {
	c, err := provider.Parse([]byte("provider: docusign\ngrant: {assertion: {issuer: a, subject: b, lifetime: 1m}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if c.Provider != "docusign@1" || c.TokenURL != "https://{host}/oauth/token" || c.Grant.Type != "jwt_bearer" || c.Vars["host"] != "account.docusign.com" || c.Grant.Assertion.Algorithm != "RS256" {
		t.Errorf("%+v", c)
	}
	if _, err := provider.Parse([]byte("provider: docusgin\n")); err == nil {
		t.Error("a name that is not known was accepted")
	} else {
		t.Log(err)
	}
}
