package provider_test

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/provider"
)

// guided is the one step of a guide, filled for a document.
func guided(t *testing.T, w *workshop, text, document string) (provider.FilledStep, []provider.Missing, error) {
	t.Helper()
	p := preset(t, "a", 1, `
connection: {token_url: "https://{host}/token", vars: {host: as.example}, grant: {type: client_credentials}}
variables: {host: {description: the login host}, tenant: {description: the directory id}}
consent: {kind: admin, url: "https://{host}/{tenant}/consent?client_id={client_id}&redirect_uri={redirect_uri}&scope={scope}"}
`)
	p.Guide = []provider.Step{{Title: "A step for {{client.id}}", Text: text}}
	c, err := provider.New(p).Parse([]byte("provider: a\n" + document))
	if err == nil {
		err = c.Resolve(context.Background(), w.sources())
	}
	if err != nil {
		t.Fatal(err)
	}
	g, err := p.GuideFor(c, "my conn.yaml")
	if err != nil {
		return provider.FilledStep{}, nil, err
	}
	return g.Steps[0], g.Missing, nil
}

func TestGuide(t *testing.T) {
	w := newWorkshop(t)
	const signed = "client: {id: app-1, assertion: {key: {file: rsa.pem}}}\n"
	for _, row := range []struct {
		name, step, document string
		text, markdown       string
		missing              []jeton.Parameter
	}{
		{"a value", "Enter {{client.id}}.", signed, "Enter app-1.", "Enter `app-1`.", nil},
		{"spaces in the braces", "Enter {{ client.id }}.", signed, "Enter app-1.", "Enter `app-1`.", nil},
		{"a value of the preset", "{{token_url}} {{grant.type}} {{vars.host}}", signed, "https://as.example/token client_credentials as.example", "`https://as.example/token` `client_credentials` `as.example`", nil},
		{"a default", "{{client.assertion.lifetime}} {{client.auth}} {{client.assertion.audience}}", signed, "5m0s private_key_jwt https://as.example/token", "`5m0s` `private_key_jwt` `https://as.example/token`", nil},
		{"nothing yet", "Enter {{client.id}} in {{name}}.", "", "Enter <client.id> in <name>.", "Enter `<client.id>` in `<name>`.", []jeton.Parameter{"client.id", "name"}},
		{"a part of a URL is missing", "{{token_url}}", "token_url: https://{host}/{tenant}/token\n" + signed, "https://as.example/<vars.tenant>/token", "`https://as.example/<vars.tenant>/token`", []jeton.Parameter{"vars.tenant"}},
		{"inside of code", "Write `id={{client.id}}` there.", signed, "Write `id=app-1` there.", "Write `id=app-1` there.", nil},
		{"a backtick in a value", "{{client.id}}", "client: {id: 'a`](http://evil.example)`b'}\n", "a`](http://evil.example)`b", "``a`](http://evil.example)`b``", nil},
		{"a backtick inside of code", "`{{client.id}}`", "client: {id: 'a`b'}\n", "`a`b`", "`ab`", nil},
		{"a line break in a value", "{{client.id}}", "client: {id: \"a\\n\\n# b\\e[31m\"}\n", "a  # b\ufffd[31m", "`a  # b\ufffd[31m`", nil},
		{"scopes", "{{scopes}}", "scopes: [a, b]\n" + signed, "a b", "`a b`", nil},
		{"scopes with another separator", "{{scopes}}", "scopes: [a, b]\nscope_separator: ','\n" + signed, "a,b", "`a,b`", nil},
		{"no scopes", "{{scopes}}", signed, "<scopes>", "`<scopes>`", []jeton.Parameter{"scopes"}},
		{"the redirect URL by default", "{{redirect_url}}", signed, "http://127.0.0.1:7481/callback", "`http://127.0.0.1:7481/callback`", nil},
		{"a redirect URL", "{{redirect_url}}", "grant: {redirect_url: 'https://app.example/cb'}\n" + signed, "https://app.example/cb", "`https://app.example/cb`", nil},
		{"params", "{{request.params.audience}}", "request: {params: {audience: 'https://api.example'}}\n" + signed, "https://api.example", "`https://api.example`", nil},
		{"the command for the certificate", "Get it: {{certificate}}. Then", signed, "Get it:\n\n    jeton provider guide a -f 'my conn.yaml' --print certificate\n\nThen", "Get it:\n\n```\njeton provider guide a -f 'my conn.yaml' --print certificate\n```\n\nThen", nil},
		{"the command before there is a key", "{{certificate}}", "client: {id: a, assertion: {}}\n", "    jeton provider guide a -f 'my conn.yaml' --print certificate", "```\njeton provider guide a -f 'my conn.yaml' --print certificate\n```", []jeton.Parameter{"client.assertion.key"}},
		{"no key yet", "{{thumbprint}} {{fingerprint}} {{kid}} {{public_key}}", "client: {id: a, assertion: {}}\n", "<thumbprint> <fingerprint> <kid> <public_key>", "`<thumbprint>` `<fingerprint>` `<kid>` `<public_key>`", []jeton.Parameter{"client.assertion.key"}},
		{"a key without a certificate", "{{thumbprint}}", "client: {id: a, assertion: {key: {file: google.json}}}\n", "<thumbprint>", "`<thumbprint>`", []jeton.Parameter{"client.assertion.key"}},
		{"an HMAC secret", "{{public_key}}", "client: {id: a, assertion: {algorithm: HS256, key: {file: hmac.txt, encoding: text}}}\n", "<public_key>", "`<public_key>`", []jeton.Parameter{"client.assertion.key"}},
		{"a kid that is written", "{{kid}}", "client: {id: a, assertion: {headers: {kid: mine}}}\n", "mine", "`mine`", nil},
		{"the kid of the key file", "{{kid}}", "client: {id: a, assertion: {key: {file: google.json}}}\n", "0123abcd", "`0123abcd`", nil},
		{"no kid", "{{kid}}", signed, "<kid>", "`<kid>`", []jeton.Parameter{"client.assertion.headers.kid"}},
		{"paragraphs and lists", "One\n\n- two {{client.id}}\n- three\n", signed, "One\n\n- two app-1\n- three", "One\n\n- two `app-1`\n- three", nil},
		{"consent", "{{consent_url}}", "vars: {tenant: t-1}\nscopes: [a b, c]\n" + signed, "https://as.example/t-1/consent?client_id=app-1&redirect_uri=http%3A%2F%2F127.0.0.1%3A7481%2Fcallback&scope=a%20b%20c",
			"`https://as.example/t-1/consent?client_id=app-1&redirect_uri=http%3A%2F%2F127.0.0.1%3A7481%2Fcallback&scope=a%20b%20c`", nil},
		{"consent with gaps", "{{consent_url}}", "scopes: a\n", "https://as.example/<vars.tenant>/consent?client_id=<client.id>&redirect_uri=http%3A%2F%2F127.0.0.1%3A7481%2Fcallback&scope=a",
			"`https://as.example/<vars.tenant>/consent?client_id=<client.id>&redirect_uri=http%3A%2F%2F127.0.0.1%3A7481%2Fcallback&scope=a`", []jeton.Parameter{"vars.tenant", "client.id"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, missing, err := guided(t, w, row.step, row.document)
			if err != nil {
				t.Fatal(err)
			}
			if got.Text != row.text || got.Markdown != row.markdown {
				t.Errorf("got\n%s\n%s\nwant\n%s\n%s", got.Text, got.Markdown, row.text, row.markdown)
			}
			var parameters []jeton.Parameter
			for _, m := range missing {
				if m.Parameter != "client.id" || strings.Contains(row.step, "client") || strings.Contains(row.step, "consent") {
					parameters = append(parameters, m.Parameter)
				}
				if m.Parameter == "vars.tenant" && m.What != "the directory id" {
					t.Errorf("missing %+v", m)
				}
			}
			slices.Sort(parameters)
			slices.Sort(row.missing)
			if !slices.Equal(parameters, row.missing) {
				t.Errorf("missing %q, want %q", parameters, row.missing)
			}
		})
	}
}

