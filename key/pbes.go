package key

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/md5" // #nosec G501: PBES1 files are read, never written
	"crypto/pbkdf2"
	"crypto/sha1" // #nosec G505: as above
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"hash"

	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"
	"golang.org/x/crypto/scrypt"
)

// errOpen means that the password did not open the data. Callers turn it into
// the *Error that names which password.
var errOpen = errors.New("the password does not open it")

// pbeWords is written into the problem when a cipher is not supported.
const pbeFix = "encrypt it again with a current tool, for instance openssl pkcs8 -topk8 -v2 aes-256-cbc"

// decryptPKCS8 opens EncryptedPrivateKeyInfo (RFC 5958 3) with the first of
// the passwords that fits.
func (p *opener) decryptPKCS8(der []byte, passwords []string) ([]byte, error) {
	oid, params, data, err := encryptedInfo(der)
	if err != nil {
		return nil, err
	}
	p.budget.used = true
	tried := false
	for i, pw := range passwords {
		if pw == "" || i > 0 && pw == passwords[i-1] {
			continue
		}
		for _, c := range candidates(pw) {
			if tried && !p.again(oid, params) {
				break
			}
			tried = true
			plain, err := p.decrypt(oid, params, data, c)
			if err == nil && identify(plain) == derPKCS8 {
				return plain, nil
			}
			if err != nil && !errors.Is(err, errOpen) {
				return nil, err
			}
		}
	}
	if !tried {
		return nil, needsPassword("the key")
	}
	return nil, wrongPassword("the key")
}

// again says whether the budget allows a second derivation, so that a file
// near the limit fails as "wrong password" and not as "too much work".
func (p *opener) again(oid string, params cryptobyte.String) bool {
	probe := &opener{budget: p.budget}
	_, err := probe.derive(oid, params, candidate{}, true)
	return err == nil
}

func encryptedInfo(der []byte) (oid string, params, data cryptobyte.String, err error) {
	s := cryptobyte.String(der)
	var seq cryptobyte.String
	ok := s.ReadASN1(&seq, tag.SEQUENCE)
	if ok {
		oid, params, ok = algorithmIdentifier(&seq)
	}
	if !ok || !seq.ReadASN1(&data, tag.OCTET_STRING) {
		return "", nil, nil, damaged("the encrypted key is damaged")
	}
	return oid, params, data, nil
}

// opening is a cipher that is ready to decrypt.
type opening func(data []byte) []byte

// decrypt opens data under a password based encryption scheme. errOpen means
// that the padding says no.
func (p *opener) decrypt(oid string, params cryptobyte.String, data []byte, c candidate) ([]byte, error) {
	open, err := p.derive(oid, params, c, false)
	if err != nil {
		return nil, err
	}
	if len(data) == 0 || len(data)%8 != 0 {
		return nil, damaged("the encrypted part is cut off")
	}
	plain := open(data)
	n := 0
	if len(plain) > 0 {
		n = int(plain[len(plain)-1])
	}
	if n == 0 || n > 16 || n > len(plain) || !bytes.Equal(plain[len(plain)-n:], bytes.Repeat([]byte{byte(n)}, n)) {
		return nil, errOpen
	}
	return plain[:len(plain)-n], nil
}

// derive takes the work out of the budget and, unless it is only asked whether
// it could, makes the cipher.
func (p *opener) derive(oid string, params cryptobyte.String, c candidate, probe bool) (opening, error) {
	if oid == oidPBES2 {
		return p.derivePBES2(params, c, probe)
	}
	if oid == oidJavaPBE {
		return p.deriveJava(params, c, probe)
	}
	return p.derivePBES1(oid, params, c, probe)
}

// derivePBES2 is RFC 8018 6.2.
func (p *opener) derivePBES2(params cryptobyte.String, c candidate, probe bool) (opening, error) {
	var seq cryptobyte.String
	ok := params.ReadASN1(&seq, tag.SEQUENCE)
	var kdf, enc string
	var kdfParams, encParams cryptobyte.String
	if ok {
		kdf, kdfParams, ok = algorithmIdentifier(&seq)
	}
	if ok {
		enc, encParams, ok = algorithmIdentifier(&seq)
	}
	if !ok {
		return nil, damaged("the encryption parameters are damaged")
	}
	size, open, err := pbes2Cipher(enc, encParams)
	if err != nil {
		return nil, err
	}
	var key []byte
	switch kdf {
	case oidPBKDF2:
		key, err = p.pbkdf2(kdfParams, size, c.bytes, probe)
	case oidScrypt:
		key, err = p.scrypt(kdfParams, size, c.bytes, probe)
	default:
		err = unsupported(pbeFix, "the key derivation %s is not supported", oidName(kdf))
	}
	if err != nil || probe {
		return nil, err
	}
	return func(data []byte) []byte { return open(key, data) }, nil
}

