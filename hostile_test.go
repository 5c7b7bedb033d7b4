package jeton_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"html"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/oauthtest"
)

// The canaries of the hostile tests: none of them may be seen anywhere.
const (
	hostileSecret   = `s3cret+%&"\<ü😀 canary-0417`
	hostileToken    = "token-canary-93af51"
	hostileRefresh  = "refresh-canary-77aa01"
	hostilePrevious = "previous-canary-c0ffee"
	foreignBody     = "foreign-body-1d7e"
)

// leaksNothing fails a test that leaves a goroutine behind.
func leaksNothing(t *testing.T) {
	t.Helper()
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, before) })
}

// served is a reply as a server sends it.
type served struct {
	status int
	header http.Header
	body   string
}

func ok(body string) served { return served{status: 200, body: body} }

func status(code int, body string, header ...string) served {
	s := served{status: code, body: body, header: http.Header{}}
	for i := 0; i < len(header); i += 2 {
		s.header.Add(header[i], header[i+1])
	}
	return s
}

func (s served) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	for name, values := range s.header {
		w.Header()[name] = values
	}
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json")
	}
	w.WriteHeader(s.status)
	_, _ = io.WriteString(w, s.body)
}

// counted is a server on loopback that counts what arrives.
type counted struct {
	*httptest.Server
	requests atomic.Int32
}

func serve(t testing.TB, h http.Handler) *counted {
	t.Helper()
	c := &counted{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.requests.Add(1)
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(c.Close)
	return c
}

// hostileGrant is a connection of each kind of grant, with its token before.
type hostileGrant struct {
	name       string
	connection *jeton.Connection
	previous   *jeton.Token
}

func hostileGrants(t testing.TB, tokenURL string) []hostileGrant {
	t.Helper()
	client := jeton.Client{ID: "client-7f", Auth: "client_secret_basic", Secret: jeton.SecretList{jeton.SecretValue(hostileSecret)}}
	base := jeton.Connection{TokenURL: tokenURL, Client: client, Scopes: jeton.Scopes{"read", "write"}}
	credentials, bearer, refresh := base, base, base
	credentials.Grant = jeton.GrantOptions{Type: "client_credentials"}
	credentials.Client.Auth = "client_secret_post"
	bearer.Grant = jeton.GrantOptions{Type: "jwt_bearer", Assertion: &jeton.Assertion{
		Key: jeton.KeyList{jeton.KeyValue(keyPEM(t, testKeys()["ES256"]))}, Issuer: "issuer", Subject: "someone"}}
	refresh.Grant = jeton.GrantOptions{Type: "refresh_token"}
	previous := &jeton.Token{AccessToken: jeton.NewSecret(hostilePrevious), RefreshToken: jeton.NewSecret(hostileRefresh),
		TokenType: "Bearer", Expiry: time.Now().Add(time.Hour)}
	return []hostileGrant{{"client_credentials", &credentials, nil}, {"jwt_bearer", &bearer, nil}, {"refresh_token", &refresh, previous}}
}

// outcome is all that came of one exchange.
type outcome struct {
	token    *jeton.Token
	err      error
	failure  *jeton.Error
	recorder *jeton.Recorder
	requests int32
}

// bounded holds what happens until done is called to the limits of the corpus.
// The memory counts everything that was ever allocated, the server's part too.
// The time is far above the limit of a second, for slow and busy machines and
// for the race detector: it finds what is quadratic.
func bounded(t *testing.T) (done func()) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	started := time.Now()
	return func() {
		t.Helper()
		if took := time.Since(started); took > 20*time.Second {
			t.Errorf("took %v", took)
		}
		runtime.ReadMemStats(&after)
		if got := after.TotalAlloc - before.TotalAlloc; got > mostAllocated {
			t.Errorf("allocated %d MiB", got>>20)
		}
	}
}

// exchange makes one exchange and holds it to the common demands: nothing
// foreign or secret is shown, and one attempt is one request.
func exchange(t *testing.T, e *jeton.Engine, g hostileGrant, srv *counted) outcome {
	t.Helper()
	before := srv.requests.Load()
	out := outcome{recorder: new(jeton.Recorder)}
	var kept jeton.Token
	if g.previous != nil {
		kept = *g.previous
	}
	done := bounded(t)
	defer done()
	out.token, out.err = e.Exchange(jeton.WithRecorder(context.Background(), out.recorder), g.connection, g.previous)
	out.requests = srv.requests.Load() - before
	if out.requests != 1 {
		t.Errorf("%d requests, want 1", out.requests)
	}
	if (out.token == nil) == (out.err == nil) {
		t.Fatalf("token %v, error %v: exactly one is wanted", out.token, out.err)
	}
	if out.err != nil && !errors.As(out.err, &out.failure) {
		t.Fatalf("the error is a %T", out.err)
	}
	if g.previous != nil && (kept.AccessToken != g.previous.AccessToken || kept.RefreshToken != g.previous.RefreshToken || !kept.Expiry.Equal(g.previous.Expiry)) {
		t.Error("the previous token was touched")
	}
	checkHygiene(t, out)
	return out
}

// checkHygiene looks for every canary, in every usual encoding, in all that can be shown.
func checkHygiene(t *testing.T, out outcome) {
	t.Helper()
	shown := map[string]string{"token": fmt.Sprintf("%v %+v %#v", out.token, out.token, out.token)}
	if out.err != nil {
		shown["error"] = fmt.Sprintf("%v|%+v|%#v|%q|%x", out.err, out.err, out.err, out.err, out.err)
		for wrapped := errors.Unwrap(out.err); wrapped != nil; wrapped = errors.Unwrap(wrapped) {
			shown["error"] += fmt.Sprintf("|%v", wrapped)
		}
		shown["findings"] = fmt.Sprintf("%+v", out.failure.Findings) + asJSON(t, out.failure.Findings)
		for where, text := range map[string]string{"error": shown["error"], "findings": shown["findings"]} {
			if strings.Contains(text, foreignBody) {
				t.Errorf("%s shows the body: %s", where, text)
			}
		}
	}
	shown["timeline"] = asJSON(t, out.recorder.Timeline())
	shown["exchanges"] = asJSON(t, out.recorder.Exchanges())
	for where, text := range shown {
		for _, canary := range []string{hostileSecret, hostileToken, hostileRefresh, hostilePrevious} {
			for _, form := range spellings(canary) {
				if strings.Contains(text, form) {
					t.Errorf("%s shows %q: %.600s", where, form, text)
					break
				}
			}
		}
		if len(text) > 64<<10 {
			t.Errorf("%s has %d bytes", where, len(text))
		}
	}
}

