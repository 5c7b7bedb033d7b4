package jeton_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"
	"pgregory.net/rapid"

	"github.com/jeton-oauth/jeton"
)

// A golden pair is one file of testdata/golden: what it shows and where the rule
// comes from, the document, a line of five hyphens, and the token request that
// follows from the document. A new case is a new file; then
//
//	go test . -run Golden -update
//
// writes what is below the line, for a person to read before it is committed.
//
// The authorization server answers every request with goldenReply, but for host
// names that say otherwise: see (*wire).answer.
var update = flag.Bool("update", false, "write the expectations of testdata/golden")

const (
	goldenFolder = "testdata/golden"
	goldenLine   = "-----\n"
	goldenReply  = `{"access_token":"golden-token","token_type":"Bearer","expires_in":3600,"scope":"granted","instance_url":"https://acme.example",
		"ok":true,"data":{"token":"another-token","life":1893500000000}}`
)

var goldenNow = time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)

// goldenEnv is the environment of the documents, and hmacKeys what their HMACs verify with.
var (
	goldenEnv = map[string]string{
		"CLIENT_SECRET": "s3cr&t +/=%ü",
		"HMAC_SECRET":   "a secret of sixty-four octets, which is enough for HS512: 0123456",
		"HMAC_HEX":      "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
	}
	hmacKeys = map[string][]byte{
		"HMAC_SECRET": []byte(goldenEnv["HMAC_SECRET"]), "32 octets from 00 to 1f": goldenOctets(32), "16 octets from 00 to 0f": goldenOctets(16),
		"a secret of 16 octets": []byte("sixteen octets!!"),
	}
)

func goldenOctets(n int) (b []byte) {
	for i := range n {
		b = append(b, byte(i))
	}
	return b
}

// goldenReader gives the octets 00 01 02 ..., so that every jti is known.
type goldenReader byte

func (r *goldenReader) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(*r)
		*r++
	}
	return len(p), nil
}

type golden struct{ path, name, document, expected string }

func goldens(t *testing.T) (list []golden) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(goldenFolder, "*.txt"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no golden pairs: %v", err)
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		document, expected, _ := strings.Cut(string(data), goldenLine)
		list = append(list, golden{path, strings.TrimSuffix(filepath.Base(path), ".txt"), document, expected})
	}
	return list
}

