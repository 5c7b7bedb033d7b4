#!/usr/bin/env bash
# Builds what is measured, runs the benchmarks of bench/core in alternating
# rounds, and prints the figures beside their targets; see bench/README.md.
# It needs Go and nothing else, takes about two minutes, and exits 0 unless it
# cannot run: a missed target is printed, not an error, for a busy machine misses.
set -euo pipefail

usage() {
	cat <<'TXT'
usage: bench/run.sh [--rounds N] [--keep FILE]

  --rounds N   rounds of each group (default 40)
  --keep FILE  keep the output of the benchmarks, for benchstat or bench/table
  --help       this text
TXT
}

rounds=40
keep=
while (($#)); do
	case $1 in
	--rounds) rounds=${2:?} && shift 2 ;;
	--keep)
		keep=${2:?}
		[[ $keep == /* ]] || keep=$PWD/$keep
		shift 2
		;;
	--help | -h) usage && exit 0 ;;
	*) usage >&2 && exit 2 ;;
	esac
done

cd "$(dirname "${BASH_SOURCE[0]}")/.."
if ! command -v go >/dev/null; then
	echo "bench/run.sh: Go is not installed (go.mod says which version is needed)" >&2
	exit 1
fi

# Settings of whoever runs this must not reach what is measured.
for name in ${!JETON_@}; do unset "$name"; done
unset GOGC GOMEMLIMIT GOMAXPROCS HTTP_PROXY HTTPS_PROXY http_proxy https_proxy
export GOWORK=off

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cat >"$folder/hello.go" <<'GO'
package main

import "fmt"

func main() { fmt.Println("hello") }
GO
go build -trimpath -o "$folder/jeton" ./cmd/jeton
go build -trimpath -o "$folder/hello" "$folder/hello.go"
go build -o "$folder/table" ./bench/table
go test -c -o "$folder/core.test" ./bench/core

model=$(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo 2>/dev/null | head -n 1 || true)
[[ -n $model ]] || model=$(sysctl -n machdep.cpu.brand_string 2>/dev/null || echo "processor unknown")
load=$(sed 's/ .*//' /proc/loadavg 2>/dev/null || echo unknown)
echo "$(date -u +%F), $(go env GOVERSION) $(go env GOOS)/$(go env GOARCH), $model, $(getconf _NPROCESSORS_ONLN) processors, load $load"
echo "$rounds rounds; a ratio is the median over the rounds (and the quartiles)"

export BENCH_COMMAND=$folder/jeton BENCH_HELLO=$folder/hello
{
	"$folder/core.test" -test.run '^$' -test.bench 'Assertion|Exchange|Source|Inject' -test.benchtime 25ms -rounds "$rounds"
	"$folder/core.test" -test.run '^$' -test.bench Start -test.benchtime 60ms -rounds "$rounds"
} >"$folder/out" || {
	cat "$folder/out"
	exit 1
}
[[ -z $keep ]] || cp "$folder/out" "$keep"
"$folder/table" <"$folder/out"
