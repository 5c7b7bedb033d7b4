package diagnosis_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/diagnosis"
)

// keyOf is a key of package key's test data, which has the certificates too.
func keyOf(t *testing.T, name, password string) jeton.KeyList {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "key", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	k := jeton.KeyValue(string(data))
	if password != "" {
		k.Password = jeton.SecretValue(password)
	}
	return jeton.KeyList{k}
}

// keyWithID is a JWK whose kid is own.
func keyWithID() jeton.KeyList {
	return jeton.KeyList{jeton.KeyValue(`{"kty":"OKP","crv":"Ed25519","kid":"own","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`)}
}

// signed is a client with an assertion; change may be nil.
func signed(key jeton.KeyList, change func(*jeton.Connection, *jeton.Assertion)) *jeton.Connection {
	a := &jeton.Assertion{Key: key}
	c := &jeton.Connection{TokenURL: "https://as.example/token", Client: jeton.Client{ID: "bot", Assertion: a}, Grant: jeton.GrantOptions{Type: "client_credentials"}}
	if change != nil {
		change(c, a)
	}
	return c
}

// refuse makes an exchange fail and returns its facts.
func refuse(t *testing.T, c *jeton.Connection, answer reply) diagnosis.Facts {
	t.Helper()
	engine := &jeton.Engine{HTTP: &http.Client{Transport: answer}}
	recorder := new(jeton.Recorder)
	_, err := engine.Exchange(jeton.WithRecorder(t.Context(), recorder), c, nil)
	var e *jeton.Error
	if !errors.As(err, &e) {
		t.Fatalf("no error of ours: %v", err)
	}
	f := diagnosis.Facts{Err: e, Local: c.Validate()}
	if all := recorder.Exchanges(); len(all) > 0 {
		f.Exchange = &all[len(all)-1]
	}
	return f
}

// suspecting is a diagnosis that suspects these parameters, in this order.
func suspecting(parameters ...jeton.Parameter) *diagnosis.Diagnosis {
	d := &diagnosis.Diagnosis{}
	for _, p := range parameters {
		d.Findings = append(d.Findings, jeton.Finding{Parameter: p, Problem: "perhaps"})
	}
	d.Findings = append(d.Findings, jeton.Finding{Parameter: "request.encoding", Problem: "a warning", Certain: true, Warning: true})
	return d
}

// lines are alternatives as a document says them.
func lines(list []diagnosis.Alternative) (all []string) {
	for _, a := range list {
		all = append(all, string(a.Parameter)+": "+a.Value)
	}
	return all
}

var refusedClient = reply{status: 401, body: `{"error":"invalid_client","error_description":"no"}`}

