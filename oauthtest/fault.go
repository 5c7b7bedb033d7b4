package oauthtest

import (
	"context"
	"maps"
	"net/http"
	"strings"
	"time"
)

// Fault is a way to answer badly. Its fields combine; the zero Fault answers
// normally, so that a list of faults for [Server.Next] can have good answers in it.
//
// Status, Body, Empty, Redirect, Endless, GzipBomb, EchoSecrets and a Hangup
// without Truncate replace the answer: the server does not look at the request,
// unless Commit says so. The other fields change the real answer.
type Fault struct {
	// Endpoint is the path of the endpoint that fails. Empty means "/token",
	// "*" means every one.
	Endpoint string

	// Commit works on the request before the fault strikes: a refresh token is
	// used up, a jti remembered, though the client never learns the outcome.
	Commit bool

	// Delay passes before the request is worked on, or after it with Commit. It
	// ends early, without an answer, when the client leaves or the server closes.
	Delay time.Duration

	// Hold delays the answer until it is closed or sends. Nil means no hold.
	Hold <-chan struct{}

	// Informational is how many 103 responses come before the answer; -1 means
	// they never end.
	Informational int

	Status int         // instead of the right one
	Header http.Header // added to the answer; nil values delete
	Body   string      // instead of the right one. JSON and HTML are labelled as such, if Header does not
	Empty  bool        // no body at all

	Redirect   string // the Location; Status is 307 if it is zero
	RetryAfter string // the header, as it is

	Truncate int  // the body ends after this many bytes
	Hangup   bool // the connection ends without an answer, or, with Truncate, before the announced length. TLS gets no close_notify

	Endless bool          // chunks that never end
	Every   time.Duration // one byte of Endless each; zero means as fast as the client reads

	Gzip     bool  // Content-Encoding: gzip, asked for or not
	GzipBomb int64 // a gzip-encoded body of this decoded size

	// EchoSecrets puts the credentials of the request into error_description:
	// as they are and in url-, base64-, JSON-escaped and hex form. With Body
	// they follow it as plain text. Status is 401 if it is zero.
	EchoSecrets bool

	// Rewrite changes the header and the members of the real answer. Status, if
	// it is not zero, is then the status of the rewritten answer. The body is
	// nil where the answer is not JSON.
	Rewrite func(status int, header http.Header, body map[string]any)
}

// Status answers with the status and its text.
func Status(status int) Fault { return Fault{Status: status} }

// Error answers with a JSON error (RFC 6749 section 5.2); an empty description is left out.
func Error(status int, code, description string) Fault {
	m := map[string]any{"error": code}
	if description != "" {
		m["error_description"] = description
	}
	return Fault{Status: status, Body: string(encodeJSON(m))}
}

// Body answers with the body as it is. An empty contentType leaves it to [Fault.Body].
func Body(status int, contentType, body string) Fault {
	f := Fault{Status: status, Body: body, Empty: body == ""}
	if contentType != "" {
		f.Header = http.Header{"Content-Type": {contentType}}
	}
	return f
}

// Redirect answers with the status and a Location.
func Redirect(status int, location string) Fault { return Fault{Status: status, Redirect: location} }

// RetryAfter answers with the status and the header value.
func RetryAfter(status int, value string) Fault { return Fault{Status: status, RetryAfter: value} }

// Delay answers correctly, after d.
func Delay(d time.Duration) Fault { return Fault{Delay: d} }

// Hold answers correctly when c is closed.
func Hold(c <-chan struct{}) Fault { return Fault{Hold: c} }

// Hangup closes the connection instead of answering.
func Hangup() Fault { return Fault{Hangup: true} }

// Truncate grants and cuts the body after n bytes; the message is complete, its JSON is not.
func Truncate(n int) Fault { return Fault{Truncate: n} }

// Endless sends chunks that never end, as fast as the client reads.
func Endless() Fault { return Fault{Endless: true} }

// GzipBomb sends a small body that decodes to size bytes.
func GzipBomb(size int64) Fault { return Fault{GzipBomb: size} }

// EchoSecrets refuses with the credentials of the request in the description.
func EchoSecrets(status int) Fault { return Fault{Status: status, EchoSecrets: true} }

// Rewrite answers as change leaves it.
func Rewrite(change func(status int, header http.Header, body map[string]any)) Fault {
	return Fault{Rewrite: change}
}

