package jeton

import (
	"encoding/json"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/jeton-oauth/jeton/internal/doctree"
)

// scopes takes a list as it is written and splits a string.
func (d *documentDecoder) scopes(s *Scopes, n *doctree.Node, path string) {
	switch n.Kind {
	case doctree.Mapping:
		d.wants(n, path, "a list of scopes, or one string of them")
	case doctree.Scalar:
		*s = Scopes(strings.FieldsFunc(n.Text, func(r rune) bool { return r == ',' || unicode.IsSpace(r) }))
	case doctree.List:
		*s = make(Scopes, 0, len(n.Items))
		for i, item := range n.Items {
			if item.IsNull() {
				continue
			}
			if text, ok := d.text(item, doctree.ElementPath(path, i)); ok {
				*s = append(*s, text)
			}
		}
	}
}

// duration takes a Go duration or whole seconds.
func (d *documentDecoder) duration(p *Duration, n *doctree.Node, path string) {
	const fix = "write a duration such as 5m, 90s or 1h30m, or a number of seconds"
	if n.Kind != doctree.Scalar {
		d.problems.Add(path, n.Line, "found "+n.Found()+", want a duration", fix, "")
		return
	}
	if n.Text == "" {
		return
	}
	seconds, err := strconv.ParseInt(n.Text, 10, 64)
	span := time.Duration(seconds) * time.Second
	switch {
	case err == nil && (seconds > math.MaxInt64/int64(time.Second) || seconds < math.MinInt64/int64(time.Second)):
		d.problems.Add(path, n.Line, "the duration is too long", fix, "")
		return
	case err != nil:
		if span, err = time.ParseDuration(n.Text); err != nil {
			d.problems.Add(path, n.Line, "the value is not a duration", fix, inHours(n.Text))
			return
		}
	}
	if span < 0 {
		d.problems.Add(path, n.Line, "the duration is negative", "write a duration of 0s or more", "")
		return
	}
	*p = Duration(span)
}

// inHours proposes 48h for 2d, which is no Go duration.
func inHours(text string) string {
	if digits, ok := strings.CutSuffix(text, "d"); ok {
		if days, err := strconv.ParseUint(digits, 10, 16); err == nil {
			return strconv.FormatUint(days*24, 10) + "h"
		}
	}
	return ""
}

// allowed checks a word against the enum tag of its field.
func (d *documentDecoder) allowed(text, enum string, n *doctree.Node, path string) bool {
	if enum == "" || text == "" {
		return true
	}
	words := strings.Split(enum, ",")
	for _, word := range words {
		if text == word {
			return true
		}
	}
	// A value that resembles no word may be a secret in the wrong place.
	shown := "the value"
	proposed := nearestWord(text, words)
	if proposed != "" && looksLikeWord(text) {
		shown = strconv.Quote(text)
	}
	fix := "write one of " + strings.Join(words, ", ")
	if proposed != "" {
		fix = "write " + proposed
	}
	d.problems.Add(path, n.Line, shown+" is not one of "+strings.Join(words, ", "), fix, proposed)
	return false
}

// looksLikeWord reports whether a wrong word may be shown: letters, and too few
// digits to be a password.
func looksLikeWord(text string) bool {
	if len(text) > 40 {
		return false
	}
	count := 0
	for _, r := range text {
		switch {
		case r >= '0' && r <= '9':
			count++
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r == '_', r == '-', r == '#':
		default:
			return false
		}
	}
	return count <= 3
}

// secret takes a string, which is the value, or a mapping with one place.
func (d *documentDecoder) secret(s *SecretSource, n *doctree.Node, path string) {
	switch n.Kind {
	case doctree.Scalar:
		s.Value = NewSecret(n.Text)
	case doctree.List:
		d.wants(n, path, "a secret: text, or one of "+sourceForms)
	case doctree.Mapping:
		d.structure(valueOf(s), n, path)
		d.oneSource(valueOf(s).Type(), n, path)
	}
}

const (
	sourceNames = "value, env, file, base64, command"
	sourceForms = "{env: NAME}, {file: PATH}, {base64: ...}, {command: [...]}"
)

// key takes a mapping with one place and what is needed to read it.
func (d *documentDecoder) key(k *KeySource, n *doctree.Node, path string) {
	if n.Kind == doctree.Mapping {
		d.structure(valueOf(k), n, path)
		d.oneSource(valueOf(k).Type(), n, path)
		return
	}
	if n.Kind == doctree.Scalar && n.Text == "" {
		return
	}
	proposed := "{file: ...}"
	if n.Kind == doctree.Scalar && (strings.Contains(n.Text, "-----BEGIN") || strings.ContainsAny(n.Text, "\n{")) {
		proposed = "{value: ...}"
	}
	d.problems.Add(path, n.Line, "found "+n.Found()+", want a mapping that says where the key comes from",
		"write "+proposed+"; a key is one of "+sourceForms+", {value: ...}", proposed)
}

// oneSource checks that a mapping names one place, and only one.
func (d *documentDecoder) oneSource(t reflect.Type, n *doctree.Node, path string) {
	var given []string
	hasUnknown, fields := false, documentFields(t)
	for _, m := range n.Members {
		hasUnknown = hasUnknown || fieldIndex(fields, m.Name) < 0
		switch m.Name {
		case "value", "env", "file", "base64", "command":
			if m.Value.IsNull() {
				continue
			}
			given = append(given, m.Name)
			empty := m.Value.Kind == doctree.Scalar && m.Value.Text == "" || m.Value.Kind == doctree.List && len(m.Value.Items) == 0
			if empty && m.Name != "value" {
				d.problems.Add(doctree.FieldPath(path, m.Name), m.Line, m.Name+" is empty", "write what "+m.Name+" is to read, or remove it", "")
			}
		}
	}
	switch len(given) {
	case 1:
	case 0:
		if hasUnknown {
			return // that is the source, misspelt
		}
		d.problems.Add(path, n.Line, "no source is given", "write one of "+sourceNames, "")
	default:
		d.problems.Add(path, n.Line, strings.Join(given, " and ")+" are given, want one source", "write one of "+sourceNames, "")
	}
}

// param takes plain text, or a mapping that is a secret.
func (d *documentDecoder) param(p *ParamValue, n *doctree.Node, path string) {
	switch n.Kind {
	case doctree.Scalar:
		p.Text = n.Text
	case doctree.Mapping:
		if fields := documentFields(reflect.TypeFor[SecretSource]()); len(n.Members) == 0 || fieldIndex(fields, n.Members[0].Name) < 0 {
			d.problems.Add(path, n.Line, "found a mapping, want text, or one of "+sourceForms, "write JSON as text, in quotes", "")
			return
		}
		d.secret(&p.Secret, n, path)
	case doctree.List:
		d.wants(n, path, "text, or one of "+sourceForms)
	}
}

// claims keeps a mapping as ordered JSON.
func (d *documentDecoder) claims(p *Members, n *doctree.Node, path string) {
	if n.Kind != doctree.Mapping {
		d.wants(n, path, "a mapping")
		return
	}
	*p = make(Members, 0, len(n.Members))
	for _, m := range n.Members {
		*p = append(*p, Member{m.Name, json.RawMessage(m.Value.AppendJSON(nil, doctree.FieldPath(path, m.Name), d.problems))})
	}
}
