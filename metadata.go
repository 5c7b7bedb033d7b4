package jeton

import (
	"strings"

	"github.com/jeton-oauth/jeton/internal/jsonbody"
	"github.com/jeton-oauth/jeton/internal/scrub"
)

// Metadata is what an authorization server publishes about itself (RFC 8414
// section 2, OpenID Connect Discovery section 3), as far as a client needs it.
// They are hints: what a connection writes itself always wins.
type Metadata struct {
	// Issuer is identical to the issuer that was asked for.
	Issuer string
	// Source is the URL that the metadata were read from.
	Source string
	// TokenURL is token_endpoint.
	TokenURL string
	// AuthorizationURL is authorization_endpoint.
	AuthorizationURL string
	// DeviceAuthorizationURL is device_authorization_endpoint (RFC 8628 section 4).
	DeviceAuthorizationURL string
	// PushedAuthorizationURL is pushed_authorization_request_endpoint (RFC 9126 section 5).
	PushedAuthorizationURL string
	// RevocationURL is revocation_endpoint.
	RevocationURL string
	// MTLS are the endpoints for requests with a client certificate:
	// mtls_endpoint_aliases (RFC 8705 section 5), by the name of the plain endpoint.
	MTLS map[string]string
	// RequirePushed is require_pushed_authorization_requests.
	RequirePushed bool
	// IssuerInResponse is authorization_response_iss_parameter_supported (RFC 9207 section 3).
	IssuerInResponse bool
	// GrantTypes is grant_types_supported; nil if the member is absent.
	GrantTypes []string
	// ClientAuthMethods is token_endpoint_auth_methods_supported; absent means client_secret_basic.
	ClientAuthMethods []string
	// ClientAuthAlgorithms is token_endpoint_auth_signing_alg_values_supported; nil if absent.
	ClientAuthAlgorithms []string
	// CodeChallengeMethods is code_challenge_methods_supported; nil if absent.
	CodeChallengeMethods []string
	// DPoPAlgorithms is dpop_signing_alg_values_supported; nil if absent.
	DPoPAlgorithms []string
	// Scopes is scopes_supported, which need not be complete; nil if absent.
	Scopes []string
}

// maxMetadataList bounds the lists that are kept of foreign metadata.
const maxMetadataList = 1000

// endpoints are the members that hold an endpoint, and where each goes.
func (m *Metadata) endpoints() map[string]*string {
	return map[string]*string{
		"token_endpoint": &m.TokenURL, "authorization_endpoint": &m.AuthorizationURL,
		"device_authorization_endpoint":         &m.DeviceAuthorizationURL,
		"pushed_authorization_request_endpoint": &m.PushedAuthorizationURL, "revocation_endpoint": &m.RevocationURL,
	}
}

// endpointOf is the endpoint that stands for a parameter of the document; empty
// for none.
func (m *Metadata) endpointOf(p Parameter) string {
	switch p {
	case "token_url":
		return m.TokenURL
	case "authorization_url":
		return m.AuthorizationURL
	case "device_authorization_url":
		return m.DeviceAuthorizationURL
	case "revocation_url":
		return m.RevocationURL
	}
	return ""
}

// readMetadata reads the metadata that were found at source for issuer. An
// issuer that is not identical to the one asked for, octet by octet, makes them
// unusable (RFC 8414 section 3.3): they may be another server's.
func readMetadata(data []byte, issuer, source string) (*Metadata, *Error) {
	body, err := jsonbody.Decode(trimBOM(data))
	object, isObject := body.(map[string]any)
	if err != nil || !isObject {
		return nil, metadataFailure(issuer, "what stands at "+source+" is no metadata document", "")
	}
	said, _ := object["issuer"].(string)
	if said != issuer {
		return nil, otherIssuer(issuer, said)
	}
	m := &Metadata{Issuer: issuer, Source: source, MTLS: map[string]string{}}
	aliases, _ := object["mtls_endpoint_aliases"].(map[string]any)
	fields := m.endpoints()
	for _, name := range sortedNames(fields) {
		if failed := metadataURL(object, name, fields[name], issuer); failed != nil {
			return nil, failed
		}
		var alias string
		if failed := metadataURL(aliases, name, &alias, issuer); failed != nil {
			return nil, failed
		}
		if alias != "" {
			m.MTLS[name] = alias
		}
	}
	m.RequirePushed = saysTrue(object["require_pushed_authorization_requests"])
	m.IssuerInResponse = saysTrue(object["authorization_response_iss_parameter_supported"])
	for name, list := range map[string]*[]string{
		"grant_types_supported": &m.GrantTypes, "token_endpoint_auth_methods_supported": &m.ClientAuthMethods,
		"token_endpoint_auth_signing_alg_values_supported": &m.ClientAuthAlgorithms,
		"code_challenge_methods_supported":                 &m.CodeChallengeMethods,
		"dpop_signing_alg_values_supported":                &m.DPoPAlgorithms, "scopes_supported": &m.Scopes,
	} {
		*list = metadataList(object[name])
	}
	return m, nil
}

// metadataURL reads an endpoint. A document that names one which cannot be used
// is not used at all: it is wrong where it matters most.
func metadataURL(object map[string]any, name string, field *string, issuer string) *Error {
	text, isText := object[name].(string)
	if !isText && object[name] != nil {
		return metadataFailure(issuer, "the metadata of the issuer name a "+name+" that cannot be used: it is not a string", "")
	}
	if text == "" {
		return nil
	}
	problems := urlProblems(text)
	if len(problems) == 0 && strings.ContainsFunc(text, func(r rune) bool { return r > 0x7e }) { // it is shown, and could look like another one
		problems = []urlProblem{{problem: "the URL has letters outside ASCII"}}
	}
	if len(problems) == 0 && strings.HasPrefix(strings.ToLower(text), "http:") && !strings.HasPrefix(strings.ToLower(issuer), "http:") {
		problems = []urlProblem{{problem: "it is http, although the issuer is https"}}
	}
	if len(problems) > 0 {
		return metadataFailure(issuer, "the metadata of the issuer name a "+name+" that cannot be used: "+problems[0].problem, "")
	}
	*field = text
	return nil
}

func metadataList(value any) []string {
	list, ok := value.([]any)
	if !ok {
		return nil
	}
	words := []string{}
	for _, element := range list[:min(len(list), maxMetadataList)] {
		if word, ok := element.(string); ok {
			words = append(words, scrub.Cut(scrub.Escape(word), 200))
		}
	}
	return words
}

func metadataFailure(issuer, problem, evidence string) *Error {
	return NewError(MalformedResponse, StageDiscovery, "discovery failed: "+problem, Finding{Parameter: "issuer", Problem: problem, Evidence: evidence,
		Fix: "check issuer, which is " + issuer + "; or write the endpoints in the document and leave issuer out"})
}

// otherIssuer is metadata that speak for another issuer than the one asked for.
func otherIssuer(issuer, said string) *Error {
	if said == "" {
		return metadataFailure(issuer, "the metadata name no issuer", "")
	}
	shown := scrub.Cut(scrub.Escape(said), 200)
	failed := metadataFailure(issuer, "the metadata are of another issuer", "asked: "+issuer+"; found: "+shown)
	f := &failed.Findings[0]
	f.Certain, f.Fix = true, "write the issuer exactly as the server does, each slash included, if that server is meant"
	if len(urlProblems(said)) == 0 {
		f.Proposed = said
	}
	return failed
}

// saysTrue also takes the text "true", which some servers send: to overlook it
// would drop a check.
func saysTrue(value any) bool { return value == true || value == "true" }