func asJSON(t testing.TB, value any) string {
	t.Helper()
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// spellings are the forms in which servers echo what they were sent.
func spellings(secret string) []string {
	quoted, _ := json.Marshal(secret)
	return []string{secret, url.QueryEscape(secret), url.PathEscape(secret), strings.Trim(string(quoted), `"`), strings.Trim(strconv.Quote(secret), `"`),
		strings.Trim(strconv.QuoteToASCII(secret), `"`), html.EscapeString(secret),
		base64.StdEncoding.EncodeToString([]byte(secret)), base64.RawURLEncoding.EncodeToString([]byte(secret)),
		hex.EncodeToString([]byte(secret)), strings.ToUpper(hex.EncodeToString([]byte(secret)))}
}

// hostileCase is one variant of a row of the corpus.
type hostileCase struct {
	name      string
	reply     served
	change    func(*jeton.Connection)
	category  jeton.Category  // empty: a token
	parameter jeton.Parameter // of the first finding; of the first warning where there is a token
	says      string          // part of the error
	check     func(t *testing.T, out outcome)
	// refreshOnly: the case is about what only that grant knows.
	refreshOnly bool
}

func (c hostileCase) run(t *testing.T) {
	srv := serve(t, c.reply)
	for _, g := range hostileGrants(t, srv.URL+"/token") {
		if c.refreshOnly && g.name != "refresh_token" {
			continue
		}
		t.Run(g.name, func(t *testing.T) {
			if c.change != nil {
				c.change(g.connection)
			}
			out := exchange(t, new(jeton.Engine), g, srv)
			c.judge(t, out)
		})
	}
}

func (c hostileCase) judge(t *testing.T, out outcome) {
	t.Helper()
	found := findings(out.err)
	if out.token != nil {
		found = out.token.Warnings
	}
	if c.category == "" && out.err != nil || c.category != "" && jeton.CategoryOf(out.err) != c.category {
		t.Fatalf("category %q, want %q: %v %+v", jeton.CategoryOf(out.err), c.category, out.err, found)
	}
	var first jeton.Parameter
	if len(found) > 0 {
		first = found[0].Parameter
	}
	if first != c.parameter {
		t.Errorf("the first finding is about %q, want %q: %+v", first, c.parameter, found)
	}
	if out.err != nil && !strings.Contains(out.err.Error(), c.says) {
		t.Errorf("error %q does not say %q", out.err, c.says)
	}
	if c.check != nil {
		c.check(t, out)
	}
}

// lives checks the life of a token, and which rule gave it.
func lives(life time.Duration, from string) func(*testing.T, outcome) {
	return func(t *testing.T, out outcome) {
		t.Helper()
		if got := out.token.Expiry.Sub(out.token.Issued); got != life || out.token.ExpiryFrom != from {
			t.Errorf("lives %v from %q, want %v from %q", got, out.token.ExpiryFrom, life, from)
		}
	}
}

func evidence(text string) func(*testing.T, outcome) {
	return func(t *testing.T, out outcome) {
		t.Helper()
		if found := findings(out.err); len(found) == 0 || !strings.Contains(found[0].Evidence+found[0].Proposed+found[0].Problem, text) {
			t.Errorf("no finding with %q: %+v", text, found)
		}
	}
}

func proposes(text string) func(*testing.T, outcome) {
	return func(t *testing.T, out outcome) {
		t.Helper()
		if found := findings(out.err); len(found) == 0 || found[0].Proposed != text {
			t.Errorf("%q is not proposed: %+v", text, found)
		}
	}
}

func waits(d time.Duration) func(*testing.T, outcome) {
	return func(t *testing.T, out outcome) {
		t.Helper()
		if out.failure.RetryAfter != d {
			t.Errorf("retry after %v, want %v", out.failure.RetryAfter, d)
		}
	}
}

// granted is a reply whose expires_in, and what follows it, is the argument.
func granted(members string) served {
	if members != "" {
		members = "," + members
	}
	return ok(`{"access_token":"` + hostileToken + `","token_type":"Bearer"` + members + `}`)
}

func unsignedJWT(claims string) string {
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(`{"alg":"none"}`)) + "." + encode([]byte(claims)) + "."
}

const tenYears = 10 * 365 * 24 * time.Hour

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }

// TestHostile is the corpus of bad input, as far as it concerns a token request.
func TestHostile(t *testing.T) {
	leaksNothing(t)
	log.SetOutput(io.Discard) // net/http writes what comes after a reply there
	t.Cleanup(func() { log.SetOutput(os.Stderr) })
	for _, row := range append(hostileReplies(), hostileBeyond()...) {
		t.Run(row.id, func(t *testing.T) {
			for _, c := range row.cases {
				t.Run(c.name, c.run)
			}
		})
	}
	for _, row := range hostileTransport() {
		t.Run(row.id, func(t *testing.T) {
			for _, c := range row.cases {
				t.Run(c.name, c.run)
			}
		})
	}
	t.Run("H040", testHostileEndless)
	t.Run("H042", testHostileTLS)
	t.Run("X006", testHostileCookies)
	t.Run("X113", testHostileSkew)
	t.Run("X007", testHostileHTTP2)
	t.Run("H025", testHostileEcho)
	t.Run("H033", testHostileRefreshToken)
	t.Run("H037", testHostileRetryAfter)
	t.Run("H038", testHostileOneStyle)
	t.Run("H043", testHostileSharedFailure)
	t.Run("H044", testHostileHangingFetch)
	t.Run("H057", testHostileWeakKeys)
	t.Run("H059", testHostileKeyAndAlgorithm)
	t.Run("H062", testHostileAccountFile)
	t.Run("H068", testHostileBasic)
	t.Run("H070", testHostileMethodPrefix)
	t.Run("H071", testHostileScopes)
	t.Run("H073", testHostileRedirectURL)
	t.Run("H074", testHostileAudience)
	testHostileDocument(t)
}

type hostileRow struct {
	id    string
	cases []hostileCase
}

