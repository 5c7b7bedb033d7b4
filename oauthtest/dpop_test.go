package oauthtest_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/jeton-oauth/jeton/oauthtest"
)

type object = map[string]any

func b64(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }

// prover makes DPoP proofs.
type prover struct {
	alg string
	key crypto.Signer
}

func (p *prover) jwk() jose.JSONWebKey { return jose.JSONWebKey{Key: p.key.Public()} }

func (p *prover) thumbprint(t testing.TB) string {
	t.Helper()
	jwk := p.jwk()
	sum, err := jwk.Thumbprint(crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	return b64(sum)
}

// proof makes a good one, with changes: nil values are left out.
func (p *prover) proof(t testing.TB, method, target string, header, claims object) string {
	t.Helper()
	h := object{"typ": "dpop+jwt", "jwk": p.jwk()}
	c := object{"jti": rand.Text(), "htm": method, "htu": target, "iat": start.Unix()}
	maps.Copy(h, header)
	maps.Copy(c, claims)
	maps.DeleteFunc(h, func(_ string, v any) bool { return v == nil })
	return sign(t, p.alg, p.key, h, c)
}

// with adds proofs to a request.
func with(proofs ...string) func(*http.Request) {
	return func(r *http.Request) {
		for _, p := range proofs {
			r.Header.Add("DPoP", p)
		}
	}
}

func dpop(token, proof string) func(*http.Request) {
	return func(r *http.Request) {
		r.Header.Set("Authorization", "DPoP "+token)
		if proof != "" {
			r.Header.Set("DPoP", proof)
		}
	}
}

// proofRow is one way for a proof to be.
type proofRow struct {
	name           string
	by             *prover // default: ES256
	header, claims object
	raw            string // instead of a proof
	check          string
}

// proofRows are good and bad wherever a proof is wanted.
func proofRows(t *testing.T, target string) []proofRow {
	k := keys()
	es := &prover{alg: "ES256", key: k.p256}
	var public object
	if data, err := es.jwk().MarshalJSON(); err != nil || json.Unmarshal(data, &public) != nil {
		t.Fatal(err)
	}
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	none := b64([]byte(`{"alg":"none","typ":"dpop+jwt"}`)) + "." + b64([]byte(`{}`)) + "."
	sec := func(d time.Duration) int64 { return start.Add(d).Unix() }
	return []proofRow{
		{name: "ES256"},
		{name: "ES384", by: &prover{alg: "ES384", key: k.p384}},
		{name: "RS256", by: &prover{alg: "RS256", key: k.rsa}},
		{name: "PS256", by: &prover{alg: "PS256", key: k.rsa}},
		{name: "EdDSA", by: &prover{alg: "EdDSA", key: k.ed}},
		{name: "typ in capitals", header: object{"typ": "DPoP+JWT"}},
		{name: "iat now minus a minute", claims: object{"iat": sec(-time.Minute)}},
		{name: "iat with a fraction", claims: object{"iat": float64(start.Unix()) + 0.5}},
		{name: "iat a little ahead", claims: object{"iat": sec(10 * time.Second)}},
		{name: "htu in capitals", claims: object{"htu": strings.ToUpper(u.Scheme) + "://" + u.Host + u.Path}},
		{name: "more claims", claims: object{"x": "y"}},

		{name: "no JWT", raw: "x", check: "dpop_format"},
		{name: "alg none", raw: none, check: "dpop_alg"},
		{name: "two in one header", raw: "a.b.c, d.e.f", check: "dpop_format"},
		{name: "typ missing", header: object{"typ": nil}, check: "dpop_typ"},
		{name: "typ JWT", header: object{"typ": "JWT"}, check: "dpop_typ"},
		{name: "typ with application", header: object{"typ": "application/dpop+jwt"}, check: "dpop_typ"},
		{name: "jwk missing", header: object{"jwk": nil}, check: "dpop_jwk"},
		{name: "jwk no object", header: object{"jwk": "x"}, check: "dpop_jwk"},
		{name: "jwk empty", header: object{"jwk": object{}}, check: "dpop_jwk"},
		{name: "jwk private", header: object{"jwk": jose.JSONWebKey{Key: k.p256}}, check: "dpop_jwk"},
		{name: "jwk symmetric", header: object{"jwk": object{"kty": "oct", "k": "c2VjcmV0"}}, check: "dpop_jwk"},
		{name: "jwk with d of nothing", header: object{"jwk": merged(public, object{"d": nil})}, check: "dpop_jwk"},
		{name: "jwk not on the curve", header: object{"jwk": merged(public, object{"x": public["y"]})}, check: "dpop_jwk"},
		{name: "jwk of another key", header: object{"jwk": jose.JSONWebKey{Key: &other.PublicKey}}, check: "dpop_signature"},
		{name: "jwk of another kind", header: object{"jwk": jose.JSONWebKey{Key: &k.rsa.PublicKey}}, check: "dpop_alg"},
		{name: "weak RSA", by: &prover{alg: "RS256", key: k.weak}, check: "dpop_jwk"},
		{name: "htm missing", claims: object{"htm": nil}, check: "dpop_htm"},
		{name: "htm other", claims: object{"htm": "PUT"}, check: "dpop_htm"},
		{name: "htm in lower case", claims: object{"htm": "post"}, check: "dpop_htm"},
		{name: "htu missing", claims: object{"htu": nil}, check: "dpop_htu"},
		{name: "htu no URL", claims: object{"htu": ":"}, check: "dpop_htu"},
		{name: "htu is the path", claims: object{"htu": u.Path}, check: "dpop_htu"},
		{name: "htu of another endpoint", claims: object{"htu": target + "x"}, check: "dpop_htu"},
		{name: "htu with a slash more", claims: object{"htu": target + "/"}, check: "dpop_htu"},
		{name: "htu of another host", claims: object{"htu": "http://as.example" + u.Path}, check: "dpop_htu"},
		{name: "htu of another scheme", claims: object{"htu": "https://" + u.Host + u.Path}, check: "dpop_htu"},
		{name: "htu with query", claims: object{"htu": target + "?a=b"}, check: "dpop_htu"},
		{name: "htu with fragment", claims: object{"htu": target + "#"}, check: "dpop_htu"},
		{name: "iat missing", claims: object{"iat": nil}, check: "dpop_iat"},
		{name: "iat a string", claims: object{"iat": "1"}, check: "dpop_iat"},
		{name: "iat old", claims: object{"iat": sec(-61 * time.Second)}, check: "dpop_iat"},
		{name: "iat far ahead", claims: object{"iat": sec(11 * time.Second)}, check: "dpop_iat"},
		{name: "jti missing", claims: object{"jti": nil}, check: "dpop_jti"},
		{name: "jti a number", claims: object{"jti": 1}, check: "dpop_jti"},
		{name: "jti empty", claims: object{"jti": ""}, check: "dpop_jti"},
	}
}

func merged(a, b object) object {
	m := object{}
	maps.Copy(m, a)
	maps.Copy(m, b)
	return m
}

func TestProof(t *testing.T) {
	srv := newBot(t, oauthtest.Config{Now: fixed})
	es := &prover{alg: "ES256", key: keys().p256}
	for _, place := range []struct {
		name, target string
		values       url.Values
		status       int
	}{
		{"token", srv.TokenURL(), form(bot("grant_type", "client_credentials")...), 200},
		{"PAR", srv.PARURL(), pushing(), 201},
	} {
		for _, row := range proofRows(t, place.target) {
			t.Run(place.name+", "+row.name, func(t *testing.T) {
				if row.by == nil {
					row.by = es
				}
				proof := row.raw
				if proof == "" {
					proof = row.by.proof(t, "POST", place.target, row.header, row.claims)
				}
				got := post(t, srv.HTTPClient(), place.target, place.values, with(proof))
				rec := lastRequest(t, srv)
				if rec.Check != row.check || rec.Proof == nil || rec.Proof.Raw != proof {
					t.Fatalf("got %d %s, check %q, want %q", got.status, got.text, rec.Check, row.check)
				}
				if row.check != "" {
					if got.status != 400 || got.member("error") != "invalid_dpop_proof" || !strings.Contains(got.member("error_description"), "DPoP") {
						t.Errorf("got %d %s", got.status, got.text)
					}
					return
				}
				if got.status != place.status || place.name == "token" && got.member("token_type") != "DPoP" {
					t.Fatalf("got %d %s", got.status, got.text)
				}
				again := post(t, srv.HTTPClient(), place.target, place.values, with(proof))
				if again.status != 400 || lastRequest(t, srv).Check != "dpop_jti" {
					t.Errorf("a replay: %d %s", again.status, again.text)
				}
			})
		}
	}
	proof := es.proof(t, "POST", srv.TokenURL(), nil, nil)
	got := post(t, srv.HTTPClient(), srv.TokenURL(), form(bot("grant_type", "client_credentials")...), with(proof, proof))
	want(t, srv, got, "invalid_dpop_proof", "dpop_repeated")
	got = post(t, srv.HTTPClient(), srv.TokenURL()+"?tenant=1", form(bot("grant_type", "client_credentials")...), with(proof))
	want(t, srv, got, "", "") // the query does not count
}

// A jti is free for another key, and free again when the proof is too old anyway.
func TestProofReplay(t *testing.T) {
	c := newClock()
	srv := newBot(t, oauthtest.Config{Now: c.Now})
	one, two := &prover{alg: "ES256", key: keys().p256}, &prover{alg: "ES384", key: keys().p384}
	for i, st := range []struct {
		by    *prover
		after time.Duration
		check string
	}{{one, 0, ""}, {two, 0, ""}, {one, 60 * time.Second, "dpop_jti"}, {two, 0, "dpop_jti"}, {one, 10 * time.Second, ""}} {
		c.Add(st.after)
		proof := st.by.proof(t, "POST", srv.TokenURL(), nil, object{"jti": "same", "iat": c.Now().Unix()})
		post(t, srv.HTTPClient(), srv.TokenURL(), form(bot("grant_type", "client_credentials")...), with(proof))
		if rec := lastRequest(t, srv); rec.Check != st.check {
			t.Errorf("step %d: check %q, want %q", i, rec.Check, st.check)
		}
	}
}

func TestProofAtResource(t *testing.T) {
	srv := newBot(t, oauthtest.Config{Now: fixed})
	es := &prover{alg: "ES256", key: keys().p256}
	ed := &prover{alg: "EdDSA", key: keys().ed}
	bound := func(by *prover) string {
		t.Helper()
		got := post(t, srv.HTTPClient(), srv.TokenURL(), form(bot("grant_type", "client_credentials")...), with(by.proof(t, "POST", srv.TokenURL(), nil, nil)))
		return got.member("access_token")
	}
	token, free := bound(es), ask(t, srv).member("access_token")
	at := srv.ResourceURL()
	proof := func(claims object) string {
		return es.proof(t, "GET", at, nil, merged(object{"ath": challenge(token)}, claims))
	}
	type row struct {
		name          string
		authorization string
		proof         string
		code, check   string
		challenge     string
	}
	rows := []row{
		{name: "good", authorization: "DPoP " + token, proof: proof(nil)},
		{name: "scheme in lower case", authorization: "dpop " + token, proof: proof(nil)},
		{name: "unbound token as Bearer", authorization: "Bearer " + free},
		{name: "unbound token as Bearer, with a proof", authorization: "Bearer " + free, proof: proof(nil)},
		{name: "bound token as Bearer", authorization: "Bearer " + token, code: "invalid_token", check: "auth_scheme", challenge: "DPoP "},
		{name: "bound token as Bearer, with a proof", authorization: "Bearer " + token, proof: proof(nil), code: "invalid_token", check: "auth_scheme", challenge: "DPoP "},
		{name: "unbound token as DPoP", authorization: "DPoP " + free, proof: proof(object{"ath": challenge(free)}), code: "invalid_token", check: "auth_scheme", challenge: "DPoP "},
		{name: "unknown token", authorization: "DPoP x", proof: proof(nil), code: "invalid_token", check: "token", challenge: "DPoP "},
		{name: "no proof", authorization: "DPoP " + token, code: "invalid_dpop_proof", check: "dpop_missing", challenge: "DPoP "},
		{name: "no ath", authorization: "DPoP " + token, proof: proof(object{"ath": nil}), code: "invalid_dpop_proof", check: "dpop_ath", challenge: "DPoP "},
		{name: "ath of another token", authorization: "DPoP " + token, proof: proof(object{"ath": challenge(free)}), code: "invalid_dpop_proof", check: "dpop_ath", challenge: "DPoP "},
		{name: "another key", authorization: "DPoP " + token, proof: ed.proof(t, "GET", at, nil, object{"ath": challenge(token)}), code: "invalid_token", check: "token_binding", challenge: "DPoP "},
		{name: "proof for the token endpoint", authorization: "DPoP " + token, proof: proof(object{"htm": "POST", "htu": srv.TokenURL()}), code: "invalid_dpop_proof", check: "dpop_htm", challenge: "DPoP "},
		{name: "no token", authorization: "DPoP", proof: proof(nil), code: "invalid_request", check: "auth_scheme", challenge: "Bearer "},
	}
	for _, r := range proofRows(t, at) {
		if r.by != nil { // only the bound key counts here
			continue
		}
		p := r.raw
		if p == "" {
			p = es.proof(t, "GET", at, r.header, merged(object{"ath": challenge(token)}, r.claims))
		}
		made := row{name: "as at the token endpoint: " + r.name, authorization: "DPoP " + token, proof: p, check: r.check}
		if r.check != "" {
			made.code, made.challenge = "invalid_dpop_proof", `DPoP algs="RS256 `
		}
		rows = append(rows, made)
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			got := get(t, srv.HTTPClient(), at, func(r *http.Request) {
				r.Header.Set("Authorization", row.authorization)
				if row.proof != "" {
					r.Header.Set("DPoP", row.proof)
				}
			})
			rec := lastRequest(t, srv)
			if rec.Check != row.check || rec.Error != row.code || got.member("error") != row.code {
				t.Fatalf("got %d %s, error=%q check=%q", got.status, got.text, rec.Error, rec.Check)
			}
			status := map[string]int{"": 200, "invalid_request": 400}[row.code]
			if status == 0 {
				status = 401
			}
			header := got.header.Get("WWW-Authenticate")
			if got.status != status || !strings.HasPrefix(header, row.challenge) || row.code != "" && !strings.Contains(header, `error="`+row.code+`"`) {
				t.Errorf("got %d, challenge %q", got.status, header)
			}
		})
	}
}

