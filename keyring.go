package jeton

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"sync"

	"github.com/jeton-oauth/jeton/key"
)

// keyringSize bounds the parsed keys that are kept.
const keyringSize = 512

// keyring keeps parsed keys: reading an encrypted key file costs more than all
// the rest of a token request. A key is found again by a hash of everything
// that it was read from.
type keyring struct {
	mu   sync.Mutex
	keys map[[sha256.Size]byte]*key.Key
}

// exchangeKeys is the ring during one exchange, which asks for each key several
// times: a hash of the whole file each time would cost more than a claim set.
type exchangeKeys struct {
	*keyring
	found []foundKey
}

// foundKey is a key by everything that it was read from. Secrets are compared
// by where they are: what a Secret points to never changes.
type foundKey struct {
	value, password, keyPassword Secret
	alias, encoding              string
	hmac, allowWeak              bool
	key                          *key.Key
}

// private is that of the ring.
func (k *exchangeKeys) private(p Parameter, s *KeySource, hmac bool) (*key.Key, *Error) {
	wanted := foundKey{s.Value, s.Password.Value, s.KeyPassword.Value, s.Alias, s.Encoding, hmac, s.AllowWeakKey, nil}
	for _, known := range k.found {
		if wanted.key = known.key; wanted == known {
			return known.key, nil
		}
	}
	private, failed := k.keyring.private(p, s, hmac)
	if wanted.key = private; failed == nil {
		k.found = append(k.found, wanted)
	}
	return private, failed
}

// private reads the private key or HMAC secret of a source.
func (k *keyring) private(p Parameter, s *KeySource, hmac bool) (*key.Key, *Error) {
	if err := unread(p, s.SecretSource); err != nil {
		return nil, err
	}
	id := keyID(s, hmac)
	k.mu.Lock()
	found := k.keys[id]
	k.mu.Unlock()
	if found != nil {
		return found, nil
	}
	parsed, err := key.Parse([]byte(keyText(s, hmac)), keyOptions(s, hmac))
	if err != nil {
		return nil, keySourceError(p, s, err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.keys == nil {
		k.keys = make(map[[sha256.Size]byte]*key.Key)
	}
	if len(k.keys) >= keyringSize {
		for old := range k.keys { // any one: a full ring is rare
			delete(k.keys, old)
			break
		}
	}
	k.keys[id] = parsed
	return parsed, nil
}

// keyText is the content of a source. The newline with which editors end a
// file is not part of an HMAC secret.
func keyText(s *KeySource, hmac bool) string {
	text := s.Value.Reveal()
	if hmac && (s.File != "" || len(s.Command) > 0) && (s.Encoding == "" || s.Encoding == "text") {
		return trimNewline(text)
	}
	return text
}

func trimNewline(s string) string {
	if n := len(s); n > 0 && s[n-1] == '\n' {
		s = s[:n-1]
		if n > 1 && s[n-2] == '\r' {
			s = s[:n-2]
		}
	}
	return s
}

func keyOptions(s *KeySource, hmac bool) key.Options {
	return key.Options{Password: s.Password.Value, KeyPassword: s.KeyPassword.Value, Alias: s.Alias,
		Encoding: s.Encoding, HMAC: hmac, AllowWeakKey: s.AllowWeakKey}
}

// keyID hashes what a key is read from, each part with its length before it.
func keyID(s *KeySource, hmac bool) [sha256.Size]byte {
	flags := byte(0)
	if hmac {
		flags |= 1
	}
	if s.AllowWeakKey {
		flags |= 2
	}
	parts := []string{s.Value.Reveal(), s.Password.Value.Reveal(), s.KeyPassword.Value.Reveal(), s.Alias, s.Encoding, string(rune(flags))}
	return hashParts(parts...)
}

// hashParts is the SHA-256 of parts, each with its length before it, so that
// no two different lists hash alike.
func hashParts(parts ...string) [sha256.Size]byte {
	all := make([]byte, 0, 4096) // on the stack for most keys
	for _, part := range parts {
		all = binary.BigEndian.AppendUint64(all, uint64(len(part)))
		all = append(all, part...)
	}
	return sha256.Sum256(all)
}

// certificates reads certificates, leaf first.
func (k *keyring) certificates(p Parameter, s *KeySource) ([]*x509.Certificate, *Error) {
	if err := unread(p, s.SecretSource); err != nil {
		return nil, err
	}
	chain, err := key.ParseCertificates([]byte(s.Value.Reveal()), keyOptions(s, false))
	if err != nil {
		return nil, keyError(p, err)
	}
	return chain, nil
}

// clientCertificate pairs certificate and key of mutual TLS. Either source may
// be the one file that holds both.
func (k *keyring) clientCertificate(p Parameter, c *TLSClient) (*tls.Certificate, *Error) {
	keySource, keyParameter := &c.Key, p+".key"
	if c.Key.IsZero() {
		keySource, keyParameter = &c.Certificate, p+".certificate"
	}
	private, failed := k.private(keyParameter, keySource, false)
	if failed != nil {
		return nil, failed
	}
	var chain []*x509.Certificate
	if !c.Certificate.IsZero() {
		if chain, failed = k.certificates(p+".certificate", &c.Certificate); failed != nil {
			return nil, failed
		}
	}
	pair, err := private.TLSCertificate(chain)
	if err != nil {
		return nil, keyError(p+".certificate", err)
	}
	return pair, nil
}

func (c TLSClient) isZero() bool { return c.Certificate.IsZero() && c.Key.IsZero() }

// unread is the error for a source that nobody has resolved.
func unread(p Parameter, s SecretSource) *Error {
	if !s.Value.IsZero() {
		return nil
	}
	problem, fix := "there is no key", "write "+string(p)
	if !s.IsZero() {
		problem, fix = "the source has not been read", "call Connection.Resolve before the exchange"
	}
	return NewError(KeyUnusable, StageKey, "a key or secret cannot be used", Finding{Parameter: p, Problem: problem, Fix: fix, Certain: true})
}

// culpritSuffix says which parameter below the key a culprit means.
var culpritSuffix = map[key.Culprit]Parameter{
	key.Password: ".password", key.KeyPassword: ".key_password", key.Alias: ".alias",
}

// keyError turns an error of package key into one that names the parameter.
func keyError(p Parameter, err error) *Error {
	finding := Finding{Parameter: p, Problem: err.Error(), Certain: true, Fix: "check the key"}
	var e *key.Error
	if errors.As(err, &e) {
		finding.Parameter = p + culpritSuffix[e.Culprit]
		finding.Problem, finding.Fix = e.Problem, e.Fix
		if len(e.Aliases) > 0 {
			finding.Evidence = "aliases: " + joinLimited(e.Aliases)
		}
		if len(e.Aliases) == 1 {
			finding.Proposed = e.Aliases[0]
		}
	}
	return NewError(KeyUnusable, StageKey, "a key or secret cannot be used", finding)
}

// keySourceError is keyError for a source whose alias may be misspelt.
func keySourceError(p Parameter, source *KeySource, err error) *Error {
	failed := keyError(p, err)
	var e *key.Error
	if f := &failed.Findings[0]; errors.As(err, &e) && e.Culprit == key.Alias && f.Proposed == "" && source.Alias != "" {
		f.Proposed = nearestWord(source.Alias, e.Aliases)
	}
	return failed
}
