package jeton

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jeton-oauth/jeton/internal/doctree"
	"pgregory.net/rapid"
)

// FuzzParse looks for panics, for errors without findings and for texts that
// show a value. The canary is no possible name, so that it must never be seen.
func FuzzParse(f *testing.F) {
	const canary = "c4nary +/= 5d1c90ab"
	for _, seed := range []string{
		"", "{}", "name: a", "{name: a}", `{"name": "a\u00e9"}`, "\ufeffname: a", "---\nname: a\n---\n", "a: &a [*a]", "<<: {name: a}", "a: !!binary x", "? [a]\n: b",
		"name: a\nclient:\n  id: 0123\n  secret: [CANARY, {env: E}, {base64: eA==}]\n  assertion:\n    key: {file: k.pem, password: CANARY}\n    lifetime: 5m\n    claims: {a: [1, .5, 0x1F, ~, {b: yes}]}\n",
		"scopes: a, b\nrequest: {params: {a: [x, {value: CANARY}]}, headers: {X-A: CANARY}}\nrejected: {status: [401], body: [{path: a, equals: 1, exists: true}]}\n",
		`{"client": {"secret": {"value": "CANARY", "env": "E"}}, "grant": {"password": "CANARY", "type": "CANARY"}, "vars": {"CANARY": []}}`,
		"client: {CANARY: CANARY}", "client: {secret: {CANARY: x}}", "client: {auth: CANARY}", "CANARY", "- CANARY", "client: {secret: !CANARY x}", "client: 'CANARY", "steps: [{url: a, request: {params: {a: {b: CANARY}}}}]",
		"tls: &t {ca: {file: a}}\nresource: {tls: {<<: *t, pin: CANARY}}", "\t", "a:\n\tb", "version: 2", "kind: role", "paused: yes", "scope: CANARY\nclient_id: CANARY",
		"labels: &a {<<: *a}", "vars: &a {b: &b {c: *a, d: *b}}", "vars: {a: &x [x,x], b: &y [*x,*x], c: [*y,*y]}", "x: [<<, {<<: [{a: b}, {a: c}]}]", "%YAML 1.1\n---\nname: CANARY", "%TAG ! tag:x:\n---\nname: !y CANARY", "name: \"a\\0CANARY\"",
		"\ufeff\ufeffname: a", "name: a\x00CANARY", "n\x00a\x00", "\xff\xfen\x00", "name: |9\n a", "? ? ? a", "- - - a", "a: \u2028b: CANARY", "client: {id: a, 'id': CANARY}", "{\"client\": {\"id\": 1, \"\\u0069d\": 2}}", "client: {assertion: {claims: {a: 1e999, b: .nan, c: 0x1F}}}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		data = []byte(strings.ReplaceAll(string(data), "CANARY", canary))
		c, err := Parse(data)
		if err != nil {
			e := documentError(t, err)
			if e.Category() != DocumentInvalid || len(e.Findings) > doctree.MaxProblems || c != nil {
				t.Fatalf("%s, %d findings, %v", e.Category(), len(e.Findings), c)
			}
			text := documentReport(err)
			if strings.Contains(text, canary) || len(text) > 64<<10 {
				t.Fatalf("the error shows a value, or too much: %s", text)
			}
			if _, again := Parse(data); documentReport(again) != text {
				t.Fatalf("%s, then %s", text, documentReport(again))
			}
			return
		}
		fuzzAccepted(t, c, data)
	})
}

// fuzzAccepted checks what is said of a document that is accepted: nothing of a
// secret. A secret that stands in the document twice may be a name as well.
func fuzzAccepted(t *testing.T, c *Connection, data []byte) {
	var texts []string
	texts = append(texts, fmt.Sprintf("%+v", c))
	if err := c.Resolve(context.Background(), Sources{}); err != nil {
		texts = append(texts, documentReport(err))
	}
	for _, finding := range c.Validate() {
		texts = append(texts, fmt.Sprintf("%+v", finding))
	}
	c.EachSecret(func(p Parameter, s *SecretSource) {
		for _, secret := range []string{s.Value.Reveal(), s.Base64.Reveal()} {
			if len(secret) < 12 || strings.Count(string(data), secret) != 1 {
				continue
			}
			for _, text := range texts {
				if strings.Contains(text, secret) {
					t.Fatalf("%s is shown: %s", p, text)
				}
			}
		}
	})
}