func TestBoundToken(t *testing.T) {
	srv := newBot(t, oauthtest.Config{Now: fixed, AccessTokenFormat: oauthtest.FormatJWT, TLS: true, CertificateBound: true})
	srv.AddClient(oauthtest.Client{ID: "public"})
	es, ed := &prover{alg: "ES256", key: keys().p256}, &prover{alg: "EdDSA", key: keys().ed}
	client := srv.HTTPClient(srv.IssueClientCertificate("any").TLS)
	got := post(t, client, srv.MTLSTokenURL(), form(bot("grant_type", "client_credentials")...), with(es.proof(t, "POST", srv.MTLSTokenURL(), nil, nil)))
	want(t, srv, got, "", "")
	intro := post(t, client, srv.IntrospectionURL(), form("token", got.member("access_token")))
	for name, body := range map[string]object{"JWT": verified(t, srv, got.member("access_token"), "at+jwt"), "introspection": intro.body} {
		cnf, _ := body["cnf"].(object)
		if cnf["jkt"] != es.thumbprint(t) || cnf["x5t#S256"] == nil {
			t.Errorf("%s: cnf %v", name, cnf)
		}
	}
	if got.member("token_type") != "DPoP" || intro.member("token_type") != "DPoP" {
		t.Errorf("got %s, introspection %s", got.text, intro.text)
	}

	rows := []struct {
		name  string
		cfg   oauthtest.Config
		typ   string
		bound bool
	}{
		{"optional", oauthtest.Config{}, "DPoP", true},
		{"required", oauthtest.Config{DPoP: oauthtest.DPoPRequired}, "DPoP", true},
		{"Bearer although bound", oauthtest.Config{TokenType: "Bearer"}, "Bearer", true},
		{"ignored", oauthtest.Config{DPoP: oauthtest.DPoPIgnored}, "Bearer", false},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			row.cfg.Now = fixed
			srv := newBot(t, row.cfg)
			got := post(t, srv.HTTPClient(), srv.TokenURL(), form(bot("grant_type", "client_credentials")...), with(ed.proof(t, "POST", srv.TokenURL(), nil, nil)))
			want(t, srv, got, "", "")
			status := 200
			if row.bound {
				status = 401
			}
			if r := get(t, srv.HTTPClient(), srv.ResourceURL(), bearer(got.member("access_token"))); got.member("token_type") != row.typ || r.status != status {
				t.Errorf("got %s; as a Bearer token %d", got.text, r.status)
			}
		})
	}
}

