package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/jeton-oauth/jeton/internal/jsonbody"
	"github.com/jeton-oauth/jeton/internal/scrub"
)

// maxToken bounds a token to inspect.
const maxToken = 64 << 10

// The kinds of a token.
const (
	kindJWT       = "jwt"
	kindJWE       = "jwe"
	kindOpaque    = "opaque"
	kindMalformed = "malformed"
)

// decoded is a token taken apart, as -o json shows it.
type decoded struct {
	// Kind is jwt, jwe (an encrypted JWT), opaque or malformed.
	Kind string `json:"kind"`
	// Verified is true only if --jwks was given and a key of it made the signature.
	Verified bool `json:"verified"`
	// Verification says so in words.
	Verification string `json:"verification"`
	// KeyID of the key that verified it.
	KeyID  string          `json:"key_id,omitempty"`
	Header json.RawMessage `json:"header"`
	Claims json.RawMessage `json:"claims"`
	Times  []claimTime     `json:"times"`
	Notes  []string        `json:"notes"`
}

// claimTime is a NumericDate of a claim (RFC 7519 section 2).
type claimTime struct {
	Claim string `json:"claim"`
	Time  string `json:"time"`
	Words string `json:"words"`
}

// decode takes a token apart. It verifies nothing.
func decode(token string, now time.Time) *decoded {
	d := &decoded{Kind: kindOpaque, Verification: "only the server that issued it can say what it means; there is no signature to verify", Times: []claimTime{}, Notes: []string{}}
	if len(token) > maxToken {
		return d.malformed(fmt.Sprintf("it is longer than %d KiB", maxToken>>10))
	}
	// Counted before anything is split: a token may be nothing but dots.
	dots := strings.Count(token, ".")
	head, _, _ := strings.Cut(token, ".")
	header, isHeader, ambiguous := decodeHeader(head)
	switch {
	case token == "":
		return d.malformed("it is empty")
	case ambiguous != "":
		return d.malformed("its header is ambiguous: " + ambiguous)
	case !isHeader || dots == 0:
		return d
	case dots == 4:
		return d.encrypted(header)
	case dots != 2:
		d.Header = header
		return d.malformed(fmt.Sprintf("it begins with a JOSE header but has %s; a signed JWT has 2, an encrypted one 4", count(dots, "dot")))
	}
	return d.signed(header, token, now)
}

func (d *decoded) malformed(why string) *decoded {
	d.Kind, d.Verification = kindMalformed, "malformed: "+why
	return d
}

func (d *decoded) encrypted(header json.RawMessage) *decoded {
	d.Kind, d.Header = kindJWE, header
	d.Verification = "not decrypted"
	d.Notes = append(d.Notes, "this is an encrypted JWT (JWE): its claims can be read with the recipient's key only")
	return d
}

func (d *decoded) signed(header json.RawMessage, token string, now time.Time) *decoded {
	d.Kind, d.Header, d.Verification = kindJWT, header, "decoded, not verified"
	if strings.EqualFold(stringMember(header, "alg"), "none") {
		d.Verification = "decoded, not verified: alg is none"
		d.Notes = append(d.Notes, "alg is none: the token is not signed, anybody could have written it")
	}
	parts := strings.Split(token, ".")
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return d.malformed("its second part is not base64url without padding")
	}
	if _, err := base64.RawURLEncoding.DecodeString(parts[2]); err != nil {
		return d.malformed("its signature is not base64url without padding")
	}
	claims, ok, ambiguous := object(payload)
	if !ok {
		return d.malformed(fmt.Sprintf("its payload of %s is not a JSON object", count(len(payload), "octet")))
	}
	if ambiguous != "" {
		return d.malformed("its payload is ambiguous: " + ambiguous)
	}
	d.Claims = claims
	d.readTimes(now)
	return d
}

// decodeHeader returns the JOSE header, if that is what the part holds: a JSON
// object with alg (RFC 7515 section 4.1.1).
func decodeHeader(part string) (header json.RawMessage, ok bool, ambiguous string) {
	data, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		return nil, false, ""
	}
	header, ok, ambiguous = object(data)
	return header, ok && stringMember(header, "alg") != "", ambiguous
}

