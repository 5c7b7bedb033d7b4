package jeton_test

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"html"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// browser is a person with a browser, as far as a login at a real authorization
// server needs one: it keeps cookies, follows redirects and fills in forms.
type browser struct {
	client *http.Client
	// types is what the person enters, by name of the field.
	types map[string]string
	// presses is the button that the person prefers, by name; one without a name
	// is what any other form is sent with.
	presses map[string]string
	// cancels: the person follows the link with this word in its address.
	cancels string
	// redirectURL ends the journey: what it would be called with is the answer.
	// Empty: it is called like any other.
	redirectURL string

	// decided: the person pressed that button, or followed that link, and is
	// done with forms.
	decided bool
	// page is the last one that was shown, and status its status.
	page   string
	status int
}

// newBrowser is ada, who allows what she is asked for.
func newBrowser(redirectURL string) *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		panic(err) // never: there are no options
	}
	return &browser{
		client: &http.Client{Jar: jar, Timeout: 20 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		}},
		types:       map[string]string{"login": "ada", "password": adaPassword},
		redirectURL: redirectURL,
	}
}

// trust makes the browser accept the certificates of this CA.
func (b *browser) trust(ca []byte) {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	b.client.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, DisableKeepAlives: true}
}

// open goes to a URL and on from there, until there is no form left, or the
// redirect URL is reached, whose query it returns.
func (b *browser) open(t *testing.T, target string) url.Values {
	t.Helper()
	next, err := http.NewRequestWithContext(t.Context(), http.MethodGet, target, nil)
	for range 20 {
		if err != nil {
			t.Fatal(err)
		}
		if b.redirectURL != "" && strings.HasPrefix(next.URL.String(), b.redirectURL+"?") {
			return next.URL.Query()
		}
		location := b.load(t, next)
		if location == "" {
			form := b.form(t, next.URL)
			if form == nil {
				return nil
			}
			next = form
			continue
		}
		next, err = http.NewRequestWithContext(t.Context(), http.MethodGet, location, nil)
	}
	t.Fatalf("the login does not end; the last page is\n%s", b.page)
	return nil
}

// load asks for one page. Where the server, or the person, goes elsewhere it
// returns that.
func (b *browser) load(t *testing.T, request *http.Request) (location string) {
	t.Helper()
	response, err := b.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	b.page, b.status = string(body), response.StatusCode
	if response.StatusCode >= 300 && response.StatusCode < 400 {
		u, err := response.Location()
		if err != nil {
			t.Fatal(err)
		}
		return u.String()
	}
	for _, link := range regexp.MustCompile(`<a href="([^"]*)"`).FindAllStringSubmatch(b.page, -1) {
		if b.cancels != "" && strings.Contains(link[1], b.cancels) {
			b.decided = true
			return html.UnescapeString(link[1])
		}
	}
	return ""
}

var (
	elements   = regexp.MustCompile(`<(/?form|input|button)\b([^>]*)>`)
	attributes = regexp.MustCompile(`([\w-]+)="([^"]*)"`)
)

// form fills in the first form of the page; nil if there is none, or if it was
// refused: a person does not enter the same thing twice.
func (b *browser) form(t *testing.T, page *url.URL) *http.Request {
	t.Helper()
	var action *url.URL
	var id string
	inside := false
	values, pressed := url.Values{}, url.Values{}
	for _, element := range elements.FindAllStringSubmatch(b.page, -1) {
		attribute := map[string]string{}
		for _, found := range attributes.FindAllStringSubmatch(element[2], -1) {
			attribute[found[1]] = html.UnescapeString(found[2])
		}
		name := attribute["name"]
		belongs := inside || id != "" && attribute["form"] == id
		switch {
		case element[1] == "form" && action == nil:
			inside, id = true, attribute["id"]
			var err error
			if action, err = page.Parse(attribute["action"]); err != nil {
				t.Fatal(err)
			}
		case element[1] == "/form":
			inside = false
		case element[1] == "input" && inside:
			values.Set(name, cmp.Or(b.types[name], attribute["value"]))
		case element[1] == "button" && belongs && name != "" && b.presses[name] == attribute["value"]:
			pressed.Set(name, attribute["value"])
		}
	}
	if action == nil || b.status >= 400 || b.decided {
		return nil
	}
	b.decided = len(pressed) > 0
	maps.Copy(values, pressed)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, action.String(), strings.NewReader(values.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return request
}
