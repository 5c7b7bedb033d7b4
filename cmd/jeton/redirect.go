package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"html/template"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/jeton-oauth/jeton"
)

// answers is where the answer to a login comes from: the redirect URL on this
// machine, or the address that a person pastes.
type answers interface {
	waiting() []string                            // what to do, for stderr
	next(ctx context.Context) (url.Values, error) // the first answer that belongs to the login
	tell(err error)                               // the outcome, for the browser
	close()
}

// awaitRedirect listens on the redirect URL of a login before the login can be
// answered. A URL that is not this machine's cannot be listened on: then the
// person pastes the address at which the browser ends.
func (p *program) awaitRedirect(login *jeton.Authorization) (answers, error) {
	u, err := url.Parse(login.RedirectURL)
	if err != nil {
		return nil, err
	}
	if u.Scheme != "http" || !jeton.IsLoopback(u.Hostname()) {
		p.stdinUsed = "the login" // nothing else gets what is left of it
		return &pasted{login: login, input: p.stdin}, nil
	}
	return listen(login, u)
}

// listen serves the redirect URL. localhost is both loopback addresses, as far
// as the machine has them (RFC 8252 section 8.3).
func listen(login *jeton.Authorization, u *url.URL) (*listener, error) {
	hosts := []string{u.Hostname()}
	if strings.EqualFold(u.Hostname(), "localhost") {
		hosts = []string{"127.0.0.1", "::1"}
	}
	l := &listener{login: login, redirect: u, found: make(chan url.Values), outcome: make(chan error, 1)}
	l.server = &http.Server{Handler: l, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 10 * time.Second, MaxHeaderBytes: 64 << 10}
	var failed error
	for _, host := range hosts {
		socket, err := net.Listen("tcp", net.JoinHostPort(host, u.Port()))
		if err != nil {
			failed = err
			continue
		}
		l.sockets++
		go func() { _ = l.server.Serve(socket) }()
	}
	if l.sockets == 0 {
		return nil, cannotListen(u, failed)
	}
	return l, nil
}

func cannotListen(u *url.URL, err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		err = op.Err
	}
	problem := fmt.Sprintf("cannot listen on %s: %v", u.Host, err)
	return jeton.NewError(jeton.NetworkError, jeton.StageConfig, problem, jeton.Finding{Parameter: "grant.redirect_url", Problem: problem, Certain: true,
		Fix: "end the program that uses this port, or write another port in grant.redirect_url; the provider must know it, unless it lets the port of a loopback URL vary (RFC 8252 section 7.3)"})
}

// listener is an HTTP server for the one request with which the browser comes back.
type listener struct {
	login    *jeton.Authorization
	redirect *url.URL
	server   *http.Server
	sockets  int
	found    chan url.Values
	outcome  chan error
}

func (l *listener) waiting() []string {
	return []string{"waiting for the answer at " + l.login.RedirectURL + "; stop with Ctrl-C",
		"if the browser shows an error of the provider instead, look at client.id and grant.redirect_url"}
}

func (l *listener) next(ctx context.Context) (url.Values, error) {
	select {
	case answer := <-l.found:
		return answer, nil
	case <-ctx.Done():
		return nil, waitOver(ctx)
	}
}

func (l *listener) tell(err error) { l.outcome <- err }

// close lets the page with the outcome reach the browser.
func (l *listener) close() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if l.server.Shutdown(ctx) != nil {
		_ = l.server.Close()
	}
}

// ServeHTTP takes an answer to this login and nothing else: anything on this
// machine, and any page in the browser, can call the URL. The name in Host keeps
// out pages that let their own name point here.
func (l *listener) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := l.redirect.Path
	if path == "" {
		path = "/"
	}
	switch {
	case r.URL.Path != path, !l.isHost(r.Host):
		http.NotFound(w, r)
		return
	case r.Method != http.MethodGet:
		w.Header().Set("Allow", http.MethodGet)
		http.Error(w, "only GET", http.StatusMethodNotAllowed)
		return
	}
	answer, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil || !l.login.Answers(answer) {
		writePage(w, http.StatusBadRequest, page{"This is not the answer to the login", "It belongs to another login, or was changed on the way. The program still waits for its own."})
		return
	}
	select {
	case l.found <- answer:
	case <-r.Context().Done():
		return
	case <-time.After(time.Second): // an answer was taken already
		writePage(w, http.StatusConflict, page{"This login has been answered already", "You can close this window."})
		return
	}
	select {
	case err := <-l.outcome:
		writePage(w, http.StatusOK, outcomePage(err))
	case <-r.Context().Done():
	}
}

// isHost: a browser leaves out the port 80.
func (l *listener) isHost(host string) bool {
	return strings.EqualFold(strings.TrimSuffix(host, ":80"), strings.TrimSuffix(l.redirect.Host, ":80"))
}

func outcomePage(err error) page {
	if err != nil {
		return page{"The login failed", "The reason: " + describe(err).Detail + ". The terminal in which the login began says what to do."}
	}
	return page{"You are logged in", "Jeton has its token. You can close this window."}
}

// page is what the browser shows at the end.
type page struct{ Title, Text string }

const pageTemplate = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{{.Title}} - Jeton</title>
<style>:root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:15vh auto;padding:0 1.5rem}</style></head>
<body><main><h1>{{.Title}}</h1><p>{{.Text}}</p></main></body></html>
`

func writePage(w http.ResponseWriter, status int, shown page) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer") // the code stands in the address line
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	// Parsed here and not when any command starts: few of them show a page.
	_ = template.Must(template.New("page").Parse(pageTemplate)).Execute(w, shown)
}

// pasted reads the address at which the browser ended from standard input.
type pasted struct {
	login *jeton.Authorization
	input io.Reader
}

func (p *pasted) waiting() []string {
	return []string{"the redirect URL is not on this machine: after the login, paste the whole address that the browser ends at, and press Enter"}
}

// notPasted: nobody can paste anything any more.
func notPasted() error {
	const problem = "standard input ended before the address was pasted"
	return jeton.NewError(jeton.ConsentRequired, jeton.StageOAuth, problem, jeton.Finding{Parameter: "grant.redirect_url", Problem: problem, Certain: true,
		Fix: "run the command at a terminal, with the document in a file; or use a redirect URL on this machine, such as http://127.0.0.1:7481/callback"})
}

func (p *pasted) tell(error) {}
func (p *pasted) close()     {}

// next reads lines until one is the answer.
func (p *pasted) next(ctx context.Context) (url.Values, error) {
	lines := make(chan string)
	go func() {
		defer close(lines)
		scanner := bufio.NewScanner(io.LimitReader(p.input, maxFile))
		scanner.Buffer(nil, 64<<10)
		for scanner.Scan() {
			select {
			case lines <- scanner.Text():
			case <-ctx.Done():
				return
			}
		}
	}()
	for {
		select {
		case line, more := <-lines:
			if !more {
				return nil, notPasted()
			}
			if u, err := url.Parse(strings.TrimSpace(line)); err == nil && p.login.Answers(u.Query()) {
				return u.Query(), nil
			}
		case <-ctx.Done():
			return nil, waitOver(ctx)
		}
	}
}
