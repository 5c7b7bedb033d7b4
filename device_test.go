package jeton_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jeton-oauth/jeton"
)

func deviceReply(changes object) object {
	m := object{"device_code": "device-code-canary", "user_code": "WDJB-MJHT", "verification_uri": "https://as.example/activate", "expires_in": 900, "interval": 5}
	for name, value := range changes {
		if m[name] = value; value == nil {
			delete(m, name)
		}
	}
	return m
}

func pending() fakeReply   { return say(400, object{"error": "authorization_pending"}) }
func slowDown() fakeReply  { return say(400, object{"error": "slow_down"}) }
func networkUp() fakeReply { return fakeReply{err: errFakeNetwork} }

func TestAuthorizeDevice(t *testing.T) {
	s := newFakeServer().on(fakeDevice, say(200, deviceReply(object{"verification_uri_complete": "https://as.example/activate?user_code=WDJB-MJHT"})))
	e, c := s.engine(), issuerConnection("device_code")
	s.on(fakeWellKnown, say(200, metadataOf(nil)))
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	e.Now = func() time.Time { return now }
	c.Request.Params = map[string]jeton.ParamValues{"audience": jeton.Param("api"), "other": jeton.Param("x")}
	d, err := e.AuthorizeDevice(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	if d.DeviceCode.Reveal() != "device-code-canary" || d.UserCode != "WDJB-MJHT" || d.VerificationURI != "https://as.example/activate" || d.Interval != 5*time.Second ||
		!d.Expiry.Equal(now.Add(15*time.Minute)) || d.VerificationURIComplete != "https://as.example/activate?user_code=WDJB-MJHT" || d.DPoPKey != nil {
		t.Errorf("%+v", d)
	}
	if shown := fmt.Sprintf("%+v", d); strings.Contains(shown, "canary") {
		t.Error(shown)
	}
	if got, want := s.at(fakeDevice)[0].form.Encode(), "audience=api&client_id=client-1&client_secret="; !strings.HasPrefix(got, want) || !strings.HasSuffix(got, "&scope=read+write") {
		t.Errorf("sent %s", got)
	}
}

func TestDeviceReply(t *testing.T) {
	const interval, life = 5 * time.Second, 900 * time.Second
	for _, row := range []struct {
		name           string
		changes        object
		bad            bool
		interval, life time.Duration
	}{
		{"as it should be", nil, false, interval, life},
		{"no device_code", object{"device_code": nil}, true, 0, 0},
		{"empty device_code", object{"device_code": ""}, true, 0, 0},
		{"device_code is a number", object{"device_code": 7}, true, 0, 0},
		{"huge device_code", object{"device_code": strings.Repeat("d", 17<<10)}, true, 0, 0},
		{"no user_code", object{"user_code": nil}, true, 0, 0},
		{"user_code with an escape sequence", object{"user_code": "AB\x1b[2J"}, true, 0, 0},
		{"user_code with a line break", object{"user_code": "AB\nCD"}, true, 0, 0},
		{"user_code that turns the direction", object{"user_code": "AB\u202eCD"}, true, 0, 0},
		{"blank user_code", object{"user_code": "   "}, true, 0, 0},
		{"user_code that is the device_code", object{"user_code": "device-code-canary"}, true, 0, 0},
		{"verification_uri with the device_code", object{"verification_uri": "https://as.example/device-code-canary"}, true, 0, 0},
		{"huge user_code", object{"user_code": strings.Repeat("A", 200)}, true, 0, 0},
		{"no verification_uri", object{"verification_uri": nil}, true, 0, 0},
		{"verification_url", object{"verification_uri": nil, "verification_url": "https://as.example/activate"}, false, interval, life},
		{"verification_uri with a fragment", object{"verification_uri": "https://as.example/#/activate"}, false, interval, life},
		{"javascript", object{"verification_uri": "javascript:alert(1)"}, true, 0, 0},
		{"javascript in a comment", object{"verification_uri": "javascript://as.example/%0aalert(1)"}, true, 0, 0},
		{"file", object{"verification_uri": "file:///etc/passwd"}, true, 0, 0},
		{"http", object{"verification_uri": "http://as.example/activate"}, true, 0, 0},
		{"user information", object{"verification_uri": "https://as.example@evil.example/"}, true, 0, 0},
		{"verification_uri that turns the direction", object{"verification_uri": "https://as.example/\u202eactivate"}, true, 0, 0},
		{"a fragment with an escape sequence", object{"verification_uri": "https://as.example/#\x1b[2J"}, true, 0, 0},
		{"huge verification_uri", object{"verification_uri": "https://as.example/#" + strings.Repeat("a", 9000)}, true, 0, 0},
		{"interval 1e9", object{"interval": 1e9}, false, 5 * time.Minute, life},
		{"interval 1e300", object{"interval": 1e300}, false, 5 * time.Minute, life},
		{"interval 0", object{"interval": 0}, false, time.Second, life},
		{"interval -1", object{"interval": -1}, false, time.Second, life},
		{"interval -1e10", object{"interval": -1e10}, false, time.Second, life},
		{"interval 2.5", object{"interval": 2.5}, false, 3 * time.Second, life},
		{"interval as text", object{"interval": "7"}, false, 7 * time.Second, life},
		{"interval is no number", object{"interval": "often"}, false, interval, life},
		{"no interval", object{"interval": nil}, false, interval, life},
		{"no expires_in", object{"expires_in": nil}, false, interval, 10 * time.Minute},
		{"expires_in 1e9", object{"expires_in": 1e9}, false, interval, time.Hour},
		{"expires_in as text", object{"expires_in": "60"}, false, interval, time.Minute},
		{"expires_in -1", object{"expires_in": -1}, false, interval, 0},
		{"expires_in -1e10", object{"expires_in": -1e10}, false, interval, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
			e := newFakeServer().on(fakeDevice, say(200, deviceReply(row.changes))).engine()
			e.Now = func() time.Time { return now }
			d, err := e.AuthorizeDevice(context.Background(), loginConnection("device_code"))
			if row.bad {
				failed := failedAs(t, err, jeton.MalformedResponse)
				if failed.Findings[0].Parameter != "device_authorization_url" || failed.Stage != jeton.StageResponse || strings.ContainsAny(allText(failed), "\x1b\n\u202e") {
					t.Errorf("%+v", failed)
				}
				return
			}
			if err != nil || d.Interval != row.interval || d.Expiry.Sub(now) != row.life {
				t.Errorf("%v, %+v", err, d)
			}
		})
	}
	d, err := newFakeServer().on(fakeDevice, say(200, deviceReply(object{"verification_uri_complete": "javascript:alert(1)"}))).engine().AuthorizeDevice(context.Background(), loginConnection("device_code"))
	if err != nil || d.VerificationURIComplete != "" {
		t.Errorf("%v, %+v", err, d)
	}
}

