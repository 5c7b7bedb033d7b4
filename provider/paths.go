package provider

import (
	"reflect"
	"strings"

	"github.com/jeton-oauth/jeton"
)

// documentPath looks a path up in the fields of a connection document: known says
// that there is such a field, secret that it is one of those that hold secrets.
func documentPath(path string) (known, secret bool) {
	return pathIn(reflect.TypeFor[jeton.Connection](), path, "json")
}

// pathIn follows the names and indices of a path through the fields of a type; any
// name may follow a mapping of free names.
func pathIn(t reflect.Type, path, tag string) (known, secret bool) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t {
	case reflect.TypeFor[jeton.SecretSource](), reflect.TypeFor[jeton.SecretList](), reflect.TypeFor[jeton.KeySource](), reflect.TypeFor[jeton.KeyList](), reflect.TypeFor[jeton.Secret]():
		return true, true
	case reflect.TypeFor[Document]():
		return pathIn(reflect.TypeFor[jeton.Connection](), path, "json")
	case reflect.TypeFor[Variables](), reflect.TypeFor[jeton.Members](), reflect.TypeFor[jeton.ParamValues]():
		return !strings.HasSuffix(path, "."), false
	}
	if path == "" {
		return true, false
	}
	switch t.Kind() {
	case reflect.Slice:
		index, rest, found := strings.Cut(path, "]")
		if !found || !strings.HasPrefix(index, "[") || strings.Trim(index, "[0123456789") != "" {
			return false, false
		}
		return pathIn(t.Elem(), strings.TrimPrefix(rest, "."), tag)
	case reflect.Map:
		name, rest := cutName(path)
		if t.Elem().Kind() == reflect.Interface { // of free values, in which nothing is known
			rest = ""
		}
		known, secret = pathIn(t.Elem(), rest, tag)
		return known && name != "", secret
	case reflect.Struct:
		name, rest := cutName(path)
		if field, found := fieldOf(t, name, tag); found {
			return pathIn(field, rest, tag)
		}
	case reflect.Interface:
		return true, false
	}
	return false, false
}

// cutName splits the first name off a path.
func cutName(path string) (name, rest string) {
	i := strings.IndexAny(path, ".[")
	if i < 0 {
		return path, ""
	}
	return path[:i], strings.TrimPrefix(path[i:], ".")
}

func fieldOf(t reflect.Type, name, tag string) (reflect.Type, bool) {
	for i := range t.NumField() {
		f := t.Field(i)
		if written, _, _ := strings.Cut(f.Tag.Get(tag), ","); written == name && name != "-" {
			return f.Type, true
		}
	}
	return nil, false
}

// exists reports whether a path is a field of a connection document, or a member of
// the file of p that is written there.
func exists(p *Provider, path string) bool {
	if known, _ := documentPath(path); known {
		name, found := strings.CutPrefix(path, "vars.")
		return !found || p.about(jeton.Parameter("vars."+name)) != ""
	}
	known, _ := pathIn(reflect.TypeFor[Provider](), path, "yaml")
	name, found := strings.CutPrefix(path, "variables.")
	return known && (!found || p.about(jeton.Parameter("vars."+name)) != "")
}
