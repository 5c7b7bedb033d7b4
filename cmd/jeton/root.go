package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/provider"
)

// program is what the subcommands share: the streams, and the global flags.
type program struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	env            func(string) (string, bool)

	verbose bool
	timeout time.Duration
	output  string // of the subcommand that runs

	engine      *jeton.Engine
	catalogue   provider.Catalogue // nil: that of this program
	noBrowser   bool
	unattended  bool   // nobody is asked to log in, and an ended login is an error like any other
	noLogin     string // why nobody can be asked to log in; empty: somebody can
	openBrowser func(url string) error
	accept      func(*jeton.Connection) error // what a command demands before a token is fetched
	presents    bool                          // the command makes the request itself, with all that the token needs
	// credentialVersion is the apiVersion of -o exec-credential.
	credentialVersion string

	stdinUsed  string // the flag that has taken stdin
	jsonErrors bool   // failures are JSON on stderr
	reported   bool   // the failure has been shown, by test
	helpError  error  // help was asked for what there is not
}

// defaultTimeout leaves the engine, whose own limit is 30 s, time to say which phase was slow.
const defaultTimeout = 35 * time.Second

func newRoot(p *program) *cobra.Command {
	root := &cobra.Command{
		Use:   "jeton",
		Short: "Fetch OAuth 2.0 access tokens, and see why one cannot be had",
		Long: `Jeton fetches OAuth 2.0 access tokens. A connection document says who the
authorization server is, which grant is used, how the client authenticates and
with which key. Data is written to standard output, everything else to standard
error.

Exit codes: 0 ok, 1 internal error, 2 usage, 3 configuration invalid, 4 key or
secret unreadable, 5 network or TLS, 6 the authorization server refused, 7 the
response cannot be used, 8 somebody has to log in or consent, 9 not permitted or
unknown, 10 timeout, 12 what was compared differs.`,
		Example: `  jeton demo                                  see it work, without any set-up
  jeton test -f connection.yaml               is this connection right?
  curl -H "$(jeton header -f connection.yaml)" https://api.example.com/v2/me`,
		Args:              cobra.ArbitraryArgs,
		RunE:              needsCommand,
		SilenceUsage:      true,
		SilenceErrors:     true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	root.PersistentFlags().BoolVarP(&p.verbose, "verbose", "v", false, "show what happened on the way, on standard error; secrets are masked")
	root.PersistentFlags().Var(&durationFlag{&p.timeout}, "timeout", "give up after this time: a duration such as 10s, or seconds")
	p.timeout = defaultTimeout
	root.PersistentFlags().Lookup("timeout").DefValue = defaultTimeout.String()
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return flagError(cmd, err) })
	root.AddCommand(newToken(p), newHeader(p), newCurl(p), newExec(p), newTest(p), newExplain(p), newInspect(p), newKey(p),
		newProvider(p), newConnection(p), newSchema(p), newDemo(p), newVersion(p), newCompletion(p))
	// A command with subcommands runs only to say that one is missing.
	root.SetUsageTemplate(strings.Replace(root.UsageTemplate(), "{{if .Runnable}}", "{{if and .Runnable (not .HasAvailableSubCommands)}}", 1))
	p.setHelp(root)
	return root
}

// setHelp makes help of an unknown command the error that the command itself
// is: cobra shows the help of the root instead.
func (p *program) setHelp(root *cobra.Command) {
	show := root.HelpFunc()
	root.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		if words := cmd.Flags().Args(); cmd.HasSubCommands() && len(words) > 0 {
			p.helpError = needsCommand(cmd, words)
			return
		}
		show(cmd, args)
	})
	root.InitDefaultHelpCmd()
	help, _, err := root.Find([]string{"help"})
	if err != nil {
		return
	}
	help.Example = "  jeton help token"
	help.Run = nil
	help.RunE = func(_ *cobra.Command, args []string) error {
		cmd, words, err := root.Find(args)
		if err != nil {
			return err
		}
		if cmd.HasSubCommands() && len(words) > 0 {
			return needsCommand(cmd, words)
		}
		cmd.InitDefaultHelpFlag()
		return cmd.Help()
	}
}

