package jeton

import (
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// scopes takes a list as it is written and splits a string.
func (d *documentDecoder) scopes(s *Scopes, n *node, path string) {
	switch n.kind {
	case mappingNode:
		d.wants(n, path, "a list of scopes, or one string of them")
	case scalarNode:
		*s = Scopes(strings.FieldsFunc(n.text, func(r rune) bool { return r == ',' || unicode.IsSpace(r) }))
	case listNode:
		*s = make(Scopes, 0, len(n.items))
		for i, item := range n.items {
			if item.isNull() {
				continue
			}
			if text, ok := d.text(item, elementPath(path, i)); ok {
				*s = append(*s, text)
			}
		}
	}
}

// duration takes a Go duration or whole seconds.
func (d *documentDecoder) duration(p *Duration, n *node, path string) {
	const fix = "write a duration such as 5m, 90s or 1h30m, or a number of seconds"
	if n.kind != scalarNode {
		d.problems.add(path, n.line, "found "+n.found()+", want a duration", fix, "")
		return
	}
	if n.text == "" {
		return
	}
	seconds, err := strconv.ParseInt(n.text, 10, 64)
	span := time.Duration(seconds) * time.Second
	switch {
	case err == nil && (seconds > math.MaxInt64/int64(time.Second) || seconds < math.MinInt64/int64(time.Second)):
		d.problems.add(path, n.line, "the duration is too long", fix, "")
		return
	case err != nil:
		if span, err = time.ParseDuration(n.text); err != nil {
			d.problems.add(path, n.line, "the value is not a duration", fix, inHours(n.text))
			return
		}
	}
	if span < 0 {
		d.problems.add(path, n.line, "the duration is negative", "write a duration of 0s or more", "")
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
func (d *documentDecoder) allowed(text, enum string, n *node, path string) bool {
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
	d.problems.add(path, n.line, shown+" is not one of "+strings.Join(words, ", "), fix, proposed)
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
func (d *documentDecoder) secret(s *SecretSource, n *node, path string) {
	switch n.kind {
	case scalarNode:
		s.Value = NewSecret(n.text)
	case listNode:
		d.wants(n, path, "a secret: text, or one of "+sourceForms)
	case mappingNode:
		d.structure(valueOf(s), n, path)
		d.oneSource(valueOf(s).Type(), n, path)
	}
}

const (
	sourceNames = "value, env, file, base64, command"
	sourceForms = "{env: NAME}, {file: PATH}, {base64: ...}, {command: [...]}"
)

// key takes a mapping with one place and what is needed to read it.
func (d *documentDecoder) key(k *KeySource, n *node, path string) {
	if n.kind == mappingNode {
		d.structure(valueOf(k), n, path)
		d.oneSource(valueOf(k).Type(), n, path)
		return
	}
	if n.kind == scalarNode && n.text == "" {
		return
	}
	proposed := "{file: ...}"
	if n.kind == scalarNode && (strings.Contains(n.text, "-----BEGIN") || strings.ContainsAny(n.text, "\n{")) {
		proposed = "{value: ...}"
	}
	d.problems.add(path, n.line, "found "+n.found()+", want a mapping that says where the key comes from",
		"write "+proposed+"; a key is one of "+sourceForms+", {value: ...}", proposed)
}

// oneSource checks that a mapping names one place, and only one.
func (d *documentDecoder) oneSource(t reflect.Type, n *node, path string) {
	var given []string
	hasUnknown, fields := false, documentFields(t)
	for _, m := range n.members {
		hasUnknown = hasUnknown || fieldIndex(fields, m.name) < 0
		switch m.name {
		case "value", "env", "file", "base64", "command":
			if m.value.isNull() {
				continue
			}
			given = append(given, m.name)
			empty := m.value.kind == scalarNode && m.value.text == "" || m.value.kind == listNode && len(m.value.items) == 0
			if empty && m.name != "value" {
				d.problems.add(fieldPath(path, m.name), m.line, m.name+" is empty", "write what "+m.name+" is to read, or remove it", "")
			}
		}
	}
	switch len(given) {
	case 1:
	case 0:
		if hasUnknown {
			return // that is the source, misspelt
		}
		d.problems.add(path, n.line, "no source is given", "write one of "+sourceNames, "")
	default:
		d.problems.add(path, n.line, strings.Join(given, " and ")+" are given, want one source", "write one of "+sourceNames, "")
	}
}

// param takes plain text, or a mapping that is a secret.
func (d *documentDecoder) param(p *ParamValue, n *node, path string) {
	switch n.kind {
	case scalarNode:
		p.Text = n.text
	case mappingNode:
		if fields := documentFields(reflect.TypeFor[SecretSource]()); len(n.members) == 0 || fieldIndex(fields, n.members[0].name) < 0 {
			d.problems.add(path, n.line, "found a mapping, want text, or one of "+sourceForms, "write JSON as text, in quotes", "")
			return
		}
		d.secret(&p.Secret, n, path)
	case listNode:
		d.wants(n, path, "text, or one of "+sourceForms)
	}
}
