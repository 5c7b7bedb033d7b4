package jeton

import (
	"bytes"
	"encoding/json"
	"math/big"
	"strconv"
	"strings"
)

// plainKind is what a scalar without quotes means under the YAML 1.2 core
// schema (section 10.3.2). JSON's literals are a part of it.
type plainKind uint8

const (
	plainText plainKind = iota
	plainNull
	plainBool
	plainInt
	plainFloat
	plainNonFinite
)

func resolvePlain(text string) plainKind {
	switch text {
	case "", "~", "null", "Null", "NULL":
		return plainNull
	case "true", "True", "TRUE", "false", "False", "FALSE":
		return plainBool
	case ".nan", ".NaN", ".NAN":
		return plainNonFinite
	}
	if hex, ok := strings.CutPrefix(text, "0x"); ok && only(hex, "0123456789abcdefABCDEF") {
		return plainInt
	}
	if octal, ok := strings.CutPrefix(text, "0o"); ok && only(octal, "01234567") {
		return plainInt
	}
	number := strings.TrimPrefix(strings.TrimPrefix(text, "-"), "+")
	if len(text)-len(number) > 1 {
		return plainText
	}
	switch number {
	case ".inf", ".Inf", ".INF":
		return plainNonFinite
	}
	if only(number, digits) {
		return plainInt
	}
	if isFloat(number) {
		return plainFloat
	}
	return plainText
}

const digits = "0123456789"

// only reports whether text is made of these characters, at least one.
func only(text, set string) bool { return text != "" && strings.Trim(text, set) == "" }

// isFloat reports a number with a point or an exponent; the sign is cut off already.
func isFloat(number string) bool {
	mantissa := number
	if i := strings.IndexAny(number, "eE"); i >= 0 {
		exponent := number[i+1:]
		if exponent != "" && (exponent[0] == '+' || exponent[0] == '-') {
			exponent = exponent[1:]
		}
		if !only(exponent, digits) {
			return false
		}
		mantissa = number[:i]
	}
	whole, fraction, point := strings.Cut(mantissa, ".")
	return (point || mantissa != number) && only(whole+fraction, digits)
}

// maxBasedNumber is the length of the longest 0x and 0o number that is converted.
const maxBasedNumber = 4096

// jsonNumber writes an int or a float of the core schema as JSON, exactly.
func jsonNumber(text string) (string, bool) {
	if strings.HasPrefix(text, "0x") || strings.HasPrefix(text, "0o") {
		if len(text) > maxBasedNumber {
			return "", false
		}
		i, ok := new(big.Int).SetString(text, 0)
		return i.String(), ok
	}
	sign := ""
	switch text[0] {
	case '-':
		sign, text = "-", text[1:]
	case '+':
		text = text[1:]
	}
	mantissa, exponent := text, ""
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		mantissa, exponent = text[:i], text[i:]
	}
	whole, fraction, point := strings.Cut(mantissa, ".")
	if whole = strings.TrimLeft(whole, "0"); whole == "" {
		whole = "0"
	}
	if point && fraction == "" {
		fraction = "0"
	}
	if point {
		whole += "." + fraction
	}
	return sign + whole + exponent, true
}

// claims keeps a mapping as ordered JSON.
func (d *documentDecoder) claims(p *Members, n *node, path string) {
	if n.kind != mappingNode {
		d.wants(n, path, "a mapping")
		return
	}
	*p = make(Members, 0, len(n.members))
	for _, m := range n.members {
		*p = append(*p, Member{m.name, json.RawMessage(d.appendJSON(nil, m.value, fieldPath(path, m.name)))})
	}
}

// appendJSON writes a node as compact JSON, names in the order of the document.
func (d *documentDecoder) appendJSON(b []byte, n *node, path string) []byte {
	switch n.kind {
	case listNode:
		b = append(b, '[')
		for i, item := range n.items {
			if i > 0 {
				b = append(b, ',')
			}
			b = d.appendJSON(b, item, elementPath(path, i))
		}
		return append(b, ']')
	case mappingNode:
		b = append(b, '{')
		for i, m := range n.members {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(appendText(b, m.name), ':')
			b = d.appendJSON(b, m.value, fieldPath(path, m.name))
		}
		return append(b, '}')
	}
	return d.appendScalar(b, n, path)
}

func (d *documentDecoder) appendScalar(b []byte, n *node, path string) []byte {
	if !n.plain {
		return appendText(b, n.text)
	}
	switch resolvePlain(n.text) {
	case plainNull:
		return append(b, "null"...)
	case plainBool:
		return append(b, strings.ToLower(n.text)...)
	case plainInt, plainFloat:
		number, ok := jsonNumber(n.text)
		if !ok {
			d.problems.add(path, n.line, "the number is too long", "write it as text, in quotes", "")
			number = "0"
		}
		return append(b, number...)
	case plainNonFinite:
		d.problems.add(path, n.line, "JSON has no infinity and no NaN", "write a number, or text in quotes", "")
		return append(b, "null"...)
	}
	return appendText(b, n.text)
}

// appendText writes a JSON string; < > & stay as they are, as in a signed claim.
func appendText(b []byte, text string) []byte {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text) // a string and a buffer do not fail
	return append(b, bytes.TrimSuffix(buffer.Bytes(), []byte("\n"))...)
}

// goValue is a node as a Go value: string, bool, int64, json.Number (where an
// int64 does not do), []any, map[string]any or nil.
func (d *documentDecoder) goValue(n *node, path string) any {
	switch n.kind {
	case listNode:
		list := make([]any, 0, len(n.items))
		for i, item := range n.items {
			list = append(list, d.goValue(item, elementPath(path, i)))
		}
		return list
	case mappingNode:
		values := make(map[string]any, len(n.members))
		for _, m := range n.members {
			values[m.name] = d.goValue(m.value, fieldPath(path, m.name))
		}
		return values
	}
	if !n.plain {
		return n.text
	}
	switch resolvePlain(n.text) {
	case plainText:
		return n.text
	case plainNull:
		return nil
	case plainBool:
		return strings.ToLower(n.text) == "true"
	}
	number := string(d.appendScalar(nil, n, path))
	if i, err := strconv.ParseInt(number, 10, 64); err == nil {
		return i
	}
	return json.Number(number)
}
