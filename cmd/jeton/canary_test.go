package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jeton-oauth/jeton/secret"
)

// canaries hands out secrets: each has a part of letters and digits that no
// escaping changes, and characters that every escaping does.
type canaries struct{ cores []string }

func (c *canaries) next() string {
	core := fmt.Sprintf("canary%02dx7Qf", len(c.cores))
	c.cores = append(c.cores, core)
	return core + `+/%& "ü=` + strings.Repeat("p", 24)
}

// forms are all the ways in which a core may show: as it is, in hex, and in
// base64 at each of the three places in a group.
func (c *canaries) forms() map[string]string {
	forms := map[string]string{}
	for _, core := range c.cores {
		forms[core] = core
		forms[hex.EncodeToString([]byte(core))] = core
		forms[strings.ToUpper(hex.EncodeToString([]byte(core)))] = core
		for skip := range 3 { // only whole groups of the core look the same wherever they stand
			part := core[skip : skip+(len(core)-skip)/3*3]
			forms[base64.StdEncoding.EncodeToString([]byte(part))] = core
		}
	}
	return forms
}

// canaryDocuments put a secret in every field that takes one.
func canaryDocuments(c *canaries, tokenURL string) map[string]string {
	quoted := func() string {
		text, _ := json.Marshal(c.next())
		return string(text)
	}
	extras := func() string {
		return fmt.Sprintf("request:\n  headers: {X-Api-Key: %s}\n  params: {apikey: {base64: %s}, password_hint: %s}\nusage: {headers: {X-Other: %s}}\n",
			quoted(), base64.StdEncoding.EncodeToString([]byte(c.next())), quoted(), quoted())
	}
	head := "token_url: " + tokenURL + "\n"
	assertion := func() string {
		return fmt.Sprintf("{algorithm: HS256, issuer: i, subject: s, key: {value: %s}}", quoted())
	}
	return map[string]string{
		"basic":       head + "client: {id: app, secret: " + quoted() + "}\ngrant: {type: client_credentials}\n" + extras(),
		"basic raw":   head + "client: {id: app, basic_encoding: raw, secret: " + quoted() + "}\ngrant: {type: client_credentials}\n",
		"post":        head + "client: {id: app, auth: client_secret_post, secret: [" + quoted() + ", " + quoted() + "]}\ngrant: {type: client_credentials}\n" + extras(),
		"get":         head + "client: {id: app, auth: client_secret_post, secret: " + quoted() + "}\ngrant: {type: client_credentials}\nrequest: {method: GET}\n",
		"json":        head + "client: {id: app, auth: client_secret_post, secret: " + quoted() + "}\ngrant: {type: client_credentials}\nrequest: {encoding: json}\n",
		"query":       head + "client: {id: app, auth: client_secret_post, secret: " + quoted() + "}\ngrant: {type: client_credentials}\nrequest: {encoding: query}\n",
		"secret jwt":  head + "client: {id: app, auth: client_secret_jwt, secret: " + quoted() + "}\ngrant: {type: client_credentials}\n" + extras(),
		"private key": head + "client: {id: app, secret: " + quoted() + ", assertion: {key: {file: ec.pem, password: " + quoted() + ", key_password: " + quoted() + "}}}\ngrant: {type: client_credentials}\n",
		"password":    head + "client: {id: app, secret: " + quoted() + "}\ngrant: {type: password, username: u, password: " + quoted() + "}\n",
		"refresh":     head + "client: {id: app, secret: " + quoted() + "}\ngrant: {type: refresh_token, refresh_token: " + quoted() + "}\n",
		"jwt bearer":  head + "client: {id: app, secret: " + quoted() + "}\ngrant: {type: jwt_bearer, assertion: " + assertion() + "}\n",
		"jwt in get":  head + "grant: {type: jwt_bearer, assertion: " + assertion() + "}\nrequest: {method: GET}\n",
	}
}