// pbes2Cipher gives the key size and the decryption of an encryption scheme of RFC 8018 B.2.
func pbes2Cipher(oid string, params cryptobyte.String) (size int, open func(key, data []byte) []byte, err error) {
	block := aes.NewCipher
	ivSize := aes.BlockSize
	switch oid {
	case "2.16.840.1.101.3.4.1.2":
		size = 16
	case "2.16.840.1.101.3.4.1.22":
		size = 24
	case "2.16.840.1.101.3.4.1.42":
		size = 32
	case "1.2.840.113549.3.7":
		size, ivSize, block = 24, des.BlockSize, des.NewTripleDESCipher // #nosec G405: read, never written
	case "1.3.14.3.2.7":
		size, ivSize, block = 8, des.BlockSize, des.NewCipher // #nosec G405: as above
	case "1.2.840.113549.3.2":
		return pbes2RC2(params)
	default:
		return 0, nil, unsupported(pbeFix, "the cipher %s is not supported", oidName(oid))
	}
	var iv cryptobyte.String
	if !params.ReadASN1(&iv, tag.OCTET_STRING) || len(iv) != ivSize {
		return 0, nil, damaged("the encryption parameters are damaged")
	}
	return size, func(key, data []byte) []byte { return decryptCBC(block, key, iv, data) }, nil
}

// pbes2RC2 is RFC 8018 B.2.3: the version says the effective key bits.
func pbes2RC2(params cryptobyte.String) (int, func(key, data []byte) []byte, error) {
	var seq, iv cryptobyte.String
	var version int
	if !params.ReadASN1(&seq, tag.SEQUENCE) || !seq.ReadASN1Integer(&version) || !seq.ReadASN1(&iv, tag.OCTET_STRING) || len(iv) != 8 {
		return 0, nil, damaged("the encryption parameters are damaged")
	}
	bits := map[int]int{160: 40, 120: 64, 58: 128}[version]
	if bits == 0 {
		return 0, nil, unsupported(pbeFix, "the RC2 version %d is not supported", version)
	}
	return bits / 8, func(key, data []byte) []byte { return decryptRC2(key, bits, iv, data) }, nil
}

// decryptCBC returns nil where data is no multiple of the block, which the
// caller takes for a wrong password or a damaged file.
func decryptCBC(block func([]byte) (cipher.Block, error), key, iv, data []byte) []byte {
	b, err := block(key)
	if err != nil || len(data)%b.BlockSize() != 0 {
		return nil
	}
	out := make([]byte, len(data))
	cipher.NewCBCDecrypter(b, iv).CryptBlocks(out, data)
	return out
}

// pbkdf2 reads PBKDF2-params (RFC 8018 A.2) and derives size bytes.
func (p *opener) pbkdf2(params cryptobyte.String, size int, password []byte, probe bool) ([]byte, error) {
	var seq, salt cryptobyte.String
	var iterations int64
	if !params.ReadASN1(&seq, tag.SEQUENCE) || !seq.ReadASN1(&salt, tag.OCTET_STRING) {
		return nil, damaged("the PBKDF2 parameters are damaged")
	}
	if !seq.ReadASN1Integer(&iterations) || iterations > 1<<31-1 {
		iterations = 1<<31 - 1
	}
	if err := p.budget.spend(int(iterations)); err != nil {
		return nil, err
	}
	if seq.PeekASN1Tag(tag.INTEGER) {
		var n int64
		if !seq.ReadASN1Integer(&n) || n != int64(size) {
			return nil, damaged("the PBKDF2 key length does not fit the cipher")
		}
	}
	prf := "1.2.840.113549.2.7"
	if !seq.Empty() {
		var ok bool
		if prf, _, ok = algorithmIdentifier(&seq); !ok {
			return nil, damaged("the PBKDF2 parameters are damaged")
		}
	}
	h := hmacHash(prf)
	if h == nil {
		return nil, unsupported(pbeFix, "PBKDF2 with %s is not supported", oidName(prf))
	}
	if probe {
		return nil, nil
	}
	key, err := pbkdf2.Key(h, string(password), salt, int(iterations), size)
	if err != nil {
		return nil, &Error{Culprit: Unsupported, Problem: "PBKDF2 refused its parameters", Fix: pbeFix, err: err}
	}
	return key, nil
}

// hmacHash is the hash of an HMAC of RFC 8018 B.1, nil if unknown.
func hmacHash(oid string) func() hash.Hash {
	switch oid {
	case "1.2.840.113549.2.7":
		return sha1.New
	case "1.2.840.113549.2.8":
		return sha256.New224
	case "1.2.840.113549.2.9":
		return sha256.New
	case "1.2.840.113549.2.10":
		return sha512.New384
	case "1.2.840.113549.2.11":
		return sha512.New
	case "1.2.840.113549.2.12":
		return sha512.New512_224
	case "1.2.840.113549.2.13":
		return sha512.New512_256
	}
	return nil
}

