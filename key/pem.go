package key

import (
	"crypto/x509"
	"encoding/pem"
	"strings"
	"unicode"
)

// block is one PEM block. The base64 is decoded; label is what its lines claim.
type block struct {
	label string
	dek   string // DEK-Info of the legacy encryption (RFC 1421), or ""
	der   []byte
}

var (
	boundary  = lazy(`-+ ?(BEGIN|END) ([A-Z0-9][A-Z0-9 .#_]*[A-Z0-9]) ?-+`)
	dekHeader = lazy(`Proc-Type:\s*4,\s*ENCRYPTED\s+DEK-Info:\s*([A-Z0-9-]+,[0-9A-Fa-f]+)\s`)
	pemHeader = lazy(`(?m)^[ \t]*[A-Za-z][A-Za-z0-9-]*: .*$`)
	indent    = lazy(`(?m)^[ \t]+\S`)
)

// pem reads all blocks of a text; nil, nil if there is none. It is an own
// reader, because what people paste is seldom what encoding/pem takes.
func (p *opener) pem(text string) (*file, error) {
	blocks, err := p.blocks(p.repair(text))
	if err != nil || len(blocks) == 0 {
		return nil, err
	}
	f := &file{format: "pem"}
	for _, b := range blocks {
		if len(f.entries)+len(f.certs) > maxCertificates {
			return nil, fail(Limit, "keep the key and its certificates in the file", "the file holds more than %d blocks", maxCertificates)
		}
		if err := p.block(f, b); err != nil {
			return nil, err
		}
	}
	keys := 0
	for _, e := range f.entries {
		if e.unlock != nil {
			keys++
		}
	}
	if keys > maxEntries {
		return nil, fail(Limit, "keep one key in the file", "the file holds more than %d keys", maxEntries)
	}
	return f, nil
}

// block adds what one PEM block holds to f. What it is, its bytes say; the
// label is only asked where they do not.
func (p *opener) block(f *file, b block) error {
	switch {
	case b.dek != "":
		f.entries = append(f.entries, p.legacyEntry(b))
		return nil
	case b.label == "OPENSSH PRIVATE KEY":
		inner, err := p.openSSH(b.der)
		if err != nil {
			return err
		}
		for _, e := range inner.entries {
			e.format = "openssh"
			f.entries = append(f.entries, e)
		}
		return nil
	case strings.Contains(b.label, "PGP"):
		return isNot("a PGP key", "give an RSA, EC or Ed25519 private key in PEM")
	case b.label == "SSH2 PUBLIC KEY":
		return isNot("an SSH public key", "give the private key")
	case strings.HasSuffix(b.label, " PARAMETERS"):
		return nil
	}
	e, ok := element(b.der)
	if !ok && b.label == "TRUSTED CERTIFICATE" { // openssl appends its trust settings
		e, ok = firstElement(b.der)
	}
	kind := ""
	if ok {
		kind = identify(e)
	}
	switch kind {
	case "":
		return damaged("the PEM block %s is cut off or damaged", quote(b.label))
	case derCert:
		c, err := parseCertificate(e)
		if err != nil {
			return err
		}
		f.certs = append(f.certs, c)
		return nil
	case derCRL:
		return nil
	}
	inner, err := p.der(e, kind)
	if err != nil {
		return err
	}
	f.entries = append(f.entries, inner.entries...)
	f.certs = append(f.certs, inner.certs...)
	if kind == derPKCS12 {
		f.format, f.named = inner.format, inner.named
	}
	return nil
}

