// A real, certified authorization server (oidc-provider) for Jeton's tests.
//
//   node server.mjs [--port N] [--mtls-port N]      (0, the default: any free port)
//
// The first line on stdin is the configuration, one JSON object (see
// configuration.go). When both listeners are open the script prints
// "ready {json}" on stdout. It lives as long as its stdin is open, so it can
// not outlive the test process that started it.
//
// What is oidc-provider's own: client authentication, client_credentials,
// refresh_token with rotation, the code and device flows, PAR, DPoP,
// introspection, revocation, userinfo, and the pages where a person logs in,
// consents and enters a user code. What is ours: the three grants that it leaves
// to its users, password, JWT bearer and token exchange (grants.mjs), and the
// reading of certificates from the TLS socket (certificates.mjs).
//
// What a client has to know about it:
//
// - A client assertion may name as audience: the issuer, the token endpoint, or
//   the endpoint that is called (introspection, PAR), each as a string or inside
//   an array. The endpoint URLs are made from the Host header and scheme of the
//   request, so at the mTLS listener it is the mTLS URL that counts, while the
//   issuer stays the same. Only the FAPI 2.0 profile narrows it to the issuer as
//   a plain string; issuer_audience_only switches on just that rule.
// - Assertions may live as long as they like; expired ones are accepted for
//   another 15 seconds (clockTolerance), and so is an nbf 15 seconds ahead. exp
//   and jti are required, iat is not, typ is not looked at.
// - The reason for a refused client is not told to it: always 401 invalid_client
//   "client authentication failed". The log has it (error_detail).
// - Errors are HTML for an Accept that prefers it. Parameters count in the body
//   only; a GET is 404, a JSON body 400 invalid_request.
// - The TLS listener names config.client_ca in its certificate request, and still
//   takes every certificate. Go's tls.Config.Certificates holds a self-signed one
//   back then; GetClientCertificate does not.
// - Scopes without a resource: unknown ones are dropped in silence, known ones
//   that the client may not have are invalid_scope.
// - The login page asks for a password and looks at none: any login of a known
//   user will do. Polling for a device code may be as quick as one likes; there is
//   no slow_down. An expired device code is expired_token for 15 seconds, then
//   unknown.
// - A DPoP nonce is demanded before the code or refresh token is looked at, and at
//   userinfo with 401 and WWW-Authenticate.
// - A device login that begins at the TLS listener has its page there too.
// - The in-memory adapter keeps the 1000 to 2000 newest entries (tokens, grants
//   and used jti values together) and forgets older ones.

import * as crypto from 'node:crypto';
import { createServer } from 'node:http';
import { createServer as createTLSServer } from 'node:https';
import { parseArgs } from 'node:util';

// oidc-provider 9.13 asks for Node 22. On Node 20 all it misses is this one
// function, and it is called while requests are handled, so it can be given here.
URL.parse ??= (url, base) => {
  try {
    return new URL(url, base);
  } catch {
    return null;
  }
};

// stdout carries the ready line only; notices and errors are the log.
console.info = console.error;

const { default: Provider, errors } = await import('oidc-provider');
const { certificateOf, certificateAuthorized, subjectMatches } = await import('./certificates.mjs');
const { JWT_BEARER, registerGrants } = await import('./grants.mjs');

const { values: flags } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    'mtls-port': { type: 'string', default: '0' },
  },
});

/** Reads the first line of stdin as JSON, and ends the process with stdin. */
function readConfiguration() {
  return new Promise((resolve, reject) => {
    let text = '';
    process.stdin.setEncoding('utf8');
    process.stdin.on('end', () => process.exit(0));
    process.stdin.on('data', (chunk) => {
      text += chunk;
      const end = text.indexOf('\n');
      if (end === -1) return;
      try {
        resolve(JSON.parse(text.slice(0, end)));
      } catch (err) {
        reject(err);
      }
    });
  });
}

function listen(server, port) {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(Number(port), '127.0.0.1', () => resolve(server.address().port));
  });
}