func hostileReplies() []hostileRow {
	far := time.Now().Add(2 * time.Hour).Unix()
	inTwoHours := func(t *testing.T, out outcome) {
		if out.token.Expiry.Unix() != far {
			t.Errorf("expiry %v", out.token.Expiry)
		}
	}
	const bad, none, broken = jeton.BadExpiresIn, jeton.NoTokenInResponse, jeton.MalformedResponse
	html := "<html><head><title>Sign\nin &amp; <!-- --> more</title></head><body>" + foreignBody + "</body></html>"
	return []hostileRow{
		{"H001", []hostileCase{{name: "string", reply: granted(`"expires_in":"3600"`), check: lives(time.Hour, "reply")}}},
		{"H002", []hostileCase{{name: "fraction", reply: granted(`"expires_in":3600.0`), check: lives(time.Hour, "reply")}}},
		{"H003", []hostileCase{
			{name: "1e3", reply: granted(`"expires_in":1e3`), check: lives(seconds(1000), "reply")},
			{name: "3.6e3", reply: granted(`"expires_in":3.6e3`), check: lives(time.Hour, "reply")}}},
		{"H004", []hostileCase{{name: "negative", reply: granted(`"expires_in":-5`), category: bad, parameter: "response.expires_in", says: "already expired"}}},
		{"H005", []hostileCase{{name: "zero", reply: granted(`"expires_in":0`), category: bad, parameter: "response.expires_in", says: "already expired"}}},
		{"H006", []hostileCase{
			{name: "opaque", reply: granted(""), check: lives(seconds(300), "default")},
			{name: "default of the document", reply: granted(""), change: func(c *jeton.Connection) { c.Response.DefaultLifetime = jeton.Duration(time.Hour) }, check: lives(time.Hour, "default")},
			{name: "jwt", reply: ok(`{"token_type":"Bearer","access_token":"` + unsignedJWT(fmt.Sprintf(`{"exp":%d}`, far)) + `"}`), check: inTwoHours},
			{name: "expired jwt", reply: ok(`{"token_type":"Bearer","access_token":"` + unsignedJWT(`{"exp":1000}`) + `"}`), category: bad, parameter: "response.expires_in", says: "JWT"}}},
		{"H007", []hostileCase{{name: "null", reply: granted(`"expires_in":null`), check: lives(seconds(300), "default")}}},
		{"H008", []hostileCase{{name: "max int64", reply: granted(`"expires_in":9223372036854775807`), parameter: "response.expires_format", check: lives(tenYears, "reply (capped)")}}},
		{"H009", []hostileCase{{name: "3169 years", reply: granted(`"expires_in":99999999999`), parameter: "response.expires_format", check: lives(tenYears, "reply (capped)")}}},
		{"H010", []hostileCase{
			{name: "boolean", reply: granted(`"expires_in":true`), category: bad, parameter: "response.expires_in", says: "expires_in is a boolean"},
			{name: "object", reply: granted(`"expires_in":{}`), category: bad, parameter: "response.expires_in", says: "expires_in is an object"},
			{name: "array", reply: granted(`"expires_in":[]`), category: bad, parameter: "response.expires_in", says: "expires_in is an array"}}},
		{"H011", []hostileCase{
			{name: "other members are ignored", reply: granted(`"expires":9,"ext_expires_in":9,"expires_on":"9"`), check: lives(seconds(300), "default")},
			{name: "mapped", reply: granted(fmt.Sprintf(`"expires_in":9,"expires_on":"%d"`, far)), change: func(c *jeton.Connection) {
				c.Response.ExpiresIn, c.Response.ExpiresFormat = "expires_on", "epoch"
			}, check: inTwoHours}}},
		{"H012", []hostileCase{
			{name: "twice", reply: granted(`"access_token":"another"`), category: broken, says: `"access_token"`},
			{name: "twice, escaped", reply: granted(`"\u0061ccess_token":"another"`), category: broken, says: `"access_token"`},
			{name: "twice in a form", reply: status(200, "access_token="+hostileToken+"&access%5Ftoken=b", "Content-Type", "application/x-www-form-urlencoded"), category: broken, says: `"access_token"`}}},
		{"H013", []hostileCase{
			{name: "mark", reply: ok("\xef\xbb\xbf" + granted(`"expires_in":60`).body), check: func(t *testing.T, out outcome) {
				if !strings.Contains(asJSON(t, out.recorder.Timeline()), "byte order mark") {
					t.Error("the mark is not noted")
				}
			}},
			{name: "two marks", reply: ok("\xef\xbb\xbf\xef\xbb\xbf" + granted("").body), category: broken}}},
		{"H014", []hostileCase{{name: "truncated", reply: ok(granted(`"expires_in":3600`).body[:40]), category: broken, says: "ends too early"}}},
		{"H015", []hostileCase{
			{name: "array", reply: ok(`[{"access_token":"` + hostileToken + `"}]`), category: none, parameter: "response.access_token", check: proposes("0.access_token")},
			{name: "nested", reply: ok(`{"data":{"access_token":"` + hostileToken + `"}}`), category: none, parameter: "response.access_token", check: proposes("data.access_token")}}},
		{"H016", []hostileCase{
			{name: "16 are legal", reply: granted(`"x":` + strings.Repeat("[", 15) + strings.Repeat("]", 15)), check: lives(seconds(300), "default")},
			{name: "17", reply: granted(`"x":` + strings.Repeat("[", 16) + strings.Repeat("]", 16)), category: broken, says: "nested deeper than 16"},
			{name: "60000", reply: ok(strings.Repeat("[", 60000)), category: broken, says: "nested deeper than 16"},
			{name: "100000", reply: ok(strings.Repeat("[", 100000)), category: broken, parameter: "token_url", says: "64 KiB"}}},
		{"H017", []hostileCase{
			{name: "line break", reply: ok(`{"token_type":"Bearer","access_token":"` + hostileToken + `\nX-Evil: 1"}`), category: none, parameter: "response.access_token", says: "cannot stand in a header"},
			{name: "NUL", reply: ok(`{"token_type":"Bearer","access_token":"` + hostileToken + `\u0000"}`), category: none, parameter: "response.access_token"},
			{name: "space", reply: ok(`{"token_type":"Bearer","access_token":"` + hostileToken + ` b"}`), category: none, parameter: "response.access_token"},
			{name: "letter", reply: ok(`{"token_type":"Bearer","access_token":"` + hostileToken + `ü"}`), category: none, parameter: "response.access_token"},
			{name: "invalid UTF-8", reply: ok(`{"token_type":"Bearer","access_token":"` + hostileToken + "\xff" + `"}`), category: none, parameter: "response.access_token"},
			{name: "16 KiB is legal", reply: ok(`{"token_type":"Bearer","access_token":"` + strings.Repeat("a", 16<<10) + `"}`), check: lives(seconds(300), "default")},
			{name: "over 16 KiB", reply: ok(`{"token_type":"Bearer","access_token":"` + strings.Repeat("a", 16<<10+1) + `"}`), category: none, parameter: "response.access_token", says: "longer than 16 KiB"}}},
		{"H018", []hostileCase{
			{name: "number", reply: ok(`{"access_token":12345678901}`), category: none, parameter: "response.access_token", says: "access_token is a number"},
			{name: "null", reply: ok(`{"access_token":null}`), category: none, parameter: "response.access_token", says: "access_token is null"},
			{name: "empty", reply: ok(`{"access_token":""}`), category: none, parameter: "response.access_token", says: "access_token is empty"}}},
		{"H019", []hostileCase{
			{name: "error with 200", reply: ok(`{"error":"invalid_client","error_description":"no"}`), category: jeton.InvalidClient, says: "invalid_client: no", check: coded("invalid_client", "no", 200)},
			{name: "error beside a token", reply: granted(`"error":"invalid_client"`), category: jeton.InvalidClient, check: coded("invalid_client", "", 200)}}},
		{"H020", []hostileCase{{name: "400", reply: status(400, `{"error":"invalid_scope","error_description":"not yours","error_uri":"https://e.example/1"}`), category: jeton.InvalidScope, check: coded("invalid_scope", "not yours", 400)}}},
		{"H021", []hostileCase{
			{name: "html", reply: status(200, html, "Content-Type", "text/html"), category: broken, parameter: "token_url", says: `a web page (title "Sign in &`},
			{name: "labelled json", reply: ok(html), category: broken, parameter: "token_url", says: "a web page"},
			{name: "no title", reply: ok("\n <!DOCTYPE html><p>" + foreignBody), category: broken, parameter: "token_url", says: "a web page"},
			{name: "xml", reply: status(200, `<?xml version="1.0"?><a>`+foreignBody+`</a>`, "Content-Type", "text/xml"), category: broken, says: "XML"}}},
		{"H022", []hostileCase{
			{name: "empty", reply: ok(""), category: broken, says: "no body"},
			{name: "blank", reply: ok(" \r\n"), category: broken, says: "no body"},
			{name: "204", reply: status(204, ""), category: broken, says: "no body"}}},
		{"H023", []hostileCase{
			{name: "text/plain", reply: status(200, granted(`"expires_in":60`).body, "Content-Type", "text/plain"), check: lives(time.Minute, "reply")},
			{name: "text/html", reply: status(200, granted(`"expires_in":60`).body, "Content-Type", "text/html; charset=latin-1"), check: lives(time.Minute, "reply")},
			{name: "nonsense", reply: status(200, granted(`"expires_in":60`).body, "Content-Type", ";;"), check: lives(time.Minute, "reply")}}},
		{"H024", []hostileCase{
			{name: "labelled", reply: status(200, "expires_in=60&access_token="+hostileToken+"&token_type=bearer&scope=read+write", "Content-Type", "application/x-www-form-urlencoded"), check: lives(time.Minute, "reply")},
			{name: "sniffed", reply: status(200, "access_token="+hostileToken+"&expires=60&token_type=bearer", "Content-Type", "text/plain"), check: lives(seconds(300), "default")},
			{name: "error", reply: status(200, "error=invalid_client&error_description=no+way", "Content-Type", "text/plain"), category: jeton.InvalidClient, check: coded("invalid_client", "no way", 200)}}},
		{"H026", []hostileCase{{name: "description", reply: status(400, `{"error":"invalid_\u001b[31mgrant","error_description":"<script>alert(1)</script>\u001b[2J\u202egnp\u0000\r\nX: y`+strings.Repeat("é", 20000)+`","error_uri":"javascript:\u202ealert(1)"}`),
			category: jeton.Provider4xxOther, check: harmless}}},
		{"H027", []hostileCase{
			{name: "mac", reply: ok(`{"access_token":"` + hostileToken + `","token_type":"mac"}`), category: jeton.UnsupportedTokenType, parameter: "usage", says: `"mac"`},
			{name: "mac with usage.raw", reply: ok(`{"access_token":"` + hostileToken + `","token_type":"MAC"}`), change: func(c *jeton.Connection) { c.Usage.Raw = true }, category: jeton.UnsupportedTokenType, parameter: "usage"}}},
		{"H028", []hostileCase{{name: "DPoP", reply: ok(`{"access_token":"` + hostileToken + `","token_type":"DPoP"}`), category: jeton.UnsupportedTokenType, parameter: "usage", says: `"DPoP"`}}},
		{"H029", []hostileCase{{name: "N_A", reply: ok(`{"access_token":"` + hostileToken + `","token_type":"N_A"}`), category: jeton.UnsupportedTokenType, parameter: "usage", says: `"N_A"`}}},
		{"H030", []hostileCase{{name: "missing", reply: ok(`{"access_token":"` + hostileToken + `","expires_in":60}`), parameter: "usage", check: typed("Bearer")}}},
		{"H031", []hostileCase{
			{name: "lower case", reply: ok(`{"access_token":"` + hostileToken + `","token_type":"bearer"}`), check: typed("Bearer")},
			{name: "upper case", reply: ok(`{"access_token":"` + hostileToken + `","token_type":"BEARER"}`), check: typed("Bearer")}}},
		{"H032", []hostileCase{{name: "narrower", reply: granted(`"scope":"read"`), parameter: "scopes", check: func(t *testing.T, out outcome) {
			if w := out.token.Warnings[0]; out.token.Scope != "read" || !w.Warning || w.Evidence != "missing: write; added: none; asked: read, write; granted: read" {
				t.Errorf("scope %q, warning %+v", out.token.Scope, w)
			}
		}}}},
		{"H034", []hostileCase{{name: "alg none", reply: granted(`"id_token":"` + unsignedJWT(`{"exp":1,"sub":"root"}`) + `"`), check: lives(seconds(300), "default")}}},
		{"H035", redirects(307, 308)},
		{"H036", redirects(300, 301, 302, 303, 304, 305)},
		{"H064", []hostileCase{{name: "alg none is read for its expiry alone", reply: ok(`{"token_type":"Bearer","access_token":"` + unsignedJWT(fmt.Sprintf(`{"exp":%d}`, far)) + `"}`), check: inTwoHours}}},
		{"H067", []hostileCase{{name: "dots", reply: ok(`{"token_type":"Bearer","access_token":"` + strings.Repeat(".", 16<<10) + `"}`), check: lives(seconds(300), "default")}}},
	}
}