func TestProofRequired(t *testing.T) {
	srv := newBot(t, oauthtest.Config{DPoP: oauthtest.DPoPRequired})
	want(t, srv, ask(t, srv), "invalid_dpop_proof", "dpop_missing")
	if got := post(t, srv.HTTPClient(), srv.PARURL(), pushing()); got.status != 201 {
		t.Errorf("PAR without a proof: %d %s", got.status, got.text)
	}
	if got := get(t, srv.HTTPClient(), srv.ResourceURL()); got.status != 401 || !strings.HasPrefix(got.header.Get("WWW-Authenticate"), "DPoP algs=") {
		t.Errorf("resource: %d %v", got.status, got.header)
	}
	only := newBot(t, oauthtest.Config{Now: fixed, DPoPAlgorithms: []string{"EdDSA"}})
	for alg, key := range map[string]crypto.Signer{"ES256": keys().p256, "EdDSA": keys().ed} {
		got := post(t, only.HTTPClient(), only.TokenURL(), form(bot("grant_type", "client_credentials")...), with((&prover{alg: alg, key: key}).proof(t, "POST", only.TokenURL(), nil, nil)))
		if (got.status == 200) != (alg == "EdDSA") {
			t.Errorf("%s: %d %s", alg, got.status, got.text)
		}
	}
}

