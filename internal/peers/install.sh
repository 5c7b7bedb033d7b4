#!/bin/sh
# Installs what the real authorization servers of the tests need: the npm packages
# of oidcprovider/ and, on Debian, Authlib and Flask for the system's python3.
# Does nothing when all is there. Ends with 1, and says what is missing, when
# something could not be installed.
set -u
cd "$(dirname "$0")" || exit 1

failed=0
missing() {
	echo "peers: $1" >&2
	failed=1
}

install_oidc_provider() {
	installed=oidcprovider/node_modules/.package-lock.json
	if [ -f "$installed" ] && [ ! oidcprovider/package-lock.json -nt "$installed" ]; then
		return
	fi
	if ! command -v npm >/dev/null; then
		missing "oidc-provider is not installed: there is no npm (Node.js 20.12 or later is needed)"
		return
	fi
	(cd oidcprovider && npm ci --no-audit --no-fund --loglevel=error >/dev/null) ||
		missing "oidc-provider is not installed: npm ci failed in internal/peers/oidcprovider"
}

has_authlib() {
	/usr/bin/python3 -c 'import authlib, flask' 2>/dev/null
}

install_authlib() {
	if has_authlib; then
		return
	fi
	if ! command -v apt-get >/dev/null; then
		missing "Authlib is not installed: /usr/bin/python3 can not import authlib and flask, and there is no apt-get"
		return
	fi
	export DEBIAN_FRONTEND=noninteractive
	if ! apt-get update -qq >/dev/null || ! apt-get install -y -qq --no-install-recommends python3-authlib python3-flask >/dev/null; then
		missing "Authlib is not installed: apt-get install python3-authlib python3-flask failed (root is needed)"
	elif ! has_authlib; then
		missing "Authlib is not installed: /usr/bin/python3 can not import authlib and flask after apt-get install"
	fi
}

install_oidc_provider
install_authlib
exit "$failed"
