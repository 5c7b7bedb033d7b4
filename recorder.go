package jeton

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"sync"
	"time"
)

// StageResult is one line of a timeline.
type StageResult struct {
	// Stage of the token request.
	Stage Stage `json:"stage"`
	// Status is ok, failed or skipped.
	Status string `json:"status"`
	// Millis is how long the stage took, in milliseconds.
	Millis float64 `json:"ms"`
	// Detail in words; safe to show.
	Detail string `json:"detail"`
}

// RedactedExchange is one HTTP exchange with every secret masked.
type RedactedExchange struct {
	// Request as sent.
	Request RedactedRequest `json:"request"`
	// Response, if there was one.
	Response *RedactedResponse `json:"response,omitempty"`
	// Started is when the request was sent.
	Started time.Time `json:"started"`
	// Millis is how long the exchange took, in milliseconds.
	Millis float64 `json:"ms"`
}

// NameValue is one header field or parameter.
type NameValue struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// RedactedRequest is a token request with every secret masked.
type RedactedRequest struct {
	// Method and URL; parameters in the query are masked where they are secret.
	Method string `json:"method"`
	URL    string `json:"url"`
	// Headers in alphabetical order.
	Headers []NameValue `json:"headers"`
	// Encoding of the parameters: form, json or query.
	Encoding string `json:"encoding"`
	// Params in alphabetical order, decoded.
	Params []NameValue `json:"params"`
	// Assertions that the request carries, decoded.
	Assertions []DecodedAssertion `json:"assertions,omitempty"`
	// ClientCertificate is the subject of the certificate that is presented, if any.
	ClientCertificate string `json:"client_certificate,omitempty"`
}

// DecodedAssertion is a JWT of ours without its signature.
type DecodedAssertion struct {
	// Parameter of the document that it comes from: client.assertion or grant.assertion.
	Parameter Parameter `json:"parameter"`
	// Header is the JOSE header.
	Header json.RawMessage `json:"header"`
	// Claims in the order in which they are signed.
	Claims json.RawMessage `json:"claims"`
}

// RedactedResponse is a token reply with every secret masked.
type RedactedResponse struct {
	// Status of the reply.
	Status int `json:"status"`
	// Headers that help to understand the reply, in alphabetical order.
	Headers []NameValue `json:"headers"`
	// Body, masked, at most 2,000 characters.
	Body string `json:"body"`
}

// Recorder collects what happened during token requests, for a test, a log of
// exchanges or -v. It holds nothing secret and is safe for concurrent use.
type Recorder struct {
	mu        sync.Mutex
	timeline  []StageResult
	exchanges []RedactedExchange

	// of is the recorder that gets everything, its details after label; nil: this one.
	of    *Recorder
	label string
}

// step is a recorder that writes into r what happens in step n.
func (r *Recorder) step(n int) *Recorder {
	if r == nil {
		return nil
	}
	return &Recorder{of: r, label: "step " + strconv.Itoa(n)}
}

type recorderKey struct{}

// WithRecorder makes Exchange record into r.
func WithRecorder(ctx context.Context, r *Recorder) context.Context {
	return context.WithValue(ctx, recorderKey{}, r)
}

func recorderFrom(ctx context.Context) *Recorder {
	r, _ := ctx.Value(recorderKey{}).(*Recorder)
	return r
}

// Timeline returns the stages so far.
func (r *Recorder) Timeline() []StageResult {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]StageResult(nil), r.timeline...)
}

// Exchanges returns the HTTP exchanges so far, oldest first.
func (r *Recorder) Exchanges() []RedactedExchange {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]RedactedExchange(nil), r.exchanges...)
}

func (r *Recorder) stage(stage Stage, status string, took time.Duration, detail string) {
	if r == nil {
		return
	}
	if r.of != nil {
		r.of.stage(stage, status, took, strings.TrimSuffix(r.label+": "+strings.TrimPrefix(detail, r.label+": "), ": "))
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.timeline = append(r.timeline, StageResult{stage, status, float64(took.Microseconds()) / 1000, detail})
}

func (r *Recorder) exchange(x RedactedExchange) {
	if r == nil {
		return
	}
	if r.of != nil {
		r.of.exchange(x)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.exchanges = append(r.exchanges, x)
}