func TestGolden(t *testing.T) {
	for _, g := range goldens(t) {
		t.Run(g.name, func(t *testing.T) {
			if !regexp.MustCompile(`^# .*\S`).MatchString(g.document) {
				t.Error("the file does not begin with a comment that says what it shows")
			}
			got := goldenOutcome(t, []byte(g.document))
			if asJSON := goldenOutcome(t, goldenJSON(t, g.document)); asJSON != got {
				t.Errorf("from JSON:\n%s\nfrom YAML:\n%s", asJSON, got)
			}
			if literal, ok := goldenLiterals[g.name]; ok {
				if fromGo := goldenOutcomeOf(t, literal()); fromGo != got {
					t.Errorf("from Go:\n%s\nfrom YAML:\n%s", fromGo, got)
				}
			}
			if *update {
				if err := os.WriteFile(g.path, []byte(g.document+goldenLine+got), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if got != g.expected {
				t.Errorf("got:\n%s\nwant:\n%s", got, g.expected)
			}
		})
	}
	for name := range goldenLiterals {
		if _, err := os.Stat(filepath.Join(goldenFolder, name+".txt")); err != nil {
			t.Errorf("the Go literal %s has no golden pair", name)
		}
	}
}

// goldenOutcome is what becomes of a document: requests and token, or the findings.
func goldenOutcome(t *testing.T, document []byte) string {
	t.Helper()
	c, err := jeton.Parse(document)
	if err != nil {
		return errorText(err)
	}
	return goldenOutcomeOf(t, c)
}

func goldenOutcomeOf(t *testing.T, c *jeton.Connection) string {
	t.Helper()
	err := c.Resolve(context.Background(), jeton.Sources{
		Dir:      filepath.Join(goldenFolder, "keys"),
		Env:      func(name string) (string, bool) { v, ok := goldenEnv[name]; return v, ok },
		ReadFile: os.ReadFile,
		Run:      goldenCommand,
	})
	if err != nil {
		return errorText(err)
	}
	w := &wire{t: t, c: c}
	token, err := w.exchange(c)
	if err != nil {
		return w.text.String() + errorText(err)
	}
	return w.text.String() + w.tokenText(token) + warningText(c)
}

// goldenCommand stands in for every command: cat reads a key, another one gives its own words.
func goldenCommand(_ context.Context, argv []string) ([]byte, error) {
	if argv[0] == "cat" {
		return os.ReadFile(filepath.Join(goldenFolder, "keys", argv[1]))
	}
	return []byte(strings.Join(argv, "-") + "\n"), nil
}

// errorText shows a refusal: the category, and each finding that is no warning.
func errorText(err error) string {
	text := fmt.Sprintf("error %s\n", jeton.CategoryOf(err))
	for _, f := range findings(err) {
		if !f.Warning {
			text += fmt.Sprintf("%s: %s\n", f.Parameter, f.Problem)
		}
	}
	return text
}

func warningText(c *jeton.Connection) (text string) {
	engine := jeton.Engine{Now: func() time.Time { return goldenNow }}
	x, _ := engine.Explain(c, nil)
	for _, f := range x.Findings {
		text += fmt.Sprintf("warning %s\n", f.Parameter)
	}
	return text
}

// goldenJSON is the same document in JSON, node by node: the order of claims is kept,
// and a scalar that JSON has no literal for becomes a string.
func goldenJSON(t *testing.T, document string) []byte {
	t.Helper()
	var root yaml.Node
	if err := yaml.Unmarshal([]byte(document), &root); err != nil {
		t.Fatal(err)
	}
	return appendGoldenNode(nil, root.Content[0])
}

func appendGoldenNode(b []byte, n *yaml.Node) []byte {
	switch n.Kind {
	case yaml.SequenceNode:
		for i, item := range n.Content {
			b = appendGoldenNode(append(b, "[,"[min(i, 1)]), item)
		}
		if len(n.Content) == 0 {
			b = append(b, '[')
		}
		return append(b, ']')
	case yaml.MappingNode:
		for i := 0; i < len(n.Content); i += 2 {
			name, _ := json.Marshal(n.Content[i].Value)
			b = append(append(append(b, "{,"[min(i, 1)]), name...), ':')
			b = appendGoldenNode(b, n.Content[i+1])
		}
		if len(n.Content) == 0 {
			b = append(b, '{')
		}
		return append(b, '}')
	}
	const quoted = yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle
	if n.Style&quoted == 0 && json.Valid([]byte(n.Value)) {
		return append(b, n.Value...)
	}
	text, _ := json.Marshal(n.Value)
	return append(b, text...)
}

// notInGoldens are the fields that no golden pair needs to use, and why. A name
// stands for what is below it too.
var notInGoldens = map[string]string{
	"title": "metadata", "description": "metadata", "labels": "metadata", "owner": "metadata", "paused": "stops the request",
	"kind": "role: not supported yet", "provider": "see package provider", "revocation_url": "no part of the token request",
	"grant.assertion.type": "only client.assertion has a type on the wire",
	"refresh":              "without effect yet", "rejected": "without effect yet", "consent": "without effect yet", "access": "without effect yet", "resource": "without effect yet",
}

// TestGoldenCoversTheDocument fails for a field of the document that no golden pair uses.
func TestGoldenCoversTheDocument(t *testing.T) {
	used := map[string]bool{}
	for _, g := range goldens(t) {
		var root yaml.Node
		if err := yaml.Unmarshal([]byte(g.document), &root); err != nil {
			t.Fatal(err)
		}
		walkFields(reflect.TypeFor[jeton.Connection](), "", root.Content[0], func(path string) { used[path] = true })
	}
	exempt := map[string]bool{}
	walkFields(reflect.TypeFor[jeton.Connection](), "", nil, func(path string) {
		for name := range notInGoldens {
			if path == name || strings.HasPrefix(path, name+".") {
				exempt[name] = true
				return
			}
		}
		if !used[path] {
			t.Errorf("no golden pair uses %s", path)
			used[path] = true // said once
		}
	})
	for name := range notInGoldens {
		if !exempt[name] {
			t.Errorf("notInGoldens names %s, which is no field", name)
		}
	}
}

// walkFields visits the fields of t that n uses, or all if n is nil. Fields of
// keys and secrets have one path each, wherever they are used: <key> and <secret>.
func walkFields(t reflect.Type, path string, n *yaml.Node, visit func(path string)) {
	switch t {
	case reflect.TypeFor[jeton.SecretSource]():
		path = "<secret>"
	case reflect.TypeFor[jeton.KeySource]():
		path = "<key>"
	}
	switch {
	case t.Kind() == reflect.Slice && n != nil && n.Kind == yaml.SequenceNode, t.Kind() == reflect.Map && n != nil:
		for i, item := range n.Content {
			if t.Kind() == reflect.Slice || i%2 == 1 {
				walkFields(t.Elem(), path, item, visit)
			}
		}
	case t.Kind() == reflect.Slice, t.Kind() == reflect.Map, t.Kind() == reflect.Pointer:
		walkFields(t.Elem(), path, n, visit)
	case t == reflect.TypeFor[jeton.ParamValue]():
		walkFields(reflect.TypeFor[jeton.SecretSource](), path, n, visit)
	case t.Kind() == reflect.Struct && t != reflect.TypeFor[jeton.Member]() && t != reflect.TypeFor[jeton.Secret]():
		walkStruct(t, path, n, visit)
	}
}

func walkStruct(t reflect.Type, path string, n *yaml.Node, visit func(path string)) {
	for i := range t.NumField() {
		field := t.Field(i)
		if !field.IsExported() || field.Tag.Get("json") == "-" {
			continue
		}
		if field.Anonymous {
			walkStruct(field.Type, path, n, visit)
			continue
		}
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		var below *yaml.Node
		if n != nil {
			if below = goldenMember(n, name); below == nil {
				continue
			}
		}
		own := strings.TrimPrefix(path+"."+name, ".")
		visit(own)
		walkFields(field.Type, own, below, visit)
	}
}

// goldenMember is the value of a name in a mapping; nil if there is none.
func goldenMember(n *yaml.Node, name string) *yaml.Node {
	for i := 0; n.Kind == yaml.MappingNode && i < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return n.Content[i+1]
		}
	}
	return nil
}

