// Package secret holds the one type for values that must not be shown.
//
//	s := secret.New(os.Getenv("CLIENT_SECRET"))
//	fmt.Println(s)          // [redacted]
//	form.Set("client_secret", s.Reveal())
//
// It stands below every other package, so that keys, documents, tokens and
// stores share it. The library's users know it as jeton.Secret.
package secret

import (
	"crypto/subtle"
	"fmt"
	"log/slog"
)

// Redacted is what a secret prints as, everywhere.
const Redacted = "[redacted]"

// Value is a secret: a password, a key file, a token. It prints as [redacted]
// under every fmt verb, in slog, and in the JSON, YAML and text encoders; also as an
// unexported field of a struct that is printed with %+v, which is why it holds
// a pointer and not a string. Reveal is the only way out. The zero Value is
// "no secret"; it prints as the empty string where the encoder allows it.
type Value struct{ p *string }

// New wraps s. An empty s gives the zero Value.
func New(s string) Value {
	if s == "" {
		return Value{}
	}
	return Value{p: &s}
}

// Reveal returns the secret itself. Every call is a place that a reviewer looks
// at: the value goes to the wire, to a key parser or to a sealed store, and
// never into a message.
func (v Value) Reveal() string {
	if v.p == nil {
		return ""
	}
	return *v.p
}

// IsZero reports whether there is no secret. Encoders use it for omitzero.
func (v Value) IsZero() bool { return v.p == nil }

// Equal compares in constant time (apart from the length).
func (v Value) Equal(o Value) bool {
	return subtle.ConstantTimeCompare([]byte(v.Reveal()), []byte(o.Reveal())) == 1
}

// String returns [redacted], or "" for the zero Value.
func (v Value) String() string {
	if v.p == nil {
		return ""
	}
	return Redacted
}

// GoString is String, for %#v.
func (v Value) GoString() string { return v.String() }

// Format prints String under every verb: %x and %q would otherwise reach the pointer.
func (v Value) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(v.String())) }

// MarshalText makes every text based encoder (JSON, YAML, flags) print String.
func (v Value) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// LogValue is what slog prints.
func (v Value) LogValue() slog.Value { return slog.StringValue(v.String()) }
