package provider_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/provider"
)

// preset is a file of a catalogue of the tests.
func preset(t testing.TB, name string, version int, more string) *provider.Provider {
	t.Helper()
	data := "name: " + name + "\nversion: " + string(rune('0'+version)) + "\ndate: 2026-01-02\ntitle: A title\nvendor: A vendor\nsummary: a summary\n" + more
	if !strings.Contains(more, "connection:") {
		data += "connection: {token_url: https://as.example/token, grant: {type: client_credentials}}\n"
	}
	if !strings.Contains(more, "example:") {
		data += "example: {client: {id: a, secret: {file: secret.txt}}}\n"
	}
	p, err := provider.Decode([]byte(data))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// catalogue has versions, one of which is retired, and a preset that is retired as
// a whole.
func catalogue(t testing.TB) provider.Catalogue {
	return provider.New(
		preset(t, "zoom", 1, ""), preset(t, "docusign", 3, ""), preset(t, "docusign", 1, ""), preset(t, "docusign", 2, "retired: true\n"),
		preset(t, "google-service-account", 1, ""), preset(t, "google-self-signed", 1, ""), preset(t, "dropped", 1, "retired: true\n"), preset(t, "dropped", 2, "retired: true\n"),
		preset(t, "half", 1, ""), preset(t, "half", 2, "retired: true\n"), preset(t, "power-platform", 1, ""),
	)
}

func TestParse(t *testing.T) {
	c, err := provider.Parse([]byte("provider: docusign\ngrant: {assertion: {issuer: a, subject: b, lifetime: 1m}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(c.Provider, "docusign@") || c.TokenURL != "https://{host}/oauth/token" || c.Grant.Type != "jwt_bearer" || c.Vars["host"] != "account.docusign.com" || c.Grant.Assertion.Algorithm != "RS256" {
		t.Errorf("%+v", c)
	}
	if c, err := provider.Parse([]byte("token_url: https://as.example/token\n")); err != nil || c.Provider != "" || c.Applied != nil {
		t.Errorf("without a preset: %v", err)
	}
}

func TestParseNewest(t *testing.T) {
	c := provider.New(preset(t, "a", 1, ""), preset(t, "a", 2, "connection: {token_url: https://new.example/token, grant: {type: client_credentials}}\n"))
	document := []byte("provider: a@1\nclient: {id: x}\n")
	pinned, err := c.Parse(document)
	if err != nil || pinned.Provider != "a@1" || pinned.TokenURL != "https://as.example/token" {
		t.Errorf("%+v %v", pinned, err)
	}
	newest, err := c.ParseNewest(document)
	if err != nil || newest.Provider != "a@2" || newest.TokenURL != "https://new.example/token" || newest.Client.ID != "x" {
		t.Errorf("%+v %v", newest, err)
	}
}

// TestGet: a name is the newest version that is not retired, and a version is found
// whether it is retired or not.
func TestGet(t *testing.T) {
	c := catalogue(t)
	for ref, want := range map[string]string{"docusign": "docusign@3", "docusign@1": "docusign@1", "docusign@2": "docusign@2", "dropped@1": "dropped@1", "half": "half@1", "half@2": "half@2"} {
		if p, err := c.Get(ref); err != nil || p.Ref() != want {
			t.Errorf("%s: %v, want %s", ref, err, want)
		}
	}
	for _, row := range []struct{ ref, problem, fix, proposed string }{
		{"docusgin", `there is no preset "docusgin"`, "write docusign; 'jeton provider list' has them all", "docusign"},
		{"DocuSign", `there is no preset "DocuSign"`, "write docusign;", "docusign"},
		{"google", `there is no preset "google"`, "write one of google-self-signed, google-service-account;", "google-self-signed"},
		{"googel-service-account", `there is no preset "googel-service-account"`, "write google-service-account;", "google-service-account"},
		{"google_service_account@1", `there is no preset "google_service_account@1"`, "write google-service-account;", "google-service-account"},
		{"power platform", `there is no preset "power platform"`, "write power-platform;", "power-platform"},
		{"zom", `there is no preset "zom"`, "write zoom;", "zoom"},
		{"nothing-like-it", `there is no preset "nothing-like-it"`, "'jeton provider list' has them all; or leave provider out, and write what it would have filled in", ""},
		{"s3cr3t-0f-98765", "there is no preset of this name", "'jeton provider list'", ""},
		{"", "there is no preset of this name", "'jeton provider list'", ""},
		{"docusign@9", "this program has no version 9 of the preset docusign", "write docusign@3, the newest that it has", "docusign@3"},
		{"docusign@0", "the version of the preset docusign is no number", "write docusign@3", "docusign@3"},
		{"docusign@01", "the version of the preset docusign is no number", "write docusign@3", "docusign@3"},
		{"docusign@latest", "the version of the preset docusign is no number", "write docusign@3", "docusign@3"},
		{"dropped", "the preset dropped is retired", "write dropped@2 to go on with it", "dropped@2"},
	} {
		t.Run(row.ref, func(t *testing.T) {
			p, err := c.Get(row.ref)
			list := findingsOf(err)
			if p != nil || len(list) != 1 {
				t.Fatalf("%v, %v", p, err)
			}
			if f := list[0]; f.Parameter != "provider" || f.Problem != row.problem || !strings.HasPrefix(f.Fix, row.fix) || f.Proposed != row.proposed || !f.Certain {
				t.Errorf("%+v", f)
			}
			if _, err := c.Parse([]byte("name: x\nprovider: " + jsonText(row.ref) + "\n")); row.ref != "" && (err == nil || findingsOf(err)[0].Problem != "line 2: "+row.problem) {
				t.Errorf("Parse: %v", err)
			}
			if jeton.CategoryOf(err) != jeton.DocumentInvalid {
				t.Errorf("category %s", jeton.CategoryOf(err))
			}
		})
	}
}

func jsonText(text string) string {
	data, _ := json.Marshal(text)
	return string(data)
}

// TestRetired: what is pinned to a preset that newer programs drop works on.
func TestRetired(t *testing.T) {
	c := catalogue(t)
	if got, want := c.Names(), []string{"docusign", "google-self-signed", "google-service-account", "half", "power-platform", "zoom"}; !slices.Equal(got, want) {
		t.Errorf("names %q, want %q", got, want)
	}
	var refs []string
	for _, p := range c.List() {
		refs = append(refs, p.Ref())
	}
	if want := []string{"docusign@3", "google-self-signed@1", "google-service-account@1", "half@1", "power-platform@1", "zoom@1"}; !slices.Equal(refs, want) {
		t.Errorf("list %q, want %q", refs, want)
	}
	if got := c.Versions("dropped"); !slices.Equal(got, []int{1, 2}) {
		t.Errorf("versions %v", got)
	}
	connection, err := c.Parse([]byte("provider: dropped@1\nclient: {id: a, secret: b}\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range connection.Validate() {
		t.Errorf("%+v", f)
	}
	if x, err := new(jeton.Engine).Explain(connection, nil); err != nil || x.Request.URL != "https://as.example/token" {
		t.Errorf("%v", err)
	}
	if len(c.Search("dropped")) > 0 || slices.Contains(c.Nearest("droped"), "dropped") {
		t.Error("a retired preset is proposed")
	}
}

func TestSearch(t *testing.T) {
	c := provider.New(preset(t, "a", 1, ""), preset(t, "b", 1, "connection: {token_url: none, grant: {type: jwt_bearer}}\nexample: {grant: {assertion: {issuer: x, key: {file: rsa.pem}}}}\n"))
	for text, want := range map[string][]string{"": {"a", "b"}, "vendor": {"a", "b"}, "A  SUMMARY": {"a", "b"}, "signed": {"b"}, "basic": {"a"}, "basic signed": nil, "x": nil} {
		var got []string
		for _, p := range c.Search(text) {
			got = append(got, p.Name)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// TestGivenOut: who changes what was given out changes nothing for others.
func TestGivenOut(t *testing.T) {
	first := provider.All()
	first[0].Name = "changed"
	p, err := provider.Get("docusign")
	if err != nil {
		t.Fatal(err)
	}
	p.Title = "changed"
	provider.List()[0].Title = "changed"
	again, err := provider.Get("docusign")
	if err != nil || again.Title == "changed" || provider.All()[0].Name == "changed" || provider.List()[0].Title == "changed" {
		t.Error("the catalogue has changed")
	}
}

func TestDecode(t *testing.T) {
	const good = "name: a\nversion: 1\ndate: 2026-01-02\ntitle: A\nvendor: A\nsummary: a\nconnection: {token_url: https://as.example/token, grant: {type: client_credentials}}\nexample: {client: {id: a}}\n"
	if p, err := provider.Decode([]byte(good)); err != nil || p.Flow != "client_credentials" {
		t.Fatalf("%v", err)
	}
	for name, row := range map[string]struct{ document, want string }{
		"an unknown member":              {good + "colour: red\n", "colour"},
		"an unknown member below":        {good + "limits: {colour: red}\n", "colour"},
		"an unknown member of variables": {good + "variables: {a: {colour: red}}\n", "colour"},
		"a member twice":                 {good + "title: B\n", "title"},
		"a list for a mapping":           {good + "variables: [a]\n", "want a mapping"},
		"no duration":                    {good + "limits: {lifetime: soon}\n", "no duration"},
		"a second document":              {good + "---\nname: b\n", "a second document"},
		"an upper case name":             {strings.Replace(good, "name: a", "name: A", 1), "lower case letters"},
		"an underscore":                  {strings.Replace(good, "name: a", "name: a_b", 1), "lower case letters"},
		"a hyphen at the end":            {strings.Replace(good, "name: a", "name: a-", 1), "lower case letters"},
		"version 0":                      {strings.Replace(good, "version: 1", "version: 0", 1), "lower case letters"},
		"a connection with a mistake":    {strings.Replace(good, "token_url", "tokn_url", 1), "tokn_url"},
		"an example with a mistake":      {strings.Replace(good, "id: a", "idd: a", 1), "idd"},
		"a number that JSON has not":     {strings.Replace(good, "grant:", "refresh: {ahead: .5}, grant:", 1), "in quotes"},
		"a yes that JSON has not":        {strings.Replace(good, "grant:", "refresh: {sliding: True}, grant:", 1), "in quotes"},
		"nothing":                        {"", "EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := provider.Decode([]byte(row.document)); err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("%v, want %q", err, row.want)
			}
		})
	}
}

// TestDocument: scalars stay as they are written, and members in their order.
func TestDocument(t *testing.T) {
	p := preset(t, "a", 1, "connection:\n  token_url: https://as.example/token\n  vars: {b: 0123, a: '7', c: 1e5x}\n  grant: {type: client_credentials}\n  request: {params: {z: 'true', y: \"a <b> & c\"}}\n  refresh: {sliding: true, keep_alive: 300}\n")
	const want = `{"token_url":"https://as.example/token","vars":{"b":"0123","a":"7","c":"1e5x"},"grant":{"type":"client_credentials"},"request":{"params":{"z":"true","y":"a <b> & c"}},"refresh":{"sliding":true,"keep_alive":300}}`
	if got := string(p.Connection); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	var back provider.Provider
	data, err := json.Marshal(p)
	if err == nil {
		err = json.Unmarshal(data, &back)
	}
	again, err2 := json.Marshal(back)
	if err != nil || err2 != nil || string(again) != string(data) {
		t.Errorf("%v %v\n%s\n%s", err, err2, data, again)
	}
}

func TestFlow(t *testing.T) {
	for want, more := range map[string]string{
		"client_credentials, client_secret_basic": "",
		"jwt_bearer":                          "connection: {token_url: https://as.example/token, grant: {type: jwt_bearer}}\nexample: {grant: {assertion: {key: {file: rsa.pem}, issuer: a}}}\n",
		"signed JWT as token":                 "connection: {token_url: none, grant: {type: jwt_bearer}}\nexample: {grant: {assertion: {key: {file: google.json}, issuer: a}}}\n",
		"client_credentials, private_key_jwt": "connection: {issuer: https://as.example, grant: {type: client_credentials}}\nexample: {client: {id: a, assertion: {key: {file: rsa.pem}}}}\n",
	} {
		if got := preset(t, "a", 1, more).Flow; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestDuration(t *testing.T) {
	for text, want := range map[string]string{"1h": "1h", "60m": "1h", "5m": "5m", "90s": "1m30s", "60s": "1m", "1h30m": "1h30m", "500ms": "500ms", "0s": "0s"} {
		var d provider.Duration
		if err := d.UnmarshalText([]byte(text)); err != nil || d.String() != want {
			t.Errorf("%s: %s, %v, want %s", text, d, err, want)
		}
	}
}

// A program that links the catalogue pays nothing for it before it names a preset;
// see also BenchmarkParsePlain of the core.
func BenchmarkParseWithoutPreset(b *testing.B) {
	document := []byte("token_url: https://as.example/token\nclient: {id: a}\ngrant: {type: client_credentials}\n")
	for b.Loop() {
		if _, err := provider.Parse(document); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseWithPreset(b *testing.B) {
	document := []byte("provider: docusign\ngrant: {assertion: {issuer: a, subject: b}}\n")
	for b.Loop() {
		if _, err := provider.Parse(document); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkGet(b *testing.B) {
	for b.Loop() {
		if _, err := provider.Get("docusign"); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkList loads all presets, with everything that is in them.
func BenchmarkList(b *testing.B) {
	for b.Loop() {
		if len(provider.List()) == 0 {
			b.Fatal("none")
		}
	}
}

// BenchmarkStartUp is the catalogue's part of a start: all presets loaded, and all
// their documents read.
func BenchmarkStartUp(b *testing.B) {
	for b.Loop() {
		for _, p := range provider.List() {
			if _, err := jeton.Parse([]byte(p.Connection)); err != nil {
				b.Fatal(err)
			}
		}
	}
}
