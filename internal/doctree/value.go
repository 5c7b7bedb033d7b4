package doctree

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// AppendJSON writes a node as compact JSON, names in the order of the document.
func (n *Node) AppendJSON(b []byte, path string, problems *Problems) []byte {
	switch n.Kind {
	case List:
		b = append(b, '[')
		for i, item := range n.Items {
			if i > 0 {
				b = append(b, ',')
			}
			b = item.AppendJSON(b, ElementPath(path, i), problems)
		}
		return append(b, ']')
	case Mapping:
		b = append(b, '{')
		for i, m := range n.Members {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(appendText(b, m.Name), ':')
			b = m.Value.AppendJSON(b, FieldPath(path, m.Name), problems)
		}
		return append(b, '}')
	}
	return n.appendScalar(b, path, problems)
}

func (n *Node) appendScalar(b []byte, path string, problems *Problems) []byte {
	if !n.Plain {
		return appendText(b, n.Text)
	}
	switch resolvePlain(n.Text) {
	case plainNull:
		return append(b, "null"...)
	case plainBool:
		return append(b, strings.ToLower(n.Text)...)
	case plainInt, plainFloat:
		number, ok := jsonNumber(n.Text)
		if !ok {
			problems.Add(path, n.Line, "the number is too long", "write it as text, in quotes", "")
			number = "0"
		}
		return append(b, number...)
	case plainNonFinite:
		problems.Add(path, n.Line, "JSON has no infinity and no NaN", "write a number, or text in quotes", "")
		return append(b, "null"...)
	}
	return appendText(b, n.Text)
}

// appendText writes a JSON string; < > & stay as they are, as in a signed claim.
func appendText(b []byte, text string) []byte {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text) // a string and a buffer do not fail
	return append(b, bytes.TrimSuffix(buffer.Bytes(), []byte("\n"))...)
}

// Value is a node as a Go value: string, bool, int64, json.Number (where an
// int64 does not do), []any, map[string]any or nil.
func (n *Node) Value(path string, problems *Problems) any {
	switch n.Kind {
	case List:
		list := make([]any, 0, len(n.Items))
		for i, item := range n.Items {
			list = append(list, item.Value(ElementPath(path, i), problems))
		}
		return list
	case Mapping:
		values := make(map[string]any, len(n.Members))
		for _, m := range n.Members {
			values[m.Name] = m.Value.Value(FieldPath(path, m.Name), problems)
		}
		return values
	}
	if !n.Plain {
		return n.Text
	}
	switch resolvePlain(n.Text) {
	case plainText:
		return n.Text
	case plainNull:
		return nil
	case plainBool:
		return strings.ToLower(n.Text) == "true"
	}
	number := string(n.appendScalar(nil, path, problems))
	if i, err := strconv.ParseInt(number, 10, 64); err == nil {
		return i
	}
	return json.Number(number)
}
