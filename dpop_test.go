package jeton_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/key"
)

// boundReply is a token reply of a server that binds.
func boundReply(changes object) object {
	m := tokenReply(object{"token_type": "DPoP"})
	for name, value := range changes {
		if m[name] = value; value == nil {
			delete(m, name)
		}
	}
	return m
}

func dpopConnection(d jeton.DPoP) *jeton.Connection {
	c := loginConnection("client_credentials")
	c.Client.DPoP = &d
	return c
}

// verifiedProof checks the signature of a proof with the key that it names, and returns its claims and that key.
func verifiedProof(t *testing.T, proof, algorithm string) (map[string]any, *jose.JSONWebKey) {
	t.Helper()
	parsed, err := jose.ParseSignedCompact(proof, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(algorithm)})
	if err != nil {
		t.Fatalf("%v in %q", err, proof)
	}
	header := parsed.Signatures[0].Header
	jwk := header.JSONWebKey
	if jwk == nil || !jwk.IsPublic() || header.ExtraHeaders["typ"] != "dpop+jwt" || header.KeyID != "" {
		t.Fatalf("header %+v", header)
	}
	payload, err := parsed.Verify(jwk)
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	return claims, jwk
}

// RFC 9449 section 4.2, with every algorithm, a key of the document and one that is made.
func TestProof(t *testing.T) {
	algorithms := map[string]string{"": "ES256", "ES256": "ES256", "ES384": "ES384", "ES512": "ES512", "EdDSA": "EdDSA", "RS256": "RS256", "PS256": "PS256"}
	now := time.Unix(1893499200, 999)
	for written, algorithm := range algorithms {
		t.Run("made/"+written, func(t *testing.T) {
			s := newFakeServer().on(fakeToken, say(200, boundReply(nil)))
			e, c := s.engine(), dpopConnection(jeton.DPoP{Algorithm: written})
			e.Now = func() time.Time { return now }
			c.TokenURL += "?tenant=acme"
			token, err := e.Exchange(context.Background(), c, nil)
			if err != nil || token.TokenType != "DPoP" || len(token.Warnings) != 0 {
				t.Fatalf("%v %+v", err, token)
			}
			proofs := s.at(fakeToken)[0].header["Dpop"]
			if len(proofs) != 1 {
				t.Fatalf("%d proofs", len(proofs))
			}
			claims, jwk := verifiedProof(t, proofs[0], algorithm)
			if claims["htm"] != "POST" || claims["htu"] != fakeToken || claims["iat"] != float64(1893499200) || len(claims) != 4 {
				t.Errorf("claims %v", claims)
			}
			thumbprint, err := token.DPoPKey.Thumbprint()
			sum, err2 := jwk.Thumbprint(5) // crypto.SHA256
			if err != nil || err2 != nil || thumbprint != base64.RawURLEncoding.EncodeToString(sum) {
				t.Errorf("%v %v: the token has the key %s", err, err2, thumbprint)
			}
		})
	}
	for algorithm, signer := range testKeys() {
		t.Run("own/"+algorithm, func(t *testing.T) {
			s := newFakeServer().on(fakeToken, say(200, boundReply(nil)))
			c := dpopConnection(jeton.DPoP{Algorithm: algorithm, Key: jeton.KeyValue(keyPEM(t, signer))})
			if _, err := s.engine().Exchange(context.Background(), c, nil); err != nil {
				t.Fatal(err)
			}
			verifiedProof(t, s.at(fakeToken)[0].header.Get("DPoP"), algorithm)
		})
	}
}

