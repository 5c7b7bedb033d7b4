package oauthtest

import (
	"fmt"
	"io"
	"net/http"
)

// The paths of the endpoints, as in Recorded.Endpoint and Fault.Endpoint.
const (
	pathToken               = "/token"
	pathAuthorize           = "/authorize"
	pathPAR                 = "/par"
	pathDeviceAuthorization = "/device_authorization"
	pathDevice              = "/device"
	pathIntrospect          = "/introspect"
	pathResource            = "/resource"
	pathJWKS                = "/jwks"
	pathMetadata            = "/.well-known/oauth-authorization-server"
	pathOpenID              = "/.well-known/openid-configuration"
	pathHome                = "/"
)

// maxBody bounds what a client may send.
const maxBody = 1 << 20

// routes is the list of endpoints. A new one is one line here.
func (s *Server) routes() http.Handler {
	if s.dialect != nil {
		return s.dialectRoutes()
	}
	mux := http.NewServeMux()
	for path, work := range map[string]func(*request) *answer{
		pathToken:               s.token,
		pathAuthorize:           s.authorize,
		pathPAR:                 s.par,
		pathDeviceAuthorization: s.deviceAuthorization,
		pathDevice:              s.devicePage,
		pathIntrospect:          s.introspect,
		pathResource:            s.resource,
		pathJWKS:                s.jwks,
		pathHome:                s.home,
	} {
		mux.HandleFunc(path, s.endpoint(path, work))
	}
	// An issuer with a path moves these; faults and records know them by the same names.
	if s.servesMetadata(MetadataOAuth) {
		mux.HandleFunc(pathMetadata+s.issuerPath(), s.endpoint(pathMetadata, s.metadata))
	}
	if s.servesMetadata(MetadataOpenID) {
		mux.HandleFunc(s.issuerPath()+pathOpenID, s.endpoint(pathOpenID, s.metadata))
	}
	return mux
}

// direct reports whether a path is for clients, with their credentials in a POST.
func direct(path string) bool {
	return path == pathToken || path == pathPAR || path == pathDeviceAuthorization
}

// endpoint reads and records the request, and answers it with work or a fault.
func (s *Server) endpoint(path string, work func(*request) *answer) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !s.enter() {
			panic(http.ErrAbortHandler)
		}
		defer s.handlers.Done()
		body, problem := readBody(r)
		req := s.newRequest(path, r, body, problem)
		fault := s.arrive(req)

		var a *answer
		if fault.Commit {
			a = s.decide(req, work)
		}
		if !fault.wait(r.Context()) {
			panic(http.ErrAbortHandler) // the client left, or the server closes
		}
		if a == nil && !fault.replaces() {
			a = s.decide(req, work)
		}
		s.write(w, r, req, fault, a)
	}
}

// readBody reads the body if it is not too large. It reads on for a while even
// so, without keeping it: a client learns the status only when it is done sending.
func readBody(r *http.Request) ([]byte, *refusal) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return body, refuse(codeInvalidRequest, "body", "the request body could not be read")
	}
	if len(body) <= maxBody {
		return body, nil
	}
	_, _ = io.CopyN(io.Discard, r.Body, 16*maxBody)
	return body[:maxBody], &refusal{code: codeInvalidRequest, check: "body", status: http.StatusRequestEntityTooLarge,
		reason: fmt.Sprintf("the request body is larger than %d bytes", maxBody)}
}

// decide works on the request and records what came out.
func (s *Server) decide(req *request, work func(*request) *answer) *answer {
	req.now = s.now()
	a := work(req)
	s.offerNonce(req.path, a)
	s.mu.Lock()
	defer s.mu.Unlock()
	rec := req.recorded
	rec.Client, rec.AuthMethod, rec.Subject = orDefault(a.client, rec.Client), a.method, a.subject
	rec.Granted = a.refusal == nil
	if a.refusal != nil {
		rec.Error, rec.Check, rec.Reason, rec.Refusal = a.refusal.code, a.refusal.check, a.refusal.reason, a.named
	}
	return a
}
