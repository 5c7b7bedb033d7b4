package jeton_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/jeton-oauth/jeton"
)

// TestValidateSteps: what can be said of steps without a request; w: is a warning.
func TestValidateSteps(t *testing.T) {
	const good = "https://api.good.example/session"
	header := func(name, value string) jeton.RequestOptions {
		return jeton.RequestOptions{Headers: map[string]jeton.SecretSource{name: jeton.SecretValue(value)}}
	}
	keeping := func(target string, keep ...string) jeton.Step {
		return jeton.Step{URL: target, Response: jeton.ResponseOptions{Keep: keep}}
	}
	for _, row := range []struct {
		name   string
		steps  []jeton.Step
		change func(*jeton.Connection)
		want   string
	}{
		{"a step", []jeton.Step{{URL: good}}, nil, ""},
		{"the method in the URL", []jeton.Step{{URL: "get " + good}}, nil, ""},
		{"the method twice", []jeton.Step{{URL: "GET " + good, Request: jeton.RequestOptions{Method: "POST"}}}, nil, "steps[0].request.method"},
		{"a variable", []jeton.Step{{URL: good + "/{tenant}"}}, func(c *jeton.Connection) { c.Vars = map[string]string{"tenant": "t"} }, ""},
		{"a variable without value", []jeton.Step{{URL: good + "/{tenant}"}}, nil, "vars.tenant"},
		{"a variable that changes the host", []jeton.Step{{URL: "https://{tenant}.good.example/"}}, func(c *jeton.Connection) { c.Vars = map[string]string{"tenant": "evil.example/"} }, "vars.tenant"},
		{"a kept member", []jeton.Step{{URL: "{reply.url}/s"}}, nil, ""},
		{"a member of an earlier step", []jeton.Step{keeping(good, "data.0.x"), {URL: good + "/{reply.data.0.x}"}}, nil, ""},
		{"a member of its own", []jeton.Step{{URL: good + "/{reply.own}", Response: jeton.ResponseOptions{Keep: []string{"own"}}}}, nil, "steps[0].url"},
		{"no member", []jeton.Step{{URL: good + "/{reply.}"}}, nil, "steps[0].url"},
		{"not the name of a reply", []jeton.Step{{URL: good + "/{Reply.url}"}}, nil, "vars.Reply.url"},
		{"the token in the URL", []jeton.Step{{URL: good + "?t={reply.access_token}"}}, nil, "steps[0].url"},
		{"the token in a query", []jeton.Step{{URL: good, Request: jeton.RequestOptions{Method: "GET", Params: map[string]jeton.ParamValues{"t": jeton.Param("{reply.access_token}")}}}}, nil, "w:steps[0].request.params.t"},
		{"user information", []jeton.Step{{URL: "https://a:b@api.good.example/"}}, nil, "steps[0].url"},
		{"a fragment", []jeton.Step{{URL: good + "#a"}}, nil, "steps[0].url"},
		{"a word for a method", []jeton.Step{{URL: good, Request: jeton.RequestOptions{Method: "PUT", Encoding: "xml"}}}, nil, "steps[0].request.method steps[0].request.encoding"},
		{"loopback", []jeton.Step{{URL: "http://127.0.0.1:1/"}}, nil, "w:steps[0].url"},
		{"a header of the client", []jeton.Step{{URL: good, Request: header("Content-Length", "1")}}, nil, "steps[0].request.headers.Content-Length"},
		{"a line break", []jeton.Step{{URL: good, Request: header("X-A", "a\r\nb")}}, nil, "steps[0].request.headers.X-A"},
		{"a secret that nobody read", []jeton.Step{{URL: good, Request: jeton.RequestOptions{Headers: map[string]jeton.SecretSource{"X-A": {Env: "A"}}, Params: map[string]jeton.ParamValues{"a": {{Secret: jeton.SecretSource{Env: "B"}}}}}}}, nil,
			"steps[0].request.headers.X-A steps[0].request.params.a"},
		{"a word for a format", []jeton.Step{{URL: good, Response: jeton.ResponseOptions{ExpiresFormat: "days", MaxLifetime: -1, Success: jeton.Conditions{{Path: "a", Matches: "("}}}}}, nil,
			"steps[0].response.expires_format steps[0].response.max_lifetime steps[0].response.success"},
		{"ten", slices.Repeat([]jeton.Step{{URL: good}}, 10), nil, ""},
		{"eleven", slices.Repeat([]jeton.Step{{URL: good}}, 11), nil, "steps"},
		{"of a user name and a password", []jeton.Step{{URL: good}}, func(c *jeton.Connection) {
			c.Type, c.Grant = "basic", jeton.GrantOptions{Username: "u", Password: jeton.SecretValue("p")}
		}, "steps"},
		{"with a proof of possession", []jeton.Step{{URL: good}}, func(c *jeton.Connection) { c.Client.DPoP = &jeton.DPoP{} }, "client.dpop"},
		{"a token made here has no members", []jeton.Step{{URL: "{reply.url}/s"}}, selfMade, "steps[0].url"},
		{"a host of a later reply, and nothing that limits it", []jeton.Step{keeping(good, "later"), {URL: "{reply.later}/s"}}, func(c *jeton.Connection) {
			selfMade(c)
			c.Resource.Hosts = nil
		}, "resource.hosts"},
		{"the URL of the resource from a step", []jeton.Step{keeping(good, "base")}, func(c *jeton.Connection) { c.Resource.URLs = []string{"{reply.base}/"} }, ""},
		{"the URL of the resource from the token", []jeton.Step{{URL: good}}, func(c *jeton.Connection) { c.Resource.URLs = []string{"https://a.good.example/{reply.access_token}/"} }, "resource.urls[0]"},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := new(flow).connection(row.steps...)
			if row.change != nil {
				row.change(c)
			}
			var got []string
			for _, f := range c.Validate() {
				p := string(f.Parameter)
				if f.Warning {
					p = "w:" + p
				}
				got = append(got, p)
				if f.Problem == "" || f.Fix == "" || strings.Contains(f.Problem, clientSecret) {
					t.Errorf("%+v", f)
				}
			}
			if text := strings.Join(slices.Compact(got), " "); text != row.want {
				t.Errorf("got  %s\nwant %s\n%+v", text, row.want, c.Validate())
			}
			checkValidateChangesNothing(t, c)
		})
	}
}

// selfMade makes a connection one whose first token is made here.
func selfMade(c *jeton.Connection) {
	c.TokenURL, c.Response.Keep, c.Client = "none", nil, jeton.Client{}
	c.Grant = jeton.GrantOptions{Type: "jwt_bearer", Assertion: &jeton.Assertion{Algorithm: "HS256", Issuer: "a", Key: jeton.KeyList{jeton.KeyValue("0123456789abcdef0123456789abcdef")}}}
}
