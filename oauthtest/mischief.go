package oauthtest

import (
	"bytes"
	"compress/gzip"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// send writes the answer, or what the fault makes of it.
func (f *Fault) send(w http.ResponseWriter, r *http.Request, status int, body []byte) {
	switch {
	case f.Hangup && f.Truncate == 0:
		hangUp(w)
		return
	case f.Endless:
		f.sendEndless(w, r, status)
		return
	case f.GzipBomb > 0:
		sendGzipBomb(w, status, f.GzipBomb)
		return
	}
	if f.Gzip {
		w.Header().Set("Content-Encoding", "gzip")
		body = gzipped(body)
	}
	whole := len(body)
	if f.Truncate > 0 && f.Truncate < whole {
		body = body[:f.Truncate]
	}
	if f.Hangup {
		whole = max(whole, len(body)+1) // so that something is missing in any case
		w.Header().Set("Content-Length", strconv.Itoa(whole))
	}
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that left is not our concern
	if f.Hangup {
		_ = http.NewResponseController(w).Flush()
		hangUp(w)
	}
}

// hangUp closes the connection below TLS, so that no close_notify is sent.
func hangUp(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if t, ok := conn.(*tls.Conn); ok {
		conn = t.NetConn()
	}
	_ = conn.Close()
}

// inform sends 103 responses. It is false when the request ended meanwhile.
func (f *Fault) inform(w http.ResponseWriter, r *http.Request) bool {
	for i := 0; f.Informational < 0 || i < f.Informational; i++ {
		if r.Context().Err() != nil {
			return false
		}
		w.WriteHeader(http.StatusEarlyHints)
	}
	return true
}

// sendEndless starts a token reply whose token never ends. With Every it drips
// white space instead, so slowly that a limit on the size does not help.
func (f *Fault) sendEndless(w http.ResponseWriter, r *http.Request, status int) {
	chunk := bytes.Repeat([]byte("a"), 1024)
	if f.Every > 0 {
		chunk = []byte(" ")
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	c := http.NewResponseController(w)
	if f.Every == 0 {
		_, _ = io.WriteString(w, `{"token_type":"Bearer","access_token":"`)
	}
	tick := make(<-chan time.Time)
	if f.Every > 0 {
		t := time.NewTicker(f.Every)
		defer t.Stop()
		tick = t.C
	}
	for r.Context().Err() == nil {
		if _, err := w.Write(chunk); err != nil {
			return
		}
		if err := c.Flush(); err != nil {
			return
		}
		if f.Every == 0 {
			continue
		}
		select {
		case <-tick:
		case <-r.Context().Done():
		}
	}
	panic(http.ErrAbortHandler) // or net/http would end the chunks properly
}

func gzipped(body []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(body) // a bytes.Buffer takes everything
	_ = z.Close()
	return b.Bytes()
}

// sendGzipBomb sends a token reply whose token is as long as it takes.
func sendGzipBomb(w http.ResponseWriter, status int, size int64) {
	const head, tail = `{"token_type":"Bearer","expires_in":3600,"access_token":"`, `"}`
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Encoding", "gzip")
	w.WriteHeader(status)
	z := gzip.NewWriter(w)
	if _, err := io.WriteString(z, head); err != nil {
		return
	}
	block := bytes.Repeat([]byte("a"), 64<<10)
	for left := size - int64(len(head)+len(tail)); left > 0; left -= int64(len(block)) {
		if _, err := z.Write(block[:min(left, int64(len(block)))]); err != nil {
			return
		}
	}
	_, _ = io.WriteString(z, tail)
	_ = z.Close()
}

// echoSecrets lists every credential of the request in the forms in which
// real error pages have shown them.
func echoSecrets(req *request) string {
	var secrets []string
	for _, name := range []string{"client_secret", "password", "assertion", "client_assertion", "refresh_token", "code", "code_verifier", "device_code", "subject_token", "actor_token"} {
		secrets = append(secrets, req.params[name]...)
	}
	if scheme, value := req.authorization(); value != "" {
		secrets = append(secrets, value)
		if strings.EqualFold(scheme, "Basic") {
			for _, raw := range []bool{true, false} {
				if _, secret, problem := req.basic(raw); problem == nil && !slices.Contains(secrets, secret) {
					secrets = append(secrets, secret)
				}
			}
		}
	}
	var b strings.Builder
	for _, s := range secrets {
		quoted, _ := json.Marshal(s) // a string always encodes
		for _, form := range []string{
			s, url.QueryEscape(s), url.PathEscape(s),
			base64.StdEncoding.EncodeToString([]byte(s)), base64.RawURLEncoding.EncodeToString([]byte(s)),
			string(quoted), hex.EncodeToString([]byte(s)),
		} {
			b.WriteString(form + " ")
		}
	}
	return "received: " + strings.TrimSpace(b.String())
}