func TestProofBinding(t *testing.T) {
	es, ed := &prover{alg: "ES256", key: keys().p256}, &prover{alg: "EdDSA", key: keys().ed}
	srv := newBot(t, oauthtest.Config{Now: fixed, RotateRefreshTokens: true})
	srv.AddClient(oauthtest.Client{ID: "public"})
	redeem := func(code string, by *prover, pairs ...string) reply {
		t.Helper()
		var change []func(*http.Request)
		if by != nil {
			change = append(change, with(by.proof(t, "POST", srv.TokenURL(), nil, nil)))
		}
		return post(t, srv.HTTPClient(), srv.TokenURL(), redemption(code, pairs...), change...)
	}

	// The code, by dpop_jkt.
	code := login(t, srv, "dpop_jkt", es.thumbprint(t))
	want(t, srv, redeem(code, nil), "invalid_grant", "code_binding")
	want(t, srv, redeem(code, ed), "invalid_grant", "code_binding")
	want(t, srv, redeem(code, es), "", "")

	// The code, by a proof at PAR.
	push := func(by *prover, pairs ...string) reply {
		return post(t, srv.HTTPClient(), srv.PARURL(), pushing(pairs...), with(by.proof(t, "POST", srv.PARURL(), nil, nil)))
	}
	if got := push(es, "dpop_jkt", ed.thumbprint(t)); got.status != 400 || lastRequest(t, srv).Check != "dpop_jkt" {
		t.Errorf("another dpop_jkt: %d %s", got.status, got.text)
	}
	for _, jkt := range []string{"", es.thumbprint(t)} {
		code = response(t, srv, form("client_id", "bot", "request_uri", push(es, "dpop_jkt", jkt).member("request_uri"))).Get("code")
		want(t, srv, redeem(code, ed), "invalid_grant", "code_binding")
		want(t, srv, redeem(code, es), "", "")
	}

	// The refresh token, of a public client only.
	for id, check := range map[string]string{"bot": "", "public": "refresh_binding"} {
		as := []string{"client_id", id}
		if id == "public" {
			as = append(as, "client_secret", "")
		}
		got := redeem(login(t, srv, "client_id", id), es, as...)
		want(t, srv, got, "", "")
		refresh := func(token string, by *prover) reply {
			request := changed(form(bot("grant_type", "refresh_token", "refresh_token", token)...), as...)
			if by == nil {
				return post(t, srv.HTTPClient(), srv.TokenURL(), request)
			}
			return post(t, srv.HTTPClient(), srv.TokenURL(), request, with(by.proof(t, "POST", srv.TokenURL(), nil, nil)))
		}
		got = refresh(got.member("refresh_token"), es)
		want(t, srv, got, "", "")
		token := got.member("refresh_token") // rotated, and bound like the one before
		if check != "" {
			want(t, srv, refresh(token, ed), "invalid_grant", check)
			want(t, srv, refresh(token, nil), "invalid_grant", check)
			want(t, srv, refresh(token, es), "", "")
		} else {
			want(t, srv, refresh(token, ed), "", "")
		}
	}
}

