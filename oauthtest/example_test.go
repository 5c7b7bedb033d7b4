package oauthtest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"github.com/jeton-oauth/jeton/oauthtest"
)

func Example() {
	srv := oauthtest.NewServer(oauthtest.Config{})
	defer srv.Close()
	srv.AddClient(oauthtest.Client{ID: "bot", Secret: "s3cret"})

	res, err := srv.HTTPClient().PostForm(srv.TokenURL(), url.Values{
		"grant_type": {"client_credentials"}, "client_id": {"bot"}, "client_secret": {"s3cret"}, "scope": {"read"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer res.Body.Close()
	var token struct {
		Type      string `json:"token_type"`
		ExpiresIn int    `json:"expires_in"`
		Scope     string `json:"scope"`
	}
	fmt.Println(json.NewDecoder(res.Body).Decode(&token), token)
	// Output: <nil> {Bearer 3600 read}
}

// Faults make single requests fail; a zero Fault between them is a good answer.
func ExampleServer_Next() {
	srv := oauthtest.NewServer(oauthtest.Config{})
	defer srv.Close()
	srv.AddClient(oauthtest.Client{ID: "bot", Secret: "s3cret"})
	srv.Next(oauthtest.RetryAfter(http.StatusTooManyRequests, "30"), oauthtest.Fault{}, oauthtest.Error(400, "invalid_grant", ""))

	for range 3 {
		res, err := srv.HTTPClient().PostForm(srv.TokenURL(), url.Values{
			"grant_type": {"client_credentials"}, "client_id": {"bot"}, "client_secret": {"s3cret"},
		})
		if err != nil {
			fmt.Println(err)
			return
		}
		res.Body.Close()
		fmt.Printf("%d %q\n", res.StatusCode, res.Header.Get("Retry-After"))
	}
	// Output:
	// 429 "30"
	// 200 ""
	// 400 ""
}

// The server says which check failed, even where it does not tell the client.
func ExampleServer_Requests() {
	srv := oauthtest.NewServer(oauthtest.Config{Errors: oauthtest.ErrorsTerse})
	defer srv.Close()
	srv.AddClient(oauthtest.Client{ID: "bot", Secret: "s3cret"})

	res, err := srv.HTTPClient().PostForm(srv.TokenURL(), url.Values{
		"grant_type": {"client_credentials"}, "client_id": {"bot"}, "client_secret": {"guess"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	res.Body.Close()
	for _, r := range srv.Requests() {
		fmt.Println(r.Method, r.Endpoint, r.Client, r.Status, r.Error+":", r.Reason)
	}
	// Output: POST /token bot 401 invalid_client: the client secret is wrong
}

// With TLS, a second listener asks for client certificates.
func ExampleNewTLSServer() {
	srv := oauthtest.NewTLSServer(oauthtest.Config{})
	defer srv.Close()
	srv.AddClient(oauthtest.Client{ID: "bot", SubjectDN: "CN=bot"})

	certificate := srv.IssueClientCertificate("bot")
	res, err := srv.HTTPClient(certificate.TLS).PostForm(srv.MTLSTokenURL(), url.Values{
		"grant_type": {"client_credentials"}, "client_id": {"bot"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	res.Body.Close()
	fmt.Println(res.StatusCode, srv.Requests()[0].AuthMethod)
	// Output: 200 tls_client_auth
}
