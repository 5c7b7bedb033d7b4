package oauthtest

import "net/http"

// The error codes of RFC 6749 sections 4.1.2.1 and 5.2, RFC 6750, RFC 8628,
// RFC 8707, RFC 9101 and RFC 9449.
const (
	codeInvalidRequest       = "invalid_request"
	codeInvalidClient        = "invalid_client"
	codeInvalidGrant         = "invalid_grant"
	codeUnauthorizedClient   = "unauthorized_client"
	codeUnsupportedGrantType = "unsupported_grant_type"
	codeInvalidScope         = "invalid_scope"
	codeInvalidTarget        = "invalid_target"
	codeInvalidToken         = "invalid_token"
	codeInsufficientScope    = "insufficient_scope"

	codeAccessDenied            = "access_denied"
	codeUnsupportedResponseType = "unsupported_response_type"
	codeRequestNotSupported     = "request_not_supported"
	codeInvalidRequestURI       = "invalid_request_uri"

	codeAuthorizationPending = "authorization_pending"
	codeSlowDown             = "slow_down"
	codeExpiredToken         = "expired_token"

	codeInvalidProof = "invalid_dpop_proof"
	codeUseNonce     = "use_dpop_nonce"
)

// refusal is why a request is refused.
type refusal struct {
	code   string
	check  string // one word, for Recorded.Check
	fine   string // a finer word, for the refusals of a dialect; empty: check
	reason string // one sentence; never holds a value that the client must keep secret
	status int    // zero: by the code
}

func refuse(code, check, reason string) *refusal {
	return &refusal{code: code, check: check, reason: reason}
}

// with gives the refusal of a common check the code of its place.
func (r *refusal) with(code string) *refusal {
	r.code = code
	return r
}

// finer says more exactly which check failed.
func (r *refusal) finer(word string) *refusal {
	r.fine = word
	return r
}

// refusal turns the refusal into a reply of the token endpoint, or of another
// one that clients call.
func (s *Server) refusal(req *request, r *refusal) *answer {
	if a := s.dialectRefusal(req, r, pathToken); a != nil {
		return a
	}
	a := &answer{status: r.status, header: http.Header{}, refusal: r}
	if a.status == 0 {
		a.status = http.StatusBadRequest
		if r.code == codeInvalidClient {
			a.status = http.StatusUnauthorized
		}
	}
	if a.status == http.StatusMethodNotAllowed {
		a.header.Set("Allow", http.MethodPost)
		if req.path == pathAuthorize {
			a.header.Set("Allow", "GET, POST")
		}
	}
	if req.http.Header.Get("Authorization") != "" && r.code == codeInvalidClient {
		a.header.Set("WWW-Authenticate", `Basic realm="oauthtest", charset="UTF-8"`)
	}
	if s.cfg.Errors == ErrorsSilent {
		return &answer{status: http.StatusForbidden, header: http.Header{}, refusal: r}
	}
	a.body = map[string]any{"error": r.code, "error_description": s.description(r)}
	return a
}

// description is what the client may know.
func (s *Server) description(r *refusal) string {
	if s.cfg.Errors == ErrorsTerse {
		return "The request could not be processed."
	}
	return r.reason
}
