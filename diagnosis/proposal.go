package diagnosis

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jeton-oauth/jeton"
)

// proposal is the value that would put a parameter right, where the server names
// it, or there is just one other sensible one. It can be written as it is.
func (r *refusal) proposal(p jeton.Parameter) string {
	last := string(p[strings.LastIndexByte(string(p), '.')+1:])
	switch {
	case p == "token_url":
		return r.otherTokenURL()
	case p == "client.basic_encoding":
		return map[string]string{"": "raw", "form": "raw", "raw": "form"}[r.c.Client.BasicEncoding]
	case p == "client.auth":
		return r.otherMethod()
	case p == "request.method":
		return map[string]string{"GET": "POST", "": "GET", "POST": "GET"}[r.c.Request.Method]
	case p == "request.encoding":
		return map[string]string{"json": "form", "query": "form", "": "json", "form": "json"}[r.c.Request.Encoding]
	case len(r.assertions) == 0 || !strings.Contains(string(p), ".assertion."):
		return ""
	}
	switch last {
	case "jti":
		return "uuid"
	case "audience":
		return r.otherAudience(p)
	case "algorithm":
		return r.otherAlgorithm(p)
	case "typ":
		return r.quotedType()
	case "lifetime":
		return r.shorterLifetime(p)
	}
	return ""
}

// sentAssertion is the assertion of a parameter below it as it was sent, or nil.
func (r *refusal) sentAssertion(p jeton.Parameter) *jeton.DecodedAssertion {
	if r.f.Exchange == nil {
		return nil
	}
	name, _ := splitAssertion(p)
	return assertionIn(r.f.Exchange.Request, name)
}

// sentText is a member of the header or the claims that were sent; empty if it is
// none, or no text.
func (r *refusal) sentText(p jeton.Parameter, name string, inHeader bool) string {
	sent := r.sentAssertion(p)
	if sent == nil {
		return ""
	}
	var text string
	_ = json.Unmarshal(rawMember(sent, name, inHeader), &text)
	return text
}

// otherTokenURL is what the metadata say, or https in the place of http.
func (r *refusal) otherTokenURL() string {
	if m := r.f.Metadata; m != nil && m.TokenURL != "" && r.c.TokenURL != "" && m.TokenURL != r.tokenURL() {
		return m.TokenURL
	}
	if rest, ok := strings.CutPrefix(r.c.TokenURL, "http://"); ok && containsAny(r.words, " https ", " ssl ", " tls ") {
		return "https://" + rest
	}
	return ""
}

// authMethods as a server may name them.
var authMethods = []string{"client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth"}

// otherMethod is the client authentication method that the server names and that
// was not used, or the one that the metadata list, or the other of basic and post.
func (r *refusal) otherMethod() string {
	own := r.c.ClientAuthMethod()
	var named []string
	for _, method := range authMethods {
		if method != own && strings.Contains(r.words, " "+strings.ReplaceAll(method, "_", " ")+" ") {
			named = append(named, method)
		}
	}
	if slices.Contains(named, "self_signed_tls_client_auth") { // whose words hold those of tls_client_auth
		named = slices.DeleteFunc(named, func(m string) bool { return m == "tls_client_auth" })
	}
	if len(named) == 1 {
		return named[0]
	}
	if m := r.f.Metadata; m != nil && len(m.ClientAuthMethods) > 0 && !slices.Contains(m.ClientAuthMethods, own) {
		for _, method := range []string{"client_secret_basic", "client_secret_post", "private_key_jwt"} { // of what there is, what needs nothing new
			if slices.Contains(m.ClientAuthMethods, method) && (len(r.c.Client.Secret) > 0) == strings.HasPrefix(method, "client_secret") {
				return method
			}
		}
	}
	switch {
	case own == "client_secret_basic":
		return "client_secret_post"
	case own == "client_secret_post":
		return "client_secret_basic"
	case own == "none" && len(r.c.Client.Secret) > 0:
		return "client_secret_basic"
	}
	return ""
}

