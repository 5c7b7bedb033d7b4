package jeton

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestMapJSON is a property: whatever the claims are, their texts are mapped as
// in the decoded value, and nothing else changes.
func TestMapJSON(t *testing.T) {
	fill := func(s string) string { return strings.ReplaceAll(s, "{a}", "\"\\\n{b}") }
	value := rapid.Custom(func(rt *rapid.T) any {
		text := rapid.SampledFrom([]string{"{a}", "x{a}\\", "\"{a}\"", "{", "}", "a:b", ",", "\u2028{a}", "ü"})
		return rapid.OneOf(rapid.Map(text, func(s string) any { return s }), rapid.Map(rapid.Int(), func(i int) any { return i }),
			rapid.Map(rapid.SliceOf(text), func(l []string) any { return l }), rapid.Map(rapid.MapOf(text, text), func(m map[string]string) any { return m })).Draw(rt, "value")
	})
	rapid.Check(t, func(rt *rapid.T) {
		raw, err := json.Marshal(map[string]any{"{a}": value.Draw(rt, "first"), "b": value.Draw(rt, "second")})
		if err != nil {
			rt.Fatal(err)
		}
		if same := mapJSON(raw, func(s string) string { return s }); !bytes.Equal(same, raw) {
			rt.Errorf("%s became %s", raw, same)
		}
		var plain any
		if err := json.Unmarshal(raw, &plain); err != nil {
			rt.Fatal(err)
		}
		mapped, _ := mapTexts(plain, fill)
		want, _ := json.Marshal(mapped)
		var got any
		if err := json.Unmarshal(mapJSON(raw, fill), &got); err != nil {
			rt.Fatalf("%s: %v", raw, err)
		}
		if again, _ := json.Marshal(got); !bytes.Equal(again, want) {
			rt.Errorf("%s, want %s", again, want)
		}
	})
}

func TestMapJSONOfHalfATree(t *testing.T) {
	for _, raw := range []string{`"`, `{"a`, `{"a":"{b}\`, `["{x}" :`, ``} {
		mapJSON([]byte(raw), strings.ToUpper) // ends
	}
}
