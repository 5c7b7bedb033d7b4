package jeton_test

import (
	"testing"
	"time"

	"github.com/jeton-oauth/jeton"
)

// atDevice begins a login at another device.
func atDevice(t *testing.T, e *jeton.Engine, c *jeton.Connection) *jeton.DeviceAuthorization {
	t.Helper()
	d, err := e.AuthorizeDevice(t.Context(), c)
	if err != nil {
		t.Fatalf("%v %+v", err, findingsOf(c, err))
	}
	if d.UserCode == "" || d.VerificationURI == "" || time.Until(d.Expiry) > 31*time.Minute || (d.DPoPKey == nil) != (c.Client.DPoP == nil) {
		t.Fatalf("%+v", d)
	}
	_, err = e.PollDevice(t.Context(), c, d)
	if failed := refused(t, c, err, jeton.Provider4xxOther, "consent", d.DeviceCode.Reveal()); failed.Code != "authorization_pending" {
		t.Fatalf("before the login: %v", err)
	}
	return d
}

// loggedInAtDevice is a login there, and the token of it.
func (w *loginWorld) loggedInAtDevice(t *testing.T, e *jeton.Engine, c *jeton.Connection) *jeton.Token {
	t.Helper()
	d := atDevice(t, e, c)
	b := newBrowser("")
	b.trust(w.CA) // where a login begins at the mTLS listener, its page is there too
	if b.open(t, d.VerificationURIComplete); b.status != 200 {
		t.Fatalf("status %d\n%s", b.status, b.page)
	}
	return mustToken(t, c)(e.PollDevice(t.Context(), c, d))
}

func (w *loginWorld) testDevice(t *testing.T) {
	for name, begin := range map[string]func(*jeton.DeviceAuthorization) (target, code string){
		"code entered":  func(d *jeton.DeviceAuthorization) (string, string) { return d.VerificationURI, d.UserCode },
		"code in a URL": func(d *jeton.DeviceAuthorization) (string, string) { return d.VerificationURIComplete, "" },
	} {
		t.Run(name, func(t *testing.T) {
			engine := new(jeton.Engine)
			c := w.connection("device", "device_code")
			d := atDevice(t, engine, c)
			target, code := begin(d)
			b := newBrowser("")
			b.types["user_code"] = code
			if b.open(t, target); b.status != 200 {
				t.Fatalf("status %d\n%s", b.status, b.page)
			}
			d.Interval = time.Millisecond // this server lets us
			token := mustToken(t, c)(engine.AwaitDevice(t.Context(), c, d, nil))
			if known := w.introspect(t, token.AccessToken); known["sub"] != "ada" || known["client_id"] != "device" || known["scope"] != "read" {
				t.Errorf("introspection: %v", known)
			}
			_, err := engine.PollDevice(t.Context(), c, d)
			refused(t, c, err, jeton.InvalidGrant, "grant.type", d.DeviceCode.Reveal())
			// That revoked everything; the refresh token works for another.
			_, err = engine.Exchange(t.Context(), c, token)
			refused(t, c, err, jeton.InvalidGrant, "grant.refresh_token", token.RefreshToken.Reveal())
		})
	}
	t.Run("renewed", func(t *testing.T) {
		engine := new(jeton.Engine)
		c := w.connection("device", "device_code")
		token := w.loggedInAtDevice(t, engine, c)
		if next := mustToken(t, c)(engine.Exchange(t.Context(), c, token)); next.RefreshToken.Equal(token.RefreshToken) {
			t.Error("not rotated")
		}
	})
}

func (w *loginWorld) testDeviceTwins(t *testing.T) {
	for name, change := range map[string]func(*browser){
		"denied where the code is shown": func(b *browser) { b.presses = map[string]string{"abort": "yes"} },
		"denied at the login":            func(b *browser) { b.cancels = "/abort" },
	} {
		t.Run(name, func(t *testing.T) {
			engine := new(jeton.Engine)
			c := w.connection("device", "device_code")
			d := atDevice(t, engine, c)
			b := newBrowser("")
			b.types["user_code"] = d.UserCode
			change(b)
			b.open(t, d.VerificationURI)
			d.Interval = time.Millisecond
			_, err := engine.AwaitDevice(t.Context(), c, d, nil)
			if failed := refused(t, c, err, jeton.ConsentRequired, "consent", d.DeviceCode.Reveal()); failed.Code != "access_denied" {
				t.Errorf("%v", err)
			}
		})
	}
	t.Run("expired", func(t *testing.T) {
		engine := new(jeton.Engine)
		c := w.connection("short", "device_code")
		d, err := engine.AuthorizeDevice(t.Context(), c)
		if err != nil || time.Until(d.Expiry) > time.Second {
			t.Fatalf("%v %+v", err, d)
		}
		d.Expiry = d.Expiry.Add(time.Minute) // so that the server has to say it
		d.Interval = 100 * time.Millisecond
		_, err = engine.AwaitDevice(t.Context(), c, d, nil)
		if failed := refused(t, c, err, jeton.ConsentRequired, "consent", d.DeviceCode.Reveal()); len(failed.Findings) != 1 || !failed.Findings[0].Certain {
			t.Errorf("%+v", failed.Findings)
		}
		_, err = engine.PollDevice(t.Context(), c, d)
		if failed := refused(t, c, err, jeton.ConsentRequired, "consent", d.DeviceCode.Reveal()); failed.Code != "expired_token" {
			t.Errorf("%v", err)
		}
	})
	for name, test := range map[string]struct {
		client    string
		change    func(*jeton.Connection)
		category  jeton.Category
		parameter jeton.Parameter
	}{
		"wrong secret":        {"device", wrongSecret, jeton.InvalidClient, "client.secret"},
		"not for this client": {"web", func(*jeton.Connection) {}, jeton.InvalidRequest, "grant.type"},
		"foreign scope":       {"device", withScopes("write"), jeton.InvalidScope, "scopes"},
		"unknown resource":    {"device", withResource("https://other.example/"), jeton.InvalidTarget, "request.params.resource"},
		"not the endpoint of it": {"device", func(c *jeton.Connection) { c.DeviceAuthorizationURL = w.Issuer + "/nothing" }, jeton.Provider4xxOther,
			"device_authorization_url"},
	} {
		t.Run(name, func(t *testing.T) {
			c := w.connection(test.client, "device_code", test.change)
			_, err := new(jeton.Engine).AuthorizeDevice(t.Context(), c)
			refused(t, c, err, test.category, test.parameter)
		})
	}
	t.Run("wrong device code", func(t *testing.T) {
		engine := new(jeton.Engine)
		c := w.connection("device", "device_code")
		d := atDevice(t, engine, c)
		d.DeviceCode = jeton.NewSecret("canary-device-code")
		_, err := engine.PollDevice(t.Context(), c, d)
		refused(t, c, err, jeton.InvalidGrant, "grant.type", "canary-device-code")
	})
}