func TestAuthorizeDeviceFails(t *testing.T) {
	for name, row := range map[string]struct {
		reply    fakeReply
		category jeton.Category
	}{
		"page": {say(200, "<html><title>Sign in</title>"), jeton.MalformedResponse}, "not found": {say(404, ""), jeton.Provider4xxOther}, "method": {say(405, ""), jeton.Provider4xxOther},
		"array": {say(200, "[]"), jeton.MalformedResponse}, "nothing": {say(200, ""), jeton.MalformedResponse}, "huge": {say(200, strings.Repeat(" ", 70<<10)), jeton.MalformedResponse},
		"redirect": {say(302, "", "Location", "https://other.example/"), jeton.Provider4xxOther}, "network": {networkUp(), jeton.NetworkError},
		"unauthorized_client": {say(400, object{"error": "unauthorized_client", "error_description": "secret " + clientSecret}), jeton.UnauthorizedClient}, "server": {say(502, "<html>"), jeton.Provider5xx},
		"two of a member": {say(200, `{"device_code":"a","device_code":"b"}`), jeton.MalformedResponse},
	} {
		t.Run(name, func(t *testing.T) {
			s := newFakeServer().on(fakeDevice, row.reply)
			_, err := s.engine().AuthorizeDevice(context.Background(), loginConnection("device_code"))
			failed := failedAs(t, err, row.category)
			text := allText(failed)
			if strings.Contains(text, "token_url") || strings.Contains(text, "token endpoint") || !strings.Contains(text, "device authorization") || strings.Contains(text, clientSecret) {
				t.Error(text)
			}
			for _, f := range failed.Findings {
				if f.Parameter != "device_authorization_url" {
					t.Errorf("%+v", f)
				}
			}
			if s.count() != 1 {
				t.Errorf("%d requests", s.count())
			}
		})
	}
}

