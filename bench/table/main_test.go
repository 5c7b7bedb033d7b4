package main

import (
	"strings"
	"testing"
)

const input = `
goos: linux
BenchmarkExchange/client_secret_post/plain-2       	 100	 150 ns/op	 100.0 cpu-ns/op	 7 B/op
BenchmarkExchange/client_secret_post/jeton-2       	 100	 150 ns/op	 110.0 cpu-ns/op	 7 B/op
BenchmarkExchange/client_secret_post/plain#01-2    	 100	 150 ns/op	 200.0 cpu-ns/op	 7 B/op
BenchmarkExchange/client_secret_post/jeton#01-2    	 100	 150 ns/op	 260.0 cpu-ns/op	 7 B/op
BenchmarkExchange/client_secret_post/plain#02      	 100	 150 ns/op	 300.0 cpu-ns/op	 7 B/op
BenchmarkExchange/client_secret_post/jeton#02      	 100	 150 ns/op	 360.0 cpu-ns/op	 7 B/op
BenchmarkAssertion/EdDSA/raw-2                     	 100	 30000 cpu-ns/op
BenchmarkAssertion/EdDSA/sign-2                    	 100	 36000 cpu-ns/op
PASS
`

// TestTable: rounds are paired, and the median of their ratios is what counts.
func TestTable(t *testing.T) {
	runs, err := read(strings.NewReader(input))
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := runs.print(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"1.20 (1.15..1.25)  1.25       held", "+6.0 us (+6.0..+6.0)  +5.0 us    MISSED"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}

func TestNothing(t *testing.T) {
	if err := (results{}).print(new(strings.Builder)); err == nil {
		t.Error("an empty input is no run")
	}
}