func coded(code, description string, status int) func(*testing.T, outcome) {
	return func(t *testing.T, out outcome) {
		t.Helper()
		if e := out.failure; e.Code != code || e.Description != description || e.Status != status {
			t.Errorf("code %q, description %q, status %d", e.Code, e.Description, e.Status)
		}
	}
}

func typed(tokenType string) func(*testing.T, outcome) {
	return func(t *testing.T, out outcome) {
		t.Helper()
		_, value := out.token.Header()
		if out.token.TokenType != tokenType || value.Reveal() != tokenType+" "+hostileToken {
			t.Errorf("token type %q", out.token.TokenType)
		}
	}
}

// harmless looks for what must not reach a terminal, a log or a page.
func harmless(t *testing.T, out outcome) {
	t.Helper()
	for where, text := range map[string]string{"error": out.err.Error(), "code": out.failure.Code, "uri": out.failure.URI,
		"timeline": asJSON(t, out.recorder.Timeline()), "exchanges": out.recorder.Exchanges()[0].Response.Body} {
		if strings.ContainsAny(text, "\x1b\x00\r\u202e") {
			t.Errorf("%s: %.200q", where, text)
		}
	}
	if n := len([]rune(out.failure.Description)); n > 500 {
		t.Errorf("the description has %d characters", n)
	}
}

