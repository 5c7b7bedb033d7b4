package jeton

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
)

//go:generate go run ./internal/fielddocs

// Schema returns the JSON Schema (2020-12) of the connection document. It is
// made from the types that [Parse] decodes into, so that names and words are
// the same; the descriptions are the comments of their fields.
//
// Parse refuses more than a schema can say (names written twice, empty sources).
// In one point the schema is stricter: it has no null, which Parse takes as not written.
func Schema() []byte {
	b := schemaBuilder{defs: shapes(), done: map[reflect.Type]bool{}}
	root := Members{
		{"$schema", "https://json-schema.org/draft/2020-12/schema"},
		{"$id", "urn:jeton:connection:1"},
		{"title", "Jeton connection document"},
	}
	root = append(root, b.object(reflect.TypeFor[Connection]())...)
	root = append(root, Member{"$defs", b.defs})
	var out bytes.Buffer
	compact, err := json.Marshal(root)
	if err == nil {
		// json.Marshal escapes these for HTML, where this text never stands.
		plain := strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(string(compact))
		err = json.Indent(&out, []byte(plain), "", "  ")
	}
	if err != nil {
		panic("jeton: schema: " + err.Error()) // strings and maps of our own; TestSchema
	}
	out.WriteByte('\n')
	return out.Bytes()
}

// schemaBuilder collects the definitions of the structs it meets.
type schemaBuilder struct {
	defs Members
	done map[reflect.Type]bool
}

func refTo(name string) Members { return Members{{"$ref", "#/$defs/" + name}} }

func arrayOf(items Members) Members { return Members{{"type", "array"}, {"items", items}} }

// oneOrMany is a value, or a list of them.
func oneOrMany(one Members) Members { return Members{{"anyOf", []Members{one, arrayOf(one)}}} }

// shapes are the definitions of what a document writes in more than one way.
func shapes() Members {
	text := refTo("text")
	var places []Members
	properties := Members{}
	for _, f := range documentFields(reflect.TypeFor[SecretSource]()) {
		schema := text
		if f.name == "command" {
			schema = append(arrayOf(text), Member{"minItems", 1})
		}
		properties = append(properties, Member{f.name, described(schema, f)})
		places = append(places, Members{{"required", []string{f.name}}})
	}
	source := Members{
		{"description", "A place to read a secret from."}, {"type", "object"}, {"properties", properties},
		{"additionalProperties", false}, {"minProperties", 1}, {"maxProperties", 1},
	}
	keyProperties := append(Members{}, properties...)
	for _, f := range documentFields(reflect.TypeFor[KeySource]())[len(properties):] {
		schema := refTo("secret")
		switch f.typ.Kind() {
		case reflect.String:
			schema = word(f, text)
		case reflect.Bool:
			schema = Members{{"type", "boolean"}}
		}
		keyProperties = append(keyProperties, Member{f.name, described(schema, f)})
	}
	return Members{
		{"text", Members{{"description", "Text; a number or a boolean is taken as it is written."}, {"type", []string{"string", "number", "boolean"}}}},
		{"duration", Members{
			{"description", "A Go duration such as 5m or 1h30m, or a number of seconds."},
			{"anyOf", []Members{{{"type", "integer"}, {"minimum", 0}}, {{"type", "string"}, {"pattern", durationPattern}}}},
		}},
		{"texts", oneOrMany(text)},
		{"source", source},
		{"secret", Members{{"description", "A secret: the value itself, or the place to read it from."}, {"anyOf", []Members{text, refTo("source")}}}},
		{"secrets", oneOrMany(refTo("secret"))},
		{"key", Members{
			{"description", fieldDescription("KeySource")}, {"type", "object"}, {"properties", keyProperties},
			{"additionalProperties", false}, {"oneOf", places},
		}},
		{"keys", oneOrMany(refTo("key"))},
		{"params", oneOrMany(refTo("secret"))},
	}
}

// durationPattern is what time.ParseDuration takes, but for a minus sign.
const durationPattern = `^\+?([0-9]+|(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+)$`

// described puts the comment of a field before its schema.
func described(schema Members, f documentField) Members {
	text := fieldDescription(f.owner + "." + f.goName)
	if text == "" {
		return schema
	}
	return append(Members{{"description", text}}, schema...)
}

// word is the schema of a text field with or without an enum tag.
func word(f documentField, text Members) Members {
	if f.enum == "" {
		return text
	}
	return Members{{"enum", strings.Split(f.enum, ",")}}
}

// object is the schema of a struct.
func (b *schemaBuilder) object(t reflect.Type) Members {
	properties := Members{}
	for _, f := range documentFields(t) {
		properties = append(properties, Member{f.name, described(b.field(f, f.typ), f)})
	}
	return Members{
		{"description", fieldDescription(t.Name())}, {"type", "object"},
		{"properties", properties}, {"additionalProperties", false},
	}
}

// field is the schema of a field, as documentDecoder.value decodes it.
func (b *schemaBuilder) field(f documentField, t reflect.Type) Members {
	switch t {
	case reflect.TypeFor[Secret]():
		return refTo("text")
	case reflect.TypeFor[SecretSource]():
		return refTo("secret")
	case reflect.TypeFor[SecretList]():
		return refTo("secrets")
	case reflect.TypeFor[KeySource]():
		return refTo("key")
	case reflect.TypeFor[KeyList]():
		return refTo("keys")
	case reflect.TypeFor[ParamValues]():
		return refTo("params")
	case reflect.TypeFor[Scopes](), reflect.TypeFor[StringList]():
		return refTo("texts")
	case reflect.TypeFor[Duration]():
		return refTo("duration")
	case reflect.TypeFor[Conditions]():
		return oneOrMany(b.field(f, reflect.TypeFor[Condition]()))
	case reflect.TypeFor[Members](), reflect.TypeFor[map[string]any]():
		return Members{{"type", "object"}}
	case reflect.TypeFor[any]():
		return Members{}
	}
	switch t.Kind() {
	case reflect.String:
		return word(f, refTo("text"))
	case reflect.Bool:
		return Members{{"type", "boolean"}}
	case reflect.Int:
		return wholeNumber(f)
	case reflect.Pointer:
		return b.field(f, t.Elem())
	case reflect.Slice:
		return arrayOf(b.field(f, t.Elem()))
	case reflect.Map:
		f.enum = ""
		return Members{{"type", "object"}, {"additionalProperties", b.field(f, t.Elem())}}
	case reflect.Struct:
		return b.ref(t)
	}
	panic("jeton: no schema for " + t.String()) // a field of a new type; TestSchema
}

func wholeNumber(f documentField) Members {
	if f.enum == "" {
		return Members{{"type", "integer"}}
	}
	var numbers []int
	for _, text := range strings.Split(f.enum, ",") {
		if n, err := strconv.Atoi(text); err == nil {
			numbers = append(numbers, n)
		}
	}
	return Members{{"enum", numbers}}
}

// ref refers to the definition of a struct, which it makes at the first time.
func (b *schemaBuilder) ref(t reflect.Type) Members {
	if !b.done[t] {
		b.done[t] = true
		definition := b.object(t)
		b.defs = append(b.defs, Member{t.Name(), definition})
	}
	return refTo(t.Name())
}
