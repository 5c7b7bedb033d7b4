package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/provider"
)

func newConnection(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "connection",
		Short:   "Look after connections",
		Long:    `Connection looks after connections: whether the preset of one has a newer version.`,
		Example: `  jeton connection outdated -f docusign.yaml`,
		Args:    cobra.ArbitraryArgs,
		RunE:    needsCommand,
	}
	cmd.AddCommand(newConnectionOutdated(p))
	return cmd
}

func newConnectionOutdated(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "outdated -f FILE",
		Short: "Compare the request of a pinned preset with that of its newest version",
		Long: `Outdated compares what a document says that is pinned to a version of a preset
(provider: NAME@VERSION) with what it would say with the newest version: both token
requests side by side, line by line, and all settings. Nothing is sent.

The exit code is 12 if they differ, and 0 if they do not, or if the document is not
pinned to an older version.`,
		Example: `  jeton connection outdated -f docusign.yaml
  jeton connection outdated -f docusign.yaml -o json | jq .newest`,
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		ctx, cancel := p.deadline(cmd)
		defer cancel()
		v, err := p.versions(ctx, cmd)
		if err != nil {
			return err
		}
		if err := p.printVersions(v); err != nil {
			return err
		}
		if v.Differs {
			return errDiffers
		}
		return nil
	}
	documentFlag(cmd)
	p.formats(cmd, "text", "json")
	return cmd
}

// versions compares the two versions of a preset in one document.
type versions struct {
	// Provider that is in use, and Newest that there is; empty without a preset.
	Provider string `json:"provider"`
	Newest   string `json:"newest"`
	// Pinned is false where the document names no version, and so has the newest.
	Pinned  bool `json:"pinned"`
	Differs bool `json:"differs"`
	// Now and Then are what is sent, and what would be with the newest version.
	Now  *jeton.Explanation `json:"now,omitempty"`
	Then *jeton.Explanation `json:"then,omitempty"`
	// Lines of both, in their order.
	Lines []lineChange `json:"lines,omitempty"`
}

func (p *program) versions(ctx context.Context, cmd *cobra.Command) (*versions, error) {
	path := documentPath(cmd)
	data, err := p.readInput(ctx, cmd, path, "-f", maxFile)
	if err != nil {
		return nil, err
	}
	v := new(versions)
	now, err := p.presets().Parse(data)
	if err != nil {
		return nil, &fileError{path, err}
	}
	if now.Provider == "" {
		return v, nil
	}
	v.Provider, v.Newest = now.Provider, now.Provider
	named := ""
	_, err = jeton.Presets(func(ref string) (*jeton.Preset, error) { // what the document says itself
		named = ref
		return now.Applied.Preset, nil
	}).Parse(data)
	if err != nil {
		return nil, &fileError{path, err}
	}
	v.Pinned = strings.Contains(named, "@")
	then, err := p.presets().ParseNewest(data)
	if err != nil { // retired as a whole, or the document does not fit the newest one
		if name, _, _ := strings.Cut(v.Provider, "@"); !isListed(p.presets(), name) {
			return v, nil
		}
		return nil, &fileError{path, err}
	}
	if v.Newest = then.Provider; v.Newest == v.Provider {
		return v, nil
	}
	instant := time.Now()
	if v.Now, err = p.explained(ctx, cmd, now, instant); err != nil {
		return nil, err
	}
	if v.Then, err = p.explained(ctx, cmd, then, instant); err != nil {
		return nil, err
	}
	v.Lines = compareLines(requestLines(v.Now), requestLines(v.Then))
	for _, line := range v.Lines {
		v.Differs = v.Differs || line.Change != sameLine
	}
	return v, nil
}

func isListed(c provider.Catalogue, name string) bool {
	_, err := c.Get(name)
	return err == nil
}

// explained is the request at one instant, whose random parts are always the same.
func (p *program) explained(ctx context.Context, cmd *cobra.Command, c *jeton.Connection, instant time.Time) (*jeton.Explanation, error) {
	if _, err := resolveForShow(ctx, c, p.sources(folderOf(documentPath(cmd)))); err != nil {
		return nil, ofDocument(cmd, err)
	}
	engine := &jeton.Engine{HTTP: p.requests().HTTP, UserAgent: p.requests().UserAgent, Now: func() time.Time { return instant }, Rand: zeros{}}
	e, err := engine.Explain(c, nil)
	if err != nil && !onlyDiscovery(err) { // then the settings say enough
		return nil, ofDocument(cmd, &diagnosedError{err, describe(err).Findings})
	}
	return e, nil
}

// zeros stands in for what is random where two requests are compared.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

// requestLines are what is sent, how the token is presented, and the settings
// without their origins.
func requestLines(e *jeton.Explanation) []string {
	var b strings.Builder
	if assertionsText(&b, e.Assertions); len(e.Assertions) > 0 {
		b.WriteByte('\n')
	}
	for _, r := range []*jeton.RedactedRequest{e.Login, e.Request} {
		if r == nil {
			continue
		}
		bare := *r
		bare.Params, bare.Assertions = nil, nil // not in columns: one that is wider would change all lines
		requestText(&b, &bare)
		fmt.Fprintf(&b, "\nparameters (%s):\n", r.Encoding)
		for _, v := range r.Params {
			fmt.Fprintf(&b, "  %s: %s\n", safe(v.Name), safe(v.Value))
		}
		assertionsText(&b, r.Assertions)
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, "the token is presented as %s\n\nsettings in effect:\n", safe(e.Usage))
	for _, s := range e.Settings {
		if s.Parameter != "provider" {
			fmt.Fprintf(&b, "  %s: %s\n", safe(string(s.Parameter)), safe(s.Value))
		}
	}
	return strings.Split(strings.TrimRight(b.String(), "\n"), "\n")
}

func (p *program) printVersions(v *versions) error {
	if p.output == "json" {
		text, err := encodeJSON(v)
		if err != nil {
			return err
		}
		return p.write(text)
	}
	switch {
	case v.Provider == "":
		return p.write("the document names no preset: nothing of it changes with a newer program\n")
	case v.Newest == v.Provider && !v.Pinned:
		return p.write(v.Provider + " is the newest version; the document is not pinned, and gets each newer one: write provider: " + v.Provider + " to stay with it\n")
	case v.Newest == v.Provider:
		return p.write(v.Provider + " is the newest version that this program lists\n")
	case !v.Differs:
		return p.write(v.Newest + " is there, and makes the same request: write provider: " + v.Newest + "\n")
	}
	width := 0 // as wide as it needs
	if p.stdoutIsTerminal() || p.columnsGiven() {
		width = p.width()
	}
	l := p.layout()
	l.compared(v.Provider, v.Newest, v.Lines, width)
	fmt.Fprintf(l, "\n%s is there, and makes another request: try it with provider: %s\n", v.Newest, v.Newest)
	return p.write(l.String())
}
