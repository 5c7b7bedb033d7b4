package key

import (
	"bytes"
	"encoding/asn1"
	"errors"
	"strconv"
	"unicode/utf16"

	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"
)

// The bags of RFC 7292 4.2 and the attributes of RFC 2985 5.5.
const (
	oidKeyBag      = "1.2.840.113549.1.12.10.1.1"
	oidShroudedBag = "1.2.840.113549.1.12.10.1.2"
	oidCertBag     = "1.2.840.113549.1.12.10.1.3"
	oidCRLBag      = "1.2.840.113549.1.12.10.1.4"
	oidSecretBag   = "1.2.840.113549.1.12.10.1.5"
	oidNestedBag   = "1.2.840.113549.1.12.10.1.6"
	oidX509Cert    = "1.2.840.113549.1.9.22.1"
	oidName9       = "1.2.840.113549.1.9.20" // friendlyName
	oidLocalKeyID  = "1.2.840.113549.1.9.21"
)

// store12 is a PKCS#12 file on its way to a file.
//
//	PFX { 3, authSafe, mac }
//	authSafe: data { ContentInfo ... }, each data or encryptedData of SafeContents
//	SafeContents: { bag type, value, attributes } ...
type store12 struct {
	p        *opener
	password candidate
	bags     []bag12
	count    int
	proven   bool // the MAC, or a part that opened, says that the password is right
	locked   bool // Inspect: without a password
}

type bag12 struct {
	kind  string // of the bag, an OID
	name  string // friendlyName
	keyID []byte
	value []byte // DER
	cert  certificate
}

// pkcs12 reads a PKCS#12 file. It is an own reader over the bounded DER of
// cryptobyte: every derivation goes through the budget first, keys and
// certificates are paired by localKeyId, and passwords are tried in all
// encodings, of which no library does all.
func (p *opener) pkcs12(der []byte) (*file, error) {
	s := cryptobyte.String(der)
	var pfx, safe, content cryptobyte.String
	var version int
	if !s.ReadASN1(&pfx, tag.SEQUENCE) || !pfx.ReadASN1Integer(&version) || version != 3 {
		return nil, damaged("the PKCS#12 file is damaged")
	}
	oid, body, ok := algorithmIdentifier(&pfx) // a ContentInfo has the same shape
	if ok && oid == oidSignedData {
		return nil, unsupported("export it with a password", "a PKCS#12 file that is protected by a signature is not supported")
	}
	if !ok || oid != oidData || !body.ReadASN1(&content, tag.Tag(0).ContextSpecific().Constructed()) || !content.ReadASN1(&safe, tag.OCTET_STRING) {
		return nil, damaged("the PKCS#12 file is damaged")
	}
	st := &store12{p: p}
	if err := st.authenticate(pfx, safe); err != nil {
		return nil, err
	}
	if err := st.safe(safe); err != nil {
		return nil, err
	}
	return st.file()
}

