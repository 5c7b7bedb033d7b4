package jeton

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// canaryDocument fills every secret field with %s.
const canaryDocument = `
name: canaries
client:
  id: a
  secret: [%s, {value: %s}, {base64: %s}]
  assertion: {token: %s, key: [{value: %s, password: %s, key_password: {value: %s}}, {base64: %s}]}
  dpop: {algorithm: ES256, key: {value: %s}}
grant:
  password: %s
  refresh_token: {value: %s}
  subject_token: {base64: %s}
  actor_token: %s
  assertion: {token: {base64: %s}, key: {value: %s}}
request:
  headers: {x-a: %s, x-b: {value: %s}}
  params: {a: {value: %s}, b: [plain, {base64: %s}]}
usage: {headers: {x-c: %s}}
tls: {ca: {value: %s}, client: {certificate: {base64: %s}, key: {value: %s, password: %s}}}
resource: {tls: {client: {key: {value: %s, password: {value: %s}}}}}
steps:
- url: https://a.example
  request: {headers: {x-d: %s}, params: {c: {value: %s}}}
`

// A Connection shows none of its secrets, however it is printed, and neither
// does an error of Resolve.
func TestNoConnectionShowsASecret(t *testing.T) {
	const canary = "canary5d1c90ab"
	n := strings.Count(canaryDocument, "%s")
	values, want := make([]any, n), map[string]bool{}
	for i := range values {
		text := fmt.Sprintf("%s%02d", canary, i)
		values[i], want[text] = text, true
	}
	c, err := Parse(fmt.Appendf(nil, canaryDocument, values...))
	if err != nil {
		t.Fatal(documentReport(err))
	}
	seen := 0
	c.EachSecret(func(p Parameter, s *SecretSource) {
		seen++
		if text := s.Value.Reveal() + s.Base64.Reveal(); !want[text] {
			t.Errorf("%s is %q", p, text)
		}
	})
	if seen != n {
		t.Errorf("EachSecret sees %d of %d", seen, n)
	}
	encoded, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	for verb, text := range map[string]string{"%+v": fmt.Sprintf("%+v", c), "%#v": fmt.Sprintf("%#v", *c), "json": string(encoded)} {
		if strings.Contains(text, canary) {
			t.Errorf("%s shows a secret: %s", verb, text)
		}
	}
	c.Client.Secret[2].Base64 = NewSecret("!" + canary) // no base64
	c.Grant.SubjectToken = SecretSource{File: canary}
	c.Grant.ActorToken = SecretSource{Env: canary}
	c.Client.DPoP.Key = KeySource{SecretSource: SecretSource{Command: []string{canary, canary}}}
	c.TLS.CA = KeyFile("-----BEGIN X-----\n" + canary)
	sources := LocalSources(t.TempDir())
	sources.Run = func(context.Context, []string) ([]byte, error) { return nil, errors.New(canary) }
	noCanary(t, canary, c.Resolve(context.Background(), sources))
	sources.ReadFile = func(string) ([]byte, error) { return nil, errors.New(canary) }
	noCanary(t, canary, c.Resolve(context.Background(), sources))
	noCanary(t, canary, c.Resolve(context.Background(), Sources{}))
}

