package jeton

import (
	"testing"
	"time"
)

// TestVarsInTexts: {name} in scopes and parameters, of the request and of a step.
func TestVarsInTexts(t *testing.T) {
	c := &Connection{TokenURL: "https://as.example/token", Vars: map[string]string{"account": "a/1 b", "res": "https"}, Scopes: Scopes{"{res}/.default", "plain"},
		Grant: GrantOptions{Type: "client_credentials"}, Request: RequestOptions{Params: map[string]ParamValues{"account_id": Param("{account}"), "filter": Param(`{"x":1}`, "{unknown}"), "big": Param("{res^}")}},
		Steps: []Step{{URL: "https://as.example/step", Request: RequestOptions{Params: map[string]ParamValues{"vault": Param("{account}")}}}}}
	filled := complete(c, &keyring{}, nil, false)
	filled.check(time.Now())
	for _, f := range filled.report.findings {
		if f.Parameter != "client.auth" && !f.Warning {
			t.Errorf("%+v", f)
		}
	}
	for name, want := range map[string]string{"account_id": "a/1 b", "filter": `{"x":1}`, "big": "HTTPS"} {
		if got := filled.Request.Params[name][0].Text; got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if got := filled.Request.Params["filter"][1].Text; got != "{unknown}" {
		t.Errorf("%q", got)
	}
	if filled.Scopes[0] != "https/.default" || filled.Steps[0].Request.Params["vault"][0].Text != "a/1 b" {
		t.Errorf("%v %v", filled.Scopes, filled.Steps[0].Request.Params)
	}
	if c.Scopes[0] != "{res}/.default" || c.Request.Params["account_id"][0].Text != "{account}" || c.Steps[0].Request.Params["vault"][0].Text != "{account}" {
		t.Error("the document was changed")
	}
}
