package key

import (
	"bytes"
	"crypto/des"
	"crypto/md5"  // #nosec G501: JCEKS is read, never written
	"crypto/sha1" // #nosec G505: as above
	"crypto/subtle"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"unicode/utf16"

	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"
)

const (
	magicJKS   = 0xfeedfeed
	magicJCEKS = 0xcececece

	oidJKSKey  = "1.3.6.1.4.1.42.2.17.1.1"
	oidJavaPBE = "1.3.6.1.4.1.42.2.19.1" // PBEWithMD5AndTripleDES of JCEKS
)

// keystore reads a JKS or JCEKS store:
//
//	magic 4, version 4, count 4, entries, SHA-1 20
//	entry 1: alias utf, date 8, length 4, EncryptedPrivateKeyInfo, chain count 4, certificates
//	entry 2: alias utf, date 8, certificate
//	entry 3: alias utf, date 8, a serialised Java object (JCEKS)
//	certificate: type utf (version 2), length 4, DER
func (p *opener) keystore(data []byte) (*file, error) {
	f := &file{format: "jks", named: true}
	if binary.BigEndian.Uint32(data) == magicJCEKS {
		f.format = "jceks"
	}
	if len(data) < 12+sha1.Size {
		return nil, damaged("the %s store is cut off", storeName(f.format))
	}
	r := &reader{left: data[4 : len(data)-sha1.Size]}
	version, count := r.uint(4), r.uint(4)
	if version != 1 && version != 2 {
		return nil, unsupported("convert it with keytool -importkeystore", "version %d of the %s store is not supported", version, storeName(f.format))
	}
	if count > maxEntries {
		return nil, fail(Limit, "move the key to a store of its own", "the %s store says that it holds %d entries, %d is the most", storeName(f.format), count, maxEntries)
	}
	if err := p.storePassword(f, data); err != nil {
		return nil, err
	}
	for range count {
		more, err := p.storeEntry(f, r, version)
		if err != nil {
			return nil, err
		}
		if !more {
			return f, nil
		}
	}
	if len(r.left) > 0 {
		return nil, damaged("the %s store has bytes behind its last entry", storeName(f.format))
	}
	return f, nil
}

func storeName(format string) string {
	return map[string]string{"jks": "JKS", "jceks": "JCEKS", "pkcs12": "PKCS#12"}[format]
}

// storePassword checks the digest at the end, which depends on the password.
// Certificates can be read without one, as Java does; keys cannot.
func (p *opener) storePassword(f *file, data []byte) error {
	if p.o.Password.IsZero() {
		f.locked = "the keys of the " + storeName(f.format) + " store"
		p.note("without the password the integrity of the " + storeName(f.format) + " store was not checked")
		return nil
	}
	p.budget.used = true
	at := len(data) - sha1.Size
	for _, pw := range javaPasswords(p.o.Password.Reveal()) {
		h := sha1.New() // #nosec G401: the format's own
		h.Write(pw)
		h.Write([]byte("Mighty Aphrodite"))
		h.Write(data[:at])
		if subtle.ConstantTimeCompare(h.Sum(nil), data[at:]) == 1 {
			return nil
		}
	}
	return fail(Password, passwordFix, "the password of the %s store is wrong (or the file was changed)", storeName(f.format))
}

// javaPasswords is the password as UTF-16, and as a Latin-1 terminal would have given it to keytool.
func javaPasswords(password string) [][]byte {
	encode := func(units []uint16) []byte {
		var out []byte
		for _, u := range units {
			out = append(out, byte(u>>8), byte(u))
		}
		return out
	}
	all := [][]byte{encode(utf16.Encode([]rune(password)))}
	perByte := make([]uint16, len(password))
	for i := range len(password) {
		perByte[i] = uint16(password[i])
	}
	if second := encode(perByte); !bytes.Equal(all[0], second) {
		all = append(all, second)
	}
	return all
}

// storeEntry reads one entry. It returns false where the rest cannot be read:
// behind a secret key, whose serialised Java object has no length.
func (p *opener) storeEntry(f *file, r *reader, version uint64) (more bool, err error) {
	kind := r.uint(4)
	e := entry{alias: r.utf()}
	r.uint(8)
	switch {
	case r.bad:
	case kind == 1:
		sealed := r.bytes(r.uint(4))
		n := r.uint(4)
		if n > maxChain {
			return false, fail(Limit, "export it again, with the certificates of its own chain", "the entry %s says that it has %d certificates, %d is the most", quote(e.alias), n, maxChain)
		}
		for range n {
			if err := r.certificate(&e, version); err != nil {
				return false, err
			}
		}
		e.kind = kindPrivate
		if len(e.certs) > 0 {
			e.public = e.certs[0].PublicKey
		}
		e.unlock = func() (*private, error) { return p.unlockStoreKey(f, e.alias, sealed) }
	case kind == 2:
		e.kind, e.what = kindCertificate, "a trusted certificate"
		if err := r.certificate(&e, version); err != nil {
			return false, err
		}
		if len(e.certs) > 0 {
			e.public = e.certs[0].PublicKey
		}
	case kind == 3:
		e.kind, e.what = kindOther, "a secret key (not supported)"
		f.entries = append(f.entries, e)
		p.note("the JCEKS store holds the secret key " + quote(e.alias) + ", which is not supported; entries behind it were not read")
		return false, nil
	default:
		return false, damaged("the %s store has an entry of an unknown kind", storeName(f.format))
	}
	if r.bad {
		return false, damaged("the %s store is cut off or damaged: a length leads beyond its end", storeName(f.format))
	}
	f.entries = append(f.entries, e)
	return true, nil
}

