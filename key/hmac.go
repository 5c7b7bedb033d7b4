package key

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"unicode/utf8"
)

// weakestHMAC is the floor that no option lowers: 128 bits.
const weakestHMAC = 16

// FromHMAC makes a Key of an HMAC secret as it is, without trimming or
// decoding. A secret below 32 bytes is a *Error with Culprit Strength;
// allowWeak lowers that to 16.
func FromHMAC(secret []byte, allowWeak bool) (*Key, error) {
	pr, notes, err := newHMAC(secret, allowWeak)
	if err != nil {
		return nil, err
	}
	return &Key{Format: "hmac", Notes: notes, private: pr}, nil
}

func newHMAC(secret []byte, allowWeak bool) (*private, []string, error) {
	floor := algorithmTable["HS256"].hash.Size()
	var notes []string
	switch {
	case len(secret) == 0:
		return nil, nil, fail(Format, "give the secret", "the HMAC secret is empty")
	case len(secret) < weakestHMAC:
		return nil, nil, fail(Strength, "use a longer secret", "the HMAC secret has %s, %d is the least that is ever allowed", count(len(secret), "byte"), weakestHMAC)
	case len(secret) < floor && !allowWeak:
		return nil, nil, fail(Strength, "use a longer secret, or set allow_weak_key if the provider gives no longer one",
			"the HMAC secret has %d bytes, HS256 needs %d (RFC 7518 3.2)", len(secret), floor)
	case len(secret) < floor:
		notes = append(notes, "the HMAC secret is shorter than RFC 7518 3.2 allows; taken because of allow_weak_key")
	}
	return &private{&material{secret: bytes.Clone(secret), weak: allowWeak}}, notes, nil
}

// secretFile reads an HMAC secret in the encoding that the options name.
func (p *opener) secretFile(data []byte) (*file, error) {
	var raw []byte
	var err error
	switch strings.ToLower(p.o.Encoding) {
	case "", "text":
		raw = p.textSecret(data)
	case "base64":
		raw, err = decodeBase64(squeeze(data))
	case "hex":
		raw, err = hex.DecodeString(squeeze(data))
	default:
		return nil, fail(Unsupported, "use text, base64 or hex", "the encoding %s is unknown", quote(p.o.Encoding))
	}
	if err != nil {
		// err is not wrapped: it would quote the secret's byte.
		return nil, fail(Format, "check the encoding of the secret", "the HMAC secret is not %s", strings.ToLower(p.o.Encoding))
	}
	pr, notes, err := newHMAC(raw, p.o.AllowWeakKey)
	if err != nil {
		return nil, err
	}
	p.note(notes...)
	return p.single("hmac", entry{kind: kindSecret, unlock: always(pr)}), nil
}

// textSecret leaves out the line break that editors and echo put at the end:
// it is hardly ever part of the secret that the provider showed.
func (p *opener) textSecret(data []byte) []byte {
	if !utf8.Valid(data) {
		return data
	}
	trimmed := bytes.TrimSuffix(bytes.TrimSuffix(data, []byte("\n")), []byte("\r"))
	if len(trimmed) < len(data) {
		p.note("the line break at the end of the file is not part of the secret")
	}
	if bytes.TrimSpace(trimmed) != nil && len(bytes.TrimSpace(trimmed)) < len(trimmed) {
		p.note("the secret begins or ends with white space, which is part of it")
	}
	return trimmed
}

// squeeze removes all white space.
func squeeze(data []byte) string { return strings.Join(strings.Fields(string(data)), "") }

// decodeBase64 takes the standard and the URL alphabet, with and without padding.
func decodeBase64(s string) ([]byte, error) {
	s = strings.TrimRight(s, "=")
	if strings.ContainsAny(s, "-_") {
		return base64.RawURLEncoding.DecodeString(s)
	}
	return base64.RawStdEncoding.DecodeString(s)
}
