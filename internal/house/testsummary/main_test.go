package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const events = `{"Action":"start","Package":"a"}
{"Action":"run","Package":"a","Test":"TestGood"}
{"Action":"output","Package":"a","Test":"TestGood","Output":"    a_test.go:1: chatter\n"}
{"Action":"pass","Package":"a","Test":"TestGood"}
{"Action":"run","Package":"a","Test":"TestBad"}
{"Action":"run","Package":"a","Test":"TestBad/row"}
{"Action":"output","Package":"a","Test":"TestBad/row","Output":"=== RUN   TestBad/row\n"}
{"Action":"output","Package":"a","Test":"TestBad/row","Output":"    a_test.go:2: wrong answer\n"}
{"Action":"fail","Package":"a","Test":"TestBad/row"}
{"Action":"fail","Package":"a","Test":"TestBad"}
{"Action":"fail","Package":"a"}
{"Action":"run","Package":"b","Test":"TestPeer"}
{"Action":"output","Package":"b","Test":"TestPeer","Output":"=== RUN   TestPeer\n"}
{"Action":"output","Package":"b","Test":"TestPeer","Output":"    b_test.go:3: no node\n"}
{"Action":"output","Package":"b","Test":"TestPeer","Output":"--- SKIP: TestPeer (0.00s)\n"}
{"Action":"skip","Package":"b","Test":"TestPeer"}
{"Action":"pass","Package":"b"}
{"ImportPath":"c","Action":"build-output","Output":"c.go:1: syntax error\n"}
{"ImportPath":"c","Action":"build-fail"}
{"Action":"output","Package":"c","Output":"FAIL\tc [build failed]\n"}
{"Action":"fail","Package":"c","FailedBuild":"c"}
{"Action":"skip","Package":"notests"}
{"Action":"run","Package":"d","Test":"TestHang"}
{"Action":"output","Package":"d","Test":"TestHang","Output":"panic: test timed out\n"}
{"Action":"fail","Package":"d"}
`

func TestCollect(t *testing.T) {
	var out strings.Builder
	results, err := collect(strings.NewReader(events), &out)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range results {
		got = append(got, strings.TrimSpace(r.Action+" "+r.Package+" "+r.Test+" "+r.Message))
	}
	want := []string{
		"pass a TestGood",
		"fail a TestBad",
		"fail a TestBad/row",
		"skip b TestPeer b_test.go:3: no node",
		"fail c  does not build",
		"fail d TestHang",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("results:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, must := range []string{"wrong answer", "syntax error", "[build failed]", "timed out"} {
		if !strings.Contains(out.String(), must) {
			t.Errorf("output lacks %q:\n%s", must, out.String())
		}
	}
	for _, never := range []string{"chatter", "=== RUN", "no node"} {
		if strings.Contains(out.String(), never) {
			t.Errorf("output has %q:\n%s", never, out.String())
		}
	}
}

func TestReport(t *testing.T) {
	for _, c := range []struct {
		name, steps string
		results     []result
		noSkip, ok  bool
		closing     string
	}{
		{"good", "unit\t1.0\tok\t\n", []result{{Step: "unit", Package: "a", Test: "T", Action: "pass"}}, true, true, "1 passed, 0 failed, 0 skipped"},
		{"failed in one of two steps", "unit\t1.0\tok\t\nrace\t1.0\tfailed\t\n", []result{
			{Step: "unit", Package: "a", Test: "T", Action: "pass"},
			{Step: "race", Package: "a", Test: "T", Action: "fail"},
		}, false, false, "0 passed, 1 failed, 0 skipped"},
		{"skip reported", "unit\t1.0\tok\t\n", []result{{Step: "unit", Package: "a", Test: "T", Action: "skip", Message: "why"}}, false, true, "0 passed, 0 failed, 1 skipped"},
		{"skip refused", "unit\t1.0\tok\t\n", []result{{Step: "unit", Package: "a", Test: "T", Action: "skip"}}, true, false, "0 passed, 0 failed, 1 skipped"},
		{"a check failed", "vet\t1.0\tfailed\t\n", nil, false, false, "0 passed, 1 failed, 0 skipped"},
		{"a step not run", "race\t0.0\tnot run\tno C compiler\n", nil, true, false, "0 passed, 0 failed, 1 skipped"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "steps.tsv"), []byte(c.steps), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := appendJSON(filepath.Join(dir, "tests.jsonl"), c.results); err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			ok, err := report(dir, c.noSkip, &out)
			if err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(strings.TrimSpace(out.String()), "\n")
			if ok != c.ok || lines[len(lines)-1] != c.closing {
				t.Errorf("ok %t, want %t; output:\n%s\nwant the closing line %q", ok, c.ok, out.String(), c.closing)
			}
		})
	}
}
