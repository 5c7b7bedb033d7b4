package oauthtest_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/jeton-oauth/jeton/oauthtest"
)

// fetch posts a form and returns the members of the reply.
func fetch(srv *oauthtest.Server, target string, values url.Values) map[string]any {
	res, err := srv.HTTPClient().PostForm(target, values)
	if err != nil {
		return map[string]any{"error": err}
	}
	defer res.Body.Close()
	var members map[string]any
	if err := json.NewDecoder(res.Body).Decode(&members); err != nil {
		return map[string]any{"error": err}
	}
	return members
}

// Approve is the user's browser. What it returns is what the client would
// receive at its redirect URI; Browse really sends it there.
func ExampleServer_Approve() {
	srv := oauthtest.NewServer(oauthtest.Config{ApproveAs: "ann"})
	defer srv.Close()
	srv.AddClient(oauthtest.Client{ID: "app", RedirectURIs: []string{"http://127.0.0.1/callback"}})

	verifier := rand.Text() + rand.Text()
	sum := sha256.Sum256([]byte(verifier))
	callback, err := srv.Approve(context.Background(), srv.AuthorizationURL()+"?"+url.Values{
		"response_type": {"code"}, "client_id": {"app"}, "redirect_uri": {"http://127.0.0.1:4321/callback"}, "state": {"xyz"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
	}.Encode())
	if err != nil {
		fmt.Println(err)
		return
	}
	u, err := url.Parse(callback)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(u.Host, u.Query().Get("state"), u.Query().Get("iss") == srv.Issuer())
	token := fetch(srv, srv.TokenURL(), url.Values{
		"grant_type": {"authorization_code"}, "client_id": {"app"}, "code": {u.Query().Get("code")},
		"redirect_uri": {"http://127.0.0.1:4321/callback"}, "code_verifier": {verifier},
	})
	fmt.Println(token["token_type"], srv.TokenRequests()[0].Subject)
	// Output:
	// 127.0.0.1:4321 xyz true
	// Bearer ann
}

// Decisions say what the user and the server do with an authorization request.
func ExampleServer_DecideNext() {
	srv := oauthtest.NewServer(oauthtest.Config{PKCE: oauthtest.PKCEOptional})
	defer srv.Close()
	srv.AddClient(oauthtest.Client{ID: "app"})
	srv.DecideNext(oauthtest.Deny(), oauthtest.SetResponse("iss", "https://evil.example"), oauthtest.OmitResponse("state"))

	for range 3 {
		callback, err := srv.Approve(context.Background(), srv.AuthorizationURL()+
			"?response_type=code&client_id=app&redirect_uri=http://127.0.0.1/&state=xyz")
		if err != nil {
			fmt.Println(err)
			return
		}
		u, err := url.Parse(callback)
		if err != nil {
			fmt.Println(err)
			return
		}
		q := u.Query()
		fmt.Printf("%q %q %v\n", q.Get("error"), q.Get("state"), q.Get("iss") == srv.Issuer())
	}
	// Output:
	// "access_denied" "xyz" true
	// "" "xyz" false
	// "" "" true
}

// A device polls until its user has decided. The clock is the test's own, so
// that nothing waits.
func ExampleServer_ApproveDevice() {
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	srv := oauthtest.NewServer(oauthtest.Config{Now: func() time.Time { return now }})
	defer srv.Close()
	srv.AddClient(oauthtest.Client{ID: "tv"})

	device := fetch(srv, srv.DeviceAuthorizationURL(), url.Values{"client_id": {"tv"}})
	poll := func() map[string]any {
		return fetch(srv, srv.TokenURL(), url.Values{
			"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}, "client_id": {"tv"}, "device_code": {device["device_code"].(string)},
		})
	}
	fmt.Println(poll()["error"])
	fmt.Println(poll()["error"]) // too early: the interval is ten seconds now
	now = now.Add(10 * time.Second)
	fmt.Println(srv.ApproveDevice(device["user_code"].(string), "ann"))
	fmt.Println(poll()["token_type"], srv.TokenRequests()[2].Subject)
	// Output:
	// authorization_pending
	// slow_down
	// <nil>
	// Bearer ann
}

// The subject token is one that the server issued, or one it was told about.
func ExampleServer_AddSubjectToken() {
	srv := oauthtest.NewServer(oauthtest.Config{})
	defer srv.Close()
	srv.AddClient(oauthtest.Client{ID: "gateway", Secret: "s3cret"})
	srv.AddSubjectToken("a-token-of-the-partner", oauthtest.TokenTypeJWT, "ann")

	token := fetch(srv, srv.TokenURL(), url.Values{
		"grant_type": {"urn:ietf:params:oauth:grant-type:token-exchange"}, "client_id": {"gateway"}, "client_secret": {"s3cret"},
		"subject_token": {"a-token-of-the-partner"}, "subject_token_type": {oauthtest.TokenTypeJWT}, "audience": {"billing"},
	})
	fmt.Println(token["issued_token_type"], srv.TokenRequests()[0].Subject)
	// Output: urn:ietf:params:oauth:token-type:access_token ann
}

// In this mode a proof needs a nonce, which every answer renews.
func ExampleConfig_dPoP() {
	srv := oauthtest.NewServer(oauthtest.Config{DPoP: oauthtest.DPoPNonce})
	defer srv.Close()
	srv.AddClient(oauthtest.Client{ID: "bot", Secret: "s3cret"})
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		fmt.Println(err)
		return
	}

	nonce := ""
	for range 2 {
		claims, err := json.Marshal(map[string]any{
			"jti": rand.Text(), "htm": "POST", "htu": srv.TokenURL(), "iat": time.Now().Unix(), "nonce": nonce,
		})
		if err != nil {
			fmt.Println(err)
			return
		}
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, (&jose.SignerOptions{EmbedJWK: true}).WithType("dpop+jwt"))
		if err != nil {
			fmt.Println(err)
			return
		}
		jws, err := signer.Sign(claims)
		if err != nil {
			fmt.Println(err)
			return
		}
		proof, err := jws.CompactSerialize()
		if err != nil {
			fmt.Println(err)
			return
		}
		r, err := http.NewRequest(http.MethodPost, srv.TokenURL(), strings.NewReader("grant_type=client_credentials&client_id=bot&client_secret=s3cret"))
		if err != nil {
			fmt.Println(err)
			return
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("DPoP", proof)
		res, err := srv.HTTPClient().Do(r)
		if err != nil {
			fmt.Println(err)
			return
		}
		var reply struct {
			Error string `json:"error"`
			Type  string `json:"token_type"`
		}
		err = json.NewDecoder(res.Body).Decode(&reply)
		res.Body.Close()
		if err != nil {
			fmt.Println(err)
			return
		}
		nonce = res.Header.Get("DPoP-Nonce")
		fmt.Println(res.StatusCode, reply.Error+reply.Type, nonce != "")
	}
	// Output:
	// 400 use_dpop_nonce true
	// 200 DPoP true
}
