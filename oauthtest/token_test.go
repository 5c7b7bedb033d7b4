package oauthtest

import (
	"testing"
	"time"
)

// A server that runs for long must not keep what has expired.
func TestSweep(t *testing.T) {
	srv := NewTestServer(t, Config{})
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	srv.mu.Lock()
	defer srv.mu.Unlock()
	for range 20_000 {
		value := newValue("")
		srv.others[value] = subjectToken{expires: now}
		srv.codes[value] = &code{expires: now}
		srv.pushed[value] = &pushed{expires: now}
		srv.devices[value] = &device{expires: now}
		srv.jar(pathToken).add(value, now)
		srv.seen(value, now.Add(time.Second), now)
		srv.addAccess(newValue(""), &accessToken{issued: now, expires: now.Add(time.Second)})
		now = now.Add(time.Second)
	}
	for name, n := range map[string]int{
		"access tokens": len(srv.access), "jtis": len(srv.replays), "nonces": len(srv.jar(pathToken).until), "nonces in order": len(srv.jar(pathToken).order),
	} {
		if n > 5000 {
			t.Errorf("%d %s are kept, and one is valid", n, name)
		}
	}
	for name, n := range map[string]int{
		"other tokens": len(srv.others), "codes": len(srv.codes), "pushed requests": len(srv.pushed), "devices": len(srv.devices),
	} {
		if n > 5000+3600 {
			t.Errorf("%d %s are kept", n, name)
		}
	}
}

// fakeTB stands for a test that ends.
type fakeTB struct {
	fatal   string
	cleanup func()
}

func (f *fakeTB) Helper()                        {}
func (f *fakeTB) Cleanup(end func())             { f.cleanup = end }
func (f *fakeTB) Fatalf(format string, _ ...any) { f.fatal = format }

func TestNewTestServer(t *testing.T) {
	f := &fakeTB{}
	srv := NewTestServer(f, Config{})
	if f.cleanup == nil {
		t.Fatal("it is not closed with the test")
	}
	f.cleanup()
	if !srv.closed {
		t.Error("the end of the test does not close it")
	}
	if NewTestServer(f, Config{Addr: "x:y"}); f.fatal == "" {
		t.Error("a failed start does not end the test")
	}
}