// A secret in the wrong place is in no text of the error.
func TestNoErrorShowsAMisplacedSecret(t *testing.T) {
	documents := []string{
		"client: {secrt: %s}", "client_secret: %s", "%s", "'%s'", "[%s]", "client: %s", "client: [%s]", "client: {%s}", "client: {secret: {%s}}",
		"client: {secret: {%s: x}}", "client: {secret: {env: A, value: %s}}", "client: {secret: {value: [%s]}}", "client: {secret: {command: %s}}", "grant: {password: [%s]}",
		"client: {assertion: {key: %s}}", "client: {assertion: {key: {%s}}}", "client: {assertion: {key: {password: %s}}}", "client: {assertion: {key: {fil: %s}}}",
		"client: {assertion: {lifetime: %s}}", "client: {assertion: {claims: %s}}", "client: {assertion: {headers: [%s]}}", "rejected: {status: [%s]}", "paused: %s",
		"version: %s", "kind: %s", "client: {auth: %s}", "client: {auth: [%s]}", "grant: {type: %s}", "access: {deliver: [%s]}", "access: {roles: %s}", "scopes: {a: %s}", "steps: %s",
		"vars: {a: [%s]}", "vars: %s", "request: {params: {a: {b: %s}}}", "request: {params: {a: [[%s]]}}", "request: {headers: {a: [%s]}}", "request: {params: %s}",
		"client: {secret: !%s x}", "client: {secret: !x %s}", "client: {secret: *%s }", "client: {secret: '%s}", "client: {secret: \"\\q%s\"}", "client: {secret: %s: x}", "<<: %s",
		"client:\n  secret: x\n  secret: %s", "client: {secret: @%s}", "client: {secret: `%s`}", "%% %s", "%%YAML %s\n---\na: b", "client: {secret: %s", "- %s\n%s: x", "client:\n\tsecret: %s",
		"client: {secret: x}\n---\n%s", "client: {%s: {%s}}", "? [%s]\n: x", "client: {secret: !<%s> x}", "tls: {pin: [%s]}", "tls: {%s}", "grant: {%s: }",
		`{"client": {"secret": %s}}`, `{"client": {"secret": "%s}`, `{"client": {"secrt": "%s"}}`, `{"client": "%s"}`, `{"a": "\ud800%s"}`, `{"a": "%s"} "%s"`, `{"a": tru%s}`, `["%s"]`,
		"\xff\xfe%s", "%s\x00", "-----BEGIN %s", "a: \xff%s", "response: {default_lifetime: %sd}",
	}
	for _, canary := range []string{"canary5d1c90ab", "c4nary +/= 5d1c90ab", "Canary_5d1c90ab==", strings.Repeat("canary5d1c90ab", 20), "5190123456789canary"} {
		for _, document := range documents {
			text := strings.ReplaceAll(strings.ReplaceAll(document, "%s", canary), "%%", "%")
			_, err := Parse([]byte(text))
			if err == nil {
				if document != "version: %s" { // 5190... and the like may be what it should be
					t.Errorf("%s is accepted", text)
				}
				continue
			}
			noCanary(t, canary, err)
		}
	}
}

// noCanary looks into everything an error can show.
func noCanary(t *testing.T, canary string, err error) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("no *Error but %v", err)
	}
	encoded, jsonErr := json.Marshal(e)
	if jsonErr != nil {
		t.Fatal(jsonErr)
	}
	for _, text := range []string{documentReport(err), fmt.Sprintf("%+v", err), fmt.Sprintf("%+v", *e), fmt.Sprintf("%#v", e), string(encoded)} {
		for _, part := range []string{canary, canary[:8]} {
			if strings.Contains(text, part) {
				t.Fatalf("the error shows a misplaced secret: %s", text)
			}
		}
	}
	if cause := errors.Unwrap(err); cause != nil && strings.Contains(cause.Error(), canary) {
		t.Fatalf("the cause shows a misplaced secret: %v", cause)
	}
}

// Every type of the document that can hold a secret is seen by EachSecret.
func TestEachSecretSeesEveryField(t *testing.T) {
	c := new(Connection)
	filled := map[string]bool{}
	fillSecrets(reflect.ValueOf(c).Elem(), "", filled)
	if len(filled) < 30 {
		t.Fatalf("only %d secrets", len(filled))
	}
	c.EachSecret(func(p Parameter, s *SecretSource) {
		if !filled[s.Value.Reveal()] {
			t.Errorf("%s: %q twice, or not ours", p, s.Value.Reveal())
		}
		delete(filled, s.Value.Reveal())
	})
	for path := range filled {
		t.Errorf("%s is not seen", path)
	}
}

// fillSecrets puts a Secret that names its Go path into every place it can reach.
func fillSecrets(v reflect.Value, path string, filled map[string]bool) {
	if v.Type() == reflect.TypeFor[*AppliedPreset]() { // no part of the document
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fillSecrets(v.Elem(), path, filled)
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Struct && v.Type() != reflect.TypeFor[Members]() {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
			fillSecrets(v.Index(0), path+"[0]", filled)
		}
	case reflect.Map:
		if v.Type().Elem().Kind() == reflect.String || v.Type().Elem().Kind() == reflect.Interface {
			return
		}
		element := reflect.New(v.Type().Elem()).Elem()
		fillSecrets(element, path+".k", filled)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.ValueOf("k"), element)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[SecretSource]() {
			filled[path] = true
			v.Set(reflect.ValueOf(SecretValue(path)))
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() && v.Type() != reflect.TypeFor[Secret]() {
				fillSecrets(v.Field(i), path+"."+v.Type().Field(i).Name, filled)
			}
		}
	}
}
