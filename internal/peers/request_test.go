package peers_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// reply is an answer of a token endpoint, of introspection or of revocation.
type reply struct {
	Status int         `json:"-"`
	Header http.Header `json:"-"`
	Body   string      `json:"-"`

	AccessToken  string `json:"access_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int    `json:"expires_in"`
	RefreshToken string `json:"refresh_token"`
	Scope        string `json:"scope"`
	Error        string `json:"error"`
	Description  string `json:"error_description"`
	Active       bool   `json:"active"`
	DeviceCode   string `json:"device_code"`
}

// wants is what a test expects of a reply. The zero value is a token.
type wants struct {
	status      int
	err         string
	description string
}

func (r reply) check(t *testing.T, w wants) {
	t.Helper()
	if w == (wants{}) {
		if r.Status != http.StatusOK || r.AccessToken == "" || r.TokenType != "Bearer" || r.ExpiresIn != 600 {
			t.Fatalf("not a token: %d %s", r.Status, r.Body)
		}
		return
	}
	if got := (wants{r.Status, r.Error, r.Description}); got != w {
		t.Fatalf("got %+v, want %+v", got, w)
	}
}

type edit func(*http.Request)

// basic sets the Authorization header without form-encoding first.
func basic(id, secret string) edit {
	return func(r *http.Request) { r.SetBasicAuth(id, secret) }
}

// encodedBasic does as RFC 6749 section 2.3.1 says.
func encodedBasic(id, secret string) edit {
	return basic(url.QueryEscape(id), url.QueryEscape(secret))
}

func header(name, value string) edit {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

// post sends a form given as name, value, name, value. Empty values are left out.
func post(t *testing.T, client *http.Client, target string, form []string, edits ...edit) reply {
	t.Helper()
	values := url.Values{}
	for i := 0; i < len(form); i += 2 {
		if form[i+1] != "" {
			values.Add(form[i], form[i+1])
		}
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, target, strings.NewReader(values.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Accept", "application/json")
	for _, change := range edits {
		change(request)
	}
	return send(t, client, request)
}

func send(t *testing.T, client *http.Client, request *http.Request) reply {
	t.Helper()
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	r := reply{Status: response.StatusCode, Header: response.Header, Body: string(body)}
	if len(body) > 0 {
		if err := json.Unmarshal(body, &r); err != nil {
			t.Fatalf("%d %s: %v", r.Status, body, err)
		}
	}
	return r
}

// plainClient speaks http, tlsClient presents a certificate (or none).
var plainClient = &http.Client{Timeout: 20 * time.Second}

func tlsClient(t *testing.T, ca []byte, certificate *tls.Certificate) *http.Client {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	config := &tls.Config{RootCAs: roots}
	if certificate != nil {
		// tls.Config.Certificates would keep a certificate back that does not
		// lead to the CA which the server names; every self-signed one.
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			return certificate, nil
		}
	}
	transport := &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: 20 * time.Second}
}