// The jti comes from the engine's source and is never used twice; a GET request is proved as one.
func TestProofOfAGet(t *testing.T) {
	s := newFakeServer().on(fakeToken, say(200, boundReply(nil)))
	e, c := s.engine(), dpopConnection(jeton.DPoP{})
	octets := make([]byte, 64)
	_, _ = rand.Read(octets)
	e.Rand = bytes.NewReader(slices.Concat(octets[:16], octets[:16], octets))
	c.Request.Method = "GET"
	token, err := e.Exchange(context.Background(), c, nil)
	if err != nil {
		t.Fatal(err)
	}
	sent := s.at(fakeToken)[0]
	claims, _ := verifiedProof(t, sent.header.Get("DPoP"), "ES256")
	if sent.method != "GET" || claims["htm"] != "GET" || claims["htu"] != fakeToken {
		t.Errorf("claims %v", claims)
	}
	r, _ := http.NewRequest("", "https://api.example/", nil)
	token.Authorize(r)
	atResource, _ := verifiedProof(t, r.Header.Get("DPoP"), "ES256")
	want := octets[:16]
	if got := strings.ReplaceAll(claims["jti"].(string), "-", ""); got[:8] != fmt.Sprintf("%x", want[:4]) {
		t.Errorf("jti %s is not from Engine.Rand", got)
	}
	if atResource["jti"] != claims["jti"] { // the source says the same again
		t.Errorf("jti %v is not from Engine.Rand", atResource["jti"])
	}
	e.Rand = strings.NewReader("")
	_, err = e.Exchange(context.Background(), c, nil)
	if failed := failedAs(t, err, jeton.KeyUnusable); failed.Stage != jeton.StageAssertion {
		t.Errorf("%+v", failed)
	}
}

// One key for a connection and an engine; the one of a token before any other.
func TestProofKey(t *testing.T) {
	s := newFakeServer().on(fakeToken, say(200, boundReply(nil)))
	e := s.engine()
	exchange := func(e *jeton.Engine, c *jeton.Connection, previous *jeton.Token) *jeton.Token {
		token, err := e.Exchange(context.Background(), c, previous)
		if err != nil {
			t.Fatal(err, findings(err))
		}
		return token
	}
	first, again := exchange(e, dpopConnection(jeton.DPoP{}), nil), exchange(e, dpopConnection(jeton.DPoP{}), nil)
	if first.DPoPKey == nil || first.DPoPKey != again.DPoPKey {
		t.Error("each exchange makes a key")
	}
	other := dpopConnection(jeton.DPoP{})
	other.Client.ID = "another client"
	if exchange(e, other, nil).DPoPKey == first.DPoPKey {
		t.Error("two clients share a key")
	}
	if x := exchange(s.engine(), dpopConnection(jeton.DPoP{}), nil); x.DPoPKey == first.DPoPKey {
		t.Error("two engines share a key")
	}
	// A refresh token works with the key that it is bound to alone (RFC 9449 section 5).
	refresh := dpopConnection(jeton.DPoP{})
	refresh.Grant.Type = "refresh_token"
	if renewed := exchange(s.engine(), refresh, first); renewed.DPoPKey != first.DPoPKey {
		t.Error("the renewal has another key")
	}
	refresh.Client.DPoP.Algorithm = "EdDSA"
	if renewed := exchange(e, refresh, first); renewed.DPoPKey == first.DPoPKey {
		t.Error("the renewal has a key that cannot sign as the document says")
	}
	refresh.Client.DPoP = &jeton.DPoP{Key: jeton.KeyValue(keyPEM(t, testKeys()["EdDSA"]))}
	if renewed := exchange(e, refresh, first); renewed.DPoPKey == first.DPoPKey {
		t.Error("the document's key is not used")
	}
	refresh.Client.DPoP = nil
	s.on(fakeToken, say(200, tokenReply(nil)))
	if renewed := exchange(e, refresh, &jeton.Token{RefreshToken: jeton.NewSecret("r"), DPoPKey: first.DPoPKey, TokenType: "Bearer"}); renewed.DPoPKey != nil {
		t.Error("a key without client.dpop")
	}
}

