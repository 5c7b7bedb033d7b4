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
	var logout, watch bool
	var path string
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
fetch it once. --logout removes the file.

With --file the token goes to a file that only you can read, put in place in one
step; the folder must exist, and the file must not be a symbolic link. -f is the
connection, --file the output. With --watch Jeton stays and renews the token ahead
of its end (refresh.ahead) until a signal ends it, with the exit code 0; the last
token stays in the file then. While a token is valid a failure is a line on standard
error, and is tried again after a pause. When the token has expired, the file is
removed, so that nobody presents a dead token: a reader waits for it to come back.
If only a login or another credential helps, Jeton ends then with the exit code of
the failure. The document and its secrets are read once, at the start. Nobody is
asked to log in again: a login that has ended is such a failure.`,
		Example: `  jeton token -f netsuite.yaml
  jeton token -f netsuite.yaml -o json --min-ttl 5m
  jeton token -f netsuite.yaml --cache
  eval "$(jeton token -f netsuite.yaml -o env)"
  jeton token -f netsuite.yaml --file token
  jeton token -f netsuite.yaml -o header --watch --file /run/user/1000/netsuite.header
  jeton token -f cluster.yaml -o exec-credential
  git config --global credential.https://git.example.com.helper '!jeton token -f /home/ada/git.yaml --cache -o git'
  aws configure set credential_process 'jeton token -f /home/ada/aws.yaml -o aws'`,
	}
	git := &gitFlags{}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		writes := cmd.Flags().Changed("file")
		switch {
		case logout && (watch || writes):
			return usagef(cmd, "--logout fetches no token: it excludes --file and --watch")
		case (watch || writes) && p.output == "git":
			return usagef(cmd, "-o git answers git, which reads no file: it excludes --file and --watch")
		case logout:
			return p.logout(cmd)
		case watch && !writes:
			return usagef(cmd, "--watch needs the file in which it keeps the token: write --watch --file PATH")
		case p.output == "git":
			return p.gitCredential(cmd, args[0], keep, git)
		case p.output == "header":
			p.accept = acceptsHeader
		case p.output == "exec-credential":
			p.accept = acceptsBearer
			var err error
			if p.credentialVersion, err = p.execCredentialVersion(cmd); err != nil {
				return err
			}
		}
		if writes {
			return p.writeToken(cmd, keep, path, watch)
		}
		a, err := p.fetch(cmd, keep)
		if err != nil {
			return err
		}
		return p.printToken(a, p.warnOfShortLife(cmd, keep, a.token))
	}
	documentFlagAlone(cmd)
	p.loginFlag(cmd)
	p.formats(cmd, "bare", "json", "header", "env", "exec-credential", "git", "aws")
	git.register(cmd)
	cmd.Flags().StringVar(&path, "file", "", "write the token to the file `PATH` instead of standard output")
	cmd.Flags().BoolVar(&watch, "watch", false, "stay, and keep a valid token in the file of --file")
	keep.register(cmd)
	keep.registerLife(cmd)
	cmd.Flags().BoolVar(&logout, "logout", false, "remove the kept token instead of fetching one")
	return cmd
}

// warnOfShortLife says that the token ends before --min-ttl, and returns what it said.
func (p *program) warnOfShortLife(cmd *cobra.Command, keep *cacheFlags, t *jeton.Token) string {
	minTTL := keep.minTTL
	if !cmd.Flags().Changed("min-ttl") {
		minTTL = capTTL(minTTL, t)
	}
	warning := shortLife(t, minTTL)
	if warning != "" {
		p.warn("%s", warning)
	}
	return warning
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
	text, err := p.tokenText(a, warning)
	if err != nil {
		return err
	}
	if strings.HasSuffix(text, "\n") { // a form of lines; no token ends so
		return p.write(text)
	}
	return p.writeBare(text)
}

// tokenText is the token in the form of -o.
func (p *program) tokenText(a *attempt, warning string) (string, error) {
	switch p.output {
	case "json":
		return encodeJSON(newTokenAnswer(a, warning))
	case "header":
		name, value := a.token.Header()
		return name + ": " + value.Reveal(), nil
	case "env":
		return shellLines(a.token), nil
	case "exec-credential":
		return execCredentialJSON(p.credentialVersion, a.token)
	case "aws":
		return awsCredentialJSON(a.token)
	}
	return a.token.AccessToken.Reveal(), nil
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
	var b strings.Builder
	for _, v := range tokenVariables(t) {
		fmt.Fprintf(&b, "%s=%s\n", v[0], shellQuote(v[1]))
	}
	return b.String()
}

// tokenVariableNames are the environment variables of a token.
var tokenVariableNames = []string{"JETON_ACCESS_TOKEN", "JETON_TOKEN_TYPE", "JETON_HEADER_NAME", "JETON_HEADER_VALUE", "JETON_EXPIRES_AT"}

// tokenVariables are their names and values.
func tokenVariables(t *jeton.Token) [][2]string {
	name, value := t.Header()
	list := make([][2]string, 0, len(tokenVariableNames))
	for i, v := range []string{t.AccessToken.Reveal(), t.TokenType, name, value.Reveal(), expiresAt(t)} {
		list = append(list, [2]string{tokenVariableNames[i], v})
	}
	return list
}

// shellQuote makes one word of any text: nothing is special between single quotes.
func shellQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// utc is a time as all forms write it.
func utc(t time.Time) string { return t.UTC().Format(time.RFC3339) }
