package jeton_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/jeton-oauth/jeton"
)

// wire stands between an engine and the network and writes down what is sent.
type wire struct {
	t    *testing.T
	c    *jeton.Connection
	text strings.Builder
	sent int
	// next says why the next request follows; empty: the one before was refused.
	next string
}

// engine sends to w itself or, where TLS is part of the document, to a server
// of this test, whatever the host.
func (w *wire) engine() *jeton.Engine {
	client := &http.Client{Transport: w}
	if !reflect.ValueOf(w.c.TLS).IsZero() {
		client.Transport = w.startServer()
	}
	return &jeton.Engine{HTTP: client, Now: func() time.Time { return goldenNow }, Rand: new(goldenReader)}
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
	}
	w.request(r, r.URL.String(), body)
	recorder := httptest.NewRecorder()
	w.answer(recorder, r.URL)
	return recorder.Result(), nil
}

func (w *wire) ServeHTTP(response http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	r.Header.Del("Content-Length")
	w.request(r, "https://"+r.Host+r.URL.RequestURI(), body)
	w.answer(response, &url.URL{Scheme: "https", Host: r.Host, Path: r.URL.Path})
}

func (w *wire) startServer() *http.Transport {
	keys := filepath.Join(goldenFolder, "keys")
	pair, err := tls.LoadX509KeyPair(filepath.Join(keys, "server.crt"), filepath.Join(keys, "server.key"))
	if err != nil {
		w.t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(w)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequestClientCert}
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // a refused handshake is one of the cases
	server.StartTLS()
	w.t.Cleanup(server.Close)
	address := server.Listener.Addr().String()
	dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, address)
	}
	return &http.Transport{DialContext: dial}
}

// answer refuses the first request at a host that begins with invalid-client or
// invalid-grant, and every one without a nonce at one that begins with nonce; a
// host with the label ahead-90s has a fast clock, one that begins with text
// answers with the token alone. See goldenEndpoints for the
// endpoints beside the token endpoint.
func (w *wire) answer(response http.ResponseWriter, target *url.URL) {
	host := target.Host
	if w.answerEndpoint(response, target) || w.answerStep(response, target) || w.answerAsVendor(response, target) {
		return
	}
	response.Header().Set("Content-Type", "application/json")
	response.Header().Set("Date", goldenNow.Format(http.TimeFormat))
	if strings.Contains(host, ".ahead-90s.") {
		response.Header().Set("Date", goldenNow.Add(90*time.Second).Format(http.TimeFormat))
	}
	if first, _, _ := strings.Cut(host, "."); w.sent == 1 && strings.HasPrefix(first, "invalid-") {
		response.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(response, `{"error":%q}`, strings.ReplaceAll(first, "-", "_"))
		return
	}
	response.Header().Set("X-Subject-Token", "header-token")
	response.Header().Set("X-Expires-In", "900")
	if strings.HasPrefix(host, "text.") {
		response.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(response, "text-token\n")
		return
	}
	_, _ = io.WriteString(response, goldenReply)
}

// request writes one request in canonical form.
func (w *wire) request(r *http.Request, target string, body []byte) {
	if w.sent++; w.sent > 1 {
		w.text.WriteString("\n" + w.then() + ":\n\n")
	}
	fmt.Fprintf(&w.text, "%s %s\n", r.Method, jwtPattern.ReplaceAllString(target, "[JWT]"))
	w.headers(r.Header)
	if r.TLS != nil && len(r.TLS.PeerCertificates) > 0 {
		fmt.Fprintf(&w.text, "[client certificate: %s]\n", r.TLS.PeerCertificates[0].Subject)
	}
	w.text.WriteString("\n")
	bare, query, _ := strings.Cut(target, "?")
	switch {
	case len(body) == 0:
		w.params(query, bare)
	case r.Header.Get("Content-Type") == "application/json":
		fmt.Fprintf(&w.text, "%s\n", jwtPattern.ReplaceAll(body, []byte("[JWT]")))
		for _, jwt := range jwtPattern.FindAllString(string(body), -1) {
			w.jwt(jwt)
		}
	default:
		w.params(string(body), "")
	}
}

func (w *wire) headers(h http.Header) {
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, value := range h[name] {
			if name == "Dpop" { // a proof, which is another one each time
				fmt.Fprintf(&w.text, "%s: [JWT]\n", name)
				w.jwt(value)
				continue
			}
			fmt.Fprintf(&w.text, "%s: %s\n", name, jwtPattern.ReplaceAllString(value, "[JWT]"))
			if jwtPattern.MatchString(value) && w.c != nil { // of a request, not of what is presented
				w.jwt(jwtPattern.FindString(value))
			}
			if credentials, ok := strings.CutPrefix(value, "Basic "); ok {
				pair, err := base64.StdEncoding.DecodeString(credentials)
				if err != nil {
					w.t.Error(err)
				}
				fmt.Fprintf(&w.text, "  = %s\n", pair)
			}
		}
	}
}

