// The three grants that oidc-provider has no handler for: password (RFC 6749
// section 4.3), JWT bearer (RFC 7523 section 2.1) and token exchange (RFC 8693).
// Client authentication,
// scopes, resources, DPoP, certificate binding and the tokens themselves are the
// provider's own functions; pinned at one exact version, its inner modules may be
// imported.

import * as crypto from 'node:crypto';

import {
  createLocalJWKSet, decodeJwt, decodeProtectedHeader, errors as jose, jwtVerify,
} from 'jose';
import { errors } from 'oidc-provider';
import { issueTokens } from 'oidc-provider/lib/helpers/grant_common.js';
import * as helpers from 'oidc-provider/lib/helpers/grants.js';

export const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';

const ASYMMETRIC = [
  'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519',
];
const SYMMETRIC = ['HS256', 'HS384', 'HS512'];

// The same as the provider's default for client assertions.
const CLOCK_TOLERANCE = 15;

export function registerGrants(provider, config) {
  const users = new Map(Object.entries(config.users ?? {}));
  const issuers = new Map((config.issuers ?? []).map((issuer) => [issuer.issuer, issuer]));

  provider.registerGrantType('password', async (ctx) => {
    requireParameters(ctx, 'username', 'password');
    const { username, password } = ctx.oidc.params;
    if (!equal(users.get(username), password)) throw invalidGrant('invalid username or password');
    await issue(provider, ctx, username, 'password');
  }, ['username', 'password', 'scope', 'resource'], 'resource');

  provider.registerGrantType(JWT_BEARER, async (ctx) => {
    requireParameters(ctx, 'assertion');
    const subject = await verifyAssertion(provider, ctx, issuers, users);
    await issue(provider, ctx, subject, 'jwt_bearer');
  }, ['assertion', 'scope', 'resource'], 'resource');

  provider.registerGrantType(TOKEN_EXCHANGE, async (ctx) => {
    requireParameters(ctx, 'subject_token', 'subject_token_type');
    const { requested_token_type: requested = ACCESS_TOKEN } = ctx.oidc.params;
    if (requested !== ACCESS_TOKEN) throw new errors.InvalidRequest('requested_token_type is not supported');
    const subject = await givenToken(provider, ctx, 'subject_token');
    await givenToken(provider, ctx, 'actor_token');
    await issue(provider, ctx, subject.accountId, 'token_exchange');
    ctx.body.issued_token_type = ACCESS_TOKEN;
  }, [
    'subject_token', 'subject_token_type', 'actor_token', 'actor_token_type', 'requested_token_type',
    'scope', 'resource',
  ], 'resource');
}

/** A token that is exchanged: one of our access tokens, of a user, that still
 * works. RFC 8693 section 2.2.2: for any other, invalid_request. */
async function givenToken(provider, ctx, name) {
  const { [name]: value, [`${name}_type`]: type } = ctx.oidc.params;
  if (value === undefined && type === undefined) return undefined;
  if (type !== ACCESS_TOKEN) throw new errors.InvalidRequest(`${name}_type is not supported`);
  const token = await provider.AccessToken.find(value ?? '');
  if (!token?.isValid) throw new errors.InvalidRequest(`${name} is not an access token of this server`);
  return token;
}

function requireParameters(ctx, ...names) {
  const missing = names.filter((name) => ctx.oidc.params[name] === undefined);
  if (missing.length) throw new errors.InvalidRequest(`missing required parameter(s) '${missing.join("', '")}'`);
}

// The provider's InvalidGrant keeps the reason for its log. Real servers of JWT
// bearer say what is wrong, and Jeton's findings are made from it.
function invalidGrant(reason) {
  return new errors.CustomOIDCProviderError('invalid_grant', reason);
}

function equal(expected, given) {
  if (expected === undefined) return false;
  const digest = (text) => crypto.createHash('sha256').update(text).digest();
  return crypto.timingSafeEqual(digest(expected), digest(given));
}

