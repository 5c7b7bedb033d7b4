package doctree

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// The same tree comes from every syntax; it is compared as JSON, where the
// order of names counts.
func TestParse(t *testing.T) {
	for _, row := range []struct {
		name, want string
		documents  []string
	}{
		{"mapping", `{"b":1,"a":{"c":"x"}}`, []string{"b: 1\na:\n  c: x\n", "{b: 1, a: {c: x}}", `{"b": 1, "a": {"c": "x"}}`, "b: 1\r\na: {c: 'x'}\r\n"}},
		{"list", `["a",[true,null],{}]`, []string{"- a\n- [true, ~]\n- {}\n", `["a", [true, null], {}]`}},
		{"scalar", `"0x"`, []string{"0x", "'0x'", "!!str 0x"}},
		{"numbers", `{"a":7,"b":31,"c":0.5,"d":1e3,"e":123456789012345678901234567890}`, []string{"{a: 007, b: 0x1F, c: .5, d: 1e3, e: 123456789012345678901234567890}", `{"a": 7, "b": 31, "c": 0.5, "d": 1e3, "e": 123456789012345678901234567890}`}},
		{"quoted", `{"a":"7","b":"null"}`, []string{"a: '7'\nb: \"null\"", `{"a": "7", "b": "null"}`}},
		{"characters", `["é😀<&>"]`, []string{`["\u00e9\U0001F600<&>"]`, "- é😀<&>"}},
		{"alias", `{"a":{"b":1},"c":{"b":1}}`, []string{"a: &x {b: 1}\nc: *x", `{"a": {"b": 1}, "c": {"b": 1}}`}},
		{"merge", `{"a":{"b":1,"c":2},"d":{"b":1,"c":3}}`, []string{"a: &x {b: 1, c: 2}\nd: {<<: *x, c: 3}"}},
		{"merge of two", `{"a":{"b":1},"c":{"b":2,"d":3},"e":{"b":1,"d":3}}`, []string{"a: &x {b: 1}\nc: &y {b: 2, d: 3}\ne: {<<: [*x, *y]}"}},
	} {
		for _, document := range row.documents {
			t.Run(row.name, func(t *testing.T) {
				var problems Problems
				root := Parse([]byte(document), &problems)
				if root == nil || len(problems.List()) > 0 {
					t.Fatalf("%s: %+v", document, problems.List())
				}
				if got := string(root.AppendJSON(nil, "", &problems)); got != row.want {
					t.Errorf("%s gives %s, want %s", document, got, row.want)
				}
			})
		}
	}
}

// Surrogate pairs and tabs between tokens are JSON, and not YAML.
func TestParseJSONAsJSON(t *testing.T) {
	var problems Problems
	root := Parse([]byte("{\t\"a\":\n\t[\"\\ud83d\\ude00\",\n1]}"), &problems)
	if root == nil || root.Member("a") == nil || root.Member("b") != nil {
		t.Fatalf("%+v", problems.List())
	}
	a := root.Member("a")
	if a.Line != 2 || a.Items[0].Text != "😀" || a.Items[0].Line != 2 || a.Items[1].Line != 3 || !a.Items[1].IsInt() || a.Items[0].IsInt() {
		t.Errorf("%+v %+v %+v", a, a.Items[0], a.Items[1])
	}
}

func TestLinesAndWords(t *testing.T) {
	const document = "a: 0123\nb:\n- true\n- 'true'\n-\n- .5\n- [x]\nc: {d: e}\n"
	var problems Problems
	root := Parse([]byte(document), &problems)
	if root == nil {
		t.Fatalf("%+v", problems.List())
	}
	var got []string
	describe(root, "", &got)
	want := []string{": line 1, a mapping", "a: line 1, a number", "b: line 3, a list", "b[0]: line 3, true or false", "b[1]: line 4, text", "b[2]: line 5, nothing",
		"b[3]: line 6, a number", "b[4]: line 7, a list", "b[4][0]: line 7, text", "c: line 8, a mapping", "c.d: line 8, text"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if a := root.Member("a"); a.Text != "0123" || !a.IsInt() || a.IsNull() || !root.Member("b").Items[2].IsNull() || root.Member("b").IsNull() {
		t.Errorf("%+v", a)
	}
}

func describe(n *Node, path string, list *[]string) {
	*list = append(*list, fmt.Sprintf("%s: line %d, %s", path, n.Line, n.Found()))
	for i, item := range n.Items {
		describe(item, ElementPath(path, i), list)
	}
	for _, m := range n.Members {
		describe(m.Value, FieldPath(path, m.Name), list)
	}
}

// A tree may come with problems; without one there are problems, but for an
// empty document.
func TestProblems(t *testing.T) {
	for _, row := range []struct {
		name, document, path string
		line                 int
		problem              string
		tree                 bool
	}{
		{"empty", "", "", 0, "", false},
		{"only comments", "# nothing\n", "", 0, "", false},
		{"twice", "a: 1\nb: {c: 1,\n c: 2}", "b.c", 3, `the field "c" is already written in line 2`, true},
		{"twice in JSON", "{\"a\": [{\"b\": 1,\n\"b\": 2}]}", "a[0].b", 2, `the field "b" is already written in line 1`, true},
		{"twice, a name that is none", "{'a b': 1, 'a b': 2}", "?", 1, "the field (name not shown) is already written in line 1", true},
		{"tag", "a: !x y", "a", 1, "a YAML tag (!name) is not understood here", true},
		{"name that is a list", "? [a]\n: b", "", 1, "the name of a field is not text", true},
		{"merge of text", "<<: a", "", 1, "<< wants a mapping, or a list of mappings", true},
		{"two documents", "a: b\n---\nc: d", "", 2, "a second document begins", true},
		{"tab", "a:\n\tb: c", "", 2, "a tab in the indentation; YAML wants spaces", false},
		{"broken JSON", "{\"a\": 1,\n}", "", 2, "the document is not valid JSON: an invalid character looking for beginning of object key string", false},
		{"half a character", `{"a": "\ud83d"}`, "a", 1, `a \u escape that is no character (half of a surrogate pair)`, true},
		{"deep", `{"a": ` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + "}", "a" + strings.Repeat("[0]", 31), 1, "nested deeper than 32 levels", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			var problems Problems
			root := Parse([]byte(row.document), &problems)
			if (root != nil) != row.tree {
				t.Errorf("tree %+v", root)
			}
			list := problems.List()
			if row.problem == "" {
				if len(list) > 0 {
					t.Errorf("%+v", list)
				}
				return
			}
			if len(list) != 1 || list[0].Path != row.path || list[0].Line != row.line || list[0].Problem != row.problem || list[0].Fix == "" {
				t.Errorf("%+v", list)
			}
		})
	}
}