// TestNonce: the nonces in the proofs that are sent, in their order, and how it ends.
func TestNonce(t *testing.T) {
	demand := func(nonce ...string) fakeReply {
		reply := say(400, object{"error": "use_dpop_nonce"})
		reply.header["Dpop-Nonce"] = nonce
		return reply
	}
	issued := say(200, boundReply(nil))
	for _, row := range []struct {
		name     string
		replies  []fakeReply
		nonces   string
		category jeton.Category
	}{
		{"none wanted", []fakeReply{issued}, "-", ""},
		{"one wanted", []fakeReply{demand("n1"), issued}, "- n1", ""},
		{"with status 401", []fakeReply{say(401, object{"error": "use_dpop_nonce"}, "DPoP-Nonce", "n1"), issued}, "- n1", ""},
		{"again another", []fakeReply{demand("n1"), demand("n2"), issued}, "- n1", jeton.InvalidRequest},
		{"always the same", []fakeReply{demand("n1"), demand("n1"), issued}, "- n1", jeton.InvalidRequest},
		{"demanded and not given", []fakeReply{demand(), issued}, "-", jeton.InvalidRequest},
		{"an empty one", []fakeReply{demand(""), issued}, "-", jeton.InvalidRequest},
		{"two of them", []fakeReply{demand("n1", "n2"), issued}, "-", jeton.InvalidRequest},
		{"with a quotation mark", []fakeReply{demand(`n"1`), issued}, "-", jeton.InvalidRequest},
		{"with a backslash", []fakeReply{demand(`n\1`), issued}, "-", jeton.InvalidRequest},
		{"with a space", []fakeReply{demand("n 1"), issued}, "-", jeton.InvalidRequest},
		{"outside ASCII", []fakeReply{demand("nä"), issued}, "-", jeton.InvalidRequest},
		{"huge", []fakeReply{demand(strings.Repeat("n", 2000)), issued}, "-", jeton.InvalidRequest},
		{"of a server in trouble", []fakeReply{say(500, object{"error": "use_dpop_nonce"}, "DPoP-Nonce", "n1"), issued}, "-", jeton.Provider5xx},
		{"another error with a nonce", []fakeReply{say(400, object{"error": "invalid_dpop_proof"}, "DPoP-Nonce", "n1"), issued}, "-", jeton.InvalidRequest},
	} {
		for _, grant := range []string{"client_credentials", "refresh_token", "authorization_code"} {
			t.Run(row.name+"/"+grant, func(t *testing.T) {
				s, journal := newFakeServer().on(fakeToken, row.replies...), &countingJournal{}
				e, c := s.engine(), dpopConnection(jeton.DPoP{})
				e.Journal, c.Grant.Type = journal, grant
				c.Grant.RefreshToken = jeton.SecretValue("a-refresh-token")
				var err error
				if grant == "authorization_code" {
					login, query := mustAuthorize(t, e, c)
					thumbprint, _ := login.DPoPKey.Thumbprint()
					if query.Get("dpop_jkt") != thumbprint {
						t.Errorf("dpop_jkt = %s", query.Get("dpop_jkt"))
					}
					_, err = e.Redeem(context.Background(), c, login, answerTo(login))
				} else {
					_, err = e.Exchange(context.Background(), c, nil)
				}
				if got := noncesAt(t, s, fakeToken); got != row.nonces {
					t.Errorf("nonces %s, want %s", got, row.nonces)
				}
				if row.category == "" && err != nil || row.category != "" && jeton.CategoryOf(err) != row.category {
					t.Errorf("%v", err)
				}
				if n := len(s.at(fakeToken)); journal.sending != n || journal.answered != n {
					t.Errorf("the journal was called %d and %d times for %d requests", journal.sending, journal.answered, n)
				}
			})
		}
	}
}

type countingJournal struct{ sending, answered int }

func (j *countingJournal) Sending(context.Context, jeton.Attempt) error   { j.sending++; return nil }
func (j *countingJournal) Answered(context.Context, jeton.RawReply) error { j.answered++; return nil }

