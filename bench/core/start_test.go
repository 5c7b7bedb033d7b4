package core

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// The programs that BenchmarkStart runs; bench/run.sh builds them. Without
// them it is skipped.
const (
	commandVariable = "BENCH_COMMAND" // jeton
	helloVariable   = "BENCH_HELLO"   // the least that a Go program can be
)

// BenchmarkStart shows how long a process takes from its start to its end:
//
//	true     the least that a process can be
//	hello    a Go program that prints one line
//	version  jeton version
//	help     jeton --help
//	token    jeton token -f, client_secret_post to the token endpoint in another process
//
// median-ns/op is the median wall time of one run.
func BenchmarkStart(b *testing.B) {
	command, hello := os.Getenv(commandVariable), os.Getenv(helloVariable)
	if command == "" || hello == "" {
		b.Skip("bench/run.sh builds the programs that are started")
	}
	document := filepath.Join(b.TempDir(), "connection.yaml")
	text := fmt.Sprintf("version: 1\nname: reporting\ntoken_url: %s\nclient:\n  id: reporting\n  auth: client_secret_post\n  secret: 9cIyWb-2Fm~Qe0L.tRrQ7uY1xZ3nK8vA\ngrant:\n  type: client_credentials\n", stubURL(b))
	if err := os.WriteFile(document, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	for range *rounds {
		for _, program := range []struct {
			name string
			args []string
		}{
			{"true", []string{"true"}},
			{"hello", []string{hello}},
			{"version", []string{command, "version"}},
			{"help", []string{command, "--help"}},
			{"token", []string{command, "token", "-f", document}},
		} {
			b.Run(program.name, func(b *testing.B) { start(b, program.args) })
		}
	}
}

// start runs a program again and again.
func start(b *testing.B, args []string) {
	b.Helper()
	var took []time.Duration
	before := cpuTime(childTime)
	for b.Loop() {
		began := time.Now()
		if err := exec.Command(args[0], args[1:]...).Run(); err != nil {
			b.Fatal(args[0], err)
		}
		took = append(took, time.Since(began))
	}
	b.ReportMetric(float64(cpuTime(childTime)-before)/float64(b.N), "cpu-ns/op")
	reportMedian(b, took)
}
