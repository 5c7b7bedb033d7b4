package oauthtest_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jeton-oauth/jeton/oauthtest"
)

const deviceGrant = "urn:ietf:params:oauth:grant-type:device_code"

// startDevice returns the reply of the device authorization endpoint.
func startDevice(t testing.TB, srv *oauthtest.Server, pairs ...string) reply {
	t.Helper()
	got := post(t, srv.HTTPClient(), srv.DeviceAuthorizationURL(), changed(form(bot()...), pairs...))
	if got.member("device_code") == "" {
		t.Fatalf("got %d %s", got.status, got.text)
	}
	return got
}

func TestDeviceAuthorization(t *testing.T) {
	k := keys()
	srv := newBot(t, oauthtest.Config{Now: fixed})
	srv.AddClient(oauthtest.Client{ID: "tv", Scopes: []string{"a"}, Resources: []string{"https://api"}, Grants: []string{deviceGrant}})
	srv.AddClient(oauthtest.Client{ID: "other", Grants: []string{oauthtest.GrantPassword}})
	srv.AddClient(oauthtest.Client{ID: "key", Keys: []oauthtest.Key{{Public: k.p256}}})
	asserted := func(aud any) []string {
		return []string{"client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
			"client_assertion", sign(t, "ES256", k.p256, nil, map[string]any{"iss": "key", "sub": "key", "aud": aud, "exp": start.Add(time.Minute).Unix()})}
	}
	rows := []struct {
		name        string
		params      []string
		method      string
		code, check string
		status      int
	}{
		{name: "public client", params: []string{"client_id", "tv", "scope", "a"}},
		{name: "confidential client", params: bot()},
		{name: "resource", params: []string{"client_id", "tv", "resource", "https://api"}},
		{name: "assertion for the issuer", params: asserted(srv.Issuer())},
		{name: "assertion for the token endpoint", params: asserted(srv.TokenURL()), code: "invalid_client", check: "aud", status: 401},
		{name: "no client", code: "invalid_client", check: "client_id", status: 401},
		{name: "wrong secret", params: []string{"client_id", "bot", "client_secret", "x"}, code: "invalid_client", check: "secret", status: 401},
		{name: "grant not allowed", params: []string{"client_id", "other"}, code: "unauthorized_client", check: "grant", status: 400},
		{name: "scope not allowed", params: []string{"client_id", "tv", "scope", "b"}, code: "invalid_scope", check: "scope", status: 400},
		{name: "resource unknown", params: []string{"client_id", "tv", "resource", "https://x"}, code: "invalid_target", check: "resource", status: 400},
		{name: "GET", method: http.MethodGet, code: "invalid_request", check: "method", status: 405},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			got := post(t, srv.HTTPClient(), srv.DeviceAuthorizationURL(), form(row.params...), func(r *http.Request) {
				if row.method != "" {
					r.Method = row.method
				}
			})
			if rec := lastRequest(t, srv); got.member("error") != row.code || rec.Check != row.check || rec.Endpoint != "/device_authorization" {
				t.Fatalf("got %d %s, check %q", got.status, got.text, rec.Check)
			}
			if row.code != "" {
				if got.status != row.status {
					t.Errorf("status %d", got.status)
				}
				return
			}
			uri := got.member("verification_uri")
			if got.status != 200 || got.body["expires_in"] != 600.0 || got.body["interval"] != 5.0 || uri != srv.URL+"/device" ||
				got.member("verification_uri_complete") != uri+"?user_code="+got.member("user_code") ||
				!regexp.MustCompile(`^[B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4}$`).MatchString(got.member("user_code")) {
				t.Errorf("reply %s", got.text)
			}
		})
	}
}

