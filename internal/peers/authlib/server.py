#!/usr/bin/python3
"""A second, independent authorization server (Authlib 1.2 on Flask) for Jeton's tests.

The first line on stdin is the configuration, one JSON object (see
configuration.go). When the listener is open the script prints "ready {json}" on
stdout, or "unavailable {json}" when Authlib or Flask is not installed. It lives
as long as its stdin is open, so it can not outlive the test process.

Where Authlib decides by itself, it is left alone. What a client has to know:

- Client assertions: the audience must be the token endpoint (a string, or inside
  an array). The issuer is refused: this is the "old server" of RFC 7523. exp and
  jti are required. A refusal is 400 invalid_client without a description.
- JWT bearer: the issuer of the assertion IS the client. Client credentials beside
  the assertion are not looked at, a client_id need not be sent. The audience may
  be the token endpoint or the issuer (our choice; Authlib's own default checks
  that there is one). A refusal is 400 invalid_grant; the description names the
  claim, and is absent for a wrong signature.
- There is no clock tolerance: an assertion is dead one second after exp, and an
  nbf in the future is refused.
- client_secret_basic is not form-decoded before it is compared: a secret with
  characters that RFC 6749 appendix B encodes works only when sent raw.
- A person logs in and decides on one page, ours; Authlib has none. The answer
  names no issuer. A code that was used is deleted, and nothing is revoked.
- A refused code_verifier is invalid_grant "Code challenge failed.".
- A wrong password is invalid_request, not invalid_grant.
- Unknown scopes are invalid_scope; known ones the client may not have are dropped.
"""

import json
import logging
import os
import sys
import threading
import time

# http on the loopback interface only; read by Authlib at every request.
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

try:
    from authlib.integrations.flask_oauth2 import AuthorizationServer
    from authlib.jose import JsonWebKey, OctKey
    from authlib.oauth2 import OAuth2Error
    from authlib.oauth2.rfc6749 import (
        AuthorizationCodeMixin,
        ClientMixin,
        InvalidClientError,
        InvalidGrantError,
        TokenMixin,
        grants,
    )
    from authlib.oauth2.rfc7523 import JWTBearerClientAssertion, JWTBearerGrant
    from authlib.oauth2.rfc7636 import CodeChallenge
    from authlib.oauth2.rfc8628 import (
        DeviceAuthorizationEndpoint,
        DeviceCodeGrant,
        DeviceCredentialDict,
    )
    from flask import Flask, jsonify, request
    from werkzeug.serving import make_server
except ImportError as err:
    print("unavailable", json.dumps({"reason": str(err)}), flush=True)
    sys.exit(0)

GRANTS = ["authorization_code", "client_credentials", "password", "refresh_token",
          JWTBearerGrant.GRANT_TYPE, DeviceCodeGrant.GRANT_TYPE]
AUTH_METHODS = ["client_secret_basic", "client_secret_post", "client_assertion_jwt", "none"]
ASSERTION_METHODS = ("client_secret_jwt", "private_key_jwt")

# RFC 7518 and RFC 8037: the key type (and curve) that an algorithm needs.
KEY_OF = {
    "RS256": ("RSA", None), "RS384": ("RSA", None), "RS512": ("RSA", None),
    "PS256": ("RSA", None), "PS384": ("RSA", None), "PS512": ("RSA", None),
    "ES256": ("EC", "P-256"), "ES384": ("EC", "P-384"), "ES512": ("EC", "P-521"),
    "EdDSA": ("OKP", "Ed25519"),
}


class Signer:
    """Keys that verify the JWTs of one party: a client or an assertion issuer."""

    def __init__(self, secret, jwks, algorithm):
        self.secret = secret
        self.keys = (jwks or {}).get("keys", [])
        self.algorithm = algorithm

    def key_for(self, header):
        """The key for this header, or None. The registration decides about the
        algorithm, the header only selects (RFC 8725 section 3.1); Authlib would
        answer 500 for a key that does not fit."""
        alg, kid = header.get("alg"), header.get("kid")
        if self.algorithm and alg != self.algorithm:
            return None
        if alg in ("HS256", "HS384", "HS512"):
            return OctKey.import_key(self.secret) if self.secret and not self.keys else None
        for key in self.keys:
            if (key["kty"], key.get("crv")) == KEY_OF.get(alg) and kid in (None, key.get("kid")):
                return JsonWebKey.import_key(key)
        return None