func TestAlternatives(t *testing.T) {
	rsa := keyOf(t, "modern.p12", "changeit") // with a certificate
	ec := keyOf(t, "ec-256.pem", "")
	audience := func(words ...string) func(*jeton.Connection, *jeton.Assertion) {
		return func(c *jeton.Connection, a *jeton.Assertion) { a.Audience = words }
	}
	withIssuer := func(issuer string) func(*jeton.Connection, *jeton.Assertion) {
		return func(c *jeton.Connection, _ *jeton.Assertion) { c.Issuer = issuer }
	}
	basic := secretConnection("client_secret_basic")
	plain := secretConnection("client_secret_basic")
	plain.Client.Secret = jeton.SecretList{jeton.SecretValue("abc")}
	silent := reply{status: 403}
	for _, test := range []struct {
		name     string
		c        *jeton.Connection
		answer   reply
		suspects []jeton.Parameter
		want     []string
	}{
		{"audience with an issuer", signed(ec, withIssuer("https://as.example")), refusedClient, []jeton.Parameter{"client.assertion.audience"},
			[]string{"client.assertion.audience: issuer", "client.assertion.audience: host", "client.assertion.audience: https://as.example/", "client.assertion.audience: https://as.example/token/"}},
		{"an issuer that ends with a slash", signed(ec, withIssuer("https://as.example/")), refusedClient, []jeton.Parameter{"client.assertion.audience"},
			[]string{"client.assertion.audience: issuer", "client.assertion.audience: host", "client.assertion.audience: https://as.example", "client.assertion.audience: https://as.example/token/"}},
		{"audience without an issuer", signed(ec, nil), refusedClient, []jeton.Parameter{"client.assertion.audience"},
			[]string{"client.assertion.audience: host", "client.assertion.audience: https://as.example", "client.assertion.audience: https://as.example/token/"}},
		{"an audience of its own", signed(ec, audience("https://other.example")), refusedClient, []jeton.Parameter{"client.assertion.audience"},
			[]string{"client.assertion.audience: token_url", "client.assertion.audience: host", "client.assertion.audience: https://as.example", "client.assertion.audience: https://as.example/token/"}},
		{"variables in the URL", signed(ec, func(c *jeton.Connection, _ *jeton.Assertion) {
			c.TokenURL, c.Vars = "POST https://{t}.example/token", map[string]string{"t": "acme"}
		}), refusedClient, []jeton.Parameter{"client.assertion.audience"},
			[]string{"client.assertion.audience: host", "client.assertion.audience: https://acme.example", "client.assertion.audience: https://acme.example/token/"}},
		{"basic", basic, refusedClient, []jeton.Parameter{"client.auth"}, []string{"client.auth: client_secret_post"}},
		{"post", secretConnection("client_secret_post"), refusedClient, []jeton.Parameter{"client.auth"}, []string{"client.auth: client_secret_basic"}},
		{"a secret that form encoding changes", basic, refusedClient, []jeton.Parameter{"client.secret"}, []string{"client.auth: client_secret_post", "client.basic_encoding: raw"}},
		{"a secret that it does not", plain, refusedClient, []jeton.Parameter{"client.secret"}, []string{"client.auth: client_secret_post"}},
		{"x5t#S256", signed(rsa, func(_ *jeton.Connection, a *jeton.Assertion) { a.CertificateHeaders = []string{"x5t#S256", "x5c"} }), refusedClient,
			[]jeton.Parameter{"client.assertion.certificate_headers"}, []string{"client.assertion.certificate_headers: [x5t, x5c]", "client.assertion.headers.kid: thumbprint"}},
		{"x5t", signed(rsa, func(_ *jeton.Connection, a *jeton.Assertion) { a.CertificateHeaders = []string{"x5t"} }), refusedClient,
			[]jeton.Parameter{"client.assertion.certificate_headers"}, []string{"client.assertion.certificate_headers: [x5t#S256]", "client.assertion.headers.kid: thumbprint"}},
		{"a key with certificate", signed(rsa, nil), refusedClient, []jeton.Parameter{"client.assertion.key"},
			[]string{"client.assertion.headers.kid: thumbprint", "client.assertion.certificate_headers: [x5t#S256]", "client.assertion.certificate_headers: [x5t]", "client.assertion.algorithm: PS256"}},
		{"a key without", signed(ec, nil), refusedClient, []jeton.Parameter{"client.assertion.key"}, []string{"client.assertion.headers.kid: thumbprint"}},
		{"typ", signed(ec, nil), refusedClient, []jeton.Parameter{"client.assertion.headers.typ"},
			[]string{"client.assertion.headers.typ: client-authentication+jwt", `client.assertion.headers.typ: ""`}},
		{"typ of a grant", assertionConnection(), refusedClient, []jeton.Parameter{"grant.assertion.headers.typ"}, []string{`grant.assertion.headers.typ: ""`}},
		{"the kid of the key", signed(keyWithID(), nil), refusedClient, []jeton.Parameter{"client.assertion.headers.kid"},
			[]string{"client.assertion.headers.kid: thumbprint", `client.assertion.headers.kid: ""`}},
		{"another kid", signed(keyWithID(), func(_ *jeton.Connection, a *jeton.Assertion) { a.Headers = map[string]any{"kid": "x"} }), refusedClient,
			[]jeton.Parameter{"client.assertion.headers.kid"}, []string{"client.assertion.headers.kid: thumbprint", "client.assertion.headers.kid: own", `client.assertion.headers.kid: ""`}},
		{"PS256", signed(rsa, func(_ *jeton.Connection, a *jeton.Assertion) { a.Algorithm = "PS256" }), refusedClient, []jeton.Parameter{"client.assertion.algorithm"},
			[]string{"client.assertion.algorithm: RS256"}},
		{"scope in the body", signed(ec, func(c *jeton.Connection, _ *jeton.Assertion) { c.Scopes = jeton.Scopes{"a", "b"} }), refusedClient, []jeton.Parameter{"scope_in"},
			[]string{"scope_in: claim", "scope_in: claim_array"}},
		{"no assertion for the scope", basic, refusedClient, []jeton.Parameter{"scope_in"}, nil},
		{"encoding", basic, refusedClient, []jeton.Parameter{"request.encoding"}, []string{"request.encoding: json"}},
		{"client_secret_jwt", secretConnection("client_secret_jwt"), refusedClient, []jeton.Parameter{"client.assertion.audience"},
			[]string{"client.assertion.audience: host", "client.assertion.audience: https://as.example", "client.assertion.audience: https://as.example/token/"}},
		{"an entry of a list", basic, refusedClient, []jeton.Parameter{"client.secret[1]"}, []string{"client.auth: client_secret_post", "client.basic_encoding: raw"}},
		{"in the order of the suspects", signed(rsa, nil), refusedClient, []jeton.Parameter{"client.assertion.algorithm", "client.id", "client.assertion.headers.kid"},
			[]string{"client.assertion.algorithm: PS256", "client.assertion.headers.kid: thumbprint", "client.assertion.certificate_headers: [x5t#S256]", "client.assertion.certificate_headers: [x5t]"}},
		{"a server that says nothing", basic, silent, []jeton.Parameter{"egress"}, []string{"client.auth: client_secret_post", "client.basic_encoding: raw"}},
		{"and an assertion", signed(ec, nil), silent, []jeton.Parameter{"egress"},
			[]string{"client.assertion.audience: host", "client.assertion.audience: https://as.example", "client.assertion.audience: https://as.example/token/", "client.assertion.headers.kid: thumbprint",
				"client.assertion.headers.typ: client-authentication+jwt", `client.assertion.headers.typ: ""`}},
		{"nothing at this address", basic, reply{status: 404}, []jeton.Parameter{"token_url"}, nil},
		{"a parameter without another value", basic, refusedClient, []jeton.Parameter{"client.id"}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := snapshot(t, test.c)
			f := refuse(t, test.c, test.answer)
			got := diagnosis.Alternatives(test.c, suspecting(test.suspects...), f)
			if !slices.Equal(lines(got), test.want) {
				t.Errorf("got  %q\nwant %q", lines(got), test.want)
			}
			if after := snapshot(t, test.c); after != before {
				t.Errorf("the connection was changed:\n%s\n%s", before, after)
			}
			for _, a := range got {
				if n := differences(t, test.c, a.Connection); n != 1 {
					t.Errorf("%s: %s differs in %d values", a.Parameter, a.Value, n)
				}
				if a.Connection.TokenURL != test.c.TokenURL || a.Connection.Issuer != test.c.Issuer {
					t.Errorf("%s: %s goes elsewhere", a.Parameter, a.Value)
				}
			}
		})
	}
}

