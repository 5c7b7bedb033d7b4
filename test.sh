#!/usr/bin/env bash
# The one test command of Jeton; see usage below. Nothing here cleans a cache:
# the second run needs no network and builds only what has changed.
set -euo pipefail

usage() {
	cat <<'TXT'
usage: ./test.sh [--quick] [--no-skip]

Installs what the tests need, builds, checks and tests everything, and prints
at the end how long each step took, how many tests ran, what was skipped and
what could not be run, and why. The last line is "N passed, N failed, N skipped".

  --quick    build, vet, gofmt and unit tests only: installs nothing, no
             staticcheck, module checks, race detector or fuzzing. Tests of real
             authorization servers that are not installed are skipped.
  --no-skip  a skipped test is a failure; the default when CI=true
  --help     this text

One package:  go test ./key        One test:  go test -run TestName ./key
TXT
}

# Packages with concurrency, as folders ("." is package jeton): the race
# detector runs on those that exist, and on the packages below them.
race_folders=(. oauthtest broker store access inject seal)

# How long every fuzz target runs beyond its seeds, and how many at once.
fuzz_time=2s
fuzz_at_once=2

quick=false
no_skip=false
[[ ${CI:-} == true ]] && no_skip=true
for arg in "$@"; do
	case $arg in
	--quick) quick=true ;;
	--no-skip) no_skip=true ;;
	--help | -h)
		usage
		exit 0
		;;
	*)
		usage >&2
		exit 2
		;;
	esac
done

cd "$(dirname "${BASH_SOURCE[0]}")"
if ! command -v go >/dev/null; then
	echo "test.sh: Go is not installed (go.mod says which version is needed)" >&2
	exit 1
fi

# Settings of whoever runs this must not reach the tests.
for name in ${!JETON_@}; do unset "$name"; done
export GOWORK=off

state=$(mktemp -d)
trap 'rm -rf "$state"' EXIT
export state

# step NAME COMMAND...: runs the command, shows what it printed if it failed,
# and notes how long it took.
step() {
	local name=$1 start=$SECONDS ending=ok
	shift
	printf '[%4d s] %s\n' "$SECONDS" "$name"
	# errexit is off inside a condition, hence the && chains in the functions below.
	if ! "$@" >"$state/log" 2>&1 </dev/null; then
		ending=failed
		cat "$state/log"
		printf '[%4d s] %s FAILED\n' "$SECONDS" "$name"
	fi
	printf '%s\t%d\t%s\t\n' "$name" $((SECONDS - start)) "$ending" >>"$state/steps.tsv"
	[[ $ending == ok ]]
}

# not_run NAME WHY: notes a step that could not be run.
not_run() {
	printf '[%4d s] %s: not run (%s)\n' "$SECONDS" "$1" "$2"
	printf '%s\t0\tnot run\t%s\n' "$1" "$2" >>"$state/steps.tsv"
}

# apt PACKAGE...: installs Debian packages where that is possible.
apt() {
	command -v apt-get >/dev/null || {
		echo "missing: $* (there is no apt-get here; install it by hand)"
		return 1
	}
	apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
}

install_missing() {
	local ok=true
	command -v "$(go env CC)" >/dev/null || apt gcc libc6-dev || ok=false # the race detector
	command -v git >/dev/null || apt git || ok=false # calls jeton token -o git
	command -v curl >/dev/null || apt curl || ok=false # is called by jeton curl
	if [[ -f internal/peers/install.sh ]]; then
		sh internal/peers/install.sh || ok=false
	fi
	$ok
}

build_summary() { go build -o "$state/testsummary" ./internal/house/testsummary; }

format() {
	local wrong
	wrong=$(find . \( -name node_modules -o -name .git -o -name testdata \) -prune -o -name '*.go' -print0 |
		xargs -0 gofmt -l) || return 1
	[[ -z $wrong ]] || {
		printf 'not formatted (gofmt -w):\n%s\n' "$wrong"
		return 1
	}
}

static() { go tool -modfile=tools/go.mod staticcheck ./...; }

