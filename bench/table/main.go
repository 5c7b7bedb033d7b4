// Command table reads the output of the benchmarks on standard input and prints
// one line for each figure that has a target: what the bare work costs, what
// Jeton costs, and the two against each other.
//
//	./core.test -test.bench . -rounds 10 | go run ./bench/table
//
// The rounds of one group alternate, so each round gives one ratio; shown are
// their median and, in brackets, the lower and upper quartile. Nothing here
// judges by exit code: on a busy machine a figure may miss by chance.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
)

func main() {
	runs, err := read(os.Stdin)
	if err == nil {
		err = runs.print(os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "table:", err)
		os.Exit(1)
	}
}

// results are the figures of one benchmark in the order of their rounds, by
// the name of the benchmark and then by unit.
type results map[string]map[string][]float64

// read takes over the lines that are results and ignores the rest.
func read(r io.Reader) (results, error) {
	all := results{}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		name := plainName(fields[0])
		if all[name] == nil {
			all[name] = map[string][]float64{}
		}
		for i := 2; i+1 < len(fields); i += 2 {
			value, err := strconv.ParseFloat(fields[i], 64)
			if err != nil {
				return nil, fmt.Errorf("%s: %q is no number", fields[0], fields[i])
			}
			all[name][fields[i+1]] = append(all[name][fields[i+1]], value)
		}
	}
	return all, lines.Err()
}

// plainName drops what Go puts round a name: the number of processors at the
// end, and #01, #02 where a name comes again.
func plainName(name string) string {
	name = strings.TrimPrefix(name, "Benchmark")
	if i := strings.LastIndexByte(name, '-'); i > 0 {
		name = name[:i]
	}
	if i := strings.LastIndexByte(name, '#'); i > 0 {
		name = name[:i]
	}
	return name
}

// figure is one line of the table.
type figure struct {
	name, base, unit string
	// ratio is the most that name may cost as a multiple of base; 0: none.
	ratio float64
	// more is the most, in nanoseconds, that name may cost beyond base; 0: none.
	more float64
	// noTarget: the two above are no target here, but say how to compare.
	noTarget bool
	note     string
}

const (
	cpu    = "cpu-ns/op"
	median = "median-ns/op"
)

// figures are the targets of the project, and what helps to read them. Of an
// assertion, build is what the target means; sign is a part of it.
func figures() []figure {
	list := []figure{}
	for _, way := range []struct {
		name, unit, note string
		target           bool
	}{
		{"build", median, "claims, jti, header, JWS in the engine", true},
		{"sign", cpu, "header and claims to a JWS (key.Key.Sign)", true},
		{"jeton", cpu, "whole Engine.Exchange: checks, build, token", false},
	} {
		for _, a := range []string{"RS256", "PS256", "ES256", "EdDSA"} {
			f := figure{name: "Assertion/" + a + "/" + way.name, base: "Assertion/" + a + "/raw", unit: way.unit, note: way.note,
				ratio: 1.05, noTarget: !way.target}
			if a == "ES256" || a == "EdDSA" {
				f.ratio, f.more = 0, 5000
			}
			list = append(list, f)
		}
	}
	for _, c := range []string{"client_secret_post", "client_secret_basic", "private_key_jwt_ES256", "private_key_jwt_RS256", "jwt_bearer_RS256"} {
		list = append(list, figure{name: "Exchange/" + c + "/jeton", base: "Exchange/" + c + "/plain", unit: cpu, ratio: 1.25})
	}
	for _, n := range []string{"1", "8", "64"} {
		list = append(list, figure{name: "Source/" + n + "/jeton", base: "Source/" + n + "/plain", unit: cpu, ratio: 1.15, note: n + " goroutines"},
			figure{name: "Source/" + n + "/oauth2", base: "Source/" + n + "/plain", unit: cpu, note: "golang.org/x/oauth2 ReuseTokenSource"})
	}
	list = append(list, figure{name: "Source/64/jeton", base: "Source/1/jeton", unit: cpu, ratio: 1.15, note: "64 goroutines beside 1 (the left column)"},
		figure{name: "Inject/get/jeton", base: "Inject/get/plain", unit: cpu, ratio: 1.15, note: "beside a copy of the request and of its header map"},
		figure{name: "Inject/get/clone", base: "Inject/get/plain", unit: cpu, note: "the same copy with maps.Clone"},
		figure{name: "Inject/get/oauth2", base: "Inject/get/plain", unit: cpu, note: "golang.org/x/oauth2 Transport"})
	for _, c := range []string{"true", "hello", "help", "token"} {
		list = append(list, figure{name: "Start/" + c, base: "Start/version", unit: median})
	}
	return list
}