// snapshot is a connection in words, without what empty maps and nil maps differ in.
func snapshot(t *testing.T, c *jeton.Connection) string {
	t.Helper()
	text, err := json.Marshal(fields(reflect.ValueOf(*c), "", map[string]string{}))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// differences counts the values that two connections differ in.
func differences(t *testing.T, one, other *jeton.Connection) (n int) {
	t.Helper()
	a, b := fields(reflect.ValueOf(*one), "", map[string]string{}), fields(reflect.ValueOf(*other), "", map[string]string{})
	for path := range b {
		if _, known := a[path]; !known {
			a[path] = ""
		}
	}
	for path := range a {
		if a[path] != b[path] {
			n++
		}
	}
	return n
}

// fields are the values of a connection by their paths; a list is one value.
func fields(v reflect.Value, path string, found map[string]string) map[string]string {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() && v.Type().Elem().Kind() == reflect.Struct && v.Type() == reflect.TypeFor[*jeton.Assertion]() {
			return fields(v.Elem(), path, found)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[jeton.Secret]() {
			found[path] = v.Interface().(jeton.Secret).Reveal()
			return found
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fields(v.Field(i), path+"."+v.Type().Field(i).Name, found)
			}
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			text, _ := json.Marshal(v.MapIndex(key).Interface())
			found[path+"."+key.String()] = string(text)
		}
	default:
		if text, _ := json.Marshal(v.Interface()); !v.IsZero() {
			found[path] = string(text)
		}
	}
	return found
}