// A document written in YAML and in JSON is the same connection.
func TestSyntaxesAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		root := drawStruct(t, reflect.TypeFor[Connection](), 0)
		asYAML, asJSON, asFlow := yamlText(root, 0), jsonText(root), yamlFlow(root)
		fromYAML, err := Parse([]byte(asYAML))
		if err != nil {
			t.Fatalf("%s\n%s", documentReport(err), asYAML)
		}
		fromJSON, err := Parse([]byte(asJSON))
		if err != nil {
			t.Fatalf("%s\n%s", documentReport(err), asJSON)
		}
		fromFlow, err := Parse([]byte(asFlow))
		if err != nil {
			t.Fatalf("%s\n%s", documentReport(err), asFlow)
		}
		if diff := cmp.Diff(fromYAML, fromJSON, asWritten); diff != "" {
			t.Fatalf("%s\n%s\n%s", diff, asYAML, asJSON)
		}
		if diff := cmp.Diff(fromFlow, fromJSON, asWritten); diff != "" {
			t.Fatalf("%s\n%s\n%s", diff, asFlow, asJSON)
		}
	})
}

// drawStruct draws some fields of a struct with values that are accepted.
func drawStruct(t *rapid.T, typ reflect.Type, depth int) *doctree.Node {
	n := &doctree.Node{Kind: doctree.Mapping}
	for _, f := range documentFields(typ) {
		if rapid.IntRange(0, 2).Draw(t, "write "+f.name) > 0 {
			continue
		}
		if v := drawField(t, f, f.typ, depth+1); v != nil {
			n.Members = append(n.Members, doctree.Member{Name: f.name, Value: v})
		}
	}
	return n
}

func drawField(t *rapid.T, f documentField, typ reflect.Type, depth int) *doctree.Node {
	if f.name == "kind" && f.owner == "Connection" {
		return quotedNode("connection")
	}
	switch typ {
	case reflect.TypeFor[SecretSource](), reflect.TypeFor[Secret]():
		return drawSecret(t)
	case reflect.TypeFor[KeySource]():
		return &doctree.Node{Kind: doctree.Mapping, Members: []doctree.Member{{Name: "file", Value: quotedNode("k")}, {Name: "password", Value: drawSecret(t)}}}
	case reflect.TypeFor[Duration]():
		return rapid.SampledFrom([]*doctree.Node{quotedNode("5m"), plainNode("300"), quotedNode("300"), quotedNode("")}).Draw(t, "duration")
	case reflect.TypeFor[Scopes]():
		return rapid.SampledFrom([]*doctree.Node{quotedNode("a b,c"), {Kind: doctree.List, Items: []*doctree.Node{quotedNode("a b"), quotedNode("c")}}}).Draw(t, "scopes")
	case reflect.TypeFor[Members](), reflect.TypeFor[map[string]any]():
		return drawMapping(t, func() *doctree.Node { return drawJSON(t, 3) })
	case reflect.TypeFor[any]():
		return drawJSON(t, 2)
	case reflect.TypeFor[ParamValue]():
		return drawScalar(t)
	}
	switch typ.Kind() {
	case reflect.String:
		if f.enum != "" {
			return quotedNode(rapid.SampledFrom(strings.Split(f.enum, ",")).Draw(t, "word"))
		}
		return drawScalar(t)
	case reflect.Bool:
		return plainNode(strconv.FormatBool(rapid.Bool().Draw(t, "bool")))
	case reflect.Int:
		return plainNode("1")
	case reflect.Pointer:
		return drawField(t, f, typ.Elem(), depth)
	case reflect.Slice:
		n := &doctree.Node{Kind: doctree.List}
		for range rapid.IntRange(0, 3).Draw(t, "length") {
			n.Items = append(n.Items, drawField(t, f, typ.Elem(), depth+1))
		}
		return n
	case reflect.Map:
		f.enum = ""
		return drawMapping(t, func() *doctree.Node { return drawField(t, f, typ.Elem(), depth+1) })
	}
	return drawStruct(t, typ, depth)
}

