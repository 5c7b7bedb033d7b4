package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/inject"
)

func newCurl(p *program) *cobra.Command {
	keep := &cacheFlags{minTTL: time.Minute}
	cmd := &cobra.Command{
		Use:   "curl -f FILE -- ARGUMENTS",
		Short: "Run curl with the token on its requests",
		Long: `Curl fetches an access token and runs curl with the arguments after --. The
header that presents the token reaches curl by an inherited descriptor: it is
neither in the arguments nor in the environment, and on no disk. With -v the token
is masked in what curl says. The exit code is curl's.

Every URL has to lie under resource.urls of the connection. URLs are taken
literally: curl's [1-3] and {a,b} mean nothing. Options that would show the token
or send it elsewhere are refused, such as -K, --next, -k and --location-trusted;
so is -L where a redirect could lead out of resource.urls on the same host, or
where there are other headers than Authorization, which curl would send to any
host. ~/.curlrc is not read.

A token that is bound to a key (client.dpop) gets a proof for the one request; a
resource that demands a nonce in it refuses.`,
		Example: `  jeton curl -f netsuite.yaml -- https://api.example.com/v2/me
  jeton curl -f netsuite.yaml -- -sS -X POST --json '{"name":"x"}' https://api.example.com/v2/items`,
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return p.curl(cmd, args, keep) }
	documentFlag(cmd)
	cmd.Args = cobra.ArbitraryArgs
	p.loginFlag(cmd)
	keep.register(cmd)
	return cmd
}

func (p *program) curl(cmd *cobra.Command, args []string, keep *cacheFlags) error {
	if documentPath(cmd) == "" {
		return noServerYet(cmd, nil)
	}
	if at := cmd.ArgsLenAtDash(); at != 0 {
		return usagef(cmd, "write -- before the arguments of curl")
	}
	if !inheritsDescriptors {
		return usagef(cmd, "this system passes no descriptors on, by which curl gets the token; use jeton header")
	}
	command, err := readCurl(cmd, args)
	if err != nil {
		return err
	}
	program, err := findProgram("curl")
	if err != nil {
		return err
	}
	p.presents = true
	p.accept = func(c *jeton.Connection) error { return command.admit(cmd.Context(), program, c, nil) }
	a, err := p.fetch(cmd, keep)
	if err != nil {
		return err
	}
	if dependOnReply(a.connection) {
		if err := command.admit(cmd.Context(), program, a.connection, a.token); err != nil {
			return err
		}
	}
	if err := command.bound(a.token); err != nil {
		return err
	}
	return p.runCurl(cmd.Context(), program, command, a.connection, a.token)
}

// dependOnReply: where the token may go is known only with the token.
func dependOnReply(c *jeton.Connection) bool {
	return strings.Contains(strings.Join(c.Resource.URLs, " "), "{reply.")
}

// admit refuses a URL that the token may not be sent to. Before there is a
// token only what needs none is looked at.
func (c *curlCommand) admit(ctx context.Context, program string, connection *jeton.Connection, t *jeton.Token) error {
	names := []string{"Authorization"}
	switch {
	case connection.Usage.Query != "":
		const problem = "the token would stand in the arguments of curl, which every user of this machine can read"
		return jeton.NewError(jeton.DocumentInvalid, jeton.StageConfig, "usage.query: "+problem,
			jeton.Finding{Parameter: "usage.query", Problem: problem, Fix: "write usage.header if the API takes one, or let package inject make the request", Certain: true})
	case connection.Usage.Cookie != "":
		if names[0] = "Cookie"; c.has("cookie") {
			return usagef(c.cmd, "curl's --cookie and the cookie that Jeton writes exclude each other; remove it")
		}
	case connection.Usage.Header != "":
		names[0] = connection.Usage.Header
	}
	for name := range connection.Usage.Headers {
		names = append(names, name)
	}
	if connection.Client.DPoP != nil {
		names = append(names, "DPoP")
	}
	if err := c.check(names); err != nil {
		return err
	}
	if t == nil && dependOnReply(connection) {
		return nil
	}
	urls, err := connection.ResourceURLs(t)
	if err != nil {
		return err
	}
	for _, u := range c.urls {
		if err := inject.CheckURL(urls, u.String()); err != nil {
			return err
		}
	}
	if c.has("location") {
		return c.checkRedirects(ctx, program, urls, names)
	}
	return nil
}

// oldestStrict is the first curl that keeps Authorization from another port and
// scheme of the same host, too.
const oldestStrict = 7*1000 + 83

