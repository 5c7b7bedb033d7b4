package oauthtest

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// request is one request as the endpoints see it.
type request struct {
	http    *http.Request
	path    string
	body    []byte
	params  url.Values
	problem *refusal // why the parameters cannot be used
	now     time.Time

	dialect                    *Dialect // nil: none
	clientAssertion, assertion *JWT
	proof                      *JWT                // the DPoP header, if there is one
	chain                      []*x509.Certificate // of the client; the leaf comes first
	recorded                   *Recorded           // guarded by Server.mu once it has arrived
}

// param returns a parameter, which newRequest found at most once.
func (r *request) param(name string) string { return r.params.Get(name) }

func (s *Server) newRequest(path string, r *http.Request, body []byte, unread *refusal) *request {
	req := &request{http: r, path: path, body: body, now: s.now()}
	if r.TLS != nil {
		req.chain = r.TLS.PeerCertificates
	}
	req.params, req.problem = s.parameters(path, r, body)
	if unread != nil {
		req.problem = unread
	}
	req.dialect = s.dialect
	req.clientAssertion = decodeJWT(req.param(req.assertionIn()))
	req.assertion = decodeJWT(req.param("assertion"))
	req.proof = decodeJWT(r.Header.Get("DPoP"))
	req.recorded = newRecorded(req)
	return req
}

// parameters finds the parameters where the configuration allows them to be.
func (s *Server) parameters(path string, r *http.Request, body []byte) (url.Values, *refusal) {
	query := r.URL.Query()
	get := r.Method == http.MethodGet || r.Method == http.MethodHead
	switch {
	case direct(path) && r.Method != http.MethodPost && !(get && path == pathToken && s.cfg.AcceptGET):
		return nil, &refusal{code: codeInvalidRequest, check: "method", status: http.StatusMethodNotAllowed,
			reason: "the " + endpointName(path) + " endpoint takes POST requests only"}
	case get:
		if name := credentialIn(query); name != "" && path == pathAuthorize {
			return query, refuse(codeInvalidRequest, "query", name+" must not be in an authorization request")
		}
		return query, checkParameters(query)
	}
	values, problem := s.bodyParameters(r, path, body)
	if problem != nil {
		return values, problem
	}
	if !direct(path) || path == pathToken && s.cfg.AcceptQuery {
		for name, list := range query {
			values[name] = append(values[name], list...)
		}
	} else if name := credentialIn(query); name != "" {
		return values, refuse(codeInvalidRequest, "query", name+" must not be in the request URI")
	}
	return values, checkParameters(values)
}

// endpointName is how a refusal calls the endpoint.
func endpointName(path string) string {
	switch path {
	case pathPAR:
		return "pushed authorization request"
	case pathDeviceAuthorization:
		return "device authorization"
	}
	return "token"
}

// credentialIn names a credential that RFC 6749 section 2.3.1 forbids in a URI.
func credentialIn(query url.Values) string {
	for _, name := range []string{
		"client_secret", "client_assertion", "assertion", "password", "refresh_token",
		"code", "code_verifier", "device_code", "subject_token", "actor_token",
	} {
		if query.Has(name) {
			return name
		}
	}
	return ""
}

func (s *Server) bodyParameters(r *http.Request, path string, body []byte) (url.Values, *refusal) {
	if len(body) == 0 {
		return url.Values{}, nil
	}
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case media == "application/x-www-form-urlencoded":
		values, err := url.ParseQuery(string(body))
		if err != nil {
			return values, refuse(codeInvalidRequest, "body", "the request body is not form-encoded")
		}
		return values, nil
	case media == "application/json" && s.cfg.AcceptJSON:
		return jsonParameters(body)
	}
	return nil, refuse(codeInvalidRequest, "content_type",
		"the Content-Type of a request to the "+endpointName(path)+" endpoint must be application/x-www-form-urlencoded")
}

func jsonParameters(body []byte) (url.Values, *refusal) {
	object, err := decodeObject(body)
	if err != nil {
		return nil, refuse(codeInvalidRequest, "body", "the request body is not a JSON object with distinct names")
	}
	values := url.Values{}
	for name, v := range object {
		list, ok := v.([]any)
		if !ok {
			list = []any{v}
		}
		for _, v := range list {
			switch v := v.(type) {
			case string:
				values.Add(name, v)
			case json.Number:
				values.Add(name, v.String())
			case bool:
				values.Add(name, fmt.Sprint(v))
			default:
				return values, refuse(codeInvalidRequest, "body", "the parameter "+name+" must be a string")
			}
		}
	}
	return values, nil
}

// checkParameters drops parameters without value, which count as omitted, and
// refuses repeated ones (RFC 6749 section 3.2; RFC 8707 and 8693 for the exceptions).
func checkParameters(values url.Values) *refusal {
	for name, list := range values {
		list = slices.DeleteFunc(slices.Clone(list), func(v string) bool { return v == "" })
		if len(list) == 0 {
			delete(values, name)
			continue
		}
		values[name] = list
		if len(list) > 1 && name != "resource" && name != "audience" {
			return refuse(codeInvalidRequest, "repeated", "the parameter "+name+" is repeated")
		}
		if !utf8.ValidString(strings.Join(list, "")) {
			return refuse(codeInvalidRequest, "encoding", "the parameter "+name+" is not UTF-8")
		}
	}
	return nil
}

// authorization splits the Authorization header.
func (r *request) authorization() (scheme, value string) {
	scheme, value, _ = strings.Cut(r.http.Header.Get("Authorization"), " ")
	return scheme, strings.TrimSpace(value)
}

// basic reads Basic credentials. Unless raw, both halves are form-decoded.
func (r *request) basic(raw bool) (id, secret string, problem *refusal) {
	_, value := r.authorization()
	decoded, err := base64.StdEncoding.DecodeString(value)
	if err != nil {
		return "", "", refuse(codeInvalidClient, "basic", "the Basic credentials are not base64")
	}
	id, secret, found := strings.Cut(string(decoded), ":")
	if !found {
		return "", "", refuse(codeInvalidClient, "basic", "the Basic credentials have no colon")
	}
	if raw {
		return id, secret, nil
	}
	plainID, err := url.QueryUnescape(id)
	if err != nil {
		return id, "", refuse(codeInvalidClient, "basic", "the user of the Basic credentials is not form-encoded")
	}
	secret, err = url.QueryUnescape(secret)
	if err != nil {
		return plainID, "", refuse(codeInvalidClient, "basic", "the password of the Basic credentials is not form-encoded")
	}
	return plainID, secret, nil
}
