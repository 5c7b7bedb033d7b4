package key

import (
	"bytes"
	"encoding/binary"
	"regexp"
	"strings"
	"sync"
	"unicode/utf16"
	"unicode/utf8"
)

// open recognises the format and reads what the file holds.
func (p *opener) open(data []byte) (*file, error) {
	if len(data) > maxFile {
		return nil, fail(Limit, "give the key file alone", "the file is larger than %d KiB", maxFile>>10)
	}
	if p.o.Encoding != "" && !p.certificates {
		return p.secretFile(data)
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, isNot("an empty file", "give the private key")
	}
	if f, err := p.binary(data); f != nil || err != nil {
		return f, err
	}
	return p.text(data)
}

// binary recognises formats by their first bytes; nil, nil if it is none.
func (p *opener) binary(data []byte) (*file, error) {
	if len(data) >= 4 {
		switch binary.BigEndian.Uint32(data) {
		case magicJKS, magicJCEKS:
			return p.keystore(data)
		case 0x504b0304:
			return nil, isNot("a ZIP archive", "unpack it and give the private key")
		}
	}
	if bytes.HasPrefix(data, []byte(magicOpenSSH)) {
		return p.openSSH(data)
	}
	if data[0] == 0x30 {
		if e, ok := element(data); ok {
			if kind := identify(e); kind != "" {
				return p.der(e, kind)
			}
		}
		if f, err := p.looseDER(data); f != nil || err != nil {
			return f, err
		}
	}
	if data[0]&0xfc == 0x94 || data[0] == 0xc5 || data[0] == 0xc6 {
		if !utf8.Valid(data) {
			return nil, isNot("a PGP key", "give an RSA, EC or Ed25519 private key in PEM")
		}
	}
	return nil, nil
}

// looseDER handles a DER file that is cut off, or PKCS#12 in BER with
// indefinite lengths. Both begin with a SEQUENCE, which as text would be "0".
func (p *opener) looseDER(data []byte) (*file, error) {
	if len(data) < 4 || utf8.Valid(data) {
		return nil, nil
	}
	if data[1] == 0x80 && bytes.HasPrefix(data[2:], []byte{2, 1, 3}) {
		return nil, unsupported("open it with a current tool and export it again (openssl pkcs12, keytool)", "a PKCS#12 file in BER with indefinite lengths is not supported")
	}
	if data[1] >= 0x81 && data[1] <= 0x84 {
		return nil, damaged("the file begins like a DER key or certificate, and is cut off or damaged")
	}
	return nil, nil
}

// der reads a DER element of a known kind.
func (p *opener) der(der []byte, kind string) (*file, error) {
	switch kind {
	case derPKCS12:
		return p.pkcs12(der)
	case derCert:
		c, err := parseCertificate(der)
		if err != nil {
			return nil, err
		}
		return p.single("certificate", certificateEntry(c)), nil
	case derPKCS7:
		return p.pkcs7(der)
	case derSPKI, derRSAPublic:
		return p.single("public-key", entry{kind: kindPublic, format: "public-key", public: parseSPKI(der, kind)}), nil
	case derCSR:
		return nil, isNot("a certificate signing request", "give the private key that it was made with")
	case derCRL:
		return nil, isNot("a certificate revocation list", "give the private key")
	case derDSA:
		return nil, unsupported("use an RSA, EC or Ed25519 key", "a DSA key is not supported for signing")
	}
	return p.single(kind, p.keyEntry(der, kind)), nil
}

func certificateEntry(c certificate) entry {
	return entry{kind: kindCertificate, public: c.PublicKey, certs: []certificate{c}}
}

// keyEntry is a key in DER that stands for itself: PKCS#1, PKCS#8 or SEC1.
func (p *opener) keyEntry(der []byte, kind string) entry {
	e := entry{kind: kindPrivate, format: kind}
	e.unlock = func() (*private, error) {
		if kind == derEncrypted {
			plain, err := p.decryptPKCS8(der, []string{p.o.Password.Reveal(), p.o.KeyPassword.Reveal()})
			if err != nil {
				return nil, err
			}
			return p.parsePKCS8(plain)
		}
		return p.parseDER(der, kind)
	}
	return e
}