// TestGoldenFormParsesBack is a property: whatever the parameters are, the body
// parses back to exactly those that have a value.
func TestGoldenFormParsesBack(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		names := rapid.StringMatching(`[^\x00]{1,8}`).Filter(func(s string) bool { return s != "code" })
		drawn := rapid.MapOf(names, rapid.SliceOfN(rapid.String(), 1, 3)).Draw(rt, "params")
		id, secret := rapid.StringN(1, 20, -1).Draw(rt, "id"), rapid.StringN(1, 20, -1).Draw(rt, "secret")
		c := &jeton.Connection{TokenURL: "https://as.example/token", Scopes: jeton.Scopes{"a", "b"}, Grant: jeton.GrantOptions{Type: "client_credentials"},
			Client: jeton.Client{ID: id, Auth: "client_secret_post", Secret: jeton.SecretList{jeton.SecretValue(secret)}}}
		want := url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}, "scope": {"a b"}}
		c.Request.Params = map[string]jeton.ParamValues{}
		for name, values := range drawn {
			c.Request.Params[name] = jeton.Param(values...)
			delete(want, name)
			if kept := slices.DeleteFunc(slices.Clone(values), func(v string) bool { return v == "" }); len(kept) > 0 {
				want[name] = kept
			}
		}
		var body bytes.Buffer
		send := goldenTripper(func(r *http.Request) (*http.Response, error) {
			_, _ = body.ReadFrom(r.Body)
			return nil, errors.New("enough seen")
		})
		engine := jeton.Engine{HTTP: &http.Client{Transport: send}}
		_, _ = engine.Exchange(context.Background(), c, nil)
		if got, err := url.ParseQuery(body.String()); err != nil || !reflect.DeepEqual(got, want) {
			rt.Fatalf("%q parses to %v, %v, want %v", body.String(), got, err, want)
		}
	})
}

type goldenTripper func(*http.Request) (*http.Response, error)

func (f goldenTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