// noncesAt are the nonces in the proofs that arrived at a URL, - for none. No two proofs have the same jti.
func noncesAt(t *testing.T, s *fakeServer, target string) string {
	t.Helper()
	var nonces []string
	ids := map[any]bool{}
	for _, r := range s.at(target) {
		claims, _ := verifiedProof(t, r.header.Get("DPoP"), "ES256")
		nonce, _ := claims["nonce"].(string)
		if nonce == "" {
			nonce = "-"
		}
		if nonces = append(nonces, nonce); ids[claims["jti"]] {
			t.Errorf("a jti was used twice")
		}
		ids[claims["jti"]] = true
	}
	return strings.Join(nonces, " ")
}

// A nonce is taken from any reply, and kept for each origin.
func TestNonceIsKept(t *testing.T) {
	s := newFakeServer().
		on(fakeToken, say(200, boundReply(nil), "DPoP-Nonce", "n1"), say(400, object{"error": "invalid_scope"}, "DPoP-Nonce", "n2"), say(503, "", "DPoP-Nonce", "n3"), say(200, boundReply(nil))).
		on("https://as.example:8443/token", say(200, boundReply(nil), "DPoP-Nonce", "other-port")).
		on("https://as.example:443/token", say(200, boundReply(nil))).
		on("https://AS.example/token", say(200, boundReply(nil)))
	e := s.engine()
	send := func(target string) {
		c := dpopConnection(jeton.DPoP{})
		c.TokenURL = target
		_, _ = e.Exchange(context.Background(), c, nil)
	}
	for range 4 {
		send(fakeToken)
	}
	if got := noncesAt(t, s, fakeToken); got != "- n1 n2 n3" {
		t.Errorf("nonces %s", got)
	}
	for target, want := range map[string]string{"https://as.example:8443/token": "- other-port", "https://as.example:443/token": "n3 n3", "https://AS.example/token": "n3 n3"} {
		send(target)
		send(target)
		if got := noncesAt(t, s, target); got != want {
			t.Errorf("%s: nonces %s, want %s", target, got, want)
		}
	}
	// An engine with a store of its own uses that.
	store := &fakeNonces{}
	e = s.engine()
	e.Nonces = store
	store.KeepNonce("https://as.example:8443", "from-the-store")
	send("https://as.example:8443/token")
	if got := noncesAt(t, s, "https://as.example:8443/token"); got != "- other-port from-the-store" {
		t.Errorf("nonces %s", got)
	}
	if store.Nonce("https://as.example:8443") != "other-port" {
		t.Error("the store was not told")
	}
}

type fakeNonces struct{ sync.Map }

func (n *fakeNonces) Nonce(origin string) string {
	nonce, _ := n.Load(origin)
	text, _ := nonce.(string)
	return text
}

func (n *fakeNonces) KeepNonce(origin, nonce string) { n.Store(origin, nonce) }

// The PAR endpoint demands a nonce too; the code is bound to the key that pushed it.
func TestNonceOfPAR(t *testing.T) {
	s := pushes(say(400, object{"error": "use_dpop_nonce"}, "DPoP-Nonce", "n1"), say(201, object{"request_uri": "urn:x"}, "DPoP-Nonce", "n2")).on(fakeToken, say(200, boundReply(nil)))
	e, c := s.engine(), issuerConnection("authorization_code")
	c.Client.DPoP = &jeton.DPoP{}
	login, _ := mustAuthorize(t, e, c)
	token, err := e.Redeem(context.Background(), c, login, answerTo(login))
	if err != nil || token.DPoPKey != login.DPoPKey {
		t.Fatalf("%v %+v", err, token)
	}
	if got := noncesAt(t, s, fakePAR) + ", " + noncesAt(t, s, fakeToken); got != "- n1, n2" {
		t.Errorf("nonces %s", got)
	}
	claims, _ := verifiedProof(t, s.at(fakePAR)[0].header.Get("DPoP"), "ES256")
	if claims["htu"] != fakePAR || claims["htm"] != "POST" {
		t.Errorf("claims %v", claims)
	}
}