// redirects are a redirect to every kind of place. Nothing listens there: what
// counts is that the token endpoint sees one request and the error comes from it.
func redirects(statuses ...int) (cases []hostileCase) {
	for _, code := range statuses {
		for name, row := range map[string]struct{ location, shown string }{
			"another host": {"https://user:" + foreignBody + "@evil.example:8443/" + foreignBody + "?t=" + foreignBody, "https://evil.example:8443"},
			"another port": {"http://127.0.0.1:1/token", "http://127.0.0.1:1"},
			"same host":    {"/login", "the same host"},
			"no location":  {"", "no Location"},
			"unreadable":   {"http://[" + foreignBody, "cannot be read"},
			"bad escape":   {"https://evil.example/%zz" + foreignBody, "cannot be read"},
			"escapes":      {"https://evil%1b.example/", "cannot be read"},
			"secret":       {"https://" + hex.EncodeToString([]byte(hostileSecret)) + ".example/", jeton.Redacted},
		} {
			reply := status(code, "")
			if row.location != "" {
				reply.header.Set("Location", row.location)
			}
			cases = append(cases, hostileCase{name: strconv.Itoa(code) + " " + name, reply: reply, category: jeton.Provider4xxOther,
				parameter: "token_url", says: "token URL is wrong", check: evidence(row.shown)})
		}
	}
	return cases
}

// H025: the server echoes what it was sent, in every form.
func testHostileEcho(t *testing.T) {
	for name, echo := range map[string]func(secret string) served{
		"description": func(s string) served {
			return status(401, asJSON(t, map[string]any{"error": "invalid_client", "error_description": "you sent " + s}))
		},
		"description escaped": func(s string) served {
			return status(500, `{"error":"invalid_client","error_description":`+strconv.QuoteToASCII(s)+`}`)
		},
		"code":        func(s string) served { return status(400, asJSON(t, map[string]any{"error": s})) },
		"uri":         func(s string) served { return status(400, asJSON(t, map[string]any{"error": "x", "error_uri": s})) },
		"member name": func(s string) served { return ok(asJSON(t, map[string]any{s: 1})) },
		"long member": func(s string) served { return ok(asJSON(t, map[string]any{strings.Repeat("x", 30) + s: 1})) },
		"nested":      func(s string) served { return ok(asJSON(t, map[string]any{s: map[string]any{"access_token": "x"}})) },
		"duplicate": func(s string) served {
			q := strconv.Quote("0123456789012345678901234567890" + s)
			return ok("{" + q + ":1," + q + ":2}")
		},
		"token type": func(s string) served {
			return ok(asJSON(t, map[string]any{"access_token": "a", "token_type": "0123456789012345678901234" + s}))
		},
		"scope": func(s string) served { return ok(asJSON(t, map[string]any{"access_token": "a", "scope": s})) },
		"title": func(s string) served {
			return ok("<html><title>" + html.EscapeString(strings.Repeat("y", 70)+s) + "</title>")
		},
		"plain text": func(s string) served { return status(500, "your secret is "+s, "Content-Type", "text/plain") },
		"vendor": func(s string) served {
			return status(400, asJSON(t, []any{map[string]any{"errorCode": s, "message": s}}))
		},
		"form": func(s string) served {
			return status(400, "error=x&error_description="+url.QueryEscape(s), "Content-Type", "application/x-www-form-urlencoded")
		},
		"cut": func(s string) served {
			return status(400, asJSON(t, map[string]any{"error": "x", "error_description": strings.Repeat("z", 490) + s}))
		},
		"server": func(s string) served { return status(400, "{}", "Server", s) },
		"www":    func(s string) served { return status(401, "", "Www-Authenticate", `Basic realm="`+s+`"`) },
		"location": func(s string) served {
			return status(302, "", "Location", "https://"+hex.EncodeToString([]byte(s))+".example/")
		},
		"nested encoding": func(s string) served {
			return status(500, base64.StdEncoding.EncodeToString([]byte("x"+base64.StdEncoding.EncodeToString([]byte(s)))))
		},
	} {
		t.Run(name, func(t *testing.T) {
			for i := range spellings("x") {
				srv := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					secret := hostileSecret
					if r.FormValue("refresh_token") != "" {
						secret = r.FormValue("refresh_token")
					}
					echo(spellings(secret)[i]).ServeHTTP(w, r)
				}))
				for _, g := range hostileGrants(t, srv.URL) {
					out := exchange(t, new(jeton.Engine), g, srv)
					if out.err == nil && name != "scope" {
						t.Errorf("%s, spelling %d: a token", g.name, i)
					}
					for _, part := range []string{"s3cret", "canary-0", "canary-7"} { // a part is too much, too
						if shown := fmt.Sprintf("%v %+v %s", out.err, findings(out.err), asJSON(t, out.recorder.Timeline())); strings.Contains(shown, part) {
							t.Errorf("%s, spelling %d: %s", g.name, i, shown)
						}
					}
				}
			}
		})
	}
	t.Run("oauthtest", func(t *testing.T) {
		srv := oauthtest.NewTestServer(t, oauthtest.Config{})
		front := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			srv.Next(oauthtest.EchoSecrets(401))
			forward(t, w, r, srv.TokenURL())
		}))
		for _, g := range hostileGrants(t, front.URL) {
			out := exchange(t, new(jeton.Engine), g, front)
			if out.failure == nil || out.failure.Status != 401 {
				t.Errorf("%s: %v", g.name, out.err)
			}
		}
	})
}

