package jeton

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
)

func prefixes(list ...string) (out []netip.Prefix) {
	for _, p := range list {
		out = append(out, netip.MustParsePrefix(p))
	}
	return out
}

// T1: what the rule says of each address that a name may resolve to.
func TestEgress(t *testing.T) {
	const allow, metadata = "egress.allow", "egress.metadata"
	for _, row := range []struct{ address, refusedBy string }{
		{"1.1.1.1:443", ""}, {"8.8.8.8:80", ""}, {"93.184.216.34:8443", ""}, {"[2606:4700:4700::1111]:443", ""}, {"[2a00:1450:4001:82a::200e]:443", ""}, {"[::ffff:1.1.1.1]:443", ""},
		{"172.15.255.255:1", ""}, {"172.32.0.0:1", ""}, {"100.63.255.255:1", ""}, {"100.128.0.0:1", ""}, {"169.253.255.255:1", ""}, {"223.255.255.254:1", ""}, {"11.0.0.1:65535", ""},
		{"127.0.0.1:443", allow}, {"127.0.0.1:1", allow}, {"127.1.2.3:443", allow}, {"127.255.255.254:443", allow}, {"[::1]:443", allow}, {"[::ffff:127.0.0.1]:443", allow}, {"[::ffff:7f00:1]:443", allow}, {"[::127.0.0.1]:443", allow},
		{"0.0.0.0:443", allow}, {"0.1.2.3:443", allow}, {"[::]:443", allow}, {"[::ffff:0.0.0.0]:443", allow},
		{"10.0.0.1:443", allow}, {"10.255.255.255:443", allow}, {"172.16.0.1:443", allow}, {"172.31.255.255:443", allow}, {"192.168.0.1:443", allow}, {"192.168.255.255:443", allow}, {"[::ffff:10.0.0.1]:443", allow}, {"[::ffff:192.168.1.1]:443", allow},
		{"169.254.0.1:443", allow}, {"169.254.255.255:443", allow}, {"[fe80::1]:443", allow}, {"[fe80::1%eth0]:443", allow}, {"[febf::1]:443", allow}, {"[fec0::1]:443", allow},
		{"169.254.169.254:80", metadata}, {"[::ffff:169.254.169.254]:80", metadata}, {"[::ffff:a9fe:a9fe]:80", metadata}, {"169.254.170.2:80", metadata}, {"169.254.170.23:80", metadata}, {"[fd00:ec2::254]:80", metadata}, {"[fd00:ec2::254%eth0]:80", metadata},
		{"100.100.100.200:80", metadata}, {"168.63.129.16:80", metadata},
		{"100.64.0.1:443", allow}, {"100.127.255.255:443", allow}, {"198.18.0.1:443", allow}, {"198.19.255.255:443", allow}, {"192.0.0.1:443", allow}, {"192.0.2.1:443", allow}, {"198.51.100.1:443", allow}, {"203.0.113.1:443", allow},
		{"224.0.0.1:443", allow}, {"239.255.255.255:443", allow}, {"240.0.0.1:443", allow}, {"255.255.255.255:443", allow}, {"[ff02::1]:443", allow}, {"[ff0e::1]:443", allow},
		{"[64:ff9b::7f00:1]:443", allow}, {"[64:ff9b::a9fe:a9fe]:80", metadata}, {"[64:ff9b:1::a00:1]:443", allow}, {"[2002:7f00:1::]:443", allow}, {"[2002:a9fe:a9fe::1]:443", metadata}, {"[2001:0:7f00:1::]:443", allow}, {"[2001:db8::1]:443", allow},
		{"[fc00::1]:443", allow}, {"[fd12:3456::1]:443", allow}, {"[100::1]:443", allow}, {"[3fff::1]:443", allow}, {"[5f00::1]:443", allow}, {"[4000::1]:443", allow},
		{"localhost:443", allow}, {"as.example:443", allow}, {"127.1:443", allow}, {"0x7f000001:443", allow}, {"2130706433:443", allow}, {"0177.0.0.1:443", allow}, {"", allow}, {"1.1.1.1", allow}, {"[::1", allow},
	} {
		t.Run(row.address, func(t *testing.T) {
			network := "tcp4"
			if strings.HasPrefix(row.address, "[") {
				network = "tcp6"
			}
			err := (&Egress{}).control()(network, row.address, nil)
			var refused *egressError
			switch {
			case row.refusedBy == "" && err != nil:
				t.Errorf("refused: %v", err)
			case row.refusedBy != "" && !errors.As(err, &refused):
				t.Errorf("allowed")
			case refused != nil && refused.key != "" && refused.key != row.refusedBy:
				t.Errorf("refused by %s", refused.key)
			}
		})
	}
	for _, network := range []string{"udp4", "unix", "ip4", "tcp"} {
		if (&Egress{}).control()(network, "1.1.1.1:443", nil) == nil {
			t.Errorf("%s is allowed", network)
		}
	}
}

