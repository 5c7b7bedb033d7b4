package provider_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/jeton-oauth/jeton"
)

// wire stands between an engine and the network and writes down what is sent.
type wire struct {
	t    *testing.T
	w    *workshop
	c    *jeton.Connection
	text strings.Builder
	sent int
	next string // why the next request follows
	seen []signed
}

// signed is an assertion that was sent.
type signed struct {
	Algorithm string
	Issued    int64
	Expires   int64
}

// exchange makes the requests of c. Where the grant begins with a login, the login
// comes first, and where the reply brought a refresh token, a renewal comes last.
func (w *wire) exchange() (*jeton.Token, error) {
	ctx, engine := context.Background(), w.engine()
	token, err := w.login(ctx, engine)
	if err != nil || token.RefreshToken.IsZero() || w.c.Grant.Type != "authorization_code" && w.c.Grant.Type != "device_code" {
		return token, err
	}
	w.next = "then, to renew the token"
	return engine.Exchange(ctx, w.c, token)
}

func (w *wire) login(ctx context.Context, engine *jeton.Engine) (*jeton.Token, error) {
	switch w.c.Grant.Type {
	case "authorization_code":
		login, err := engine.Authorize(ctx, w.c)
		if err != nil {
			return nil, err
		}
		bare, query, _ := strings.Cut(login.URL, "?")
		w.sent++
		fmt.Fprintf(&w.text, "[a person opens] %s\n\n", bare)
		w.params(query)
		w.next = "then, with the code"
		return engine.Redeem(ctx, w.c, login, url.Values{"code": {"golden-code"}, "state": {login.State.Reveal()}, "iss": {login.Issuer}})
	case "device_code":
		login, err := engine.AuthorizeDevice(ctx, w.c)
		if err != nil {
			return nil, err
		}
		w.next = "then, to poll"
		return engine.PollDevice(ctx, w.c, login)
	}
	return engine.Exchange(ctx, w.c, nil)
}

// goldenReader gives the octets 00 01 02 ..., so that every jti is known.
type goldenReader byte

func (r *goldenReader) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(*r)
		*r++
	}
	return len(p), nil
}

// engine sends to w itself or, with a client certificate, to a server of this test.
func (w *wire) engine() *jeton.Engine {
	client := &http.Client{Transport: w}
	if tls := w.c.TLS; !tls.Client.Certificate.IsZero() || !tls.Client.Key.IsZero() || !tls.CA.IsZero() {
		client.Transport = w.startServer()
	}
	return &jeton.Engine{HTTP: client, Now: func() time.Time { return goldenNow }, Rand: new(goldenReader)}
}

// RoundTrip answers without a network.
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

// ServeHTTP answers as the server that wants a client certificate.
func (w *wire) ServeHTTP(response http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	r.Header.Del("Content-Length")
	w.request(r, "https://"+r.Host+r.URL.RequestURI(), body)
	w.answer(response, &url.URL{Scheme: "https", Host: r.Host, Path: r.URL.Path})
}

// startServer is a server that has every name, for an engine that trusts it.
func (w *wire) startServer() *http.Transport {
	issuer := w.w.private(w.t, "rsa.pem")
	authority := &x509.Certificate{SerialNumber: big.NewInt(1), IsCA: true, BasicConstraintsValid: true, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	issue := func(template *x509.Certificate) []byte {
		der, err := x509.CreateCertificate(nil, template, authority, issuer.Public(), issuer)
		if err != nil {
			w.t.Error(err)
		}
		return der
	}
	root, err := x509.ParseCertificate(issue(authority))
	if err != nil {
		w.t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(root)
	server := httptest.NewUnstartedServer(w)
	server.TLS = &tls.Config{ClientAuth: tls.RequestClientCert, GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		own := &x509.Certificate{SerialNumber: big.NewInt(2), DNSNames: []string{hello.ServerName}, NotBefore: authority.NotBefore, NotAfter: authority.NotAfter}
		return &tls.Certificate{Certificate: [][]byte{issue(own)}, PrivateKey: issuer}, nil
	}}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	w.t.Cleanup(server.Close)
	address := server.Listener.Addr().String()
	return &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, address)
	}}
}

// request writes one request in canonical form.
func (w *wire) request(r *http.Request, target string, body []byte) {
	if w.sent++; w.sent > 1 {
		fmt.Fprintf(&w.text, "\n%s:\n\n", w.then())
	}
	fmt.Fprintf(&w.text, "%s %s\n", r.Method, jwtPattern.ReplaceAllString(target, "[JWT]"))
	w.headers(r.Header)
	if r.TLS != nil && len(r.TLS.PeerCertificates) > 0 {
		fmt.Fprintf(&w.text, "[client certificate: %s]\n", r.TLS.PeerCertificates[0].Subject)
	}
	w.text.WriteString("\n")
	_, query, _ := strings.Cut(target, "?")
	switch {
	case len(body) == 0:
		w.params(query)
	case strings.HasPrefix(r.Header.Get("Content-Type"), "application/json"):
		fmt.Fprintf(&w.text, "%s\n", jwtPattern.ReplaceAll(body, []byte("[JWT]")))
		for _, jwt := range jwtPattern.FindAllString(string(body), -1) {
			w.jwt(jwt)
		}
	default:
		w.params(string(body))
	}
}