/** Registered client metadata (RFC 7591 names) from our configuration. */
function clientMetadata(client) {
  const redirects = client.redirect_uris ?? [];
  const metadata = {
    client_id: client.id,
    client_secret: client.secret,
    token_endpoint_auth_method: client.auth_method,
    token_endpoint_auth_signing_alg: client.algorithm,
    jwks: client.jwks,
    grant_types: client.grants,
    redirect_uris: redirects,
    response_types: redirects.length ? ['code'] : [],
    // Loopback redirects on any port are for native applications only.
    application_type: redirects.some((uri) => uri.startsWith('http://')) ? 'native' : 'web',
    scope: client.scope,
    tls_client_auth_subject_dn: client.subject_dn,
    tls_client_auth_san_dns: client.san_dns,
    tls_client_auth_san_uri: client.san_uri,
    tls_client_auth_san_ip: client.san_ip,
    tls_client_auth_san_email: client.san_email,
    tls_client_certificate_bound_access_tokens: client.certificate_bound,
    dpop_bound_access_tokens: client.dpop_bound,
    require_pushed_authorization_requests: client.require_par,
  };
  // What oidc-provider takes for "not registered" is undefined.
  return Object.fromEntries(Object.entries(metadata).filter(([, value]) => value !== undefined));
}

/** All scopes that any client may have: those are the ones the server knows. */
function knownScopes(config) {
  const scopes = new Set(['openid', 'offline_access']);
  for (const { scope } of config.clients) scope?.split(' ').forEach((name) => scopes.add(name));
  return [...scopes];
}

/** Everybody who can be the subject of a token. */
function accounts(config) {
  const names = new Set(Object.keys(config.users ?? {}));
  for (const { subjects } of config.issuers ?? []) subjects?.forEach((name) => names.add(name));
  return names;
}

function resourceServer(config, identifier) {
  const resource = config.resources?.find(({ id }) => id === identifier);
  if (!resource) throw new errors.InvalidTarget();
  return {
    scope: resource.scope ?? '',
    audience: identifier,
    accessTokenFormat: resource.jwt ? 'jwt' : 'opaque',
    accessTokenTTL: config.token_lifetime,
    jwt: resource.jwt ? { sign: { alg: 'ES256' } } : undefined,
  };
}

/** Seconds that the device codes of a client live; 10 minutes if it does not say. */
function deviceLifetime(config, { clientId }) {
  return config.clients.find(({ id }) => id === clientId)?.device_lifetime || 600;
}

/** The bis rule (and FAPI 2.0): the issuer, as a string, and nothing else. */
function assertIssuerAudience(ctx, claims) {
  if (claims.aud !== ctx.oidc.issuer) {
    throw new errors.InvalidClientAuth('audience (aud) must equal the issuer identifier url');
  }
}

function signingKeys() {
  const { privateKey } = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'ES256' }] };
}

function providerConfiguration(config, mtlsOrigin) {
  const known = accounts(config);
  const signatures = ['RS', 'PS', 'ES'].flatMap((family) => [256, 384, 512].map((bits) => family + bits));
  return {
    clients: config.clients.map(clientMetadata),
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    clientAuthMethods: [
      'client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt',
      'tls_client_auth', 'self_signed_tls_client_auth', 'none',
    ],
    enabledJWA: {
      // 9.13.3 enables the 256-bit ones; the others are the same code.
      clientAuthSigningAlgValues: config.assertion_algorithms
        ?? ['HS256', 'HS384', 'HS512', ...signatures, 'EdDSA', 'Ed25519'],
      dPoPSigningAlgValues: config.dpop_algorithms ?? [...signatures, 'EdDSA', 'Ed25519'],
    },
    jwks: signingKeys(),
    cookies: { keys: [crypto.randomBytes(16).toString('hex')] },
    scopes: knownScopes(config),
    discovery: {
      mtls_endpoint_aliases: {
        token_endpoint: `${mtlsOrigin}/token`,
        introspection_endpoint: `${mtlsOrigin}/token/introspection`,
        revocation_endpoint: `${mtlsOrigin}/token/revocation`,
        pushed_authorization_request_endpoint: `${mtlsOrigin}/request`,
        device_authorization_endpoint: `${mtlsOrigin}/device/auth`,
      },
    },
    features: {
      clientCredentials: { enabled: true },
      deviceFlow: { enabled: true },
      dPoP: {
        enabled: true,
        nonceSecret: crypto.randomBytes(32),
        requireNonce: () => Boolean(config.dpop_nonce),
      },
      introspection: { enabled: true },
      mTLS: {
        enabled: true,
        certificateBoundAccessTokens: true,
        tlsClientAuth: true,
        selfSignedTlsClientAuth: true,
        getCertificate: certificateOf,
        certificateAuthorized,
        certificateSubjectMatches: subjectMatches,
      },
      pushedAuthorizationRequests: {
        enabled: true,
        requirePushedAuthorizationRequests: Boolean(config.require_par),
      },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_ctx, identifier) => resourceServer(config, identifier),
        useGrantedResource: () => true,
      },
      revocation: { enabled: true },
    },
    ...(config.issuer_audience_only
      ? { assertJwtClientAuthClaimsAndHeader: assertIssuerAudience } : undefined),
    findAccount: (_ctx, sub) => (
      known.has(sub) ? { accountId: sub, claims: () => ({ sub }) } : undefined
    ),
    // RFC 7521 section 4.1: no refresh token for an assertion grant, a new
    // assertion is as good. Everybody else who may refresh gets one, also
    // without offline_access.
    issueRefreshToken: (ctx, client) => (
      client.grantTypeAllowed('refresh_token') && ctx.oidc.params.grant_type !== JWT_BEARER
    ),
    rotateRefreshToken: !config.keep_refresh_token,
    ttl: {
      AccessToken: config.token_lifetime,
      ClientCredentials: config.token_lifetime,
      DeviceCode: (_ctx, _code, client) => deviceLifetime(config, client),
      RefreshToken: config.refresh_lifetime,
    },
  };
}