class Client(ClientMixin):
    def __init__(self, config):
        self.client_id = config["id"]
        self.secret = config.get("secret", "")
        self.auth_method = config["auth_method"]
        self.grants = config["grants"]
        self.scope = config.get("scope", "")
        self.redirect_uris = config.get("redirect_uris") or []
        secret = self.secret if self.auth_method == "client_secret_jwt" else ""
        self.signer = Signer(secret, config.get("jwks"), config.get("algorithm"))

    def get_client_id(self):
        return self.client_id

    def get_allowed_scope(self, scope):
        allowed = self.scope.split()
        return " ".join(s for s in scope.split() if s in allowed)

    def check_client_secret(self, client_secret):
        return bool(self.secret) and self.secret == client_secret

    def check_endpoint_auth_method(self, method, endpoint):
        if method == "client_assertion_jwt":
            return self.auth_method in ASSERTION_METHODS
        return self.auth_method == method

    def check_grant_type(self, grant_type):
        return grant_type in self.grants

    def check_redirect_uri(self, redirect_uri):
        return redirect_uri in self.redirect_uris

    def check_response_type(self, response_type):
        return response_type == "code" and "authorization_code" in self.grants

    def get_default_redirect_uri(self):
        return None


class AssertionIssuer(Client):
    """An issuer of RFC 7523 grants. To Authlib it is a client."""

    def __init__(self, config, scope):
        super().__init__({
            "id": config["issuer"], "auth_method": "none", "scope": scope,
            "grants": [JWTBearerGrant.GRANT_TYPE],
        })
        self.signer = Signer(config.get("secret"), config.get("jwks"), None)
        self.subjects = config.get("subjects") or []
        self.max_lifetime = config.get("max_lifetime")


class Token(TokenMixin):
    def __init__(self, client, user, family, issued):
        self.client_id = client.client_id
        self.user = user
        self.family = family
        self.scope = issued.get("scope", "")
        self.expires_in = issued["expires_in"]
        self.expires_at = time.time() + self.expires_in
        self.revoked = False

    def check_client(self, client):
        return self.client_id == client.client_id

    def get_scope(self):
        return self.scope

    def get_expires_in(self):
        return self.expires_in

    def is_expired(self):
        return time.time() >= self.expires_at

    def is_revoked(self):
        return self.revoked


class Code(AuthorizationCodeMixin):
    """An authorization code and what it stands for."""

    def __init__(self, value, request):
        self.value = value
        self.client_id = request.client.client_id
        self.user = request.user
        self.redirect_uri = request.redirect_uri
        self.scope = request.client.get_allowed_scope(request.scope or "")
        self.code_challenge = request.data.get("code_challenge")
        self.code_challenge_method = request.data.get("code_challenge_method")

    def get_redirect_uri(self):
        return self.redirect_uri

    def get_scope(self):
        return self.scope


class Store:
    """Everything the server remembers, in memory."""

    def __init__(self, config):
        known = {s for c in config["clients"] for s in c.get("scope", "").split()}
        self.scopes = sorted(known)
        self.clients = {c["id"]: Client(c) for c in config["clients"]}
        self.issuers = {
            i["issuer"]: AssertionIssuer(i, " ".join(self.scopes)) for i in config.get("issuers") or []
        }
        self.users = config.get("users") or {}
        self.algorithms = config.get("assertion_algorithms") or ["HS256", "HS384", "HS512", *KEY_OF]
        self.keep_refresh_token = config.get("keep_refresh_token", False)
        self.refresh_lifetime = config["refresh_lifetime"]
        self.refresh_tokens = {}
        self.codes = {}
        self.devices = {}  # by device code
        self.decisions = {}  # (user, approved) by user code
        self.used = {}

    def save_token(self, issued, request):
        if "refresh_token" not in issued:
            return
        # None, or what was presented: only a refresh token has a family.
        family = getattr(request.credential, "family", None) or object()
        token = Token(request.client, request.user, family, issued)
        token.refresh_until = time.time() + self.refresh_lifetime
        self.refresh_tokens[issued["refresh_token"]] = token

    def refresh_token(self, value):
        """A token that may still be used. One that was rotated away has leaked,
        so its whole family dies (RFC 9700 section 4.14)."""
        token = self.refresh_tokens.get(value)
        if token and token.revoked:
            for relative in self.refresh_tokens.values():
                if relative.family is token.family:
                    relative.revoked = True
        if token and not token.revoked and time.time() < token.refresh_until:
            return token
        return None

    def first_use(self, issuer, jti, exp):
        """Whether this jti of this issuer was not seen before; remembers it."""
        now = time.time()
        self.used = {k: until for k, until in self.used.items() if until >= now}
        if (issuer, jti) in self.used:
            return False
        self.used[(issuer, jti)] = exp
        return True