func TestNonce(t *testing.T) {
	c := newClock()
	srv := newBot(t, oauthtest.Config{Now: c.Now, DPoP: oauthtest.DPoPNonce})
	es := &prover{alg: "ES256", key: keys().p256}
	var last string // the nonce of the last answer
	fetch := func(nonce any) reply {
		t.Helper()
		got := post(t, srv.HTTPClient(), srv.TokenURL(), form(bot("grant_type", "client_credentials")...),
			with(es.proof(t, "POST", srv.TokenURL(), nil, object{"nonce": nonce, "iat": c.Now().Unix()})))
		if next := got.header.Get("DPoP-Nonce"); next == "" || next == last {
			t.Errorf("nonce %q after %q", next, last)
		}
		last = got.header.Get("DPoP-Nonce")
		return got
	}
	want(t, srv, ask(t, srv), "invalid_dpop_proof", "dpop_missing")
	want(t, srv, fetch(nil), "use_dpop_nonce", "dpop_nonce")
	first := last
	want(t, srv, fetch("x"), "use_dpop_nonce", "dpop_nonce")
	want(t, srv, fetch(7), "use_dpop_nonce", "dpop_nonce")
	got := fetch(first)
	want(t, srv, got, "", "")
	want(t, srv, fetch(last), "", "") // from the good answer
	want(t, srv, fetch(first), "", "")
	c.Add(5 * time.Minute)
	want(t, srv, fetch(first), "use_dpop_nonce", "dpop_nonce")
	srv.RotateNonces()
	want(t, srv, fetch(last), "use_dpop_nonce", "dpop_nonce")

	// PAR takes the nonces of the token endpoint, the resource has its own.
	par := func(nonce any) reply {
		return post(t, srv.HTTPClient(), srv.PARURL(), pushing(), with(es.proof(t, "POST", srv.PARURL(), nil, object{"nonce": nonce, "iat": c.Now().Unix()})))
	}
	if got := par(nil); got.status != 400 || got.member("error") != "use_dpop_nonce" || got.header.Get("DPoP-Nonce") == "" {
		t.Errorf("PAR: %d %s", got.status, got.text)
	}
	if got := par(last); got.status != 201 || got.header.Get("DPoP-Nonce") == "" {
		t.Errorf("PAR: %d %s", got.status, got.text)
	}
	token := got.member("access_token")
	see := func(nonce any) reply {
		return get(t, srv.HTTPClient(), srv.ResourceURL(), dpop(token, es.proof(t, "GET", srv.ResourceURL(), nil, object{"nonce": nonce, "ath": challenge(token), "iat": c.Now().Unix()})))
	}
	for i, nonce := range []any{nil, last, "resource", "resource"} {
		if nonce == "resource" {
			nonce = last
		}
		got := see(nonce)
		last = got.header.Get("DPoP-Nonce")
		if header := got.header.Get("WWW-Authenticate"); i < 2 && (got.status != 401 || !strings.HasPrefix(header, "DPoP ") || !strings.Contains(header, `error="use_dpop_nonce"`)) || i >= 2 && got.status != 200 || last == "" {
			t.Errorf("resource, step %d: %d %q, nonce %q", i, got.status, header, last)
		}
	}
	if got := get(t, srv.HTTPClient(), srv.MetadataURL()); got.header.Get("DPoP-Nonce") != "" {
		t.Error("the metadata offer a nonce")
	}
}