// TestGuideRefuses: a secret is in no guide, and a mistake of the author is told.
func TestGuideRefuses(t *testing.T) {
	w := newWorkshop(t)
	const document = `
client: {id: app-1, secret: {file: secret.txt}, dpop: {}}
grant: {type: password, username: u, password: {file: secret.txt}}
request: {params: {api_key: plain-key-of-a-user, other: {file: secret.txt}, note: x}, headers: {X-Key: {file: secret.txt}}}
usage: {headers: {X-Api-Key: {file: secret.txt}}}
`
	for path, want := range map[string]string{
		"client.secret": "is a secret", "client.secret[0]": "is a secret", "grant.password": "is a secret", "grant.refresh_token": "is a secret", "request.headers.X-Key": "is a secret",
		"usage.headers.X-Api-Key": "is a secret", "request.params.api_key": "is a secret", "request.params.other": "is a secret", "client.assertion.key": "is a secret",
		"client.assertion.key.password": "is a secret", "tls.client.key": "is a secret", "resource.tls.client.key.file": "is a secret", "client.dpop.key": "is a secret",
		"client.idd": "is no field", "nothing": "is no field", "vars": "", "client.secret.file": "is a secret", "steps[0].request.headers.X": "is a secret",
	} {
		step, _, err := guided(t, w, "Enter {{"+path+"}}.", document)
		if want == "" {
			continue
		}
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "step 1") {
			t.Errorf("%s: %v %+v, want %q", path, err, step, want)
		}
		if strings.Contains(fmt.Sprint(step, err), secretFile) || strings.Contains(fmt.Sprint(step, err), "plain-key") {
			t.Errorf("%s: the secret shows", path)
		}
	}
	if _, _, err := guided(t, w, "{{consent_url}}", "vars: {host: 'evil.example/x'}\n"); err == nil || !strings.Contains(err.Error(), "vars.host") {
		t.Errorf("%v", err)
	}
}

