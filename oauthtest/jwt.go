package oauthtest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"

	josejson "github.com/go-jose/go-jose/v4/json"
)

// JWT is an assertion as it arrived: decoded, not verified.
type JWT struct {
	Raw    string
	Header map[string]any // numbers are json.Number
	Claims map[string]any

	malformed string // what is wrong with its form; empty if nothing is
}

// Algorithm returns the alg header, or "".
func (j *JWT) Algorithm() string { return stringOf(j.Header["alg"]) }

// KeyID returns the kid header, or "".
func (j *JWT) KeyID() string { return stringOf(j.Header["kid"]) }

// Issuer returns the iss claim, or "".
func (j *JWT) Issuer() string { return stringOf(j.Claims["iss"]) }

// Subject returns the sub claim, or "".
func (j *JWT) Subject() string { return stringOf(j.Claims["sub"]) }

// Audience returns the aud claim, a string or an array of them, or nil.
func (j *JWT) Audience() []string {
	switch aud := j.Claims["aud"].(type) {
	case string:
		return []string{aud}
	case []any:
		var list []string
		for _, a := range aud {
			s, ok := a.(string)
			if !ok {
				return nil
			}
			list = append(list, s)
		}
		return list
	}
	return nil
}

// decodeJWT takes raw apart as far as it goes. It is nil for an empty string.
func decodeJWT(raw string) *JWT {
	if raw == "" {
		return nil
	}
	j := &JWT{Raw: raw}
	if strings.Count(raw, ".") != 2 {
		j.malformed = "it does not have three parts"
		return j
	}
	parts := strings.Split(raw, ".")
	j.Header = decodePart(j, "header", parts[0])
	j.Claims = decodePart(j, "claims", parts[1])
	if _, err := base64.RawURLEncoding.Strict().DecodeString(parts[2]); err != nil {
		j.malformed = "the signature is not base64url without padding"
	}
	return j
}

func decodePart(j *JWT, name, part string) map[string]any {
	data, err := base64.RawURLEncoding.Strict().DecodeString(part)
	if err != nil {
		j.malformed = "the " + name + " part is not base64url without padding"
		return nil
	}
	m, err := decodeObject(data)
	if err != nil {
		j.malformed = "the " + name + " part is not a JSON object with distinct names"
	}
	return m
}

// decodeObject reads one JSON object and refuses duplicate names (RFC 7519 section 4).
func decodeObject(data []byte) (map[string]any, error) {
	var strict map[string]any
	if err := unmarshalStrict(data, &strict); err != nil {
		return nil, err
	}
	var m map[string]any
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(&m); err != nil {
		return nil, err
	}
	if m == nil { // the JSON was null
		m = map[string]any{}
	}
	return m, nil
}

// unmarshalStrict is json.Unmarshal that refuses duplicate names and compares
// them with regard to case, which the standard library does not.
func unmarshalStrict(data []byte, v any) error { return josejson.Unmarshal(data, v) }

func stringOf(v any) string {
	s, _ := v.(string)
	return s
}