// checkRedirects: where curl follows redirects it keeps the Authorization header
// on the same origin, and every other header wherever it goes.
func (c *curlCommand) checkRedirects(ctx context.Context, program string, urls, names []string) error {
	if len(names) > 1 || !inject.SameField(names[0], "Authorization") {
		return usagef(c.cmd, "curl's --location would send the headers of the connection to whatever host a redirect names; leave it out")
	}
	if c.has("header") {
		return usagef(c.cmd, "curl's --location sends every --header but Authorization to whatever host a redirect names; leave one of the two out")
	}
	for _, u := range c.urls {
		root := url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/"}
		if inject.CheckURL(urls, root.String()) != nil {
			return usagef(c.cmd, "curl's --location could lead the token out of resource.urls, to another path of %s; leave it out", u.Host)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	said, _ := exec.CommandContext(ctx, program, "--version").Output()
	m := regexp.MustCompile(`^curl (\d+)\.(\d+)`).FindSubmatch(said)
	if m == nil {
		return usagef(c.cmd, "curl does not tell its version, which decides whether --location is safe; leave it out")
	}
	major, _ := strconv.Atoi(string(m[1]))
	minor, _ := strconv.Atoi(string(m[2]))
	if major*1000+minor < oldestStrict {
		return usagef(c.cmd, "this curl is older than 7.83 and would send the token to another port of the host; leave --location out")
	}
	return nil
}

// runCurl hands the header fields to curl through a pipe, which curl reads as a file.
func (p *program) runCurl(ctx context.Context, program string, c *curlCommand, connection *jeton.Connection, t *jeton.Token) error {
	signals := catchSignals()
	defer signals.stop()
	reader, writer, err := os.Pipe()
	if err != nil {
		return err
	}
	defer reader.Close()
	request := &http.Request{Method: c.method(), URL: c.urls[0], Header: http.Header{}}
	t.Authorize(request)
	go func() { // a pipe holds 64 KiB, a token 16
		_, _ = io.WriteString(writer, curlHeader(request.Header))
		_ = writer.Close()
	}()
	args := append([]string{"--disable", "--globoff"}, c.args...)
	for _, u := range c.urls {
		if u.Scheme == "http" { // which a proxy could read
			args = append(args, "--noproxy", "*")
		}
		args = append(args, "--url", u.String())
	}
	child := exec.Command(program, append(args, "--header", "@/dev/fd/3")...)
	child.Env = p.environmentWithout(connection)
	child.ExtraFiles = []*os.File{reader}
	child.Stdout, child.Stderr = p.stdout, p.stderr
	if p.stdinUsed == "" { // else it is at its end
		child.Stdin = p.stdin
	}
	if c.has("verbose") {
		mask := newMask(p.stderr, request.Header)
		defer mask.flush()
		child.Stderr = mask
	}
	return runToEnd(ctx, signals, child)
}

// curlHeader are header fields as curl reads them from a file, one on a line. To
// curl "Name:" means that the field is left out, and "Name;" that it is empty.
func curlHeader(h http.Header) string {
	var lines strings.Builder
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, value := range h[name] {
			if value == "" {
				fmt.Fprintf(&lines, "%s;\n", name)
			} else {
				fmt.Fprintf(&lines, "%s: %s\n", name, value)
			}
		}
	}
	return lines.String()
}

// mask strikes the values of header fields out of a text, line by line.
type mask struct {
	to      io.Writer
	secrets *strings.Replacer
	line    []byte
}

func newMask(to io.Writer, header http.Header) *mask {
	var pairs []string
	for _, values := range header {
		for _, value := range values {
			_, credentials, found := strings.Cut(value, " ")
			if !found {
				credentials = value
			}
			if credentials != "" {
				pairs = append(pairs, credentials, jeton.Redacted)
			}
		}
	}
	return &mask{to: to, secrets: strings.NewReplacer(pairs...)}
}

// maxMaskedLine bounds what is held back of a line without an end.
const maxMaskedLine = 1 << 20

func (m *mask) Write(data []byte) (int, error) {
	m.line = append(m.line, data...)
	end := bytes.LastIndexAny(m.line, "\r\n") + 1
	if end == 0 && len(m.line) < maxMaskedLine {
		return len(data), nil
	}
	if end == 0 {
		end = len(m.line)
	}
	_, err := io.WriteString(m.to, m.secrets.Replace(string(m.line[:end])))
	m.line = append(m.line[:0], m.line[end:]...)
	return len(data), err
}

func (m *mask) flush() {
	_, _ = io.WriteString(m.to, m.secrets.Replace(string(m.line)))
}
