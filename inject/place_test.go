package inject_test

import (
	"net/http"
	"net/url"
	"path"
	"strings"
	"testing"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/inject"
)

// admitted asks a transport whether a token would go to target.
func admitted(t *testing.T, target *url.URL, host string, urls ...string) (bool, error) {
	t.Helper()
	a := &api{answers: []func() *http.Response{reply(200, "")}}
	transport := &inject.Transport{Source: &fakeSource{}, URLs: urls, Base: a}
	_, err := transport.RoundTrip(&http.Request{Method: "GET", URL: target, Host: host, Header: http.Header{}})
	if err == nil != (len(a.seen) == 1) || err != nil && jeton.CategoryOf(err) != jeton.DeliveryNotAllowed {
		t.Errorf("%v: %d sent, %v", target, len(a.seen), err)
	}
	return err == nil, err
}

// TestP59Places: where a token may go.
func TestP59Places(t *testing.T) {
	for _, row := range []struct {
		list, target string
		want         bool
	}{
		{"https://api.example.com/v2/", "https://api.example.com/v2/", true},
		{"https://api.example.com/v2/", "https://api.example.com/v2/a/b?c=//d/../e#f", true},
		{"https://api.example.com/v2/", "https://API.Example.COM:443/v2/a", true},
		{"https://API.example.com:443/v2/", "https://api.example.com/v2/a", true},
		{"https://api.example.com/v2/", "https://api.example.com/v2", false},
		{"https://api.example.com/v2/", "https://api.example.com/v2x", false},
		{"https://api.example.com/v2/", "https://api.example.com/V2/", false},
		{"https://api.example.com/v2/", "https://api.example.com/", false},
		{"https://api.example.com/v2", "https://api.example.com/v2", true},
		{"https://api.example.com/v2", "https://api.example.com/v2/a", true},
		{"https://api.example.com/v2", "https://api.example.com/v2evil", false},
		{"https://api.example.com", "https://api.example.com", true},
		{"https://api.example.com", "https://api.example.com/any/thing", true},
		{"https://api.example.com/", "http://api.example.com/", false},
		{"https://api.example.com/", "https://api.example.com:8443/", false},
		{"https://api.example.com:8443/", "https://api.example.com/", false},
		{"https://api.example.com/", "https://api.example.com.evil.example/", false},
		{"https://api.example.com/", "https://api.example.com@evil.example/", false},
		{"https://api.example.com/", "https://evil.example/https://api.example.com/", false},
		{"https://api.example.com/", "https://api.example.com./", false},
		{"https://api.example.com/", "https://sub.api.example.com/", false},
		{"https://api.example.com/", "//api.example.com/", false},
		{"https://api.example.com/", "/v2", false},
		{"https://[2001:db8::1]/", "https://[2001:db8::1]:443/x", true},
		{"http://127.0.0.1:8080/", "http://127.0.0.1:8080/x", true},
		{"http://127.0.0.1:8080/", "http://127.0.0.1/x", false},
		{"http://localhost/", "http://localhost:80/x", true},
		// What two servers may read in two ways.
		{"https://api.example.com/v2/", "https://api.example.com/v2/../admin", false},
		{"https://api.example.com/v2/", "https://api.example.com/v2/..", false},
		{"https://api.example.com/v2/", "https://api.example.com/v2/./a", false},
		{"https://api.example.com/v2/", "https://api.example.com/v2/%2e%2e%2fadmin", false},
		{"https://api.example.com/v2/", "https://api.example.com/v2/%2E%2e/admin", false},
		{"https://api.example.com/v2/", "https://api.example.com/v2/..%2fadmin", false},
		{"https://api.example.com/v2/", "https://api.example.com/v2/%252e%252e%252fadmin", false},
		{"https://api.example.com/v2/", "https://api.example.com/v2/..;x=1/admin", false},
		{"https://api.example.com/v2/", "https://api.example.com/v2//admin", false},
		{"https://api.example.com/v2/", "https://api.example.com//v2/", false},
		{"https://api.example.com/v2/", `https://api.example.com/v2/..\admin`, false},
		{"https://api.example.com/v2/", "https://api.example.com/v2/%5c..%5cadmin", false},
		{"https://api.example.com/v2/", "https://api.example.com/v2%2Fadmin", false},
		{"https://api.example.com/v2/", "https://api.example.com/%76%32/a", false},
		{"https://api.example.com/v2/", "https://api.example.com/v2/a%00", false},
		{"https://api.example.com/v2/", "https://api.example.com/v2/a%0d%0ab", false},
		// What is only unusual.
		{"https://api.example.com/v2/", "https://api.example.com/v2/group%2Fproject", true},
		{"https://api.example.com/v2/", "https://api.example.com/v2/.well-known/x..y/...", true},
		{"https://api.example.com/v2/", "https://api.example.com/v2/100%25", true},
		{"https://api.example.com/v2/", "https://api.example.com/v2/caf%C3%A9%20x", true},
	} {
		target, err := url.Parse(row.target)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := admitted(t, target, "", row.list); got != row.want {
			t.Errorf("%s under %s: %t, want %t (%v)", row.target, row.list, got, row.want, err)
		}
	}
}

