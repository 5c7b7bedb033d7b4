package main

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/inject"
)

// gitUsername is presented with a token where nobody names another: GitLab takes
// an OAuth token under this name only, GitHub, Gitea and Azure DevOps under any.
// Bitbucket Cloud wants x-token-auth.
const gitUsername = "oauth2"

// gitFlags are those of -o git.
type gitFlags struct {
	username string
	bearer   bool
}

func (f *gitFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.username, "git-username", "", "with -o git: the user `NAME` beside the token; else the one in the URL, else "+gitUsername)
	cmd.Flags().BoolVar(&f.bearer, "git-bearer", false, "with -o git: present the token as Authorization: Bearer, not as a password; git 2.46 or later")
	check := cmd.Args
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if output, _ := cmd.Flags().GetString("output"); output != "git" {
			if cmd.Flags().Changed("git-username") || f.bearer {
				return usagef(cmd, "--git-username and --git-bearer go with -o git only")
			}
			return check(cmd, args)
		}
		switch {
		case len(args) != 1:
			return usagef(cmd, "-o git takes one argument, which git adds: get, store or erase")
		case strings.ContainsFunc(f.username, isControl):
			return usagef(cmd, "--git-username has a control character")
		}
		return check(cmd, nil)
	}
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

// gitCredential is one call of a credential helper: git-credential(1) and
// gitcredentials(7). Nothing is stored for git, so store does nothing, as does
// what a later git may ask.
func (p *program) gitCredential(cmd *cobra.Command, operation string, keep *cacheFlags, flags *gitFlags) error {
	in, err := p.gitAttributes(cmd)
	if err != nil || operation != "get" && operation != "erase" {
		return err
	}
	ours, err := p.gitAsksUs(cmd, in)
	if err != nil || !ours {
		return err
	}
	if operation == "erase" {
		return p.gitErase(cmd, keep, in)
	}
	if flags.bearer && !slices.Contains(in.list["capability[]"], "authtype") {
		return usagef(cmd, "--git-bearer: this git can present a token as a password only; use git 2.46 or later, or leave the flag out if the server takes that")
	}
	if prompt, _ := p.env("GIT_TERMINAL_PROMPT"); prompt == "0" {
		p.noLogin = "git was told that nobody is there (GIT_TERMINAL_PROMPT=0)"
	}
	p.accept = acceptsGit
	a, err := p.fetch(cmd, keep)
	if err != nil {
		return err
	}
	answer, err := gitAnswer(a.token, in, flags)
	if err != nil {
		return err
	}
	return p.write(answer)
}

// gitInput are the attributes that git writes to a helper.
type gitInput struct {
	one  map[string]string
	list map[string][]string // those whose name ends in []
}

func (p *program) gitAttributes(cmd *cobra.Command) (*gitInput, error) {
	ctx, cancel := p.deadline(cmd)
	defer cancel()
	data, err := p.readInput(ctx, cmd, "-", "-o git", maxFile)
	if err != nil {
		return nil, err
	}
	in := &gitInput{map[string]string{}, map[string][]string{}}
	for line := range strings.SplitSeq(string(data), "\n") {
		if line == "" {
			break
		}
		name, value, found := strings.Cut(line, "=")
		switch {
		case !found || strings.ContainsFunc(line, isControl):
			return nil, usagef(cmd, "standard input: a line is not of the form name=value that git writes")
		case !strings.HasSuffix(name, "[]"):
			in.one[name] = value
		case value == "": // begins the list anew
			delete(in.list, name)
		default:
			in.list[name] = append(in.list[name], value)
		}
	}
	return in, nil
}

// target is the URL that git asks for; git leaves out the path unless
// credential.useHttpPath is set. Empty: there is none.
func (in *gitInput) target() string {
	u, err := url.Parse(in.one["protocol"] + "://" + in.one["host"])
	if err != nil || in.one["protocol"] == "" || u.Host == "" || u.Host != in.one["host"] || u.Path != "" {
		return ""
	}
	u.Path = "/" + in.one["path"]
	return u.String()
}

