package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/cli/browser"
	"github.com/spf13/cobra"

	"github.com/jeton-oauth/jeton"
)

// loginTimeout is how long a person may take, unless --timeout says otherwise.
const loginTimeout = 10 * time.Minute

// needsLogin reports whether the first token of a connection takes a person.
func needsLogin(c *jeton.Connection) bool {
	return c != nil && (c.Type == "" || c.Type == "oauth2") && (c.Grant.Type == "authorization_code" || c.Grant.Type == "device_code")
}

// loginFlag is for commands that may have to ask a person to log in.
func (p *program) loginFlag(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&p.noBrowser, "no-browser", false, "open no browser for a login, only print the address")
}

// requestDeadline is the context of a request that may wait for a person.
func (p *program) requestDeadline(ctx context.Context, cmd *cobra.Command, c *jeton.Connection) (context.Context, context.CancelFunc) {
	if !needsLogin(c) || cmd.Flags().Changed("timeout") {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(cmd.Context(), loginTimeout)
}

// obtain makes the token request of a connection. Where a person has to log in
// and no refresh token stands in for that, or it has ended, they are asked to.
func (p *program) obtain(ctx context.Context, c *jeton.Connection, previous *jeton.Token) (*jeton.Token, error) {
	if !needsLogin(c) || p.unattended {
		return p.requests().Exchange(ctx, c, previous)
	}
	if previous != nil && !previous.RefreshToken.IsZero() {
		token, err := p.requests().Exchange(ctx, c, previous)
		if err == nil || !loginEnded(err) {
			return token, err
		}
		p.note("the login that was kept has ended (%s); it takes a new one", describe(err).Detail)
	}
	if p.noLogin != "" {
		return nil, jeton.NewError(jeton.ConsentRequired, jeton.StageOAuth, "somebody has to log in: consent: "+p.noLogin, jeton.Finding{Parameter: "consent",
			Problem: p.noLogin, Fix: "run jeton token -f with this document in a terminal and log in; the login is kept", Certain: true})
	}
	if c.Grant.Type == "device_code" {
		return p.loginAtDevice(ctx, c)
	}
	return p.loginAtBrowser(ctx, c)
}

// loginEnded: the refresh token is worth nothing any more, and a login helps.
func loginEnded(err error) bool {
	switch jeton.CategoryOf(err) {
	case jeton.InvalidGrant, jeton.ConsentRequired, jeton.NoRefreshToken:
		return true
	}
	return false
}

// loginAtDevice shows the code that a person enters elsewhere, and waits.
func (p *program) loginAtDevice(ctx context.Context, c *jeton.Connection) (*jeton.Token, error) {
	login, err := p.requests().AuthorizeDevice(ctx, c)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(p.stderr, "jeton: log in with any device: open\n\n  %s\n\nand enter the code\n\n  %s\n\n", safe(login.VerificationURI), safe(login.UserCode))
	if complete := login.VerificationURIComplete; complete != "" {
		fmt.Fprintf(p.stderr, "or open this address, which holds the code:\n\n  %s\n\n", safe(complete))
	}
	lastSaid := time.Duration(-1)
	return p.requests().AwaitDevice(ctx, c, login, func(_, left time.Duration) {
		if minutes := left.Round(time.Minute); minutes != lastSaid { // once a minute is enough
			lastSaid = minutes
			p.note("waiting for the login; the code is good for another %s", max(left.Round(time.Second), 0))
		}
	})
}

// loginAtBrowser sends a person to the authorization endpoint and waits for the
// answer at the redirect URL; where that is not this machine, for its address.
func (p *program) loginAtBrowser(ctx context.Context, c *jeton.Connection) (*jeton.Token, error) {
	login, err := p.requests().Authorize(ctx, c)
	if err != nil {
		return nil, err
	}
	answers, err := p.awaitRedirect(login)
	if err != nil {
		return nil, err
	}
	defer answers.close()
	fmt.Fprintf(p.stderr, "jeton: log in at the authorization server: open this address in a browser\n\n  %s\n\n", safe(login.URL))
	if p.opensBrowser() {
		p.startBrowser(login.URL)
	}
	for _, line := range answers.waiting() {
		p.note("%s", line)
	}
	answer, err := answers.next(ctx)
	if err != nil {
		return nil, err
	}
	token, err := p.requests().Redeem(ctx, c, login, answer)
	answers.tell(err)
	return token, err
}

// opensBrowser: there is a terminal, hence a person, and it is not at the other
// end of an SSH connection.
func (p *program) opensBrowser() bool {
	_, remote := p.env("SSH_CONNECTION")
	return !p.noBrowser && !remote && isTerminal(p.stderr)
}

// startBrowser does not wait: where no browser runs yet, what opens the URL may
// end only when the browser is closed, and the answer comes long before.
func (p *program) startBrowser(url string) {
	go func() { _ = p.openBrowser(url) }() // whether or not it works, the address stands above
	p.note("a browser is asked to open it")
}

// openURL asks the desktop to open a URL. What its programs print is no data of ours.
func openURL(url string) error {
	browser.Stdout, browser.Stderr = os.Stderr, os.Stderr
	return browser.OpenURL(url)
}

// note is one line of progress on stderr.
func (p *program) note(format string, args ...any) {
	fmt.Fprintf(p.stderr, "jeton: %s\n", safe(fmt.Sprintf(format, args...)))
}

// waitOver is the error of a wait for a person that ended without an answer.
func waitOver(ctx context.Context) error {
	problem := "nobody finished the login in time"
	if errors.Is(ctx.Err(), context.Canceled) {
		problem = "the login was interrupted"
	}
	return jeton.NewError(jeton.ConsentRequired, jeton.StageOAuth, problem, jeton.Finding{Parameter: "consent", Problem: problem, Certain: true,
		Fix: "run the command again and log in; --timeout 15m gives more time"})
}
