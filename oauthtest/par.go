package oauthtest

import (
	"maps"
	"net/http"
	"net/url"
	"time"
)

// pushed is a pushed authorization request.
type pushed struct {
	client  string
	params  url.Values
	expires time.Time
}

// par is the pushed authorization request endpoint (RFC 9126).
func (s *Server) par(r *request) *answer {
	if r.problem != nil {
		return s.refusal(r, r.problem)
	}
	who, problem := s.authenticate(r)
	var uri string
	if problem == nil {
		uri, problem = s.push(r, who)
	}
	var a *answer
	if problem != nil {
		a = s.refusal(r, problem)
	} else {
		a = &answer{status: http.StatusCreated, header: http.Header{}, body: map[string]any{
			"request_uri": uri, "expires_in": int64(s.cfg.parLifetime().Seconds()),
		}}
	}
	a.client, a.method = who.id(), who.method
	return a
}

// push checks the request as the authorization endpoint would, and keeps it.
func (s *Server) push(r *request, who *caller) (string, *refusal) {
	if r.params.Has("request_uri") {
		return "", refuse(codeInvalidRequest, "request_uri", "request_uri must not be pushed")
	}
	if r.param("client_id") == "" {
		return "", refuse(codeInvalidRequest, "client_id", "client_id is missing: it is a parameter of the authorization request")
	}
	if r.param("client_id") != who.id() {
		return "", refuse(codeInvalidRequest, "client_id", "client_id differs from the client that authenticated")
	}
	params := maps.Clone(r.params)
	for _, name := range []string{"client_secret", "client_assertion", "client_assertion_type"} {
		params.Del(name)
	}
	if problem := s.bindPushed(r, params); problem != nil {
		return "", problem
	}
	a, problem := s.addressee(params)
	if problem != nil {
		return "", problem
	}
	if problem := s.checkAuthorization(a, params); problem != nil {
		return "", problem
	}
	uri := newValue("urn:ietf:params:oauth:request_uri:")
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pushed[uri] = &pushed{client: who.id(), params: params, expires: r.now.Add(s.cfg.parLifetime())}
	return uri, nil
}

// bindPushed takes a DPoP proof for dpop_jkt (RFC 9449 section 10.1).
func (s *Server) bindPushed(r *request, params url.Values) *refusal {
	if !s.proofSent(r) {
		return nil
	}
	jkt, problem := s.checkProof(r, "")
	if problem != nil {
		return problem
	}
	if asked := params.Get("dpop_jkt"); asked != "" && asked != jkt {
		return refuse(codeInvalidRequest, "dpop_jkt", "dpop_jkt is not the thumbprint of the key of the DPoP proof")
	}
	params.Set("dpop_jkt", jkt)
	return nil
}

// takePushed uses up a request_uri. The other parameters do not count (RFC 9101 section 6.3).
func (s *Server) takePushed(r *request) (url.Values, *refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	uri := r.param("request_uri")
	p, ok := s.pushed[uri]
	switch {
	case !ok:
		return nil, refuse(codeInvalidRequestURI, "request_uri", "the request_uri is not known, or has been used before")
	case r.param("client_id") == "":
		return nil, refuse(codeInvalidRequest, "client_id", "client_id is missing")
	case r.param("client_id") != p.client:
		return nil, refuse(codeInvalidRequest, "client_id", "the request_uri was issued to another client")
	}
	delete(s.pushed, uri)
	if !r.now.Before(p.expires) {
		return nil, refuse(codeInvalidRequestURI, "request_uri_expired", "the request_uri is expired")
	}
	return p.params, nil
}
