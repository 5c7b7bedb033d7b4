package jeton_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/jeton-oauth/jeton"
)

// TestErrorEndpoint: an error says which endpoint has answered, by its name in
// metadata, so that nobody has to read that out of a sentence.
func TestErrorEndpoint(t *testing.T) {
	ctx := context.Background()
	refuse := say(404, "nothing")
	for name, row := range map[string]struct {
		want string
		fail func(t *testing.T) error
	}{
		"token": {"", func(*testing.T) error {
			s := newFakeServer().on(fakeToken, refuse).on(fakeWellKnown, say(200, metadataOf(nil)))
			_, err := s.engine().Exchange(ctx, issuerConnection("client_credentials"), nil)
			return err
		}},
		"device authorization": {"device_authorization_endpoint", func(*testing.T) error {
			s := newFakeServer().on(fakeDevice, refuse).on(fakeWellKnown, say(200, metadataOf(nil)))
			_, err := s.engine().AuthorizeDevice(ctx, issuerConnection("device_code"))
			return err
		}},
		"pushed authorization request": {"pushed_authorization_request_endpoint", func(*testing.T) error {
			_, err := pushes(say(400, object{"error": "invalid_request"})).engine().Authorize(ctx, issuerConnection("authorization_code"))
			return err
		}},
		"authorization": {"authorization_endpoint", func(t *testing.T) error {
			s := newFakeServer().on(fakeWellKnown, say(200, metadataOf(nil)))
			e, c := s.engine(), issuerConnection("authorization_code")
			login, _ := mustAuthorize(t, e, c)
			answer := answerTo(login, "error", "access_denied")
			_, err := e.Redeem(ctx, c, login, answer)
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			var failed *jeton.Error
			if err := row.fail(t); !errors.As(err, &failed) || failed.Endpoint != row.want {
				t.Errorf("%v of the endpoint %q, want %q", err, failed.Endpoint, row.want)
			}
		})
	}
}

// TestExplainPushed: what explain shows of a pushed request is what is sent, the
// proof included.
func TestExplainPushed(t *testing.T) {
	s := pushes(say(201, object{"request_uri": "urn:example:1", "expires_in": 90}))
	e, c := s.engine(), issuerConnection("authorization_code")
	c.Client.DPoP = &jeton.DPoP{}
	mustAuthorize(t, e, c)
	x, err := e.Explain(c, nil)
	if err != nil || x.Login == nil {
		t.Fatal(x, err)
	}
	sent := s.at(fakePAR)[0]
	shown := func(list []jeton.NameValue, name string) bool {
		return slices.ContainsFunc(list, func(v jeton.NameValue) bool { return v.Name == name })
	}
	for name := range sent.header {
		if !shown(x.Login.Headers, name) {
			t.Errorf("the header %s is sent and not shown", name)
		}
	}
	for name := range sent.form {
		if !shown(x.Login.Params, name) {
			t.Errorf("the parameter %s is sent and not shown", name)
		}
	}
	if x.Login.URL != fakePAR {
		t.Errorf("it goes to %s", x.Login.URL)
	}
}
