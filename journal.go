package jeton

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// Journal is the seam of crash safety. Sending is called when the request is
// complete and before its first byte is sent: an error from it stops the
// request. Answered is handed the raw reply before anybody parses it; an error
// from it fails the exchange, and the reply can be parsed later with
// [ParseReply]. Both are called once for every attempt, in this order, from the
// goroutine of Exchange.
type Journal interface {
	Sending(ctx context.Context, a Attempt) error
	Answered(ctx context.Context, r RawReply) error
}

// Attempt is one token request that is about to be sent.
type Attempt struct {
	// ID of this attempt: a UUID.
	ID string
	// Grant is the grant type of the document.
	Grant string
	// Step of a flow with several requests, counted from 1; 0 for the main one.
	Step int
	// Endpoint is the URL without its query.
	Endpoint string
	// PresentedHash is the hex SHA-256 of the refresh token that is presented; empty if there is none.
	PresentedHash string
	// Time of the engine's clock.
	Time time.Time
}

// RawReply is a token reply before parsing. Body is secret: a journal seals it.
type RawReply struct {
	// Attempt is the ID of the attempt that was answered.
	Attempt string
	// Step that was answered, counted from 1; 0 for the main request.
	Step int
	// Status and Header of the HTTP reply.
	Status int
	Header http.Header
	// Body, decoded of its content encoding, at most 64 KiB.
	Body []byte
	// Partial is true for a reply that broke off or was too large: Body is what
	// arrived, and ParseReply refuses it.
	Partial bool
	// Sent and Received are times of the engine's clock; a lifetime counts from Sent.
	Sent, Received time.Time
	// Scope that was asked for, space-delimited; a reply without scope grants it.
	Scope string

	renewed bool // the request presented a refresh token in the place of its grant
}

// String shows the status and the size; body and header stay hidden.
func (r RawReply) String() string {
	return fmt.Sprintf("reply to attempt %s: status %d, %d bytes", r.Attempt, r.Status, len(r.Body))
}

// GoString is String.
func (r RawReply) GoString() string { return r.String() }
