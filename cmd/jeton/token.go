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
	keep := &cacheFlags{minTTL: time.Minute}
	var logout bool
	cmd := &cobra.Command{
		Use:   "token -f FILE",
		Short: "Fetch an access token",
		Long: `Token fetches an access token and prints it on standard output; warnings and
errors go to standard error. In the forms bare and header a newline follows only
if standard output is a terminal.

The forms:

  bare             the token
  json             the token, its expiry, its header, what is kept of the reply
  header           the header field that presents it
  env              shell assignments: JETON_ACCESS_TOKEN, JETON_TOKEN_TYPE,
                   JETON_HEADER_NAME, JETON_HEADER_VALUE, JETON_EXPIRES_AT
  exec-credential  the answer of a credential plugin to kubectl and other
                   Kubernetes clients, in the version that KUBERNETES_EXEC_INFO
                   names; for tokens that are presented as Bearer and nothing else
  git              a credential helper of git, which adds get, store or erase and
                   writes to standard input; it answers for URLs under
                   resource.urls only. A get may log in, an erase ends the life of
                   a kept token, a store does nothing
  aws              what credential_process of the AWS CLI and SDKs reads. An access
                   token is no AWS credential: this is for servers whose reply
                   holds AccessKeyId, SecretAccessKey and SessionToken (and
                   Expiration) as members that response.keep names. For
                   AssumeRoleWithWebIdentity write the bare token to the file that
                   AWS_WEB_IDENTITY_TOKEN_FILE names instead

With --cache the token, and the newest refresh token, are kept in a file that
only you can read, in the folder jeton of your cache directory. The next run
uses the token until it lives for less than --min-ttl, and runs at the same time
fetch it once. --logout removes the file.`,
		Example: `  jeton token -f netsuite.yaml
  jeton token -f netsuite.yaml -o json --min-ttl 5m
  jeton token -f netsuite.yaml --cache
  jeton token -f netsuite.yaml -o header
  eval "$(jeton token -f netsuite.yaml -o env)"
  jeton token -f cluster.yaml -o exec-credential
  git config --global credential.https://git.example.com.helper '!jeton token -f /home/ada/git.yaml --cache -o git'
  aws configure set credential_process 'jeton token -f /home/ada/aws.yaml -o aws'`,
	}
	git := &gitFlags{}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if logout {
			return p.logout(cmd)
		}
		var version string // of exec-credential
		var err error
		switch p.output {
		case "git":
			return p.gitCredential(cmd, args[0], keep, git)
		case "exec-credential":
			p.accept = acceptsBearer
			if version, err = p.execCredentialVersion(cmd); err != nil {
				return err
			}
		}
		a, err := p.fetch(cmd, keep)
		if err != nil {
			return err
		}
		minTTL := keep.minTTL
		if !cmd.Flags().Changed("min-ttl") {
			minTTL = capTTL(minTTL, a.token)
		}
		warning := shortLife(a.token, minTTL)
		if warning != "" {
			p.warn("%s", warning)
		}
		return p.printToken(a, warning, version)
	}
	documentFlag(cmd)
	p.loginFlag(cmd)
	p.formats(cmd, "bare", "json", "header", "env", "exec-credential", "git", "aws")
	git.register(cmd)
	keep.register(cmd)
	cmd.Flags().Var(&durationFlag{&keep.minTTL}, "min-ttl", "fetch a new token if the kept one lives for less, and warn if the new one does: a duration, or seconds")
	cmd.Flags().BoolVar(&keep.force, "force", false, "fetch a new token even if one is kept")
	cmd.Flags().BoolVar(&logout, "logout", false, "remove the kept token instead of fetching one")
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

func (p *program) printToken(a *attempt, warning, version string) error {
	switch p.output {
	case "json":
		text, err := encodeJSON(newTokenAnswer(a, warning))
		return p.writeUnless(err, text)
	case "header":
		name, value := a.token.Header()
		return p.writeBare(name + ": " + value.Reveal())
	case "env":
		return p.write(shellLines(a.token))
	case "exec-credential":
		text, err := execCredentialJSON(version, a.token)
		return p.writeUnless(err, text)
	case "aws":
		text, err := awsCredentialJSON(a.token)
		return p.writeUnless(err, text)
	}
	return p.writeBare(a.token.AccessToken.Reveal())
}

// writeUnless writes a text that could be made.
func (p *program) writeUnless(err error, text string) error {
	if err != nil {
		return err
	}
	return p.write(text)
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
		texts = append(texts, ofParameter(f, f.Problem))
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
	return utc(t.Expiry)
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

// utc is a time as all forms write it.
func utc(t time.Time) string { return t.UTC().Format(time.RFC3339) }
