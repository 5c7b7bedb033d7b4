package jeton

import (
	"math"
	"reflect"
	"strconv"
	"strings"

	"github.com/jeton-oauth/jeton/internal/doctree"
)

// documentDecoder fills a Connection from a tree. The names are the json tags
// of the fields, the words allowed are their enum tags.
type documentDecoder struct {
	problems *doctree.Problems
	root     *doctree.Node
}

func (d *documentDecoder) document(c *Connection) {
	if d.otherKind() {
		return
	}
	c.Version = 1
	d.structure(valueOf(c), d.root, "")
}

// otherKind reports a document of another version or kind; there is no use in
// comparing its fields with those of a connection.
func (d *documentDecoder) otherKind() bool {
	if v := d.root.Member("version"); v != nil && v.IsInt() && v.Text != "1" {
		d.problems.Add("version", v.Line, "an unknown version of the document format", "write version: 1", "1")
		return true
	}
	if k := d.root.Member("kind"); k != nil && k.Kind == doctree.Scalar && k.Text == "role" {
		d.problems.Add("kind", k.Line, "kind role belongs to a server; it is not supported yet", "give a document of kind connection", "connection")
		return true
	}
	return false
}

// value decodes n into v, which is addressable; enum is the tag of the field.
func (d *documentDecoder) value(v reflect.Value, n *doctree.Node, path, enum string) {
	if n.IsNull() {
		return // null means not written, everywhere but in claims
	}
	switch p := v.Addr().Interface().(type) {
	case *Secret:
		if text, ok := d.text(n, path); ok {
			*p = NewSecret(text)
		}
	case *SecretSource:
		d.secret(p, n, path)
	case *KeySource:
		d.key(p, n, path)
	case *ParamValue:
		d.param(p, n, path)
	case *SecretList, *KeyList, *StringList, *Conditions, *ParamValues:
		d.oneOrMany(v, n, path)
	case *Scopes:
		d.scopes(p, n, path)
	case *Duration:
		d.duration(p, n, path)
	case *Members:
		d.claims(p, n, path)
	case *map[string]any:
		if value, ok := n.Value(path, d.problems).(map[string]any); ok {
			*p = value
		} else if n.Kind != doctree.Mapping {
			d.wants(n, path, "a mapping")
		}
	case *any:
		*p = n.Value(path, d.problems)
	default:
		d.kind(v, n, path, enum)
	}
}

// kind decodes what has no rules of its own.
func (d *documentDecoder) kind(v reflect.Value, n *doctree.Node, path, enum string) {
	switch v.Kind() {
	case reflect.String:
		if text, ok := d.text(n, path); ok && d.allowed(text, enum, n, path) {
			v.SetString(text)
		}
	case reflect.Bool:
		d.boolean(v, n, path)
	case reflect.Int:
		d.integer(v, n, path, enum)
	case reflect.Pointer:
		p := reflect.New(v.Type().Elem())
		d.value(p.Elem(), n, path, enum)
		v.Set(p)
	case reflect.Slice:
		d.list(v, n, path, enum)
	case reflect.Map:
		d.names(v, n, path)
	case reflect.Struct:
		if n.Kind != doctree.Mapping {
			d.wants(n, path, "a mapping")
			return
		}
		d.structure(v, n, path)
	default:
		panic("jeton: no document rule for " + v.Type().String()) // a field of a new type; TestEveryFieldHasARule
	}
}

func (d *documentDecoder) structure(v reflect.Value, n *doctree.Node, path string) {
	fields := documentFields(v.Type())
	for _, m := range n.Members {
		if d.problems.Full() {
			return
		}
		i := fieldIndex(fields, m.Name)
		if i < 0 {
			d.unknown(fields, m, path, v.Type())
			continue
		}
		d.value(v.FieldByIndex(fields[i].index), m.Value, doctree.FieldPath(path, m.Name), fields[i].enum)
	}
}

// list decodes a list that has to be written as one.
func (d *documentDecoder) list(v reflect.Value, n *doctree.Node, path, enum string) {
	if n.Kind != doctree.List {
		fix := "write a list: [...]"
		if n.Kind == doctree.Mapping {
			fix = "write a list, with \"- \" before the mapping"
		}
		d.problems.Add(path, n.Line, "found "+n.Found()+", want a list", fix, "")
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), 0, len(n.Items)))
	for i, item := range n.Items {
		d.element(v, item, doctree.ElementPath(path, i), enum)
	}
}

