package diagnosis

import (
	"slices"
	"strings"

	"github.com/jeton-oauth/jeton"
)

// binding: invalid_grant for a client on its own behalf, who presents no grant that
// could be invalid. What such a server misses is most often what the token is to be
// bound to: a key (RFC 9449) or a certificate (RFC 8705).
func (r *refusal) binding() []jeton.Finding {
	if r.err.Category() != jeton.InvalidGrant || r.grant != "client_credentials" {
		return nil
	}
	key := jeton.Finding{Parameter: "client.dpop", Problem: "the tokens of this client may have to be bound to a key (RFC 9449)", Fix: "write client.dpop: {algorithm: ES256}, if the provider says so", Evidence: r.evidence()}
	certificate := jeton.Finding{Parameter: "tls.client", Problem: "the tokens of this client may have to be bound to a client certificate (RFC 8705)", Fix: "write tls.client, with the certificate that the provider knows", Evidence: r.evidence()}
	var list []jeton.Finding
	if r.c.Client.DPoP == nil {
		list = append(list, key)
	}
	if !hasCertificate(r.c) && strings.HasPrefix(r.tokenURL(), "https:") {
		list = append(list, certificate)
		if r.atCertificates() {
			slices.Reverse(list)
		}
	}
	return list
}

// atCertificates: the endpoint is one for client certificates, as the metadata or
// its own name say; or its certificate is of a CA of its own, as in such closed circles.
func (r *refusal) atCertificates() bool {
	target := r.tokenURL()
	if m := r.f.Metadata; m != nil {
		for _, alias := range m.MTLS {
			if alias == target {
				return true
			}
		}
	}
	host := hostOf(target)
	return strings.Contains(host, "mtls") || strings.Contains(host, "matls") || !r.c.TLS.CA.IsZero()
}
