package jsonbody

import (
	"bytes"
	"encoding/json"
)

// quick reads JSON in a fraction of the time that encoding/json takes, which
// looks twice at each octet of a token through a function of its own. It never
// says what is wrong: it gives up, and decodeStepwise decides and finds the
// words. FuzzQuick holds it to accept nothing else, and to read nothing
// differently; numbers and unusual strings it leaves to encoding/json.
type quick struct {
	data []byte
	at   int
}

// decodeQuickly returns what decodeStepwise would, or gives up.
func decodeQuickly(data []byte) (any, bool) {
	q := quick{data: data}
	value, ok := q.value(0)
	return value, ok && q.next() == 0 && q.at == len(q.data)
}

// next skips white space and returns the octet that follows; 0 at the end.
func (q *quick) next() byte {
	for ; q.at < len(q.data); q.at++ {
		switch c := q.data[q.at]; c {
		case ' ', '\t', '\r', '\n':
		default:
			return c
		}
	}
	return 0
}

func (q *quick) value(depth int) (any, bool) {
	switch q.next() {
	case '{':
		return q.object(depth)
	case '[':
		return q.array(depth)
	case '"':
		return q.text()
	case 't':
		return true, q.word("true")
	case 'f':
		return false, q.word("false")
	case 'n':
		return nil, q.word("null")
	}
	return q.number()
}

func (q *quick) object(depth int) (any, bool) {
	object := map[string]any{}
	if q.at++; depth >= maxDepth {
		return nil, false
	}
	if q.next() == '}' {
		q.at++
		return object, true
	}
	for {
		if q.next() != '"' {
			return nil, false
		}
		name, ok := q.text()
		if _, twice := object[name]; !ok || twice || q.next() != ':' {
			return nil, false
		}
		q.at++
		if object[name], ok = q.value(depth + 1); !ok {
			return nil, false
		}
		if end := q.next(); end != ',' {
			q.at++
			return object, end == '}'
		}
		q.at++
	}
}

func (q *quick) array(depth int) (any, bool) {
	list := []any{}
	if q.at++; depth >= maxDepth {
		return nil, false
	}
	if q.next() == ']' {
		q.at++
		return list, true
	}
	for {
		value, ok := q.value(depth + 1)
		if !ok {
			return nil, false
		}
		list = append(list, value)
		if end := q.next(); end != ',' {
			q.at++
			return list, end == ']'
		}
		q.at++
	}
}

// text reads a string: one of printable ASCII as it stands; where there is more
// in it, encoding/json knows what it means.
func (q *quick) text() (text string, ok bool) {
	start, plain := q.at, true
	for q.at++; q.at < len(q.data); q.at++ {
		switch c := q.data[q.at]; {
		case c == '"':
			q.at++
			if plain {
				return string(q.data[start+1 : q.at-1]), true
			}
			return text, json.Unmarshal(q.data[start:q.at], &text) == nil
		case c == '\\':
			plain = false
			q.at++
		case c < ' ' || c > '~':
			plain = false
		}
	}
	return "", false
}

func (q *quick) word(word string) bool {
	found := bytes.HasPrefix(q.data[q.at:], []byte(word))
	q.at += len(word)
	return found
}

func (q *quick) number() (any, bool) {
	start := q.at
	digits := true
	for ; q.at < len(q.data); q.at++ {
		if c := q.data[q.at]; c < '0' || c > '9' {
			if bytes.IndexByte([]byte("+-.Ee"), c) < 0 {
				break
			}
			digits = false
		}
	}
	number := q.data[start:q.at]
	plain := digits && len(number) > 0 && number[0] != '0'
	return json.Number(number), plain || json.Valid(number)
}
