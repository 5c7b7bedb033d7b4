package jsonbody

import (
	"reflect"
	"strings"
	"testing"
)

// bodies are what the two ways to read JSON might disagree about.
var bodies = []string{
	``, ` `, `{}`, "[]\n", `null`, `-0`, `01`, `1e999`, `1.`, `"a"`, `tru`, `{"a":{"b":[{"c":1},{"c":2}]}}`,
	// A member that stands twice, also under another spelling, and inside one that is dropped.
	`{"a":1,"a":2}`, `{"a":1,"\u0061":2}`, `{"a":{"b":1,"c":2},"a":3}`, `[{"a":1},{"a":1}]`, `{"a":{"a":{"a":1}}}`, `{"":1,"":2}`,
	// What encoding/json replaces may make two names one.
	"{\"\xff\":1,\"\xfe\":2}", `{"\ud800":1,"\ud801":2}`, "{\"\ufffd\":1,\"\xff\":2}", `{"\ud800\udc00":1,"𐀀":2}`, "[\"\xff\xc0\",\"\\udfff\"]",
	// Colons, quotes and brackets that are text.
	`{"a:b":"c:d","e\\":"\\\":{[","f":"\\\\"}`, `{"a":"\"` + "`" + `"}`, `{"a":"\`, `{"a":"\"`, `"\\"`, `"\\\"`,
	// Colons that are none of a member.
	`[1:2]`, `{"a"::1}`, `:`, `{"a":1:2}`, `{} :`, `{"a":1,"a":2} :`,
	strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth), strings.Repeat("[", maxDepth+1) + strings.Repeat("]", maxDepth+1),
	strings.Repeat(`{"a":`, maxDepth) + "1" + strings.Repeat("}", maxDepth), strings.Repeat(`{"a":`, maxDepth+1) + "1" + strings.Repeat("}", maxDepth+1),
	strings.Repeat("[],", 40), "[" + strings.Repeat("[],", 40) + "0]", strings.Repeat("]", 40) + strings.Repeat("[", 40),
	`{} {}`, `{}}`, `{},`, "{}\x00", "{}\v", "{}\u00a0", "{} \t\r\n", "1 2", "\xef\xbb\xbf{}", "{}\xef\xbb\xbf", "{\"a\x01\":1}", "\x00",
	`{"a":1,}`, `[1,]`, `[,1]`, `{"a" 1}`, `[1 2]`, `{1:2}`, `{"a":[1}`, `[}`, `[1}`, `{"a":1]`, `[1`, `{"a":1`, "[0\x00]", `nul`, `truefalse`,
}

// sameAsStepwise fails where the quick and the stepwise reading differ.
func sameAsStepwise(t *testing.T, data []byte) {
	t.Helper()
	value, err := Decode(data)
	want, wantErr := decodeStepwise(data)
	if !reflect.DeepEqual(value, want) || (err == nil) != (wantErr == nil) || err != nil && err.Error() != wantErr.Error() {
		t.Errorf("%q: %#v, %v; step by step %#v, %v", data, value, err, want, wantErr)
	}
}

func TestQuickIsStepwise(t *testing.T) {
	for _, body := range bodies {
		sameAsStepwise(t, []byte(body))
	}
}

// TestQuickIsTaken keeps the quick way from giving up on what it is there for.
func TestQuickIsTaken(t *testing.T) {
	for _, body := range []string{
		`{"access_token":"eyJ.eyJ.sig","token_type":"Bearer","expires_in":3600,"scope":"a b"}`,
		"\r\n{\"data\": [{\"a\": {\"t\": \"x:\\\"\"}}, null, true, -1.5e3, \"\\u0061\"]}\r\n",
	} {
		if _, ok := decodeQuickly([]byte(body)); !ok {
			t.Errorf("it gave up on %s", body)
		}
	}
}

// FuzzQuick: the quick way accepts nothing that the other one refuses, and reads
// nothing in another way.
func FuzzQuick(f *testing.F) {
	for _, body := range bodies {
		f.Add([]byte(body))
	}
	f.Fuzz(sameAsStepwise)
}