// params writes parameters decoded, and holds them to RFC 6749 section 3.2: none
// is empty, none is repeated but where the document lists several values.
// A query that belongs to the URL of the document (own) may do as it likes.
func (w *wire) params(encoded, own string) {
	values, err := url.ParseQuery(encoded)
	if err != nil || own == "" && values.Encode() != encoded {
		w.t.Errorf("the parameters %q do not parse back: %v", encoded, err)
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if n := len(values[name]); n > 1 && n != len(w.c.Request.Params[name]) {
			w.t.Errorf("%s is sent %d times", name, n)
		}
		for _, value := range values[name] {
			if value == "" && !strings.Contains(w.c.TokenURL, "?") {
				w.t.Errorf("%s is sent without a value", name)
			}
			fmt.Fprintf(&w.text, "%s=%s\n", name, jwtPattern.ReplaceAllString(value, "[JWT]"))
			if jwtPattern.MatchString(value) {
				w.jwt(value)
			}
		}
	}
}

var jwtPattern = regexp.MustCompile(`eyJ[\w-]+\.[\w-]+\.[\w-]+`)

// jwt writes header and claims as they were signed, once the signature holds.
func (w *wire) jwt(compact string) {
	parts := strings.Split(compact, ".")
	header, err := base64.RawURLEncoding.DecodeString(parts[0])
	claims, err2 := base64.RawURLEncoding.DecodeString(parts[1])
	if err := errors.Join(err, err2); err != nil {
		w.t.Error(err)
	}
	fmt.Fprintf(&w.text, "  %s\n  %s\n  [signature ok: verified with %s]\n", header, claims, verifier(w.t, compact))
}

// verifier names the key with which go-jose verifies a JWT.
func verifier(t *testing.T, compact string) string {
	parsed, err := jose.ParseSignedCompact(compact, []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512,
		jose.ES256, jose.ES384, jose.ES512, jose.EdDSA, jose.HS256, jose.HS384, jose.HS512})
	if err != nil {
		t.Errorf("go-jose cannot read %s: %v", compact, err)
		return "nothing"
	}
	for name, public := range verificationKeys() {
		if _, err := parsed.Verify(public); err == nil {
			return name
		}
		if short, ok := public.([]byte); ok && len(short) < sha256.Size && verifiesHS256(compact, short) {
			return name + ", by hand: go-jose refuses so short a key"
		}
	}
	t.Errorf("no key verifies %s", compact)
	return "nothing"
}

func verifiesHS256(compact string, secret []byte) bool {
	dot := strings.LastIndexByte(compact, '.')
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(compact[:dot]))
	return compact[dot+1:] == base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// verificationKeys are the public keys that openssl wrote, and the HMAC secrets.
var verificationKeys = sync.OnceValue(func() map[string]any {
	keys := map[string]any{}
	for name, secret := range hmacKeys {
		keys[name] = secret
	}
	paths, _ := filepath.Glob(filepath.Join(goldenFolder, "keys", "*.pub"))
	for _, path := range paths {
		data, err := os.ReadFile(path)
		block, _ := pem.Decode(data)
		if err != nil || block == nil {
			panic(path + " is no public key")
		}
		if keys[filepath.Base(path)], err = x509.ParsePKIXPublicKey(block.Bytes); err != nil {
			panic(err)
		}
	}
	return keys
})

// tokenText shows how the token is presented, and until when.
func (w *wire) tokenText(token *jeton.Token) string {
	presented := httptest.NewRequest(http.MethodGet, "/", nil)
	token.Authorize(presented)
	proof := presented.Header.Get("Dpop")
	presented.Header.Del("Dpop") // its jti is random
	if w.sent == 0 {
		w.text.WriteString("[no request: the token is made here]\n")
	}
	shown := &wire{t: w.t}
	shown.headers(presented.Header)
	text := jwtPattern.ReplaceAllString(shown.text.String(), "[JWT]")
	if query := presented.URL.RawQuery; query != "" {
		text = "?" + query + "\n" + text
	}
	if jwt := token.AccessToken.Reveal(); w.sent == 0 && jwtPattern.MatchString(jwt) {
		made := &wire{t: w.t}
		made.jwt(jwt)
		text += made.text.String()
	}
	if proof != "" {
		text += "Dpop: [JWT]\n" + proofAtResource(w.t, proof, token)
	}
	text = fmt.Sprintf("\n[the token is presented, until %s by the %s]\n%s", token.Expiry.UTC().Format(time.DateTime), token.ExpiryFrom, text)
	for _, name := range slices.Sorted(maps.Keys(token.Extra)) {
		text += fmt.Sprintf("[kept: %s = %s]\n", name, token.Extra[name])
	}
	return text
}