# Says whether go.mod and go.sum, ours and that of the tools, are what the code
# needs, and whether the modules on this machine are what go.sum says.
modules() {
	go mod verify && go mod tidy -diff &&
		go -C tools mod verify && go -C tools mod tidy -diff
}

unit() { "$state/testsummary" run -dir "$state" -step unit -- go test -json ./...; }

race() {
	local folder packages=()
	for folder in "${race_folders[@]}"; do
		case $folder in
		.) packages+=(.) ;;
		*) [[ -d $folder ]] && packages+=("./$folder/...") ;;
		esac
	done
	"$state/testsummary" run -dir "$state" -step race -- go test -json -race "${packages[@]}"
}

# fuzz_targets prints "folder name" for every fuzz target.
fuzz_targets() {
	local folder targets status=0
	find . \( -name node_modules -o -name .git \) -prune -o -name '*_test.go' -exec grep -lE '^func Fuzz' {} + |
		sed 's|/[^/]*$||' | sort -u >"$state/fuzz_folders" || true # find fails where grep finds nothing
	while read -r folder; do
		if targets=$(go test -list '^Fuzz' "$folder"); then
			sed -n "s|^\(Fuzz.*\)|$folder \1|p" <<<"$targets"
		else
			echo "$targets" >&2
			status=1
		fi
	done <"$state/fuzz_folders"
	return $status
}

# fuzz_one FOLDER NAME: one target. Go sometimes takes the end of the fuzzing
# time itself for a failure ("context deadline exceeded", no input written:
# golang/go#75804); that alone is tried a second time.
fuzz_one() {
	local attempt out ok
	for attempt in 1 2; do
		out=$state/fuzz-${1//\//_}-$2-$attempt
		mkdir "$out"
		ok=true
		"$state/testsummary" run -dir "$out" -step fuzz -note fuzzing -- \
			go test -json -run '^$' -fuzz "^$2\$" -fuzztime "$fuzz_time" -parallel 1 "$1" >"$out/log" 2>&1 || ok=false
		if $ok || grep -q 'Failing input written' "$out/log" || ! grep -q 'context deadline exceeded' "$out/log"; then
			break
		fi
	done
	cat "$out/tests.jsonl" >>"$state/tests.jsonl"
	$ok && return
	cat "$out/log"
	# The checkout of a CI run goes away: show the input itself.
	sed -n 's|.*Failing input written to \(testdata/[^ ]*\).*|\1|p' "$out/log" | while read -r input; do
		printf '%s/%s:\n' "$1" "$input"
		cat "$1/$input"
	done
	return 1
}

fuzz() {
	export fuzz_time
	export -f fuzz_one
	local status=0
	fuzz_targets >"$state/targets" || status=1
	[[ -s $state/targets ]] || return $status
	# shellcheck disable=SC2016 # the inner shell expands its own arguments
	xargs -P "$fuzz_at_once" -n 2 bash -c 'fuzz_one "$@"' fuzz_one <"$state/targets" && return $status
}

built=true
if $quick; then
	export JETON_REQUIRE_PEERS=0
else
	export JETON_REQUIRE_PEERS=1 # a server that is missing fails its tests
	step install install_missing || true
fi
step testsummary build_summary || exit 1 # nothing can be counted without it
step build go build ./... || built=false
step gofmt format || true
if $built; then
	step vet go vet ./... || true
	$quick || step staticcheck static || true
else
	not_run vet "the build failed"
	$quick || not_run staticcheck "the build failed"
fi
$quick || step modules modules || true
step unit unit || true # also after a failed build: it shows which packages still stand
if ! $quick; then
	if ! $built; then
		not_run race "the build failed"
		not_run fuzz "the build failed"
	else
		if [[ $(go env CGO_ENABLED) == 1 ]] && command -v "$(go env CC)" >/dev/null; then
			step race race || true
		else
			not_run race "the race detector needs cgo and a C compiler"
		fi
		step fuzz fuzz || true
	fi
fi

if $no_skip; then
	"$state/testsummary" report -dir "$state" -no-skip
else
	"$state/testsummary" report -dir "$state"
fi