// forward hands a request on as it is.
func forward(t testing.TB, w http.ResponseWriter, r *http.Request, target string) {
	body, _ := io.ReadAll(r.Body)
	req, err := http.NewRequest(r.Method, target, bytes.NewReader(body))
	if err != nil {
		t.Error(err)
		return
	}
	req.Header = r.Header.Clone()
	transport := &http.Transport{DisableKeepAlives: true}
	response, err := transport.RoundTrip(req)
	if err != nil {
		t.Error(err)
		return
	}
	defer response.Body.Close()
	w.WriteHeader(response.StatusCode)
	_, _ = io.Copy(w, response.Body)
}

// H033: none, the same, a new one and an empty one.
func testHostileRefreshToken(t *testing.T) {
	for _, row := range []struct {
		name, members, want string
		category            jeton.Category
	}{
		{"absent", ``, hostileRefresh, ""},
		{"same", `"refresh_token":"` + hostileRefresh + `"`, hostileRefresh, ""},
		{"new", `"refresh_token":"r2"`, "r2", ""},
		{"empty", `"refresh_token":""`, hostileRefresh, ""},
		{"null", `"refresh_token":null`, hostileRefresh, ""},
		{"number", `"refresh_token":123456`, "", jeton.MalformedResponse},
		{"object", `"refresh_token":{}`, "", jeton.MalformedResponse},
		{"line break", `"refresh_token":"a\nb"`, "", jeton.MalformedResponse},
		{"too long", `"refresh_token":"` + strings.Repeat("r", 16<<10+1) + `"`, "", jeton.MalformedResponse},
	} {
		t.Run(row.name, func(t *testing.T) {
			srv := serve(t, granted(row.members))
			for _, g := range hostileGrants(t, srv.URL)[2:] {
				out := exchange(t, new(jeton.Engine), g, srv)
				if row.category != "" {
					if jeton.CategoryOf(out.err) != row.category || !strings.Contains(out.err.Error(), "refresh token") {
						t.Errorf("%v", out.err)
					}
				} else if out.err != nil || out.token.RefreshToken.Reveal() != row.want {
					t.Errorf("%v, kept: %t", out.err, out.err == nil && out.token.RefreshToken.Reveal() == hostileRefresh)
				}
			}
		})
	}
	t.Run("from the document", func(t *testing.T) {
		srv := serve(t, granted(""))
		g := hostileGrants(t, srv.URL)[2]
		g.previous, g.connection.Grant.RefreshToken = nil, jeton.SecretValue(hostileRefresh)
		if out := exchange(t, new(jeton.Engine), g, srv); out.err != nil || out.token.RefreshToken.Reveal() != hostileRefresh {
			t.Errorf("%v", out.err)
		}
	})
	t.Run("client_credentials relies on none", func(t *testing.T) {
		srv := serve(t, granted(`"refresh_token":123456`))
		if out := exchange(t, new(jeton.Engine), hostileGrants(t, srv.URL)[0], srv); out.err != nil || !out.token.RefreshToken.IsZero() {
			t.Errorf("%v", out.err)
		}
	})
}

// H037: how long to wait.
func testHostileRetryAfter(t *testing.T) {
	base := time.Now()
	date := func(d time.Duration) string { return base.Add(d).UTC().Format(http.TimeFormat) }
	now := date(0)
	for _, row := range []struct {
		value string
		want  time.Duration
	}{
		{"30", seconds(30)}, {" 30 ", seconds(30)}, {"1.5", 1500 * time.Millisecond}, {"0", time.Second}, {"-1", time.Second}, {"-1e9", time.Second}, {"1e9", time.Hour},
		{"1e999", time.Hour}, {"3601", time.Hour}, {"99999999999999999999", time.Hour},
		{"soon", 0}, {"NaN", 0}, {"Inf", 0}, {"-Inf", 0}, {"0x1p4", 0}, {"1_000", 0}, {"30, 60", 0}, {"30s", 0}, {"", 0},
		{date(-time.Hour), time.Second}, {date(1000 * time.Hour), time.Hour}, {"Mon, 99 Foo 2026", 0},
	} {
		t.Run(fmt.Sprintf("%q", row.value), func(t *testing.T) {
			for _, code := range []int{429, 503} {
				c := hostileCase{reply: status(code, `{"error":"slow"}`, "Retry-After", row.value, "Date", now), category: jeton.RateLimited, check: waits(row.want)}
				if code == 503 && row.value == "" {
					c.category = jeton.Provider5xx
				}
				c.run(t)
			}
		})
	}
	hostileCase{reply: status(429, "", "Retry-After", date(90*time.Second), "Date", now), category: jeton.RateLimited, check: func(t *testing.T, out outcome) {
		if w := out.failure.RetryAfter; w < 89*time.Second || w > 91*time.Second {
			t.Errorf("%v", w)
		}
	}}.run(t)
	t.Run("a clock that is wrong by a day", func(t *testing.T) {
		hostileCase{reply: status(429, "", "Retry-After", date(24*time.Hour+30*time.Second), "Date", date(24*time.Hour)), category: jeton.RateLimited, check: waits(seconds(30))}.run(t)
	})
	for name, body := range map[string]string{"a large page": "<html>" + strings.Repeat("x", 100<<10), "a body of gzip that is none": "plain"} {
		t.Run(name, func(t *testing.T) {
			reply := status(429, body, "Retry-After", "30")
			if body == "plain" {
				reply.header.Set("Content-Encoding", "gzip")
			}
			hostileCase{reply: reply, category: jeton.RateLimited, check: waits(seconds(30))}.run(t)
		})
	}
}