// brokenDocuments cannot become a request.
func brokenDocuments(c *canaries, tokenURL string) map[string]string {
	quoted := func() string {
		text, _ := json.Marshal(c.next())
		return string(text)
	}
	head := "token_url: " + tokenURL + "\n"
	return map[string]string{
		"secret under a wrong name":       head + "client: {id: app, secrt: " + quoted() + "}\ngrant: {type: client_credentials}\n",
		"secret where a mapping is meant": head + "client: " + quoted() + "\n",
		"two sources":                     head + "client: {id: app, secret: {value: " + quoted() + ", env: X}}\n",
		"key as a string":                 head + "grant: {type: jwt_bearer, assertion: {key: " + quoted() + "}}\n",
		"key that is no key":              head + "grant: {type: jwt_bearer, assertion: {key: {value: " + quoted() + "}, algorithm: RS256}}\n",
		"short secret for HS512":          head + "client: {id: app, auth: client_secret_jwt, secret: " + quoted() + ", assertion: {algorithm: HS512}}\ngrant: {type: client_credentials}\n",
		"wrong password of a key":         head + "grant: {type: jwt_bearer, assertion: {key: {file: locked.pem, password: " + quoted() + "}}}\n",
		"base64 that is none":             head + "client: {id: app, secret: {base64: " + quoted() + "}}\ngrant: {type: client_credentials}\n",
		"environment name":                head + "client: {id: app, secret: {env: " + quoted() + "}}\ngrant: {type: client_credentials}\n",
		"header with a line break":        head + "client: {id: app, secret: " + quoted() + "}\ngrant: {type: client_credentials}\nrequest: {headers: {X-A: \"" + c.next()[:12] + "\\nX-B: 1\"}}\n",
		"refused parameter":               head + "client: {id: app, secret: " + quoted() + "}\ngrant: {type: client_credentials}\nrequest: {params: {client_assertion: " + quoted() + "}}\n",
		"user information in the URL":     "token_url: https://app:" + c.next()[:12] + "@as.example/token\nclient: {id: app, secret: " + quoted() + "}\ngrant: {type: client_credentials}\n",
		"no YAML":                         "token_url: [" + quoted() + "\n",
		"no JSON":                         `{"client": {"secret": ` + quoted() + `,}`,
		"nothing listens":                 "token_url: http://127.0.0.1:1/token\nclient: {id: app, auth: client_secret_post, secret: " + quoted() + "}\ngrant: {type: client_credentials}\nrequest: {method: GET}\n",
		"wrong type of authentication":    head + "type: digest\ngrant: {username: u, password: " + quoted() + "}\n",
	}
}

// echoes are answers that hold what was received, written in many ways.
func echoes() map[string]func(w http.ResponseWriter, received string) {
	refuse := func(status int, write func(string) string) func(http.ResponseWriter, string) {
		return func(w http.ResponseWriter, received string) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			body, _ := json.Marshal(map[string]string{"error": "invalid_client", "error_description": write(received)})
			_, _ = w.Write(body)
		}
	}
	plain := func(s string) string { return s }
	return map[string]func(http.ResponseWriter, string){
		"plain":         refuse(401, plain),
		"status 400":    refuse(400, plain),
		"status 200":    refuse(200, plain),
		"status 500":    refuse(500, plain),
		"status 429":    refuse(429, plain),
		"url":           refuse(401, url.QueryEscape),
		"path":          refuse(401, url.PathEscape),
		"base64":        refuse(401, func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }),
		"base64url":     refuse(401, func(s string) string { return "x" + base64.RawURLEncoding.EncodeToString([]byte(s)) }),
		"hex":           refuse(401, func(s string) string { return hex.EncodeToString([]byte(s)) }),
		"HTML":          refuse(401, html.EscapeString),
		"JSON in JSON":  refuse(401, func(s string) string { text, _ := json.Marshal(s); return string(text) }),
		"URL in base64": refuse(401, func(s string) string { return base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(s))) }),
		"as the code": func(w http.ResponseWriter, received string) {
			body, _ := json.Marshal(map[string]string{"error": received, "error_uri": received})
			w.WriteHeader(400)
			_, _ = w.Write(body)
		},
		"as member names": func(w http.ResponseWriter, received string) {
			body, _ := json.Marshal(map[string]any{received: map[string]any{received: received}})
			_, _ = w.Write(body)
		},
		"as the token, too long": func(w http.ResponseWriter, received string) {
			body, _ := json.Marshal(map[string]any{"access_token": strings.Repeat(received, 100)[:17<<10]})
			_, _ = w.Write(body)
		},
		"as token type": func(w http.ResponseWriter, received string) {
			body, _ := json.Marshal(map[string]any{"access_token": "a", "token_type": received})
			_, _ = w.Write(body)
		},
		"as expiry": func(w http.ResponseWriter, received string) {
			body, _ := json.Marshal(map[string]any{"access_token": "a", "expires_in": received})
			_, _ = w.Write(body)
		},
		"as a page": func(w http.ResponseWriter, received string) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, "<html><title>"+html.EscapeString(received)+"</title></html>")
		},
		"as text": func(w http.ResponseWriter, received string) {
			w.WriteHeader(403)
			_, _ = io.WriteString(w, received)
		},
		"as XML": func(w http.ResponseWriter, received string) {
			w.WriteHeader(500)
			_, _ = io.WriteString(w, "<?xml version=\"1.0\"?><fault>"+html.EscapeString(received)+"</fault>")
		},
		"in a redirect": func(w http.ResponseWriter, received string) {
			w.Header().Set("Location", "https://other.example/"+url.PathEscape(received)+"?"+url.QueryEscape(received))
			w.WriteHeader(307)
		},
		"in headers": func(w http.ResponseWriter, received string) {
			line := strings.Join(strings.Fields(received), " ")
			w.Header().Set("WWW-Authenticate", `Basic realm="`+line+`"`)
			w.Header().Set("Retry-After", line[:20])
			w.Header().Set("X-Request-Id", line)
			w.WriteHeader(401)
		},
		"truncated": func(w http.ResponseWriter, received string) {
			body, _ := json.Marshal(map[string]string{"access_token": received})
			_, _ = w.Write(body[:len(body)-3])
		},
		"zipped": func(w http.ResponseWriter, received string) {
			w.Header().Set("Content-Encoding", "gzip")
			w.WriteHeader(400)
			z := gzip.NewWriter(w)
			body, _ := json.Marshal(map[string]string{"error": "invalid_grant", "error_description": received})
			_, _ = z.Write(body)
			_ = z.Close()
		},
		"connection closed": func(w http.ResponseWriter, received string) {
			panic(http.ErrAbortHandler)
		},
	}
}

