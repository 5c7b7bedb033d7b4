package jeton

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/jeton-oauth/jeton/internal/scrub"
	"github.com/jeton-oauth/jeton/key"
)

// keyFunctions are computed from the key that signs.
var keyFunctions = map[string]func(*key.Key) (string, error){
	"{key.sha256}": (*key.Key).PublicSHA256, "{key.thumbprint}": (*key.Key).Thumbprint,
}

// fillAssertionVars fills {name} in the texts of an assertion, which is our own
// copy; what is computed from the key is filled by keyed. Claims and headers may
// hold braces of their own, so what is no variable is left alone there.
func (c *completed) fillAssertionVars(p Parameter, a *Assertion) {
	a.Issuer, a.Subject = c.fillText(p+".issuer", a.Issuer), c.fillText(p+".subject", a.Subject)
	if len(c.Vars) == 0 {
		return
	}
	a.mapMembers(func(text string) string {
		return placeholder.ReplaceAllStringFunc(text, func(found string) string {
			if filled, ok := c.textVariable(found); ok {
				return filled
			}
			return found
		})
	})
}

// fillText fills {name} in issuer, subject or audience, where a name without a
// value is a mistake. One that is a URL keeps its shape.
func (c *completed) fillText(p Parameter, text string) string {
	if !strings.Contains(text, "{") {
		return text
	}
	isURL := strings.Contains(text, "://")
	return placeholder.ReplaceAllStringFunc(text, func(found string) string {
		filled, ok := c.textVariable(found)
		name := strings.TrimSuffix(found[1:len(found)-1], "^")
		switch {
		case keyFunctions[found] != nil:
		case !ok:
			c.report.fail(p, scrub.Cut(scrub.Escape(found), 100)+" has no value", "write it below vars, or {key.sha256} or {key.thumbprint}; braces stand for nothing else here")
		case isURL:
			c.checkVar(name, filled)
		}
		return filled
	})
}

// textVariable is what stands for {name} in a text; the text itself, and false,
// if there is no such variable.
func (c *completed) textVariable(found string) (filled string, ok bool) {
	name, value := c.variable(found[1 : len(found)-1])
	if value == "" || keyFunctions[found] != nil {
		return found, false
	}
	if strings.ContainsFunc(value, unicode.IsControl) && !c.usedInText[name] {
		c.report.fail("vars."+Parameter(name), "the value has a control character", "write it without")
	}
	if c.usedInText == nil {
		c.usedInText = map[string]bool{}
	}
	c.usedInText[name] = true
	return value, true
}

// keyed is a with what is computed from its key; a itself where nothing is.
func keyed(p Parameter, a *Assertion, private *key.Key) (*Assertion, *Error) {
	if !a.namesKey() {
		return a, nil
	}
	var failed *Error
	changed := false
	fill := func(own Parameter) func(string) string {
		return func(text string) string {
			for function, compute := range keyFunctions {
				if !strings.Contains(text, function) {
					continue
				}
				value, err := compute(private)
				if err != nil {
					failed = keyError(own, err)
					failed.Findings[0].Parameter = own
				}
				text, changed = strings.ReplaceAll(text, function, value), true
			}
			return text
		}
	}
	filled := *a
	filled.Issuer, filled.Subject = fill(p+".issuer")(a.Issuer), fill(p+".subject")(a.Subject)
	for i, audience := range a.Audience {
		if text := fill(p + ".audience")(audience); text != audience {
			filled.Audience = slices.Clone(filled.Audience)
			filled.Audience[i] = text
		}
	}
	filled.mapMembers(fill(p + ".claims"))
	if failed != nil || !changed {
		return a, failed
	}
	return &filled, nil
}

// namesKey reports whether a may hold a function of the key. Most do not, and are
// signed without a copy.
func (a *Assertion) namesKey() bool {
	const begin = "{key."
	in := func(text string) bool { return strings.Contains(text, begin) }
	inValue := func(value any) bool {
		switch v := value.(type) {
		case string:
			return in(v)
		case json.RawMessage:
			return bytes.Contains(v, []byte(begin))
		}
		return true
	}
	return in(a.Issuer) || in(a.Subject) || slices.ContainsFunc(a.Audience, in) ||
		slices.ContainsFunc(a.Claims, func(m Member) bool { return inValue(m.Value) }) ||
		slices.ContainsFunc(slices.Collect(maps.Values(a.Headers)), inValue)
}

// mapMembers replaces every text in claims and headers by what f makes of it.
// Those of the document are not changed.
func (a *Assertion) mapMembers(f func(string) string) {
	for i, member := range a.Claims {
		if value, changed := mapTexts(member.Value, f); changed {
			a.Claims = slices.Clone(a.Claims)
			a.Claims[i].Value = value
		}
	}
	for name, value := range a.Headers {
		if value, changed := mapTexts(value, f); changed {
			a.Headers = withDefault(a.Headers, "", nil)
			delete(a.Headers, "")
			a.Headers[name] = value
		}
	}
}

// mapTexts applies f to the texts in a JSON value; names of members are left alone.
func mapTexts(value any, f func(string) string) (mapped any, changed bool) {
	switch v := value.(type) {
	case string:
		text := f(v)
		return text, text != v
	case json.RawMessage:
		raw := mapJSON(v, f)
		return raw, !bytes.Equal(raw, v)
	case []any:
		list := slices.Clone(v)
		for i := range list {
			var one bool
			list[i], one = mapTexts(list[i], f)
			changed = changed || one
		}
		return list, changed
	case []string:
		list := slices.Clone(v)
		for i := range list {
			list[i] = f(list[i])
		}
		return list, !slices.Equal(list, v)
	case map[string]any:
		object := make(map[string]any, len(v))
		for name, below := range v {
			var one bool
			object[name], one = mapTexts(below, f)
			changed = changed || one
		}
		return object, changed
	}
	return value, false
}

// mapJSON is mapTexts of a value that is written as JSON, which keeps the order
// of its members and the form of its numbers.
func mapJSON(raw json.RawMessage, f func(string) string) json.RawMessage {
	if !bytes.Contains(raw, []byte("{")) {
		return raw
	}
	out := make([]byte, 0, len(raw)+64)
	for i := 0; i < len(raw); {
		if raw[i] != '"' {
			out = append(out, raw[i])
			i++
			continue
		}
		end := textEnd(raw, i)
		literal := raw[i:end]
		i = end
		var text string
		if rest := bytes.TrimLeft(raw[end:], " \t\r\n"); len(rest) > 0 && rest[0] == ':' || json.Unmarshal(literal, &text) != nil {
			out = append(out, literal...)
			continue
		}
		if filled := f(text); filled == text {
			out = append(out, literal...)
		} else if written, err := marshalPlain(filled); err == nil {
			out = append(out, written...)
		}
	}
	return out
}

// textEnd is where the JSON text ends that begins at i.
func textEnd(raw []byte, i int) int {
	for i++; i < len(raw); i++ {
		switch raw[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(raw)
}
