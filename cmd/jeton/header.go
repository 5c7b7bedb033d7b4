package main

import (
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/jeton-oauth/jeton"
)

func newHeader(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "header -f FILE",
		Short: "Fetch an access token and print the header that presents it",
		Long: `Header fetches an access token and prints the header field that presents it to
the API, for example "Authorization: Bearer ...". Further header fields that the
connection names under usage.headers follow, one on each line.`,
		Example: `  curl -H "$(jeton header -f netsuite.yaml)" https://api.example.com/v2/me
  jeton header -f netsuite.yaml --cache > headers && curl -H @headers https://api.example.com/v2/me`,
	}
	keep := &cacheFlags{minTTL: time.Minute}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		p.accept = acceptsHeader
		a, err := p.fetch(cmd, keep)
		if err != nil {
			return err
		}
		var lines []string
		for _, h := range headersOf(a.token) {
			lines = append(lines, h[0]+": "+h[1])
		}
		return p.writeBare(strings.Join(lines, "\n"))
	}
	documentFlag(cmd)
	p.loginFlag(cmd)
	keep.register(cmd)
	return cmd
}

// acceptsHeader refuses, before the request, a token that no header presents.
func acceptsHeader(c *jeton.Connection) error {
	if c.Usage.Query == "" {
		return nil
	}
	const problem = "the token is presented in the query, so no header presents it"
	return jeton.NewError(jeton.DocumentInvalid, jeton.StageConfig, "usage.query: "+problem,
		jeton.Finding{Parameter: "usage.query", Problem: problem, Fix: "write usage.header if the API takes one, or let package inject make the request; jeton token prints the token alone", Certain: true})
}

// headersOf are the fields that Authorize sets, the token first, as names and values.
func headersOf(t *jeton.Token) [][2]string {
	var list [][2]string
	if name, value := t.Header(); name != "" {
		list = append(list, [2]string{name, value.Reveal()})
	}
	names := make([]string, 0, len(t.Usage.Headers))
	for name := range t.Usage.Headers {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		list = append(list, [2]string{name, t.Usage.Headers[name].Value.Reveal()})
	}
	return list
}