// legacyEntry is a key under OpenSSL's own encryption from before PKCS#8:
// one round of MD5 and no check of the password but the padding.
func (p *opener) legacyEntry(b block) entry {
	e := entry{kind: kindPrivate, format: "pem-encrypted-legacy"}
	e.unlock = func() (*private, error) {
		pb := &pem.Block{Type: b.label, Bytes: b.der, Headers: map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": b.dek}}
		cipher, _, _ := strings.Cut(b.dek, ",")
		switch cipher {
		case "DES-CBC", "DES-EDE3-CBC", "AES-128-CBC", "AES-192-CBC", "AES-256-CBC":
		default:
			return nil, unsupported("encrypt it again: openssl pkcs8 -topk8", "the legacy PEM encryption %s is not supported", cipher)
		}
		p.budget.used = true
		password := p.password()
		if password == "" {
			return nil, needsPassword("the key")
		}
		// Deprecated because it is weak; it is read and noted, never written.
		//lint:ignore SA1019 old key files exist, and this reads them
		plain, err := x509.DecryptPEMBlock(pb, []byte(password)) //nolint:staticcheck // see above
		if err != nil {
			return nil, wrongPassword("the key")
		}
		inner, ok := element(plain)
		if !ok || identify(inner) == "" {
			return nil, wrongPassword("the key")
		}
		p.note("the key is under the legacy PEM encryption, which is weak; openssl pkcs8 -topk8 makes a better one")
		return p.parseDER(inner, identify(inner))
	}
	return e
}

// blocks cuts a repaired text into its PEM blocks.
func (p *opener) blocks(text string) ([]block, error) {
	marks := boundary().FindAllStringSubmatchIndex(text, 4*maxCertificates)
	if len(marks) == 4*maxCertificates {
		return nil, fail(Limit, "keep the key and its certificates in the file", "the file holds more than %d blocks", maxCertificates)
	}
	var out []block
	for i := 0; i < len(marks); i++ {
		m := marks[i]
		mark, word, label := text[m[0]:m[1]], text[m[2]:m[3]], text[m[4]:m[5]]
		if mark != "-----"+word+" "+label+"-----" && label != "SSH2 PUBLIC KEY" {
			p.note("the dashes of a BEGIN or END line were repaired")
		}
		var body string
		if word == "END" { // without its BEGIN
			start := 0
			if i > 0 {
				start = marks[i-1][1]
			}
			body = text[start:m[0]]
			p.note("a missing BEGIN line was added")
		} else {
			end := len(text)
			if i+1 < len(marks) {
				end = marks[i+1][0]
			}
			body = text[m[1]:end]
			if i+1 < len(marks) && text[marks[i+1][2]:marks[i+1][3]] == "END" {
				i++
			} else {
				p.note("a missing END line was added")
			}
		}
		b, err := p.body(label, body)
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, nil
}

// body decodes what stands between two boundaries.
func (p *opener) body(label, body string) (block, error) {
	b := block{label: label}
	if m := dekHeader().FindStringSubmatchIndex(body); m != nil {
		b.dek = strings.ToUpper(body[m[2]:m[3]])
		body = body[m[1]:]
	}
	if body != "" && !strings.HasPrefix(body, "\n") && b.dek == "" {
		p.note("missing line breaks were added")
	}
	if indent().MatchString(body) {
		p.note("leading spaces were removed")
	}
	body = pemHeader().ReplaceAllString(body, "")
	if strings.HasPrefix(label, "PGP") || label == "SSH2 PUBLIC KEY" {
		return b, nil
	}
	clean := squeeze([]byte(strings.Map(dropInvisible, body)))
	der, err := decodeBase64(clean)
	if err != nil || len(der) == 0 {
		// err is not wrapped: it would quote the file.
		return b, damaged("the PEM block %s is cut off or damaged: it is no base64", quote(label))
	}
	b.der = der
	return b, nil
}

// dropInvisible removes what word processors and chat programs slip in.
func dropInvisible(r rune) rune {
	if unicode.In(r, unicode.Cf, unicode.Zs) {
		return -1
	}
	return r
}

// repair undoes what copying a text does to it, and notes each repair.
func (p *opener) repair(text string) string {
	if strings.Contains(text, "\r") {
		text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
		p.note("Windows line ends were replaced")
	}
	if strings.Contains(text, `\n`) {
		text = strings.ReplaceAll(strings.ReplaceAll(text, `\r`, ""), `\n`, "\n")
		p.note(`literal \n were replaced by line breaks`)
	}
	if s := strings.Map(plainQuote, text); s != text {
		text = s
		p.note("typographic quotes and dashes were replaced")
	}
	if s := strings.Trim(text, " \t\n\"'`,;"); s != strings.TrimSpace(text) {
		text = s
		p.note("quotes around the text were removed")
	}
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRightFunc(l, unicode.IsSpace)
	}
	return strings.Join(lines, "\n")
}

func plainQuote(r rune) rune {
	switch r {
	case '\u201c', '\u201d', '\u201e', '\u00ab', '\u00bb':
		return '"'
	case '\u2018', '\u2019', '\u201a':
		return '\''
	case '\u2010', '\u2011', '\u2012', '\u2013', '\u2014', '\u2015', '\u2212', '\ufe58', '\ufe63', '\uff0d':
		return '-'
	case '\u2028', '\u2029', '\u0085':
		return '\n'
	}
	return r
}
