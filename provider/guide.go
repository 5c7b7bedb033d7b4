package provider

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/jeton-oauth/jeton"
)

// Guide is what to do at the vendor's side for one connection. In the steps of a
// preset {{PATH}} stands for the value of a field in effect, and besides there are
//
//	{{redirect_url}} {{scopes}} {{consent_url}} {{client_id}}   of the login or consent
//	{{certificate}}                                   the command that prints what to upload
//	{{public_key}} {{jwks}} {{kid}}                   of the key that signs
//	{{thumbprint}} {{thumbprint_sha256}}              of its certificate: hexadecimal, SHA-1 and SHA-256
//	{{fingerprint}}                                   of the public key: base64 of SHA-256
//
// A secret is refused. What is not known yet stays as <PATH>, and is in Missing.
type Guide struct {
	// Provider is the preset, as NAME@VERSION.
	Provider string `json:"provider"`
	// Title of the preset.
	Title string `json:"title"`
	// Steps, with their values filled in.
	Steps []FilledStep `json:"steps"`
	// Missing are the values that are not known yet.
	Missing []Missing `json:"missing"`
}

// FilledStep is a step with its values.
type FilledStep struct {
	Title string `json:"title"`
	// Text is plain: paragraphs are separated by empty lines, an item of a list begins
	// with "- ", and lines that begin with four spaces are to be copied as they are.
	Text string `json:"text"`
	// Markdown is the same text, with what is to be copied as code.
	Markdown string `json:"markdown"`
}

// Missing is a value that is not known yet.
type Missing struct {
	// Parameter to write into the document.
	Parameter jeton.Parameter `json:"parameter"`
	// What it stands for, or why it is not known; may be empty.
	What string `json:"what"`
}

// GuideFor fills the steps for a connection. Its keys may have been read
// ([jeton.Connection.Resolve]); other secrets are not looked at. path is the name of
// the document, for the commands in the text.
//
// An error is a value that must not stand in a URL, or a mistake in the preset.
func (p *Provider) GuideFor(c *jeton.Connection, path string) (*Guide, error) {
	f := filler{provider: p, values: valuesOf(c), signing: signing{connection: c}, path: path}
	g := &Guide{Provider: p.Ref(), Title: p.Title, Steps: []FilledStep{}, Missing: []Missing{}}
	for i, step := range p.Guide {
		var filled FilledStep
		var err error
		if filled.Title, err = f.fill(step.Title, false); err == nil {
			filled.Text, err = f.fill(step.Text, false)
		}
		if err == nil {
			filled.Markdown, err = f.fill(step.Text, true)
		}
		if err != nil {
			return nil, fmt.Errorf("step %d of the guide of %s: %w", i+1, p.Ref(), err)
		}
		g.Steps = append(g.Steps, filled)
	}
	g.Missing = append(g.Missing, f.missing...)
	return g, nil
}

// Markdown is the whole guide.
func (g *Guide) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n", g.Title)
	for i, step := range g.Steps {
		lead := fmt.Sprintf("%d. ", i+1)
		fmt.Fprintf(&b, "\n%s**%s**\n\n", lead, step.Title)
		for line := range strings.Lines(step.Markdown) {
			if strings.TrimSpace(line) != "" {
				b.WriteString(strings.Repeat(" ", len(lead)))
			}
			b.WriteString(line)
		}
		b.WriteString("\n")
	}
	if len(g.Missing) > 0 {
		b.WriteString("\nNot known yet:\n\n")
		for _, m := range g.Missing {
			fmt.Fprintf(&b, "- %s%s\n", codeSpan(string(m.Parameter)), after(": ", m.What))
		}
	}
	return b.String()
}

func after(separator, text string) string {
	if text == "" {
		return ""
	}
	return separator + text
}

// filler fills the texts of one guide.
type filler struct {
	provider *Provider
	values   *values
	signing  signing
	path     string
	missing  []Missing
}

var blank = regexp.MustCompile(`\{\{\s*([^{}]+?)\s*\}\}`)