// certificate reads one certificate into e.
func (r *reader) certificate(e *entry, version uint64) error {
	if version == 2 {
		if t := r.utf(); !r.bad && t != "X.509" && t != "X509" {
			return unsupported("export the entry with an X.509 certificate", "the entry %s has a certificate of the type %s", quote(e.alias), quote(t))
		}
	}
	der := r.bytes(r.uint(4))
	if r.bad {
		return nil // the caller names it
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return &Error{Culprit: Certificate, Problem: "the certificate of the entry " + quote(e.alias) + " cannot be read", Fix: "export it again", err: err}
	}
	e.certs = append(e.certs, c)
	return nil
}

// unlockStoreKey opens one key. The store's own password was right, so that a
// failure is the key's.
func (p *opener) unlockStoreKey(f *file, alias string, sealed []byte) (*private, error) {
	password, given := p.o.KeyPassword.Reveal(), true
	if password == "" {
		password, given = p.o.Password.Reveal(), false
	}
	if password == "" {
		return nil, needsPassword("the " + storeName(f.format) + " store")
	}
	oid, params, data, err := encryptedInfo(sealed)
	if err != nil {
		return nil, err
	}
	p.budget.used = true
	var plain []byte
	switch oid {
	case oidJKSKey:
		plain, err = openJKS(data, password)
	default:
		plain, err = p.decrypt(oid, params, data, candidate{bytes: []byte(password)})
	}
	if errors.Is(err, errOpen) || err == nil && identify(plain) != derPKCS8 {
		if p.o.Password.IsZero() { // nothing is known of the store's own
			return nil, fail(KeyPassword, "check the password of the key", "the password of the key %s is wrong", quote(alias))
		}
		return nil, wrongKeyPassword(alias, given)
	}
	if err != nil {
		return nil, err
	}
	return p.parsePKCS8(plain)
}

func wrongKeyPassword(alias string, given bool) *Error {
	if given {
		return fail(KeyPassword, "check the password of the key", "the password of the key %s is wrong; the password of the store is right", quote(alias))
	}
	e := fail(KeyPassword, "give the password of the key", "the key %s has a password of its own; the password of the store does not open it", quote(alias))
	e.missing = true
	return e
}

// openJKS undoes Sun's own key protection: salt 20, key XOR a chain of SHA-1
// over password and salt, SHA-1 of password and key.
func openJKS(data []byte, password string) ([]byte, error) {
	if len(data) < 2*sha1.Size {
		return nil, damaged("the encrypted key is cut off")
	}
	body, check := data[sha1.Size:len(data)-sha1.Size], data[len(data)-sha1.Size:]
	for _, pw := range javaPasswords(password) {
		plain := make([]byte, len(body))
		chain := data[:sha1.Size]
		for at := 0; at < len(body); at += sha1.Size {
			sum := sha1.Sum(append(bytes.Clone(pw), chain...)) // #nosec G401: the format's own
			chain = sum[:]
			subtle.XORBytes(plain[at:], body[at:], chain)
		}
		sum := sha1.Sum(append(bytes.Clone(pw), plain...)) // #nosec G401: as above
		if subtle.ConstantTimeCompare(sum[:], check) == 1 {
			return plain, nil
		}
	}
	return nil, errOpen
}

// deriveJava is PBEWithMD5AndTripleDES as Sun wrote it: MD5 over each half of
// the salt. Where both halves are equal it means to reverse the first, and by a
// slip of an index does something else, which every reader must repeat.
func (p *opener) deriveJava(params cryptobyte.String, c candidate, probe bool) (opening, error) {
	var seq, saltRead cryptobyte.String
	var n int64
	if !params.ReadASN1(&seq, tag.SEQUENCE) || !seq.ReadASN1(&saltRead, tag.OCTET_STRING) || len(saltRead) != 8 {
		return nil, damaged("the encryption parameters are damaged")
	}
	if !seq.ReadASN1Integer(&n) || n > 1<<31-1 {
		n = 1<<31 - 1
	}
	if err := p.budget.spend(int(n)); err != nil || probe {
		return nil, err
	}
	salt := bytes.Clone(saltRead)
	if bytes.Equal(salt[:4], salt[4:]) {
		for i := range 2 {
			t := salt[i]
			salt[i] = salt[3-i]
			salt[2] = t // meant: salt[3-i]
		}
	}
	var dk []byte
	for half := range 2 {
		sum := salt[half*4 : half*4+4]
		h := md5.New() // #nosec G401: the format's own
		buf := make([]byte, 0, md5.Size)
		for range n {
			h.Reset()
			h.Write(sum)
			h.Write(c.bytes)
			sum = h.Sum(buf)
		}
		dk = append(dk, sum...)
	}
	return func(data []byte) []byte { return decryptCBC(des.NewTripleDESCipher, dk[:24], dk[24:], data) }, nil // #nosec G405: read, never written
}