// TestGuideOfKey: what a vendor is given belongs to the key.
func TestGuideOfKey(t *testing.T) {
	w := newWorkshop(t)
	const document = "client: {id: a, assertion: {algorithm: PS256, key: [{file: rsa.pem}, {file: ec.pem}], headers: {kid: current}}}\n"
	step, _, err := guided(t, w, "{{thumbprint}} {{thumbprint_sha256}} {{fingerprint}}\n\nPaste {{public_key}}. Or publish\n\n{{jwks}}\n", document)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(w.certificateOf(t))
	short, long := sha1.Sum(block.Bytes), sha256.Sum256(block.Bytes)
	der, err := x509.MarshalPKIXPublicKey(w.verifiers["rsa.pem"])
	if err != nil {
		t.Fatal(err)
	}
	public := sha256.Sum256(der)
	first := fmt.Sprintf("%X %X %s\n\nPaste\n\n    -----BEGIN PUBLIC KEY-----\n", short, long, base64.StdEncoding.EncodeToString(public[:]))
	if !strings.HasPrefix(step.Text, first) || !strings.Contains(step.Text, "\n    -----END PUBLIC KEY-----\n\nOr publish\n\n    {\n") {
		t.Errorf("got\n%s\nwant\n%s...", step.Text, first)
	}
	if !strings.Contains(step.Markdown, "\n\n```\n-----BEGIN PUBLIC KEY-----\n") || strings.Contains(step.Text+step.Markdown, "PRIVATE") {
		t.Error(step.Markdown)
	}
	c, err := jeton.Parse([]byte("token_url: https://as.example/token\n" + document))
	if err == nil {
		err = c.Resolve(context.Background(), w.sources())
	}
	if err != nil {
		t.Fatal(err)
	}
	text, err := provider.Upload(c, "jwks")
	var set struct{ Keys []map[string]string }
	if err == nil {
		err = json.Unmarshal([]byte(text), &set)
	}
	if err != nil || len(set.Keys) != 2 || set.Keys[0]["kid"] != "current" || set.Keys[0]["alg"] != "PS256" || set.Keys[0]["use"] != "sig" || set.Keys[1]["kty"] != "EC" || set.Keys[1]["kid"] != "" || set.Keys[0]["d"] != "" || set.Keys[1]["d"] != "" {
		t.Errorf("%v %s", err, text)
	}
	if text, err := provider.Upload(c, "certificate"); err != nil || text != string(w.certificateOf(t)) {
		t.Errorf("%v %s", err, text)
	}
	if text, err := provider.Upload(c, "public-key"); err != nil || !strings.HasPrefix(text, "-----BEGIN PUBLIC KEY-----\n") {
		t.Errorf("%v %s", err, text)
	}
	if _, err := provider.Upload(c, "key"); err == nil {
		t.Error("an unknown word is taken")
	}
}