// What metadata say is tried only at the host of the document: whoever makes up
// metadata must not get an assertion that is good at another server.
func TestAlternativesOfMetadata(t *testing.T) {
	for name, test := range map[string]struct {
		issuer, tokenURL string
		metadata         jeton.Metadata
		want             []string
	}{
		"the same host": {"https://as.example", "", jeton.Metadata{TokenURL: "https://as.example/t"},
			[]string{"client.assertion.audience: token_url", "client.assertion.audience: host", "client.assertion.audience: https://as.example/", "client.assertion.audience: https://as.example/t/"}},
		"another host": {"https://as.example", "", jeton.Metadata{TokenURL: "https://victim.example/t"},
			[]string{"client.assertion.audience: https://as.example/"}},
		"another one than is written": {"", "https://as.example/token", jeton.Metadata{TokenURL: "https://victim.example/t"},
			[]string{"client.assertion.audience: host", "client.assertion.audience: https://as.example", "client.assertion.audience: https://as.example/token/"}},
		"another path": {"", "https://as.example/token", jeton.Metadata{TokenURL: "https://as.example/real"},
			[]string{"client.assertion.audience: host", "client.assertion.audience: https://as.example", "client.assertion.audience: https://as.example/token/", "client.assertion.audience: https://as.example/real"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := signed(keyOf(t, "ec-256.pem", ""), func(c *jeton.Connection, _ *jeton.Assertion) { c.Issuer, c.TokenURL = test.issuer, test.tokenURL })
			f := diagnosis.Facts{Err: refuse(t, signed(keyOf(t, "ec-256.pem", ""), nil), refusedClient).Err, Metadata: &test.metadata}
			d := suspecting("client.assertion.audience")
			d.Findings[0].Proposed = "https://victim.example/proposed" // by the server, in its refusal
			got := lines(diagnosis.Alternatives(c, d, f))
			if !slices.Equal(got, test.want) {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
	t.Run("algorithms", func(t *testing.T) {
		c := signed(keyOf(t, "rsa.pem", ""), nil)
		f := refuse(t, c, refusedClient)
		f.Metadata = &jeton.Metadata{ClientAuthAlgorithms: []string{"ES256", "PS512", "RS256", "HS256", "none"}}
		want := []string{"client.assertion.algorithm: PS512", "client.assertion.algorithm: PS256"}
		if got := lines(diagnosis.Alternatives(c, suspecting("client.assertion.algorithm"), f)); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

// The server's own word for the audience comes first, at its own host.
func TestAlternativeThatTheServerNames(t *testing.T) {
	c := signed(keyOf(t, "ec-256.pem", ""), nil)
	d := suspecting("client.assertion.audience")
	d.Findings[0].Proposed = "https://as.example/realms/acme"
	got := lines(diagnosis.Alternatives(c, d, refuse(t, c, refusedClient)))
	if len(got) == 0 || got[0] != "client.assertion.audience: https://as.example/realms/acme" {
		t.Errorf("got %q", got)
	}
}

func TestAtMostSixAlternatives(t *testing.T) {
	c := signed(keyOf(t, "modern.p12", "changeit"), func(c *jeton.Connection, a *jeton.Assertion) {
		c.Issuer, a.Audience = "https://as.example", jeton.StringList{"https://elsewhere.example"}
	})
	got := lines(diagnosis.Alternatives(c, suspecting("client.assertion.audience", "client.assertion.key", "client.assertion.headers.typ"), refuse(t, c, refusedClient)))
	if len(got) != 6 || !strings.HasPrefix(got[3], "client.assertion.audience") || strings.HasPrefix(got[4], "client.assertion.audience") {
		t.Errorf("got %q, want four audiences and two others", got)
	}
}

func TestUntried(t *testing.T) {
	grant := func(g jeton.GrantOptions) *jeton.Connection {
		c := secretConnection("client_secret_basic")
		c.Grant = g
		return c
	}
	single := secretConnection("client_secret_basic")
	single.Refresh.SingleLive = true
	basic := secretConnection("client_secret_basic")
	for name, test := range map[string]struct {
		c      *jeton.Connection
		answer reply
		why    string
	}{
		"client_credentials":   {basic, refusedClient, ""},
		"jwt_bearer":           {assertionConnection(), reply{status: 400, body: `{"error":"invalid_grant"}`}, ""},
		"no reason given":      {basic, reply{status: 403}, ""},
		"too many":             {basic, reply{status: 429, body: `{"error":"invalid_client"}`}, "fewer requests"},
		"in trouble":           {basic, reply{status: 500, body: `{"error":"invalid_client"}`}, "in trouble"},
		"in trouble, politely": {basic, reply{status: 400, body: `{"error":"temporarily_unavailable"}`}, "in trouble"},
		"wait":                 {basic, reply{status: 503, header: http.Header{"Retry-After": {"5"}}}, "fewer requests"},
		"password":             {grant(jeton.GrantOptions{Type: "password", Username: "u", Password: jeton.SecretValue("p")}), refusedClient, "lock the account"},
		"refresh_token":        {grant(jeton.GrantOptions{Type: "refresh_token", RefreshToken: jeton.SecretValue("r")}), refusedClient, "only once"},
		"token_exchange":       {grant(jeton.GrantOptions{Type: "token_exchange", SubjectToken: jeton.SecretValue("s"), SubjectTokenType: "access_token"}), refusedClient, "only once"},
		"single_live":          {single, refusedClient, "single_live"},
		"redirect":             {basic, reply{status: 307, header: http.Header{"Location": {"https://x.example/"}}}, "certain"},
		"a page":               {basic, reply{status: 200, body: "<html></html>"}, "did not refuse"},
		"nothing there":        {basic, reply{status: 404, body: `{"error":"not_found"}`}, "no token endpoint"},
		"no token":             {basic, reply{status: 200, body: `{"a":1}`}, "did not refuse"},
	} {
		t.Run(name, func(t *testing.T) {
			f := refuse(t, test.c, test.answer)
			d := diagnosis.Diagnose(test.c, f)
			why, list := diagnosis.Untried(test.c, d, f), diagnosis.Alternatives(test.c, d, f)
			if (test.why == "") != (why == "") || !strings.Contains(why, test.why) {
				t.Errorf("untried because %q, want %q", why, test.why)
			}
			if (test.why == "") != (len(list) > 0) {
				t.Errorf("alternatives %q", lines(list))
			}
		})
	}
	t.Run("no answer", func(t *testing.T) {
		f := diagnosis.Facts{Err: jeton.NewError(jeton.NetworkError, jeton.StageTCP, "no")}
		if diagnosis.Untried(basic, suspecting("client.auth"), f) == "" {
			t.Error("tried")
		}
	})
	t.Run("certain", func(t *testing.T) {
		f, d := refuse(t, basic, refusedClient), suspecting("client.auth")
		d.Findings[0].Certain = true
		if diagnosis.Alternatives(basic, d, f) != nil {
			t.Error("tried")
		}
	})
	t.Run("no request", func(t *testing.T) {
		c := assertionConnection()
		f := refuse(t, c, refusedClient)
		c.TokenURL, c.Issuer = "none", ""
		if diagnosis.Alternatives(c, suspecting("grant.assertion.audience"), f) != nil {
			t.Error("tried")
		}
	})
}