// With an origin for each role, no answer of one spoils the nonce of the other.
func TestSeparateResource(t *testing.T) {
	for _, tls := range []bool{false, true} {
		srv := newBot(t, oauthtest.Config{Now: fixed, TLS: tls, SeparateResource: true})
		if strings.HasPrefix(srv.ResourceURL(), srv.URL+"/") || tls && strings.HasPrefix(srv.MTLSTokenURL(), strings.TrimSuffix(srv.ResourceURL(), "/resource")) {
			t.Errorf("the resource is at %s, the server at %s", srv.ResourceURL(), srv.URL)
		}
		es := &prover{alg: "ES256", key: keys().p256}
		token := post(t, srv.HTTPClient(), srv.TokenURL(), form(bot("grant_type", "client_credentials")...), with(es.proof(t, "POST", srv.TokenURL(), nil, nil))).member("access_token")
		got := get(t, srv.HTTPClient(), srv.ResourceURL(), dpop(token, es.proof(t, "GET", srv.ResourceURL(), nil, object{"ath": challenge(token)})))
		if got.status != 200 || got.member("sub") != "bot" {
			t.Errorf("got %d %s", got.status, got.text)
		}
	}
}

func TestNonceOnce(t *testing.T) {
	srv := newBot(t, oauthtest.Config{Now: fixed, DPoP: oauthtest.DPoPNonce, DPoPNonceOnce: true})
	es := &prover{alg: "ES256", key: keys().p256}
	fetch := func(nonce string, more object) reply {
		return post(t, srv.HTTPClient(), srv.TokenURL(), form(bot("grant_type", "client_credentials")...), with(es.proof(t, "POST", srv.TokenURL(), nil, merged(more, object{"nonce": nonce}))))
	}
	first := fetch("", nil).header.Get("DPoP-Nonce")
	want(t, srv, fetch(first, object{"htm": "PUT"}), "invalid_dpop_proof", "dpop_htm") // does not use it up
	second := fetch(first, nil)
	want(t, srv, second, "", "")
	want(t, srv, fetch(first, nil), "use_dpop_nonce", "dpop_nonce")
	want(t, srv, fetch(second.header.Get("DPoP-Nonce"), nil), "", "")
}

// A client assertion is used up by the request that is asked for a nonce: the
// next attempt needs a new one, as with real servers.
func TestNonceAndAssertion(t *testing.T) {
	srv := newBot(t, oauthtest.Config{Now: fixed, DPoP: oauthtest.DPoPNonce})
	k := keys()
	srv.AddClient(oauthtest.Client{ID: "key", Keys: []oauthtest.Key{{Public: k.p256}}})
	es := &prover{alg: "ES256", key: k.p256}
	fetch := func(jti, nonce string) reply {
		return post(t, srv.HTTPClient(), srv.TokenURL(), form("grant_type", "client_credentials", "client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
			"client_assertion", sign(t, "ES256", k.p256, nil, object{"iss": "key", "sub": "key", "aud": srv.Issuer(), "exp": start.Add(time.Minute).Unix(), "jti": jti})),
			with(es.proof(t, "POST", srv.TokenURL(), nil, object{"nonce": nonce})))
	}
	got := fetch("1", "")
	want(t, srv, got, "use_dpop_nonce", "dpop_nonce")
	want(t, srv, fetch("1", got.header.Get("DPoP-Nonce")), "invalid_client", "jti")
	want(t, srv, fetch("2", got.header.Get("DPoP-Nonce")), "", "")
}
