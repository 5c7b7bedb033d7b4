package jeton

import (
	"errors"
	"testing"
)

func TestScratch(t *testing.T) {
	for _, doc := range []string{
		"name: x\nclient:\n  id: 0123\n  secrt: foo\n  auth: basic\nscope: a b\ntoken_endpoint: x\nprivate_key: y\nclient_id: z\n",
		"grant: {type: jwt_bearer}\nprivate_key: y\n",
		"client: {secret: {hunter2}}",
		"client: {secret: {env: A, file: B}}",
		"client: {assertion: {key: foo.pem, lifetime: 2d}}",
		"{\"name\": \"x\",\n \"name\": \"y\"}", "{\"name\": }", "{name: x}", "a: 1\n\tb: 2", "",
		"client: {assertion: {key: {fiel: x}}}", "kind: role\nmembers: [a]", "version: 2",
		"access: {deliver: [token, proxi], roles: x}", "paused: yes", "rejected: {status: [401, '402']}",
		"request: {params: {a: {b: c}}}", "client.id: x", "response: {sucess: {path: x}}", "grant: {assertion: {aud: x, alg: RS256, kid: y}}", "tls: {ca: x, verify: false}", "usage: {headrs: {}}",
		"resource: {ca: x}", "client: {key: y, password: x, method: z}",
	} {
		_, err := Parse([]byte(doc))
		t.Logf("%q\n", doc)
		var e *Error
		if errors.As(err, &e) {
			t.Log("   ", e.Problem)
			for _, f := range e.Findings {
				t.Logf("     %s | %s | %s | %s", f.Parameter, f.Problem, f.Fix, f.Proposed)
			}
		} else {
			t.Log("   ", err)
		}
	}
}
