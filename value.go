package jeton

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"
)

// Scopes is a list of scopes. In a document a list is taken as written and a
// string is split at spaces and commas; URL-shaped scopes stay whole.
type Scopes []string

// StringList is a list that may be written as one string.
type StringList []string

// Duration is a time span: a Go duration ("5m") or a whole number of seconds
// in a document. Zero means not written.
type Duration time.Duration

// Member is one member of a JSON object. Value is anything encoding/json
// takes; from a document it is a json.RawMessage.
type Member struct {
	Name  string
	Value any
}

// Members is a JSON object whose order is kept, as the order of claims is.
type Members []Member

// Conditions all hold. In a document one may be written without the list.
type Conditions []Condition

// ParamValue is one value of a request parameter: plain text, or a secret.
type ParamValue struct {
	// Text is a value written plainly in the document. It is shown, unless the
	// parameter's name says that it is a secret.
	Text string
	// Secret is a value from env, file, base64 or command; it is never shown.
	Secret SecretSource
}

// ParamValues is the value of a request parameter; several are sent as a repeated parameter.
type ParamValues []ParamValue

// Param is a plain parameter value for connections written in Go.
func Param(values ...string) ParamValues {
	list := make(ParamValues, 0, len(values))
	for _, v := range values {
		list = append(list, ParamValue{Text: v})
	}
	return list
}

// Reveal returns the value that goes on the wire.
func (v ParamValue) Reveal() string {
	if !v.Secret.IsZero() {
		return v.Secret.Value.Reveal()
	}
	return v.Text
}

// MarshalJSON writes the members in their order.
func (m Members) MarshalJSON() ([]byte, error) { return m.appendJSON(nil) }

func (m Members) appendJSON(b []byte) ([]byte, error) {
	b = append(b, '{')
	for i, member := range m {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = appendPlain(b, member.Name); err != nil {
			return nil, err
		}
		if b, err = appendPlain(append(b, ':'), member.Value); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

// appendPlain is marshalPlain without its detour for what most claims are:
// numbers, and strings of ASCII without a quote.
func appendPlain(b []byte, value any) ([]byte, error) {
	switch v := value.(type) {
	case json.RawMessage:
		return append(b, v...), nil
	case int64:
		return strconv.AppendInt(b, v, 10), nil
	case string:
		if isPlain(v) {
			return append(append(append(b, '"'), v...), '"'), nil
		}
	}
	text, err := marshalPlain(value)
	return append(b, text...), err
}

// isPlain reports whether a string stands in JSON as it is.
func isPlain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// set replaces the member of this name where it stands, or appends it, and
// reports whether it replaced one.
func (m *Members) set(name string, value any) (replaced bool) {
	for i := range *m {
		if (*m)[i].Name == name {
			(*m)[i].Value = value
			return true
		}
	}
	*m = append(*m, Member{name, value})
	return false
}

func (m Members) get(name string) (any, bool) {
	for _, member := range m {
		if member.Name == name {
			return member.Value, true
		}
	}
	return nil, false
}

// marshalPlain is json.Marshal without the escapes for HTML, where none of our
// JSON stands: & and < reach the wire as they were written.
func marshalPlain(value any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