// TestCanary puts a unique secret in every field that takes one, provokes
// hundreds of failures, and finds none of the secrets in any output.
func TestCanary(t *testing.T) {
	dir := t.TempDir()
	keys := newTestKeys(t)
	if err := keys.write(dir); err != nil {
		t.Fatal(err)
	}
	var answer func(http.ResponseWriter, string)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		dump, _ := httputil.DumpRequest(r, true)
		credentials, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(r.Header.Get("Authorization"), "Basic "))
		query, _ := url.QueryUnescape(string(dump))
		answer(w, string(dump)+string(credentials)+query)
	}))
	server.Config.ErrorLog = nil
	t.Cleanup(server.Close)

	var c canaries
	c.cores = append(c.cores, strings.Split(string(keys.pem["ec.pem"]), "\n")[1][:20])
	locked := filepath.Join(dir, "locked.pem")
	der, err := x509.MarshalPKCS8PrivateKey(keys.rsa)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := encryptPKCS8(der, secret.New("the right password"))
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, locked, pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: sealed}))

	sending := [][]string{{"token", "-v"}, {"token", "-o", "json", "-v"}, {"header", "-v"}, {"test", "-v"}, {"test", "-o", "json", "-v"}}
	every := append([][]string{{"token", "-o", "header"}, {"token", "-o", "env"}, {"explain", "-v"}, {"explain", "-o", "json"},
		{"exec", "-v", "--", "env"}, {"token", "-v", "--watch", "--file", filepath.Join(dir, "token")}, {"test", "-v", "--probe"}, {"test", "-o", "json", "--probe"}}, sending...)
	modes := 0
	try := func(name, document string, commands [][]string) {
		modes++
		path := filepath.Join(dir, "canary.yaml")
		writeFile(t, path, []byte(document))
		for _, args := range commands {
			var stdout, stderr bytes.Buffer
			code := run(context.Background(), slices.Insert(slices.Clone(args), 1, "-f", path), strings.NewReader(""), &stdout, &stderr, func(string) (string, bool) { return "", false })
			if args[0] != "explain" && code == 0 {
				t.Errorf("%s: %v succeeds", name, args)
			}
			if (args[0] == "token" || args[0] == "header" || args[0] == "exec") && stdout.Len() > 0 {
				t.Errorf("%s: %v writes to standard output: %s", name, args, stdout.String())
			}
			printed := stdout.String() + stderr.String()
			for form, core := range c.forms() {
				if strings.Contains(printed, form) {
					t.Fatalf("%s: %v shows %s as %s:\n%s", name, args, core, form, printed)
				}
			}
		}
	}
	documents := canaryDocuments(&c, server.URL+"/token")
	broken := brokenDocuments(&c, server.URL+"/token")
	for fault, reply := range echoes() {
		answer = reply
		for name, document := range documents {
			commands := sending
			if fault == "plain" { // those that send nothing, or fail alike, need one round
				commands = every
			}
			try(name+", "+fault, document, commands)
		}
	}
	for name, document := range broken {
		try(name, document, every)
	}
	t.Logf("%d failure modes", modes)
	if modes < 100 {
		t.Errorf("only %d failure modes", modes)
	}
}
