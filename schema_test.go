package jeton

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestSchema(t *testing.T) {
	text := Schema()
	if !bytes.Equal(text, Schema()) {
		t.Error("two calls differ")
	}
	var schema map[string]any
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	if schema["$schema"] != "https://json-schema.org/draft/2020-12/schema" || schema["additionalProperties"] != false {
		t.Error(schema["$schema"], schema["additionalProperties"])
	}
	if strings.Contains(string(text), `\u003c`) {
		t.Error("escaped for HTML")
	}
	properties := schema["properties"].(map[string]any)
	for _, f := range documentFields(reflect.TypeFor[Connection]()) {
		property, ok := properties[f.name].(map[string]any)
		if !ok || property["description"] == "" || property["description"] == nil {
			t.Errorf("%s: %v", f.name, property)
		}
	}
	checkSchema(t, schema, schema, "#")
}

// checkSchema finds references to nothing, keywords that the validator below
// does not know, and definitions without additionalProperties.
func checkSchema(t *testing.T, root, schema map[string]any, at string) {
	t.Helper()
	known := []string{"$schema", "$id", "$defs", "$ref", "title", "description", "type", "enum", "properties", "additionalProperties",
		"items", "minItems", "anyOf", "oneOf", "required", "minProperties", "maxProperties", "minimum", "pattern"}
	for keyword, value := range schema {
		if !slices.Contains(known, keyword) {
			t.Errorf("%s: keyword %s", at, keyword)
		}
		switch keyword {
		case "$ref":
			if definition(root, value.(string)) == nil {
				t.Errorf("%s: %s leads to nothing", at, value)
			}
		case "properties", "$defs":
			if _, ok := schema["additionalProperties"]; keyword == "properties" && !ok {
				t.Errorf("%s: other properties are allowed", at)
			}
			for name, inner := range value.(map[string]any) {
				checkSchema(t, root, inner.(map[string]any), at+"/"+name)
			}
		case "items":
			checkSchema(t, root, value.(map[string]any), at+"/items")
		case "anyOf", "oneOf":
			for i, inner := range value.([]any) {
				checkSchema(t, root, inner.(map[string]any), fmt.Sprintf("%s/%d", at, i))
			}
		}
	}
}

