package diagnosis

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/jeton-oauth/jeton"
)

// overrides are the values that the document writes in the place of a default.
// Where a server says nothing, such a value is likelier to be wrong than a default
// that nobody chose; what the metadata list is likelier to be right than what they do not.
func (r *refusal) overrides() (list []jeton.Finding) {
	if r.refusesCredentials() {
		for _, p := range r.assertions {
			list = append(list, r.ownAlgorithm(p)...)
			list = append(list, r.ownHeaders(p)...)
			list = append(list, r.ownAudience(p)...)
		}
		if r.err.Category() != jeton.InvalidGrant {
			list = append(list, r.ownMethod()...)
			list = append(list, r.ownEncoding()...)
		}
	}
	return append(list, r.odd()...)
}

// refusesCredentials: the answer can be about what the client or the grant proves
// itself with.
func (r *refusal) refusesCredentials() bool {
	category := r.err.Category()
	return category == jeton.InvalidClient || category == jeton.InvalidGrant || r.err.Status == http.StatusUnauthorized
}

// ownHeaders are a kid and a typ that are typed in. A thumbprint is computed from
// the key, and no likelier to be wrong than the key itself.
func (r *refusal) ownHeaders(p jeton.Parameter) (list []jeton.Finding) {
	a := assertionOf(r.c, p)
	if a == nil {
		return nil
	}
	if kid, _ := a.Headers["kid"].(string); kid != "" && kid != "thumbprint" {
		list = append(list, jeton.Finding{Parameter: p + ".headers.kid", Problem: "the key id is written by hand, and the server may know the key under another one, or know another key under this one",
			Fix: "write the key id that the provider shows for this very key; or remove kid, if it knows one key only", Evidence: limit(fmt.Sprintf("sent: kid %q", kid))})
	}
	if typ, _ := a.Headers["typ"].(string); typ != "" && typ != "JWT" {
		list = append(list, jeton.Finding{Parameter: p + ".headers.typ", Problem: "the typ header is not the usual one", Fix: "remove typ, unless the provider documents it", Evidence: limit(fmt.Sprintf("sent: typ %q", typ))})
	}
	return list
}

// usualAlgorithms are those that a key signs with where the document does not say.
var usualAlgorithms = []string{"RS256", "ES256", "ES384", "ES512", "EdDSA", "HS256"}

// ownAlgorithm is one that the document has chosen against the default of the key.
func (r *refusal) ownAlgorithm(p jeton.Parameter) []jeton.Finding {
	sent := r.sentText(p, "alg", true)
	if a := assertionOf(r.c, p); a == nil || a.Algorithm == "" || sent == "" || slices.Contains(usualAlgorithms, sent) {
		return nil
	}
	if r.f.Preset != nil && slices.Contains(r.f.Preset.Algorithms, sent) {
		return nil // the provider is known to accept it
	}
	f := jeton.Finding{Parameter: p + ".algorithm", Problem: sent + " is not the usual algorithm of such a key, and the provider may have registered another one", Fix: "write the algorithm that is registered for the client",
		Proposed: map[string]string{"RSA": "RS256", "oct": "HS256"}[keyFamily(sent)], Evidence: "sent: alg " + sent}
	if m := r.f.Metadata; m != nil && p == "client.assertion" && m.ClientAuthAlgorithms != nil && !slices.Contains(m.ClientAuthAlgorithms, f.Proposed) {
		f.Proposed = r.otherAlgorithm(f.Parameter)
	}
	return []jeton.Finding{f}
}

// ownAudience is a form of the audience that is right at other servers, and was
// chosen against the default. The token endpoint is what RFC 7523 names.
func (r *refusal) ownAudience(p jeton.Parameter) []jeton.Finding {
	a := assertionOf(r.c, p)
	if a == nil || len(a.Audience) != 1 {
		return nil
	}
	written := a.Audience[0]
	byDefault := p == "client.assertion" && r.c.TokenURL == "" // of an endpoint that was discovered
	if written != "host" && written != "issuer" || written == "issuer" && byDefault {
		return nil // another text is looked at beside the RFC
	}
	return []jeton.Finding{{Parameter: p + ".audience", Problem: "the audience is " + written + ", and the server may want its token endpoint", Fix: "write the form that the provider documents",
		Proposed: "token_url", Evidence: limit(fmt.Sprintf("sent: aud %q", r.sentText(p, "aud", false)))}}
}

