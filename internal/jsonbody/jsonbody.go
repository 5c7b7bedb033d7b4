// Package jsonbody reads the JSON of strangers: a reply, the claims of a token.
// It is strict, so that nobody else can read the same bytes in another way: no
// member twice, no nesting beyond 16, nothing after the value, exact names. An
// error says what is wrong and shows no value. The caller bounds the size.
//
//	body, err := jsonbody.Decode(data)
//	value, found := jsonbody.Lookup(body, "data.access_token")
//	text, ok := jsonbody.Text(value)
package jsonbody

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// maxDepth bounds the nesting of a JSON body.
const maxDepth = 16

// Error is a body that is not accepted.
type Error struct {
	// Problem in words; it never shows a value.
	Problem string
}

// Error returns the problem.
func (e *Error) Error() string { return e.Problem }

// Decode reads one JSON value into maps, slices, strings, json.Number, bool and
// nil. It refuses, with an *Error, what would be ambiguous: a member that stands
// twice, nesting beyond maxDepth, anything after the value. Names match exactly.
func Decode(data []byte) (any, error) {
	if value, ok := decodeQuickly(data); ok {
		return value, nil
	}
	return decodeStepwise(data)
}

// decodeStepwise reads with encoding/json, token by token, which shows a second
// member of a name, and finds the words for what is wrong.
func decodeStepwise(data []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	value, err := decodeValue(d, 0)
	if err != nil {
		return nil, asError(err, data)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, &Error{Problem: "there is something after the JSON value"}
	}
	return value, nil
}

func asError(err error, data []byte) error {
	var known *Error
	if errors.As(err, &known) {
		return known
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &Error{Problem: "the JSON ends too early"}
	}
	// The tokens' own offset leaves out what stood between them: ask again for the whole.
	var whole json.RawMessage
	var syntax *json.SyntaxError
	if errors.As(json.Unmarshal(data, &whole), &syntax) {
		return &Error{Problem: fmt.Sprintf("the body is no JSON from byte %d on", syntax.Offset)}
	}
	return &Error{Problem: "the body is no JSON"}
}

func decodeValue(d *json.Decoder, depth int) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	delim, isDelim := token.(json.Delim)
	if !isDelim {
		return token, nil
	}
	if depth >= maxDepth {
		return nil, &Error{Problem: fmt.Sprintf("the JSON is nested deeper than %d", maxDepth)}
	}
	if delim == '[' {
		return decodeArray(d, depth)
	}
	return decodeObject(d, depth)
}

func decodeArray(d *json.Decoder, depth int) (any, error) {
	list := []any{}
	for d.More() {
		value, err := decodeValue(d, depth+1)
		if err != nil {
			return nil, err
		}
		list = append(list, value)
	}
	_, err := d.Token()
	return list, err
}

func decodeObject(d *json.Decoder, depth int) (any, error) {
	object := map[string]any{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, err
		}
		name, _ := token.(string)
		if _, twice := object[name]; twice {
			return nil, &Error{Problem: "a member stands twice: " + strconv.Quote(name)}
		}
		if object[name], err = decodeValue(d, depth+1); err != nil {
			return nil, err
		}
	}
	_, err := d.Token()
	return object, err
}

// Lookup finds the value at a path: a member of just this name, a JSON Pointer
// (RFC 6901), or dotted names; a number is an index into an array.
func Lookup(body any, path string) (any, bool) {
	if object, ok := body.(map[string]any); ok {
		if value, ok := object[path]; ok || !strings.ContainsAny(path, "./") {
			return value, ok
		}
	}
	steps := strings.Split(path, ".")
	if pointer, ok := strings.CutPrefix(path, "/"); ok {
		steps = strings.Split(pointer, "/")
		unescape := strings.NewReplacer("~1", "/", "~0", "~")
		for i := range steps {
			steps[i] = unescape.Replace(steps[i])
		}
	}
	for _, step := range steps {
		switch node := body.(type) {
		case map[string]any:
			value, ok := node[step]
			if !ok {
				return nil, false
			}
			body = value
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(node) || strconv.Itoa(i) != step {
				return nil, false
			}
			body = node[i]
		default:
			return nil, false
		}
	}
	return body, true
}

// FindMember searches a body for a member whose name matches and whose value is
// a non-empty string, and returns the path at which Lookup finds it.
func FindMember(body any, match func(name string) bool) (path string, found bool) {
	steps, text, found := findMember(body, match)
	if !found {
		return "", false
	}
	for _, path := range []string{dotted(steps), pointer(steps)} {
		if at, ok := Lookup(body, path); ok && at == any(text) {
			return path, true
		}
	}
	return "", false
}

func findMember(body any, match func(name string) bool) (steps []string, text string, found bool) {
	switch node := body.(type) {
	case map[string]any:
		names := slices.Sorted(maps.Keys(node))
		for _, name := range names {
			if text, ok := node[name].(string); ok && text != "" && match(name) {
				return []string{name}, text, true
			}
		}
		for _, name := range names {
			if steps, text, found = findMember(node[name], match); found {
				return append([]string{name}, steps...), text, true
			}
		}
	case []any:
		for i, value := range node {
			if steps, text, found = findMember(value, match); found {
				return append([]string{strconv.Itoa(i)}, steps...), text, true
			}
		}
	}
	return nil, "", false
}

// dotted writes a path with dots; a JSON Pointer where a name cannot stand in one.
func dotted(steps []string) string {
	if len(steps) == 1 || !slices.ContainsFunc(steps, func(name string) bool { return strings.ContainsAny(name, "./~") }) {
		return strings.Join(steps, ".")
	}
	return pointer(steps)
}

// pointer writes a JSON Pointer (RFC 6901).
func pointer(steps []string) string {
	escape := strings.NewReplacer("~", "~0", "/", "~1")
	var b strings.Builder
	for _, name := range steps {
		b.WriteString("/" + escape.Replace(name))
	}
	return b.String()
}

// KindOf names the type of a JSON value.
func KindOf(value any) string {
	switch value.(type) {
	case nil:
		return "null"
	case bool:
		return "a boolean"
	case json.Number:
		return "a number"
	case string:
		return "a string"
	case []any:
		return "an array"
	}
	return "an object"
}

// Text is a scalar as text; false for null, an array and an object.
func Text(value any) (string, bool) {
	switch v := value.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return strconv.FormatBool(v), true
	}
	return "", false
}