// H038: exactly one request whatever the server says, and one style of client authentication.
func testHostileOneStyle(t *testing.T) {
	for _, auth := range []string{"", "client_secret_basic", "client_secret_post"} {
		for _, code := range []int{400, 401, 403, 429, 500, 502, 503} {
			for _, said := range []string{"", `{"error":"invalid_client"}`, `{"error":"temporarily_unavailable"}`} {
				t.Run(fmt.Sprint(auth, code, said), func(t *testing.T) {
					srv := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						_, _, basic := r.BasicAuth()
						if post := r.FormValue("client_secret") != ""; basic == post {
							t.Errorf("basic %t, post %t", basic, post)
						}
						status(code, said).ServeHTTP(w, r)
					}))
					g := hostileGrants(t, srv.URL)[0]
					g.connection.Client.Auth = auth
					if out := exchange(t, new(jeton.Engine), g, srv); out.err == nil {
						t.Error("a token")
					}
				})
			}
		}
	}
	t.Run("a list of secrets", func(t *testing.T) {
		for code, want := range map[int]int32{401: 2, 400: 2, 429: 1, 500: 1, 503: 1} {
			srv := serve(t, status(code, `{"error":"invalid_client"}`))
			c := hostileGrants(t, srv.URL)[0].connection
			c.Client.Secret = append(c.Client.Secret, jeton.SecretValue("the next secret"))
			if _, err := new(jeton.Engine).Exchange(context.Background(), c, nil); err == nil || srv.requests.Load() != want {
				t.Errorf("%d: %v after %d requests, want %d", code, err, srv.requests.Load(), want)
			}
		}
	})
}

// expectFindings parses and validates a document, and wants these failing parameters.
func expectFindings(t *testing.T, c *jeton.Connection, failing ...jeton.Parameter) {
	t.Helper()
	var got []jeton.Parameter
	for _, f := range c.Validate() {
		if !f.Warning && !slices.Contains(got, f.Parameter) { // one parameter may be wrong in several ways
			got = append(got, f.Parameter)
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(failing) {
		t.Errorf("failing %v, want %v: %+v", got, failing, c.Validate())
	}
}

func bearerWith(t *testing.T, k jeton.KeySource, algorithm string) *jeton.Connection {
	t.Helper()
	return &jeton.Connection{TokenURL: "https://as.example/token", Grant: jeton.GrantOptions{Type: "jwt_bearer",
		Assertion: &jeton.Assertion{Key: jeton.KeyList{k}, Algorithm: algorithm, Issuer: "i", Subject: "s"}}}
}

// H057 and H058: keys that are too weak.
func testHostileWeakKeys(t *testing.T) {
	weak := readFile(t, "key/testdata/rsa-1024.pem")
	expectFindings(t, bearerWith(t, jeton.KeyValue(weak), ""), "grant.assertion.key")
	allowed := jeton.KeyValue(weak)
	allowed.AllowWeakKey = true
	expectFindings(t, bearerWith(t, allowed, ""))
	short := jeton.KeyValue("only 20 bytes long!!")
	expectFindings(t, bearerWith(t, short, "HS256"), "grant.assertion.key")
	short.AllowWeakKey = true
	expectFindings(t, bearerWith(t, short, "HS256"))
	tiny := jeton.KeyValue("15 bytes long!!")
	tiny.AllowWeakKey = true
	expectFindings(t, bearerWith(t, tiny, "HS256"), "grant.assertion.key")
}

// H059: the key and the algorithm do not fit.
func testHostileKeyAndAlgorithm(t *testing.T) {
	for _, row := range []struct{ key, algorithm string }{{"EdDSA", "RS256"}, {"ES256", "ES384"}, {"ES256", "RS256"}, {"RS256", "ES256"}, {"RS256", "EdDSA"}} {
		t.Run(row.key+" as "+row.algorithm, func(t *testing.T) {
			c := bearerWith(t, jeton.KeyValue(keyPEM(t, testKeys()[row.key])), row.algorithm)
			expectFindings(t, c, "grant.assertion.algorithm")
			if found := c.Validate(); found[0].Proposed != row.key || !strings.Contains(found[0].Problem, row.algorithm) {
				t.Errorf("%+v", found)
			}
			if _, err := new(jeton.Engine).Exchange(context.Background(), c, nil); jeton.CategoryOf(err) != jeton.KeyUnusable {
				t.Errorf("%v", err)
			}
		})
	}
	t.Run("H061 mismatch", func(t *testing.T) {
		certificate := certificatePEM(t, testKeys()["ES256"], time.Now().Add(-time.Hour), time.Now().Add(1000*time.Hour))
		c := bearerWith(t, jeton.KeyValue(keyPEM(t, testKeys()["ES256"])), "")
		c.TLS.Client = jeton.TLSClient{Certificate: jeton.KeyValue(certificate), Key: jeton.KeyValue(keyPEM(t, testKeys()["EdDSA"]))}
		expectFindings(t, c, "tls.client.certificate")
	})
	t.Run("H061 two keys", func(t *testing.T) {
		c := bearerWith(t, jeton.KeyValue(keyPEM(t, testKeys()["ES256"])+keyPEM(t, testKeys()["EdDSA"])), "")
		expectFindings(t, c, "grant.assertion.key.alias")
	})
}

// H062: a service-account file through a connection.
func testHostileAccountFile(t *testing.T) {
	srv := oauthtest.NewTestServer(t, oauthtest.Config{})
	srv.AddAssertionIssuer(oauthtest.AssertionIssuer{Issuer: "bot@project.example", Keys: []oauthtest.Key{{Public: testKeys()["RS256"].Public()}}})
	file := func(change func(map[string]any)) *jeton.Connection {
		account := map[string]any{"type": "service_account", "client_email": "bot@project.example", "private_key_id": "k1",
			"private_key": keyPEM(t, testKeys()["RS256"]), "token_uri": srv.TokenURL()}
		change(account)
		return &jeton.Connection{Grant: jeton.GrantOptions{Type: "jwt_bearer", Assertion: &jeton.Assertion{Subject: "bot@project.example", Key: jeton.KeyList{jeton.KeyValue(asJSON(t, account))}}}}
	}
	mustExchange(t, file(func(map[string]any) {}))
	escaped := file(func(a map[string]any) { a["private_key"] = strings.ReplaceAll(a["private_key"].(string), "\n", `\n`) })
	mustExchange(t, escaped)
	if found := escaped.Validate(); len(found) != 2 || !found[1].Warning || found[1].Parameter != "grant.assertion.key" {
		t.Errorf("the repair is not noticed: %+v", found)
	}
	expectFindings(t, file(func(a map[string]any) { a["type"] = "authorized_user"; delete(a, "private_key") }), "grant.assertion.key")
	missing := file(func(a map[string]any) { delete(a, "token_uri") })
	missing.Grant.Assertion.Audience = jeton.StringList{"https://as.example/token"}
	if found := missing.Validate(); len(found) == 0 {
		t.Error("nothing is said about a file without token_uri")
	}
}

// H068: special characters under client_secret_basic.
func testHostileBasic(t *testing.T) {
	for _, secret := range []string{"a+b%c:d&e f", "ü😀ß", ":::", "%41", "a%2Bb", "++++", `client %&+-_.!~*'()`, " leading", "\"\\"} {
		for _, raw := range []bool{false, true} {
			t.Run(fmt.Sprintf("%q %t", secret, raw), func(t *testing.T) {
				srv := oauthtest.NewTestServer(t, oauthtest.Config{RawBasic: raw})
				srv.AddClient(oauthtest.Client{ID: "id", Secret: secret})
				c := &jeton.Connection{TokenURL: srv.TokenURL(), Client: jeton.Client{ID: "id", Secret: jeton.SecretList{jeton.SecretValue(secret)}}, Grant: jeton.GrantOptions{Type: "client_credentials"}}
				if raw {
					c.Client.BasicEncoding = "raw"
				}
				mustExchange(t, c)
			})
		}
	}
}

// H070: POST and GET before the URL.
func testHostileMethodPrefix(t *testing.T) {
	for prefix, want := range map[string]string{"POST ": "POST", "post   ": "POST", "GET ": "GET", "Get ": "GET", "": "POST"} {
		srv := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != want || r.FormValue("grant_type") != "client_credentials" {
				t.Errorf("%q: %s %s", prefix, r.Method, r.FormValue("grant_type"))
			}
			granted("").ServeHTTP(w, r)
		}))
		g := hostileGrants(t, prefix+srv.URL)[0]
		if out := exchange(t, new(jeton.Engine), g, srv); out.err != nil {
			t.Errorf("%q: %v", prefix, out.err)
		}
	}
	for _, wrong := range []string{"PUT https://as.example/", "POSTING https://as.example/", "POST", "POST ", "POST https://as.example/ x", "POST\thttps://as.example/", "POST POST https://as.example/"} {
		expectFindings(t, clientCredentials(func(c *jeton.Connection) { c.TokenURL = wrong }), "token_url")
	}
	expectFindings(t, clientCredentials(func(c *jeton.Connection) { c.TokenURL, c.Request.Method = "GET https://as.example/", "POST" }), "request.method")
}