/** RFC 7523 section 3, in full. Returns the subject. */
async function verifyAssertion(provider, ctx, issuers, users) {
  const { assertion } = ctx.oidc.params;
  const issuer = issuers.get(issuerOf(assertion));
  if (!issuer) throw invalidGrant('assertion issuer (iss) is not known');

  const claims = await verifySignatureAndTimes(assertion, issuer);
  const audiences = [].concat(claims.aud ?? []);
  // Both identify this server: the issuer and the token endpoint.
  const accepted = ctx.oidc.clientJwtAuthExpectedAudience();
  if (!audiences.some((aud) => accepted.has(aud))) {
    throw invalidGrant('assertion audience (aud) must be the issuer or the token endpoint');
  }
  if (typeof claims.sub !== 'string') throw invalidGrant('assertion subject (sub) is missing');
  if (!users.has(claims.sub) && !issuer.subjects?.includes(claims.sub)) {
    throw invalidGrant('assertion subject (sub) is not known');
  }
  const left = claims.exp - Math.floor(Date.now() / 1000);
  if (issuer.max_lifetime && left > issuer.max_lifetime) {
    throw invalidGrant(`assertion lifetime (exp) is over ${issuer.max_lifetime} seconds`);
  }
  await refuseReplay(provider, claims);
  return claims.sub;
}

function issuerOf(assertion) {
  try {
    return decodeJwt(assertion).iss;
  } catch {
    throw invalidGrant('assertion is not a JWT');
  }
}

async function verifySignatureAndTimes(assertion, issuer) {
  try {
    const symmetric = SYMMETRIC.includes(decodeProtectedHeader(assertion).alg);
    const key = symmetric
      ? new TextEncoder().encode(issuer.secret ?? '')
      : createLocalJWKSet(issuer.jwks ?? { keys: [] });
    const { payload } = await jwtVerify(assertion, key, {
      // An issuer has a secret or keys; that decides, never the header (RFC 8725).
      algorithms: issuer.secret ? SYMMETRIC : ASYMMETRIC,
      clockTolerance: CLOCK_TOLERANCE,
      requiredClaims: ['exp'],
    });
    return payload;
  } catch (err) {
    throw invalidGrant(reasonOf(err));
  }
}

function reasonOf(err) {
  switch (true) {
    case err instanceof jose.JWTExpired: return 'assertion has expired (exp)';
    case err instanceof jose.JWSSignatureVerificationFailed: return 'assertion signature is wrong';
    case err instanceof jose.JWKSNoMatchingKey: return 'assertion key is not registered with the issuer';
    case err instanceof jose.JOSEAlgNotAllowed: return 'assertion algorithm (alg) is not allowed';
    case err instanceof jose.JWTClaimValidationFailed: return `assertion ${err.claim} is refused: ${err.reason}`;
    default: return `assertion is refused: ${err.code ?? err.message}`;
  }
}

// jti is optional (RFC 7523 section 3, 7), but a used one stays used.
async function refuseReplay(provider, { iss, jti, exp }) {
  if (jti === undefined) return;
  if (!await provider.ReplayDetection.unique(iss, jti, exp + CLOCK_TOLERANCE)) {
    throw invalidGrant('assertion was used before (jti)');
  }
}

/** Grants the subject to the client and answers with the provider's tokens. */
async function issue(provider, ctx, accountId, gty) {
  const bound = (name) => helpers[name].bind(undefined, provider);
  const dPoP = await helpers.validateDpop(provider, ctx);
  helpers.checkDpopRequired(provider, ctx, dPoP);
  const cert = helpers.checkMtlsCert(provider, ctx);

  const resources = await helpers.resolveRequestedResources(provider, ctx);
  const scope = [...helpers.validateClientScope(provider, ctx)].join(' ');
  const { client, params } = ctx.oidc;
  const grant = new provider.Grant({ accountId, clientId: client.clientId });
  grant.addOIDCScope(scope);
  for (const resource of resources) grant.addResourceScope(resource.identifier(), scope);
  const grantId = await grant.save();

  // Never saved, so never redeemable: it only carries what was granted, in the
  // shape that the provider issues tokens from.
  const source = new provider.AuthorizationCode({
    accountId, client, grantId, gty, resource: params.resource, scope: scope || undefined,
  });
  await issueTokens(
    provider,
    Object.fromEntries(
      ['resolveAndApplyResource', 'applyAuthorizationDetails', 'buildTokenResponse'].map((name) => [name, bound(name)]),
    ),
    ctx,
    source,
    grant,
    { gty, entityLabel: gty, cert, dPoP },
  );
}
