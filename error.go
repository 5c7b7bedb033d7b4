package jeton

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Stage is a part of a token request, in the order in which they happen.
type Stage string

// The stages of a token request.
const (
	StageConfig    Stage = "config"
	StageDiscovery Stage = "discovery"
	StageKey       Stage = "key"
	StageAssertion Stage = "assertion"
	StageDNS       Stage = "dns"
	StageTCP       Stage = "tcp"
	StageTLS       Stage = "tls"
	StageHTTP      Stage = "http"
	StageOAuth     Stage = "oauth"
	StageResponse  Stage = "response"
	StageProbe     Stage = "probe"
)

// Error is a token request that failed. It never carries a secret or a foreign
// body: what the server said is scrubbed of everything that was sent to it,
// stripped of control characters and cut at 500 characters.
type Error struct {
	// Code is the error member of the reply (RFC 6749 section 5.2) or the
	// vendor's own word for it; empty when no server answered with one.
	Code string
	// Description is error_description or what stands for it; untrusted text.
	Description string
	// URI is error_uri; untrusted, never a link.
	URI string
	// Status of the HTTP reply; 0 when there was none.
	Status int
	// RetryAfter is how long the server asked to wait, 1s..1h; 0 when it did not.
	RetryAfter time.Duration
	// Stage that failed.
	Stage Stage
	// Endpoint that answered or could not be reached, by its name in the metadata
	// of the server (RFC 8414 section 2), such as device_authorization_endpoint;
	// steps[0] for the first step; empty for the token endpoint and for what no
	// endpoint had a part in.
	Endpoint string
	// Problem says what was attempted and what went wrong, lower case, without a period.
	Problem string
	// Findings name parameters to correct.
	Findings []Finding
	// ClockOffset is the Date header of the reply minus the local clock; valid if HasClockOffset.
	ClockOffset time.Duration
	// HasClockOffset says that the reply carried a Date header.
	HasClockOffset bool

	category Category
	timeout  bool
	// dead: the server issued a token whose life is over.
	dead    bool
	err     error
	renewed *Token
}

// Category is the stable name of the kind of failure.
func (e *Error) Category() Category { return e.category }

// Timeout reports whether a deadline ended the request.
func (e *Error) Timeout() bool { return e.timeout }

// Renewed returns a token that has expired and whose refresh token is good: a
// step failed after the token request had brought it. Whoever keeps the tokens
// of a connection keeps this one, and begins with it the next time; nil for any
// other failure.
func (e *Error) Renewed() *Token { return e.renewed }

// Unwrap returns the cause, if it is safe to show.
func (e *Error) Unwrap() error { return e.err }

// Error is one line: what was attempted and what went wrong.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Problem)
	if e.Code != "" {
		fmt.Fprintf(&b, ": %s", e.Code)
	}
	if e.Description != "" {
		fmt.Fprintf(&b, ": %s", e.Description)
	}
	return b.String()
}

// ExitCode is the exit status of the command line for this error.
func (e *Error) ExitCode() int {
	if e.timeout && e.category == NetworkError {
		return 10
	}
	return e.category.ExitCode()
}

// HTTPStatus is the status with which a server answers this error.
func (e *Error) HTTPStatus() int {
	if e.timeout && e.category == NetworkError {
		return http.StatusGatewayTimeout
	}
	return e.category.HTTPStatus()
}

// NewError makes an error of a category that has no reply behind it.
func NewError(category Category, stage Stage, problem string, findings ...Finding) *Error {
	return &Error{category: category, Stage: stage, Problem: problem, Findings: findings}
}

// CategoryOf returns the category of err, or internal_error if it is none of ours.
func CategoryOf(err error) Category {
	var e *Error
	if errors.As(err, &e) {
		return e.category
	}
	return InternalError
}