func TestBearerInReturn(t *testing.T) {
	for name, reply := range map[string]object{"Bearer": boundReply(object{"token_type": "bearer"}), "no type": boundReply(object{"token_type": nil})} {
		s := newFakeServer().on(fakeToken, say(200, reply))
		token, err := s.engine().Exchange(context.Background(), dpopConnection(jeton.DPoP{}), nil)
		if err != nil || token.TokenType != "Bearer" || !slices.ContainsFunc(token.Warnings, func(f jeton.Finding) bool { return f.Parameter == "client.dpop" && f.Warning }) {
			t.Fatalf("%s: %v %+v", name, err, token)
		}
		r, _ := http.NewRequest("GET", "https://api.example/", nil)
		token.Authorize(r)
		if r.Header.Get("Authorization") != "Bearer fake-access-token" || r.Header.Get("DPoP") != "" {
			t.Errorf("%s: %v", name, r.Header)
		}
		demand := &http.Response{StatusCode: 401, Header: http.Header{"Dpop-Nonce": {"n"}, "Www-Authenticate": {`DPoP error="use_dpop_nonce"`}}, Request: r}
		if token.Challenged(demand) {
			t.Errorf("%s: a bearer token has no proof to repeat", name)
		}
	}
	s := newFakeServer().on(fakeToken, say(200, boundReply(nil)))
	_, err := s.engine().Exchange(context.Background(), loginConnection("client_credentials"), nil)
	failedAs(t, err, jeton.UnsupportedTokenType)
}

func TestProofAtResource(t *testing.T) {
	s := newFakeServer().on(fakeToken, say(200, boundReply(nil)))
	e := s.engine()
	now := time.Unix(1893499200, 0)
	e.Now = func() time.Time { return now }
	token, err := e.Exchange(context.Background(), dpopConnection(jeton.DPoP{}), nil)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte("fake-access-token"))
	ids := map[any]bool{}
	for _, row := range []struct{ method, target, htm, htu string }{
		{"GET", "https://api.example/a?b=c#d", "GET", "https://api.example/a"},
		{"", "https://api.example", "GET", "https://api.example/"},
		{"DELETE", "https://api.example:8443/a%2Fb/%C3%BC", "DELETE", "https://api.example:8443/a%2Fb/%C3%BC"},
		{"POST", "https://user:password@api.example/", "POST", "https://api.example/"},
		{"GET", "http://[::1]:80/x", "GET", "http://[::1]:80/x"},
	} {
		r, err := http.NewRequest(row.method, row.target, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Method = row.method
		for range 2 { // a retry has a proof of its own
			token.Authorize(r)
			if r.Header.Get("Authorization") != "DPoP fake-access-token" || len(r.Header.Values("DPoP")) != 1 {
				t.Fatalf("%v", r.Header)
			}
			claims, _ := verifiedProof(t, r.Header.Get("DPoP"), "ES256")
			if claims["htm"] != row.htm || claims["htu"] != row.htu || claims["ath"] != base64.RawURLEncoding.EncodeToString(sum[:]) || claims["iat"] != float64(now.Unix()) || ids[claims["jti"]] {
				t.Errorf("%s: %v", row.target, claims)
			}
			ids[claims["jti"]] = true
		}
	}
}