func quotedNode(text string) *doctree.Node { return &doctree.Node{Text: text} }
func plainNode(text string) *doctree.Node  { return &doctree.Node{Text: text, Plain: true} }

// drawScalar draws text of all kinds, and what JSON writes without quotes.
func drawScalar(t *rapid.T) *doctree.Node {
	if rapid.Bool().Draw(t, "plain") {
		return plainNode(rapid.SampledFrom([]string{"0", "-1", "1.50", "1e5", "12345678901234567890123", "true", "false", "null"}).Draw(t, "plain text"))
	}
	return quotedNode(rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "0123", "null", "true", "~", "😀", "a: b", "'", "\"", "\\", "- a", "# x", "a\nb\n", "\u2028", "<&>", "\u0085", "\x00\x7f"})).Draw(t, "text"))
}

func drawSecret(t *rapid.T) *doctree.Node {
	scalar := drawScalar(t)
	if rapid.Bool().Draw(t, "bare") {
		return scalar
	}
	return &doctree.Node{Kind: doctree.Mapping, Members: []doctree.Member{{Name: rapid.SampledFrom([]string{"value", "env", "file", "base64"}).Draw(t, "place"), Value: quotedNode("x" + scalar.Text)}}}
}

func drawMapping(t *rapid.T, value func() *doctree.Node) *doctree.Node {
	n := &doctree.Node{Kind: doctree.Mapping}
	for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "x-b", "1", "true", "null", "<<", "https://a.example/b", "", "😀", " "}), 0, 4, rapid.ID[string]).Draw(t, "names") {
		n.Members = append(n.Members, doctree.Member{Name: name, Value: value()})
	}
	return n
}

func drawJSON(t *rapid.T, depth int) *doctree.Node {
	switch rapid.IntRange(0, 3).Draw(t, "json") * min(depth, 1) {
	case 2:
		n := &doctree.Node{Kind: doctree.List}
		for range rapid.IntRange(0, 3).Draw(t, "length") {
			n.Items = append(n.Items, drawJSON(t, depth-1))
		}
		return n
	case 3:
		return drawMapping(t, func() *doctree.Node { return drawJSON(t, depth-1) })
	}
	return drawScalar(t)
}

// jsonText writes a node as JSON.
func jsonText(n *doctree.Node) string {
	var parts []string
	switch n.Kind {
	case doctree.List:
		for _, item := range n.Items {
			parts = append(parts, jsonText(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case doctree.Mapping:
		for _, m := range n.Members {
			parts = append(parts, jsonQuote(m.Name)+": "+jsonText(m.Value))
		}
		return "{" + strings.Join(parts, ",\n\t") + "}"
	}
	if n.Plain {
		return n.Text
	}
	return jsonQuote(n.Text)
}

func jsonQuote(text string) string {
	quoted, _ := json.Marshal(text) // a string does not fail
	return string(quoted)
}

// yamlText writes a node as YAML in block style.
func yamlText(n *doctree.Node, indent int) string {
	pad := "\n" + strings.Repeat("  ", indent)
	var b strings.Builder
	switch {
	case n.Kind == doctree.List && len(n.Items) > 0:
		for _, item := range n.Items {
			b.WriteString(pad + "- " + strings.TrimLeft(yamlText(item, indent+1), "\n "))
		}
		return b.String()
	case n.Kind == doctree.Mapping && len(n.Members) > 0:
		for _, m := range n.Members {
			b.WriteString(pad + yamlQuote(m.Name) + ": " + yamlText(m.Value, indent+1))
		}
		return b.String()
	}
	return yamlFlow(n)
}

// yamlFlow writes a node as YAML in flow style, which is not JSON for the quotes.
func yamlFlow(n *doctree.Node) string {
	var parts []string
	switch n.Kind {
	case doctree.List:
		for _, item := range n.Items {
			parts = append(parts, yamlFlow(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case doctree.Mapping:
		for _, m := range n.Members {
			parts = append(parts, "? "+yamlQuote(m.Name)+" : "+yamlFlow(m.Value))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	if n.Plain {
		return n.Text
	}
	return yamlQuote(n.Text)
}

// yamlQuote uses YAML's own escapes, which JSON has not.
func yamlQuote(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteRune('\\')
			b.WriteRune(r)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r > '~':
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return `"` + b.String() + `"`
}