func TestDevice(t *testing.T) {
	type step struct {
		after   time.Duration
		do      string // "approve", "deny", "other client", "other code": before or instead of what the poll usually is
		code    string
		check   string
		subject string
	}
	const pending, slow = "authorization_pending", "slow_down"
	rows := []struct {
		name  string
		cfg   oauthtest.Config
		steps []step
	}{
		{"approved", oauthtest.Config{}, []step{{code: pending, check: "pending"}, {after: 5 * time.Second, code: pending, check: "pending"}, {after: 5 * time.Second, do: "approve", subject: "ann"}}},
		{"approved before the first poll", oauthtest.Config{}, []step{{do: "approve", subject: "ann"}}},
		{"used twice", oauthtest.Config{}, []step{{do: "approve", subject: "ann"}, {after: time.Minute, code: "invalid_grant", check: "device_used"}}},
		{"denied", oauthtest.Config{}, []step{{code: pending, check: "pending"}, {after: 5 * time.Second, do: "deny", code: "access_denied", check: "decision"}, {after: 5 * time.Second, code: "access_denied", check: "decision"}}},
		{"too fast", oauthtest.Config{}, []step{
			{code: pending, check: "pending"}, {after: 4999 * time.Millisecond, code: slow, check: "interval"},
			{after: 9 * time.Second, code: slow, check: "interval"}, // ten seconds by now, then fifteen
			{after: 14 * time.Second, code: slow, check: "interval"},
			{after: 20 * time.Second, do: "approve", subject: "ann"}}},
		{"too fast although approved", oauthtest.Config{}, []step{{code: pending, check: "pending"}, {do: "approve", code: slow, check: "interval"}, {after: 10 * time.Second, subject: "ann"}}},
		{"another interval", oauthtest.Config{DeviceInterval: time.Second}, []step{{code: pending, check: "pending"}, {after: time.Second, code: pending, check: "pending"}, {code: slow, check: "interval"}, {after: 5 * time.Second, code: slow, check: "interval"}}},
		{"expired", oauthtest.Config{}, []step{{after: 10 * time.Minute, code: "expired_token", check: "device_expired"}}},
		{"expired although approved", oauthtest.Config{DeviceLifetime: time.Minute}, []step{{code: pending, check: "pending"}, {do: "approve", after: time.Minute, code: "expired_token", check: "device_expired"}}},
		{"another client", oauthtest.Config{}, []step{{do: "other client", code: "invalid_grant", check: "device_client"}, {do: "approve", subject: "ann"}}},
		{"unknown code", oauthtest.Config{}, []step{{do: "other code", code: "invalid_grant", check: "device_code"}}},
		{"no code", oauthtest.Config{}, []step{{do: "no code", code: "invalid_request", check: "device_code"}}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			c := newClock()
			row.cfg.Now = c.Now
			srv := newBot(t, row.cfg)
			srv.AddClient(oauthtest.Client{ID: "other", Secret: "s3cret"})
			d := startDevice(t, srv, "scope", "a b")
			for i, st := range row.steps {
				poll := changed(form(bot("grant_type", deviceGrant)...), "device_code", d.member("device_code"))
				var err error
				switch st.do {
				case "approve":
					err = srv.ApproveDevice(strings.ToLower(strings.ReplaceAll(d.member("user_code"), "-", " ")), "ann")
				case "deny":
					err = srv.DenyDevice(d.member("user_code"))
				case "other client":
					poll.Set("client_id", "other")
				case "other code":
					poll.Set("device_code", "x")
				case "no code":
					poll.Del("device_code")
				}
				if err != nil {
					t.Fatal(err)
				}
				c.Add(st.after)
				got := post(t, srv.HTTPClient(), srv.TokenURL(), poll)
				want(t, srv, got, st.code, st.check)
				if st.code == "" && (lastRequest(t, srv).Subject != st.subject || got.member("scope") != "a b" || got.member("refresh_token") == "") {
					t.Errorf("step %d: %s for %s", i, got.text, lastRequest(t, srv).Subject)
				}
			}
		})
	}
}

func TestUserCodes(t *testing.T) {
	c := newClock()
	srv := newBot(t, oauthtest.Config{Now: c.Now, DeviceLifetime: time.Minute, ApproveAs: "ann"})
	var codes []string
	for range 4 {
		codes = append(codes, startDevice(t, srv).member("user_code"))
	}
	if err := srv.AwaitAt(t.Context(), "/device_authorization", 4); err != nil {
		t.Error(err)
	}
	if got := srv.UserCodes(); !slices.Equal(got, codes) {
		t.Errorf("%v wait, want %v", got, codes)
	}
	if err := srv.ApproveDevice(codes[0], ""); err != nil {
		t.Error(err)
	}
	if err := srv.DenyDevice(codes[0]); err == nil {
		t.Error("a decision can be changed")
	}
	if err := srv.ApproveDevice("", "ann"); err == nil {
		t.Error("no code is a code")
	}
	page := srv.URL + "/device"
	if got := get(t, srv.HTTPClient(), page+"?user_code="+codes[1]); got.status != 200 || !strings.Contains(got.text, codes[1]) || !strings.Contains(got.text, "ann") {
		t.Errorf("page: %d %s", got.status, got.text)
	}
	if got := get(t, srv.HTTPClient(), page+`?user_code="><script>`); strings.Contains(got.text, "<script>") {
		t.Errorf("page: %s", got.text)
	}
	for _, row := range []struct {
		code, decision string
		status         int
	}{{codes[1], "approve", 200}, {codes[1], "approve", 400}, {codes[2], "deny", 200}, {codes[3], "", 400}, {"x", "deny", 400}} {
		if got := post(t, srv.HTTPClient(), page, form("user_code", row.code, "decision", row.decision)); got.status != row.status {
			t.Errorf("%s %s: %d %s", row.code, row.decision, got.status, got.text)
		}
	}
	if got := srv.UserCodes(); !slices.Equal(got, codes[3:]) {
		t.Errorf("%v wait, want %v", got, codes[3:])
	}
	c.Add(time.Minute)
	if got := srv.UserCodes(); len(got) != 0 || srv.ApproveDevice(codes[3], "ann") == nil {
		t.Errorf("%v wait after their time", got)
	}
}