// The schema and Parse say the same of these documents.
func TestSchemaAgreesWithParse(t *testing.T) {
	var schema map[string]any
	if err := json.Unmarshal(Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		document string
		good     bool
	}{
		{`{}`, true}, {`{"version": 1, "kind": "connection", "name": "a"}`, true}, {`{"version": 2}`, false}, {`{"version": "1"}`, false}, {`{"kind": "x"}`, false},
		{`{"name": 5}`, true}, {`{"name": true}`, true}, {`{"name": []}`, false}, {`{"name": {}}`, false}, {`{"nam": "a"}`, false},
		{`{"paused": true}`, true}, {`{"paused": "true"}`, false}, {`{"paused": 1}`, false}, {`{"client": []}`, false}, {`{"client": {"idd": 1}}`, false},
		{`{"client": {"secret": "a"}}`, true}, {`{"client": {"secret": 5}}`, true}, {`{"client": {"secret": ["a", {"env": "E"}]}}`, true}, {`{"client": {"secret": {"env": "E"}}}`, true},
		{`{"client": {"secret": {"env": "E", "file": "f"}}}`, false}, {`{"client": {"secret": {}}}`, false}, {`{"client": {"secret": {"evn": "E"}}}`, false}, {`{"client": {"secret": [["a"]]}}`, false},
		{`{"client": {"secret": {"command": ["a", "b"]}}}`, true}, {`{"client": {"secret": {"command": "a b"}}}`, false}, {`{"client": {"secret": {"command": []}}}`, false},
		{`{"client": {"auth": "none"}}`, true}, {`{"client": {"auth": "basic"}}`, false}, {`{"client": {"auth": "NONE"}}`, false}, {`{"client": {"dpop": {"algorithm": "HS256"}}}`, false},
		{`{"client": {"assertion": {"key": {"file": "k"}}}}`, true}, {`{"client": {"assertion": {"key": [{"file": "k"}, {"value": "v", "password": "p", "alias": "a", "encoding": "hex", "allow_weak_key": true}]}}}`, true},
		{`{"client": {"assertion": {"key": "k.pem"}}}`, false}, {`{"client": {"assertion": {"key": {"password": "p"}}}}`, false}, {`{"client": {"assertion": {"key": {"file": "f", "env": "E"}}}}`, false},
		{`{"client": {"assertion": {"key": {"file": "f", "encoding": "hexx"}}}}`, false}, {`{"client": {"assertion": {"key": {"file": "f", "password": {"env": "E"}}}}}`, true},
		{`{"client": {"assertion": {"lifetime": 300}}}`, true}, {`{"client": {"assertion": {"lifetime": "5m"}}}`, true}, {`{"client": {"assertion": {"lifetime": "1h1.5m"}}}`, true}, {`{"client": {"assertion": {"lifetime": "300"}}}`, true},
		{`{"client": {"assertion": {"lifetime": -1}}}`, false}, {`{"client": {"assertion": {"lifetime": "-1s"}}}`, false}, {`{"client": {"assertion": {"lifetime": "2d"}}}`, false}, {`{"client": {"assertion": {"lifetime": "soon"}}}`, false}, {`{"client": {"assertion": {"lifetime": 1.5}}}`, false},
		{`{"client": {"assertion": {"audience": "a"}}}`, true}, {`{"client": {"assertion": {"audience": ["a", "b"]}}}`, true}, {`{"client": {"assertion": {"audience": {"a": 1}}}}`, false},
		{`{"client": {"assertion": {"claims": {"a": [1, {"b": null}]}}}}`, true}, {`{"client": {"assertion": {"claims": []}}}`, false}, {`{"client": {"assertion": {"headers": {"kid": "a"}}}}`, true}, {`{"client": {"assertion": {"headers": "kid"}}}`, false},
		{`{"client": {"assertion": {"certificate_headers": ["x5t#S256"]}}}`, true}, {`{"client": {"assertion": {"certificate_headers": ["x5u"]}}}`, false}, {`{"client": {"assertion": {"certificate_headers": "x5t"}}}`, false},
		{`{"scopes": "a b"}`, true}, {`{"scopes": ["a", "b"]}`, true}, {`{"scopes": {"a": 1}}`, false}, {`{"scopes": [["a"]]}`, false},
		{`{"request": {"params": {"a": "x", "b": 1, "c": true, "d": {"env": "E"}, "e": ["x", {"value": "s"}]}}}`, true}, {`{"request": {"params": {"a": {"b": "c"}}}}`, false}, {`{"request": {"params": {"a": [["b"]]}}}`, false}, {`{"request": {"params": []}}`, false},
		{`{"request": {"headers": {"a": "x", "b": {"env": "E"}}}}`, true}, {`{"request": {"headers": {"a": ["x"]}}}`, false}, {`{"request": {"method": "PUT"}}`, false},
		{`{"response": {"success": {"path": "a", "equals": [1], "exists": true}}}`, true}, {`{"response": {"success": [{"path": "a"}, {"matches": "b"}]}}`, true}, {`{"response": {"success": "a"}}`, false}, {`{"response": {"success": {"pathh": "a"}}}`, false},
		{`{"response": {"keep": ["a"]}}`, true}, {`{"response": {"keep": "a"}}`, false}, {`{"steps": [{"url": "a", "request": {"method": "GET"}}]}`, true}, {`{"steps": {"url": "a"}}`, false}, {`{"steps": [{"ulr": "a"}]}`, false},
		{`{"rejected": {"status": [401], "headers": {"a": "b"}, "body": {"path": "a"}}}`, true}, {`{"rejected": {"status": ["401"]}}`, false}, {`{"rejected": {"status": [401.5]}}`, false}, {`{"rejected": {"status": 401}}`, false},
		{`{"tls": {"ca": {"file": "a"}, "client": {"certificate": {"file": "a"}, "key": {"env": "E"}}, "pin": "sha256/a", "insecure_skip_verify": false}}`, true}, {`{"tls": {"ca": "a"}}`, false}, {`{"tls": {"ca": [{"file": "a"}]}}`, false},
		{`{"vars": {"a": 1}, "labels": {"b": "c"}}`, true}, {`{"vars": {"a": []}}`, false}, {`{"access": {"deliver": ["token"], "per_call": ["scope"], "roles": ["a"]}}`, true}, {`{"access": {"deliver": ["tokens"]}}`, false}, {`{"consent": {"kind": "admin"}}`, true},
		{`[]`, false}, {`"a"`, false},
	} {
		t.Run(row.document, func(t *testing.T) {
			if _, err := Parse([]byte(row.document)); (err == nil) != row.good {
				t.Errorf("Parse: %v", err)
			}
			var value any
			if err := json.Unmarshal([]byte(row.document), &value); err != nil {
				t.Fatal(err)
			}
			if problem := validateSchema(schema, schema, value); (problem == "") != row.good {
				t.Errorf("schema: %q", problem)
			}
		})
	}
}

