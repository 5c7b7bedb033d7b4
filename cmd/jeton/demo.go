package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/jeton-oauth/jeton"
)

func newDemo(p *program) *cobra.Command {
	vendor := new(vendorDemo)
	cmd := &cobra.Command{
		Use:   "demo [--vendor VENDOR]",
		Short: "Fetch tokens from a built-in authorization server",
		Long: `Demo starts an authorization server in this process, makes keys, and fetches real
tokens through three connections: with a client secret, with private_key_jwt, and
with a JWT as the grant. Each token is shown decoded and is tried on an API. Then
a connection with a wrong secret shows what a failed test looks like.

Demo needs no network and writes no files; everything is gone when it ends.

With --vendor it is another thing: a server on this machine that answers as that
vendor's does, for your own tests, until it is interrupted. It writes a connection
document and the files it names to a temporary folder, which it removes at its end.`,
		Example: `  jeton demo
  jeton demo --vendor list
  jeton demo --vendor docusign
  jeton demo --vendor entra-secret --listen 127.0.0.1:7490 --fault AADSTS7000222`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if vendor.vendor != "" {
				return p.simulate(cmd.Context(), cmd, vendor)
			}
			if vendor.fault != "" || cmd.Flags().Changed("listen") {
				return usagef(cmd, "--fault and --listen need --vendor")
			}
			ctx, cancel := p.deadline(cmd)
			defer cancel()
			return p.demo(ctx)
		},
	}
	vendor.flags(cmd)
	return cmd
}

func (p *program) demo(ctx context.Context) error {
	s, err := startDemoServer()
	if err != nil {
		return fmt.Errorf("cannot start the demo: %w", err)
	}
	defer s.close()
	// The lines are counted on: a pipe that closes early ends the demo quietly.
	out := p.stdout
	fmt.Fprintf(out, "A built-in authorization server listens on %s.\n", s.url())
	for i, c := range s.connections() {
		fmt.Fprintf(out, "\n%s\n%d. %s\n%s\n\n", strings.Repeat("=", 78), i+1, c.title, strings.Repeat("=", 78))
		fmt.Fprintf(out, "The connection document (%s):\n\n%s\n", c.note, indent(c.document))
		if err := s.show(ctx, p, c); err != nil {
			return fmt.Errorf("%s: %w", c.title, err)
		}
	}
	_, err = io.WriteString(out, demoEnd)
	return err
}

const demoEnd = `
How to go on: write such a document for your own authorization server, then

  jeton explain -f connection.yaml    what would be sent?
  jeton test -f connection.yaml       does it work, and if not, which parameter is wrong?
  jeton token -f connection.yaml      the token
  jeton key inspect FILE              what is in the key file I was given?
  jeton schema > jeton.schema.json    all fields, for your editor
`

// show makes the token request of one connection and reports it.
func (s *demoServer) show(ctx context.Context, p *program, c demoConnection) error {
	connection, err := jeton.Parse([]byte(c.document))
	if err != nil {
		return err
	}
	from := p.sources(".")
	from.Env = func(name string) (string, bool) { v, ok := s.secrets[name]; return v, ok }
	if err := connection.Resolve(ctx, from); err != nil {
		return err
	}
	// No proxy: the server is in this process.
	engine := &jeton.Engine{HTTP: jeton.NewHTTPClient(jeton.HTTPOptions{}), UserAgent: "jeton-demo"}
	a := &attempt{connection: connection, resolved: true, recorder: new(jeton.Recorder), engine: engine}
	a.token, a.err = engine.Exchange(jeton.WithRecorder(ctx, a.recorder), connection, nil)
	if c.fails {
		return showFailure(p, a)
	}
	if a.err != nil {
		return a.err
	}
	fmt.Fprintf(p.stdout, "%s\n\nThe token:\n\n", safe(a.verdict(nil)))
	var decodedText strings.Builder
	decode(a.token.AccessToken.Reveal(), time.Now()).print(&decodedText)
	fmt.Fprintln(p.stdout, indent(decodedText.String()))
	return s.callAPI(ctx, p, a.token)
}

// showFailure prints what 'jeton test' says about a connection that is wrong.
func showFailure(p *program, a *attempt) error {
	if a.err == nil {
		return fmt.Errorf("the server accepted a wrong secret")
	}
	l := p.layout()
	l.width, l.colour = max(l.width-2, narrowest), false // it is indented
	l.sheet(a.sheet(a.findings()))
	fmt.Fprintf(p.stdout, "What 'jeton test' says:\n\n%s", indent(l.String()))
	return nil
}

// callAPI presents the token to the protected resource of the built-in server.
func (s *demoServer) callAPI(ctx context.Context, p *program, t *jeton.Token) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.api(), nil)
	if err != nil {
		return err
	}
	t.Authorize(request)
	reply, err := s.client().Do(request)
	if err != nil {
		return fmt.Errorf("call the API: %w", err)
	}
	defer reply.Body.Close()
	body, err := io.ReadAll(io.LimitReader(reply.Body, maxFile))
	if err != nil {
		return fmt.Errorf("read the reply of the API: %w", err)
	}
	if reply.StatusCode != http.StatusOK {
		return fmt.Errorf("the API answered with status %d", reply.StatusCode)
	}
	fmt.Fprintf(p.stdout, "The API, called with it, answers %s:\n\n  %s\n", reply.Status, safe(strings.TrimSpace(string(body))))
	return nil
}

func indent(text string) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	for i, line := range lines {
		if line != "" {
			lines[i] = "  " + line
		}
	}
	return strings.Join(lines, "\n") + "\n"
}