// TestAwaitDevice: when each poll is made, in seconds after the login began, and what comes of it.
func TestAwaitDevice(t *testing.T) {
	issued := say(200, tokenReply(nil))
	for _, row := range []struct {
		name     string
		changes  object
		replies  []fakeReply
		polls    []int
		category jeton.Category // empty: a token
		ends     int            // 0: with the last poll
	}{
		{"at once", nil, []fakeReply{issued}, []int{5}, "", 0},
		{"pending", nil, []fakeReply{pending(), pending(), issued}, []int{5, 10, 15}, "", 0},
		{"pending with status 200", nil, []fakeReply{say(200, object{"error": "authorization_pending"}), issued}, []int{5, 10}, "", 0},
		{"slow_down grows by five and stays", nil, []fakeReply{slowDown(), pending(), slowDown(), issued}, []int{5, 15, 25, 40}, "", 0},
		{"slow_down with Retry-After", nil, []fakeReply{say(429, object{"error": "slow_down"}, "Retry-After", "30"), pending(), issued}, []int{5, 35, 45}, "", 0},
		{"access_denied", nil, []fakeReply{pending(), say(400, object{"error": "access_denied"})}, []int{5, 10}, jeton.ConsentRequired, 0},
		{"expired_token", nil, []fakeReply{pending(), say(400, object{"error": "expired_token"})}, []int{5, 10}, jeton.ConsentRequired, 0},
		{"invalid_grant", nil, []fakeReply{say(400, object{"error": "invalid_grant"})}, []int{5}, jeton.InvalidGrant, 0},
		{"invalid_client", nil, []fakeReply{say(401, object{"error": "invalid_client"})}, []int{5}, jeton.InvalidClient, 0},
		{"a page", nil, []fakeReply{say(200, "<html>")}, []int{5}, jeton.MalformedResponse, 0},
		{"network errors double the interval", nil, []fakeReply{networkUp(), networkUp(), pending(), issued}, []int{5, 15, 35, 55}, "", 0},
		{"5xx doubles the interval", nil, []fakeReply{say(503, ""), issued}, []int{5, 15}, "", 0},
		{"Retry-After is waited for, once", nil, []fakeReply{say(503, "", "Retry-After", "60"), pending(), issued}, []int{5, 65, 75}, "", 0},
		{"Retry-After of more than five minutes", nil, []fakeReply{say(429, "", "Retry-After", "400"), issued}, []int{5, 405}, "", 0},
		{"Retry-After beyond the code", nil, []fakeReply{say(429, "", "Retry-After", "3000")}, []int{5}, jeton.ConsentRequired, 900},
		{"the clock ends it", object{"expires_in": 12}, []fakeReply{pending()}, []int{5, 10}, jeton.ConsentRequired, 12},
		{"the last poll is at the end", object{"expires_in": 15}, []fakeReply{pending()}, []int{5, 10, 15}, jeton.ConsentRequired, 15},
		{"never faster than the interval", object{"expires_in": 3}, []fakeReply{issued}, nil, jeton.ConsentRequired, 3},
		{"expired before it began", object{"expires_in": 0}, []fakeReply{issued}, nil, jeton.ConsentRequired, 0},
		{"the interval is bounded", object{"expires_in": 3600}, []fakeReply{networkUp()}, []int{5, 15, 35, 75, 155, 315, 615, 915, 1215, 1515, 1815, 2115, 2415, 2715, 3015, 3315}, jeton.ConsentRequired, 3600},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newFakeServer().on(fakeDevice, say(200, deviceReply(row.changes))).on(fakeToken, row.replies...)
				e, c := s.engine(), loginConnection("device_code")
				c.Client.Secret = append(c.Client.Secret, jeton.SecretValue("the next secret"))
				start := time.Now()
				d, err := e.AuthorizeDevice(context.Background(), c)
				if err != nil {
					t.Fatal(err)
				}
				token, err := e.AwaitDevice(context.Background(), c, d, nil)
				ended := int(time.Since(start).Seconds())
				var polls []int
				for _, r := range s.at(fakeToken) {
					polls = append(polls, int(r.at.Sub(start).Seconds()))
					if r.form.Get("device_code") != "device-code-canary" || r.form.Has("scope") {
						t.Errorf("polled with %v", r.form)
					}
				}
				if !slices.Equal(polls, row.polls) {
					t.Errorf("polls at %v, want %v", polls, row.polls)
				}
				if row.ends == 0 && len(row.polls) > 0 {
					row.ends = row.polls[len(row.polls)-1]
				}
				if ended != row.ends {
					t.Errorf("ended after %d s, want %d", ended, row.ends)
				}
				if row.category == "" {
					if err != nil || token.AccessToken.IsZero() || token.Scope != "read write" {
						t.Errorf("%v, %+v", err, token)
					}
					return
				}
				if failed := failedAs(t, err, row.category); strings.Contains(allText(failed), "canary") {
					t.Errorf("the error shows the device code: %s", allText(failed))
				}
			})
		})
	}
}

