// The client certificate of the TLS connection a request came in on (RFC 8705).
// No header of a proxy is trusted: there is no proxy.

const SAN_PREFIX = { tls_client_auth_san_uri: 'URI:' };

/** The peer's X509Certificate, or undefined: plain http, or none was sent. */
export function certificateOf(ctx) {
  return ctx.socket.getPeerX509Certificate?.();
}

/** Whether the chain leads to the client CA and is in its time of validity. */
export function certificateAuthorized(ctx) {
  return ctx.socket.authorized === true;
}

/** Compares the one registered name of the client with its certificate. */
export function subjectMatches(ctx, property, expected) {
  const certificate = certificateOf(ctx);
  switch (property) {
    case 'tls_client_auth_subject_dn':
      return distinguishedName(certificate) === expected;
    case 'tls_client_auth_san_dns':
      return certificate.checkHost(expected, { subject: 'never', wildcards: false }) !== undefined;
    case 'tls_client_auth_san_ip':
      return certificate.checkIP(expected) !== undefined;
    case 'tls_client_auth_san_email':
      return certificate.checkEmail(expected, { subject: 'never' }) !== undefined;
    default:
      return alternativeNames(certificate).includes(SAN_PREFIX[property] + expected);
  }
}

/** RFC 4514 form, last RDN first: "CN=jeton,O=Example". Node has one per line. */
function distinguishedName(certificate) {
  return certificate.subject.split('\n').reverse().join(',');
}

function alternativeNames(certificate) {
  return certificate.subjectAltName?.split(', ') ?? [];
}