var (
	urlInText       = expression(`https?://[^\s"'<>\])},;]+`)
	algorithmInText = expression(`\b(RS|PS|ES|HS)(256|384|512)\b|\bEdDSA\b`)
	typeInText      = expression(`["'\x60](JWT|client-authentication\+jwt|at\+jwt)["'\x60]`)
	spanInText      = expression(`(?i)\b(\d{1,5})[ -]?(s|sec|secs|seconds?|m|mins?|minutes?|h|hours?)\b`)
)

// otherAudience is the audience that the server names, or the form that was not
// sent, as a word of the document where there is one.
func (r *refusal) otherAudience(p jeton.Parameter) string {
	sent := r.sentText(p, "aud", false)
	for _, named := range urlInText().FindAllString(r.said, -1) {
		named = strings.TrimRight(named, ".:")
		if named != sent && sent != "" && !strings.Contains(r.said, sent+named) {
			return r.audienceWord(named)
		}
	}
	a := assertionOf(r.c, p)
	written := ""
	if a != nil && len(a.Audience) > 0 {
		written = a.Audience[0]
	}
	// Not written and discovered means issuer, for the assertion of a client.
	byDiscovery := strings.HasPrefix(string(p), "client.") && r.c.TokenURL == "" && written == ""
	switch {
	case byDiscovery || written == "issuer":
		return "token_url"
	case r.c.Issuer != "" && (written == "" || written == "token_url"):
		return "issuer"
	case written == "" || written == "token_url":
		return ""
	}
	return "token_url" // an own text was not accepted
}

// audienceWord is the word of the document for an audience, or the audience itself.
func (r *refusal) audienceWord(audience string) string {
	host := ""
	if u, err := url.Parse(r.c.TokenURL); err == nil {
		host = u.Host
	}
	switch audience {
	case r.c.TokenURL:
		return "token_url"
	case r.c.Issuer:
		return "issuer"
	case host:
		return "host"
	}
	return audience
}

// otherAlgorithm is one that the server names in its answer or its metadata, of
// the family of the key, if there is just one.
func (r *refusal) otherAlgorithm(p jeton.Parameter) string {
	sent := r.sentText(p, "alg", true)
	if sent == "" {
		return ""
	}
	named := algorithmInText().FindAllString(r.said, -1)
	if len(named) == 0 && r.f.Metadata != nil && strings.HasPrefix(string(p), "client.") {
		named = r.f.Metadata.ClientAuthAlgorithms
	}
	named = slices.DeleteFunc(slices.Compact(slices.Sorted(slices.Values(named))), func(algorithm string) bool { // a copy: metadata are shared
		return algorithm == sent || keyFamily(algorithm) != keyFamily(sent)
	})
	if len(named) == 1 {
		return named[0]
	}
	return ""
}

// keyFamily tells which kind of key an algorithm needs; the curve is part of it.
func keyFamily(algorithm string) string {
	switch {
	case strings.HasPrefix(algorithm, "RS"), strings.HasPrefix(algorithm, "PS"):
		return "RSA"
	case strings.HasPrefix(algorithm, "HS"):
		return "oct"
	}
	return algorithm
}

func (r *refusal) quotedType() string {
	if found := typeInText().FindStringSubmatch(r.said); found != nil {
		return found[1]
	}
	return ""
}

// shorterLifetime is the limit that the server names, if it is one, or what is
// short enough everywhere.
func (r *refusal) shorterLifetime(p jeton.Parameter) string {
	sent := 5 * time.Minute
	if a := assertionOf(r.c, p); a != nil && a.Lifetime > 0 {
		sent = time.Duration(a.Lifetime)
	}
	if found := spanInText().FindStringSubmatch(r.said); found != nil {
		number, _ := strconv.Atoi(found[1])
		unit := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour}[strings.ToLower(found[2])[0]]
		if limit := time.Duration(number) * unit; limit > 10*time.Second && limit <= sent {
			return shortDuration(limit - min(limit/10, 30*time.Second)) // some servers refuse the limit itself
		}
	}
	if sent > time.Minute {
		return "1m"
	}
	return ""
}

// shortDuration is 4m30s, and 1m in the place of 1m0s.
func shortDuration(d time.Duration) string {
	text := d.Truncate(time.Second).String()
	if short, ok := strings.CutSuffix(text, "m0s"); ok {
		text = short + "m"
	}
	if short, ok := strings.CutSuffix(text, "h0m"); ok {
		text = short + "h"
	}
	return text
}