// certificateOf is the certificate of rsa.pem.
func (w *workshop) certificateOf(t *testing.T) []byte {
	t.Helper()
	rest := read(t, "rsa-with-certificate.pem")
	for {
		block, more := pem.Decode(rest)
		if block == nil {
			t.Fatal("no certificate")
		}
		if block.Type == "CERTIFICATE" {
			return pem.EncodeToMemory(block)
		}
		rest = more
	}
}

// TestGuideOfTLS: with mutual TLS the certificate is that of the connection.
func TestGuideOfTLS(t *testing.T) {
	w := newWorkshop(t)
	step, missing, err := guided(t, w, "{{thumbprint}}", "client: {id: a, auth: tls_client_auth}\ntls: {client: {certificate: {file: rsa.pem}}}\n")
	block, _ := pem.Decode(w.certificateOf(t))
	if want := fmt.Sprintf("%X", sha1.Sum(block.Bytes)); err != nil || step.Text != want || len(missing) > 0 {
		t.Errorf("%v %s %v", err, step.Text, missing)
	}
}

func TestGuideMarkdown(t *testing.T) {
	g := provider.Guide{Provider: "a@1", Title: "A vendor", Steps: []provider.FilledStep{{Title: "First", Markdown: "One\n\n- `two`"}, {Title: "Second", Markdown: "Three"}},
		Missing: []provider.Missing{{Parameter: "vars.tenant", What: "the directory"}, {Parameter: "client.id"}}}
	const want = "# A vendor\n\n1. **First**\n\n   One\n\n   - `two`\n\n2. **Second**\n\n   Three\n\nNot known yet:\n\n- `vars.tenant`: the directory\n- `client.id`\n"
	if got := g.Markdown(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestConsentURL(t *testing.T) {
	for _, row := range []struct{ name, template, document, want, parameter string }{
		{"none", "", "", "", ""},
		{"encoded", "https://{host}/a?x={v}", "vars: {host: h.example, v: 'a&b=c d/+?#é'}", "https://h.example/a?x=a%26b%3Dc%20d%2F%2B%3F%23%C3%A9", ""},
		{"two in one value", "https://h.example/?x={v}-{v}&y=1", "vars: {v: a b}", "https://h.example/?x=a%20b-a%20b&y=1", ""},
		{"in upper case", "https://h.example/{v^}?x={v^}", "vars: {v: ab}", "https://h.example/AB?x=AB", ""},
		{"the document wins", "https://h.example/", "consent: {url: 'https://own.example/?c={client_id}'}\nclient: {id: me}", "https://own.example/?c=me", ""},
		{"the issuer for the client", "https://h.example/?c={client_id}", "grant: {type: jwt_bearer, assertion: {issuer: iss-1}}", "https://h.example/?c=iss-1", ""},
		{"a fragment of the template", "https://h.example/?c={client_id}#top", "client: {id: me}", "https://h.example/?c=me#top", ""},
		{"a loopback", "http://127.0.0.1:80/?c={client_id}", "client: {id: me}", "http://127.0.0.1:80/?c=me", ""},
		{"missing", "https://{host}/?c=1", "", "", "vars.host"},
		{"missing in the query", "https://h.example/?c={scope}", "", "", "scopes"},
		{"another host", "https://{host}/", "vars: {host: evil.example/}", "", "vars.host"},
		{"a user", "https://{host}.vendor.example/", "vars: {host: 'a@evil.example'}", "", "vars.host"},
		{"a port", "https://{host}.vendor.example/", "vars: {host: 'evil.example:443'}", "", "vars.host"},
		{"a query", "https://vendor.example/{path}", "vars: {path: 'a?b'}", "", "vars.path"},
		{"a fragment", "https://vendor.example/{path}", "vars: {path: 'a#b'}", "", "vars.path"},
		{"a backslash", "https://{host}.vendor.example/", "vars: {host: 'evil.example\\'}", "", "vars.host"},
		{"percent", "https://{host}.vendor.example/", "vars: {host: 'evil.example%2f'}", "", "vars.host"},
		{"dots", "https://vendor.example/a/{path}/b", "vars: {path: '..'}", "", "vars.path"},
		{"white space", "https://vendor.example/{path}", "vars: {path: 'a b'}", "", "vars.path"},
		{"a parameter before the query", "https://vendor.example/{client_id}", "client: {id: me}", "", "consent.url"},
		{"the name of a parameter", "https://vendor.example/?{v}=1", "vars: {v: a}", "", "consent.url"},
		{"in the fragment", "https://vendor.example/?a=b#{v}", "vars: {v: a}", "", "consent.url"},
		{"http", "http://vendor.example/", "", "", "consent.url"},
		{"another scheme", "javascript:alert(1)", "", "", "consent.url"},
		{"a user in the template", "https://a:b@vendor.example/", "", "", "consent.url"},
		{"a secret", "https://vendor.example/?a={client_id}", "client: {id: x}\nconsent: {url: 'https://h.example/?s={api_key}'}\nvars: {api_key: hidden-value}", "", "vars.api_key"},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := preset(t, "a", 1, "")
			p.Consent.URL = row.template
			document := "provider: a\n" + row.document + "\n"
			c, err := provider.New(p).Parse([]byte(document))
			if err != nil {
				t.Fatal(err)
			}
			got, err := p.ConsentURL(c)
			if row.parameter == "" {
				if err != nil || got != row.want {
					t.Errorf("%q, %v, want %q", got, err, row.want)
				}
				return
			}
			if list := findingsOf(err); got != "" || len(list) == 0 || string(list[0].Parameter) != row.parameter || list[0].Fix == "" {
				t.Errorf("%q, %+v, want a finding at %s", got, list, row.parameter)
			}
			if err != nil && strings.Contains(err.Error(), "hidden-value") {
				t.Error("the secret shows")
			}
		})
	}
}

