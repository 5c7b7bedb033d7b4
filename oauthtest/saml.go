package oauthtest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// samlTime is xs:dateTime.
const samlTime = "2006-01-02T15:04:05Z"

// SignSAML makes a signed SAML assertion for the user, as an identity provider
// that the simulated vendor trusts would. It is text in exclusive canonical form,
// which is what is signed; so it can be verified without an XML parser.
func (s *Server) SignSAML(user string, lifetime time.Duration) string {
	now := s.now().UTC()
	id := "_" + hex.EncodeToString(randomBytes(16))
	head := `<saml2:Assertion xmlns:saml2="urn:oasis:names:tc:SAML:2.0:assertion" ID="` + id + `" IssueInstant="` + now.Format(samlTime) +
		`" Version="2.0"><saml2:Issuer>` + s.account.ClientID + `</saml2:Issuer>`
	tail := `<saml2:Subject><saml2:NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified">` + user +
		`</saml2:NameID><saml2:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml2:SubjectConfirmationData NotOnOrAfter="` + now.Add(lifetime).Format(samlTime) +
		`" Recipient="` + s.TokenURL() + `"></saml2:SubjectConfirmationData></saml2:SubjectConfirmation></saml2:Subject><saml2:Conditions NotBefore="` + now.Add(-time.Minute).Format(samlTime) +
		`" NotOnOrAfter="` + now.Add(lifetime).Format(samlTime) + `"><saml2:AudienceRestriction><saml2:Audience>` + successAud +
		`</saml2:Audience></saml2:AudienceRestriction></saml2:Conditions><saml2:AttributeStatement><saml2:Attribute Name="api_key"><saml2:AttributeValue>` +
		s.account.ClientID + `</saml2:AttributeValue></saml2:Attribute></saml2:AttributeStatement></saml2:Assertion>`
	digest := sha256.Sum256([]byte(head + tail))
	info := fmt.Sprintf(signedInfo, id, base64.StdEncoding.EncodeToString(digest[:]))
	sum := sha256.Sum256([]byte(info))
	signature, err := rsa.SignPKCS1v15(rand.Reader, handedOut().rsa, crypto.SHA256, sum[:])
	if err != nil {
		panic("oauthtest: sign SAML assertion: " + err.Error()) // the key is our own
	}
	return head + `<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#">` + info + `<ds:SignatureValue>` +
		base64.StdEncoding.EncodeToString(signature) + `</ds:SignatureValue></ds:Signature>` + tail
}

// signedInfo in canonical form, of an id and a digest.
const signedInfo = `<ds:SignedInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"></ds:CanonicalizationMethod>` +
	`<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"></ds:SignatureMethod><ds:Reference URI="#%s"><ds:Transforms>` +
	`<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"></ds:Transform><ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"></ds:Transform></ds:Transforms>` +
	`<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></ds:DigestMethod><ds:DigestValue>%s</ds:DigestValue></ds:Reference></ds:SignedInfo>`

// saml is what counts of an assertion.
type saml struct {
	text                                 string
	subject, recipient, audience, apiKey string
	until                                time.Time
}

// readSAML finds the parts in base64url, or base64, of the assertion.
func readSAML(encoded string) (saml, bool) {
	encoded = strings.TrimRight(strings.NewReplacer("+", "-", "/", "_", "\n", "", "\r", "").Replace(encoded), "=")
	data, err := base64.RawURLEncoding.DecodeString(encoded)
	if err != nil || len(data) > maxBody || !strings.Contains(string(data), ":Assertion ") {
		return saml{}, false
	}
	text := string(data)
	part := func(pattern string) string {
		if m := regexp.MustCompile(pattern).FindStringSubmatch(text); m != nil {
			return m[1]
		}
		return ""
	}
	until, err := time.Parse(samlTime, part(`<saml2:Conditions [^>]*NotOnOrAfter="([^"]*)"`))
	return saml{
		text: text, until: until, subject: part(`<saml2:NameID[^>]*>([^<]*)<`), recipient: part(`Recipient="([^"]*)"`),
		audience: part(`<saml2:Audience>([^<]*)<`), apiKey: part(`Name="api_key"><saml2:AttributeValue>([^<]*)<`),
	}, err == nil
}

// signedBy takes the signature out, and looks whether it is one of what remains.
func (a saml) signedBy(key *rsa.PublicKey) bool {
	begin, end := strings.Index(a.text, "<ds:Signature "), strings.Index(a.text, "</ds:Signature>")
	if begin < 0 || end < begin {
		return false
	}
	signature, rest := a.text[begin:end], a.text[:begin]+a.text[end+len("</ds:Signature>"):]
	info, value := signature[strings.Index(signature, ">")+1:], ""
	info, value, ok := strings.Cut(info, "<ds:SignatureValue>")
	if !ok {
		return false
	}
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSuffix(value, "</ds:SignatureValue>"))
	digest := sha256.Sum256([]byte(rest))
	sum := sha256.Sum256([]byte(info))
	return err == nil && strings.Contains(info, "<ds:DigestValue>"+base64.StdEncoding.EncodeToString(digest[:])+"<") &&
		rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], raw) == nil
}