func (w *wire) then() string {
	said := w.next
	if w.next = ""; said == "" {
		return "then"
	}
	return said
}

func (w *wire) headers(h http.Header) {
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, value := range h[name] {
			fmt.Fprintf(&w.text, "%s: %s\n", name, jwtPattern.ReplaceAllString(value, "[JWT]"))
			if scheme, credentials, ok := strings.Cut(value, " "); ok && name == "Authorization" && scheme != "Bearer" {
				if pair, err := base64.StdEncoding.DecodeString(credentials); err == nil {
					fmt.Fprintf(&w.text, "  = %s\n", pair)
				}
			}
			if jwt := jwtPattern.FindString(value); jwt != "" {
				w.jwt(jwt)
			}
		}
	}
}

// params writes parameters decoded, and holds them to RFC 6749 section 3.2: none is
// empty, and none is repeated.
func (w *wire) params(encoded string) {
	values, err := url.ParseQuery(encoded)
	if err != nil {
		w.t.Errorf("the parameters %q do not parse back: %v", encoded, err)
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if n := len(values[name]); n > 1 && n != len(w.c.Request.Params[name]) {
			w.t.Errorf("%s is sent %d times", name, n)
		}
		for _, value := range values[name] {
			if value == "" {
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
	var said signed
	var alg struct{ Alg string }
	var times struct{ Iat, Exp int64 }
	if err := errors.Join(err, err2, json.Unmarshal(header, &alg), json.Unmarshal(claims, &times)); err != nil {
		w.t.Error(err)
	}
	said.Algorithm, said.Issued, said.Expires = alg.Alg, times.Iat, times.Exp
	verifier := w.verifier(compact)
	if verifier != foreign {
		w.seen = append(w.seen, said)
	}
	fmt.Fprintf(&w.text, "  %s\n  %s\n  [%s]\n", header, claims, verifier)
}

const foreign = "signed by somebody else"

// verifier names the key with which go-jose verifies a JWT.
func (w *wire) verifier(compact string) string {
	if strings.Contains(string(w.file("token.jwt")), compact) {
		return foreign
	}
	parsed, err := jose.ParseSignedCompact(compact, []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512,
		jose.ES256, jose.ES384, jose.ES512, jose.EdDSA, jose.HS256, jose.HS384, jose.HS512})
	if err != nil {
		w.t.Errorf("go-jose cannot read %s: %v", compact, err)
		return "signature unreadable"
	}
	for _, name := range slices.Sorted(maps.Keys(w.w.verifiers)) {
		if _, err := parsed.Verify(w.w.verifiers[name]); err == nil {
			return "signature ok: verified with " + name
		}
	}
	if jwk := parsed.Signatures[0].Header.JSONWebKey; jwk != nil { // a proof names its key, which is made for it
		if _, err := parsed.Verify(jwk); err == nil {
			return "signature ok: verified with its own jwk"
		}
	}
	w.t.Errorf("no key verifies %s", compact)
	return "signature wrong"
}

func (w *wire) file(name string) []byte {
	data, err := w.w.sources().ReadFile(w.w.dir + "/" + name)
	if err != nil {
		w.t.Fatal(err)
	}
	return data
}

// tokenText shows how the token is presented, and until when.
func (w *wire) tokenText(token *jeton.Token) string {
	presented := httptest.NewRequest(http.MethodGet, "https://api.example/", nil)
	presented.Header = http.Header{}
	token.Authorize(presented)
	presented.Header.Del("Dpop") // another one each time
	if w.sent == 0 {
		w.text.WriteString("[no request: the token is made here]\n")
	}
	shown := &wire{t: w.t, w: w.w, c: w.c}
	shown.headers(presented.Header)
	w.seen = append(w.seen, shown.seen...)
	text := fmt.Sprintf("\n[the token is presented, until %s by the %s]\n", token.Expiry.UTC().Format(time.DateTime), token.ExpiryFrom)
	if target := presented.URL.String(); target != "https://api.example/" {
		text += target + "\n"
	}
	text += shown.text.String()
	for _, name := range slices.Sorted(maps.Keys(token.Extra)) {
		text += fmt.Sprintf("[kept: %s = %s]\n", name, token.Extra[name])
	}
	return text
}