// Set grants and gives one member of the reply another value. A json.RawMessage
// goes on the wire as it is.
func Set(name string, value any) Fault {
	return Rewrite(func(_ int, _ http.Header, body map[string]any) {
		if body != nil { // an answer without JSON has no members
			body[name] = value
		}
	})
}

// Omit grants and leaves members out of the reply.
func Omit(names ...string) Fault {
	return Rewrite(func(_ int, _ http.Header, body map[string]any) {
		for _, name := range names {
			delete(body, name)
		}
	})
}

// On returns the fault for another endpoint than the token endpoint.
func (f Fault) On(path string) Fault {
	f.Endpoint = path
	return f
}

// Committed returns the fault with Commit.
func (f Fault) Committed() Fault {
	f.Commit = true
	return f
}

// Fault applies f to every request of its endpoint until ClearFaults, Reset or
// another Fault. Faults of Next come first.
func (s *Server) Fault(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sticky = &f
}

// Next applies the faults to the next requests, one each, in this order, after
// those that are waiting already. A fault waits for a request to its endpoint.
func (s *Server) Next(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next = append(s.next, faults...)
}

// ClearFaults ends all faults. Requests that one holds up already stay held up.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sticky, s.next = nil, nil
}

// takeFault returns the fault for a request to path, and whether there is one.
// The caller holds the lock.
func (s *Server) takeFault(path string) (Fault, bool) {
	for i, f := range s.next {
		if f.hits(path) {
			s.next = append(s.next[:i:i], s.next[i+1:]...)
			return f, true
		}
	}
	if s.sticky != nil && s.sticky.hits(path) {
		return *s.sticky, true
	}
	return Fault{}, false
}

func (f *Fault) hits(path string) bool {
	return f.Endpoint == "*" || orDefault(f.Endpoint, pathToken) == path
}

// replaces reports whether the answer does not depend on the request.
func (f *Fault) replaces() bool {
	if f.Rewrite != nil {
		return false
	}
	return f.Status != 0 || f.Body != "" || f.Empty || f.Redirect != "" || f.Endless ||
		f.GzipBomb > 0 || f.EchoSecrets || f.Hangup && f.Truncate == 0
}

// wait lets Delay and Hold pass. It is false when the request ended meanwhile.
func (f *Fault) wait(ctx context.Context) bool {
	if f.Delay > 0 {
		t := time.NewTimer(f.Delay)
		defer t.Stop()
		select {
		case <-t.C:
		case <-ctx.Done():
			return false
		}
	}
	if f.Hold != nil {
		select {
		case <-f.Hold:
		case <-ctx.Done():
			return false
		}
	}
	return true
}

// answer is what a replacing fault says.
func (f *Fault) answer(req *request) *answer {
	a := &answer{status: f.Status, header: http.Header{}}
	switch {
	case f.Redirect != "":
		a.status = orDefault(f.Status, http.StatusTemporaryRedirect)
	case f.EchoSecrets:
		a.status = orDefault(f.Status, http.StatusUnauthorized)
	default:
		a.status = orDefault(f.Status, http.StatusOK)
	}
	text := f.Body
	if text == "" && !f.EchoSecrets {
		text = http.StatusText(a.status)
	}
	if f.EchoSecrets {
		echo := echoSecrets(req)
		if f.Body == "" {
			a.body = map[string]any{"error": codeInvalidClient, "error_description": echo}
			return a
		}
		text += "\n" + echo
	}
	a.text = []byte(text)
	if text != "" {
		a.header.Set("Content-Type", contentType(text))
	}
	return a
}

func contentType(text string) string {
	switch t := strings.TrimLeft(text, " \t\r\n\ufeff"); {
	case strings.HasPrefix(t, "{"), strings.HasPrefix(t, "["):
		return "application/json"
	case strings.HasPrefix(t, "<"):
		return "text/html; charset=utf-8"
	}
	return "text/plain; charset=utf-8"
}

// alter applies the small changes.
func (f *Fault) alter(a *answer) {
	if f.Rewrite != nil {
		a.status = orDefault(f.Status, a.status)
		f.Rewrite(a.status, a.header, a.body)
	}
	if f.Redirect != "" {
		a.header.Set("Location", f.Redirect)
	}
	if f.RetryAfter != "" {
		a.header.Set("Retry-After", f.RetryAfter)
	}
	maps.Copy(a.header, canonical(f.Header))
}

// canonical spells the names as net/http does, so that they replace the server's own.
func canonical(h http.Header) http.Header {
	c := http.Header{}
	for name, list := range h {
		c[http.CanonicalHeaderKey(name)] = list
	}
	return c
}