// object returns a JSON object; ambiguous says why two readers may read two
// different ones, such as a member that stands twice (RFC 7515 section 4).
func object(data []byte) (object json.RawMessage, ok bool, ambiguous string) {
	data = bytes.TrimSpace(data)
	if len(data) == 0 || data[0] != '{' || !json.Valid(data) {
		return nil, false, ""
	}
	if _, err := jsonbody.Decode(data); err != nil {
		return data, true, scrub.Cut(err.Error(), 200)
	}
	return data, true, ""
}

func stringMember(object json.RawMessage, name string) string {
	var members map[string]json.RawMessage
	var s string
	if json.Unmarshal(object, &members) != nil || json.Unmarshal(members[name], &s) != nil {
		return ""
	}
	return s
}

// readTimes puts exp, iat, nbf and auth_time in words.
func (d *decoded) readTimes(now time.Time) {
	var claims map[string]json.RawMessage
	if json.Unmarshal(d.Claims, &claims) != nil {
		return
	}
	for _, name := range []string{"iat", "nbf", "exp", "auth_time"} {
		raw, ok := claims[name]
		if !ok {
			continue
		}
		at, ok := numericDate(raw)
		if !ok {
			d.Notes = append(d.Notes, name+" is not a number of seconds")
			continue
		}
		d.Times = append(d.Times, claimTime{name, at.UTC().Format(time.RFC3339), inWords(name, at, now)})
	}
	if _, ok := claims["exp"]; !ok {
		d.Notes = append(d.Notes, "there is no exp: the token says nothing about its end")
	}
}

// numericDate reads seconds since 1970, within the years that a date can show.
func numericDate(raw json.RawMessage) (time.Time, bool) {
	var seconds float64
	if json.Unmarshal(raw, &seconds) != nil || math.Abs(seconds) > 253402300799 {
		return time.Time{}, false
	}
	return time.Unix(int64(math.Floor(seconds)), 0), true
}

func inWords(claim string, at, now time.Time) string {
	left := at.Sub(now).Round(time.Second)
	past := left <= 0
	span := words(left.Abs())
	switch {
	case claim == "exp" && past:
		return "expired " + span + " ago"
	case claim == "exp":
		return "expires in " + span
	case claim == "nbf" && !past:
		return "not valid yet, for another " + span
	case past:
		return span + " ago"
	}
	return "in " + span + ", which is in the future"
}

// words rounds a span to two units: 3 days 4 h, 59 min 59 s.
func words(d time.Duration) string {
	day := 24 * time.Hour
	switch {
	case d >= 2*day:
		return fmt.Sprintf("%d days %d h", d/day, d%day/time.Hour)
	case d >= time.Hour:
		return fmt.Sprintf("%d h %d min", d/time.Hour, d%time.Hour/time.Minute)
	case d >= time.Minute:
		return fmt.Sprintf("%d min %d s", d/time.Minute, d%time.Minute/time.Second)
	}
	return fmt.Sprintf("%d s", d/time.Second)
}

// print shows the token to a person.
func (d *decoded) print(w io.Writer) {
	fmt.Fprintf(w, "%s: %s\n", map[string]string{
		kindJWT: "JWT", kindJWE: "encrypted JWT", kindOpaque: "opaque token", kindMalformed: "malformed token",
	}[d.Kind], safe(strings.TrimPrefix(d.Verification, "malformed: ")))
	if d.Header != nil {
		fmt.Fprintf(w, "\nheader %s\n", prettyJSON(d.Header, ""))
	}
	if d.Claims != nil {
		fmt.Fprintf(w, "\nclaims %s\n", prettyJSON(d.Claims, ""))
	}
	if len(d.Times) > 0 {
		var rows [][]string
		for _, t := range d.Times {
			rows = append(rows, []string{t.Claim, t.Time, t.Words})
		}
		fmt.Fprintln(w)
		table(w, "", rows)
	}
	for i, note := range d.Notes {
		if i == 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "note: %s\n", safe(note))
	}
}