// scrypt reads scrypt-params (RFC 7914 7.1) and derives size bytes.
func (p *opener) scrypt(params cryptobyte.String, size int, password []byte, probe bool) ([]byte, error) {
	var seq, salt cryptobyte.String
	var n, r, par int64
	if !params.ReadASN1(&seq, tag.SEQUENCE) || !seq.ReadASN1(&salt, tag.OCTET_STRING) {
		return nil, damaged("the scrypt parameters are damaged")
	}
	if !seq.ReadASN1Integer(&n) || !seq.ReadASN1Integer(&r) || !seq.ReadASN1Integer(&par) || max(n, r, par) > 1<<31-1 {
		return nil, tooMuch("more work than is possible")
	}
	if err := p.budget.spendScrypt(int(n), int(r), int(par)); err != nil || probe {
		return nil, err
	}
	key, err := scrypt.Key(password, salt, int(n), int(r), int(par), size)
	if err != nil {
		return nil, &Error{Culprit: Unsupported, Problem: "scrypt refused its parameters", Fix: pbeFix, err: err}
	}
	return key, nil
}

// derivePBES1 is RFC 8018 6.1 and RFC 7292 B and C.
func (p *opener) derivePBES1(oid string, params cryptobyte.String, c candidate, probe bool) (opening, error) {
	var seq, salt cryptobyte.String
	var n int64
	s, known := pbes1Table[oid]
	if !known {
		return nil, unsupported(pbeFix, "the encryption %s is not supported", oidName(oid))
	}
	if !params.ReadASN1(&seq, tag.SEQUENCE) || !seq.ReadASN1(&salt, tag.OCTET_STRING) {
		return nil, damaged("the encryption parameters are damaged")
	}
	if !seq.ReadASN1Integer(&n) || n > 1<<31-1 {
		n = 1<<31 - 1
	}
	if err := p.budget.spend(int(n)); err != nil || probe {
		return nil, err
	}
	var key, iv []byte
	if s.pkcs12 {
		key = pkcs12KDF(sha1.New, 1, c.bmp, salt, int(n), s.size)
		iv = pkcs12KDF(sha1.New, 2, c.bmp, salt, int(n), 8)
	} else {
		dk := pbkdf1(s.hash, c.bytes, salt, int(n))
		key, iv = dk[:8], dk[8:16]
	}
	p.note("the file is under the legacy encryption " + s.name)
	switch {
	case s.rc2 > 0:
		return func(data []byte) []byte { return decryptRC2(key, s.rc2, iv, data) }, nil
	case s.size == 8:
		return func(data []byte) []byte { return decryptCBC(des.NewCipher, key, iv, data) }, nil // #nosec G405: read, never written
	case s.size == 16: // two-key 3DES
		key = append(key, key[:8]...)
	}
	return func(data []byte) []byte { return decryptCBC(des.NewTripleDESCipher, key, iv, data) }, nil // #nosec G405: as above
}

// pbes1 is one of the schemes from before PBES2.
type pbes1 struct {
	name   string
	pkcs12 bool
	hash   func() hash.Hash // PBKDF1
	size   int              // of the key in bytes
	rc2    int              // effective key bits
}

// pbes1Table is never written.
var pbes1Table = map[string]pbes1{
	"1.2.840.113549.1.5.3":    {name: "MD5-DES", hash: md5.New, size: 8},
	"1.2.840.113549.1.5.6":    {name: "MD5-RC2", hash: md5.New, size: 8, rc2: 64},
	"1.2.840.113549.1.5.10":   {name: "SHA1-DES", hash: sha1.New, size: 8},
	"1.2.840.113549.1.5.11":   {name: "SHA1-RC2", hash: sha1.New, size: 8, rc2: 64},
	"1.2.840.113549.1.12.1.3": {name: "SHA1-3DES", pkcs12: true, size: 24},
	"1.2.840.113549.1.12.1.4": {name: "SHA1-3DES (two keys)", pkcs12: true, size: 16},
	"1.2.840.113549.1.12.1.5": {name: "SHA1-RC2-128", pkcs12: true, size: 16, rc2: 128},
	"1.2.840.113549.1.12.1.6": {name: "SHA1-RC2-40", pkcs12: true, size: 5, rc2: 40},
}

// pbkdf1 is RFC 8018 5.1.
func pbkdf1(h func() hash.Hash, password, salt []byte, n int) []byte {
	d := h()
	d.Write(password)
	d.Write(salt)
	out := d.Sum(nil)
	for range n - 1 {
		d.Reset()
		d.Write(out)
		out = d.Sum(out[:0])
	}
	return out
}
