package main

import (
	"github.com/spf13/cobra"
)

func newTest(p *program) *cobra.Command {
	var probe bool
	cmd := &cobra.Command{
		Use:   "test -f FILE",
		Short: "Try a connection and say what is wrong with it",
		Long: `Test makes the token request of a connection and reports every stage of it: the
document, the key, the assertion, the network, TLS, and the answer of the
authorization server. When the request fails, the findings name the parameters
to correct. The token itself is never shown.

Where a server refuses and does not say why, --probe goes on: it sends the request
again with another value of one parameter, another form of the audience for
example, until one works. These are up to 6 further requests with the credentials
of the document to its own address; at some providers each one that fails counts
as a failed login, and the account may be locked. It stops at the first that works
(whose token is thrown away), after a status of 429 or 5xx, and when the time is
over. It tries nothing with a grant whose credentials work only once, nor with a
password, nor after a network failure.

The exit code is that of 'jeton token'. With -o json the report goes to standard
output also when the test fails.`,
		Example: `  jeton test -f netsuite.yaml
  jeton test -f netsuite.yaml -o json | jq -r .stage
  jeton test -f netsuite.yaml --probe`,
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		ctx, cancel := p.deadline(cmd)
		defer cancel()
		a := p.exchange(cmd, nil) // a test never reads the cache
		if p.verbose {
			a.trace(p)
		}
		if probe {
			p.probe(ctx, a)
		}
		return p.report(cmd, a)
	}
	documentFlag(cmd)
	p.loginFlag(cmd)
	probeFlag(cmd, &probe)
	p.formats(cmd, "text", "json")
	return cmd
}
