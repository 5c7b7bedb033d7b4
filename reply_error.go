package jeton

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/jeton-oauth/jeton/internal/jsonbody"
	"github.com/jeton-oauth/jeton/internal/scrub"
)

// serverError is what a body says went wrong, in the server's words.
type serverError struct{ code, description, uri string }

// errorIn finds an error in a body: the members of RFC 6749 section 5.2, and
// failed is true, whatever the status; or a vendor's own shape, which counts
// only where the status, or ok: false, says that it is one.
func errorIn(body any) (said serverError, failed bool) {
	object, ok := body.(map[string]any)
	if !ok {
		said, _ := firstOf(body)
		return said, false
	}
	switch value := object["error"].(type) {
	case string:
		if value != "" {
			return serverError{value, firstText(object, descriptionNames...), firstText(object, "error_uri")}, true
		}
	case map[string]any:
		said := errorObject(value)
		said.fill(serverError{description: firstText(object, descriptionNames...)})
		return said, said != serverError{}
	case []any:
		if said, ok := firstOf(value); ok {
			return said, true
		}
	case bool:
		if value {
			_, said := vendorError(body)
			return said, true
		}
	case json.Number:
		if value != "0" {
			_, said := vendorError(body)
			said.fill(serverError{code: value.String()})
			return said, true
		}
	}
	return vendorErrorOf(object)
}

// descriptionNames hold the sentence in the shapes that vendors use.
var descriptionNames = []string{"error_description", "errorDescription", "errorMessage", "error_message", "errorSummary", "message", "Message", "detail", "details", "reason", "description", "faultstring", "title", "msg", "errmsg"}

// codeNames hold the code.
var codeNames = []string{"errorCode", "error_code", "errorcode", "ErrorCode", "errcode", "code", "type", "status", "reason", "errorType", "responseStatus"}

// vendorErrorOf reads shapes without an error member: errorCode, Fault,
// errors[], ok: false, responseStatus, reason.
func vendorErrorOf(object map[string]any) (said serverError, failed bool) {
	for _, name := range []string{"errors", "Errors"} {
		if list, ok := object[name].([]any); ok && len(list) > 0 {
			said, _ := firstOf(list)
			_, hasToken := object["access_token"]
			return said, !hasToken
		}
	}
	for _, name := range []string{"fault", "Fault"} {
		if fault, ok := object[name].(map[string]any); ok {
			said := errorObject(fault)
			if detail, ok := fault["detail"].(map[string]any); ok {
				said.fill(errorObject(detail))
			}
			return said, true
		}
	}
	said = errorObject(object)
	if ok, isBool := object["ok"].(bool); isBool && !ok {
		return said, true
	}
	if status, isText := object["responseStatus"].(string); isText && strings.EqualFold(status, "FAILURE") {
		return said, true
	}
	return said, false
}

// unmarkedError is an error in a body that nothing else marks as one: it has no
// token either. Words that a good reply may have too, such as status, do not count.
func unmarkedError(body any) serverError {
	if list, ok := body.([]any); ok && len(list) > 0 {
		body = list[0]
	}
	object, ok := body.(map[string]any)
	if !ok {
		return serverError{} // a text may be the token itself
	}
	code := firstText(object, "errorCode", "error_code", "errorType", "errcode")
	if code != "" { // then a message belongs to it
		return serverError{code: code, description: firstText(object, descriptionNames...)}
	}
	return serverError{description: firstText(object, "error_description", "errorDescription", "errorMessage", "error_message", "errorSummary", "faultstring")}
}

// vendorError is what a body says, whether or not it is an error.
func vendorError(body any) (failed bool, said serverError) {
	object, ok := body.(map[string]any)
	if !ok {
		said, _ = firstOf(body)
		return false, said
	}
	said, failed = vendorErrorOf(object)
	return failed, said
}

// firstOf reads the first element of an array of errors.
func firstOf(body any) (serverError, bool) {
	list, ok := body.([]any)
	if !ok || len(list) == 0 {
		return serverError{}, false
	}
	switch first := list[0].(type) {
	case map[string]any:
		said := errorObject(first)
		if text, ok := first["error"].(string); ok && said.code == "" {
			said.code = text
		}
		return said, true
	case string:
		return serverError{description: first}, true
	}
	return serverError{}, false
}

func errorObject(object map[string]any) serverError {
	said := serverError{code: firstText(object, codeNames...), description: firstText(object, descriptionNames...)}
	if said.code == said.description {
		said.code = ""
	}
	return said
}

// fill takes over what is missing.
func (s *serverError) fill(other serverError) {
	if s.code == "" {
		s.code = other.code
	}
	if s.description == "" {
		s.description = other.description
	}
}

