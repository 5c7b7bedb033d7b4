package main

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/jeton-oauth/jeton/oauthtest"
	"github.com/jeton-oauth/jeton/provider"
)

// The test binary is the command. What it prints is kept for the search for
// secrets that ends every script.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"jeton": recordedMain})
}

func recordedMain() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	name := filepath.Join(os.Getenv("JETON_TEST_OUTPUTS"), strconv.FormatInt(time.Now().UnixNano(), 36))
	stderr, err := os.OpenFile(name+".stderr", os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600) // a script may read it while the command runs
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(99)
	}
	var stdout bytes.Buffer
	p := &program{stdin: os.Stdin, stdout: io.MultiWriter(os.Stdout, &stdout), stderr: io.MultiWriter(os.Stderr, stderr), env: os.LookupEnv, openBrowser: openURL}
	if folder := os.Getenv("JETON_TEST_PRESETS"); folder != "" {
		p.catalogue = withPresets(folder)
	}
	code := p.run(ctx, os.Args[1:])
	command := ""
	for _, a := range os.Args[1:] {
		if !strings.HasPrefix(a, "-") {
			command = a
			break
		}
	}
	if err = stderr.Close(); err == nil && command != "token" && command != "header" && command != "exec" {
		err = os.WriteFile(name+".stdout", stdout.Bytes(), 0o600)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(99)
	}
	os.Exit(code)
}

// withPresets is the catalogue and what the files of a folder add to it.
func withPresets(folder string) provider.Catalogue {
	var list []*provider.Provider
	for _, p := range provider.All() {
		list = append(list, &p)
	}
	paths, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	for _, path := range paths {
		data, failed := os.ReadFile(path)
		p, failed2 := provider.Decode(data)
		list, err = append(list, p), errors.Join(err, failed, failed2)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(99)
	}
	return provider.New(list...)
}

// The secrets of the scripts. None may show, in any form, but in the output of
// token and header, and of what exec runs.
const (
	clientSecret  = "canary+client%secret&/1"
	userPassword  = "canary-user-password-2"
	apiKey        = "canary-api-key-3"
	storePassword = "canary-store-password-4"
	hmacSecret    = "canary-hmac-secret-of-enough-octets-5"
)

func TestScripts(t *testing.T) {
	keys := newTestKeys(t)
	testscript.Run(t, testscript.Params{
		Dir:                "testdata",
		RequireUniqueNames: true,
		Setup: func(env *testscript.Env) error {
			outputs := filepath.Join(env.WorkDir, ".outputs")
			if err := os.Mkdir(outputs, 0o700); err != nil {
				return err
			}
			w := &world{keys: keys, secrets: []string{clientSecret, userPassword, apiKey, storePassword, hmacSecret}}
			for _, data := range keys.pem {
				w.secrets = append(w.secrets, strings.Split(string(data), "\n")[1])
			}
			env.Values[worldKey{}] = w
			env.Setenv("JETON_TEST_OUTPUTS", outputs)
			env.Setenv("CLIENT_SECRET", clientSecret)
			env.Setenv("USER_PASSWORD", userPassword)
			env.Setenv("API_KEY", apiKey)
			env.Setenv("STORE_PASSWORD", storePassword)
			env.Setenv("HMAC_SECRET", hmacSecret)
			env.Setenv("NO_COLOR", "1")
			env.Setenv("HTTPS_PROXY", "")
			env.Setenv("HTTP_PROXY", "")
			env.Defer(func() {
				if w.server != nil {
					w.server.Close()
				}
				if w.forge != nil {
					w.forge.Close()
				}
				if leak := w.leak(outputs); leak != "" {
					env.T().Fatal(leak)
				}
			})
			env.Setenv("REDIRECT_URL", "http://"+closedAddress()+"/callback")
			return keys.write(env.WorkDir)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"server":     startServer,
			"fault":      addFault,
			"fill":       fill,
			"exits":      exits,
			"await":      await,
			"appears":    appears,
			"claim":      claim,
			"redirector": startRedirector,
			"browse":     browse,
			"enter":      enter,
			"conforms":   conforms,
			"forge":      startForge,
			"revoke":     revoke,
		},
	})
}

type worldKey struct{}

// world is what the commands of one script share.
type world struct {
	keys    *testKeys
	server  *oauthtest.Server
	forge   *httptest.Server
	secrets []string
	opened  map[string]bool // by browse
}