def assertion_authentication(store):
    class ClientAssertion(JWTBearerClientAssertion):
        def validate_jti(self, claims, jti):
            return store.first_use(claims["sub"], jti, claims["exp"])

        def create_resolve_key_func(self, query_client, request):
            resolve = super().create_resolve_key_func(query_client, request)

            def resolve_key(headers, payload):
                if "sub" not in payload:  # Authlib 1.2: KeyError, so 500
                    raise InvalidClientError()
                return resolve(headers, payload)

            return resolve_key

        def resolve_client_public_key(self, client, headers):
            key = client.signer.key_for(headers)
            if key is None or headers.get("alg") not in store.algorithms:
                raise InvalidClientError()
            return key

    return ClientAssertion


def jwt_bearer(store, issuer_url, token_url):
    def unused(claims, jti):
        # Called without one too: jti is optional (RFC 7523 section 3, 7).
        return jti is None or store.first_use(claims["iss"], jti, claims["exp"])

    class Grant(JWTBearerGrant):
        CLAIMS_OPTIONS = {
            "iss": {"essential": True},
            "sub": {"essential": True},
            "aud": {"essential": True, "values": [token_url, issuer_url]},
            "exp": {"essential": True},
            "jti": {"validate": unused},
        }

        def resolve_public_key(self, headers, payload):
            issuer = self.resolve_issuer_client(payload.get("iss"))
            key = issuer.signer.key_for(headers)
            if key is None:
                raise InvalidGrantError(description="No key of the issuer fits the assertion")
            return key

        def resolve_issuer_client(self, issuer):
            if issuer not in store.issuers:
                raise InvalidGrantError(description='Invalid "iss" value in assertion')
            return store.issuers[issuer]

        def process_assertion_claims(self, assertion):
            claims = super().process_assertion_claims(assertion)
            limit = store.issuers[claims["iss"]].max_lifetime
            if limit and claims["exp"] - time.time() > limit:
                raise InvalidGrantError(description='Invalid "exp" value in assertion: too far ahead')
            return claims

        def authenticate_user(self, subject):
            known = subject in store.users or subject in self.request.client.subjects
            return subject if known else None

        def has_granted_permission(self, client, user):
            return True

    return Grant