// needsCommand runs when the words that were given name no subcommand.
func needsCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return usagef(cmd, "a command is missing")
	}
	// Whatever does not look like a command may be a secret in the wrong place.
	if !regexp.MustCompile(`^[a-z][a-z-]{0,19}$`).MatchString(args[0]) {
		return usagef(cmd, "unknown command")
	}
	cmd.SuggestionsMinimumDistance = 2
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		return usagef(cmd, "unknown command %q, did you mean %s?", args[0], strings.Join(near, " or "))
	}
	return usagef(cmd, "unknown command %q", args[0])
}

// noArguments refuses positional arguments without repeating them: one of them
// may be a secret that was meant for a flag.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef(cmd, "takes no argument")
	}
	return nil
}

// deadline is the context of a command that waits for something.
func (p *program) deadline(cmd *cobra.Command) (context.Context, context.CancelFunc) {
	return context.WithTimeout(cmd.Context(), p.timeout)
}

// formats adds -o with the values that a command knows, the default first.
func (p *program) formats(cmd *cobra.Command, values ...string) {
	output := cmd.Flags().StringP("output", "o", values[0], "`FORM` of the output: "+strings.Join(values, ", "))
	act := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if !slices.Contains(values, *output) {
			return usagef(cmd, "unknown output %q; there are: %s", *output, strings.Join(values, ", "))
		}
		p.output = *output
		return act(cmd, args)
	}
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
}

// takeStdin reserves stdin for one flag, for it can be read only once.
func (p *program) takeStdin(cmd *cobra.Command, flag string) (io.Reader, error) {
	if p.stdinUsed != "" {
		return nil, usagef(cmd, "standard input can be read once: %s and %s both ask for it", p.stdinUsed, flag)
	}
	p.stdinUsed = flag
	return p.stdin, nil
}

// stdoutIsTerminal decides about a newline after a bare token, and about colour.
func (p *program) stdoutIsTerminal() bool { return isTerminal(p.stdout) }

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// colour is for a terminal that has it, and nobody who has said NO_COLOR (which
// counts where it is not empty: no-color.org).
func (p *program) colour() bool {
	no, _ := p.env("NO_COLOR")
	term, _ := p.env("TERM")
	return no == "" && term != "dumb" && p.stdoutIsTerminal()
}

// layout is a page for standard output.
func (p *program) layout() *layout {
	return &layout{width: p.width(), colour: p.colour(), signs: p.unicode()}
}

// width of a page: that of the terminal, or what COLUMNS says.
func (p *program) width() int {
	columns := 0
	if f, ok := p.stdout.(*os.File); ok && p.stdoutIsTerminal() {
		columns = terminalWidth(f)
	}
	if text, _ := p.env("COLUMNS"); columns == 0 {
		columns, _ = strconv.Atoi(text)
	}
	if columns <= 0 {
		columns = usual
	}
	return min(max(columns, narrowest), widest)
}

// columnsGiven: somebody has said how wide a page is.
func (p *program) columnsGiven() bool {
	text, _ := p.env("COLUMNS")
	return text != ""
}

// unicode reports whether the locale shows more than ASCII; the first of these
// variables that is set counts (POSIX). A Windows console always does.
func (p *program) unicode() bool {
	if runtime.GOOS == "windows" && p.stdoutIsTerminal() {
		return true
	}
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if value, _ := p.env(name); value != "" {
			value = strings.ReplaceAll(strings.ToLower(value), "-", "")
			return strings.Contains(value, "utf8")
		}
	}
	return false
}

// write puts data on stdout; a full disk or a closed pipe is a failure.
func (p *program) write(text string) error {
	if _, err := io.WriteString(p.stdout, text); err != nil {
		return fmt.Errorf("cannot write to standard output: %w", err)
	}
	return nil
}

// warn is one line of talk on stderr.
func (p *program) warn(format string, args ...any) {
	fmt.Fprintf(p.stderr, "jeton: warning: %s\n", safe(fmt.Sprintf(format, args...)))
}
