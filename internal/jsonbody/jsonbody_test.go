package jsonbody

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestDecode(t *testing.T) {
	for _, row := range []struct {
		name, body string
		want       any
		problem    string
	}{
		{"object", `{"a":1,"A":[true,null,"x"]}`, map[string]any{"a": json.Number("1"), "A": []any{true, nil, "x"}}, ""},
		{"scalar", ` 1.50 `, json.Number("1.50"), ""},
		{"empty array", `[]`, []any{}, ""},
		{"as deep as may be", strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth), nil, ""},
		{"deeper", strings.Repeat("[", maxDepth+1) + strings.Repeat("]", maxDepth+1), nil, "the JSON is nested deeper than 16"},
		{"far deeper", strings.Repeat(`{"a":`, 20000), nil, "the JSON is nested deeper than 16"},
		{"twice", `{"a":{"b":1,"b":"secret"}}`, nil, `a member stands twice: "b"`},
		{"twice, escaped once", `{"a":1,"\u0061":2}`, nil, `a member stands twice: "a"`},
		{"nothing", ``, nil, "the JSON ends too early"},
		{"cut off", `{"a":"secret`, nil, "the JSON ends too early"},
		{"cut off in an escape", `{"a":"\u00`, nil, "the JSON ends too early"},
		{"no JSON", `secret`, nil, "the body is no JSON from byte 1 on"},
		{"no JSON after white space", `  secret`, nil, "the body is no JSON from byte 3 on"},
		{"no JSON in a member", `{"a": {"b": [1, 2, oops]}}`, nil, "the body is no JSON from byte 20 on"},
		{"no JSON beyond 1 KiB", `{"a":"` + strings.Repeat("x", 2000) + `","b":1 "c":2}`, nil, "the body is no JSON from byte 2015 on"},
		{"no comma", `[1 2]`, nil, "the body is no JSON from byte 4 on"},
		{"no colon", `{"a" 1}`, nil, "the body is no JSON from byte 6 on"},
		{"a comma too many", `{"a":1,}`, nil, "the body is no JSON from byte 8 on"},
		{"the wrong bracket", `{"a":[1}`, nil, "the body is no JSON from byte 8 on"},
		{"a byte order mark", "\xef\xbb\xbf{}", nil, "the body is no JSON from byte 1 on"},
		{"after it", `{} {}`, nil, "there is something after the JSON value"},
		{"bracket after it", `{}}`, nil, "there is something after the JSON value"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := Decode([]byte(row.body))
			if row.problem == "" {
				if err != nil || row.want != nil && !reflect.DeepEqual(got, row.want) {
					t.Errorf("%#v, %v", got, err)
				}
				return
			}
			var e *Error
			if !errors.As(err, &e) || e.Problem != row.problem || got != nil {
				t.Errorf("%#v, %v; want %s", got, err, row.problem)
			}
		})
	}
}

func TestLookup(t *testing.T) {
	for _, row := range []struct{ body, path, want string }{
		{`{"a":{"b":"x"}}`, "a.b", "x"},
		{`{"a.b":"x","a":{"b":"y"}}`, "a.b", "x"},
		{`{"a":{"b":"x"}}`, "/a/b", "x"},
		{`{"a/b":{"c~d":"x"}}`, "/a~1b/c~0d", "x"},
		{`{"":"x"}`, "/", "x"},
		{`["y",["x"]]`, "1.0", "x"},
		{`{"a":1}`, "A", ""},
		{`["x"]`, "00", ""},
		{`["x"]`, "-0", ""},
		{`["x"]`, "1", ""},
		{`"x"`, "a", ""},
		{`{"a":null}`, "a.b", ""},
	} {
		value, found := Lookup(decoded(t, row.body), row.path)
		if text, _ := value.(string); text != row.want || found != (row.want != "") {
			t.Errorf("%s of %s gives %v, %t", row.path, row.body, value, found)
		}
	}
}

func TestFindMember(t *testing.T) {
	for _, row := range []struct{ body, want string }{
		{`{"t":"x"}`, "t"},
		{`{"a":{"t":"x"},"t":"y"}`, "t"},
		{`{"b":{"t":"x"},"a":[0,{"t":"y"}]}`, "a.1.t"},
		{`{"a.b":{"c":{"t":"x"}}}`, "/a.b/c/t"},
		{`{"c":{"a/b~":{"t":"x"}}}`, "/c/a~1b~0/t"},
		{`{"t":"","a":{"t":5}}`, ""},
		{`{"x.t":"x"}`, "x.t"},
		{`{"a":{"x.t":"x"}}`, "/a/x.t"},
		{`{"a":{"/x.t":"x"}}`, "/a/~1x.t"},
		{`{"a":[{"b":{"x.t":"x"}}]}`, "/a/0/b/x.t"},
		{`{"a.t":"","a":{"t":"x"}}`, "/a/t"},
		{`{"a.t":5,"/a/t":5,"a":{"t":"x"}}`, ""},
		{`"t"`, ""},
	} {
		path, found := FindMember(decoded(t, row.body), isT)
		if path != row.want || found != (row.want != "") {
			t.Errorf("%s gives %q, %t", row.body, path, found)
		}
	}
}

func TestKindOfAndText(t *testing.T) {
	for body, want := range map[string][2]string{
		`null`: {"null"}, `true`: {"a boolean", "true"}, `1e3`: {"a number", "1e3"}, `"x"`: {"a string", "x"}, `[]`: {"an array"}, `{}`: {"an object"},
	} {
		value := decoded(t, body)
		text, ok := Text(value)
		if KindOf(value) != want[0] || text != want[1] || ok != (want[1] != "") {
			t.Errorf("%s is %s, %q, %t", body, KindOf(value), text, ok)
		}
	}
}

func decoded(t *testing.T, body string) any {
	t.Helper()
	value, err := Decode([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func isT(name string) bool { return name == "t" || strings.HasSuffix(name, ".t") }

// FuzzDecode: what is accepted is JSON for encoding/json too, and means the same
// there; what is found is where it is said to be.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		``, `{}`, `{"a":1,"a":2}`, `{"a":[1,{"t":"x"}]}`, `{"a.b":{"t":"x"}}`, `{"/":[{"~":{"t":"x"}}]}`, `{} x`, `[1e999,-0,"\ud800"]`, "\xef\xbb\xbf{}", `{"":{"":{"t":"x"}}}`, `{"a":{"x.t":"x"}}`, strings.Repeat("[", 20), `{"a" 1}`, `[1 2]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		value, err := Decode(data)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Problem == "" || value != nil {
				t.Fatalf("%v, %#v", value, err)
			}
			return
		}
		d := json.NewDecoder(strings.NewReader(string(data)))
		d.UseNumber()
		var want any
		if err := d.Decode(&want); err != nil || !reflect.DeepEqual(value, want) {
			t.Fatalf("%#v, encoding/json says %#v, %v", value, want, err)
		}
		if path, found := FindMember(value, isT); found {
			if at, ok := Lookup(value, path); !ok || KindOf(at) != "a string" || at == "" {
				t.Fatalf("%v at %q", at, path)
			}
		}
	})
}