// What the two lists add, and what they do not.
func TestEgressLists(t *testing.T) {
	everything := []string{"0.0.0.0/0", "::/0"}
	for _, row := range []struct {
		name            string
		allow, metadata []string
		address         string
		allowed         bool
	}{
		{"a network", []string{"10.1.0.0/16"}, nil, "10.1.2.3:443", true},
		{"its neighbour", []string{"10.1.0.0/16"}, nil, "10.2.0.0:443", false},
		{"a network, mapped", []string{"10.1.0.0/16"}, nil, "[::ffff:10.1.2.3]:443", true},
		{"a mapped network", []string{"::ffff:10.1.0.0/112"}, nil, "10.1.2.3:443", true},
		{"loopback", []string{"127.0.0.1/32"}, nil, "127.0.0.1:443", true},
		{"loopback of version 6", []string{"::1/128"}, nil, "[::1]:443", true},
		{"not loopback of version 6", []string{"127.0.0.0/8"}, nil, "[::1]:443", false},
		{"unique local", []string{"fd00::/8"}, nil, "[fd12::1]:443", true},
		{"everything", everything, nil, "192.168.0.1:443", true},
		{"everything but metadata", everything, nil, "169.254.169.254:80", false},
		{"everything but metadata, version 6", everything, nil, "[fd00:ec2::254]:80", false},
		{"everything but metadata, zone", everything, nil, "[fd00:ec2::254%eth0]:80", false},
		{"everything but metadata, mapped", everything, nil, "[::ffff:169.254.169.254]:80", false},
		{"everything but metadata, NAT64", everything, nil, "[64:ff9b::a9fe:a9fe]:80", false},
		{"everything but metadata, 6to4", everything, nil, "[2002:a9fe:a9fe::]:80", false},
		{"metadata", nil, []string{"169.254.169.254/32"}, "169.254.169.254:80", true},
		{"metadata, mapped", nil, []string{"169.254.169.254/32"}, "[::ffff:169.254.169.254]:80", true},
		{"another metadata service", nil, []string{"169.254.169.254/32"}, "169.254.170.2:80", false},
		{"public all the same", []string{"10.0.0.0/8"}, nil, "1.1.1.1:443", true},
	} {
		t.Run(row.name, func(t *testing.T) {
			network := "tcp4"
			if strings.HasPrefix(row.address, "[") {
				network = "tcp6"
			}
			err := (&Egress{Allow: prefixes(row.allow...), Metadata: prefixes(row.metadata...)}).control()(network, row.address, nil)
			if (err == nil) != row.allowed {
				t.Errorf("allowed %t, want %t", err == nil, row.allowed)
			}
		})
	}
}

// The rule holds for a whole exchange, whatever the host is called, and the
// error proposes the line that would allow it.
func TestEgressEndToEnd(t *testing.T) {
	var requests atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		_, _ = w.Write([]byte(`{"access_token":"a","token_type":"Bearer","expires_in":60}`))
	}))
	defer srv.Close()
	u, _ := url.Parse(srv.URL)
	c := &Connection{Client: Client{ID: "a", Secret: SecretList{SecretValue("abcdefgh")}}, Grant: GrantOptions{Type: "client_credentials"}}
	exchange := func(target string, e *Egress) error {
		client := NewHTTPClient(HTTPOptions{Egress: e})
		defer client.CloseIdleConnections()
		c.TokenURL = target
		_, err := (&Engine{HTTP: client}).Exchange(context.Background(), c, nil)
		return err
	}
	for _, target := range []string{srv.URL, "http://localhost:" + u.Port(), "http://127.0.0.2:" + u.Port(), "http://[::1]:" + u.Port(), "https://[::ffff:127.0.0.1]:" + u.Port(), "https://169.254.169.254/latest/meta-data/"} {
		err := exchange(target, &Egress{})
		e, _ := err.(*Error)
		if e == nil || e.Category() != EgressDenied || e.Stage != StageTCP || len(e.Findings) != 1 || e.Findings[0].Parameter != "egress" || !e.Findings[0].Certain {
			t.Fatalf("%s: %v %+v", target, err, e)
		}
		key, proposed, found := strings.Cut(e.Findings[0].Proposed, ": ")
		if prefix, err := netip.ParsePrefix(proposed); err != nil || !found || !prefix.IsSingleIP() || (key == "egress.metadata") != strings.Contains(target, "169.254") {
			t.Errorf("%s: proposed %q", target, e.Findings[0].Proposed)
		}
	}
	if requests.Load() != 0 {
		t.Errorf("%d requests", requests.Load())
	}
	if err := exchange(srv.URL, &Egress{Allow: prefixes("127.0.0.1/32")}); err != nil {
		t.Errorf("%v", err)
	}
	t.Run("spellings", func(t *testing.T) { // https, for http would be refused before
		for _, host := range []string{"2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0x7f.1", "localhost.", "127.0.0.1."} {
			err := exchange("https://"+net.JoinHostPort(host, u.Port())+"/", &Egress{})
			if category := CategoryOf(err); category != EgressDenied && category != NetworkError {
				t.Errorf("%s: %v", host, err)
			}
		}
	})
	t.Run("tls", func(t *testing.T) { // a transport of its own keeps the rule
		c.TLS.InsecureSkipVerify = true
		if err := exchange(strings.Replace(srv.URL, "http", "https", 1), &Egress{}); CategoryOf(err) != EgressDenied {
			t.Errorf("%v", err)
		}
		c.TLS.InsecureSkipVerify = false
	})
	if requests.Load() != 1 {
		t.Errorf("%d requests", requests.Load())
	}
}

// T3: a proxy of the environment is not used unless it is asked for.
func TestEgressIgnoresTheEnvironment(t *testing.T) {
	t.Setenv("HTTPS_PROXY", "http://127.0.0.1:1")
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	if NewHTTPClient(HTTPOptions{Egress: &Egress{}}).Transport.(*http.Transport).Proxy != nil {
		t.Error("the proxy of the environment is used")
	}
}