// TestConsentURLHost is a property: whatever the values are, the page is the one of
// the template, and its parameters are those of the template with these values.
func TestConsentURLHost(t *testing.T) {
	p := preset(t, "a", 1, "")
	p.Consent.URL = "https://{host}.vendor.example/{path}/consent?x={v}&client_id={client_id}&fixed=1"
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-z.]{1,6}`), rapid.StringMatching("[a-z/?#@:\\\\%&=.;+ ]{1,8}"))
		host, path, value, id := text.Draw(rt, "host"), text.Draw(rt, "path"), text.Draw(rt, "value"), text.Draw(rt, "id")
		c := &jeton.Connection{Client: jeton.Client{ID: id}, Vars: map[string]string{"host": host, "path": path, "v": value}}
		got, err := p.ConsentURL(c)
		if err != nil {
			return
		}
		u, err := url.Parse(got)
		if err != nil || u.Scheme != "https" || u.User != nil || u.Fragment != "" || u.Host != host+".vendor.example" || u.Path != "/"+path+"/consent" {
			rt.Fatalf("%q: %+v, %v", got, u, err)
		}
		if q := u.Query(); len(q) != 3 || q.Get("x") != value || q.Get("client_id") != id || q.Get("fixed") != "1" {
			rt.Fatalf("%q has the parameters %v", got, q)
		}
	})
}