/** One line per failure, with the reason that the client is not told. */
function logFailures(provider) {
  for (const event of [
    'grant.error', 'authorization.error', 'introspection.error', 'revocation.error',
    'pushed_authorization_request.error', 'device_authorization.error',
  ]) {
    provider.on(event, (ctx, err) => {
      const client = ctx.oidc?.client?.clientId ?? '-';
      const detail = err.error_detail ? ` (${err.error_detail})` : '';
      console.error(`${event}: ${ctx.status} ${err.error}: ${err.error_description}${detail} client=${client}`);
    });
  }
  provider.on('server_error', (_ctx, err) => console.error('server_error:', err));
}

/** Makes the clock of this process the machine's plus an offset. The modules that
 * are loaded already ask for the time at every request, so they follow. */
function shiftClock(milliseconds) {
  const Machine = Date;
  globalThis.Date = class extends Machine {
    constructor(...args) {
      if (args.length) super(...args);
      else super(Machine.now() + milliseconds);
    }

    static now() { return Machine.now() + milliseconds; }
  };
}

const config = await readConfiguration();
const offset = (config.clock_offset ?? 0) * 1000;
if (offset) shiftClock(offset);

// The issuer holds the port, so the listeners come before the provider.
const plain = createServer();
const tls = createTLSServer({
  key: config.server_key,
  cert: config.server_certificate,
  ca: config.client_ca,
  requestCert: true,
  // Self-signed certificates must get in; the provider judges them, not TLS.
  rejectUnauthorized: false,
});
const [port, mtlsPort] = await Promise.all([listen(plain, flags.port), listen(tls, flags['mtls-port'])]);
const issuer = `http://127.0.0.1:${port}`;
const mtlsOrigin = `https://127.0.0.1:${mtlsPort}`;

const provider = new Provider(issuer, providerConfiguration(config, mtlsOrigin));
registerGrants(provider, config);
logFailures(provider);
// A client that the provider would refuse at its first request is a mistake of
// the test: say so now.
for (const { id } of config.clients) await provider.Client.find(id);

const callback = provider.callback();
function handle(request, response) {
  // Node writes this header by a clock of its own.
  if (offset) response.setHeader('Date', new Date().toUTCString());
  return callback(request, response);
}
plain.on('request', handle);
tls.on('request', handle);

console.log(`ready ${JSON.stringify({
  issuer,
  token_url: `${issuer}/token`,
  mtls_token_url: `${mtlsOrigin}/token`,
  introspection_url: `${issuer}/token/introspection`,
  revocation_url: `${issuer}/token/revocation`,
  authorization_url: `${issuer}/auth`,
  par_url: `${issuer}/request`,
  device_url: `${issuer}/device/auth`,
  userinfo_url: `${issuer}/me`,
})}`);