// safe reads AuthenticatedSafe.
func (st *store12) safe(content cryptobyte.String) error {
	var infos cryptobyte.String
	if !content.ReadASN1(&infos, tag.SEQUENCE) {
		return damaged("the PKCS#12 file is damaged")
	}
	for !infos.Empty() {
		oid, body, ok := algorithmIdentifier(&infos)
		var inner cryptobyte.String
		if !ok || !body.ReadASN1(&inner, tag.Tag(0).ContextSpecific().Constructed()) {
			return damaged("the PKCS#12 file is damaged")
		}
		var err error
		switch oid {
		case oidData:
			var plain cryptobyte.String
			if !inner.ReadASN1(&plain, tag.OCTET_STRING) {
				return damaged("the PKCS#12 file is damaged")
			}
			err = st.contents(plain, 0)
		case oidEncryptedData:
			err = st.encrypted(inner)
		default:
			err = unsupported("export it with a password", "a PKCS#12 part of the type %s is not supported", oidName(oid))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// encrypted reads EncryptedData (RFC 5652 8), which mostly holds the certificates.
func (st *store12) encrypted(s cryptobyte.String) error {
	var seq, info, data cryptobyte.String
	var version int
	var oid asn1.ObjectIdentifier
	if !s.ReadASN1(&seq, tag.SEQUENCE) || !seq.ReadASN1Integer(&version) ||
		!seq.ReadASN1(&info, tag.SEQUENCE) || !info.ReadASN1ObjectIdentifier(&oid) {
		return damaged("the PKCS#12 file is damaged")
	}
	alg, params, ok := algorithmIdentifier(&info)
	if !ok || !info.ReadASN1(&data, tag.Tag(0).ContextSpecific()) {
		return damaged("the PKCS#12 file is damaged")
	}
	if st.locked {
		return nil
	}
	plain, err := st.decrypt(alg, params, data)
	if errors.Is(err, errOpen) {
		if st.p.o.Password.IsZero() {
			if st.p.inspect {
				st.locked = true
				return nil
			}
			return needsPassword("the PKCS#12 file")
		}
		return wrongPassword("the PKCS#12 file")
	}
	if err != nil {
		return err
	}
	st.proven = true
	return st.contents(plain, 0)
}

// decrypt uses the encoding that the MAC proved or, where there is none, finds
// out one that opens the data.
func (st *store12) decrypt(oid string, params, data cryptobyte.String) ([]byte, error) {
	tries := []candidate{st.password}
	for _, c := range candidates(st.p.o.Password.Reveal()) {
		if !bytes.Equal(c.bmp, st.password.bmp) || !bytes.Equal(c.bytes, st.password.bytes) {
			tries = append(tries, c)
		}
	}
	used := st.p.budget.used || !st.p.o.Password.IsZero()
	defer func() { st.p.budget.used = used }()
	for i, c := range tries {
		if i > 0 && !st.p.again(oid, params) {
			break
		}
		plain, err := st.p.decrypt(oid, params, data, c)
		if err == nil {
			if _, ok := firstElement(plain); ok {
				return plain, nil
			}
		}
		if err != nil && !errors.Is(err, errOpen) {
			return nil, err
		}
	}
	return nil, errOpen
}

// contents reads SafeContents. Bags may nest; depth keeps a file from nesting the stack away.
func (st *store12) contents(s cryptobyte.String, depth int) error {
	var bags cryptobyte.String
	if depth > 4 || !s.ReadASN1(&bags, tag.SEQUENCE) {
		return damaged("the PKCS#12 file is damaged")
	}
	for !bags.Empty() {
		oid, body, ok := algorithmIdentifier(&bags)
		var value, attrs cryptobyte.String
		if !ok || !body.ReadASN1(&value, tag.Tag(0).ContextSpecific().Constructed()) {
			return damaged("the PKCS#12 file is damaged")
		}
		if st.count++; st.count > 2*maxEntries {
			return fail(Limit, "move the key to a store of its own", "the PKCS#12 file holds more than %d entries", 2*maxEntries)
		}
		if oid == oidNestedBag {
			if err := st.contents(value, depth+1); err != nil {
				return err
			}
			continue
		}
		b := bag12{kind: oid, value: value}
		if !body.Empty() {
			if !body.ReadASN1(&attrs, tag.SET) {
				return damaged("the PKCS#12 file is damaged")
			}
			b.attributes(attrs)
		}
		if oid == oidCertBag {
			if err := b.certificate(); err != nil {
				return err
			}
		}
		st.bags = append(st.bags, b)
	}
	return nil
}

// attributes reads the name and the localKeyId; others are of no use here.
func (b *bag12) attributes(s cryptobyte.String) {
	for !s.Empty() {
		oid, body, ok := algorithmIdentifier(&s)
		var set, v cryptobyte.String
		if !ok || !body.ReadASN1(&set, tag.SET) {
			return
		}
		switch oid {
		case oidName9:
			if set.ReadASN1(&v, tag.Tag(30)) { // BMPString
				b.name = bmpText(v)
			} else if set.ReadASN1(&v, tag.UTF8String) {
				b.name = string(bytes.ToValidUTF8(v, []byte("\ufffd")))
			}
		case oidLocalKeyID:
			if set.ReadASN1(&v, tag.OCTET_STRING) {
				b.keyID = v
			}
		}
	}
}

func bmpText(b []byte) string {
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = uint16(b[2*i])<<8 | uint16(b[2*i+1])
	}
	return string(utf16.Decode(units))
}

// certificate reads CertBag (RFC 7292 4.2.3).
func (b *bag12) certificate() error {
	s := cryptobyte.String(b.value)
	var seq, inner, der cryptobyte.String
	var oid asn1.ObjectIdentifier
	if !s.ReadASN1(&seq, tag.SEQUENCE) || !seq.ReadASN1ObjectIdentifier(&oid) ||
		!seq.ReadASN1(&inner, tag.Tag(0).ContextSpecific().Constructed()) || !inner.ReadASN1(&der, tag.OCTET_STRING) {
		return damaged("a certificate of the PKCS#12 file is damaged")
	}
	if oid.String() != oidX509Cert {
		return nil
	}
	c, err := parseCertificate(der)
	b.cert = c
	return err
}

// file pairs keys and certificates.
func (st *store12) file() (*file, error) {
	f := &file{format: "pkcs12", named: true}
	if st.locked {
		f.locked = "the PKCS#12 file"
	}
	var certs []certificate
	for _, b := range st.bags {
		if b.cert != nil {
			certs = append(certs, b.cert)
		}
	}
	paired := map[certificate]bool{}
	for _, b := range st.bags {
		switch b.kind {
		case oidKeyBag, oidShroudedBag:
			e := st.keyEntry(b)
			for _, c := range st.bags {
				if c.cert != nil && len(b.keyID) > 0 && bytes.Equal(b.keyID, c.keyID) {
					paired[c.cert] = true
					e.public = c.cert.PublicKey
					e.certs = follow(c.cert, certs)
					if e.alias == "" {
						e.alias = c.name
					}
				}
			}
			f.entries = append(f.entries, e)
		case oidSecretBag:
			f.entries = append(f.entries, entry{alias: b.name, kind: kindOther, what: "a secret key (not supported)"})
		}
	}
	if len(f.entries) > 1 {
		for i := range f.entries {
			if f.entries[i].alias == "" {
				f.entries[i].alias = "key " + strconv.Itoa(i+1)
			}
		}
	}
	if len(f.entries) > maxEntries {
		return nil, fail(Limit, "move the key to a store of its own", "the PKCS#12 file holds more than %d keys", maxEntries)
	}
	st.rest(f, certs, paired)
	return f, nil
}

// rest adds the certificates that no localKeyId paired: the issuers of a
// single key, or entries of their own.
func (st *store12) rest(f *file, certs []certificate, paired map[certificate]bool) {
	if len(f.entries) == 1 && f.entries[0].kind == kindPrivate && len(f.entries[0].certs) == 0 {
		f.certs = certs // chainFor finds the key's own by its public key
		return
	}
	chained := map[certificate]bool{}
	for _, e := range f.entries {
		for _, c := range e.certs {
			chained[c] = true
		}
	}
	for i, b := range st.bags {
		if b.cert == nil || chained[b.cert] || paired[b.cert] {
			continue
		}
		e := certificateEntry(b.cert)
		e.alias, e.what = b.name, "a certificate"
		if e.alias == "" {
			e.alias = "certificate " + strconv.Itoa(i+1)
		}
		f.entries = append(f.entries, e)
	}
}

// keyEntry is the key of a bag.
func (st *store12) keyEntry(b bag12) entry {
	e := entry{alias: b.name, kind: kindPrivate}
	e.unlock = func() (*private, error) {
		if b.kind == oidKeyBag {
			return st.p.parsePKCS8(b.value)
		}
		plain, err := st.unshroud(b)
		if err != nil {
			return nil, err
		}
		return st.p.parsePKCS8(plain)
	}
	return e
}

// unshroud opens an encrypted key. The store's password was right, so that a
// failure is the key's.
func (st *store12) unshroud(b bag12) ([]byte, error) {
	oid, params, data, err := encryptedInfo(b.value)
	if err != nil {
		return nil, err
	}
	own := st.p.o.KeyPassword.Reveal()
	if own != "" {
		st.p.budget.used = true
		for i, c := range candidates(own) {
			if i > 0 && !st.p.again(oid, params) {
				break
			}
			plain, err := st.p.decrypt(oid, params, data, c)
			if err == nil && identify(plain) == derPKCS8 {
				return plain, nil
			}
			if err != nil && !errors.Is(err, errOpen) {
				return nil, err
			}
		}
	}
	if own == "" || st.p.again(oid, params) {
		plain, err := st.decrypt(oid, params, data)
		if err == nil && identify(plain) == derPKCS8 {
			return plain, nil
		}
		if err != nil && !errors.Is(err, errOpen) {
			return nil, err
		}
	}
	if st.p.o.Password.IsZero() && own == "" {
		return nil, needsPassword("the PKCS#12 file")
	}
	if !st.proven {
		return nil, wrongPassword("the PKCS#12 file")
	}
	return nil, wrongKeyPassword(b.name, own != "")
}
