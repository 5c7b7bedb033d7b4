package main

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/jeton-oauth/jeton/provider"
)

// pages is the folder of the pages.
const pages = "docs/providers"

// page says of one preset what there is to know.
func page(p *provider.Provider) ([]byte, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "<!-- %s -->\n\n# %s\n\n%s.\n\n", header, escape(p.Title), strings.TrimSuffix(escape(p.Summary), "."))
	fmt.Fprintf(&b, "Preset `%s`, version %d with the facts of %s. Flow: %s. Here is [the request that it makes](../../provider/testdata/golden/%s.txt).\n",
		p.Name, p.Version, p.Date, p.Flow, p.Ref())
	start, err := p.StartingDocument()
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(&b, "\n## A document to start from\n\n```yaml\n%s```\n", start)
	filled, err := yaml.Dump(p.Connection, yaml.WithIndent(2))
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(&b, "\nWhat the preset fills in, where the document does not say it:\n\n```yaml\n%s```\n", filled)
	variables(&b, p)
	facts(&b, p)
	list(&b, "What surprises", p.Quirks)
	if err := guide(&b, p); err != nil {
		return nil, err
	}
	sources(&b, p)
	return []byte(b.String()), nil
}

// escape leaves `code` alone, and takes their meaning from the signs of Markdown and
// HTML elsewhere.
func escape(text string) string {
	parts := strings.Split(text, "`")
	for i := range parts {
		if i%2 == 0 {
			parts[i] = strings.NewReplacer("<", "&lt;", "*", `\*`, "|", `\|`).Replace(parts[i])
		}
	}
	return strings.Join(parts, "`")
}

func codes(words []string) string {
	var list []string
	for _, w := range words {
		list = append(list, "`"+w+"`")
	}
	return strings.Join(list, ", ")
}

func variables(b *strings.Builder, p *provider.Provider) {
	if len(p.Variables) == 0 {
		return
	}
	b.WriteString("\n## Variables\n\n| in `vars` | what it stands for | for example |\n|---|---|---|\n")
	for _, v := range p.Variables {
		example := codes(v.Choices)
		if example == "" && v.Example != "" {
			example = codes([]string{v.Example})
		}
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", v.Name, escape(v.Description), example)
	}
}

// facts are one row each; a row that has nothing to say is left out.
func facts(b *strings.Builder, p *provider.Provider) {
	var rows [][3]string
	add := func(path, what, text string) {
		if text != "" {
			rows = append(rows, [3]string{path, what, text})
		}
	}
	l := p.Limits
	add("limits.client_auth", "client authentication", codes(l.ClientAuth))
	add("limits.audience", "audience of the assertion", codes(l.Audience))
	add("limits.algorithms", "algorithms", codes(l.Algorithms))
	if l.Lifetime > 0 {
		add("limits.lifetime", "longest life of an assertion", l.Lifetime.String())
	}
	add("limits.scope_in", "place of the scope", codes(strings.Fields(l.ScopeIn)))
	if l.ScopeSeparator != "" && l.ScopeSeparator != " " {
		add("limits.scope_separator", "between two scopes", codes([]string{l.ScopeSeparator}))
	}
	add("consent", "consent", consent(p.Consent))
	add("consent.takes", "consent works", escape(p.Consent.Takes))
	add("rotation.policy", "refresh tokens", rotation(p.Rotation))
	add("rotation.credentials", "secrets and keys", escape(p.Rotation.Credentials))
	add("concurrency", "several requests at once", escape(p.Concurrency))
	if len(rows) == 0 {
		return
	}
	b.WriteString("\n## Facts\n\n| | |\n|---|---|\n")
	for _, row := range rows {
		if len(p.Doubts(row[0])) > 0 {
			row[2] += " *(not confirmed)*"
		}
		fmt.Fprintf(b, "| %s | %s |\n", row[1], row[2])
	}
	list(b, "Consent", p.Consent.Checklist)
}

func consent(c provider.Consent) string {
	text := map[string]string{"user": "a user gives it", "admin": "an administrator gives it", "checklist": "see below", "none": "not needed"}[c.Kind]
	if c.URL != "" {
		text += ", at `" + c.URL + "`"
	}
	return text
}

func rotation(r provider.Rotation) string {
	text := map[string]string{"none": "none, or they stay", "rotate": "each renewal brings a new one; the old one works on", "strict": "each renewal brings a new one, and ends the old one at once", "unknown": "not known"}[r.Policy]
	if r.Grace > 0 {
		text += " for " + r.Grace.String()
	}
	return text
}

func list(b *strings.Builder, heading string, items []string) {
	if len(items) == 0 {
		return
	}
	fmt.Fprintf(b, "\n## %s\n\n", heading)
	for _, item := range items {
		fmt.Fprintf(b, "- %s\n", escape(item))
	}
}

// guide are the steps, with a sign in the place of what only a document says.
func guide(b *strings.Builder, p *provider.Provider) error {
	if len(p.Guide) == 0 {
		return nil
	}
	c, err := provider.New(p).Parse([]byte("provider: " + p.Ref() + "\n"))
	if err != nil {
		return err
	}
	g, err := p.GuideFor(c, p.Name+".yaml")
	if err != nil {
		return err
	}
	fmt.Fprintf(b, "\n## What to do at %s\n\n`jeton provider guide %s -f FILE` prints these steps with the values of your document.\n", escape(p.Vendor), p.Name)
	for i, step := range g.Steps {
		lead := fmt.Sprintf("%d. ", i+1)
		fmt.Fprintf(b, "\n%s**%s**\n\n", lead, escape(step.Title))
		for line := range strings.Lines(step.Markdown + "\n") {
			if strings.TrimSpace(line) != "" {
				b.WriteString(strings.Repeat(" ", len(lead)) + strings.TrimRight(escape(line), " \n"))
			}
			b.WriteString("\n")
		}
	}
	return nil
}

var grades = map[string]string{"O": "the vendor", "M": "a recorded measurement", "N": "another catalogue", "C": "public code or a forum", "P": "a third party's page"}

func sources(b *strings.Builder, p *provider.Provider) {
	if len(p.Unverified) > 0 {
		b.WriteString("\n## Not confirmed\n\n")
		for _, u := range p.Unverified {
			fmt.Fprintf(b, "- `%s`: %s\n", u.What, escape(u.Why))
		}
	}
	if len(p.Documentation) > 0 {
		b.WriteString("\n## Documentation\n\n")
		for _, link := range p.Documentation {
			fmt.Fprintf(b, "- <%s>\n", link)
		}
	}
	b.WriteString("\n## Sources of the facts\n\n")
	for _, s := range p.Sources {
		fmt.Fprintf(b, "- %s: %s\n", grades[s.Grade], escape(s.Ref))
	}
}

// index is the list of all pages.
func index(list []*provider.Provider) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "<!-- %s -->\n\n# The catalogue\n\n%d presets of known authorization servers; [providers.md](../providers.md) says how to use them.\n\n", header, len(list))
	b.WriteString("| preset | | flow |\n|---|---|---|\n")
	for _, p := range list {
		fmt.Fprintf(&b, "| [%s](%s.md) | %s | %s |\n", p.Name, p.Name, escape(p.Title), p.Flow)
	}
	return []byte(b.String())
}
