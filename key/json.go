package key

import (
	"bytes"
	"encoding/json"
	"io"
)

// members reads one JSON object. encoding/json would fold the case of names
// and keep the last of two: in a key either means that two readers see two
// different keys.
func members(data []byte) (map[string]json.RawMessage, error) {
	bad := damaged("the file looks like JSON and is not valid JSON")
	dec := json.NewDecoder(bytes.NewReader(data))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, bad
	}
	m := map[string]json.RawMessage{}
	for dec.More() {
		t, err := dec.Token()
		name, ok := t.(string)
		if err != nil || !ok {
			return nil, bad
		}
		if _, twice := m[name]; twice {
			return nil, fail(Damaged, "keep one of them", "the JSON member %s stands there twice", quote(name))
		}
		var v json.RawMessage
		if err := dec.Decode(&v); err != nil {
			return nil, bad
		}
		m[name] = v
	}
	if _, err := dec.Token(); err != nil {
		return nil, bad
	}
	if _, err := dec.Token(); err != io.EOF { // More would let a bracket pass
		return nil, bad
	}
	return m, nil
}

// text is the string member name, "" if there is none.
func text(m map[string]json.RawMessage, name string) string {
	var s string
	if json.Unmarshal(m[name], &s) != nil {
		return ""
	}
	return s
}

// json recognises JWK, JWK Set and vendors' files; nil, nil leaves a text that
// only begins like JSON to who reads secrets.
func (p *opener) json(data []byte) (*file, error) {
	if data[0] == '[' {
		return p.jwkArray(data)
	}
	m, err := members(data)
	if err != nil && !json.Valid(data) {
		fixed := []byte(p.repair(string(data)))
		if json.Valid(fixed) {
			m, err = members(fixed)
		}
	}
	if err != nil {
		if p.o.HMAC && !json.Valid(data) {
			return nil, nil
		}
		return nil, err
	}
	switch {
	case m["kty"] != nil:
		return p.jwkFile([]json.RawMessage{data}, m)
	case m["keys"] != nil:
		return p.jwkArray(m["keys"])
	case m["ciphertext"] != nil:
		return nil, isNot("an encrypted JWT or JWK (JWE)", "give the key itself")
	case m["signatures"] != nil || m["payload"] != nil && m["signature"] != nil:
		return nil, isNot("a signed JSON object (JWS)", "give the key, not a signature")
	}
	if f, err := p.vendor(m); f != nil || err != nil {
		return f, err
	}
	return nil, isNot("an unknown JSON file (neither a JWK nor a service account file)", "give the private key")
}