def client_credentials():
    class Grant(grants.ClientCredentialsGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = AUTH_METHODS[:-1]  # confidential clients only

    return Grant


def password(store):
    class Grant(grants.ResourceOwnerPasswordCredentialsGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = AUTH_METHODS

        def authenticate_user(self, username, password):
            return username if store.users.get(username) == password else None

    return Grant


def refresh_token(store):
    class Grant(grants.RefreshTokenGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = AUTH_METHODS
        INCLUDE_NEW_REFRESH_TOKEN = not store.keep_refresh_token

        def authenticate_refresh_token(self, refresh_token):
            return store.refresh_token(refresh_token)

        def authenticate_user(self, credential):
            return credential.user

        def revoke_old_credential(self, credential):
            credential.revoked = self.INCLUDE_NEW_REFRESH_TOKEN

    return Grant


def authorization_code(store):
    class Grant(grants.AuthorizationCodeGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = AUTH_METHODS

        def save_authorization_code(self, code, request):
            store.codes[code] = Code(code, request)

        def query_authorization_code(self, code, client):
            found = store.codes.get(code)
            return found if found and found.client_id == client.client_id else None

        def delete_authorization_code(self, authorization_code):
            del store.codes[authorization_code.value]

        def authenticate_user(self, authorization_code):
            return authorization_code.user

    return Grant


def device_code(store):
    class Grant(DeviceCodeGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = AUTH_METHODS

        def query_device_credential(self, device_code):
            return store.devices.get(device_code)

        def query_user_grant(self, user_code):
            return store.decisions.get(user_code)

        def should_slow_down(self, credential):
            return False

    return Grant


def device_authorization(store, page_url):
    class Endpoint(DeviceAuthorizationEndpoint):
        CLIENT_AUTH_METHODS = AUTH_METHODS
        INTERVAL = 1

        def get_verification_uri(self):
            return page_url

        def save_device_credential(self, client_id, scope, data):
            store.devices[data["device_code"]] = DeviceCredentialDict(
                client_id=client_id, scope=scope or "", expires_at=time.time() + data["expires_in"], **data)

    return Endpoint


# The one page: who are you, and do you allow it? It posts to its own URL.
PAGE = """<!DOCTYPE html>
<title>Sign in</title>
<form method="post">
<input type="text" name="user_code" value="">
<input type="text" name="login">
<input type="password" name="password">
<button type="submit" name="decision" value="allow">Allow</button>
<button type="submit" name="decision" value="deny">Deny</button>
</form>
"""


def add_pages(app, server, store):
    """The two places where a person decides."""

    def person():
        name = request.form.get("login")
        known = store.users.get(name) is not None and store.users.get(name) == request.form.get("password")
        return name if known else None

    @app.get("/oauth/authorize")
    def ask():
        try:
            server.get_consent_grant(request, None)
        except OAuth2Error as err:
            logging.info("authorize: %s: %s", err.error, err.description)
            return server.handle_error_response(None, err)
        return PAGE

    @app.post("/oauth/authorize")
    def decide():
        user = person()
        if user is None:
            return PAGE, 403
        allowed = request.form.get("decision") == "allow"
        return server.create_authorization_response(grant_user=user if allowed else None)

    @app.get("/oauth/device")
    def ask_for_code():
        return PAGE

    @app.post("/oauth/device")
    def decide_for_code():
        user, code = person(), request.form.get("user_code")
        if user is None or not any(d.get_user_code() == code for d in store.devices.values()):
            return PAGE, 403
        store.decisions[code] = (user, request.form.get("decision") == "allow")
        return "<title>Done</title>"


def create_app(config, issuer_url):
    token_url = issuer_url + "/oauth/token"
    store = Store(config)
    app = Flask(__name__)
    app.config["OAUTH2_REFRESH_TOKEN_GENERATOR"] = True
    app.config["OAUTH2_TOKEN_EXPIRES_IN"] = dict.fromkeys(GRANTS, config["token_lifetime"])
    app.config["OAUTH2_SCOPES_SUPPORTED"] = store.scopes

    server = AuthorizationServer(app, store.clients.get, store.save_token)
    server.register_client_auth_method(
        "client_assertion_jwt", assertion_authentication(store)(token_url))
    for grant in (client_credentials(), password(store), refresh_token(store),
                  jwt_bearer(store, issuer_url, token_url), device_code(store)):
        server.register_grant(grant)
    server.register_grant(authorization_code(store), [CodeChallenge(required=True)])
    server.register_endpoint(device_authorization(store, issuer_url + "/oauth/device"))
    add_pages(app, server, store)

    lock = threading.Lock()  # rotation and replay are read and written in one go

    @app.post("/oauth/token")
    def token():
        with lock:
            response = server.create_token_response()
        if response.status_code >= 400:
            logging.info("token: %d %s", response.status_code, response.get_data(as_text=True))
        return response

    @app.post("/oauth/device_authorization")
    def begin_at_device():
        with lock:
            return server.create_endpoint_response(DeviceAuthorizationEndpoint.ENDPOINT_NAME)

    @app.get("/.well-known/oauth-authorization-server")
    def metadata():
        return jsonify(
            issuer=issuer_url,
            token_endpoint=token_url,
            authorization_endpoint=issuer_url + "/oauth/authorize",
            device_authorization_endpoint=issuer_url + "/oauth/device_authorization",
            response_types_supported=["code"],
            code_challenge_methods_supported=["S256"],
            grant_types_supported=GRANTS,
            token_endpoint_auth_methods_supported=[
                "client_secret_basic", "client_secret_post", *ASSERTION_METHODS, "none"],
            token_endpoint_auth_signing_alg_values_supported=store.algorithms,
        )

    return app, token_url


def end_with_stdin():
    sys.stdin.read()
    os._exit(0)


def tell_reason(record):
    """Authlib logs repr(error), which leaves the claim out."""
    record.msg = record.msg.replace("%r", "%s")
    return record.msg.startswith("Assertion Error")


def start_log():
    """One line per failure, with the reason that a client is not told."""
    logging.basicConfig(stream=sys.stderr, format="%(message)s", level=logging.INFO)
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    assertions = logging.getLogger("authlib.oauth2.rfc7523.client")
    assertions.setLevel(logging.DEBUG)
    assertions.addFilter(tell_reason)


def shift_clock(seconds):
    """Makes the clock of this process the machine's plus an offset. Authlib, this
    file and the Date header ask time.time(), and nothing here waits by it."""
    machine = time.time
    if seconds:
        time.time = lambda: machine() + seconds


def main():
    start_log()
    config = json.loads(sys.stdin.readline())
    shift_clock(config.get("clock_offset", 0))
    threading.Thread(target=end_with_stdin, daemon=True).start()

    # The issuer holds the port, so the listener comes before the application.
    listener = make_server("127.0.0.1", 0, None, threaded=True)
    issuer_url = f"http://127.0.0.1:{listener.server_port}"
    listener.app, token_url = create_app(config, issuer_url)
    print("ready", json.dumps({
        "issuer": issuer_url, "token_url": token_url,
        "authorization_url": issuer_url + "/oauth/authorize",
        "device_url": issuer_url + "/oauth/device_authorization",
    }), flush=True)
    listener.serve_forever()


if __name__ == "__main__":
    main()