func definition(root map[string]any, ref string) map[string]any {
	name, _ := strings.CutPrefix(ref, "#/$defs/")
	found, _ := root["$defs"].(map[string]any)[name].(map[string]any)
	return found
}

// validateSchema is the part of JSON Schema that ours uses; it returns the first problem.
func validateSchema(root, schema map[string]any, value any) string {
	if ref, ok := schema["$ref"].(string); ok {
		if problem := validateSchema(root, definition(root, ref), value); problem != "" {
			return problem
		}
	}
	if want, ok := schema["type"]; ok && !hasType(want, value) {
		return fmt.Sprintf("%v is not %v", value, want)
	}
	if words, ok := schema["enum"].([]any); ok && !slices.ContainsFunc(words, func(w any) bool { return reflect.DeepEqual(w, value) }) {
		return fmt.Sprintf("%v is not in %v", value, words)
	}
	if minimum, ok := schema["minimum"].(float64); ok && value.(float64) < minimum {
		return fmt.Sprintf("%v is too small", value)
	}
	if pattern, ok := schema["pattern"].(string); ok && !regexp.MustCompile(pattern).MatchString(value.(string)) {
		return fmt.Sprintf("%v is not like %s", value, pattern)
	}
	for keyword, allowed := range map[string]func(n, of int) bool{"anyOf": func(n, _ int) bool { return n > 0 }, "oneOf": func(n, _ int) bool { return n == 1 }} {
		if list, ok := schema[keyword].([]any); ok {
			n := 0
			for _, inner := range list {
				if validateSchema(root, inner.(map[string]any), value) == "" {
					n++
				}
			}
			if !allowed(n, len(list)) {
				return fmt.Sprintf("%v fits %d of %s", value, n, keyword)
			}
		}
	}
	switch v := value.(type) {
	case []any:
		return validateList(root, schema, v)
	case map[string]any:
		return validateObject(root, schema, v)
	}
	return ""
}

func validateList(root, schema map[string]any, list []any) string {
	if least, ok := schema["minItems"].(float64); ok && len(list) < int(least) {
		return "too few items"
	}
	if items, ok := schema["items"].(map[string]any); ok {
		for _, item := range list {
			if problem := validateSchema(root, items, item); problem != "" {
				return problem
			}
		}
	}
	return ""
}

func validateObject(root, schema map[string]any, object map[string]any) string {
	if least, ok := schema["minProperties"].(float64); ok && len(object) < int(least) {
		return "too few properties"
	}
	if most, ok := schema["maxProperties"].(float64); ok && len(object) > int(most) {
		return "too many properties"
	}
	required, _ := schema["required"].([]any)
	for _, name := range required {
		if _, ok := object[name.(string)]; !ok {
			return name.(string) + " is missing"
		}
	}
	properties, _ := schema["properties"].(map[string]any)
	for name, value := range object {
		inner, ok := properties[name].(map[string]any)
		if !ok {
			if schema["additionalProperties"] == false {
				return name + " is unknown"
			}
			if inner, ok = schema["additionalProperties"].(map[string]any); !ok {
				continue
			}
		}
		if problem := validateSchema(root, inner, value); problem != "" {
			return name + ": " + problem
		}
	}
	return ""
}

func hasType(want, value any) bool {
	if list, ok := want.([]any); ok {
		return slices.ContainsFunc(list, func(w any) bool { return hasType(w, value) })
	}
	switch v := value.(type) {
	case string:
		return want == "string"
	case bool:
		return want == "boolean"
	case float64:
		return want == "number" || want == "integer" && v == float64(int64(v))
	case []any:
		return want == "array"
	case map[string]any:
		return want == "object"
	}
	return want == "null"
}
