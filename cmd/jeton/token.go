package main

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/jeton-oauth/jeton"
)

func newToken(p *program) *cobra.Command {
	minTTL := time.Minute
	var force bool
	cmd := &cobra.Command{
		Use:   "token -f FILE",
		Short: "Fetch an access token",
		Long: `Token fetches an access token and prints it on standard output; warnings and
errors go to standard error. In the forms bare and header a newline follows only
if standard output is a terminal.

The form env is a list of shell assignments: JETON_ACCESS_TOKEN,
JETON_TOKEN_TYPE, JETON_HEADER_NAME, JETON_HEADER_VALUE and JETON_EXPIRES_AT.`,
		Example: `  jeton token -f netsuite.yaml
  jeton token -f netsuite.yaml -o json --min-ttl 5m
  eval "$(jeton token -f netsuite.yaml -o env)"`,
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		a, err := p.fetch(cmd)
		if err != nil {
			return err
		}
		if !cmd.Flags().Changed("min-ttl") { // capped, as on a server
			minTTL = min(minTTL, a.token.Expiry.Sub(a.token.Issued)/2)
		}
		warning := shortLife(a.token, minTTL)
		if warning != "" {
			p.warn("%s", warning)
		}
		return p.printToken(a, warning)
	}
	documentFlag(cmd)
	p.formats(cmd, "bare", "json", "header", "env")
	cmd.Flags().Var(&durationFlag{&minTTL}, "min-ttl", "warn if the token lives for less: a duration, or seconds")
	cmd.Flags().BoolVar(&force, "force", false, "fetch a new token even if there is one; with -f that is always so")
	return cmd
}

// shortLife is the warning for a token that ends before minTTL; it is printed
// all the same, since the next one would be no better.
func shortLife(t *jeton.Token, minTTL time.Duration) string {
	left := time.Until(t.Expiry)
	if t.Expiry.IsZero() || left >= minTTL {
		return ""
	}
	return fmt.Sprintf("the token lives for another %s, less than --min-ttl %s", left.Round(time.Second), minTTL)
}

func (p *program) printToken(a *attempt, warning string) error {
	switch p.output {
	case "json":
		text, err := encodeJSON(newTokenAnswer(a, warning))
		if err != nil {
			return err
		}
		return p.write(text)
	case "header":
		name, value := a.token.Header()
		return p.writeBare(name + ": " + value.Reveal())
	case "env":
		return p.write(shellLines(a.token))
	}
	return p.writeBare(a.token.AccessToken.Reveal())
}

// writeBare ends the line only for a terminal: command substitution drops a
// newline, but a file or a pipe would get one more octet than the token has.
func (p *program) writeBare(text string) error {
	if p.stdoutIsTerminal() {
		text += "\n"
	}
	return p.write(text)
}

// tokenAnswer is the body of GET /v1/connections/{name}/token.
type tokenAnswer struct {
	Connection  string                     `json:"connection"`
	AccessToken string                     `json:"access_token"`
	TokenType   string                     `json:"token_type"`
	ExpiresIn   *int64                     `json:"expires_in"`
	ExpiresAt   *string                    `json:"expires_at"`
	Generation  int64                      `json:"generation"`
	Scope       string                     `json:"scope"`
	Header      tokenHeader                `json:"header"`
	Extra       map[string]json.RawMessage `json:"extra"`
	Warning     *string                    `json:"warning"`
}

type tokenHeader struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

func newTokenAnswer(a *attempt, warning string) tokenAnswer {
	t := a.token
	name, value := t.Header()
	answer := tokenAnswer{
		Connection: a.connection.Name, AccessToken: t.AccessToken.Reveal(), TokenType: t.TokenType,
		Generation: t.Generation, Scope: t.Scope,
		Header: tokenHeader{name, value.Reveal()}, Extra: t.Extra,
	}
	if answer.Extra == nil {
		answer.Extra = map[string]json.RawMessage{}
	}
	if !t.Expiry.IsZero() {
		seconds, at := max(0, int64(math.Floor(time.Until(t.Expiry).Seconds()))), expiresAt(t)
		answer.ExpiresIn, answer.ExpiresAt = &seconds, &at
	}
	var texts []string
	for _, f := range a.warnings() {
		texts = append(texts, string(f.Parameter)+": "+f.Problem)
	}
	if warning != "" {
		texts = append(texts, warning)
	}
	if len(texts) > 0 {
		text := strings.Join(texts, "; ")
		answer.Warning = &text
	}
	return answer
}

func expiresAt(t *jeton.Token) string {
	if t.Expiry.IsZero() {
		return ""
	}
	return t.Expiry.UTC().Format(time.RFC3339)
}

// shellLines is what eval of a POSIX shell takes.
func shellLines(t *jeton.Token) string {
	name, value := t.Header()
	var b strings.Builder
	for _, v := range [][2]string{
		{"JETON_ACCESS_TOKEN", t.AccessToken.Reveal()},
		{"JETON_TOKEN_TYPE", t.TokenType},
		{"JETON_HEADER_NAME", name},
		{"JETON_HEADER_VALUE", value.Reveal()},
		{"JETON_EXPIRES_AT", expiresAt(t)},
	} {
		fmt.Fprintf(&b, "%s=%s\n", v[0], shellQuote(v[1]))
	}
	return b.String()
}

// shellQuote makes one word of any text: nothing is special between single quotes.
func shellQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
