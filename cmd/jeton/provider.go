package main

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v4"

	"github.com/jeton-oauth/jeton"
	"github.com/jeton-oauth/jeton/provider"
)

func newProvider(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "provider",
		Short: "Known authorization servers, and what to do at their side",
		Long: `Provider shows the catalogue of known authorization servers. A document that says
'provider: NAME' leaves out what the preset of that name knows; 'jeton explain' shows
where each value comes from.`,
		Example: `  jeton provider list --search google
  jeton provider show docusign -o document > docusign.yaml
  jeton provider guide docusign -f docusign.yaml`,
		Args: cobra.ArbitraryArgs,
		RunE: needsCommand,
	}
	cmd.AddCommand(newProviderList(p), newProviderShow(p), newProviderGuide(p))
	return cmd
}

// listed is one preset in a list.
type listed struct {
	Name    string `json:"name"`
	Version int    `json:"version"`
	Title   string `json:"title"`
	Vendor  string `json:"vendor"`
	Summary string `json:"summary"`
	Flow    string `json:"flow"`
}

func newProviderList(p *program) *cobra.Command {
	var search string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the presets",
		Long: `List prints the presets of this program: name, title and flow. With --search those
in which every word occurs, in the name, the title, the vendor, the summary or the
flow.`,
		Example: `  jeton provider list
  jeton provider list --search "salesforce jwt"
  jeton provider list -o json | jq -r '.[].name'`,
		Args: noArguments,
	}
	cmd.RunE = func(*cobra.Command, []string) error {
		found := p.presets().Search(search)
		if len(found) == 0 {
			p.note("no preset has %q in it%s", shorten(search, 60), p.near(search))
		}
		if p.output == "json" {
			list := []listed{}
			for _, one := range found {
				list = append(list, listed{one.Name, one.Version, one.Title, one.Vendor, one.Summary, one.Flow})
			}
			text, err := encodeJSON(list)
			if err != nil {
				return err
			}
			return p.write(text)
		}
		l := p.layout()
		if !p.stdoutIsTerminal() && !p.columnsGiven() {
			l.width = 1000 // for grep
		}
		l.presets(found)
		return p.write(l.String())
	}
	cmd.Flags().StringVarP(&search, "search", "s", "", "only presets in which these `WORDS` occur")
	p.formats(cmd, "text", "json")
	return cmd
}

// near says which names are like a text.
func (p *program) near(text string) string {
	if names := p.presets().Nearest(text); len(names) > 0 {
		return "; near are " + strings.Join(names, ", ")
	}
	return ""
}

// presets is a table, or where that is too wide a paragraph for each.
func (l *layout) presets(list []*provider.Provider) {
	name, title, flow := 0, 0, 0
	for _, p := range list {
		name, title, flow = max(name, columns(p.Name)), max(title, columns(safe(p.Title))), max(flow, columns(p.Flow))
	}
	for _, p := range list {
		lead := paragraph{lead: p.Name + strings.Repeat(" ", name+2-columns(p.Name)), leadInk: bold}
		if name+title+flow+4 <= l.width {
			lead.text = p.Title + strings.Repeat(" ", title+2-columns(safe(p.Title))) + p.Flow
			l.add(lead)
			continue
		}
		if name+2 > l.width/2 {
			l.add(paragraph{text: p.Name, textInk: []ink{bold}})
			lead = paragraph{indent: 2}
		}
		lead.text = p.Title
		l.add(lead)
		l.add(paragraph{indent: columns(lead.lead) + lead.indent, text: p.Flow, textInk: []ink{faint}})
	}
}

// presetArgument finds the preset of a command's argument. What is no name of one
// may be a secret in the wrong place; the error shows it only if it looks like a name.
func (p *program) preset(ref string) (*provider.Provider, error) {
	found, err := p.presets().Get(ref)
	var e *jeton.Error
	if errors.As(err, &e) && len(e.Findings) > 0 {
		return nil, jeton.NewError(jeton.NotFound, jeton.StageConfig, e.Problem+": "+e.Findings[0].Fix)
	}
	return found, err
}

// presetNames completes the first argument.
func (p *program) presetNames(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []cobra.Completion
	for _, one := range p.presets().List() {
		names = append(names, cobra.CompletionWithDesc(one.Name, one.Title))
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

func newProviderShow(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show NAME[@VERSION]",
		Short: "Show what is known of an authorization server",
		Long: `Show prints what a preset fills in, what the vendor accepts, which consent it wants,
and what surprises there; what no good source confirms is marked. The last part is
a document to start from, which -o document prints alone.`,
		Example: `  jeton provider show docusign
  jeton provider show docusign@1 -o yaml
  jeton provider show docusign -o document > docusign.yaml`,
		ValidArgsFunction: p.presetNames,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef(cmd, "name one preset; 'jeton provider list' has them all")
			}
			return nil
		},
	}
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		one, err := p.preset(args[0])
		if err != nil {
			return err
		}
		text, err := p.presetText(one)
		if err != nil {
			return err
		}
		return p.write(text)
	}
	p.formats(cmd, "text", "json", "yaml", "document")
	return cmd
}

func (p *program) presetText(one *provider.Provider) (string, error) {
	switch p.output {
	case "json":
		return encodeJSON(one)
	case "yaml":
		text, err := yaml.Dump(one, yaml.WithIndent(2))
		return string(text), err
	case "document":
		text, err := one.StartingDocument()
		return string(text), err
	}
	l := p.layout()
	err := l.preset(one)
	return l.String(), err
}
