package oauthtest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
)

// answer is what the server has to say before a fault spoils it.
type answer struct {
	status int
	header http.Header
	body   map[string]any
	text   []byte // instead of body; its Content-Type is in header

	// for the record
	client, method, subject string
	refusal                 *refusal
	named                   string // the refusal of a dialect
}

// encode returns the body as it goes on the wire.
func (a *answer) encode() []byte {
	if a.body == nil {
		return a.text
	}
	if a.header.Get("Content-Type") == "" {
		a.header.Set("Content-Type", "application/json")
	}
	return encodeJSON(a.body)
}

// encodeJSON keeps <, > and & as they are: a token is not HTML.
func encodeJSON(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		// Only a value that a test put into Config.ExpiresIn or Set can do this.
		return []byte(strconv.Quote("oauthtest: " + err.Error()))
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}

// write applies what the fault leaves of the answer. a is nil if the fault replaces it.
func (s *Server) write(w http.ResponseWriter, r *http.Request, req *request, f Fault, a *answer) {
	if f.Informational != 0 && !f.inform(w, r) {
		panic(http.ErrAbortHandler)
	}
	if f.replaces() {
		a = f.answer(req)
	}
	f.alter(a)
	body := a.encode()
	if f.Empty || a.status == http.StatusNoContent {
		body = nil
	}
	header := w.Header()
	for name, list := range a.header {
		header[name] = list
	}
	if header.Get("Date") == "" {
		header.Set("Date", s.now().UTC().Format(http.TimeFormat))
	}
	if (direct(req.path) || req.path == pathAuthorize) && header.Get("Cache-Control") == "" {
		header.Set("Cache-Control", "no-store")
		header.Set("Pragma", "no-cache")
	}
	s.mu.Lock()
	if !f.Hangup || f.Truncate > 0 {
		req.recorded.Status = a.status
	}
	s.mu.Unlock()
	f.send(w, r, a.status, body)
}