// oneOrMany decodes a list that may be written without the brackets.
func (d *documentDecoder) oneOrMany(v reflect.Value, n *doctree.Node, path string) {
	items := []*doctree.Node{n}
	if n.Kind == doctree.List {
		items = n.Items
	}
	v.Set(reflect.MakeSlice(v.Type(), 0, len(items)))
	for i, item := range items {
		d.element(v, item, doctree.IndexPath(path, i, len(items)), "")
	}
}

func (d *documentDecoder) element(list reflect.Value, n *doctree.Node, path, enum string) {
	if n.IsNull() || d.problems.Full() {
		return
	}
	e := reflect.New(list.Type().Elem()).Elem()
	d.value(e, n, path, enum)
	list.Set(reflect.Append(list, e))
}

// names decodes a mapping whose names the user chooses.
func (d *documentDecoder) names(v reflect.Value, n *doctree.Node, path string) {
	if n.Kind != doctree.Mapping {
		d.wants(n, path, "a mapping of names to values")
		return
	}
	v.Set(reflect.MakeMapWithSize(v.Type(), len(n.Members)))
	for _, m := range n.Members {
		if m.Value.IsNull() || d.problems.Full() {
			continue
		}
		e := reflect.New(v.Type().Elem()).Elem()
		d.value(e, m.Value, doctree.FieldPath(path, m.Name), "")
		v.SetMapIndex(reflect.ValueOf(m.Name), e)
	}
}

// wants reports a value of the wrong kind without telling it.
func (d *documentDecoder) wants(n *doctree.Node, path, want string) {
	d.problems.Add(path, n.Line, "found "+n.Found()+", want "+want, "write "+want, "")
}

// text takes any scalar as it is written.
func (d *documentDecoder) text(n *doctree.Node, path string) (string, bool) {
	if n.Kind != doctree.Scalar {
		d.wants(n, path, "text")
		return "", false
	}
	return n.Text, true
}

func (d *documentDecoder) boolean(v reflect.Value, n *doctree.Node, path string) {
	if n.Kind == doctree.Scalar && n.Plain && (n.Text == "true" || n.Text == "false") {
		v.SetBool(n.Text == "true")
		return
	}
	proposed := ""
	if n.Kind == doctree.Scalar {
		switch strings.ToLower(n.Text) {
		case "true", "yes", "on", "y", "1":
			proposed = "true"
		case "false", "no", "off", "n", "0":
			proposed = "false"
		}
	}
	fix := "write true or false, without quotes"
	if proposed != "" {
		fix = "write " + proposed + ", without quotes"
	}
	d.problems.Add(path, n.Line, "found "+n.Found()+", want true or false", fix, proposed)
}

func (d *documentDecoder) integer(v reflect.Value, n *doctree.Node, path, enum string) {
	if !n.IsInt() {
		d.problems.Add(path, n.Line, "found "+n.Found()+", want a whole number", "write a whole number, without quotes", "")
		return
	}
	i, err := strconv.Atoi(n.Text)
	if err != nil || strconv.Itoa(i) != n.Text || i > math.MaxInt32 || i < math.MinInt32 {
		d.problems.Add(path, n.Line, "a whole number that is out of range or not plainly written", "write it in decimal digits, without sign and leading zeros", "")
		return
	}
	if d.allowed(n.Text, enum, n, path) {
		v.SetInt(int64(i))
	}
}

// documentField is one field of a struct of the document.
type documentField struct {
	name, enum string
	index      []int
	typ        reflect.Type
	// owner and goName find the comment of the field.
	owner, goName string
}

// documentFields lists the fields of a struct in the order of the code;
// embedded structs are part of it.
func documentFields(t reflect.Type) []documentField {
	var fields []documentField
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous && name == "" {
			for _, inner := range documentFields(f.Type) {
				inner.index = append([]int{i}, inner.index...)
				fields = append(fields, inner)
			}
			continue
		}
		if name == "" || name == "-" || !f.IsExported() {
			continue
		}
		fields = append(fields, documentField{name, f.Tag.Get("enum"), []int{i}, f.Type, t.Name(), f.Name})
	}
	return fields
}

func valueOf(p any) reflect.Value { return reflect.ValueOf(p).Elem() }

func fieldIndex(fields []documentField, name string) int {
	for i, f := range fields {
		if f.name == name {
			return i
		}
	}
	return -1
}
