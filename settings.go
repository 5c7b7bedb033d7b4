package jeton

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/jeton-oauth/jeton/internal/doctree"
)

// Setting is one value in effect.
type Setting struct {
	// Parameter of the document.
	Parameter Parameter `json:"parameter"`
	// Value in effect, masked where it is secret.
	Value string `json:"value"`
	// Origin: document, preset NAME@VERSION, default, client.id, key file, environment variable NAME, file NAME or command.
	Origin string `json:"origin"`
}

// writtenIn is the origin of a value that the document has, or the preset has filled in.
func (c *completed) writtenIn(p Parameter) string {
	if c.filled(p) {
		return "preset " + c.Applied.Ref()
	}
	return "document"
}

// filled reports whether a value comes from the preset: it, what is around it (a
// list is filled as a whole), or what is below it.
func (c *completed) filled(p Parameter) bool {
	if c.Applied == nil {
		return false
	}
	if c.Applied.Filled[p] {
		return true
	}
	for q := range c.Applied.Filled {
		if around(q, p) || around(p, q) {
			return true
		}
	}
	return false
}

// around reports whether inner is a part of outer.
func around(outer, inner Parameter) bool {
	rest, found := strings.CutPrefix(string(inner), string(outer))
	return found && rest != "" && (rest[0] == '.' || rest[0] == '[')
}

// notSettings are the fields that say nothing of a request or a token.
var notSettings = []string{"version", "kind", "name", "title", "description", "labels", "owner", "paused", "access"}

// noteWritten notes what the document or its preset says beyond the settings that
// are noted already, so that of every value it can be seen where it comes from.
func (c *completed) noteWritten(original *Connection) {
	if !c.wantSettings {
		return
	}
	n := writtenNotes{c: c, known: make(map[Parameter]bool, len(c.settings))}
	for _, s := range c.settings {
		n.known[s.Parameter] = true
	}
	v := reflect.ValueOf(original).Elem()
	for _, field := range documentFields(v.Type()) {
		if !slices.Contains(notSettings, field.name) {
			n.value(v.FieldByIndex(field.index), field.name)
		}
	}
}

type writtenNotes struct {
	c     *completed
	known map[Parameter]bool
}

func (n *writtenNotes) note(path, value, origin string) {
	if p := Parameter(path); !n.known[p] {
		n.known[p] = true
		n.c.setting(p, value, origin)
	}
}

func (n *writtenNotes) value(v reflect.Value, path string) {
	if v.IsZero() {
		return
	}
	switch value := v.Interface().(type) {
	case Secret, SecretList, KeyList: // noted where they are used
		return
	case SecretSource:
		n.note(path, Redacted, value.origin())
	case KeySource:
		n.note(path, Redacted, value.origin())
	case ParamValues:
		n.params(value, path)
	case Members:
		for _, m := range value {
			n.leaf(doctree.FieldPath(path, m.Name), m.Name, m.Value)
		}
	case map[string]any:
		for _, name := range sortedNames(value) {
			n.leaf(doctree.FieldPath(path, name), name, value[name])
		}
	case map[string]string:
		for _, name := range sortedNames(value) {
			n.leaf(doctree.FieldPath(path, name), name, value[name])
		}
	case Scopes, StringList, []string:
		n.note(path, strings.Join(v.Convert(reflect.TypeFor[[]string]()).Interface().([]string), " "), "document")
	case Duration:
		n.note(path, time.Duration(value).String(), "document")
	case Conditions:
		n.note(path, value.words(), "document")
	default:
		n.below(v, path)
	}
}

// below goes on with the parts of a value that has no text of its own.
func (n *writtenNotes) below(v reflect.Value, path string) {
	switch v.Kind() {
	case reflect.Struct:
		for _, field := range documentFields(v.Type()) {
			n.value(v.FieldByIndex(field.index), doctree.FieldPath(path, field.name))
		}
	case reflect.Pointer:
		n.value(v.Elem(), path)
	case reflect.Map:
		names := v.MapKeys()
		slices.SortFunc(names, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
		for _, name := range names {
			n.value(v.MapIndex(name), doctree.FieldPath(path, name.String()))
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() != reflect.Struct {
			n.note(path, strings.Trim(fmt.Sprint(v.Interface()), "[]"), "document")
			return
		}
		for i := range v.Len() {
			n.value(v.Index(i), doctree.ElementPath(path, i))
		}
	default:
		n.note(path, shownURL(fmt.Sprint(v.Interface())), "document")
	}
}

// leaf is a value that a free name has; the name may say that it is secret.
func (n *writtenNotes) leaf(path, name string, value any) {
	text, ok := value.(string)
	if !ok {
		encoded, err := marshalPlain(value)
		if err != nil {
			return
		}
		if text = string(encoded); json.Unmarshal(encoded, new(string)) == nil {
			_ = json.Unmarshal(encoded, &text)
		}
	}
	if sensitiveName(name) {
		text = Redacted
	}
	n.note(path, text, "document")
}

// params are masked as they are in the request that is shown.
func (n *writtenNotes) params(values ParamValues, path string) {
	texts, origin := make([]string, 0, len(values)), "document"
	for _, v := range values {
		if !v.Secret.IsZero() {
			texts, origin = []string{Redacted}, v.Secret.origin()
			break
		}
		texts = append(texts, v.Text)
	}
	if _, name, _ := cutLast(path); sensitiveName(name) {
		texts = []string{Redacted}
	}
	n.note(path, strings.Join(texts, " "), origin)
}

// words are the conditions on one line.
func (list Conditions) words() string {
	texts := make([]string, 0, len(list))
	for _, condition := range list {
		text := condition.Path
		if condition.Equals != nil {
			if encoded, err := marshalPlain(condition.Equals); err == nil {
				text += " equals " + string(encoded)
			}
		}
		if condition.Matches != "" {
			text += " matches " + condition.Matches
		}
		if condition.Exists != nil && *condition.Exists {
			text += " exists"
		} else if condition.Exists != nil {
			text += " does not exist"
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, ", ")
}
