package main

import (
	"github.com/spf13/cobra"
)

func newTest(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "test -f FILE",
		Short: "Try a connection and say what is wrong with it",
		Long: `Test makes the token request of a connection and reports every stage of it: the
document, the key, the assertion, the network, TLS, and the answer of the
authorization server. When the request fails, the findings name the parameters
to correct. The token itself is never shown.

The exit code is that of 'jeton token'. With -o json the report goes to standard
output also when the test fails.`,
		Example: `  jeton test -f netsuite.yaml
  jeton test -f netsuite.yaml -o json | jq -r .stage`,
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		a := p.exchange(cmd, nil) // a test never reads the cache
		if p.verbose {
			a.trace(p)
		}
		return p.report(cmd, a)
	}
	documentFlag(cmd)
	p.loginFlag(cmd)
	p.formats(cmd, "text", "json")
	return cmd
}
