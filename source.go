package jeton

import "github.com/jeton-oauth/jeton/secret"

// Secret is a value that prints as [redacted] everywhere; Reveal is the one way out.
type Secret = secret.Value

// Redacted is what a secret prints as.
const Redacted = secret.Redacted

// NewSecret wraps s.
func NewSecret(s string) Secret { return secret.New(s) }

// SecretSource is one <secret> of a document: the value itself, or the place
// to read it from (exactly one of them). [Connection.Resolve] reads the place
// and fills Value; an unresolved source cannot be used in an Exchange.
type SecretSource struct {
	// Value is the secret itself.
	Value Secret `json:"value"`
	// Env is the name of an environment variable.
	Env string `json:"env"`
	// File is a path; a relative one starts at the document's folder. One newline at the end is not part of the secret.
	File string `json:"file"`
	// Base64 is the secret in standard base64.
	Base64 Secret `json:"base64"`
	// Command is a program and its arguments (no shell); its output is the secret. Command line only.
	Command []string `json:"command"`
}

// SecretValue is a source that holds the value itself, for connections written in Go.
func SecretValue(s string) SecretSource { return SecretSource{Value: NewSecret(s)} }

// IsZero reports whether nothing was written.
func (s SecretSource) IsZero() bool {
	return s.Value.IsZero() && s.Env == "" && s.File == "" && s.Base64.IsZero() && len(s.Command) == 0
}

// SecretList is a list of secrets tried in order; one may be written without the list.
type SecretList []SecretSource

// KeySource is one <key> of a document: where a private key, a certificate or
// an HMAC secret comes from, and what is needed to read it. The format is
// recognised by content (package key).
type KeySource struct {
	SecretSource
	// Password of the file or key store.
	Password SecretSource `json:"password"`
	// KeyPassword of the entry in a key store, where it differs from the store's.
	KeyPassword SecretSource `json:"key_password"`
	// Alias of the entry in a key store, or the kid in a JWK Set.
	Alias string `json:"alias"`
	// Encoding of an HMAC secret: text (the default), base64 or hex.
	Encoding string `json:"encoding" enum:"text,base64,hex"`
	// AllowWeakKey: RSA from 1024 and HMAC from 128 bits are accepted, with a warning.
	AllowWeakKey bool `json:"allow_weak_key"`
}

// KeyValue is a key source that holds the key file itself (PEM, JWK, PKCS#12 bytes ...).
func KeyValue(data string) KeySource { return KeySource{SecretSource: SecretValue(data)} }

// KeyFile is a key source that reads a file; see [Connection.Resolve].
func KeyFile(path string) KeySource { return KeySource{SecretSource: SecretSource{File: path}} }

// KeyList is a list of keys, current first; one may be written without the list.
type KeyList []KeySource