func worldOf(ts *testscript.TestScript) *world { return ts.Value(worldKey{}).(*world) }

// leak looks for secrets in all that was printed: as they are, escaped for a
// URL, in base64; and for anything that has the form of a token.
func (w *world) leak(dir string) string {
	forms := map[string]bool{}
	for _, s := range w.secrets {
		forms[s], forms[url.QueryEscape(s)] = true, true
		forms[base64.StdEncoding.EncodeToString([]byte(s))] = true
		forms[base64.RawURLEncoding.EncodeToString([]byte(s))] = true
	}
	// The signature of a JWT is what makes it a credential.
	token := regexp.MustCompile(`eyJ[\w-]+\.eyJ[\w-]+\.[\w-]{20,}|\b(at|rt)-[\w-]{40,}`)
	files, _ := filepath.Glob(filepath.Join(dir, "*"))
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			return err.Error()
		}
		for form := range forms {
			if bytes.Contains(data, []byte(form)) {
				return fmt.Sprintf("the secret %q shows in %s", form, data)
			}
		}
		if m := token.Find(data); m != nil {
			return fmt.Sprintf("the token %q shows in %s", m, data)
		}
	}
	return ""
}

// testKeys are made once for all scripts.
type testKeys struct {
	rsa *rsa.PrivateKey
	ec  *ecdsa.PrivateKey
	pem map[string][]byte
}

func newTestKeys(t *testing.T) *testKeys {
	t.Helper()
	k := &testKeys{pem: map[string][]byte{}}
	var err error
	if k.rsa, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		t.Fatal(err)
	}
	if k.ec, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	for name, key := range map[string]any{"rsa.pem": k.rsa, "ec.pem": k.ec} {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		k.pem[name] = pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	}
	return k
}

func (k *testKeys) write(dir string) error {
	for name, data := range k.pem {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			return err
		}
	}
	set, err := k.publicKeys()
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "keys.json"), set, 0o600)
}

// startServer is "server [OPTION...]": it starts an authorization server and
// puts its addresses into the environment.
func startServer(ts *testscript.TestScript, _ bool, args []string) {
	cfg := oauthtest.Config{}
	for _, a := range args {
		name, value, _ := strings.Cut(a, "=")
		switch name {
		case "tls":
			cfg.TLS = true
		case "jwt":
			cfg.AccessTokenFormat = oauthtest.FormatJWT
		case "rotate":
			cfg.RotateRefreshTokens = true
		case "certificate":
			cfg.TLS, cfg.BrokenCertificate = true, oauthtest.CertificateFault(value)
		case "lifetime":
			d, err := time.ParseDuration(value)
			ts.Check(err)
			cfg.Lifetime = d
		case "par":
			cfg.RequirePAR = true
		case "nonce":
			cfg.DPoP = oauthtest.DPoPNonce
		case "scope": // that the resource wants
			cfg.ResourceScopes = append(cfg.ResourceScopes, value)
		case "interval":
			d, err := time.ParseDuration(value)
			ts.Check(err)
			cfg.DeviceInterval = d
		default:
			ts.Fatalf("server: unknown option %s", name)
		}
	}
	w := worldOf(ts)
	s, err := oauthtest.Start(cfg)
	ts.Check(err)
	w.server = s
	s.AddClient(oauthtest.Client{ID: "bot", Secret: clientSecret})
	s.AddClient(oauthtest.Client{ID: "signer", Keys: []oauthtest.Key{{Public: w.keys.ec.Public()}}})
	s.AddClient(oauthtest.Client{ID: "narrow", Secret: clientSecret, Scopes: []string{"read"}})
	s.AddClient(oauthtest.Client{ID: "app", Secret: clientSecret}) // for logins
	s.AddUser(oauthtest.User{Name: "ada", Password: userPassword})
	s.AddAssertionIssuer(oauthtest.AssertionIssuer{Issuer: "hr-sync", Keys: []oauthtest.Key{{Public: w.keys.rsa.Public()}}})
	refresh := s.IssueRefreshToken("bot", "ada", "read")
	w.secrets = append(w.secrets, refresh)
	ts.Setenv("REFRESH_TOKEN", refresh)
	ts.Setenv("ISSUER", s.URL)
	ts.Setenv("TOKEN_URL", s.TokenURL())
	ts.Setenv("RESOURCE_URL", s.ResourceURL())
	ts.Setenv("JWKS_URL", s.URL+"/jwks")
	ts.Check(os.WriteFile(ts.MkAbs("ca.pem"), s.CA(), 0o600))
}

