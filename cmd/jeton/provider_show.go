package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jeton-oauth/jeton/provider"
)

// preset is what there is to know of one preset.
func (l *layout) preset(p *provider.Provider) error {
	l.add(paragraph{text: p.Ref() + ": " + p.Title, textInk: []ink{bold}})
	l.add(paragraph{text: p.Summary})
	l.blank()
	rows := []row{{"flow", p.Flow, nil}, {"facts of", p.Date, nil}}
	if p.Retired {
		rows = append(rows, row{"retired", "new documents should not use it", []ink{yellow}})
	}
	l.rows(append(rows, l.facts(p)...))
	l.bullets("consent", p.Consent.Checklist)
	filled, err := p.Filled()
	if err != nil {
		return err
	}
	l.verbatim("what it fills in, where the document does not say it", string(filled))
	l.variables(p)
	l.bullets("what surprises", p.Quirks)
	var doubts []string
	for _, u := range p.Unverified {
		doubts = append(doubts, u.What+": "+u.Why)
	}
	l.bullets("not confirmed", doubts)
	l.bullets("documentation", p.Documentation)
	start, err := p.StartingDocument()
	if err != nil {
		return err
	}
	l.verbatim("a document to start from (-o document)", string(start))
	return nil
}

// facts are rows; what no good source confirms is marked.
func (l *layout) facts(p *provider.Provider) (rows []row) {
	add := func(path, label, text string) {
		if text == "" {
			return
		}
		if len(p.Doubts(path)) > 0 {
			text += " (not confirmed)"
		}
		rows = append(rows, row{label, text, nil})
	}
	limits, lifetime := p.Limits, ""
	if limits.Lifetime > 0 {
		lifetime = limits.Lifetime.String()
	}
	add("limits.client_auth", "client.auth", strings.Join(limits.ClientAuth, ", "))
	add("limits.audience", "audience", strings.Join(limits.Audience, ", "))
	add("limits.algorithms", "algorithms", strings.Join(limits.Algorithms, ", "))
	add("limits.lifetime", "lifetime at most", lifetime)
	add("limits.scope_in", "scope in", limits.ScopeIn)
	if limits.ScopeSeparator != " " {
		add("limits.scope_separator", "between scopes", limits.ScopeSeparator)
	}
	add("consent.kind", "consent", p.Consent.Kind)
	add("consent.url", "consent page", p.Consent.URL)
	add("consent.takes", "consent works", p.Consent.Takes)
	policy := p.Rotation.Policy
	if p.Rotation.Grace > 0 {
		policy += ", the old one works for " + p.Rotation.Grace.String()
	}
	add("rotation.policy", "refresh tokens", policy)
	add("rotation.credentials", "credentials", p.Rotation.Credentials)
	add("concurrency", "at once", p.Concurrency)
	return rows
}

func (l *layout) heading(text string) {
	l.blank()
	l.add(paragraph{text: text, textInk: []ink{bold}})
}

func (l *layout) bullets(heading string, items []string) {
	for i, item := range items {
		if i == 0 {
			l.heading(heading)
		}
		l.add(paragraph{indent: 2, sign: "- ", text: item})
	}
}

// verbatim is text to copy, whose lines stay whole.
func (l *layout) verbatim(heading, text string) {
	l.heading(heading)
	for line := range strings.Lines(text) {
		fmt.Fprintf(l, "  %s\n", safe(strings.TrimRight(line, "\n")))
	}
}

func (l *layout) variables(p *provider.Provider) {
	var rows []row
	for _, v := range p.Variables {
		text := v.Description
		if unsaid := slices.DeleteFunc(slices.Clone(v.Choices), func(c string) bool { return strings.Contains(text, c) }); len(unsaid) > 0 {
			text += " (" + strings.Join(v.Choices, ", ") + ")"
		} else if len(v.Choices) == 0 && v.Example != "" && !strings.Contains(text, v.Example) {
			text += " (for example " + v.Example + ")"
		}
		if len(p.Doubts("vars."+v.Name)) > 0 || len(p.Doubts("variables."+v.Name)) > 0 {
			text += " (not confirmed)"
		}
		rows = append(rows, row{"vars." + v.Name, text, nil})
	}
	if len(rows) > 0 {
		l.heading("variables")
		l.rows(rows)
	}
}
