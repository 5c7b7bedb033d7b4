package key

import (
	"crypto/hmac"
	"crypto/md5"  // #nosec G501: old files are read, never written
	"crypto/sha1" // #nosec G505: as above
	"crypto/sha256"
	"crypto/sha512"
	"hash"

	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"
)

// authenticate checks the MAC, which also finds out the encoding of the password.
func (st *store12) authenticate(mac, safe cryptobyte.String) error {
	p := st.p
	password := p.o.Password.Reveal()
	st.password = candidates(password)[0]
	if mac.Empty() {
		if !p.o.AllowNoMAC && !p.inspect {
			return fail(Strength, "export it with a MAC, or set allow_no_mac", "the PKCS#12 file has no MAC: nobody can tell whether it was changed")
		}
		p.note("the PKCS#12 file has no MAC: nobody can tell whether it was changed")
		return nil
	}
	m, err := parseMAC(mac)
	if err != nil {
		return err
	}
	p.budget.used = p.budget.used || password != ""
	for i, c := range candidates(password) {
		if i > 0 && m.iterations > maxIterations-p.budget.iterations {
			break
		}
		sum, err := m.sum(p, c, safe)
		if err != nil {
			return err
		}
		if hmac.Equal(sum, m.digest) {
			st.password, st.proven = c, true
			if i > 0 && password != "" {
				p.note("the password of the PKCS#12 file is in an old encoding")
			}
			return nil
		}
	}
	if password != "" {
		return wrongPassword("the PKCS#12 file")
	}
	if p.inspect {
		st.locked = true
		return nil
	}
	return needsPassword("the PKCS#12 file")
}

// mac12 is MacData (RFC 7292 4), or PBMAC1 in its place (RFC 9579).
type mac12 struct {
	hash       func() hash.Hash
	digest     []byte
	salt       []byte
	iterations int
	pbkdf2     cryptobyte.String // PBMAC1
	size       int               // PBMAC1: the key length
}

func parseMAC(s cryptobyte.String) (*mac12, error) {
	var data, info cryptobyte.String
	var digest, salt cryptobyte.String
	bad := damaged("the MAC of the PKCS#12 file is damaged")
	if !s.ReadASN1(&data, tag.SEQUENCE) || !data.ReadASN1(&info, tag.SEQUENCE) {
		return nil, bad
	}
	oid, params, ok := algorithmIdentifier(&info)
	if !ok || !info.ReadASN1(&digest, tag.OCTET_STRING) || !data.ReadASN1(&salt, tag.OCTET_STRING) {
		return nil, bad
	}
	m := &mac12{digest: digest, salt: salt, iterations: 1}
	if !data.Empty() {
		var n int64
		if !data.ReadASN1Integer(&n) || n > 1<<31-1 {
			n = 1<<31 - 1
		}
		m.iterations = int(n)
	}
	if oid == oidPBMAC1 {
		return m, m.parsePBMAC1(params)
	}
	if m.hash = digestHash(oid); m.hash == nil {
		return nil, unsupported("export it with SHA-256", "the MAC algorithm %s of the PKCS#12 file is not supported", oidName(oid))
	}
	return m, nil
}

// parsePBMAC1 reads PBMAC1-params (RFC 8018 A.5). RFC 9579 5 wants the key
// length written and at least 20 bytes; above 64 no HMAC here has a use for it.
func (m *mac12) parsePBMAC1(params cryptobyte.String) error {
	bad := damaged("the PBMAC1 parameters of the PKCS#12 file are damaged")
	var seq, kdf, salt cryptobyte.String
	if !params.ReadASN1(&seq, tag.SEQUENCE) {
		return bad
	}
	oid, kdfParams, ok := algorithmIdentifier(&seq)
	if !ok {
		return bad
	}
	if oid != oidPBKDF2 {
		return unsupported("export it with PBKDF2", "PBMAC1 with the key derivation %s is not supported", oidName(oid))
	}
	prf, _, ok := algorithmIdentifier(&seq)
	if !ok {
		return bad
	}
	if m.hash = hmacHash(prf); m.hash == nil {
		return unsupported("export it with HMAC-SHA256", "PBMAC1 with %s is not supported", oidName(prf))
	}
	m.pbkdf2 = kdfParams
	var n int64
	if !kdfParams.ReadASN1(&kdf, tag.SEQUENCE) || !kdf.ReadASN1(&salt, tag.OCTET_STRING) || !kdf.ReadASN1Integer(&n) || !kdf.PeekASN1Tag(tag.INTEGER) {
		return bad
	}
	if n < 1 || n > 1<<31-1 {
		n = 1<<31 - 1
	}
	m.iterations = int(n)
	if !kdf.ReadASN1Integer(&n) || n < 20 || n > 64 {
		return fail(Limit, "export it again", "the key length of the PBMAC1 is not from 20 to 64 bytes")
	}
	m.size = int(n)
	return nil
}

// sum computes the MAC over the content with one encoding of the password.
func (m *mac12) sum(p *opener, c candidate, content []byte) ([]byte, error) {
	var key []byte
	if m.pbkdf2 != nil {
		var err error
		if key, err = p.pbkdf2(m.pbkdf2, m.size, c.bytes, false); err != nil {
			return nil, err
		}
	} else {
		used := p.budget.used
		if err := p.budget.spend(m.iterations); err != nil {
			return nil, err
		}
		p.budget.used = used
		key = pkcs12KDF(m.hash, 3, c.bmp, m.salt, m.iterations, m.hash().Size())
	}
	h := hmac.New(m.hash, key)
	h.Write(content)
	return h.Sum(nil), nil
}

func digestHash(oid string) func() hash.Hash {
	switch oid {
	case "1.2.840.113549.2.5":
		return md5.New
	case "1.3.14.3.2.26":
		return sha1.New
	case "2.16.840.1.101.3.4.2.1":
		return sha256.New
	case "2.16.840.1.101.3.4.2.2":
		return sha512.New384
	case "2.16.840.1.101.3.4.2.3":
		return sha512.New
	case "2.16.840.1.101.3.4.2.4":
		return sha256.New224
	case "2.16.840.1.101.3.4.2.5":
		return sha512.New512_224
	case "2.16.840.1.101.3.4.2.6":
		return sha512.New512_256
	}
	return nil
}