// decodeCut reads a refusal that was cut at the limit in the middle of a text, as
// a long description is: its code stands before that.
func decodeCut(data []byte) (body any, err error) {
	closed := make([]byte, len(data), len(data)+4)
	copy(closed, data)
	for cut := range min(len(`\u0000`), len(data)) { // an escape may be cut, too
		for _, end := range []string{`"}`, `"}}`, `"}]}`} {
			if body, err = jsonbody.Decode(append(closed[:len(data)-cut], end...)); err == nil {
				return body, nil
			}
			copy(closed[len(data)-cut:], data[len(data)-cut:])
		}
	}
	return nil, err
}

// firstText is the first of the named members that is a non-empty scalar.
func firstText(object map[string]any, names ...string) string {
	for _, name := range names {
		if text, ok := jsonbody.Text(object[name]); ok && text != "" {
			return text
		}
	}
	return ""
}

// registered maps the error codes of RFC 6749 section 5.2 and its extensions to categories.
var registered = map[string]Category{
	"invalid_request": InvalidRequest, "invalid_client": InvalidClient, "invalid_grant": InvalidGrant,
	"unauthorized_client": UnauthorizedClient, "unsupported_grant_type": UnsupportedGrantType,
	"invalid_scope": InvalidScope, "invalid_target": InvalidTarget, "invalid_resource": InvalidTarget,
	"access_denied": ConsentRequired, "consent_required": ConsentRequired, "interaction_required": ConsentRequired,
	"login_required": ConsentRequired, "account_selection_required": ConsentRequired, "expired_token": ConsentRequired,
	"use_dpop_nonce": InvalidRequest, "invalid_dpop_proof": InvalidRequest, "temporarily_unavailable": Provider5xx, "server_error": Provider5xx,
}

// refused is an answer without a token. The code decides, but for a status
// that says that the server itself is in trouble.
func refused(reply RawReply, said serverError) *Error {
	failed := NewError(categoryOf(reply, said.code), StageOAuth, "the authorization server refused the request (status "+strconv.Itoa(reply.Status)+")")
	if _, known := registered[strings.ToLower(said.code)]; !known && said == (serverError{}) {
		failed.Stage, failed.Problem = StageHTTP, "the token endpoint answered with status "+statusText(reply.Status)
		failed.Findings = statusFindings(reply)
	}
	failed.Code, failed.Description, failed.URI = said.code, said.description, said.uri
	return failed.withReply(reply)
}

func categoryOf(reply RawReply, code string) Category {
	switch {
	case reply.Status == http.StatusTooManyRequests, reply.Status == http.StatusServiceUnavailable && reply.Header.Get("Retry-After") != "":
		return RateLimited
	case reply.Status >= 500:
		return Provider5xx
	}
	if category, ok := registered[strings.ToLower(code)]; ok {
		return category
	}
	return Provider4xxOther
}

func statusText(status int) string {
	if text := http.StatusText(status); text != "" {
		return strconv.Itoa(status) + " " + text
	}
	return strconv.Itoa(status)
}

// statusFindings are what a bare status says.
func statusFindings(reply RawReply) []Finding {
	switch reply.Status {
	case http.StatusNotFound, http.StatusGone:
		return []Finding{tokenURLFinding("there is nothing at this URL (status "+strconv.Itoa(reply.Status)+")", true)}
	case http.StatusMethodNotAllowed:
		return []Finding{{Parameter: "request.method", Problem: "the endpoint does not take this method (status 405)", Fix: "write the other of POST and GET, or check token_url"}}
	case http.StatusUnsupportedMediaType:
		return []Finding{{Parameter: "request.encoding", Problem: "the endpoint does not take this encoding (status 415)", Fix: "write request.encoding: json, or form"}}
	}
	return nil
}

// finishError makes what the server said fit to be shown: nothing that was sent
// to it, no control characters, no more than 500 characters.
func finishError(err error, request *TokenRequest, reply RawReply) error {
	e, ok := err.(*Error)
	if !ok {
		return err
	}
	scrubber := scrub.New(request.secrets())
	// Striking out comes first: half a secret would not be found any more.
	clean := func(s string, most int) string { return scrub.Cut(scrub.Escape(scrubber.Head(s, most)), most) }
	e.Code, e.Description, e.URI = clean(e.Code, 100), clean(e.Description, maxForeign), clean(e.URI, 200)
	e.Problem = clean(e.Problem, maxForeign)
	for i := range e.Findings {
		f := &e.Findings[i]
		f.Problem, f.Evidence = clean(f.Problem, maxForeign), clean(f.Evidence, maxForeign)
		if clean(f.Proposed, 100) != f.Proposed { // a member name that nobody would write
			f.Proposed = ""
		}
	}
	return e
}