func TestProblemsInOrderAndBounded(t *testing.T) {
	var problems Problems
	problems.Add("b", 2, "second", "", "")
	problems.Add("c", 2, "third", "", "")
	problems.Add("a", 1, "first", "", "")
	var got []string
	for _, p := range problems.List() {
		got = append(got, p.Problem)
	}
	if !reflect.DeepEqual(got, []string{"first", "second", "third"}) {
		t.Error(got)
	}
	for range MaxProblems {
		problems.Add("x", 3, "more", "", "")
	}
	if !problems.Full() || len(problems.List()) != MaxProblems {
		t.Error(len(problems.List()))
	}
}

func TestPaths(t *testing.T) {
	for _, row := range []struct{ got, want string }{
		{FieldPath("", "a"), "a"}, {FieldPath("a", "b"), "a.b"}, {FieldPath("a", "b c"), "a.?"}, {FieldPath("a", ""), "a.?"}, {FieldPath("", strings.Repeat("x", MaxName+1)), "?"},
		{IndexPath("a", 0, 1), "a"}, {IndexPath("a", 1, 2), "a[1]"}, {ElementPath("a", 0), "a[0]"},
	} {
		if row.got != row.want {
			t.Errorf("%q, want %q", row.got, row.want)
		}
	}
}

func TestValue(t *testing.T) {
	var problems Problems
	root := Parse([]byte("{a: 1, b: 1.50, c: 99999999999999999999, d: True, e: ~, f: [x, '1'], g: {h: -0x}, i: 0o17}"), &problems)
	want := map[string]any{"a": int64(1), "b": json.Number("1.50"), "c": json.Number("99999999999999999999"), "d": true, "e": nil, "f": []any{"x", "1"}, "g": map[string]any{"h": "-0x"}, "i": int64(15)}
	if got := root.Value("", &problems); !reflect.DeepEqual(got, want) || len(problems.List()) > 0 {
		t.Errorf("%#v, %+v", got, problems.List())
	}
	for document, path := range map[string]string{"a: [.inf]": "a[0]", "a: 0x" + strings.Repeat("f", maxBasedNumber): "a"} {
		var problems Problems
		Parse([]byte(document), &problems).Value("", &problems)
		if list := problems.List(); len(list) != 1 || list[0].Path != path {
			t.Errorf("%.20s: %+v", document, list)
		}
	}
}

// FuzzParse: no panic, a bounded report, and a tree that is accepted can be
// written as JSON, which is the same tree.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"", "{}", "a: b", "{a: b}", `{"a": "\u00e9"}`, "---\na: b\n---\n", "a: &a [*a]", "<<: {a: b}", "a: !!binary x", "? [a]\n: b", "a: [1, .5, 0x1F, ~, {b: yes}]", "\t", "a:\n\tb", "a: 'b", "{a: 1, a: 2}",
		"a: &x {b: 1}\nc: {<<: *x, <<: [*x]}", "a: |\n  b\n  c\n", `{"a": "\ud800"}`, "a: +.INF", "a: -", "- - - a", "[0, 0o7, -1e5, 1., +0]",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var problems Problems
		root := Parse(data, &problems)
		if len(problems.List()) > MaxProblems {
			t.Fatalf("%d problems", len(problems.List()))
		}
		if root == nil {
			return
		}
		written := root.AppendJSON(nil, "", &problems)
		if !json.Valid(written) {
			t.Fatalf("%q", written)
		}
		if len(problems.List()) > 0 || root.Kind == Scalar {
			return
		}
		again := parseJSON(written, &problems)
		if again == nil {
			t.Fatalf("%q: %+v", written, problems.List())
		}
		if got := again.AppendJSON(nil, "", &problems); string(got) != string(written) {
			t.Fatalf("%q, then %q", written, got)
		}
	})
}
