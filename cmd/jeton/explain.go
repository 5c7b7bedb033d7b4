package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jeton-oauth/jeton"
)

func newExplain(p *program) *cobra.Command {
	var discover bool
	cmd := &cobra.Command{
		Use:   "explain -f FILE",
		Short: "Show the exact token request without sending it",
		Long: `Explain builds the token request of a connection and shows it: the request line,
the headers and the parameters with secrets masked, the assertions decoded, the
proxy, and where each setting comes from. Nothing is sent. A secret whose
environment variable or file is missing is only a warning here; a key is needed.

A connection that leaves its endpoints to the metadata of the issuer needs
--discover, which reads them: a GET request without credentials.`,
		Example: `  jeton explain -f netsuite.yaml
  jeton explain -f netsuite.yaml -o json | jq .request.params`,
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		ctx, cancel := p.deadline(cmd)
		defer cancel()
		c, from, err := p.document(ctx, cmd)
		if err != nil {
			return err
		}
		missing, err := resolveForShow(ctx, c, from)
		if err != nil {
			return ofDocument(cmd, err)
		}
		if discover {
			if _, err := p.requests().Discover(ctx, c); err != nil {
				return ofDocument(cmd, err)
			}
		}
		e, err := p.requests().Explain(c, nil)
		if onlyDiscovery(err) {
			return usagef(cmd, "token_url comes from the metadata of the issuer: add --discover, which reads them, or write token_url")
		}
		if err != nil {
			findings := merge(describe(err).Findings, missing...)
			return ofDocument(cmd, &diagnosedError{err, merge(findings, warningsAmong(p.requests().Validate(c))...)})
		}
		e.Findings = append(missing, e.Findings...)
		return p.printExplanation(e)
	}
	documentFlag(cmd)
	p.formats(cmd, "text", "json")
	cmd.Flags().BoolVar(&discover, "discover", false, "read the metadata of the issuer first")
	return cmd
}

// onlyDiscovery: the document is right, and names no token endpoint itself.
func onlyDiscovery(err error) bool {
	var e *jeton.Error
	return errors.As(err, &e) && e.Stage == jeton.StageDiscovery && e.Category() == jeton.NetworkError
}

func (p *program) printExplanation(e *jeton.Explanation) error {
	if p.output == "json" {
		text, err := encodeJSON(e)
		if err != nil {
			return err
		}
		return p.write(text)
	}
	return p.write(explanationText(e))
}

func explanationText(e *jeton.Explanation) string {
	var b strings.Builder
	if e.SelfIssued {
		said := "No request is sent: the credential itself is the token."
		if len(e.Steps) > 0 {
			said = "The first token is made here, without a request."
		}
		b.WriteString(said + "\n")
		assertionsText(&b, e.Assertions)
	}
	if e.Login != nil {
		b.WriteString("First a person logs in, which begins with this request:\n\n")
		requestText(&b, e.Login)
		b.WriteString("\nThen this one:\n\n")
	}
	if e.Request != nil {
		requestText(&b, e.Request)
	}
	for i := range e.Steps {
		fmt.Fprintf(&b, "\nThen step %d:\n\n", i+1)
		requestText(&b, &e.Steps[i])
	}
	proxy := e.Proxy
	if proxy == "" {
		proxy = "none"
	}
	rows := [][]string{{"the token is presented as", e.Usage}}
	if !e.SelfIssued {
		rows = append(rows, []string{"proxy", proxy})
	}
	b.WriteByte('\n')
	table(&b, "", rows)
	if len(e.Settings) > 0 {
		b.WriteString("\nsettings in effect:\n")
		rows = nil
		for _, s := range e.Settings {
			rows = append(rows, []string{string(s.Parameter), s.Value, s.Origin})
		}
		table(&b, "  ", rows)
	}
	printSection(&b, "findings", e.Findings)
	return b.String()
}

func requestText(b *strings.Builder, r *jeton.RedactedRequest) {
	fmt.Fprintf(b, "%s\n", safe(r.Method+" "+r.URL))
	for _, h := range r.Headers {
		fmt.Fprintf(b, "%s\n", safe(h.Name+": "+h.Value))
	}
	if r.ClientCertificate != "" {
		fmt.Fprintf(b, "client certificate: %s\n", safe(r.ClientCertificate))
	}
	if len(r.Params) > 0 {
		fmt.Fprintf(b, "\nparameters (%s):\n", r.Encoding)
		var rows [][]string
		for _, v := range r.Params {
			rows = append(rows, []string{v.Name, v.Value})
		}
		table(b, "  ", rows)
	}
	assertionsText(b, r.Assertions)
}

func assertionsText(b *strings.Builder, list []jeton.DecodedAssertion) {
	for _, a := range list {
		fmt.Fprintf(b, "\n%s, decoded:\n", safe(string(a.Parameter)))
		fmt.Fprintf(b, "  header %s\n", prettyJSON(a.Header, "  "))
		fmt.Fprintf(b, "  claims %s\n", prettyJSON(a.Claims, "  "))
	}
}

func printSection(w io.Writer, title string, findings []jeton.Finding) {
	if len(findings) > 0 {
		fmt.Fprintf(w, "\n%s:\n", title)
		printFindings(w, "  ", findings)
	}
}