// faults are those of one endpoint; empty: the token endpoint.
type faults struct {
	server   *oauthtest.Server
	endpoint string
}

func (f faults) Next(fault oauthtest.Fault) { f.server.Next(fault.On(f.endpoint)) }

// addFault is "fault [/ENDPOINT] KIND [ARGUMENT...]": the next token request, or
// request to the endpoint, fails so.
func addFault(ts *testscript.TestScript, _ bool, args []string) {
	s := faults{server: worldOf(ts).server}
	if len(args) > 0 && strings.HasPrefix(args[0], "/") {
		s.endpoint, args = args[0], args[1:]
	}
	arg := func(i int) string {
		if i < len(args) {
			return strings.NewReplacer(`\e`, "\x1b", `\n`, "\n", `\u202e`, "\u202e", `\x07`, "\x07").Replace(args[i])
		}
		return ""
	}
	number := func(i int) int {
		n, err := strconv.Atoi(arg(i))
		ts.Check(err)
		return n
	}
	switch arg(0) {
	case "status":
		s.Next(oauthtest.Status(number(1)))
	case "error":
		s.Next(oauthtest.Error(number(1), arg(2), arg(3)))
	case "body":
		s.Next(oauthtest.Body(number(1), "application/json", arg(2)))
	case "retry-after":
		s.Next(oauthtest.RetryAfter(number(1), arg(2)))
	case "redirect":
		s.Next(oauthtest.Redirect(number(1), arg(2)))
	case "hangup":
		s.Next(oauthtest.Hangup())
	case "echo":
		s.Next(oauthtest.EchoSecrets(number(1)))
	case "slow":
		s.Next(oauthtest.Delay(time.Minute))
	case "omit":
		s.Next(oauthtest.Omit(arg(1)))
	case "set":
		s.Next(oauthtest.Set(arg(1), arg(2)))
	default:
		ts.Fatalf("unknown fault %s", arg(0))
	}
}

// fill replaces ${NAME} in files by the environment.
func fill(ts *testscript.TestScript, _ bool, args []string) {
	for _, name := range args {
		text := os.Expand(ts.ReadFile(name), func(v string) string { return ts.Getenv(v) })
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(text), 0o600))
	}
}

// exits is "exits CODE COMMAND [ARGUMENT...]".
func exits(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	code := 0
	if err != nil {
		exit, ok := err.(interface{ ExitCode() int })
		if !ok {
			ts.Fatalf("%s: %v", args[1], err)
		}
		code = exit.ExitCode()
	}
	if strconv.Itoa(code) != args[0] {
		ts.Logf("%s", ts.ReadFile("stderr"))
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}

// await waits until so many token requests have arrived.
func await(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	ts.Check(worldOf(ts).server.Await(ctx, n))
}

// appears is "appears FILE": it waits until a running command has made the file.
func appears(ts *testscript.TestScript, _ bool, args []string) {
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	timeout := time.After(personTimeout)
	for {
		if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
			return
		}
		select {
		case <-again.C:
		case <-timeout:
			ts.Fatalf("%s does not appear", args[0])
		}
	}
}

// claim is "claim FILE HEADER CLAIMS": it writes a JWT with this header and
// these claims, signed with rsa.pem (RS256) or, with another alg, not for real.
func claim(ts *testscript.TestScript, _ bool, args []string) {
	part := base64.RawURLEncoding.EncodeToString
	input := part([]byte(args[1])) + "." + part([]byte(args[2]))
	digest := sha256.Sum256([]byte(input))
	signature, err := rsa.SignPKCS1v15(rand.Reader, worldOf(ts).keys.rsa, crypto.SHA256, digest[:])
	ts.Check(err)
	if strings.Contains(args[1], `"none"`) {
		signature = nil
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(input+"."+part(signature)), 0o600))
}

// publicKeys is the JWK Set of rsa.pem, with the kid signer.
func (k *testKeys) publicKeys() ([]byte, error) {
	return json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{
		{Key: k.ec.Public(), KeyID: "other", Use: "sig"},
		{Key: k.rsa.Public(), KeyID: "signer", Use: "sig", Algorithm: "RS256"},
	}})
}