// H071: commas in a scope.
func testHostileScopes(t *testing.T) {
	for document, want := range map[string]string{
		`scopes: "a, b,c d"`: "a b c d", `scopes: "a,b"` + "\nscope_separator: ','": "a,b", `scopes: ["a,b"]`: "a,b", `scopes: https://x.example/a,b`: "https://x.example/a b",
	} {
		srv := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if got := r.FormValue("scope"); got != want {
				t.Errorf("%s sends %q, want %q", document, got, want)
			}
			granted("").ServeHTTP(w, r)
		}))
		c, err := jeton.Parse([]byte(document + "\ntoken_url: " + srv.URL + "\ngrant: {type: client_credentials}\nclient: {id: a, secret: abcdefgh}\n"))
		if err != nil {
			t.Fatal(err)
		}
		mustExchange(t, c)
	}
}

// H073: a redirect URI without port.
func testHostileRedirectURL(t *testing.T) {
	for redirect, fails := range map[string]bool{
		"http://localhost": true, "http://localhost/": true, "http://127.0.0.1/callback": true, "http://[::1]/": true, "http://localhost:": true, "http://LOCALHOST/x": true,
		"http://localhost:80": false, "http://localhost:8080": false, "http://[::1]:7481/callback": false, "https://jeton.example/callback": false,
	} {
		c := clientCredentials(func(c *jeton.Connection) { c.Grant.RedirectURL = redirect })
		if fails {
			expectFindings(t, c, "grant.redirect_url")
			if p := c.Validate()[0].Problem; !strings.Contains(p, "must include the port, e.g. http://localhost:8080") {
				t.Errorf("%s", p)
			}
		} else {
			expectFindings(t, c)
		}
	}
}

// H074: one audience is a string, several are an array.
func testHostileAudience(t *testing.T) {
	for want, audience := range map[string]jeton.StringList{`"a"`: {"a"}, `["a","b"]`: {"a", "b"}, `"https://as.example/token"`: nil, `"as.example"`: {"host"}} {
		c := bearerWith(t, jeton.KeyValue(keyPEM(t, testKeys()["ES256"])), "")
		c.Grant.Assertion.Audience = audience
		x, err := new(jeton.Engine).Explain(c, nil)
		if err != nil {
			t.Fatal(err)
		}
		var claims map[string]json.RawMessage
		if err := json.Unmarshal(x.Request.Assertions[0].Claims, &claims); err != nil || string(claims["aud"]) != want {
			t.Errorf("aud is %s, want %s (%v)", claims["aud"], want, err)
		}
	}
}

// clientCredentials is a valid connection, changed.
func clientCredentials(change func(*jeton.Connection)) *jeton.Connection {
	c := &jeton.Connection{TokenURL: "https://as.example/token", Grant: jeton.GrantOptions{Type: "client_credentials"},
		Client: jeton.Client{ID: "a", Secret: jeton.SecretList{jeton.SecretValue("abcdefgh")}}}
	change(c)
	return c
}

func publicPEM(t testing.TB, public crypto.PublicKey) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

func readFile(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func quiet() *log.Logger { return log.New(io.Discard, "", 0) }