func (all results) print(w io.Writer) error {
	found := 0
	section := ""
	for _, f := range figures() {
		base, own := all[f.base][f.unit], all[f.name][f.unit]
		rounds := min(len(base), len(own))
		if rounds == 0 {
			continue
		}
		found++
		if s, _, _ := strings.Cut(f.name, "/"); s != section {
			section = s
			fmt.Fprintf(w, "\n%-38s %11s %11s %24s  %-10s %s\n", headings[s][0], headings[s][1], headings[s][2], headings[s][3], "target", "")
		}
		fmt.Fprintln(w, f.line(base[:rounds], own[:rounds]))
	}
	if found == 0 {
		return fmt.Errorf("there is no result in the input")
	}
	return nil
}

// headings of the sections: the columns differ in what stands beside what.
var headings = map[string][4]string{
	"Assertion": {"assertion (build: wall time, else CPU)", "raw", "jeton", "ratio or difference"},
	"Exchange":  {"exchange, CPU time of the client", "plain", "jeton", "ratio"},
	"Source":    {"source of tokens, CPU time of a call", "plain", "this", "ratio"},
	"Inject":    {"RoundTripper, CPU time of a request", "plain", "this", "ratio"},
	"Start":     {"start-up, wall time", "version", "this", "ratio"},
}

func (f figure) line(base, own []float64) string {
	relation := make([]float64, len(own))
	for i := range own {
		if relation[i] = own[i] / base[i]; f.more > 0 {
			relation[i] = own[i] - base[i]
		}
	}
	low, middle, high := quartiles(relation)
	shown, target, held := fmt.Sprintf("%.2f (%.2f..%.2f)", middle, low, high), "", true
	switch {
	case f.more > 0:
		shown = fmt.Sprintf("%+.1f us (%+.1f..%+.1f)", middle/1000, low/1000, high/1000)
		target, held = fmt.Sprintf("+%.1f us", f.more/1000), middle <= f.more
	case f.ratio > 0:
		target, held = fmt.Sprintf("%.2f", f.ratio), middle <= f.ratio
	}
	verdict := ""
	if f.noTarget {
		target = ""
	}
	if target != "" {
		verdict = "held"
		if !held {
			verdict = "MISSED"
		}
	}
	_, baseMiddle, _ := quartiles(base)
	_, ownMiddle, _ := quartiles(own)
	_, name, _ := strings.Cut(f.name, "/")
	return strings.TrimRight(fmt.Sprintf("%-38s %11s %11s %24s  %-10s %-7s %s", name, duration(baseMiddle), duration(ownMiddle), shown, target, verdict, f.note), " ")
}

// duration writes nanoseconds with a unit that suits them.
func duration(ns float64) string {
	if ns >= 1e6 {
		return fmt.Sprintf("%.2f ms", ns/1e6)
	}
	if ns < 1e3 {
		return fmt.Sprintf("%.1f ns", ns)
	}
	return fmt.Sprintf("%.1f us", ns/1e3)
}

// quartiles are the lower quartile, the median and the upper quartile.
func quartiles(values []float64) (low, middle, high float64) {
	sorted := slices.Sorted(slices.Values(values))
	at := func(part float64) float64 {
		position := part * float64(len(sorted)-1)
		i := int(position)
		if i+1 == len(sorted) {
			return sorted[i]
		}
		return sorted[i] + (position-float64(i))*(sorted[i+1]-sorted[i])
	}
	return at(0.25), at(0.5), at(0.75)
}