// fill puts the values into a text.
func (f *filler) fill(template string, markdown bool) (string, error) {
	var b strings.Builder
	template = strings.TrimSpace(template)
	done := 0
	for _, at := range blank.FindAllStringSubmatchIndex(template, -1) {
		before, name := template[done:at[0]], template[at[2]:at[3]]
		value, block, err := f.value(name)
		if err != nil {
			return "", err
		}
		done = at[1]
		switch {
		case block:
			b.WriteString(strings.TrimRight(before, " \n"))
			writeBlock(&b, value, markdown)
			for done < len(template) && strings.ContainsRune(" \n.,;:", rune(template[done])) { // nothing stands behind a block
				done++
			}
			if done < len(template) {
				b.WriteString("\n")
			}
		case !markdown:
			b.WriteString(before + value)
		case strings.Count(template[paragraph(template, at[0]):at[0]], "`")%2 == 1: // in the author's `code`
			b.WriteString(before + strings.ReplaceAll(value, "`", ""))
		default:
			b.WriteString(before + codeSpan(value))
		}
	}
	b.WriteString(template[done:])
	return strings.TrimRight(b.String(), " \n"), nil
}

// paragraph is where the one begins in which i stands.
func paragraph(text string, i int) int {
	if j := strings.LastIndex(text[:i], "\n\n"); j >= 0 {
		return j
	}
	return 0
}

// writeBlock puts lines to copy on lines of their own.
func writeBlock(b *strings.Builder, value string, markdown bool) {
	if b.Len() > 0 {
		b.WriteString("\n\n")
	}
	if markdown {
		b.WriteString("```\n" + value + "```\n")
		return
	}
	for line := range strings.Lines(value) {
		b.WriteString("    " + line)
	}
}

// codeSpan is a value in Markdown, where nothing in it means anything.
func codeSpan(value string) string {
	fence := "`"
	for strings.Contains(value, fence) {
		fence += "`"
	}
	if strings.HasPrefix(value, "`") || strings.HasSuffix(value, "`") {
		value = " " + value + " "
	}
	return fence + value + fence
}

// value is what stands for a name, and whether it has lines of its own.
func (f *filler) value(name string) (value string, block bool, err error) {
	switch name {
	case "consent_url":
		value, err = f.consentURL()
	case "certificate":
		_, err = f.signing.certificate()
		value = "jeton provider guide " + f.provider.Name + " -f " + quoted(f.path) + " --print certificate"
	default:
		var computed bool
		if value, computed, err = f.signing.computed(name); !computed {
			value, err = f.values.at(name)
		}
	}
	if unknown := (*unknownValue)(nil); errors.As(err, &unknown) {
		f.note(unknown.parameter, unknown.why)
		if name == "certificate" { // the command works as soon as there is a key
			return value, false, nil
		}
		if known, _ := documentPath(name); known {
			name = string(unknown.parameter)
		}
		return "<" + name + ">", false, nil
	}
	if err != nil {
		return "", false, err
	}
	if name == "public_key" || name == "jwks" {
		return value, true, nil
	}
	return f.withoutVariables(plain(value)), false, nil
}

// withoutVariables shows which part of a URL is not known yet.
func (f *filler) withoutVariables(value string) string {
	if !strings.Contains(value, "://") {
		return value
	}
	for _, name := range f.values.missingVariables(value) {
		f.note("vars."+jeton.Parameter(name), "")
		value = strings.NewReplacer("{"+name+"}", "<vars."+name+">", "{"+name+"^}", "<vars."+name+">").Replace(value)
	}
	return value
}

func (f *filler) consentURL() (string, error) {
	target, unknown, err := f.provider.consentURL(f.values)
	for _, parameter := range unknown {
		f.note(parameter, "")
	}
	if err == nil && target == "" {
		err = errors.New("there is no consent URL")
	}
	return target, err
}

// note remembers a value that is missing, once.
func (f *filler) note(p jeton.Parameter, why string) {
	for _, m := range f.missing {
		if m.Parameter == p {
			return
		}
	}
	if why == "" {
		why = f.provider.about(p)
	}
	f.missing = append(f.missing, Missing{p, why})
}

// plain is a value on one line, without what a terminal or a page would obey.
func plain(value string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return unicode.ReplacementChar
		}
		return r
	}, value)
}

// quoted is a file name as a word of a shell.
func quoted(path string) string {
	switch {
	case path == "" || path == "-":
		return "connection.yaml"
	case regexp.MustCompile(`^[\w./@%+,:=-]+$`).MatchString(path):
		return path
	}
	return "'" + strings.ReplaceAll(plain(path), "'", `'\''`) + "'"
}