// TestChallenged: RFC 9449 section 9, and which replies are no reason for another try.
func TestChallenged(t *testing.T) {
	const demand = `DPoP error="use_dpop_nonce", error_description="..."`
	for _, row := range []struct {
		name, nonce, challenge string
		status                 int
		want                   bool
		next                   string
	}{
		{"a demand", "n1", demand, 401, true, "n1"},
		{"after another scheme", "n1", "Bearer, " + demand, 401, true, "n1"},
		{"another scheme alone", "n1", `Bearer error="use_dpop_nonce"`, 401, false, "n1"},
		{"a demand without a nonce", "", demand, 401, false, ""},
		{"a nonce that cannot stand in a proof", `"`, demand, 401, false, ""},
		{"invalid_token", "n1", `DPoP error="invalid_token"`, 401, false, "n1"},
		{"a good reply", "n1", "", 200, false, "n1"},
		{"status 400", "n1", demand, 400, false, "n1"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := newFakeServer().on(fakeToken, say(200, boundReply(nil)))
			token, err := s.engine().Exchange(context.Background(), dpopConnection(jeton.DPoP{}), nil)
			if err != nil {
				t.Fatal(err)
			}
			r, _ := http.NewRequest("GET", "https://api.example/a", nil)
			token.Authorize(r)
			reply := &http.Response{StatusCode: row.status, Header: http.Header{}, Request: r}
			if row.nonce != "" {
				reply.Header.Set("DPoP-Nonce", row.nonce)
			}
			if row.challenge != "" {
				reply.Header.Set("WWW-Authenticate", row.challenge)
			}
			if got := token.Challenged(reply); got != row.want {
				t.Errorf("Challenged = %t", got)
			}
			for target, want := range map[string]string{"https://API.example:443/b": row.next, "https://other.example/": ""} {
				r, _ := http.NewRequest("GET", target, nil)
				token.Authorize(r)
				claims, _ := verifiedProof(t, r.Header.Get("DPoP"), "ES256")
				if nonce, _ := claims["nonce"].(string); nonce != want {
					t.Errorf("%s: nonce %q, want %q", target, nonce, want)
				}
			}
		})
	}
	if (&jeton.Token{TokenType: "DPoP"}).Challenged(&http.Response{StatusCode: 401}) {
		t.Error("a token without a key is challenged")
	}
}

// A token that was kept elsewhere, with its key as PKCS #8.
func TestAdopt(t *testing.T) {
	s := newFakeServer().on(fakeToken, say(200, boundReply(nil)))
	for algorithm, signer := range map[string]any{"": nil, "ES384": nil, "EdDSA": nil, "RS256": testKeys()["RS256"]} {
		t.Run("key "+algorithm, func(t *testing.T) {
			c := dpopConnection(jeton.DPoP{Algorithm: algorithm})
			if signer != nil {
				c.Client.DPoP.Key = jeton.KeyValue(keyPEM(t, testKeys()[algorithm]))
			}
			token, err := s.engine().Exchange(context.Background(), c, nil)
			if err != nil {
				t.Fatal(err)
			}
			pem, err := token.DPoPKey.PKCS8()
			if err != nil || strings.Contains(fmt.Sprintf("%v %+v %#v", pem, pem, token), "PRIVATE") {
				t.Fatalf("%v, or the key is shown", err)
			}
			kept, err := key.Parse([]byte(pem.Reveal()), key.Options{})
			if err != nil {
				t.Fatal(err)
			}
			adopted := &jeton.Token{AccessToken: token.AccessToken, TokenType: "DPoP", DPoPKey: kept}
			c.Usage.Headers = map[string]jeton.SecretSource{"X-Api-Key": jeton.SecretValue("k")}
			if err := s.engine().Adopt(c, adopted); err != nil {
				t.Fatal(err)
			}
			if algorithm == "" {
				algorithm = "ES256"
			}
			r, _ := http.NewRequest("GET", "https://api.example/", nil)
			adopted.Authorize(r)
			_, jwk := verifiedProof(t, r.Header.Get("DPoP"), algorithm)
			want, _ := token.DPoPKey.Thumbprint()
			if sum, _ := jwk.Thumbprint(5); base64.RawURLEncoding.EncodeToString(sum) != want || r.Header.Get("X-Api-Key") != "k" {
				t.Error("presented with another key")
			}
		})
	}
	own := dpopConnection(jeton.DPoP{Key: jeton.KeyValue(keyPEM(t, testKeys()["EdDSA"]))})
	without := &jeton.Token{AccessToken: jeton.NewSecret("a"), TokenType: "DPoP"}
	if err := s.engine().Adopt(own, without); err != nil || without.DPoPKey == nil {
		t.Errorf("%v: the document's key is not used", err)
	}
	lost := &jeton.Token{AccessToken: jeton.NewSecret("a"), TokenType: "DPoP"}
	if err := s.engine().Adopt(dpopConnection(jeton.DPoP{}), lost); err != nil || lost.DPoPKey != nil {
		t.Errorf("%v: a key was made for a token that is bound to another one", err)
	}
	// The document has another key by now: the token is still bound to its own.
	changed := &jeton.Token{AccessToken: jeton.NewSecret("a"), TokenType: "DPoP", DPoPKey: without.DPoPKey}
	next := dpopConnection(jeton.DPoP{Algorithm: "ES256", Key: jeton.KeyValue(keyPEM(t, testKeys()["ES256"]))})
	if err := s.engine().Adopt(next, changed); err != nil || changed.DPoPKey != without.DPoPKey {
		t.Errorf("%v", err)
	}
	r, _ := http.NewRequest("GET", "https://api.example/", nil)
	changed.Authorize(r)
	verifiedProof(t, r.Header.Get("DPoP"), "EdDSA")
	bad := dpopConnection(jeton.DPoP{Key: jeton.KeyValue("no key")})
	failedAs(t, s.engine().Adopt(bad, &jeton.Token{}), jeton.KeyUnusable)
	bearer := &jeton.Token{AccessToken: jeton.NewSecret("a"), TokenType: "Bearer"}
	if err := s.engine().Adopt(loginConnection("client_credentials"), bearer); err != nil || bearer.DPoPKey != nil {
		t.Error(err)
	}
}

