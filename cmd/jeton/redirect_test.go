package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/jeton-oauth/jeton"
)

// Where no browser runs yet, what opens a URL may wait until it is closed.
func TestStartBrowserDoesNotWait(t *testing.T) {
	closed, opened := make(chan struct{}), make(chan string)
	p := &program{stderr: new(bytes.Buffer), openBrowser: func(url string) error {
		opened <- url
		<-closed
		return nil
	}}
	defer close(closed)
	p.startBrowser("https://as.example/authorize")
	if url := <-opened; url != "https://as.example/authorize" {
		t.Errorf("opened %s", url)
	}
}

// A text that stands alone says what is wrong, not how many problems follow.
func TestOutcomePageSaysTheProblem(t *testing.T) {
	const problem = "the code stands in it twice"
	err := jeton.NewError(jeton.MalformedResponse, jeton.StageOAuth, "the answer cannot be used: "+problem,
		jeton.Finding{Parameter: "authorization_url", Problem: problem, Fix: "ask the provider"})
	if got := outcomePage(err).Text; !strings.Contains(got, problem) {
		t.Errorf("the page says %q", got)
	}
}

func TestListenerHost(t *testing.T) {
	for name, tt := range map[string]struct {
		redirect, host string
		want           int
	}{
		"same":                  {"http://127.0.0.1:7481/cb", "127.0.0.1:7481", http.StatusBadRequest}, // it has no state
		"port 80 is left out":   {"http://127.0.0.1:80/cb", "127.0.0.1", http.StatusBadRequest},
		"ipv6, port 80":         {"http://[::1]:80/cb", "[::1]", http.StatusBadRequest},
		"capital letters":       {"http://LocalHost:7481/cb", "localhost:7481", http.StatusBadRequest},
		"another name":          {"http://127.0.0.1:7481/cb", "rebound.example:7481", http.StatusNotFound},
		"another port":          {"http://127.0.0.1:7481/cb", "127.0.0.1:748", http.StatusNotFound},
		"no port":               {"http://127.0.0.1:7481/cb", "127.0.0.1", http.StatusNotFound},
		"another name, port 80": {"http://127.0.0.1:80/cb", "rebound.example", http.StatusNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			redirect, err := url.Parse(tt.redirect)
			if err != nil {
				t.Fatal(err)
			}
			l := &listener{login: &jeton.Authorization{State: jeton.NewSecret("s")}, redirect: redirect}
			r, w := httptest.NewRequest(http.MethodGet, "/cb?code=x", nil), httptest.NewRecorder()
			r.Host = tt.host
			l.ServeHTTP(w, r)
			if w.Code != tt.want {
				t.Errorf("status %d, want %d", w.Code, tt.want)
			}
		})
	}
}