// parseDER reads a key that is not encrypted.
func (p *opener) parseDER(der []byte, kind string) (*private, error) {
	switch kind {
	case derPKCS1:
		return p.parsePKCS1(der, nil)
	case derSEC1:
		return p.parseSEC1(der, nil)
	case derPKCS8:
		return p.parsePKCS8(der)
	case derDSA:
		return nil, unsupported("use an RSA, EC or Ed25519 key", "a DSA key is not supported for signing")
	}
	return nil, damaged("the key is damaged")
}

// lazy keeps a program that reads no key from compiling expressions.
func lazy(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}

var (
	jwtShape = lazy(`^eyJ[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$`)
	jweShape = lazy(`^eyJ[A-Za-z0-9_-]*(\.[A-Za-z0-9_-]*){4}$`)
	sshShape = lazy(`^(ssh-(rsa|dss|ed25519)|ecdsa-sha2-[a-z0-9]+|sk-[a-z0-9@.-]+) AAAA`)
	htmlTag  = lazy(`(?i)^<(!doctype html|html|head|body|!--)`)
)

// text recognises formats that are text, also in UTF-16 and with a byte order mark.
func (p *opener) text(data []byte) (*file, error) {
	data = p.decodeText(data)
	t := strings.TrimSpace(string(data))
	switch {
	case strings.HasPrefix(t, "{") || strings.HasPrefix(t, "["):
		if f, err := p.json([]byte(t)); f != nil || err != nil {
			return f, err
		}
	case strings.Contains(t, "BEGIN ") || strings.Contains(t, "END "):
		if f, err := p.pem(t); f != nil || err != nil {
			return f, err
		}
	case strings.HasPrefix(t, "PuTTY-User-Key-File-"):
		return nil, isNot("a PuTTY key", "export it with PuTTYgen: Conversions, Export OpenSSH key")
	case sshShape().MatchString(t):
		return nil, isNot("an SSH public key", "give the private key, the file without .pub")
	case htmlTag().MatchString(t):
		return nil, isNot("an HTML page", "download the key again, signed in")
	case jweShape().MatchString(t):
		return nil, isNot("an encrypted JWT or JWK (JWE)", "give the key itself")
	case jwtShape().MatchString(t):
		return nil, isNot("a JWT", "give the key, not a token")
	}
	if f, err := p.bareBase64(t); f != nil || err != nil {
		return f, err
	}
	if p.o.HMAC && !p.certificates {
		return p.secretFile(data)
	}
	return nil, isNot("a file of an unknown format", "give a private key in PEM, PKCS#12, JKS, OpenSSH or JWK, or set the encoding of an HMAC secret")
}

// bareBase64 recognises a DER file or a store that was pasted as base64, with
// or without what was left of its PEM lines.
func (p *opener) bareBase64(t string) (*file, error) {
	t = p.repair(t)
	raw, err := decodeBase64(squeeze([]byte(t)))
	if err != nil || len(raw) < 20 {
		return nil, nil
	}
	if e, ok := element(raw); ok && identify(e) != "" {
		p.note("the BEGIN and END lines were missing")
		return p.der(e, identify(e))
	}
	magic := binary.BigEndian.Uint32(raw)
	if magic == magicJKS || magic == magicJCEKS || bytes.HasPrefix(raw, []byte(magicOpenSSH)) {
		p.note("the file was base64 encoded")
		return p.binary(raw)
	}
	return nil, nil
}

// decodeText removes byte order marks, and turns UTF-16 into UTF-8.
func (p *opener) decodeText(data []byte) []byte {
	if rest, ok := bytes.CutPrefix(data, []byte("\xef\xbb\xbf")); ok {
		p.note("a byte order mark was removed")
		return rest
	}
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}):
		order = binary.LittleEndian
	case bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		order = binary.BigEndian
	default:
		return data
	}
	p.note("the text was UTF-16")
	units := make([]uint16, 0, len(data)/2)
	for i := 2; i+1 < len(data); i += 2 {
		units = append(units, order.Uint16(data[i:]))
	}
	return []byte(string(utf16.Decode(units)))
}