func TestDPoPDocument(t *testing.T) {
	for _, row := range []struct {
		name      string
		change    func(*jeton.Connection)
		parameter jeton.Parameter
		warning   bool
	}{
		{"an algorithm of another key", func(c *jeton.Connection) {
			c.Client.DPoP.Algorithm = "RS256"
			c.Client.DPoP.Key = jeton.KeyValue(keyPEM(t, testKeys()["ES256"]))
		}, "client.dpop.algorithm", false},
		{"none", func(c *jeton.Connection) { c.Client.DPoP.Algorithm = "none" }, "client.dpop.algorithm", false},
		{"HMAC", func(c *jeton.Connection) { c.Client.DPoP.Algorithm = "HS256" }, "client.dpop.algorithm", false},
		{"no key in it", func(c *jeton.Connection) { c.Client.DPoP.Key = jeton.KeyValue("x") }, "client.dpop.key", false},
		{"a JWK of a secret", func(c *jeton.Connection) {
			c.Client.DPoP.Key = jeton.KeyValue(`{"kty":"oct","k":"` + strings.Repeat("QUJD", 16) + `"}`)
		}, "client.dpop.key", false},
		{"an own header", func(c *jeton.Connection) {
			c.Request.Headers = map[string]jeton.SecretSource{"dPoP": jeton.SecretValue("x")}
		}, "request.headers.dPoP", false},
		{"self-issued", func(c *jeton.Connection) {
			c.TokenURL = "none"
			c.Grant = jeton.GrantOptions{Type: "jwt_bearer", Assertion: &jeton.Assertion{Key: jeton.KeyList{jeton.KeyValue(keyPEM(t, testKeys()["ES256"]))}, Issuer: "i"}}
		}, "client.dpop", true},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := dpopConnection(jeton.DPoP{})
			row.change(c)
			found := c.Validate()
			if !slices.ContainsFunc(found, func(f jeton.Finding) bool { return f.Parameter == row.parameter && f.Warning == row.warning }) {
				t.Errorf("findings %+v", found)
			}
		})
	}
}