// gitAsksUs reports whether the token may go where git wants to send it. If not,
// git is left to ask the next helper, or the user.
func (p *program) gitAsksUs(cmd *cobra.Command, in *gitInput) (bool, error) {
	ctx, cancel := p.deadline(cmd)
	defer cancel()
	c, _, err := p.document(ctx, cmd)
	if err != nil {
		return false, err
	}
	target := in.target()
	if target == "" {
		p.note("-o git: nothing is answered: standard input names no protocol and host")
		return false, nil
	}
	urls, err := c.ResourceURLs(nil) // nothing is fetched to find out where it may go
	if err == nil {
		err = usableURLs(urls, target)
	}
	if err != nil {
		return false, &fileError{documentPath(cmd), err}
	}
	if inject.CheckURL(urls, target) == nil {
		return true, nil
	}
	for _, entry := range urls {
		if in.one["path"] == "" && inject.CheckURL([]string{target}, entry) == nil {
			p.note("-o git: nothing is answered: git asks for all of %s, and resource.urls lists only a part of it; "+
				"git names the path after: git config --global credential.useHttpPath true", target)
			return false, nil
		}
	}
	p.note("-o git: nothing is answered: %s is not under resource.urls", target)
	return false, nil
}

// usableURLs says what is wrong with the list itself. An entry that can be used
// covers itself.
func usableURLs(urls []string, target string) error {
	if len(urls) == 0 {
		const problem = "no URL is listed"
		u, _ := url.Parse(target)
		proposed := `["` + u.Scheme + "://" + u.Host + `/"]`
		return jeton.NewError(jeton.DeliveryNotAllowed, jeton.StageConfig, "-o git: git gets the token only for the URLs that the connection lists: resource.urls: "+problem,
			jeton.Finding{Parameter: "resource.urls", Problem: problem, Fix: "write resource: {urls: " + proposed + "} if the token is meant for it", Proposed: proposed, Certain: true})
	}
	for _, entry := range urls {
		if err := inject.CheckURL([]string{entry}, entry); err != nil {
			return err
		}
	}
	return nil
}

// acceptsGit: git makes no proofs.
func acceptsGit(c *jeton.Connection) error {
	if c.Client.DPoP == nil {
		return nil
	}
	const problem = "a token bound to a key (DPoP) needs a new proof for every request, which git cannot make"
	return jeton.NewError(jeton.DocumentInvalid, jeton.StageConfig, "-o git: client.dpop: "+problem,
		jeton.Finding{Parameter: "client.dpop", Problem: problem, Fix: "ask for a token that is not bound: remove client.dpop", Certain: true})
}

// gitAnswer is a password, which every git and most servers take; or, if asked
// for, the header field itself, which git must not keep.
func gitAnswer(t *jeton.Token, in *gitInput, flags *gitFlags) (string, error) {
	username, password := gitLogin(t)
	switch {
	case flags.username != "":
		username = flags.username
	case username == "" && in.one["username"] != "":
		username = in.one["username"]
	case username == "":
		username = gitUsername
	}
	lines := [][2]string{{"username", username}, {"password", password}}
	if flags.bearer {
		if err := bearerAlone(t); err != nil {
			return "", err
		}
		lines = [][2]string{{"capability[]", "authtype"}, {"authtype", "Bearer"}, {"credential", password}, {"ephemeral", "1"}}
	}
	if !t.Expiry.IsZero() {
		lines = append(lines, [2]string{"password_expiry_utc", fmt.Sprint(t.Expiry.Unix())})
	}
	var b strings.Builder
	for _, line := range lines {
		if strings.ContainsFunc(line[1], isControl) { // it would begin another line
			return "", jeton.NewError(jeton.MalformedResponse, jeton.StageResponse, "-o git: the "+line[0]+" has control characters")
		}
		b.WriteString(line[0] + "=" + line[1] + "\n")
	}
	return b.String(), nil
}

// gitLogin is the user name that belongs to a token, if any, and what git
// presents as the password. A connection of type basic has a pair of its own.
func gitLogin(t *jeton.Token) (username, password string) {
	if t.TokenType == "Basic" {
		if pair, err := base64.StdEncoding.DecodeString(t.AccessToken.Reveal()); err == nil {
			username, password, _ = strings.Cut(string(pair), ":")
			return username, password
		}
	}
	return "", t.AccessToken.Reveal()
}

// gitErase: the server refused the token, so that the next get must not answer
// it again. A kept refresh token stays, and is what the next get uses. A token
// that was renewed in between is left alone.
func (p *program) gitErase(cmd *cobra.Command, keep *cacheFlags, in *gitInput) error {
	ctx, cancel := p.deadline(cmd)
	defer cancel()
	c, err := p.connection(ctx, cmd)
	if err != nil || !keep.on(c) {
		return err
	}
	store, err := openCache(ctx, p.env, c, p.lockIsHeld)
	if err != nil {
		return err
	}
	defer store.close()
	kept, err := store.read()
	if err != nil || kept == nil {
		return err
	}
	_, password := gitLogin(kept)
	for _, name := range []string{"password", "credential"} {
		if refused, given := in.one[name]; given && refused != password {
			return nil
		}
	}
	return store.expire(c, kept)
}
