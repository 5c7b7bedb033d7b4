package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/secret"
)

// sourceForms is part of the usage text of every flag that takes a secret.
const sourceForms = "env:NAME, file:PATH, cmd:COMMAND, or - for standard input"

// maxSecret bounds a secret from standard input.
const maxSecret = 64 << 10

// readSecret reads the secret that a flag names the source of. A secret itself
// is refused, and not repeated: the arguments of a process are seen by every
// user of the machine and end up in the shell's history.
func (p *program) readSecret(ctx context.Context, cmd *cobra.Command, flag string) (secret.Value, error) {
	given, _ := cmd.Flags().GetString(flag)
	if given == "" {
		if cmd.Flags().Changed(flag) {
			return secret.Value{}, notASource(cmd, flag)
		}
		return secret.Value{}, nil
	}
	if given == "-" {
		in, err := p.readInput(ctx, cmd, "-", "--"+flag, maxSecret)
		return oneLine(flag, in, err)
	}
	kind, rest, _ := strings.Cut(given, ":")
	if rest == "" {
		return secret.Value{}, notASource(cmd, flag)
	}
	from := p.sources(".")
	switch kind {
	case "env":
		value, ok := from.Env(rest)
		if !ok {
			return secret.Value{}, unreadable(flag, noVariable(rest))
		}
		return oneLine(flag, []byte(value), nil)
	case "file":
		data, err := from.ReadFile(rest)
		return oneLine(flag, data, err)
	case "cmd":
		argv, err := splitCommand(rest)
		if err != nil {
			return secret.Value{}, usagef(cmd, "flag --%s: %v", flag, err)
		}
		out, err := from.Run(ctx, argv)
		return oneLine(flag, out, err)
	}
	return secret.Value{}, notASource(cmd, flag)
}

func notASource(cmd *cobra.Command, flag string) error {
	return usagef(cmd, "flag --%s takes the source of a secret, never the secret itself, which other users could see: %s", flag, sourceForms)
}

// noVariable repeats the name only if it looks like one: env:$PASSWORD, with
// the shell's dollar, puts the secret in its place.
func noVariable(name string) error {
	if variableName().MatchString(name) {
		return fmt.Errorf("the environment has no variable %s", name)
	}
	return errors.New("the environment has no variable of that name (write env:NAME, without a dollar sign)")
}

// variableName is the usual form of the name of an environment variable.
var variableName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Z][A-Z0-9_]*$`) })

func unreadable(flag string, err error) error {
	var known *jeton.Error
	var usage *usageError
	if errors.As(err, &known) || errors.As(err, &usage) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return jeton.NewError(jeton.KeyUnusable, jeton.StageKey, fmt.Sprintf("cannot read the secret of --%s: %v", flag, err))
}

// oneLine drops the newline that editors and programs put at the end.
func oneLine(flag string, data []byte, err error) (secret.Value, error) {
	if err != nil {
		return secret.Value{}, unreadable(flag, err)
	}
	text := strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r")
	if text == "" {
		return secret.Value{}, unreadable(flag, errors.New("it is empty"))
	}
	return secret.New(text), nil
}

// splitCommand makes an argument list: words between white space, where single
// and double quotes keep white space. No shell is involved, so nothing else is special.
func splitCommand(s string) ([]string, error) {
	var argv []string
	var word strings.Builder
	inWord := false
	quote := rune(0)
	for _, r := range s {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '\'' || r == '"':
			quote, inWord = r, true
		case r == ' ' || r == '\t' || r == '\n':
			if inWord {
				argv = append(argv, word.String())
			}
			word.Reset()
			inWord = false
		default:
			word.WriteRune(r)
			inWord = true
		}
	}
	if quote != 0 {
		return nil, errors.New("the command has a quote without its end")
	}
	if inWord {
		argv = append(argv, word.String())
	}
	if len(argv) == 0 {
		return nil, errors.New("the command is empty")
	}
	return argv, nil
}