func TestAwaitDeviceIsLeft(t *testing.T) {
	for name, row := range map[string]struct {
		leave func(context.Context) (context.Context, context.CancelFunc)
		cause error
	}{
		"cancelled": {func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			time.AfterFunc(12*time.Second, cancel)
			return ctx, cancel
		}, context.Canceled},
		"deadline": {func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, 12*time.Second)
		}, context.DeadlineExceeded},
		"deadline during a poll": {func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, 10*time.Second+time.Millisecond)
		}, context.DeadlineExceeded},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // which fails for a goroutine that is left
				s := newFakeServer().on(fakeDevice, say(200, deviceReply(nil)))
				s.answers[fakeToken] = func(r fakeRequest) fakeReply {
					if name == "deadline during a poll" && len(s.seen) > 2 {
						time.Sleep(time.Second) // of the bubble's clock
						return networkUp()
					}
					return pending()
				}
				e, c := s.engine(), loginConnection("device_code")
				d, err := e.AuthorizeDevice(context.Background(), c)
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := row.leave(context.Background())
				defer cancel()
				var told []string
				_, err = e.AwaitDevice(ctx, c, d, func(wait, left time.Duration) { told = append(told, fmt.Sprintf("%s of %s", wait, left)) })
				if failed := failedAs(t, err, jeton.ConsentRequired); !errors.Is(failed, row.cause) {
					t.Errorf("%v", failed.Unwrap())
				}
				if n := len(s.at(fakeToken)); n != 2 {
					t.Errorf("%d polls", n)
				}
				if told[0] != "5s of 15m0s" || told[1] != "5s of 14m55s" {
					t.Errorf("told %q", told)
				}
			})
		})
	}
}

// A login that was kept without its interval is not polled without a pause.
func TestAwaitDeviceWithoutInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newFakeServer().on(fakeToken, pending())
		d := &jeton.DeviceAuthorization{DeviceCode: jeton.NewSecret("x"), Expiry: time.Now().Add(time.Minute)}
		_, err := s.engine().AwaitDevice(context.Background(), loginConnection("device_code"), d, nil)
		failedAs(t, err, jeton.ConsentRequired)
		if n := s.count(); n != 12 {
			t.Errorf("%d polls in a minute", n)
		}
	})
}

// The poll is a token request like every other: DPoP with the key of the login, its nonce, and discovery.
func TestPollDevice(t *testing.T) {
	s := newFakeServer().on(fakeWellKnown, say(200, metadataOf(nil))).on(fakeDevice, say(200, deviceReply(nil))).
		on(fakeToken, say(400, object{"error": "use_dpop_nonce"}, "DPoP-Nonce", "n1"), pending(), say(200, tokenReply(object{"token_type": "DPoP"})))
	e, c := s.engine(), issuerConnection("device_code")
	c.Client.DPoP = &jeton.DPoP{}
	d, err := e.AuthorizeDevice(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	if s.at(fakeDevice)[0].header.Get("DPoP") != "" {
		t.Error("a proof was sent to the device authorization endpoint, which knows none")
	}
	_, err = e.PollDevice(context.Background(), c, d)
	var failed *jeton.Error
	if !errors.As(err, &failed) || failed.Code != "authorization_pending" || failed.Status != http.StatusBadRequest {
		t.Fatal(err)
	}
	token, err := e.PollDevice(context.Background(), c, d)
	if err != nil || token.DPoPKey != d.DPoPKey || token.TokenType != "DPoP" {
		t.Fatalf("%v %+v", err, token)
	}
	if n := len(s.at(fakeToken)); n != 3 {
		t.Errorf("%d requests", n)
	}
}
