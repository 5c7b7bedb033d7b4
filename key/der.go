package key

import (
	"encoding/asn1"
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"
)

// What a DER file can be.
const (
	derPKCS1     = "pkcs1"
	derPKCS8     = "pkcs8"
	derSEC1      = "sec1"
	derEncrypted = "pkcs8-encrypted"
	derPKCS12    = "pkcs12"
	derCert      = "certificate"
	derSPKI      = "public key"
	derRSAPublic = "rsa public key"
	derCSR       = "csr"
	derCRL       = "crl"
	derPKCS7     = "pkcs7"
	derDSA       = "dsa"
)

// element reads the outermost DER element. Zero bytes and white space behind
// it are what editors and block devices add; anything else is not.
func element(data []byte) (cryptobyte.String, bool) {
	s := cryptobyte.String(data)
	var e cryptobyte.String
	if !s.ReadASN1Element(&e, tag.SEQUENCE) {
		return nil, false
	}
	for _, c := range s {
		if c != 0 && c != '\n' && c != '\r' && c != ' ' {
			return nil, false
		}
	}
	return e, true
}

// identify says what a DER element is, by its shape alone, or "".
func identify(der []byte) string {
	s := cryptobyte.String(der)
	var seq cryptobyte.String
	if !s.ReadASN1(&seq, tag.SEQUENCE) {
		return ""
	}
	switch {
	case seq.PeekASN1Tag(tag.INTEGER):
		return identifyVersioned(seq)
	case seq.PeekASN1Tag(tag.OBJECT_IDENTIFIER):
		var oid asn1.ObjectIdentifier
		if seq.ReadASN1ObjectIdentifier(&oid) && oid.String() == oidSignedData {
			return derPKCS7
		}
	case seq.PeekASN1Tag(tag.SEQUENCE):
		return identifyNested(seq)
	}
	return ""
}

// identifyVersioned looks at SEQUENCE { INTEGER, ... }.
func identifyVersioned(seq cryptobyte.String) string {
	var version cryptobyte.String
	if !seq.ReadASN1(&version, tag.INTEGER) {
		return ""
	}
	small := -1
	if len(version) == 1 {
		small = int(version[0])
	}
	if small == 3 && seq.PeekASN1Tag(tag.SEQUENCE) {
		return derPKCS12
	}
	if (small == 0 || small == 1) && seq.PeekASN1Tag(tag.SEQUENCE) {
		return derPKCS8
	}
	if small == 1 && seq.PeekASN1Tag(tag.OCTET_STRING) {
		return derSEC1
	}
	integers := 0
	for seq.PeekASN1Tag(tag.INTEGER) && integers < 16 && seq.SkipASN1(tag.INTEGER) {
		integers++
	}
	switch {
	case integers == 8 && small == 0, small == 1 && integers >= 8:
		return derPKCS1
	case integers == 5 && small == 0 && seq.Empty():
		return derDSA
	case integers == 1 && seq.Empty() && small < 0:
		return derRSAPublic
	}
	return ""
}

// identifyNested looks at SEQUENCE { SEQUENCE { ... }, ... }.
func identifyNested(seq cryptobyte.String) string {
	var inner cryptobyte.String
	if !seq.ReadASN1(&inner, tag.SEQUENCE) {
		return ""
	}
	switch {
	case inner.PeekASN1Tag(tag.OBJECT_IDENTIFIER) && seq.PeekASN1Tag(tag.OCTET_STRING):
		return derEncrypted
	case inner.PeekASN1Tag(tag.OBJECT_IDENTIFIER) && seq.PeekASN1Tag(tag.BIT_STRING):
		return derSPKI
	case !seq.PeekASN1Tag(tag.SEQUENCE):
		return ""
	case inner.PeekASN1Tag(tag.Tag(0).ContextSpecific().Constructed()):
		return derCert
	}
	// TBSCertificate v1: serial, algorithm, issuer, validity, ...
	// TBSCertList: version, algorithm, issuer, time. CertificationRequestInfo: version, subject, key.
	var alg cryptobyte.String
	if !inner.SkipASN1(tag.INTEGER) || !inner.ReadASN1(&alg, tag.SEQUENCE) {
		return ""
	}
	if !alg.PeekASN1Tag(tag.OBJECT_IDENTIFIER) {
		return derCSR
	}
	if inner.SkipASN1(tag.SEQUENCE) && inner.PeekASN1Tag(tag.SEQUENCE) {
		return derCert
	}
	return derCRL
}

// algorithmIdentifier reads SEQUENCE { OID, parameters }.
func algorithmIdentifier(s *cryptobyte.String) (oid string, params cryptobyte.String, ok bool) {
	var seq cryptobyte.String
	var id asn1.ObjectIdentifier
	if !s.ReadASN1(&seq, tag.SEQUENCE) || !seq.ReadASN1ObjectIdentifier(&id) {
		return "", nil, false
	}
	return id.String(), seq, true
}

// unsigned reads a non-negative INTEGER of at most maxRSA bits. The length is
// looked at before a number is made of it.
func unsigned(s *cryptobyte.String) (*big.Int, bool) {
	var raw cryptobyte.String
	if !s.ReadASN1(&raw, tag.INTEGER) || len(raw) == 0 || raw[0]&0x80 != 0 || len(raw) > maxRSA/8+1 {
		return nil, false
	}
	return new(big.Int).SetBytes(raw), true
}

// firstElement reads the first DER element whatever follows it.
func firstElement(data []byte) (cryptobyte.String, bool) {
	s := cryptobyte.String(data)
	var e cryptobyte.String
	ok := s.ReadASN1Element(&e, tag.SEQUENCE)
	return e, ok
}
