package jeton_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jeton-oauth/jeton"
)

// fakeReply is what a fake server answers; err instead is a failure of the network.
type fakeReply struct {
	status int
	header http.Header
	body   string
	err    error
}

// say is a JSON reply; header are names and values in turn.
func say(status int, body any, header ...string) fakeReply {
	text, isText := body.(string)
	if !isText {
		data, err := json.Marshal(body)
		if err != nil {
			panic(err)
		}
		text = string(data)
	}
	reply := fakeReply{status: status, body: text, header: http.Header{"Content-Type": {"application/json"}}}
	for i := 0; i < len(header); i += 2 {
		reply.header.Add(header[i], header[i+1])
	}
	return reply
}

// object is a JSON object.
type object = map[string]any

// fakeRequest is what arrived at a fake server.
type fakeRequest struct {
	method, target string
	header         http.Header
	form           url.Values
	at             time.Time
}

// fakeServer is an authorization server in memory: answers by URL without query.
// Nothing else of it can be reached.
type fakeServer struct {
	mu      sync.Mutex
	answers map[string]func(fakeRequest) fakeReply
	seen    []fakeRequest
}

var errFakeNetwork = errors.New("the fake network is down")

func newFakeServer() *fakeServer {
	return &fakeServer{answers: map[string]func(fakeRequest) fakeReply{}}
}

// on sets the answers at a URL: one after the other, the last one for ever.
func (s *fakeServer) on(target string, replies ...fakeReply) *fakeServer {
	next := 0
	s.answers[target] = func(fakeRequest) fakeReply {
		reply := replies[min(next, len(replies)-1)]
		next++
		return reply
	}
	return s
}

func (s *fakeServer) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	form, _ := url.ParseQuery(string(body))
	target := *r.URL
	target.RawQuery = ""
	request := fakeRequest{method: r.Method, target: target.String(), header: r.Header.Clone(), form: form, at: time.Now()}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = append(s.seen, request)
	reply := say(http.StatusNotFound, "")
	if answer := s.answers[request.target]; answer != nil {
		reply = answer(request)
	}
	if reply.err != nil {
		return nil, reply.err
	}
	if reply.header == nil {
		reply.header = http.Header{}
	}
	return &http.Response{StatusCode: reply.status, Header: reply.header, Body: io.NopCloser(strings.NewReader(reply.body)), ContentLength: int64(len(reply.body)), Request: r}, nil
}

// at are the requests that arrived at a URL.
func (s *fakeServer) at(target string) (list []fakeRequest) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.seen {
		if r.target == target {
			list = append(list, r)
		}
	}
	return list
}

func (s *fakeServer) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.seen)
}

func (s *fakeServer) engine() *jeton.Engine {
	return &jeton.Engine{HTTP: &http.Client{Transport: s}}
}

const (
	fakeIssuer    = "https://as.example"
	fakeWellKnown = fakeIssuer + "/.well-known/oauth-authorization-server"
	fakeOpenID    = fakeIssuer + "/.well-known/openid-configuration"
	fakeToken     = fakeIssuer + "/token"
	fakeAuthorize = fakeIssuer + "/authorize"
	fakePAR       = fakeIssuer + "/par"
	fakeDevice    = fakeIssuer + "/device"
)

// metadataOf are the metadata of fakeIssuer; a change replaces a member, and nil removes it.
func metadataOf(changes object) object {
	m := object{"issuer": fakeIssuer, "token_endpoint": fakeToken, "authorization_endpoint": fakeAuthorize, "device_authorization_endpoint": fakeDevice,
		"token_endpoint_auth_methods_supported": []string{"client_secret_post", "client_secret_basic", "private_key_jwt", "none"}}
	for name, value := range changes {
		if m[name] = value; value == nil {
			delete(m, name)
		}
	}
	return m
}

func tokenReply(changes object) object {
	m := object{"access_token": "fake-access-token", "token_type": "Bearer", "expires_in": 3600, "refresh_token": "fake-refresh-token"}
	for name, value := range changes {
		if m[name] = value; value == nil {
			delete(m, name)
		}
	}
	return m
}

// loginConnection is a connection with every endpoint written.
func loginConnection(grant string) *jeton.Connection {
	return &jeton.Connection{TokenURL: fakeToken, AuthorizationURL: fakeAuthorize, DeviceAuthorizationURL: fakeDevice,
		Client: jeton.Client{ID: clientID, Auth: "client_secret_post", Secret: jeton.SecretList{jeton.SecretValue(clientSecret)}},
		Grant:  jeton.GrantOptions{Type: grant}, Scopes: jeton.Scopes{"read", "write"}}
}

// issuerConnection leaves every endpoint to the metadata.
func issuerConnection(grant string) *jeton.Connection {
	c := loginConnection(grant)
	c.Issuer, c.TokenURL, c.AuthorizationURL, c.DeviceAuthorizationURL = fakeIssuer, "", "", ""
	return c
}

// failedAs fails the test unless err is an *Error of a category.
func failedAs(t *testing.T, err error, category jeton.Category) *jeton.Error {
	t.Helper()
	var e *jeton.Error
	if !errors.As(err, &e) || e.Category() != category {
		t.Fatalf("got %v (%s), want %s", err, jeton.CategoryOf(err), category)
	}
	return e
}

// allText is everything that an error says.
func allText(e *jeton.Error) string {
	text := e.Error() + "|" + e.Code + "|" + e.Description + "|" + e.URI + "|" + e.Problem
	for _, f := range e.Findings {
		text += "|" + string(f.Parameter) + "|" + f.Problem + "|" + f.Fix + "|" + f.Proposed + "|" + f.Evidence
	}
	return text
}
