package key

import (
	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"
)

// pkcs7 reads the certificates of SignedData (RFC 5652 5.1), as Windows exports chains.
func (p *opener) pkcs7(der []byte) (*file, error) {
	s := cryptobyte.String(der)
	_, body, ok := algorithmIdentifier(&s)
	var inner, seq, set cryptobyte.String
	var version int
	if !ok || !body.ReadASN1(&inner, tag.Tag(0).ContextSpecific().Constructed()) || !inner.ReadASN1(&seq, tag.SEQUENCE) ||
		!seq.ReadASN1Integer(&version) || !seq.SkipASN1(tag.SET) || !seq.SkipASN1(tag.SEQUENCE) {
		return nil, damaged("the PKCS#7 file is damaged")
	}
	f := &file{format: "pkcs7"}
	if seq.ReadASN1(&set, tag.Tag(0).ContextSpecific().Constructed()) {
		for !set.Empty() && len(f.entries) <= maxCertificates {
			var e cryptobyte.String
			if !set.ReadASN1Element(&e, tag.SEQUENCE) {
				break
			}
			c, err := parseCertificate(e)
			if err != nil {
				return nil, err
			}
			en := certificateEntry(c)
			en.what = "a PKCS#7 file with certificates"
			f.entries = append(f.entries, en)
		}
	}
	return f, nil
}