// ownTimes are times of an assertion that the document writes: where the server
// does not accept them, it is they, and not the clock.
func (r *refusal) ownTimes() (list []jeton.Suspect) {
	if !timeWords.matches(r.words, r.set) {
		return nil
	}
	for _, p := range r.assertions {
		a := assertionOf(r.c, p)
		if a == nil {
			continue
		}
		for _, claim := range a.Claims {
			if isAuto(claim.Value) || !slices.Contains([]string{"exp", "iat", "nbf"}, claim.Name) {
				continue
			}
			list = append(list, about(p+".claims."+jeton.Parameter(claim.Name), "the claim "+claim.Name+" is written by hand, and does not move with the time", "remove "+claim.Name+" from claims: the times are written by themselves; nbf: auto follows iat"))
		}
	}
	return list
}

func isAuto(value any) bool {
	raw, _ := value.(json.RawMessage)
	return value == "auto" || string(raw) == `"auto"`
}

// ownMethod: the secret goes into the body because the document says so, and the
// server asks for HTTP Basic.
func (r *refusal) ownMethod() []jeton.Finding {
	asks := strings.HasPrefix(strings.ToLower(r.replyHeader("Www-Authenticate")), "basic")
	if r.c.Client.Auth != "client_secret_post" || !asks {
		return nil
	}
	return []jeton.Finding{{Parameter: "client.auth", Problem: "the server asks for HTTP Basic, and the secret was sent in the body", Fix: "write client.auth: client_secret_basic, unless the provider documents client_secret_post",
		Proposed: "client_secret_basic", Evidence: "WWW-Authenticate of the reply: Basic"}}
}

func (r *refusal) replyHeader(name string) string {
	if r.f.Exchange == nil || r.f.Exchange.Response == nil {
		return ""
	}
	for _, h := range r.f.Exchange.Response.Headers {
		if strings.EqualFold(h.Name, name) {
			return h.Value
		}
	}
	return ""
}

// ownEncoding is the encoding of the secret inside of HTTP Basic, where it makes a
// difference: RFC 6749 section 2.3.1 wants one that half of all servers leave out.
func (r *refusal) ownEncoding() []jeton.Finding {
	if r.c.ClientAuthMethod() != "client_secret_basic" || len(r.c.Client.Secret) == 0 {
		return nil
	}
	text := r.c.Client.ID + r.c.Client.Secret[0].Value.Reveal()
	if !strings.ContainsFunc(text, reserved) || strings.ContainsAny(text, " \t\r\n") { // no server gives out a secret with a blank: that is a wrong copy
		return nil
	}
	f := jeton.Finding{Parameter: "client.basic_encoding", Problem: "the client id or secret has characters that are form-encoded before they are sent, and some servers do not decode them", Fix: "write client.basic_encoding: raw",
		Proposed: "raw", Evidence: "sent: HTTP Basic, form-encoded (RFC 6749 section 2.3.1)"}
	if r.c.Client.BasicEncoding == "raw" {
		f.Problem, f.Fix = "the client id or secret has characters that RFC 6749 wants form-encoded before they are sent, and they were not", "write client.basic_encoding: form, which is the default"
		f.Proposed, f.Evidence = "form", "sent: HTTP Basic, not form-encoded"
	}
	return []jeton.Finding{f}
}

// reserved characters are those that every form encoding changes; of - . _ and ~
// that is true of the strictest alone.
func reserved(c rune) bool {
	return !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("-._~", c))
}

// odd is a request that is not the POST of a form (RFC 6749 section 3.2), where
// the answer is that of a server which has not read it.
func (r *refusal) odd() (list []jeton.Finding) {
	if r.c.Request.Method != http.MethodGet && r.err.Status == http.StatusMethodNotAllowed && r.err.Endpoint == "" {
		list = append(list, jeton.Finding{Parameter: "token_url", Problem: "every token endpoint takes POST (RFC 6749 section 3.2), and this URL does not: it is that of something else", Fix: "compare token_url with the provider's documentation",
			Evidence: fmt.Sprintf("sent: POST; status %d", r.err.Status)})
	}
	if r.unreadEncoding() && slices.Contains([]jeton.Category{jeton.InvalidRequest, jeton.UnsupportedGrantType, jeton.Provider4xxOther}, r.err.Category()) {
		list = append(list, jeton.Finding{Parameter: "request.encoding", Problem: "token endpoints read a form (RFC 6749 section 3.2), and the parameters were sent as " + r.c.Request.Encoding, Fix: "remove request.encoding, unless the provider documents it",
			Proposed: "form", Evidence: "sent: parameters as " + r.c.Request.Encoding})
	}
	return list
}

func (r *refusal) unreadEncoding() bool {
	return r.c.Request.Encoding == "json" || r.c.Request.Encoding == "query" && r.c.Request.Method != http.MethodGet
}