func TestP59OddRequests(t *testing.T) {
	plain := func() *url.URL { return &url.URL{Scheme: "https", Host: "api.example.com", Path: "/v2/"} }
	if ok, _ := admitted(t, plain(), "API.example.com", apiURL); !ok {
		t.Error("the same host in another case is refused")
	}
	if ok, _ := admitted(t, plain(), "tenant.example.com", apiURL); ok {
		t.Error("a Host header that names another host is accepted")
	}
	for name, change := range map[string]func(*url.URL){
		"opaque":        func(u *url.URL) { u.Opaque = "//evil.example/v2/" },
		"no host":       func(u *url.URL) { u.Host = "" },
		"relative path": func(u *url.URL) { u.Path = "v2/" },
	} {
		u := plain()
		change(u)
		if ok, _ := admitted(t, u, "", apiURL); ok {
			t.Errorf("%s is accepted", name)
		}
	}
	if ok, _ := admitted(t, nil, "", apiURL); ok {
		t.Error("a request without URL is accepted")
	}
	if ok, _ := admitted(t, plain(), "", "https://other.example/", apiURL); !ok {
		t.Error("the second entry of the list is not looked at")
	}
}

// TestPlacesAreChecked: an entry that means nothing, or too much, refuses everything.
func TestPlacesAreChecked(t *testing.T) {
	target, _ := url.Parse(apiURL)
	for _, entry := range []string{"", "api.example.com", "/v2/", "http://api.example.com/", "https://", "https:///v2/", "https://*.example.com/", "*",
		"https://api.example.com/v2/?x", "https://api.example.com/v2/?x=1", "https://api.example.com/#", "https://u:p@api.example.com/", "{reply.instance_url}",
		"https://api.example.com/v2/../", "https://api.example.com//", `https://api.example.com/\`, "ftp://api.example.com/", "https://api.example.com/%zz"} {
		if ok, err := admitted(t, target, "", apiURL, entry); ok {
			t.Errorf("%q is accepted", entry)
		} else if strings.Contains(err.Error(), "u:p") {
			t.Errorf("the error shows the entry: %v", err)
		}
	}
	if _, err := admitted(t, target, ""); err == nil || !strings.Contains(err.Error(), "no URL") {
		t.Errorf("an empty list: %v", err)
	}
}

// TestP59CheckURL: the same rule for programs that send the request themselves.
func TestP59CheckURL(t *testing.T) {
	for _, row := range []struct {
		name   string
		urls   []string
		target string
		want   string // in the error; empty: the token may go there
	}{
		{"below", []string{apiURL}, apiURL + "a?b=c#d", ""},
		{"below the second", []string{"https://other.example/", apiURL}, apiURL, ""},
		{"above", []string{apiURL}, "https://api.example.com/", "outside"},
		{"another host", []string{apiURL}, "https://evil.example/v2/", "outside"},
		{"another host behind a user", []string{apiURL}, "https://api.example.com@evil.example/v2/", "outside"},
		{"another port", []string{apiURL}, "https://api.example.com:8443/v2/", "outside"},
		{"http", []string{apiURL}, "http://api.example.com/v2/", "outside"},
		{"out of it again", []string{apiURL}, "https://api.example.com/v2/../x", "segment"},
		{"relative", []string{apiURL}, "/v2/", "absolute"},
		{"without scheme", []string{apiURL}, "api.example.com/v2/", "absolute"},
		{"opaque", []string{apiURL}, "https:api.example.com/v2/", "absolute"},
		{"unreadable", []string{apiURL}, "https://api.example.com/v2/%zz-canary", "cannot be read"},
		{"two parsers, two hosts", []string{apiURL}, `https://api.example.com\@evil.example/v2/`, "cannot be read"},
		{"a line break", []string{apiURL}, "https://api.example.com/v2/\nx", "cannot be read"},
		{"no list", nil, apiURL, "no URL is listed"},
		{"a list with a variable", []string{apiURL, "{reply.instance_url}"}, apiURL, "variable"},
	} {
		t.Run(row.name, func(t *testing.T) {
			err := inject.CheckURL(row.urls, row.target)
			switch {
			case row.want == "" && err != nil:
				t.Error(err)
			case row.want == "":
			case err == nil || !strings.Contains(err.Error(), row.want) || jeton.CategoryOf(err) != jeton.DeliveryNotAllowed:
				t.Errorf("%v, want %q", err, row.want)
			case strings.Contains(err.Error(), "canary"):
				t.Errorf("the error shows the URL: %v", err)
			}
		})
	}
}

// FuzzPlaces: whatever is admitted stays below the place, however a server
// cleans the path, and whether it decodes it once or twice.
func FuzzPlaces(f *testing.F) {
	for _, target := range []string{apiURL + "a", "https://api.example.com/v2/%2e%2e%2fadmin", "https://api.example.com/v2/..;/a", "https://api.example.com:443/v2/%252e%252e/a"} {
		f.Add(target)
	}
	transport := &inject.Transport{Source: &fakeSource{}, URLs: []string{apiURL}, Base: roundTripFunc(func(*http.Request) (*http.Response, error) { return reply(200, "")(), nil })}
	f.Fuzz(func(t *testing.T, raw string) {
		u, err := url.Parse(raw)
		if err != nil {
			return
		}
		if _, err := transport.RoundTrip(&http.Request{URL: u, Header: http.Header{}}); err != nil {
			return
		}
		if u.Scheme != "https" || !strings.EqualFold(u.Hostname(), "api.example.com") || u.Port() != "" && u.Port() != "443" {
			t.Errorf("%q is another origin", raw)
		}
		paths := []string{u.EscapedPath(), u.Path}
		if twice, err := url.PathUnescape(u.Path); err == nil {
			paths = append(paths, twice)
		}
		for _, p := range paths {
			if cleaned := path.Clean(strings.ReplaceAll(p, `\`, "/")) + "/"; !strings.HasPrefix(cleaned, "/v2/") {
				t.Errorf("%q leads to %q", raw, cleaned)
			}
		}
	})
}
