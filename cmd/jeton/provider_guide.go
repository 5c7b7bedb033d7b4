package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/provider"
)

func newProviderGuide(p *program) *cobra.Command {
	var print string
	cmd := &cobra.Command{
		Use:   "guide [NAME[@VERSION]] [-f FILE]",
		Short: "Print the steps at the vendor's side, with the values of a connection",
		Long: `Guide prints the steps that somebody takes at the vendor's side: where to click, and
what to enter there, with the values of the connection filled in. What the document
does not say yet stays as <PATH>. Of its secrets none is read, only its keys: what is
shown of them is public. NAME can be left out if the document names its provider.

With --print it prints what the vendor wants as a file: the certificate or the
public key, in PEM, or the JWK Set.`,
		Example: `  jeton provider guide docusign
  jeton provider guide docusign -f docusign.yaml -o markdown > docusign.md
  jeton provider guide -f entra.yaml --print certificate > entra.crt`,
		ValidArgsFunction: p.presetNames,
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		ctx, cancel := p.deadline(cmd)
		defer cancel()
		one, c, findings, err := p.guided(ctx, cmd, args)
		if err != nil {
			return err
		}
		if cmd.Flags().Changed("print") {
			return p.printUpload(cmd, c, print, findings)
		}
		path := documentPath(cmd)
		if path == "" {
			path = one.Name + ".yaml"
		}
		g, err := one.GuideFor(c, path)
		if err != nil {
			return ofDocument(cmd, err)
		}
		return p.printGuide(g, findings)
	}
	documentFlag(cmd)
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		switch file := documentPath(cmd); {
		case len(args) > 1:
			return usagef(cmd, "name one preset")
		case len(args) == 0 && file == "":
			return usagef(cmd, "name a preset, or give a document that does with -f FILE")
		case file == "" && cmd.Flags().Changed("print"):
			return usagef(cmd, "--print needs the document with the key: -f FILE")
		}
		return nil
	}
	cmd.Flags().StringVar(&print, "print", "", "print only this `PART` of the key: "+strings.Join(uploads, ", "))
	_ = cmd.RegisterFlagCompletionFunc("print", cobra.FixedCompletions(uploads, cobra.ShellCompDirectiveNoFileComp))
	p.formats(cmd, "text", "markdown", "json")
	return cmd
}

// uploads are the values of --print.
var uploads = []string{"certificate", "public-key", "jwks"}

// guided finds the preset and the connection that a guide is for, and why a key
// could not be read.
func (p *program) guided(ctx context.Context, cmd *cobra.Command, args []string) (*provider.Provider, *jeton.Connection, []jeton.Finding, error) {
	var one *provider.Provider
	var err error
	if len(args) > 0 {
		if one, err = p.preset(args[0]); err != nil {
			return nil, nil, nil, err
		}
	}
	if documentPath(cmd) == "" {
		c, err := p.presets().Parse([]byte("provider: " + one.Ref() + "\n"))
		return one, c, nil, err
	}
	c, from, err := p.document(ctx, cmd)
	if err != nil {
		return nil, nil, nil, err
	}
	named, _, _ := strings.Cut(c.Provider, "@")
	switch {
	case one == nil && named == "":
		return nil, nil, nil, usagef(cmd, "the document names no provider: name the preset, 'jeton provider list' has them all")
	case one == nil, one.Name == named && !strings.Contains(args[0], "@"): // the version of the document
		if one, err = p.preset(c.Provider); err != nil {
			return nil, nil, nil, err
		}
	case named != "" && one.Name != named:
		return nil, nil, nil, usagef(cmd, "the document is for %s, not for %s", named, one.Name)
	}
	return one, c, readKeys(ctx, c, from), nil
}

// readKeys reads the keys of a connection and no other secret, and says which of
// them cannot be read yet.
func readKeys(ctx context.Context, c *jeton.Connection, from jeton.Sources) []jeton.Finding {
	c.EachSecret(func(path jeton.Parameter, s *jeton.SecretSource) {
		if !isKeyPart(path) || strings.HasSuffix(string(path), ".token") {
			s.Value = placeholder(path) // is left alone, and a guide shows no secret
		}
	})
	if err := c.Resolve(ctx, from); err != nil {
		return describe(err).Findings
	}
	return nil
}

func (p *program) printUpload(cmd *cobra.Command, c *jeton.Connection, what string, unread []jeton.Finding) error {
	if !slices.Contains(uploads, what) {
		return usagef(cmd, "flag --print: unknown part; there are: %s", strings.Join(uploads, ", "))
	}
	text, err := provider.Upload(c, what)
	if err != nil {
		return ofDocument(cmd, jeton.NewError(jeton.KeyUnusable, jeton.StageKey, "print the "+what+": "+err.Error(), unread...))
	}
	return p.write(text)
}

func (p *program) printGuide(g *provider.Guide, unread []jeton.Finding) error {
	switch p.output {
	case "json":
		text, err := encodeJSON(g)
		if err != nil {
			return err
		}
		return p.write(text)
	case "markdown":
		return p.write(safeLines(g.Markdown()))
	}
	l := p.layout()
	l.guide(g)
	if err := p.write(l.String()); err != nil {
		return err
	}
	for _, f := range unread {
		p.note("%s", ofParameter(f, f.Problem))
	}
	return nil
}

// guide is a page of numbered steps.
func (l *layout) guide(g *provider.Guide) {
	l.add(paragraph{text: g.Title, textInk: []ink{bold}})
	if len(g.Steps) == 0 {
		l.blank()
		l.add(paragraph{text: "There are no steps for this preset yet; 'jeton provider show' has what is known."})
	}
	for i, step := range g.Steps {
		l.blank()
		lead := fmt.Sprintf("%d. ", i+1)
		l.add(paragraph{lead: lead, leadInk: bold, text: step.Title, textInk: []ink{bold}})
		l.stepText(step.Text, len(lead))
	}
	if len(g.Missing) == 0 {
		return
	}
	l.heading("not known yet")
	for _, m := range g.Missing {
		text := string(m.Parameter)
		if m.What != "" {
			text += ": " + m.What
		}
		l.add(paragraph{indent: 2, hang: 4, sign: "- ", text: text})
	}
}

// stepText writes paragraphs, items of lists, and lines to copy, which stay whole.
func (l *layout) stepText(text string, indent int) {
	for i, block := range strings.Split(text, "\n\n") {
		if i > 0 {
			l.blank()
		}
		flowing := ""
		flush := func() {
			if p := (paragraph{indent: indent, text: flowing}); flowing != "" {
				p.text, p.sign = strings.TrimPrefix(flowing, "- "), flowing[:len(flowing)-len(strings.TrimPrefix(flowing, "- "))]
				l.add(p)
			}
			flowing = ""
		}
		for line := range strings.Lines(block) {
			line = strings.TrimRight(line, "\n")
			switch {
			case strings.HasPrefix(line, "    "):
				flush()
				fmt.Fprintf(l, "%s%s\n", strings.Repeat(" ", indent), safe(line))
			case strings.HasPrefix(line, "- "):
				flush()
				flowing = line
			default:
				flowing = strings.TrimSpace(flowing + " " + strings.TrimSpace(line))
			}
		}
		flush()
	}
}
